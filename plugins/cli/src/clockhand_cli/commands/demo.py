"""`clockhand demo`: what clockhand does, seen in a few seconds, with nothing to set up."""

from __future__ import annotations

import asyncio
import logging
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter
from cyclopts.validators import Number

from clockhand_cli import render, text
from clockhand_cli.exits import Exit

if TYPE_CHECKING:
    from clockhand_cli.demo.balance import Account
    from clockhand_cli.demo.jobs import DemoJob
    from clockhand_cli.demo.show import Shown

LINES: Final = 12
"""How much of the history is shown."""

_NEXT: Final = """\
What next: put this into clockhand.toml, in a folder of your own,

    [silo.default]
    use = "sqlite"
    path = "jobs.db"

    [jobs.hello]
    every = "10s"
    work = {use = "system", program = "date"}

then: clockhand check, clockhand run, and from another terminal clockhand runs."""


def demo(
    *,
    seconds: Annotated[
        int, Parameter(validator=Number(gte=2, lte=3600), help="How long the jobs run, 6 if not given.")
    ] = 6,
) -> int:
    """
    Show jobs of every kind at work, and that none is forgotten.

    Functions, a program and HTTP requests run for a few seconds, kept in a
    temporary SQLite file. Then every time at which a job was due is held
    against the history: exit code 0 only if each has exactly one verdict.
    """
    from clockhand_cli.demo.server import serving

    logging.getLogger("clockhand").setLevel(logging.CRITICAL)
    _mind_signals()
    try:
        with tempfile.TemporaryDirectory(prefix="clockhand-demo-") as folder, serving() as url:
            return _demo(Path(folder), url, seconds)
    except asyncio.CancelledError:
        return Exit.INTERRUPTED


def _demo(folder: Path, url: str, seconds: int) -> Exit:
    from clockhand_cli.demo.show import perform, prepare

    jobs = prepare(folder, url)
    _introduce(jobs, seconds)
    shown = asyncio.run(perform(folder, jobs, seconds))
    _mind_signals()
    _print_history(shown)
    for account in shown.accounts:
        _print_faults(account)
    _print_balance(shown)
    return Exit.OK if shown.settled else Exit.FAILED


def _mind_signals() -> None:
    """Let the first SIGINT or SIGTERM interrupt, and none come between it and the removal of the files."""
    both = (signal.SIGINT, signal.SIGTERM)

    def interrupt(_number: int, _frame: object) -> None:
        for number in both:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in both:
        signal.signal(number, interrupt)


def _introduce(jobs: list[DemoJob], seconds: int) -> None:
    render.line(f"clockhand demo: {len(jobs)} jobs for {seconds} seconds, kept in a temporary SQLite file.")
    render.line("One fails now and then, and one takes longer than its interval, on purpose.")
    render.line()
    render.table(
        ("job", "kind", "when", "shows"), [(one.alias, one.kind, one.timer, one.shows) for one in jobs]
    )
    render.line()


def _print_history(shown: Shown) -> None:
    from clockhand.contracts import What
    from clockhand_cli.history_table import run_table

    ended = [entry for entry in shown.history if entry.what in {What.RUN_ENDED, What.NEVER_RAN}]
    render.line()
    render.line(f"History, the last {min(LINES, len(ended))} of {len(ended)} (clockhand runs):")
    run_table(ended[-LINES:], "UTC")


def _print_balance(shown: Shown) -> None:
    rows = [
        (one.job, str(one.due), str(one.ran), _verdicts(one), "yes" if one.settled else "NO")
        for one in shown.accounts
    ]
    due, ran = sum(one.due for one in shown.accounts), sum(one.ran for one in shown.accounts)
    render.line()
    render.line("Balance, due times from the timetable against verdicts from the history:")
    render.table(("job", "due", "ran", "verdicts", "complete"), rows)
    render.line()
    if shown.settled:
        render.line(f"{due} due, {ran} ran, {due - ran} did not and say why: every due time has its verdict.")
        render.line()
        for text_line in _NEXT.splitlines():
            render.line(text_line)
    else:
        render.line("The balance is wrong: that is a bug in clockhand, please report it with these lines.")


def _verdicts(account: Account) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(account.verdicts.items()))


def _print_faults(account: Account) -> None:
    faults = {
        "no verdict": account.missing,
        "more than one verdict": account.double,
        "a verdict, though it was not due": account.unknown,
    }
    for fault, moments in faults.items():
        for moment in moments:
            render.line(f"{account.job} at {text.moment(moment)}: {fault}")
