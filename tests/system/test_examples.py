"""What is in examples/ runs; stopped and restarted in the middle, its configurations lose nothing."""

import asyncio
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clockhand import Scheduler
from clockhand.contracts import Query, What
from clockhand.testing import run_virtual

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

EXAMPLES = Path(__file__).parents[2] / "examples"
CONFIGURATIONS = sorted(
    path.relative_to(EXAMPLES).as_posix()
    for path in EXAMPLES.rglob("*.toml")
    if path.name != "pyproject.toml"
)
CLOCKHAND = Path(sys.executable).with_name("clockhand")
DEADLINE = 60
GAP = 10
"""In how many seconds one-shots are due that are to fall into a time in which nothing runs."""


def until(condition, what):
    """Wait until *condition* holds and return what it gives; fail with *what* after the deadline."""
    deadline = time.monotonic() + DEADLINE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"in {DEADLINE} s not: {what}"
        time.sleep(0.3)
    return found


def moment(text):
    """Return the datetime that a record's text means."""
    return datetime.fromisoformat(text)


class Place:
    """A copy of an example, and the command in it."""

    def __init__(self, config, extra):
        self.folder, self.config = config.parent, config.name
        self.environment = {**os.environ, **extra}

    def ask(self, *words):
        """Return what a command prints with --json."""
        done = subprocess.run(
            [CLOCKHAND, *words, "--json", "--config", self.config],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return json.loads(done.stdout)

    def jobs(self):
        """Return all jobs by their aliases."""
        return {one["alias"]: one for one in self.ask("jobs")}

    def add_once(self, alias, seconds):
        """Write a one-shot into the configuration that is due in that many *seconds*; return when."""
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
        with (self.folder / self.config).open("a") as config:
            config.write(f'[jobs.{alias}]\nat = "{due.isoformat()}"\n')
            config.write('work = {use = "system", program = "true"}\n')
        return due

    def runs(self):
        """Return everything that is on record, oldest first."""
        return self.ask("runs", "-n", "100000")[::-1]

    def verdicts(self):
        """Return how many records give a verdict to due times of each job."""
        return Counter(one["job"] for one in self.runs() if one["verdict"])

    @contextmanager
    def running(self):
        """Let `clockhand run` run, and stop it with SIGTERM: it has to end well."""
        with (self.folder / "told").open("ab") as told:
            process = subprocess.Popen(
                [CLOCKHAND, "run", "--config", self.config],
                cwd=self.folder,
                env=self.environment,
                stdout=told,
                stderr=told,
            )
        try:
            yield
            assert process.poll() is None, (self.folder / "told").read_text()
            process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE) == 0, (self.folder / "told").read_text()
        finally:
            process.kill()
            process.wait()


