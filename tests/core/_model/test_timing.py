"""The intervals that a scheduler keeps to."""

from datetime import timedelta

import attrs
import pytest

from clockhand import Timing
from clockhand.errors import DefinitionError


def test_the_defaults():
    """As the design says them."""
    made = attrs.asdict(Timing())
    assert {name: span.total_seconds() for name, span in made.items()} == {
        "poll": 1,
        "lease": 15,
        "beat": 5,
        "kill_after": 10,
        "stop_deadline": 30,
        "patience": 8,
    }


def test_what_a_span_may_be_given_as():
    """A timedelta, seconds, or a text."""
    assert Timing(poll=0.5, lease="1m", beat=timedelta(seconds=2)) == Timing(
        poll="500ms", lease=60, beat="2s"
    )


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(Timing)])
@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("99999999h", "longer than 365 days, given '99999999h'"),
        (0, "not longer than zero, given 0"),
        ("-5s", "not longer than zero, given '-5s'"),
        ("soon", "not a length of time, given 'soon'; write it like '90s' or '1h30m'"),
        (None, "not a length of time, given None"),
    ],
)
def test_what_it_may_not(name, value, says):
    """The field is named, and what was given."""
    with pytest.raises(DefinitionError) as caught:
        Timing(**{name: value})
    assert str(caught.value).startswith(f"{name}: {says}")


@pytest.mark.parametrize(("beat", "lease"), [(15, 15), (20, 15), (5, "5s")])
def test_a_beat_is_shorter_than_the_lease(beat, lease):
    """Else each late beat would be a death."""
    with pytest.raises(
        DefinitionError, match=r"^beat: not shorter than lease, given \d+s and \d+s; a lease must outlast"
    ):
        Timing(beat=beat, lease=lease)
