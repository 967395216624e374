"""What the tests run in child processes: functions, and works of kinds of their own."""

# ruff: noqa: D102, D103, T201 - each does what its name says, and some print

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import itertools
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from contextlib import asynccontextmanager
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path

import attrs

from clockhand.contracts import Kind, RunContext, Work
from clockhand.errors import WorkFailed
from clockhand.hookspecs import hookimpl

LONG = 600


def nothing():
    pass


def echo(*values):
    return list(values)


def shows(times, context: RunContext):
    for number in range(times - 1):
        context.output(str(number))
        context.output("!", "stderr")
    context.output("x" * (32_768 + 7))
    return context.watched


def pid():
    return os.getpid()


def group():
    return [os.getpid(), os.getpgrp(), os.getsid(0), os.getppid()]


def prints(text):
    print(text)
    print(f"{text} to stderr", file=sys.stderr)


def prints_and_leaves(text):
    print(text)
    os._exit(0)


# how a run may end


def raises():
    raise ValueError("first line\nsecond line")


def raises_from_afar():
    import json

    json.loads("{")


def exits(code):
    sys.exit(code)


def interrupts():
    raise KeyboardInterrupt


def cancels():
    raise asyncio.CancelledError


def fails():
    raise WorkFailed("exit:75", "try later", {"tries": 3})


def returns_a_set():
    return {1, 2}


def returns_much(size):
    return "x" * size


def leaves(code):
    os._exit(code)


def segfaults():
    with warnings.catch_warnings():
        ctypes.string_at(0)


def kills_itself(name):
    os.kill(os.getpid(), getattr(signal, name))
    time.sleep(LONG)


# runs that are ended


def sleeps(context):
    context.record(pid=os.getpid())
    time.sleep(LONG)


def looks_whether_it_is_cancelled(context):
    context.record(pid=os.getpid())
    while not context.cancelled:
        time.sleep(0.01)
    return "gave up"


def ignores_term(context):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    context.record(pid=os.getpid())
    time.sleep(LONG)


def outlives_term(context):
    signal.signal(signal.SIGTERM, lambda *_: context.record(heard="TERM"))
    context.record(pid=os.getpid())
    while True:
        time.sleep(LONG)


def counts_for_ever(context):
    context.record(pid=os.getpid())
    number = 0
    while True:
        number += 1


def starts_a_program_that_ignores_term(context):
    program = "import signal, time; signal.signal(15, 1); print('up', flush=True); time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    process.stdout.readline()
    context.record(program=process.pid, pid=os.getpid())
    time.sleep(LONG)


def starts_a_program_and_leaves(context):
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    context.record(program=process.pid)
    os._exit(5)


def forks_and_leaves(context):
    """The fork holds every pipe of the child open."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fork = os.fork()
    if fork == 0:
        os.setsid()
        time.sleep(LONG)
    context.record(fork=fork)
    os._exit(6)


def forks_and_comes_back(context):
    """Both come back from the work: there must be one end of the run, and one child."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fork = os.fork()
    if fork:
        os.waitpid(fork, 0)
    return fork > 0


