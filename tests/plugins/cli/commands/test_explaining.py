"""`clockhand explain`: a timetable in words and moments, from whatever somebody types."""

from __future__ import annotations

import json

import pytest

from clockhand.triggers.explaining import MOST
from clockhand_cli.commands import explaining

PAGE = """\
normal     30 2 * * *
words      at 02:30
zone       Europe/Berlin
next       Mon 23 Nov 2026 02:30 +01:00  2026-11-23T01:30:00Z
           Tue 24 Nov 2026 02:30 +01:00  2026-11-24T01:30:00Z
gaps       shortest 23h 30m, longest 25h (up to 22 Nov 2027)
surprises  Sun 28 Mar 2027: 02:30 does not exist, fires 03:00
           Sun 31 Oct 2027: 02:30 comes twice, fires the first time only
"""
HERE = ("--tz", "Europe/Berlin", "-n", "2", "--from", "2026-11-23")


@pytest.mark.parametrize("given", [("30 2 * * *",), ("30", "2", "*", "*", "*"), ("--cron", "30 2 * * *")])
def test_a_cron_expression_is_explained(inside, given: tuple[str, ...]) -> None:
    """In one word or in several; no configuration is needed, and the README shows the same."""
    done = inside("explain", *given, *HERE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == PAGE


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        (("every", "5m"), "every('5m')"),
        (("every 5m",), "every('5m')"),
        (("every", "days=1", "at=09:00"), "every(days=1, at='09:00')"),
        (("--every", "{days = 1, at = '09:00'}"), "every(days=1, at='09:00')"),
        (("--every", '{"weeks": 2}'), "every(weeks=2)"),
        (("--every", "5m"), "every('5m')"),
        (("every {days = 1, at = '09:00'}",), "every(days=1, at='09:00')"),
        (("@daily",), "0 0 * * *"),
        (("at", "2026-12-01T09:00:00Z"), "at('2026-12-01T09:00:00Z')"),
        (
            ("--at", "2026-12-02T09:00:00Z", "--at", "2026-12-01T10:00:00+01:00"),
            "at('2026-12-01T09:00:00Z', '2026-12-02T09:00:00Z')",
        ),
        (("{cron = '0 9 * * *', tz = 'Asia/Tokyo'}",), "0 9 * * *"),
        (('{"use": "at_start"}',), "at_start()"),
        (
            ("{use = 'any_of', timers = [{every = '1h'}, {cron = '@daily'}]}",),
            "any_of(every('1h'), cron('0 0 * * *'))",
        ),
        (("{use = 'between', start = '22:00', end = '06:00'}",), "between('22:00', '06:00')"),
    ],
)
def test_what_a_timetable_may_be(inside, given: tuple[str, ...], normal: str) -> None:
    """All that `add` takes, in one piece too, and any trigger as a table."""
    done = inside("explain", *given, "--from", "2026-11-23T00:00:00Z", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["normal"] == normal


def test_the_document(inside) -> None:
    """Its keys are those that the README tells; lengths are seconds, moments UTC."""
    document = json.loads(inside("explain", "30 2 * * *", *HERE, "--json").stdout)
    assert document == {
        "normal": "30 2 * * *",
        "words": "at 02:30",
        "zone": "Europe/Berlin",
        "from": "2026-11-22T23:00:00Z",
        "next": [
            {"due": "2026-11-23T01:30:00Z", "local": "2026-11-23T02:30:00+01:00", "excluded": ""},
            {"due": "2026-11-24T01:30:00Z", "local": "2026-11-24T02:30:00+01:00", "excluded": ""},
        ],
        "gaps": {"shortest": 84600.0, "longest": 90000.0, "until": "2027-11-22T23:00:00Z"},
        "surprises": [
            {
                "day": "2027-03-28",
                "at": "2027-03-28T01:00:00Z",
                "what": "02:30 does not exist, fires 03:00",
                "fires": True,
            },
            {
                "day": "2027-10-31",
                "at": "2027-10-31T00:30:00Z",
                "what": "02:30 comes twice, fires the first time only",
                "fires": True,
            },
        ],
        "warnings": [],
    }
    assert json.loads(inside("explain", "{use = 'at_start'}", "--json").stdout)["gaps"] is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            ("*/90 * * * *",),
            (
                "cron: minute: the step of '*/90' is out of range; allowed are 1-60; "
                "use every(minutes=...) for a longer period"
            ),
        ),
        (("@reboot",), "cron: unknown nickname '@reboot'; use at_start()"),
        (("{use = 'betwen'}",), "use: unknown trigger 'betwen', did you mean 'between'?"),
        (("every", "5x"), "every: not a length of time, given '5x'; write it like '90s' or '1h30m'"),
        (("@daily", "--tz", "Foo/Bar"), "tz: unknown time zone 'Foo/Bar'"),
        (("@daily", "--from", "soon"), "--from: not a date and time, given 'soon'"),
        (
            ("--every", "1w"),
            "every: a day is wall-clock time and can have 23 or 25 hours, given '1w'; write {weeks = 1} in",
        ),
        (("every", "days", "=", "1"), "every: days are wall-clock time, given 'days = 1'; write {days"),
        (("--every", "{days = 1"), "--every: neither JSON nor a table of TOML"),
        (("@daily", "--tz", "UTC+2"), "tz: unknown time zone 'UTC+2', an offset; write a place"),
        (("@daily", "--from", "9999-12-30"), "--from: not between 0001-01-04 and 9999-12-28, given"),
        (
            ("@daily", "--from", "0001-01-01", "--tz", "Asia/Tokyo"),
            "--from: not between 0001-01-04 and 9999-12-28, given 0001-01-01T00:00:00",
        ),
        (("@daily", "--from", "9999-12-31T23:59:59-23:00"), "--from: outside the years 1 to 9999 in UTC"),
        (("@daily", "-n", "-1"), "-n: must be >= 0, given '-1'"),
        (("@daily", "-n", "1001"), "-n: must be <= 1000, given '1001'"),
        (
            ("[{every = '5m'}]",),
            "SPEC: a list, given \"[{every = '5m'}]\"; one trigger at a time is explained",
        ),
        (
            ("{every = '5m', cron = '@daily'}",),
            "SPEC: every and cron: each is a timer of its own; keep one, or write {use = ",
        ),
        ((), "missing: one of SPEC, --every, --cron, --at, --job"),
        (("--cron", "@daily", "--every", "5m"), "--every and --cron: one at a time; keep one"),
        (("{",), "SPEC: neither JSON nor a table of TOML"),
    ],
)
def test_a_mistake_is_misuse(inside, given: tuple[str, ...], said: str) -> None:
    """Exit code 2, what is wrong, and where to read on."""
    done = inside("explain", *given)
    first, second = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert first.startswith(f"clockhand: {said}")
    assert second == "try: clockhand explain --help"


