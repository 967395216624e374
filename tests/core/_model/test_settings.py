"""Settings: what a scheduler is told, checked before anything opens."""

import pytest

from clockhand import Use, use
from clockhand._model.settings import Settings
from clockhand.errors import ClockhandError


def test_the_defaults():
    """One silo in memory, UTC, and declared jobs that belong to the program's name."""
    made = Settings()
    assert (made.name, made.source, made.timezone) == ("clockhand", "code:clockhand", "UTC")
    assert made.silos_or_default() == {"default": Use("memory")}
    assert Settings(name="mine").source == "code:mine"
    assert Settings(silos={"a": use("sqlite")}).silos_or_default() == {"a": use("sqlite")}


def test_use_keeps_the_options():
    """The kind by position, its options by name; one of them may be called kind."""
    assert use("sqlite", path="jobs.db", kind="x") == Use("sqlite", {"path": "jobs.db", "kind": "x"})


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": "a b"}, "name: 'a b' has ' '; use letters"),
        (
            {"timezone": "Europe/Berln"},
            "timezone: unknown time zone 'Europe/Berln', did you mean 'Europe/Berlin'?",
        ),
        ({"timezone": "Mars"}, "timezone: unknown time zone 'Mars'"),
        ({"timezone": ""}, "timezone: unknown time zone ''; write it like 'Europe/Berlin'"),
        ({"timezone": "Europe"}, "timezone: unknown time zone 'Europe'"),
        ({"timezone": "../UTC"}, "timezone: unknown time zone '../UTC'"),
        ({"timezone": "a\0b"}, "timezone: unknown time zone 'a\\x00b'"),
        ({"timezone": "x" * 10_000}, "timezone: unknown time zone 'xxx"),
        ({"timezone": 5}, "timezone: not a time zone, given 5; write it like 'Europe/Berlin'"),
        (
            {"silos": {"default": "jobs.db"}},
            "silo.default: not a use(...), given 'jobs.db'; write use('kind', option=...)",
        ),
        ({"silos": {"a b": use("memory")}}, "silo: 'a b' has ' '; use letters"),
        ({"executors": {"pool": 5}}, "executor.pool: not a use(...), given 5; write use('kind', option=...)"),
        ({"history": "jsonl"}, "history: not a use(...), given 'jsonl'; write use('kind', option=...)"),
    ],
)
def test_what_is_wrong_is_named(fields, says):
    """The field, what was given, and what to write."""
    with pytest.raises(ClockhandError) as caught:
        Settings(**fields)
    assert str(caught.value).startswith(says)


def test_the_history_of_the_default_silo():
    """Its kind brings one of its own, unless another is named; else one must be."""
    made = Settings(silos={"other": use("memory"), "default": use("sqlite", path="x")})
    assert made.history_or_default(["sqlite"]) == use("sqlite", path="x")
    assert Settings(history=use("jsonl")).history_or_default([]) == use("jsonl")
    assert Settings(silos={"only": use("memory")}).history_or_default(["memory"]) == use("memory")
    with pytest.raises(
        ClockhandError, match=r"^history: silo kind 'sqlite' brings no history of its own; name one$"
    ):
        made.history_or_default(["memory"])


def test_the_executors():
    """Async, thread and process, and what is told besides or instead."""
    assert Settings().executors_or_default() == {
        "async": use("async"),
        "thread": use("thread"),
        "process": use("process"),
    }
    made = Settings(executors={"thread": use("thread", threads=2), "pool": use("thread")})
    assert made.executors_or_default() == {
        "async": use("async"),
        "thread": use("thread", threads=2),
        "process": use("process"),
        "pool": use("thread"),
    }
