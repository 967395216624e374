"""
The functions that clockhand.toml names, and a listener that says so when one of them fails.

It is loaded because the configuration says `clockfile = "clockfile.py"`; nothing is loaded unasked.
"""

from clockhand import RunContext, WorkFailed, hookimpl
from clockhand.events import RunFailed


def sweep(keep: int) -> dict[str, int]:
    """Return a record of what was swept; JSON goes into the history."""
    return {"kept": keep}


async def moody(context: RunContext) -> None:
    """Fail each second time; the code says why, to people and to policies."""
    if context.due.second % 2:
        raise WorkFailed("mood:bad", "not today")


@hookimpl
def clockhand_run_failed(event: RunFailed) -> None:
    """Hear of each failed run, on a thread of its own."""
    outcome = event.run.outcome
    if outcome is not None:
        print(f"{event.occurrence} failed, {outcome.code}: {outcome.reason}", flush=True)
