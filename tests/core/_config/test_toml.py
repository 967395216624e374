"""A whole configuration, and what is wrong with one: file, path, what was given, the nearest name."""

import sys
from datetime import timedelta

import pytest

from clockhand import Scheduler, Timing, Use, cron
from clockhand.errors import ConfigError, PluginError

WHOLE = """
[scheduler]
name = "mine"
node = "host-1"
timezone = "Europe/Berlin"
poll = 0.5
lease = "30s"
stop_deadline = "1m"

[silo.default]
use = "sqlite"
path = "jobs.db"

[silo.other]
use = "memory"

[history]
use = "jsonl"
path = "ledger"

[executor.pool]
use = "thread"
threads = 3

[jobs.nightly]
cron = "30 2 * * *"
tz = "Europe/Berlin"
work = {use = "system", program = "backup", args = ["--all"]}
overlap = "skip"

[jobs.often]
every = 5
work = {use = "system", program = "true"}
silo = "other"
"""


def test_the_page_of_the_design(toml):
    """Silos, history, executors and jobs; the program's name says whose the jobs are."""
    loaded = toml.load(WHOLE)
    made = loaded.settings
    assert (made.name, made.node, made.source, made.timezone) == (
        "mine",
        "host-1",
        "config:mine",
        "Europe/Berlin",
    )
    assert made.timing == Timing(poll=0.5, lease=30, stop_deadline=timedelta(minutes=1))
    assert made.silos == {"default": Use("sqlite", {"path": "jobs.db"}), "other": Use("memory")}
    assert made.history == Use("jsonl", {"path": "ledger"})
    assert made.executors == {"pool": Use("thread", {"threads": 3})}
    assert [(one.job.alias, one.silo) for one in made.jobs] == [("nightly", "default"), ("often", "other")]
    nightly = made.jobs[0].job
    assert nightly.timer == cron("30 2 * * *", tz="Europe/Berlin")
    assert (nightly.work.program, tuple(nightly.work.args)) == ("backup", ("--all",))
    assert loaded.clockfile is None


def test_without_a_name_the_file_says_whose_the_jobs_are(toml):
    """And a job without a silo goes to the default."""
    made = toml.load("[silo.default]\nuse = 'memory'\n").settings
    assert (made.name, made.source) == ("clockhand", "config:clock.toml")