def with_module(folder):
    """Return what lets a process find the packages in *folder* too."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))}


@pytest.fixture(scope="session")
def disk(tmp_path_factory):
    """A folder with the job type of examples/custom_work, installed as a wheel."""
    folder = tmp_path_factory.mktemp("custom-work")
    beside = Path(sys.executable).with_name("uv")
    uv = os.environ.get("UV") or shutil.which("uv") or str(beside)
    build = [uv, "build", "--quiet", "--wheel", f"--out-dir={folder / 'dist'}", EXAMPLES / "custom_work"]
    subprocess.run(build, check=True, timeout=DEADLINE)
    (wheel,) = (folder / "dist").glob("*.whl")
    install = [uv, "pip", "install", "--quiet", "--no-deps", f"--python={sys.executable}"]
    subprocess.run([*install, f"--target={folder / 'lib'}", wheel], check=True, timeout=DEADLINE)
    return folder / "lib"


@pytest.fixture
def place(request, tmp_path, disk):
    """A copy of the example of a configuration, in a folder of its own."""
    source = EXAMPLES / request.param
    if source.parent == EXAMPLES:
        shutil.copy(source, tmp_path)
    else:
        shutil.copytree(source.parent, tmp_path, dirs_exist_ok=True)
    extra = with_module(disk) if source.parent.name == "custom_work" else {}
    return Place(tmp_path / source.name, extra)


def timetable(table, anchor, cursor):
    """Return, from the text of the configuration alone, the due times of a job before its cursor."""
    if "at" in table:
        moments = table["at"] if isinstance(table["at"], list) else [table["at"]]
        return sorted(moment(one).astimezone(UTC) for one in moments)
    if "every" in table:
        period = timedelta(seconds=int(re.fullmatch(r"(\d+)s", table["every"])[1]))
        return [anchor + k * period for k in range(1, (cursor - anchor) // period)]
    step = int(re.fullmatch(r"\*/(\d+) \* \* \* \*", table["cron"])[1])
    minutes = (anchor.replace(second=0) + timedelta(minutes=k) for k in range(1, 100_000))
    found = []
    for due in minutes:
        if due >= cursor:
            return found
        if due.minute % step == 0:
            found.append(due)
    return found


def covering(record, dues):
    """Return which of *dues* a record gives a verdict to."""
    first, last = moment(record["due"]), moment(record.get("last") or record["due"])
    return [due for due in dues if first <= due <= last]


@pytest.mark.parametrize("place", CONFIGURATIONS, indirect=True)
def test_a_configuration_is_stopped_and_restarted(place):
    """No interval loses its phase, no one-shot is lost, each due time has exactly one verdict."""
    own = tomllib.loads((place.folder / place.config).read_text())["jobs"]
    often = [alias for alias, table in own.items() if "every" in table]
    assert often, "an example without an interval shows nothing here"
    place.add_once("once-first", 2)

    def each_ran(*once):
        had = place.verdicts()

        def check():
            given = place.verdicts()
            return all(given[alias] > had[alias] for alias in often) and all(given[alias] for alias in once)

        return check

    with place.running():
        until(each_ran("once-first"), f"each of {often} has run, and the one-shot")
    anchors = {alias: place.ask("show", alias)["anchor"] for alias in own}
    gone = max(place.add_once("once-gap", GAP), place.add_once("once-gone", GAP + 1))
    with place.running():
        until(lambda: "once-gone" in place.jobs(), "the one-shots are in the silo")
    assert datetime.now(UTC) < gone - timedelta(seconds=1), (
        f"this machine needs more than {GAP} s for a start"
    )
    until(lambda: datetime.now(UTC) > gone, "their moments have passed, and nothing runs")
    jobs = place.jobs()
    assert jobs["once-gap"]["next"]
    assert jobs["once-gone"]["next"]
    place.add_once("once-last", 3)
    with place.running():
        until(
            each_ran("once-gap", "once-gone", "once-last"), "the one-shots have run, and each interval again"
        )

    tables = tomllib.loads((place.folder / place.config).read_text())["jobs"]
    jobs, records = place.jobs(), place.runs()
    for alias, table in tables.items():
        shown = place.ask("show", alias)
        assert shown["anchor"] == anchors.get(alias, shown["anchor"]), f"{alias} lost its phase"
        cursor = shown["cursor"] and moment(shown["cursor"])
        dues = timetable(table, moment(shown["anchor"]), cursor)
        mine = [one for one in records if one["job"] == alias and one["verdict"]]
        assert [due for one in mine for due in covering(one, dues)] == dues, (
            f"{alias}: each due time has exactly one verdict, in order: {mine}"
        )
        assert sum(one.get("count") or 1 for one in mine) == len(dues), f"{alias}: a verdict too many: {mine}"
    for alias in ("once-first", "once-gap", "once-gone", "once-last"):
        assert jobs[alias]["status"] == "finished"
        mine = [one for one in records if one["job"] == alias]
        assert [(one["what"], one["verdict"], one["attempt"]) for one in mine] == [("run", "succeeded", 1)], (
            mine
        )


def test_each_configuration_is_one_that_check_accepts(disk, tmp_path):
    """`clockhand check` has nothing to say against any of them."""
    for name in CONFIGURATIONS:
        path = EXAMPLES / name
        extra = {**with_module(disk), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [CLOCKHAND, "check", "--config", path],
            cwd=tmp_path,
            env={**os.environ, **extra},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "warning" not in done.stdout + done.stderr


def test_minutely_runs_each_minute(tmp_path, monkeypatch, capsys):
    """The job of minutely.py, on virtual time: one run a minute, with what it returned on record."""
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("minutely", EXAMPLES / "minutely.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    async def three_minutes(clock):
        scheduler = Scheduler(clock=clock)
        for declared in module.clock.declared:
            scheduler.add(declared.job)
        async with scheduler:
            await asyncio.sleep(185)
            page = await scheduler.read(Query(whats=frozenset({What.RUN_ENDED})))
        return [entry.run.outcome.output["result"] for entry in page.entries]

    assert run_virtual(three_minutes) == [{"hour": 0, "minute": minute} for minute in (1, 2, 3)]
    assert capsys.readouterr().out == "00:01 in UTC\n00:02 in UTC\n00:03 in UTC\n"


def test_minutely_stops_on_ctrl_c(tmp_path):
    """The script itself starts, keeps its job in the file, and ends well on SIGINT."""
    process = subprocess.Popen([sys.executable, EXAMPLES / "minutely.py"], cwd=tmp_path)
    config = tmp_path / "look.toml"
    config.write_text('[silo.default]\nuse = "sqlite"\npath = "jobs.db"\n')
    look = Place(config, {})
    try:
        until(lambda: (tmp_path / "jobs.db").exists() and look.ask("jobs"), "the job is in its file")
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 0
    finally:
        process.kill()
        process.wait()
    (job,) = look.ask("jobs")
    assert (job["alias"], job["title"]) == ("minutely", "Say the time")


def test_daemon_hears_two_runs(tmp_path):
    """daemon.py adds a job, fires it, hears two runs and stops."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / "daemon.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    hello = "greet {'result': 'hello world'}"
    assert done.stdout.splitlines() == ["created", hello, "done", hello, "success", "True"]
    assert done.stderr == ""


def test_the_tests_of_the_job_type_pass(disk, tmp_path):
    """The example of a job type has tests of its own, which pass where it is installed."""
    shutil.copytree(EXAMPLES / "custom_work" / "tests", tmp_path / "tests")
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = --import-mode=importlib\nfilterwarnings = error\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, **with_module(disk)},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stdout
