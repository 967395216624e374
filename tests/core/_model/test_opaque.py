"""A part whose kind isn't here: kept, compared, never built."""

import pytest

from clockhand.contracts import Opaque, Work
from clockhand.errors import Unresolved


def test_it_stands_in_for_a_work():
    """Everything that a job asks a work before it runs has a harmless answer."""
    part = Opaque("work", "blink", {"times": 3})
    assert isinstance(part, Work)
    assert (part.proposed_executor, part.proposed_timeout, part.target) == ("async", None, "")
    assert part.startup(None) is part.teardown(None) is None
    assert str(part) == "work 'blink'"


def test_it_can_be_compared_but_not_run():
    """Two with the same fields are equal; running one says what is missing."""
    assert Opaque("work", "blink", {"a": [1]}) == Opaque("work", "blink", {"a": [1]})
    assert Opaque("work", "blink", {"a": [1]}) != Opaque("work", "blink", {"a": [2]})
    with pytest.raises(Unresolved, match=r"^work 'blink': no plugin here offers it$"):
        Opaque("work", "blink").func(None)
