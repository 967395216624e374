"""`clockhand add`: jobs from options and from files, and what is said of those that can't be."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CONFIG = (
    'python.path = ["."]\npython.modules = ["works"]\nsilo.default = {use = "sqlite", path = "jobs.db"}\n'
    'jobs.declared = {cron = "0 3 * * *", work = {use = "python", function = "works:good"}}\n'
)
HOURLY = ("--every", "1h", "--", "true")


@pytest.fixture
def silo(command):
    """The command, with a configuration that declares one job and allows a module."""
    command.write(CONFIG)
    return command


def _definition(silo, alias: str):
    return silo.json("show", alias)["definition"]


def test_a_program_behind_the_dashes(silo) -> None:
    """What stands behind -- is the program, word for word, options of ours among it too."""
    done = silo("add", "hello", "--every", "1h", "--", "sh", "-c", "echo $0", "--json", "--", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("hello: created, next ")
    assert len(done.stdout.split(",")) == 4
    definition = _definition(silo, "hello")
    assert definition["work"] == {
        "use": "system",
        "program": "sh",
        "args": ["-c", "echo $0", "--json", "--", "--help"],
    }
    assert definition["triggers"] == [{"use": "every", "period": "1h"}]
    assert silo.json("show", "hello")["source"] == "runtime"


def test_an_interval_of_days(silo) -> None:
    """As a table; its zone is that of --tz."""
    table = '{days = 1, at = "09:00"}'
    done = silo("add", "hello", "--every", table, "--tz", "Asia/Tokyo", "--", "true")
    assert (done.returncode, done.stderr) == (0, "")
    assert _definition(silo, "hello")["triggers"] == [
        {"use": "calendar_interval", "days": 1, "at": "09:00", "tz": "Asia/Tokyo"}
    ]


def test_it_runs(silo) -> None:
    """A job that was added is run by a scheduler of the same configuration."""
    silo("add", "once", "--at", "2020-01-01T00:00:00Z", "--call", "works:good")
    assert silo("run", "--once").returncode == 0
    (run,) = silo.json("runs", "once")
    assert (run["outcome"], run["output"]) == ("succeeded", {"result": "fine"})


def test_all_options(silo) -> None:
    """Each option of a job gets into its definition, under the name that the configuration has for it."""
    done = silo(
        *("add", "all", "--cron", "30 2 * * *", "--tz", "Europe/Berlin", "--title", "All of it"),
        *("--tag", "night", "--tag", "db", "--executor", "thread", "--call", "works:named"),
        *("--arg", 'who="x"', "--arg", "times=[1, 2]"),
        *("--start-time", "2999-01-01T00:00:00+01:00", "--end-time", "2999-12-31T00:00:00Z"),
        *("--overlap", "queue-all", "--max-running", "2", "--queue-limit", "5", "--catch-up", "all"),
        *("--catch-up-window", "2d", "--catch-up-limit", "7", "--grace", "none", "--timeout", "90s"),
        *("--retries", '{attempts = 4, delay = "30s", on = ["exit:75"]}', "--delivery", "at-most-once"),
        *("--priority", "-5", "--pause-after", "3", "--warn-after", "10m"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert _definition(silo, "all") == {
        "v": 1,
        "alias": "all",
        "work": {"use": "python", "function": "works:named", "kwargs": {"who": "x", "times": [1, 2]}},
        "triggers": [{"use": "cron", "spec": "30 2 * * *", "tz": "Europe/Berlin"}],
        "title": "All of it",
        "executor": "thread",
        "start_time": "2998-12-31T23:00:00Z",
        "end_time": "2999-12-31T00:00:00Z",
        "tags": ["db", "night"],
        "overlap": "queue-all",
        "max_running": 2,
        "queue_limit": 5,
        "catch_up": "all",
        "catch_up_window": "48h",
        "catch_up_limit": 7,
        "grace": "none",
        "timeout": "1m30s",
        "retries": {"attempts": 4, "delay": "30s", "on": ["exit:75"]},
        "delivery": "at-most-once",
        "priority": -5,
        "pause_after": 3,
        "warn_after": "10m",
    }


@pytest.mark.parametrize(
    "work",
    [
        '{use = "system", program = "date", args = ["-u"]}',
        '{"use": "system", "program": "date", "args": ["-u"]}',
    ],
)
def test_any_work_as_a_table(silo, work: str) -> None:
    """--work takes what a configuration would say, in TOML or in JSON."""
    assert silo("add", "a", "--every", "1h", "--work", work).returncode == 0
    assert _definition(silo, "a")["work"] == {"use": "system", "program": "date", "args": ["-u"]}


def test_again_is_unchanged_and_a_change_is_told(silo) -> None:
    """The same definition keeps everything; another one says what it changes, old and new."""
    silo("add", "a", *HOURLY)
    first = silo.json("show", "a")
    assert silo("add", "a", *HOURLY).stdout.startswith("a: unchanged, next ")
    assert silo.json("show", "a") == first
    done = silo("add", "a", "--every", "2h", "--retries", "1", "--", "true")
    assert done.stdout.startswith("a: updated, next ")
    assert done.stdout.splitlines()[1:] == [
        '  retries: - -> {"attempts": 2}',
        '  triggers: [{"period": "1h", "use": "every"}] -> [{"period": "2h", "use": "every"}]',
    ]
    assert silo.json("show", "a")["revision"] == 2


def test_the_answer_as_a_document(silo) -> None:
    """With --json: a list, one for each job, with the difference and the next due times."""
    added = ("add", "a", "--json", "--overlap", "skip", *HOURLY)
    (made,) = json.loads(silo(*added).stdout)
    assert set(made) == {"job", "what", "silo", "status", "diff", "upcoming"}
    assert (made["what"], made["diff"], len(made["upcoming"])) == ("created", [], 3)
    (changed,) = json.loads(silo(*added[:-4], "--every", "2h", "--", "true").stdout)
    assert changed["what"] == "updated"
    assert [change["field"] for change in changed["diff"]] == ["triggers"]


def test_one_that_is_over_says_so(silo) -> None:
    """Adding a finished one-shot again doesn't run it again, and that is told."""
    once = ("add", "once", "--at", "2020-01-01T00:00:00Z", "--", "true")
    assert silo(*once).stdout == "once: created, next 2020-01-01T00:00:00Z\n"
    assert silo("run", "--once").returncode == 0
    assert silo(*once).stdout.startswith("once: unchanged, and finished: it is not going to be due")


