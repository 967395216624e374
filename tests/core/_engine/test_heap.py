"""The garbage collector is spared many jobs, and has all back when the scheduler stops."""

from __future__ import annotations

import gc

import pytest

from clockhand._engine.heap import MANY, YOUNG, Heap


@pytest.fixture(autouse=True)
def collector():
    """Leave the collector as it was."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_few_jobs_change_nothing():
    """The collector of a program with a few jobs is left alone."""
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    heap = Heap()
    heap.freeze(MANY - 1)
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, frozen)
    heap.thaw()
    assert gc.get_threshold() == before


def test_many_jobs_are_out_of_its_sight_until_the_end():
    """What is there is frozen, and young objects are looked at less often; at the end all is as before."""
    gc.set_threshold(700, 10, 10)
    heap = Heap()
    heap.freeze(MANY)
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold() == (YOUNG, 10, 10)
    heap.thaw()
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("young", [0, YOUNG * 2])
def test_a_program_that_chose_for_itself_is_left_alone(young):
    """Switched off, or looking less often still: so it stays."""
    gc.set_threshold(young, 10, 10)
    heap = Heap()
    heap.freeze(MANY)
    assert gc.get_threshold() == (young, 10, 10)
    heap.thaw()
    assert gc.get_threshold() == (young, 10, 10)
