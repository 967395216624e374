"""The states of a scheduler, and the one table of moves between them."""

import itertools

import pytest

from clockhand import SchedulerState as S
from clockhand._model.state import MOVES, moved
from clockhand.errors import StateError

LEGAL = {
    (S.UNINITIALIZED, S.STARTING),
    (S.STARTING, S.RUNNING),
    (S.STARTING, S.STOPPING),
    (S.RUNNING, S.PAUSED),
    (S.RUNNING, S.STOPPING),
    (S.PAUSED, S.RUNNING),
    (S.PAUSED, S.STOPPING),
    (S.STOPPING, S.STOPPED),
}


def test_the_table_is_whole():
    """Each state has its row, and the moves are these and no others."""
    assert set(MOVES) == set(S)
    assert {(old, new) for old, row in MOVES.items() for new in row} == LEGAL


@pytest.mark.parametrize(("old", "new"), list(itertools.product(S, S)))
def test_a_move_is_made_or_refused(old, new):
    """A legal one returns the new state; any other names both."""
    if (old, new) in LEGAL:
        assert moved(old, new) is new
        return
    with pytest.raises(StateError) as caught:
        moved(old, new)
    assert str(caught.value) == f"scheduler: it is {old}, so it can't become {new}"


def test_every_state_can_be_reached_and_all_lead_to_the_end():
    """Nobody gets stuck: from each state there is a way to stopped."""
    for state in S:
        seen, rest = {state}, [state]
        while rest:
            rest += [new for new in MOVES[rest.pop()] if new not in seen and not seen.add(new)]
        assert S.STOPPED in seen