def talks_in_a_fork(context, times):
    """Both say much at the same time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fork = os.fork()
    for number in range(times):
        context.progress(number)
        context.record(fork=fork, number=number)
    if not fork:
        os._exit(0)
    os.waitpid(fork, 0)


def _counted(number):
    logging.getLogger("doings").warning("number %s", number)
    return number * number


def counts_in_forks(context):
    """Workers that log while the child itself says much."""
    with multiprocessing.get_context("fork").Pool(2) as pool:
        numbers = pool.map_async(_counted, range(200))
        for number in range(200):
            context.progress(number)
        return sum(numbers.get())


async def naps(context):
    context.record(pid=os.getpid())
    try:
        await asyncio.sleep(LONG)
    except asyncio.CancelledError:
        context.record(saw=context.cancelled)
        raise


async def naps_whatever_comes(context):
    context.record(pid=os.getpid())
    for times in itertools.count(1):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(LONG)
        context.record(swallowed=times)


async def naps_and_tidies_slowly(context):
    context.record(pid=os.getpid())
    try:
        await asyncio.sleep(LONG)
    finally:
        context.record(tidying=True)
        try:
            await asyncio.sleep(LONG)
        finally:
            context.record(tidied=True)


async def naps_and_returns(context):
    context.record(pid=os.getpid())
    try:
        await asyncio.sleep(LONG)
    except asyncio.CancelledError:
        return "tidy"


async def exits_in_a_task():
    async def leave():
        sys.exit(4)

    await asyncio.gather(leave(), asyncio.Event().wait())


async def leaves_a_task_that_exits():
    async def leave():
        try:
            await asyncio.Event().wait()
        finally:
            sys.exit("left behind")

    KEPT.append(asyncio.create_task(leave()))
    await asyncio.sleep(0)


KEPT: list[object] = []


# what a run says


def knows(context):
    return [
        context.job,
        context.due.isoformat(),
        context.occurrence,
        context.attempt,
        context.token,
        context.node,
        context.cancelled,
        context.shared,
    ]


def tells(context):
    with context.hold():
        context.progress(1)
        context.progress(2, 4, "half")
        context.progress(float("nan"))
        context.progress(Fraction(5, 2), float("inf"), "x" * 100_000)
    context.record(first=1, second=[2])
    context.record(first=3)


def records(context, value):
    context.record(value=value)


def records_an_object(context):
    context.record(value=object())


def records_much(context, size):
    context.record(value="x" * size)


def logs(context):
    context.logger.info("from %s", "the context")
    logging.getLogger("doings.deep").warning("by itself")
    logging.getLogger("doings").debug("too little")
    try:
        int("inside")
    except ValueError:
        logging.getLogger("doings").exception("with a traceback")


def leaves_a_thread_that_talks(context):
    def talk():
        time.sleep(0.05)
        for number in range(50):
            context.progress(number)
            context.record(late=number)
            logging.getLogger("doings").warning("late %s", number)
            time.sleep(0.002)

    threading.Thread(target=talk, daemon=True).start()


def talks_much(context, times):
    for number in range(times):
        context.progress(number, times)
        context.record(number=number)


def leaves_a_thread_that_stays():
    threading.Thread(target=time.sleep, args=(LONG,)).start()


# a child that says what it shouldn't


def _frames():
    """Return the pipe to the parent: what a hostile run would look for."""
    import gc

    return next(
        one for one in gc.get_objects() if isinstance(one, Connection) and one.readable and one.writable
    )


def says(text):
    _frames().send_bytes(text.encode())
    time.sleep(LONG)


def says_much(size):
    _frames().send_bytes(b"x" * size)
    time.sleep(LONG)


def writes_raw(text):
    os.write(_frames().fileno(), text.encode("latin-1"))
    time.sleep(LONG)


def says_something_once_it_has_ended():
    def say():
        time.sleep(0.05)
        _frames().send_bytes(b"junk")

    threading.Thread(target=say, daemon=True).start()


def closes_its_pipe():
    _frames().close()
    time.sleep(LONG)


# kinds of work


@attrs.frozen
class Lamp(Work):
    """Notes its phases in a file, and is busy for some seconds; `fail` names the phase that raises."""

    path: str
    fail: str = ""
    seconds: float = 0.0

    def _note(self, phase):
        with Path(self.path).open("a") as file:
            file.write(f"{phase}\n")
        if phase == self.fail:
            raise OSError(phase)

    def startup(self, context):
        self._note("startup")

    def func(self, context):
        self._note("func")
        context.record(pid=os.getpid())
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            pass
        return context.shared

    def teardown(self, context):
        self._note("teardown")


@attrs.frozen
class Torch(Work):
    """Its phases are coroutines, on the loop on which what it shares was opened."""

    async def startup(self, context):
        context.record(startup=context.shared.on_its_loop())

    async def func(self, context):
        KEPT.append(asyncio.create_task(asyncio.sleep(LONG)))
        await asyncio.sleep(0)
        return [context.shared.number, len(asyncio.all_tasks()), context.shared.task.done()]

    async def teardown(self, context):
        context.record(teardown=context.shared.on_its_loop())


class Battery:
    opened = 0

    def __init__(self):
        Battery.opened += 1
        self.number = Battery.opened
        self.loop = asyncio.get_running_loop()
        self.task = asyncio.create_task(asyncio.sleep(LONG))

    def on_its_loop(self):
        return asyncio.get_running_loop() is self.loop


@asynccontextmanager
async def battery():
    shared = Battery()
    yield shared
    shared.task.cancel()
    if "DOINGS_CLOSED" in os.environ:
        Path(os.environ["DOINGS_CLOSED"]).write_text("closed")  # noqa: ASYNC240 - nobody else is on this loop


@asynccontextmanager
async def dead_battery():
    raise OSError("empty")
    yield


class Drawer:
    """A plugin that is an object: what it offers can be found by its names."""

    @hookimpl
    def clockhand_works(self):
        return [
            Kind("lamp", "", options=Lamp),
            Kind("torch", "", options=Torch, share=battery),
        ]


def local_kind():
    """Return a kind whose class has no name at the top of a module."""

    @attrs.frozen
    class Local(Work):
        def func(self, context):
            return 1

    return Kind("local", "", options=Local)


def make_nested():
    def nested():
        pass

    return nested


class Holder:
    @classmethod
    def method(cls):
        return cls.__name__

    @staticmethod
    def static():
        return "static"
