"""
One contestant, in a process of its own: `python -m contestants heap.drain '{"number": 1000}'`.

Prints what it measured as JSON or, with `--profile`, where the time went.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys

from contestants.profiling import PROFILER


def main(what: str, params: str, *options: str) -> None:
    """Run one contestant and print what it measured."""
    profiled = "--profile" in options
    if profiled:
        PROFILER.switch_on()
    module, _, function = what.partition(".")
    measured = getattr(importlib.import_module(f"contestants.{module}"), function)(**json.loads(params))
    if inspect.iscoroutine(measured):
        measured = asyncio.run(measured)
    print(PROFILER.report() if profiled else json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
