"""Policies: every value by its name, every bad one too, what counts when nothing is said, and defaults."""

from datetime import timedelta

import attrs
import pytest

from clockhand import Job, Policies, Retries, call, every
from clockhand.contracts import CatchUp, Delivery, Overlap, Terms
from clockhand.errors import DefinitionError

HOUR = timedelta(hours=1)
PLAIN = Terms(
    overlap=Overlap.SKIP,
    max_running=1,
    queue_limit=100,
    catch_up=CatchUp.LATEST,
    catch_up_window=None,
    catch_up_limit=100,
    grace=None,
    retries=None,
    delivery=Delivery.AT_LEAST_ONCE,
    priority=0,
    pause_after=None,
    warn_after=None,
    max_runs=None,
    spread=timedelta(),
    jitter=timedelta(),
    plain=True,
)
GIVEN = {
    "overlap": "queue-all",
    "max_running": 3,
    "queue_limit": 5,
    "catch_up": "all",
    "catch_up_window": "1h",
    "catch_up_limit": 7,
    "grace": 7200,
    "retries": 2,
    "timeout": "3h",
    "delivery": "at-most-once",
    "priority": -4,
    "pause_after": 9,
    "warn_after": 4 * HOUR,
    "max_runs": 12,
    "spread": "5m",
    "jitter": 30,
}
"""A value for each policy, none of them its default."""


def _job(**fields):
    return Job(alias="a", work=call("app:f"), triggers=every(60), **fields)


def test_where_nobody_says_anything():
    """Nothing is given, and each policy has its plain value."""
    made = Policies()
    assert made.policies() == {}
    assert made.terms == PLAIN
    assert _job().terms == PLAIN
    assert all(getattr(_job(), field.name) is None for field in attrs.fields(Policies))


def test_where_all_is_said():
    """The words of TOML are taken for what they mean; each counts."""
    assert GIVEN.keys() == {field.name for field in attrs.fields(Policies)}
    made = Policies(**GIVEN)
    assert made.timeout == 3 * HOUR
    assert made.terms == Terms(
        overlap=Overlap.QUEUE_ALL,
        max_running=3,
        queue_limit=5,
        catch_up=CatchUp.ALL,
        catch_up_window=HOUR,
        catch_up_limit=7,
        grace=2 * HOUR,
        retries=Retries(attempts=3),
        delivery=Delivery.AT_MOST_ONCE,
        priority=-4,
        pause_after=9,
        warn_after=4 * HOUR,
        max_runs=12,
        spread=HOUR / 12,
        jitter=HOUR / 120,
        plain=False,
    )
    assert list(made.policies()) == list(GIVEN)
    assert Policies(**made.policies()) == made


def test_no_limit():
    """Said in so many words it is something said, and in force it is no limit."""
    names = ["max_running", "catch_up_window", "grace", "timeout", "pause_after", "warn_after", "max_runs"]
    made = Policies(**dict.fromkeys(names, "none"))
    assert made.policies() == dict.fromkeys(names, "none")
    assert made.terms == attrs.evolve(PLAIN, max_running=None)
    assert _job(timeout="none").limit is None


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ({}, 1),
        ({"overlap": "skip"}, 1),
        ({"overlap": "queue-one"}, 1),
        ({"overlap": "queue-all"}, 1),
        ({"overlap": "cancel-previous"}, 1),
        ({"overlap": "parallel"}, None),
        ({"overlap": "parallel", "max_running": 4}, 4),
        ({"overlap": "skip", "max_running": 4}, 4),
        ({"overlap": "queue-all", "max_running": "none"}, None),
        ({"max_running": 10_000}, 10_000),
    ],
)
def test_how_many_may_run_at_once(fields, most):
    """What is said; else one, and in parallel any number."""
    assert Policies(**fields).terms.max_running == most


def test_a_single_attempt_is_no_retry():
    """Said explicitly it still counts as said, against other defaults."""
    assert Policies(retries=0).terms.retries is None
    assert Policies(retries=0).policies() == {"retries": Retries(attempts=1)}


WORDS = {
    "overlap": "skip, queue-one, queue-all, cancel-previous, parallel",
    "catch_up": "none, latest, all",
    "delivery": "at-least-once, at-most-once",
}
NUMBERS = {"queue_limit": 1, "catch_up_limit": 1, "priority": -10_000, "max_running": 1, "pause_after": 1}
SPANS = ["catch_up_window", "grace", "timeout", "warn_after"]


