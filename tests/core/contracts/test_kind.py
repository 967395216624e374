"""Kinds: what a plugin can't offer is refused where it is made."""

import attrs
import pytest

from clockhand.contracts import Kind
from clockhand.errors import PluginError


@attrs.frozen
class _Options:
    path: str


@attrs.frozen
class _Using:
    use: str


def test_a_kind():
    """Named, described, with its class of options; abilities are a set."""
    kind = Kind(
        name="redis", summary="jobs in Redis", options=_Options, make=print, supports=["shared", "shared"]
    )
    assert (kind.name, kind.supports, kind.share) == ("redis", frozenset({"shared"}), None)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": ""}, "kind name: empty, give it"),
        ({"name": "my redis"}, "kind name: 'my redis' has ' '; use letters"),
        ({"options": dict}, "kind options: <class 'dict'> is not an attrs class"),
        ({"options": _Options("x")}, "kind options: _Options(path='x') is not an attrs class"),
        ({"options": None}, "kind options: None is not an attrs class"),
        ({"options": _Using}, "kind options: _Using has a field 'use', which is what names the kind"),
    ],
)
def test_what_can_not_be_one(fields, says):
    """A PluginError, so that it is the plugin that is broken."""
    with pytest.raises(PluginError) as caught:
        Kind(**{"name": "redis", "summary": "x", "options": _Options, **fields})
    assert str(caught.value).startswith(says)