def test_one_that_is_paused_says_so(silo) -> None:
    """A changed definition doesn't resume a paused job."""
    silo("add", "a", *HOURLY)
    silo("pause", "a")
    done = silo("add", "a", "--every", "2h", "--", "true")
    assert done.stdout.startswith("a: updated, and paused: ")


FILE = """\
[jobs.one]
every = "1h"
work = {use = "system", program = "true"}
retries = {attempts = 2}

[jobs.two]
at = [2999-01-01T00:00:00Z, "2999-01-02T00:00:00Z"]
work = {use = "python", function = "works:good"}
"""


def test_a_file_of_jobs(silo) -> None:
    """A file has one or several tables as a configuration has them; all are added at once."""
    silo.write(FILE, "more.toml")
    done = silo("add", "--file", "more.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(",")[0] for line in done.stdout.splitlines()] == ["one: created", "two: created"]
    assert silo("add", "two", "--file", "more.toml").stdout.startswith("two: unchanged, next 2999-01-01")
    assert {job["alias"] for job in silo.json("jobs")} == {"one", "two"}


def test_jobs_from_stdin(silo) -> None:
    """`-` is stdin."""
    done = subprocess.run(
        [sys.executable, "-m", "clockhand_cli", "add", "--file", "-", "--json"],
        cwd=silo.folder,
        input=FILE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [one["job"] for one in json.loads(done.stdout)] == ["one", "two"]


def test_all_of_a_file_or_nothing(silo) -> None:
    """Where one of the jobs can't be, none is added."""
    silo.write(FILE.replace("works:good", "works:nowhere"), "more.toml")
    done = silo("add", "--file", "more.toml")
    assert done.returncode == 3
    assert "job 'two': work: function 'works:nowhere': not registered here" in done.stderr
    assert silo.json("jobs") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[jobs.a", "more.toml: not TOML: "),
        ("", "more.toml: no [jobs.<alias>] table, given {}"),
        ('jobs = "x"', "more.toml: no [jobs.<alias>] table"),
        ('[silo.x]\nuse = "sqlite"', "more.toml: unknown table 'silo'; only [jobs.<alias>] tables"),
        ("jobs.a = 1", "jobs.a: not a table, given 1"),
        ('jobs.a = {evvery = "1h"}', "jobs.a: unknown option 'evvery', did you mean 'every'?"),
        ('jobs.a = {every = "1h"}', "jobs.a.work: missing; write work = {use = "),
        ('jobs.a = {every = "1h", work = {program = "x"}}', "jobs.a.work: option 'use' is missing"),
        ('jobs.a = {every = "1h", work = "x"}', "jobs.a.work: not a table, given 'x'"),
        (
            'jobs.a = {every = "x", work = {use = "system", program = "x"}}',
            "jobs.a.every: not a length of time",
        ),
        ('jobs.a = {cron = "x", work = {use = "system", program = "x"}}', "jobs.a.cron: "),
        ('jobs.a = {work = {use = "system", program = "x"}}', "jobs.a.triggers: job 'a' has no timer"),
        ("jobs.a = {at = 2026-01-01, work = {use = 'system', program = 'x'}}", "jobs.a.at: half a moment"),
        (
            "jobs.a = {at = 2026-01-01T09:00:00, work = {use = 'system', program = 'x'}}",
            "jobs.a.at: a date and time without an offset, given 2026-01-01T09:00:00",
        ),
        (
            'jobs."a b" = {every = "1h", work = {use = "system", program = "x"}}',
            "jobs.a b.alias: 'a b' has ' '",
        ),
        (
            'jobs.a = {every = "1h", silo = 1, work = {use = "system", program = "x"}}',
            "jobs.a.silo: not a text",
        ),
        (
            'jobs.a = {every = "1h", silo = "nope", work = {use = "system", program = "x"}}',
            "silo: unknown silo 'nope', known: default",
        ),
        (
            'jobs.a = {every = "1h", triggers = {}, work = {use = "system", program = "x"}}',
            "jobs.a.triggers: not a list of tables, given {}",
        ),
        ("x = " + "[" * 5_000, "more.toml: "),
    ],
)
def test_a_file_that_is_wrong(silo, inside, text: str, said: str) -> None:
    """What is wrong with a file is 3, with the place in it, and nothing is added."""
    silo.write(text, "more.toml")
    done = inside("add", "--file", "more.toml")
    assert done.returncode == 3, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert inside("jobs", "--json").stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "JOB: missing; name the job, or give a --file of jobs"),
        (("a",), "--every, --cron or --at: missing"),
        (
            ("a", "--every", "1h", "--cron", "* * * * *", "--", "x"),
            "--every and --cron: one timer makes a job",
        ),
        (("a", "--every", "1h"), "what it does is missing: a program behind --, or --call, or --work"),
        (("a", "--every", "1h", "--"), "what it does is missing"),
        (("a", "--every", "1h", "x"), "too many arguments: 'x'; a program to run stands behind --"),
        (
            ("a", "--every", "1h", "--call", "x:y", "--", "z"),
            "given twice, by --call and by a program behind --",
        ),
        (("a", "--every", "1h", "--arg", "x=1", "--", "z"), "--arg: only for --call"),
        (("a", "--every", "1h", "--call", "works:good", "--arg", "x"), "--arg: not name=json, given 'x'"),
        (("a", "--every", "1h", "--call", "works:named", "--arg", "who=x"), "--arg who: not JSON, given 'x'"),
        (
            ("a", "--every", "1h", "--call", "works:named", "--arg", "who=1", "--arg", "who=2"),
            "--arg who: given twice",
        ),
        (("a", "--every", "1h", "--call", "works:good", "--arg", "x=1"), "'x'"),
        (("a", "--every", "1h", "--call", "works:gooood"), "not registered here, did you mean 'works:good'?"),
        (("a", "--every", "1h", "--call", "os:abort"), "function 'os:abort': not registered here"),
        (("a", "--every", "1h", "--call", "works"), "function: not a reference, given 'works'"),
        (("a", "--every", "1h", "--work", "x"), "--work: neither JSON nor a table of TOML"),
        (("a", "--every", "1h", "--work", "[1]"), "--work: not a table, given '[1]'"),
        (
            ("a", "--every", "1h", "--work", '{use = "sysstem"}'),
            "work.use: unknown work 'sysstem', did you mean",
        ),
        (("a", "--every", "1h", "--work", "{}\nmore = 1"), "--work: "),
        (("a", "--every", "1d", "--", "x"), "every: a day is wall-clock time"),
        (("a", "--every", "-5m", "--", "x"), "--every"),
        (("a", "--every", "1h", "--tz", "Europe/Berlin", "--", "x"), "tz: given without a cron"),
        (("a", "--cron", "61 * * * *", "--", "x"), "cron: "),
        (("a", "--cron", "0 3 * * *", "--tz", "Europe/Berln", "--", "x"), "Europe/Berlin"),
        (("a", "--at", "tomorrow", "--", "x"), "at: not a date and time, given 'tomorrow'"),
        (("a", "--every", "1h", "--start-time", "x", "--", "x"), "--start-time: not a date and time"),
        (
            ("a", "--every", "1h", "--overlap", "skp", "--", "x"),
            "--overlap: unknown word 'skp', did you mean 'skip'?",
        ),
        (
            ("a", "--every", "1h", "--overlpa", "skip", "--", "x"),
            "unknown option '--overlpa', did you mean '--overlap'?",
        ),
        (("a", "--every", "1h", "--retries", "many", "--", "x"), "retries: not a number of further attempts"),
        (("a", "--every", "1h", "--retries", "{attempt = 3}", "--", "x"), "did you mean 'attempts'?"),
        (("a", "--every", "1h", "--retries", "{", "--", "x"), "--retries: neither JSON nor a table"),
        (("a", "--every", "1h", "--priority", "high", "--", "x"), "priority: not a whole number"),
        (("a", "--every", "1h", "--timeout", "0", "--", "x"), "timeout: not longer than zero, given 0"),
        (("a", "--every", "1h", "--max-running", "9" * 30, "--", "x"), "max_running: not a whole number"),
        (
            ("a", "--every", "1h", "--executor", "threaad", "--", "x"),
            "executor: unknown executor 'threaad', did",
        ),
        (
            ("a", "--every", "1h", "--silo", "defaultt", "--", "x"),
            "silo: unknown silo 'defaultt', did you mean",
        ),
        (("a", "--every", "1h", "--title", "x" * 1_001, "--", "x"), "title: 1,001 characters"),
        (("../a", "--every", "1h", "--", "x"), "alias: '../a' begins with '.'"),
        (("a\x1b[31m", "--every", "1h", "--", "x"), "alias: "),
        (("a", "--every", "1h", "--", ""), "program: empty"),
        (("--file", "x.toml", "--every", "1h"), "--file: says all of a job itself"),
        (("--file", "x.toml", "--", "true"), "--file: says all of a job itself"),
    ],
)
def test_options_that_cannot_be(silo, inside, arguments: tuple[str, ...], said: str) -> None:
    """A wrong option is 2, a line that names it, and nothing is added."""
    done = inside("add", *arguments)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert done.stderr.splitlines()[1:] == ["try: clockhand add --help"]
    assert "\x1b" not in done.stderr
    assert inside("jobs", "--json").stdout == "[]\n"