def test_a_table_that_was_not_closed_is_told_so(inside) -> None:
    """And one of another kind isn't held up as an example."""
    assert "given '{every={days=1}'; a } is missing\n" in inside("explain", "{every={days=1}").stderr
    assert '; write it like {every = "5m"}\n' in inside("explain", "{every: 5}").stderr
    assert '; write it like {days = 1, at = "09:00"}\n' in inside("explain", "--every", "{5}").stderr


@pytest.mark.parametrize(
    ("start", "first"),
    [
        ("2027-03-14T02:30", "2027-03-14T07:00:00Z"),  # skipped: from the change on, and what is due at it
        ("2027-03-14T03:00", "2027-03-14T07:30:00Z"),
        ("2027-11-07T01:30", "2027-11-07T06:00:00Z"),  # comes twice: the first
    ],
)
def test_a_local_time_in_a_clock_change(inside, start: str, first: str) -> None:
    """Begin where a clock on the wall would, and leave nothing out."""
    done = inside("explain", "0,30 * * * *", "--tz", "America/New_York", "--from", start, "-n", "1", "--json")
    assert json.loads(done.stdout)["next"][0]["due"] == first


def test_as_many_are_listed_as_core_lists() -> None:
    """The bound is told before anything is loaded."""
    assert explaining.MOST == MOST


CONFIG = """
scheduler.timezone = "Asia/Tokyo"
jobs.nightly = {cron = "30 2 * * *", tz = "Europe/Berlin", work = {use = "system", program = "true"}}
jobs.poll = {every = "1h", start_time = 2026-11-24T00:30:00Z, jitter = "5m", \
triggers = [{use = "between", start = "09:00", end = "10:00"}], work = {use = "system", program = "true"}}
"""


