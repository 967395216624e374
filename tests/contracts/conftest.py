"""What the wrong stores are held to."""

import attrs
import pytest

from clockhand.testing import HistoryContract, SiloContract, laws_of, run_law
from clockhand_memory.plugin import HISTORY, SILO
from clockhand_memory.store import MemorySilo

SLIPS = (AttributeError, NameError, TypeError)
"""A store that raises one of these is not wrong in the way that it says it is."""


def _held_to(store):
    """Return the contract that a store is held to, and a kind that makes it."""
    contract, kind, supports = HistoryContract, HISTORY, {"durable"}
    if issubclass(store, MemorySilo):
        contract, kind, supports = SiloContract, SILO, {"durable", "shared"}
    world = getattr(store, "world", None)
    if world is None:
        return contract, attrs.evolve(kind, make=lambda _options: store())
    return contract, attrs.evolve(kind, options=world, make=store, supports=supports)


def _broken_by(store):
    """Return the laws that a store breaks."""
    contract, kind = _held_to(store)
    broken = set()
    for name in laws_of(*contract.__mro__):
        try:
            run_law(contract, name, kind, kind.options)
        except AssertionError as error:
            if isinstance(error.__cause__, SLIPS):
                raise
            broken.add(name.removeprefix("test_"))
        except pytest.skip.Exception:
            assert not kind.supports
    return broken


@pytest.fixture
def broken_by():
    """Return the function that finds the laws that a store breaks, each without its `test_`."""
    return _broken_by
