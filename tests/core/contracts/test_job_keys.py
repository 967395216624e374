"""The words that people bring for a job's keys."""

from __future__ import annotations

import attrs
import pytest

from clockhand import Job
from clockhand.contracts.job_keys import BROUGHT, check_keys
from clockhand.errors import ConfigError, UnknownName
from clockhand.triggers.sugar import SUGAR

KNOWN = {*(field.name for field in attrs.fields(Job)), *SUGAR, "tz", "silo"} - {"alias"}


def test_none_of_them_is_a_word_of_ours():
    """Else it would never be told."""
    assert not KNOWN & BROUGHT.keys()


@pytest.mark.parametrize("said", [said for said in BROUGHT.values() if said.startswith("write ")])
def test_what_to_write_instead_is_known(said):
    """A word that a job takes."""
    assert said.removeprefix("write ").split()[0] in KNOWN


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("timezone", "write tz"),
        ("command", 'write work = {use = "system", program = "..."}'),
        ("func", 'write work = {use = "python", function = "module:name"}'),
        ("max_instances", "write max_running"),
        ("minutes", "write every = {minutes = 5}"),
    ],
)
def test_a_word_from_elsewhere_has_ours_beside_it(key, said):
    """Not the one that is spelled most alike."""
    with pytest.raises(UnknownName) as caught:
        check_keys({key: 5}, KNOWN, "jobs.a")
    assert str(caught.value) == f"jobs.a: unknown option {key!r}; {said}"


def test_a_slip_of_the_pen_has_the_nearest():
    """As everywhere."""
    with pytest.raises(UnknownName, match=r"^jobs.a: unknown option 'crom', did you mean 'cron'\?$"):
        check_keys({"crom": 5}, KNOWN, "jobs.a")


@pytest.mark.parametrize("word", ["first", "second", "both"])
def test_a_way_through_a_clock_change_is_no_policy(word):
    """Two things are named overlap; only one belongs to the job."""
    with pytest.raises(ConfigError, match=r"^jobs.a.overlap: '\w+' is a way through a clock change; write"):
        check_keys({"overlap": word}, KNOWN, "jobs.a")
    check_keys({"overlap": "skip"}, KNOWN, "jobs.a")