def test_a_job_of_the_configuration(command, inside) -> None:
    """With its start, its condition and its jitter, in its own zone or else the scheduler's."""
    command.write(CONFIG)
    assert inside("explain", "--job", "nightly", *HERE[2:]).stdout == PAGE
    done = inside("explain", "--job", "poll", "-n", "2", "--from", "2026-11-24T00:00:00Z")
    assert done.stdout == (
        "normal     every('1h')\n"
        "words      every hour, if that is from 09:00 up to 10:00, not before 24 Nov 2026 09:30 +09:00, "
        "starts up to 5m later\n"
        "zone       Asia/Tokyo\n"
        "next       Tue 24 Nov 2026 09:30 +09:00  2026-11-24T00:30:00Z\n"
        "           Tue 24 Nov 2026 10:30 +09:00  2026-11-24T01:30:00Z  "
        "excluded: if that is from 09:00 up to 10:00\n"
        "gaps       always 24h (up to 24 Nov 2027)\n"
    )
    assert not (command.folder / "jobs.db").exists()


def test_the_zone_of_the_configuration_holds_for_a_spec_too(command, inside) -> None:
    """It is the one that the job would get."""
    command.write(CONFIG)
    assert json.loads(inside("explain", "@daily", "--json").stdout)["zone"] == "Asia/Tokyo"
    named = inside("explain", "{cron = '@daily', tz = 'Europe/Paris'}", "--json")
    assert json.loads(named.stdout)["zone"] == "Europe/Paris"
    assert json.loads(inside("explain", "@daily", "--tz", "UTC", "--json").stdout)["zone"] == "UTC"


def test_a_broken_configuration_is_in_nobodys_way(inside, tmp_path) -> None:
    """One found here is named and passed over, one that was asked for isn't; neither is read for a --tz."""
    (tmp_path / "clockhand.toml").write_text("[jobs.hello]\n")
    done = inside("explain", "0 9 * * *")
    assert (done.returncode, "zone       UTC" in done.stdout) == (0, True)
    assert done.stderr.startswith("warning: clockhand.toml: jobs.hello: option 'work' is missing")
    done = inside("explain", "0 9 * * *", "--tz", "Asia/Tokyo", "--config", "clockhand.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert inside("explain", "0 9 * * *", "--config", "clockhand.toml").returncode == 3


def test_an_unknown_job_is_1(command, inside) -> None:
    """With the alias that comes near; a wrong zone is misuse there too."""
    command.write(CONFIG)
    done = inside("explain", "--job", "nigtly")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "clockhand: job 'nigtly': the configuration has none of that alias, did you mean 'nightly'?\n"
    )
    assert inside("explain", "--job", "nightly", "--tz", "Foo").returncode == 2


def test_without_a_configuration_there_is_no_job(inside) -> None:
    """That is said as everywhere."""
    assert inside("explain", "--job", "nightly").returncode == 3


RAISING = """
import attrs
from clockhand.contracts import Kind, Timer
from clockhand.hookspecs import hookimpl


@attrs.frozen
class Moon(Timer):
    words = "at \\x1b[31mfull moon"

    def next_after(self, moment, facts=None):
        raise ZeroDivisionError("no moon")

    def last_before(self, moment, *, since, facts=None):
        return None

    def count(self, first, last, facts=None):
        return None


@hookimpl
def clockhand_triggers():
    yield Kind(name="moon", summary="moons", options=Moon)
"""


def test_a_timer_that_raises_is_named(command, plugin) -> None:
    """It is the plugin's fault, and no reason to show where in clockhand it came out."""
    env = plugin("moons", RAISING)
    command.write('jobs.a = {triggers = [{use = "moon"}], work = {use = "system", program = "true"}}\n')
    done = command("explain", "--job", "a", **env)
    assert done.returncode == 3
    assert done.stderr == "clockhand: job 'a': triggers: Moon() raised ZeroDivisionError: no moon\n"
    done = command("explain", "{use = 'moon'}", **env)
    assert done.returncode == 2
    assert done.stderr.startswith("clockhand: triggers: Moon() raised ZeroDivisionError: no moon\n")


def test_completion_offers_the_jobs_of_the_configuration(command) -> None:
    """Those that are declared, for no other can be explained."""
    command.write(CONFIG)
    done = command("__complete", "explain", "--job", "")
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["nightly", "poll"]