def test_a_scheduler_takes_it_as_it_is(toml):
    """The jobs are declared; nothing is open."""
    toml.path.write_text(WHOLE)
    scheduler = Scheduler.from_toml(toml.path)
    assert [one.job.alias for one in scheduler.declared] == ["nightly", "often"]
    assert scheduler.state == "uninitialized"
    assert not (toml.folder / "jobs.db").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[silos.default]\nuse = 'memory'", "unknown option 'silos', did you mean 'silo'?"),
        ("[job.a]", "unknown option 'job', did you mean 'jobs'?"),
        (
            "[zzz]",
            "unknown option 'zzz', known: defaults, executor, history, jobs, plugins, python, retention, sc",
        ),
        ("scheduler = 5", "scheduler: not a table, given 5"),
        ("jobs = []", "jobs: not a table, given []"),
        ("silo = 'memory'", "silo: not a table, given 'memory'"),
        # scheduler
        ("[scheduler]\npol = 1", "scheduler: unknown option 'pol', did you mean 'poll'?"),
        ('[scheduler]\ntz = "UTC"', "scheduler: unknown option 'tz'; write timezone"),
        ('[defaults]\ntz = "UTC"', "defaults: unknown option 'tz'; write timezone in [scheduler]"),
        (
            '[defaults]\ntimezone = "UTC"',
            "defaults: unknown option 'timezone'; write timezone in [scheduler]",
        ),
        ("[scheduler]\npoll = 0", "scheduler.poll: not longer than zero, given 0.0"),
        ("[scheduler]\npoll = true", "scheduler.poll: not a number or a text, given True"),
        ("[scheduler]\npoll = []", "scheduler.poll: not a number or a text, given []"),
        ("[scheduler]\npoll = nan", "scheduler.poll: not a number or a text, given nan"),
        ("[scheduler]\npoll = 'soon'", "scheduler.poll: not a length of time, given 'soon'; write it like"),
        (
            "[scheduler]\nlease = 5",
            "scheduler.beat: not shorter than lease, given 5s and 5s; a lease must outlast",
        ),
        ("[scheduler]\nname = 'a b'", "scheduler.name: 'a b' has ' '; use letters"),
        ("[scheduler]\nname = 5", "scheduler.name: not a text, given 5"),
        ("[scheduler]\nnode = 5", "scheduler.node: not a text, given 5"),
        (
            "[scheduler]\ntimezone = 'Europe/Berln'",
            "scheduler.timezone: unknown time zone 'Europe/Berln', did you mean 'Europe/Berlin'?",
        ),
        # silo, executor, history
        ("[silo.default]", "silo.default: option 'use' is missing; it names the kind"),
        ("[silo]\ndefault = 'memory'", "silo.default: not a table, given 'memory'; write [silo.default]"),
        (
            "[silo]\nuse = 'memory'",
            "silo: 'use' without an alias above it; write [silo.default], or another alias",
        ),
        ("[silo.default]\nuse = 5", "silo.default.use: unknown silo 5"),
        ("[silo.default]\nuse = 'sqlit'", "silo.default.use: unknown silo 'sqlit', did you mean 'sqlite'?"),
        (
            "[silo.default]\nuse = 'sqlite'\npth = 'x'",
            "silo.default: unknown option 'pth', did you mean 'path'?",
        ),
        ("[silo.default]\nuse = 'sqlite'", "silo.default: option 'path' is missing"),
        ("[silo.default]\nuse = 'sqlite'\npath = 5", "silo.default.path: not a text, given 5"),
        ("[silo.'a b']\nuse = 'memory'", "silo: alias: 'a b' has ' '; use letters"),
        ("[executor.'']\nuse = 'thread'", "executor: alias: empty, give it"),
        (
            "[executor.pool]\nuse = 'thred'",
            "executor.pool.use: unknown executor 'thred', did you mean 'thread'?",
        ),
        (
            "[executor.pool]\nuse = 'thread'\nthreads = 0",
            "executor.pool: threads: not a whole number above zero, given 0",
        ),
        (
            "[executor.pool]\nuse = 'thread'\nthreads = '5'",
            "executor.pool.threads: not a whole number, given '5'",
        ),
        ("history = 'jsonl'", "history: not a table, given 'jsonl'; write [history]"),
        ("[history]\nuse = 'jsnl'", "history.use: unknown history 'jsnl', did you mean 'jsonl'?"),
        # plugins, python
        ("[plugins]\nblock = 'redis'", "plugins.block: not a list, given 'redis'"),
        ("[plugins]\nonly = [5]", "plugins.only[0]: not a text, given 5"),
        ("[plugins]\nclockfile = 5", "plugins.clockfile: not a text, given 5"),
        ("[plugins]\nblok = []", "plugins: unknown option 'blok', did you mean 'block'?"),
        ("[python]\nmodules = 'app'", "python.modules: not a list, given 'app'"),
        ("[python]\nmodules = ['unheard_of']", "python.modules[0]: there is no module 'unheard_of'"),
        # what plugins.only leaves out isn't there
        ("[plugins]\nonly = []\n[silo.default]\nuse = 'memory'", "silo.default.use: unknown silo 'memory'"),
    ],
)
def test_what_is_wrong_is_named(toml, text, says):
    """The file, the path in it, what was given, the nearest name; on one line."""
    refusal = toml.refusal(text)
    assert refusal.startswith(f"clock.toml: {says}")
    assert "\n" not in refusal


def test_one_alias_twice(toml):
    """TOML itself refuses it, with the line."""
    refusal = toml.refusal("[jobs.a]\n[jobs.a]\n")
    assert refusal.startswith("clock.toml: not TOML: Cannot declare ('jobs', 'a') twice (at line 2")


