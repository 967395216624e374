"""The garbage collector rests while a large batch is made, and is as it was afterwards."""

import gc

import pytest

from clockhand_memory.collector import MANY, TOO_MANY, at_rest


@pytest.fixture(autouse=True)
def collector():
    """Leave the collector as it was."""
    yield
    gc.enable()
    gc.unfreeze()


def in_oldest(value):
    """Say whether *value* is in the collector's oldest generation."""
    return any(one is value for one in gc.get_objects(generation=2))


@pytest.mark.parametrize(("rows", "rests"), [(MANY - 1, False), (MANY, True), (TOO_MANY, True)])
def test_it_rests_from_so_many_on(rows, rests):
    """Not for a few, and no longer than the batch takes."""
    with at_rest(rows):
        assert gc.isenabled() is not rests
    assert gc.isenabled()


def test_one_that_is_switched_off_stays_off():
    """Whoever switched it off did so for a reason."""
    gc.disable()
    with at_rest(TOO_MANY):
        pass
    assert not gc.isenabled()


def test_it_is_back_after_a_batch_that_failed():
    """Whatever was raised."""
    with pytest.raises(OSError, match="full"), at_rest(TOO_MANY):
        raise OSError("full")
    assert gc.isenabled()


def test_very_many_are_not_looked_at_again():
    """They are where a look at them would have put them; nothing is left frozen."""
    with at_rest(TOO_MANY):
        made = [[]]
        assert not in_oldest(made)
    assert in_oldest(made)
    assert gc.get_freeze_count() == 0


def test_what_the_program_froze_stays_frozen():
    """As servers do that fork."""
    gc.freeze()
    frozen = gc.get_freeze_count()
    assert frozen
    with at_rest(TOO_MANY):
        made = [[]]
    assert gc.get_freeze_count() >= frozen - 100  # what is freed meanwhile counts no longer
    assert not in_oldest(made)