@pytest.mark.parametrize(
    ("file", "said"),
    [("nowhere.toml", "nowhere.toml: can't be read: No such file"), (".", "can't be read: Is a directory")],
)
def test_a_file_that_cannot_be_read(silo, inside, file: str, said: str) -> None:
    """A file that isn't there is 3."""
    done = inside("add", "--file", file)
    assert done.returncode == 3
    assert said in done.stderr


def test_a_job_that_is_declared_is_changed_there(silo) -> None:
    """A job of the configuration isn't redefined from outside, whether it is in the silo yet or not."""
    refused = silo("add", "declared", *HOURLY)
    assert refused.returncode == 1
    assert refused.stderr == (
        "clockhand: job 'declared': the configuration declares it; change it there, then reload\n"
    )
    silo("run", "--once")
    silo.write(CONFIG.replace("jobs.declared", "jobs.other"), "second.toml")
    other = silo("-c", "second.toml", "add", "declared", *HOURLY)
    assert other.returncode == 1
    assert "declared by 'config:clockhand.toml'; change it there" in other.stderr


def test_into_one_of_several_silos(command) -> None:
    """--silo says where, for options and for the tables of a file that say nothing else."""
    command.write('[silo.one]\nuse = "sqlite"\npath = "1.db"\n[silo.two]\nuse = "sqlite"\npath = "2.db"\n')
    command.write(FILE.replace('"1h"', '"1h"\nsilo = "one"').replace("works:good", "works:x"), "more.toml")
    assert command("add", "a", "--silo", "two", *HOURLY).returncode == 0
    assert command("add", "one", "--file", "more.toml", "--silo", "two").returncode == 0
    assert {job["alias"]: job["silo"] for job in command.json("jobs")} == {"a": "two", "one": "one"}
    lost = command("add", "b", *HOURLY)
    assert lost.returncode == 2
    assert lost.stderr.startswith("clockhand: --silo: missing; there are several, name one: one, two\n")


def test_into_the_only_silo(command) -> None:
    """One silo needs no name, whatever it is called."""
    command.write('[silo.main]\nuse = "sqlite"\npath = "1.db"\n')
    assert command("add", "a", *HOURLY).returncode == 0
    assert [job["silo"] for job in command.json("jobs")] == ["main"]


def test_a_secret_stays_a_reference(silo) -> None:
    """`${env:NAME}` is kept as it is written, and shown so."""
    done = silo("add", "a", "--every", "1h", "--", "curl", "-H", "Key: ${env:API_KEY}", API_KEY="s3cret")
    assert done.returncode == 0
    changed = silo("add", "a", "--json", "--every", "1h", "--", "curl", "${env:API_KEY}", API_KEY="s3cret")
    assert "${env:API_KEY}" in changed.stdout
    assert "s3cret" not in changed.stdout + silo("show", "a", API_KEY="s3cret").stdout
