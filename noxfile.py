"""The checks of the house: `nox` before a commit, `nox --list` for all there is."""

import os
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "types", "floors", "tests"]

PROJECT = nox.project.load_toml("pyproject.toml")
TEST_TOOLS = nox.project.dependency_groups(PROJECT, "test")
PLUGINS = sorted(path.parent.name for path in Path("plugins").glob("*/pyproject.toml"))

# The interpreter at hand counts even when the classifiers don't name it: a run that skips all proves nothing.
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = sorted({*nox.project.python_versions(PROJECT), HERE}, key=lambda python: int(python.split(".")[1]))
OLDEST = PYTHONS[0]


def sync(session: nox.Session, *groups: str, only: bool = False) -> None:
    """Bring the workspace and these dependency groups, and nothing else, into the session's environment."""
    session.run_install(
        "uv",
        "sync",
        "--quiet",
        "--no-default-groups",
        *([] if only else ["--all-packages"]),
        *(f"--{'only-' if only else ''}group={group}" for group in groups),
        f"--python={session.virtualenv.location}",
        env={"UV_PROJECT_ENVIRONMENT": session.virtualenv.location},
    )


def report(session: nox.Session) -> list[str]:
    """Where a folder for reports is set, as in CI, each run of pytest leaves one there."""
    folder = os.environ.get("JUNIT_FOLDER")
    name = "".join(letter if letter.isalnum() else "-" for letter in session.name).strip("-")
    return [f"--junitxml={folder}/{name}.xml"] if folder else []


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests, on every interpreter found."""
    sync(session, "test")
    session.run("pytest", "--numprocesses=auto", *report(session), *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff's rules and format, and spelling."""
    sync(session, "lint", only=True)
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")
    session.run("codespell")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict, on all members, on the calls a user writes, and on this file."""
    sync(session, "dev")
    session.run("mypy", *session.posargs)


@nox.session
def floors(session: nox.Session) -> None:
    """Imports go down only, plugins use public names, core knows no plugin."""
    sync(session, "floors")
    session.run("lint-imports", *session.posargs)


@nox.session(python=PYTHONS)
@nox.parametrize("plugin", PLUGINS)
def plugins(session: nox.Session, plugin: str) -> None:
    """Core plus this one plugin, alone: a hidden dependency shows here."""
    session.install("./core[testing]", f"./plugins/{plugin}", *TEST_TOOLS, env={"UV_NO_SOURCES": "1"})
    session.run("pytest", f"tests/plugins/{plugin}", *report(session), *session.posargs)


@nox.session
def wheels(session: nox.Session) -> None:
    """Build every member, install the wheels alone, and run the demonstration."""
    folder = Path(session.create_tmp())
    built = folder / "dist"
    shutil.rmtree(built, ignore_errors=True)
    session.run_install("uv", "build", "--quiet", "--all-packages", f"--out-dir={built}")
    session.install(*(str(wheel) for wheel in sorted(built.glob("*.whl"))))
    with session.chdir(folder):
        session.run("python", "-c", "import clockhand; print(clockhand.__file__)")
        session.run("clockhand", "version")
        session.run("clockhand", "demo")


@nox.session(python=OLDEST)
def minimums(session: nox.Session) -> None:
    """The oldest release of every dependency that the members say they can work with."""
    # The pins would win over "lowest", so uv must not read them here.
    session.run_install(
        "uv",
        "pip",
        "install",
        "--quiet",
        "--no-config",
        "--system-certs",
        "--no-sources",
        "--resolution=lowest-direct",
        "./core[testing]",
        *(f"./plugins/{plugin}" for plugin in PLUGINS),
        *TEST_TOOLS,
    )
    session.run("pytest", "--numprocesses=auto", "tests/core", "tests/plugins", *session.posargs)


@nox.session
def cover(session: nox.Session) -> None:
    """Branch coverage of core, its tests included."""
    sync(session, "test")
    session.run("coverage", "erase")
    folders = ["tests/core", "tests/contracts"]
    session.run("coverage", "run", "--branch", "-m", "pytest", *folders, *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "xml", "--quiet", "--fail-under=0")
    session.run("coverage", "report")


@nox.session
def brute(session: nox.Session) -> None:
    """Cron's engine, and intervals of days, against a walk through every minute around the clock changes."""
    sync(session, "test")
    where = ("tests/core/triggers/crontab/test_brute.py", "tests/core/triggers/test_calendar_interval.py")
    session.run("pytest", "--numprocesses=auto", *where, *session.posargs, env={"CLOCKHAND_BRUTE": "all"})


@nox.session
def bench(session: nox.Session) -> None:
    """The table of benchmarks/: beside APScheduler 3 and 4, schedule, celery, and floors written by hand."""
    sync(session, "bench")
    folder = Path(session.create_tmp()).absolute()
    # The next APScheduler can't share an environment with the present one, nor our pins.
    alpha = folder / "apscheduler4"
    uv = ("uv", "--quiet", "--no-config", "--system-certs")
    python = f"--python={session.virtualenv.location}"
    session.run_install(*uv, "venv", "--allow-existing", python, str(alpha))
    session.run_install(*uv, "pip", "install", f"--python={alpha}", "apscheduler==4.0.0a6")
    options = [f"--apscheduler4={alpha / 'bin' / 'python'}", f"--json={folder / 'bench.json'}"]
    session.run("python", "benchmarks", *options, *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the pages; a broken link or anchor is an error."""
    sync(session, "docs", only=True)
    session.run("zensical", "build", "--strict", "--clean", *session.posargs)
