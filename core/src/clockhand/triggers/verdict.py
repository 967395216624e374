"""Whether a due occurrence may run: all of a job's conditions are asked."""

from __future__ import annotations

from collections.abc import Iterable

from clockhand._model.protocols import Condition, ConditionContext, Trigger, is_condition
from clockhand.errors import shown


def validate_trigger(triggers: Iterable[Trigger], context: ConditionContext) -> Condition | None:
    """
    Return the first condition among *triggers* that keeps the occurrence from running, None if all pass.

    What a condition raises is not caught. One that answers anything but True or False is a TypeError:
    a forgotten return, or a coroutine, must not pass for a yes.
    """
    for trigger in triggers:
        if is_condition(trigger) and not _answer(trigger, context):
            return trigger
    return None


def _answer(condition: Condition, context: ConditionContext) -> bool:
    answer = condition.passes(context)
    if not isinstance(answer, bool):
        raise TypeError(
            f"condition {shown(condition)}: passes() must say True or False, gave {shown(answer)}"
        )
    return answer
