"""The command line, the same for the whole table and for each script of some of its rows."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from harness import table
from harness.child import Failed, profile
from harness.machine import machine
from harness.records import RECORDS
from harness.results import Result
from harness.rounds import race
from harness.rows import Row

ROUNDS: Final = 9
QUICK_ROUNDS: Final = 2
INTERRUPTED: Final = 130


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"not a whole number above zero, given {text!r}")
    return int(text)


def _interpreter(text: str) -> str:
    # Not resolved: the link is what makes it the interpreter of its environment.
    path = Path(text).absolute()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"no such interpreter: {text}")
    return str(path)


def _new_file(text: str) -> Path:
    path = Path(text)
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"not a place for a file: {text}")
    return path


def _options(rows: Sequence[Row], arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=f"Rows: {', '.join(row.name for row in rows)}")
    parser.add_argument(
        "--only", action="append", metavar="NAME", choices=[row.name for row in rows], help="only this row"
    )
    parser.add_argument("--rounds", type=_positive, help=f"how many rounds ({ROUNDS})")
    parser.add_argument("--quick", action="store_true", help="small numbers: does it work at all?")
    parser.add_argument("--json", type=_new_file, metavar="FILE", help="write everything measured here")
    parser.add_argument(
        "--apscheduler4", type=_interpreter, metavar="PYTHON", help="an interpreter that has APScheduler 4"
    )
    parser.add_argument("--profile", action="store_true", help="don't race, show where our time goes")
    return parser.parse_args(arguments)


def main(rows: Sequence[Row], arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks with *rows*; return the exit code."""
    options = _options(rows, arguments)
    chosen = [row for row in rows if options.only is None or row.name in options.only]
    if options.profile:
        return _profile(chosen, quick=options.quick)
    return _race(chosen, options)


def _profile(rows: Sequence[Row], *, quick: bool) -> int:
    code = 0
    for row in rows:
        print(f"{row.name}: {row.shown_title(quick=quick)}, under cProfile", flush=True)
        try:
            print(profile(row.entrants[0], quick=quick), flush=True)
        except Failed as error:
            print(f"  {error}")
            code = 1
    return code


def _race(rows: Sequence[Row], options: argparse.Namespace) -> int:
    began = time.perf_counter()
    wanted = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    facts = machine()
    print(", ".join(f"{name} {fact}" for name, fact in facts.items()), flush=True)
    results: list[Result] = []
    code = 0
    try:
        for row in rows:
            rounds = row.rounds(wanted)
            outcomes = race(row, rounds, alpha=options.apscheduler4, quick=options.quick)
            results.append(Result(row, rounds, options.quick, outcomes))
            print(f"\n{table.text(results[-1])}", flush=True)
            code |= any(outcome.failed for outcome in outcomes)
    except KeyboardInterrupt:
        print("\ninterrupted: what follows is of the rows above", file=sys.stderr)
        code = INTERRUPTED
    print(f"\n{RECORDS}\n{table.summary(results)}; {time.perf_counter() - began:,.0f} s")
    if options.json is not None:
        options.json.write_text(json.dumps(table.as_json(results, facts), indent=1) + "\n")
        print(f"everything measured: {options.json}", file=sys.stderr)
    return code
