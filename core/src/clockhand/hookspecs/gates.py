"""
The gate hooks: a plugin's say in whether a run starts, or a Msg is done.

A gate answers True or None to let it pass; False, or a text that says why, vetoes it. It is called on
a thread of its own, and has two seconds: one that raises, answers anything else or takes longer
vetoes too, for a gate that is broken must not stand open. The veto is on record with the plugin's name and
the first line of its reason, at most 500 characters. One that takes longer is named in the log and by
health, and vetoes whatever it is asked until it answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pluggy

from clockhand.contracts.batches import Claim

if TYPE_CHECKING:
    from clockhand.contracts.msgs import Msg

_hookspec = pluggy.HookspecMarker("clockhand")


class GateSpec:
    """Who may veto."""

    @_hookspec
    def clockhand_may_run(self, claim: Claim) -> bool | str | None:
        """Say whether a run may start; asked before each attempt, on the node that would run it."""

    @_hookspec
    def clockhand_may_act(self, msg: Msg[Any]) -> bool | str | None:
        """Say whether a scheduler may do what *msg* asks; asked for every Msg but Health and Stop."""


GATE_HOOKS: Final = ("clockhand_may_run", "clockhand_may_act")
