"""Msgs are data: frozen, compared by value, each with the type of its reply."""

import typing

import attrs
import pytest

from clockhand import msgs
from clockhand.errors import DefinitionError

ALL = [
    kind
    for kind in vars(msgs).values()
    if isinstance(kind, type) and issubclass(kind, msgs.Msg) and kind is not msgs.Msg
]


@pytest.mark.parametrize("kind", ALL)
def test_a_msg_is_data(kind):
    """Frozen, documented, and it names what the scheduler replies."""
    fields = [field for field in attrs.fields(kind) if field.default is attrs.NOTHING]
    one, two = (kind(*("x" for _ in fields)) for _ in range(2))
    assert one == two
    assert kind.__doc__
    (base,) = [base for base in kind.__orig_bases__ if typing.get_origin(base) is msgs.Msg]
    assert len(typing.get_args(base)) == 1
    for field in attrs.fields(kind):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(one, field.name, None)


def test_resuming_runs_the_latest_or_nothing():
    """A slip of the pen must not quietly skip what was meant to be run."""
    assert msgs.ResumeJob("a").run is None
    assert msgs.ResumeJob("a", "latest").run == "latest"
    with pytest.raises(DefinitionError, match=r"^run: unknown value 'last', known: latest$"):
        msgs.ResumeJob("a", "last")
    with pytest.raises(DefinitionError, match=r"^run: unknown value \['latest'\], known: latest$"):
        msgs.ResumeJob("a", ["latest"])
