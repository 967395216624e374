"""`clockhand next`: the jobs as a list of timers."""

from __future__ import annotations

import re

KEYS = ("alias", "silo", "next", "excluded", "delay", "status", "reason", "last", "words")


def test_next_is_sorted_by_time(command) -> None:
    """The next one due comes first, paused ones last, finished ones not at all."""
    command.ran(
        'python.path = ["."]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
        + "".join(
            f'jobs.{alias} = {{at = "{when}", work = {{use = "python", function = "works:good"}}}}\n'
            for alias, when in [
                ("late", "2999-01-01T00:00:00Z"),
                ("early", "2998-01-01T00:00:00Z"),
                ("held", "2997-01-01T00:00:00Z"),
                ("done", "2020-01-01T00:00:00Z"),
            ]
        )
    )
    assert command("pause", "held").returncode == 0
    found = command.json("next")
    assert [job["alias"] for job in found] == ["early", "late", "held"]
    assert set(found[0]) == set(KEYS)
    assert [job["next"] for job in found] == ["2998-01-01T00:00:00Z", "2999-01-01T00:00:00Z", None]
    assert [job["alias"] for job in command.json("next", "-n", "1")] == ["early"]
    rows = [line.split() for line in command("next").stdout.splitlines()]
    assert rows[0] == ["NEXT", "IN", "LAST", "VERDICT", "JOB", "WHEN"]
    assert [row[:1] for row in rows[1:]] == [["2998-01-01T00:00:00Z"], ["2999-01-01T00:00:00Z"], ["-"]]
    assert " ".join(rows[3]) == "- paused - - held once, at 1 Jan 2997 00:00 UTC"
    everything = command.json("next", "--all")
    assert [job["alias"] for job in everything] == ["early", "late", "done", "held"]
    done = command("next", "--all").stdout.splitlines()[3].split()
    assert (done[1], done[3:5]) == ("finished", ["succeeded", "done"])


def test_next_says_which_silo_where_there_are_several(command) -> None:
    """Two silos may have a job of one alias; with one silo there is nothing to say."""
    head = 'silo.one = {use = "sqlite", path = "1.db"}\n'
    command.write(head)
    assert command("add", "a", "--every", "1h", "--", "true").returncode == 0
    assert command("next").stdout.splitlines()[0].split() == ["NEXT", "IN", "LAST", "VERDICT", "JOB", "WHEN"]
    command.write(head + 'silo.two = {use = "sqlite", path = "2.db"}\n')
    assert command("add", "a", "--every", "1h", "--silo", "two", "--", "true").returncode == 0
    heads, *rows = command("next").stdout.splitlines()
    assert heads.split() == ["NEXT", "IN", "LAST", "VERDICT", "JOB", "SILO", "WHEN"]
    assert {" ".join(row.split()[-4:]) for row in rows} == {"a one every hour", "a two every hour"}


def test_a_start_that_is_put_off_says_by_how_much(command) -> None:
    """The nominal due time stands there, and how much later it may be."""
    command.write('silo.default = {use = "sqlite", path = "1.db"}\n')
    more = ("--jitter", "5m", "--spread", "30s")
    assert command("add", "a", "--at", "2999-01-01T00:00:00Z", *more, "--", "true").returncode == 0
    line = command("next").stdout.splitlines()[1]
    assert re.match(r"2999-01-01T00:00:00Z  \d+d( \d+h)? \+ up to 5m 30s +-  ", line), line
    assert line.endswith("once, at 1 Jan 2999 00:00 UTC, starts up to 5m 30s later")
    assert command.json("next")[0]["delay"] == 330


def test_a_due_time_that_is_known_to_be_excluded_says_so(command) -> None:
    """In a word, and as JSON by which condition; what runs, and what isn't due, is not excluded."""
    head = 'silo.default = {use = "sqlite", path = "1.db"}\n'
    window = 'triggers = [{use = "between", start = "22:00", end = "%s", tz = "Asia/Tokyo"}]'
    work = 'work = {use = "system", program = "true"}'
    command.ran(
        head
        + "".join(
            f'jobs.{alias} = {{cron = "30 13 * * *", {window % end}, jitter = "5m", {work}}}\n'
            for alias, end in [("runs", "23:00"), ("shut", "22:10"), ("held", "22:10")]
        )
    )
    assert command("pause", "held").returncode == 0
    found = {job["alias"]: job["excluded"] for job in command.json("next")}
    assert found == {"runs": None, "shut": "if that is from 22:00 up to 22:10 in Asia/Tokyo", "held": None}
    lines = {line.split(" at 13:30")[0].split()[-1]: line for line in command("next").stdout.splitlines()[1:]}
    assert re.search(r"Z  \d+(h|m|s)( \d+(m|s))?, excluded  ", lines["shut"]), lines
    assert "excluded" not in lines["runs"] + lines["held"]


def test_words_are_in_the_zone_of_the_configuration(command) -> None:
    """Moments too."""
    command.write('scheduler.timezone = "Asia/Tokyo"\nsilo.default = {use = "sqlite", path = "1.db"}\n')
    assert command("add", "a", "--cron", "0 9 * * 1-5", "--", "true").returncode == 0
    assert command("add", "b", "--cron", "0 9 * * *", "--tz", "Europe/Paris", "--", "true").returncode == 0
    words = {job["alias"]: job["words"] for job in command.json("next")}
    assert words == {"a": "at 09:00 on Monday to Friday", "b": "at 09:00 in Europe/Paris"}


WORDLESS = """
import attrs
from clockhand.contracts import Kind, Timer
from clockhand.hookspecs import hookimpl


@attrs.frozen
class Moon(Timer):
    @property
    def words(self):
        raise ZeroDivisionError

    def next_after(self, moment, facts=None):
        return moment.replace(year=moment.year + 1, day=1)

    def last_before(self, moment, *, since, facts=None):
        return None

    def count(self, first, last, facts=None):
        return None


@hookimpl
def clockhand_triggers():
    yield Kind(name="moon", summary="moons", options=Moon)
"""


def test_words_that_raise_do_not_take_the_listing_along(command, plugin) -> None:
    """What a plugin can't say is left out, here and where the plugin is not installed."""
    env = plugin("moons", WORDLESS)
    command.write('silo.default = {use = "sqlite", path = "1.db"}\n')
    command.write(
        'jobs.a = {triggers = [{use = "moon"}], work = {use = "system", program = "true"}}\n', "a.toml"
    )
    assert command("add", "--file", "a.toml", **env).returncode == 0
    for has in (env, {}):
        done = command("next", **has)
        assert (done.returncode, done.stdout.split()[-2:]) == (0, ["a", "-"]), done.stderr
