"""validate_trigger: all conditions are asked, the first no counts."""

from datetime import UTC, datetime

import attrs
import pytest

from clockhand.contracts import Condition, ConditionContext
from clockhand.triggers import every, validate_trigger

CONTEXT = ConditionContext(
    job="nightly", due=datetime(2026, 1, 1, tzinfo=UTC), now=datetime(2026, 1, 1, tzinfo=UTC)
)


@attrs.frozen
class Says(Condition):
    """A condition that gives the answer it was made with."""

    answer: object
    reads: frozenset[str] = frozenset()

    def passes(self, context):
        """Answer."""
        assert context is CONTEXT
        return self.answer


@attrs.frozen
class Breaks(Condition):
    """A condition that fails."""

    reads: frozenset[str] = frozenset()

    def passes(self, _context):
        """Fail."""
        raise ZeroDivisionError


def test_all_pass():
    """No condition, or each says yes: None. The timer isn't asked."""
    assert validate_trigger([every(5)], CONTEXT) is None
    assert validate_trigger([Says(True), every(5), Says(True)], CONTEXT) is None


def test_the_first_no_is_returned():
    """Conditions after it aren't asked any more."""
    no = Says(False)
    assert validate_trigger([every(5), Says(True), no, Breaks()], CONTEXT) is no


def test_what_a_condition_raises_comes_through():
    """The engine pauses the job for it."""
    with pytest.raises(ZeroDivisionError):
        validate_trigger([every(5), Breaks()], CONTEXT)


@pytest.mark.parametrize("answer", [None, 1, "yes", object()])
def test_only_true_and_false_are_answers(answer):
    """A forgotten return must not pass for a no, nor a coroutine for a yes."""
    with pytest.raises(TypeError, match=r"passes\(\) must say True or False, gave "):
        validate_trigger([Says(answer)], CONTEXT)