def test_a_job_of_a_silo_that_is_not_there(toml):
    """Also when it is the default that isn't."""
    text = "[silo.main]\nuse = 'memory'\n[jobs.a]\nevery = 5\nwork = {use = 'system', program = 'true'}\n"
    assert toml.refusal(text) == "clock.toml: jobs.a.silo: unknown silo 'default', known: main"
    assert toml.refusal(text + "silo = 'mian'") == (
        "clock.toml: jobs.a.silo: unknown silo 'mian', did you mean 'main'?"
    )
    assert toml.load(text + "silo = 'main'").settings.jobs[0].silo == "main"


def test_an_executor_of_ones_own(toml):
    """A job may name it."""
    work = "work = {use = 'system', program = 'true'}\n"
    text = "[executor.pool]\nuse = 'async'\n[jobs.a]\nevery = 5\nexecutor = 'pool'\n"
    assert toml.load(text + work).settings.jobs[0].job.executor == "pool"


def test_modules_and_where_they_are_looked_for(toml):
    """Folders beside the configuration, the first one first; a module that raises is named."""
    for name in ("one", "two"):
        (toml.folder / name).mkdir()
        (toml.folder / name / "app_of_test.py").write_text(f"WHERE = {name!r}\n")
    (toml.folder / "two" / "bad_of_test.py").write_text("import unheard_of\n")
    text = "[python]\npath = ['one', 'two']\nmodules = ['{}']\n"
    assert toml.load(text.format("app_of_test")).settings.modules == ("app_of_test",)
    assert sys.path[:2] == [str(toml.folder / "one"), str(toml.folder / "two")]
    assert sys.modules["app_of_test"].WHERE == "one"
    assert toml.refusal(text.format("bad_of_test")) == (
        "clock.toml: python.modules[0]: module 'bad_of_test' needs 'unheard_of', which isn't installed"
    )
    assert toml.refusal("[python]\npath = ['three']") == (
        f"clock.toml: python.path[0]: no folder, given {str(toml.folder / 'three')!r}"
    )


def test_blocked_plugins(toml):
    """By the plugin's name or its distribution's."""
    for name in ("sqlite", "clockhand-sqlite"):
        loaded = toml.load(f"[plugins]\nblock = ['{name}']\n")
        assert "sqlite" not in loaded.catalog.kinds("silos")
        assert "memory" in loaded.catalog.kinds("silos")


@pytest.mark.parametrize(
    ("option", "name", "says"),
    [
        ("block", "sqlit", "no plugin 'sqlit' is installed, did you mean 'sqlite'?"),
        ("only", "jsnl", "no plugin 'jsnl' is installed, did you mean 'jsonl'?"),
        ("block", "acme-silos", "no plugin 'acme-silos' is installed, known: jsonl, memory, "),
    ],
)
def test_a_plugin_that_is_not_installed(toml, caplog, option, name, says):
    """It is no error, for another machine may have it, but a typing error is told with the nearest name."""
    toml.load(f"[plugins]\n{option} = ['memory', '{name}']\n")
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith(f"clock.toml: plugins.{option}[1]: {says}")


def test_installed_plugins_are_named_as_one_likes(toml, caplog):
    """By name or distribution, whatever the case, `_` or `-`: nothing is warned of."""
    toml.load("[plugins]\nblock = ['jsonl', 'Clockhand_SQLite']\nonly = ['memory', 'clockhand.jsonl']\n")
    assert not caplog.records


def test_a_clash_between_the_clockfile_and_a_plugin(toml):
    """Both are named."""
    (toml.folder / "clockfile.py").write_text(
        "import attrs\nfrom clockhand.contracts import Kind\nfrom clockhand.hookspecs import hookimpl\n"
        "@attrs.frozen\nclass Options:\n    pass\n"
        "@hookimpl\ndef clockhand_silos():\n    return [Kind('memory', 'mine', Options, print)]\n"
    )
    with pytest.raises(
        PluginError,
        match=r"^clockhand_silos: 'memory' is offered by both clockhand-memory .* and clockfile; ",
    ):
        toml.load("[plugins]\nclockfile = 'clockfile.py'\n")


def test_a_file_of_another_name(toml):
    """It is that name which stands in the errors."""
    path = toml.folder / "jobs.toml"
    path.write_text("jobs = 5")
    with pytest.raises(ConfigError, match=r"^jobs\.toml: jobs: not a table, given 5$"):
        Scheduler.from_toml(path)
