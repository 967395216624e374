"""The work `system`: one run of a program."""

from __future__ import annotations

import attrs

from clockhand.contracts import RunContext, Work
from clockhand_system.program import Program


@attrs.frozen(kw_only=True)
class System(Program, Work):
    """
    Runs a program, and succeeds if it exits with 0.

    `program` and `args` go to the system as they are; there is no shell unless `shell` is true, and
    then `program` is the command line and there are no args. The program gets a small environment,
    or all of the scheduler's with `inherit_env`, then what `env` names, then `CLOCKHAND_JOB` and
    the like. `${env:NAME}` in args, env and stdin is replaced when the program is started, and
    nowhere recorded or shown; other users of the machine can see args.
    """

    async def func(self, context: RunContext, /) -> None:
        """Run the program to its end."""
        from clockhand_system.run import perform

        await perform(self, context)

    @property
    def proposed_executor(self) -> str:
        """The `async` executor."""
        return "async"