@pytest.mark.parametrize("make", [Policies, _job], ids=["policies", "job"])
@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("overlap", "skp", "unknown value 'skp', did you mean 'skip'?"),
        ("overlap", "queue_one", "unknown value 'queue_one', did you mean 'queue-one'?"),
        ("catch_up", "latst", "unknown value 'latst', did you mean 'latest'?"),
        ("delivery", "at-most-one", "unknown value 'at-most-one', did you mean 'at-most-once'?"),
        (
            "overlap",
            "zzz",
            "unknown value 'zzz', known: cancel-previous, parallel, queue-all, queue-one, skip",
        ),
        ("catch_up", "zzz", "unknown value 'zzz', known: all, latest, none"),
        ("delivery", "zzz", "unknown value 'zzz', known: at-least-once, at-most-once"),
        *((name, ["skip"], f"unknown value ['skip'], known: {known}") for name, known in WORDS.items()),
        *((name, True, f"unknown value True, known: {known}") for name, known in WORDS.items()),
        *(
            (name, value, f"not a whole number from {least:,} to 10,000, given {value!r}")
            for name, least in NUMBERS.items()
            for value in (least - 1, 10_001, 1.5, "5", True, [1])
        ),
        *(
            (name, 0, "not a whole number from 1 to 10,000, given 0; write 'none' for no limit")
            for name in ("max_running", "pause_after")
        ),
        *(
            (name, "none", "not a whole number from")
            for name in ("queue_limit", "catch_up_limit", "priority")
        ),
        *((name, 0, "not longer than zero, given 0; write 'none' for no limit") for name in SPANS),
        *((name, "-5s", "not longer than zero, given '-5s'; write 'none' for no limit") for name in SPANS),
        *(
            (name, timedelta(hours=-1), "not longer than zero, given -1h; write 'none' for no limit")
            for name in SPANS
        ),
        *(
            (name, value, f"longer than 36,500 days, given {said}; write 'none' for no limit")
            for name in SPANS
            for value, said in (
                ("999999999d", "'999999999d'"),
                (timedelta(days=36_500, hours=1), "876001h"),
            )
        ),
        *((name, "soon", "not a length of time, given 'soon'; write it like '90s'") for name in SPANS),
        *((name, True, "not a length of time, given True") for name in SPANS),
        *((name, float("nan"), "not a length of time, given nan") for name in SPANS),
        *((name, 1e300, "too long, given 1e+300") for name in SPANS),
        ("retries", "3", "not a number of further attempts, given '3'"),
    ],
)
def test_every_bad_value_is_named(make, name, value, says):
    """The error begins with the policy and shows what was given, in a job and in defaults alike."""
    with pytest.raises(DefinitionError) as caught:
        make(**{name: value})
    assert str(caught.value).startswith(f"{name}: {says}")
    assert "\n" not in str(caught.value)


def test_an_unknown_policy():
    """A job names the nearest one."""
    with pytest.raises(DefinitionError, match=r"^job 'a': unknown field 'overlp', did you mean 'overlap'\?$"):
        _job().modify(overlp="skip")
    with pytest.raises(TypeError):
        Policies(overlp="skip")


@pytest.mark.parametrize("overlap", ["queue-one", "cancel-previous"])
def test_what_keeps_only_the_latest_cannot_run_all(overlap):
    """To run all and to drop all but the latest contradict each other; the error says what to do."""
    with pytest.raises(DefinitionError) as caught:
        Policies(overlap=overlap, catch_up="all")
    assert str(caught.value) == (
        f"catch_up: 'all' contradicts overlap '{overlap}', which keeps only the latest; "
        "write overlap = 'queue-all' to run them one after another"
    )
    assert Policies(overlap=overlap, catch_up="none").terms.catch_up is CatchUp.NONE


class TestDefaults:
    """What a scheduler says for jobs that say nothing."""

    def test_they_fill_what_is_not_given(self):
        """And nothing else of the job changes."""
        job = _job(title="x", priority=0, grace="none", retries=0)
        made = job.with_defaults(Policies(**GIVEN))
        kept = {"priority": 0, "grace": "none", "retries": Retries(attempts=1)}
        assert made.policies() == {**Policies(**GIVEN).policies(), **kept}
        assert made.modify(**(dict.fromkeys(GIVEN) | kept)) == job
        assert (made.title, made.terms.priority, made.terms.grace) == ("x", 0, None)
        assert made.limit == 3 * HOUR

    def test_with_nothing_to_fill_it_is_the_same_job(self):
        """Neither empty defaults nor a job that says everything makes a copy."""
        job, full = _job(priority=1), _job(**GIVEN)
        assert job.with_defaults(Policies()) is job
        assert full.with_defaults(Policies(**{**GIVEN, "priority": 7})) is full

    def test_defaults_of_defaults(self):
        """They are policies themselves: the nearer word counts."""
        near, far = Policies(priority=1), Policies(priority=2, queue_limit=3)
        assert near.with_defaults(far) == Policies(priority=1, queue_limit=3)

    def test_a_default_that_contradicts_a_job(self):
        """It is refused with both names when they come together."""
        with pytest.raises(DefinitionError, match=r"^catch_up: 'all' contradicts overlap 'queue-one'"):
            _job(overlap="queue-one").with_defaults(Policies(catch_up="all"))

    def test_terms_follow_the_job(self):
        """A changed copy has terms of its own."""
        job = _job()
        assert job.terms.overlap is Overlap.SKIP
        assert job.modify(overlap="parallel").terms.max_running is None
        assert job.with_defaults(Policies(pause_after=3)).terms.pause_after == 3
        assert job.terms == PLAIN


def test_policies_are_values():
    """Compared and hashed by what is in them; each policy makes another value, in a job too."""
    assert len({Policies(**GIVEN), Policies(**GIVEN), Policies()}) == 2
    for name, value in GIVEN.items():
        if name != "catch_up":
            assert Policies(**{name: value}) != Policies()
        assert _job(**{name: value}) != _job()
        assert hash(_job(**{name: value})) == hash(_job(**{name: value}))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Policies().priority = 3


def test_a_job_shows_what_is_said():
    """The alias first, then what differs from the defaults; nothing of what nobody said."""
    assert repr(_job()) == f"Job(alias='a', work={call('app:f')!r}, triggers=({every(60)!r},))"
    shown = repr(_job(max_running=3, timeout="none", tags=["b"], metadata={"x": 1}))
    assert shown.startswith("Job(alias='a', ")
    assert all(f", {part}" in shown for part in ("max_running=3", "timeout='none'", "tags=frozenset({'b'})"))
    assert shown.endswith(", metadata={'x': 1})")
    assert not any(name in shown for name in ("overlap", "priority", "title", "executor"))
