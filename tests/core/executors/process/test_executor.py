"""The executor `process`: real children, how they end, and what of it reaches the parent."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import threading
import time
from pathlib import Path

import doings
import pytest
from benching import PATIENCE, Bench, alive, begun, children, until

from clockhand.contracts import ExecutorContext, Outcome, Result
from clockhand.executors.process import child, relaying, slot
from clockhand.executors.process.executor import ProcessExecutor
from clockhand.testing.loop import run_virtual
from clockhand.testing.works import BenchContext, WorkBench, claim_of
from clockhand.works import call

pytestmark = pytest.mark.system


def _files():
    """Return how many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def _bench(main, *args, **options):
    """Return what *main* returns, given a bench."""

    async def run():
        async with Bench(*args, **options) as bench:
            return await main(bench)

    return asyncio.run(run())


def test_runs_share_a_child_that_is_started_when_it_is_first_needed():
    """No child before the first run; one after the other run in the same one, which leads its own group."""

    async def main(bench):
        before = children()
        first = await bench.result(doings.group)
        during = children() - before
        second = await bench.result(doings.group)
        return first, second, during

    first, second, during = _bench(main)
    assert first == second
    pid, group, session, parent = first
    assert pid == group == session
    assert parent == os.getpid()
    assert during == {pid}


def test_child_outlives_no_teardown():
    """teardown() leaves neither a process nor a zombie nor a thread, and closes every file."""

    async def main():
        async with Bench(2) as bench:
            runs = [bench.call(doings.pid) for _ in range(2)]
            return [(await run.outcome(PATIENCE)).output["result"] for run in runs]

    files, threads = _files(), threading.active_count()
    pids = asyncio.run(main())
    assert len(set(pids)) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert threading.active_count() <= threads + 1  # the loop's own helper may be there
    # multiprocessing keeps the pipe to its helper.
    assert _files() <= files + 1


def test_what_a_watched_run_prints_is_shown():
    """Piece by piece, in order, as the child says it; a run that nobody watches says nothing."""

    async def main(bench):
        for watched in (True, False):
            run = bench.start(call(doings.shows, 3), watched=watched)
            outcome = await run.outcome(PATIENCE)
            assert outcome.output["result"] is watched
            said = [("stdout", "0"), ("stderr", "!"), ("stdout", "1"), ("stderr", "!")]
            long = [("stdout", "x" * size) for size in (32_768, 7)]
            assert run.context.printed == (said + long if watched else [])

    _bench(main)


SAME = [
    (doings.nothing,),
    (doings.echo, 1, "two", [3.5], {"four": None}),
    (doings.raises,),
    (doings.raises_from_afar,),
    (doings.exits, 4),
    (doings.exits, None),
    (doings.interrupts,),
    (doings.cancels,),
    (doings.fails,),
    (doings.returns_a_set,),
    (doings.returns_much, 10_000_000),
    (doings.returns_much, 60_000),
]


def test_outcomes_are_those_of_a_thread():
    """The same end has the same result, code, reason and record in a child as in a thread."""

    async def main(bench):
        async with WorkBench("thread") as threads:
            for function, *args in SAME:
                theirs = await threads.start(call(function, *args)).outcome(PATIENCE)
                ours = await bench.outcome(function, *args)
                pairs.append((function.__name__, ours, theirs))

    pairs: list[tuple[str, Outcome, Outcome]] = []
    _bench(main)
    for name, ours, theirs in pairs:
        assert _bare(ours) == _bare(theirs), name
    assert [ours.code for _, ours, _ in pairs if ours.result is Result.FAILED] == [
        "exc:ValueError",
        "exc:json.decoder.JSONDecodeError",
        "exc:SystemExit",
        "exc:SystemExit",
        "exc:KeyboardInterrupt",
        "exc:asyncio.exceptions.CancelledError",
        "exit:75",
    ]


def _bare(outcome):
    """Return an outcome with the last line of its traceback in the place of the whole."""
    output = dict(outcome.output or {})
    if "traceback" in output:
        output["traceback"] = output["traceback"].splitlines()[-1]
    return outcome.result, outcome.code, outcome.reason, output


@pytest.mark.parametrize(
    ("function", "said"), [(doings.exits_in_a_task, "4"), (doings.leaves_a_task_that_exits, "left behind")]
)
def test_exit_in_a_task(function, said):
    """A task that exits, while the run waits or when it is ended, fails the run; its child serves on."""

    async def main(bench):
        pid = await bench.result(doings.pid)
        outcome = await bench.outcome(function)
        return outcome.code, outcome.reason, await bench.result(doings.pid) == pid

    assert _bench(main) == ("exc:SystemExit", said, True)


def test_traceback_begins_with_the_works_own_frames():
    """What led there inside the executor tells an author nothing."""
    outcome = _bench(lambda bench: bench.outcome(doings.raises))
    assert "doings.py" in outcome.output["traceback"]
    assert "clockhand/executors" not in outcome.output["traceback"]


DEATHS = [
    (doings.leaves, 3, "exit:3", {"exit_code": 3}),
    (doings.leaves, 0, "exit:0", {"exit_code": 0}),
    (doings.kills_itself, "SIGKILL", "signal:KILL", {"signal": "KILL"}),
    (doings.kills_itself, "SIGTERM", "signal:TERM", {"signal": "TERM"}),
]


def test_death_is_one_failed_run():
    """With its signal or its exit code; its slot is free, and the next run has another child."""

    async def main(bench):
        for function, argument, code, record in DEATHS:
            outcome = await bench.outcome(function, argument)
            assert (outcome.result, outcome.code, outcome.output) == (Result.FAILED, code, record)
            assert "in the middle of the run" in outcome.reason
            assert bench.executor.room() == 1
        return await bench.result(doings.echo, 1)

    assert _bench(main) == [1]


def test_crash_says_where_it_was():
    """A segmentation fault leaves the stack of the work, without the executor's frames, in the record."""
    outcome = _bench(lambda bench: bench.outcome(doings.segfaults))
    assert (outcome.result, outcome.code) == (Result.FAILED, "signal:SEGV")
    assert outcome.reason == "the child process was ended by the signal SEGV in the middle of the run"
    assert outcome.output["signal"] == "SEGV"
    assert "in segfaults" in outcome.output["traceback"]
    assert "clockhand/executors" not in outcome.output["traceback"]


def test_death_touches_no_other():
    """Of two runs one is killed from outside; the other, in the other slot, goes on to its end."""

    async def main(bench):
        other, victim = bench.call(doings.looks_whether_it_is_cancelled), bench.call(doings.sleeps)
        await begun(other)
        os.kill(await begun(victim), signal.SIGKILL)
        outcome = await victim.outcome(PATIENCE)
        room, alone = bench.executor.room(), alive(other.context.recorded["pid"])
        other.cancel()
        return outcome.code, room, alone, (await other.outcome(PATIENCE)).output["result"]

    assert _bench(main, 2) == ("signal:KILL", 1, True, "gave up")


def test_child_that_died_while_it_waited():
    """Nobody's run fails for it: the next one has a new child."""

    async def main(bench):
        pid = await bench.result(doings.pid)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not alive(pid), "its death")
        return pid, await bench.result(doings.pid)

    before, after = _bench(main)
    assert before != after


def test_death_before_the_run_was_taken(monkeypatch):
    """A child that dies between the look at it and the run is replaced, and the run is run once."""

    async def main(bench):
        pid = await bench.result(doings.pid)
        looked = child.Child.fit

        def fit(one):
            found = looked.fget(one)
            if one.pid == pid:
                os.kill(pid, signal.SIGKILL)
            return found

        monkeypatch.setattr(child.Child, "fit", property(fit))
        return pid, await bench.result(doings.pid)

    before, after = _bench(main)
    assert before != after


def test_what_the_dead_child_started_is_ended():
    """A program that a run started doesn't outlive the death of its child."""

    async def main(bench):
        run = bench.call(doings.starts_a_program_and_leaves)
        outcome = await run.outcome(PATIENCE)
        await until(lambda: not alive(run.context.recorded["program"]), "the end of the program")
        return outcome.code

    assert _bench(main) == "exit:5"


def test_death_is_seen_though_a_fork_holds_the_pipes():
    """A process that left the group and has all files open doesn't hide it."""

    async def main(bench):
        run = bench.call(doings.forks_and_leaves)
        try:
            return (await run.outcome(PATIENCE)).code
        finally:
            os.kill(run.context.recorded["fork"], signal.SIGKILL)

    assert _bench(main) == "exit:6"


# room


def test_room():
    """A slot is taken from execute() on until the run has ended; what finds none waits its turn."""

    async def main(bench):
        rooms = [bench.executor.room()]
        runs = [bench.call(doings.sleeps) for _ in range(2)]
        waiting = bench.call(doings.pid)
        await asyncio.sleep(0)
        rooms.append(bench.executor.room())
        pids = [await begun(run) for run in runs]
        runs[0].cancel(force=True)
        await runs[0].outcome(PATIENCE)
        await waiting.outcome(PATIENCE)
        rooms.append(bench.executor.room())
        runs[1].cancel(force=True)
        await runs[1].outcome(PATIENCE)
        rooms.append(bench.executor.room())
        return rooms, len(set(pids))

    assert _bench(main, 2) == ([2, 0, 1, 2], 2)


def test_many_runs_with_cancels_leave_no_slot_taken():
    """Sixty runs, every third one cancelled somewhere on its way: all slots are free again."""

    async def main(bench):
        runs = [bench.call(doings.nothing) for _ in range(60)]
        for run in runs[::3]:
            await asyncio.sleep(0.01)
            run.cancel()
        results = {(await run.outcome(PATIENCE)).result for run in runs}
        return results <= {Result.SUCCEEDED, Result.CANCELLED}, bench.executor.room()

    assert _bench(main, 2) == (True, 2)


def test_default_is_the_number_of_processors():
    """Unless it is told how many."""
    executor = ProcessExecutor(None, None)
    asyncio.run(executor.startup(ExecutorContext(alias="e")))
    assert executor.room() == len(os.sched_getaffinity(0))
    asyncio.run(executor.teardown())


def test_children_are_replaced_after_so_many_runs():
    """Each serves two runs."""

    async def main(bench):
        return [await bench.result(doings.pid) for _ in range(5)]

    pids = _bench(main, max_runs=2)
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]


def test_idle_child_is_ended(monkeypatch):
    """A child that has nothing to do for a while ends; the next run has a new one."""
    monkeypatch.setattr(slot, "IDLE", 0.05)

    async def main(bench):
        pid = await bench.result(doings.pid)
        await until(lambda: not Path(f"/proc/{pid}").exists(), "the end of the child")
        return pid, await bench.result(doings.pid)

    before, after = _bench(main)
    assert before != after


# being ended


def test_waiting_run_is_withdrawn():
    """A run that has no slot yet is never begun."""

    async def main(bench):
        first, second = bench.call(doings.looks_whether_it_is_cancelled), bench.call(doings.nothing)
        await begun(first)
        answers = [second.cancel(), second.cancel()]
        outcome = await second.outcome(PATIENCE)
        first.cancel()
        await first.outcome(PATIENCE)
        return answers, outcome

    answers, outcome = _bench(main)
    assert answers == [True, False]
    assert outcome == Outcome(Result.CANCELLED, "cancelled", "the run was asked to end before it began")


def test_run_that_is_cancelled_while_its_child_starts():
    """It is never begun; the child serves the next one."""

    async def main(bench):
        run = bench.call(doings.sleeps)
        await until(children, "a child")
        run.cancel()
        outcome = await run.outcome(PATIENCE)
        return outcome.reason, run.context.recorded, await bench.result(doings.echo, 1)

    assert _bench(main) == ("the run was asked to end before it began", {}, [1])


def test_starting_child_is_killed_with_force():
    """TERM reaches a child that has no group of its own yet."""

    async def main(bench):
        run = bench.call(doings.sleeps)
        (inside,) = await until(lambda: bench.executor._runs, "the run to be taken")
        child = await until(lambda: inside._child, "a child")
        pid = child.pid
        run.cancel(force=True)
        outcome = await run.outcome(PATIENCE)
        return outcome.result, alive(pid), await bench.result(doings.echo, 1)

    assert _bench(main) == (Result.CANCELLED, False, [1])


def test_def_sees_that_it_is_cancelled():
    """Without force `context.cancelled` becomes true in the child, and nothing else happens to a def."""

    async def main(bench):
        run = bench.call(doings.looks_whether_it_is_cancelled)
        pid = await begun(run)
        answer = run.cancel()
        outcome = await run.outcome(PATIENCE)
        return answer, outcome.result, outcome.output["result"], await bench.result(doings.pid) == pid

    assert _bench(main) == (True, Result.SUCCEEDED, "gave up", True)


def test_async_def_is_cancelled():
    """Without force the task of an async def is cancelled; its child serves on."""

    async def main(bench):
        run = bench.call(doings.naps)
        pid = await begun(run)
        assert run.cancel()
        outcome = await run.outcome(PATIENCE)
        again = bench.call(doings.naps_and_returns)
        await begun(again)
        again.cancel()
        tidy = await again.outcome(PATIENCE)
        return pid, outcome, tidy, await bench.result(doings.pid)

    pid, outcome, tidy, after = _bench(main)
    assert (outcome.result, outcome.code, outcome.output) == (
        Result.CANCELLED,
        "cancelled",
        {"pid": pid, "saw": True},
    )
    assert (tidy.result, tidy.output["result"]) == (Result.SUCCEEDED, "tidy")
    assert after == pid


def test_forced_def_cleans_up(tmp_path):
    """TERM interrupts a def: its teardown is run, and its child takes no other run."""
    path = tmp_path / "phases"

    async def main(bench):
        bench.kinds.take(doings.Drawer(), "drawer")
        run = bench.start(doings.Lamp(str(path), seconds=doings.LONG))
        pid = await begun(run)
        assert run.cancel(force=True)
        outcome = await run.outcome(PATIENCE)
        return pid, outcome, await bench.result(doings.pid)

    pid, outcome, after = _bench(main)
    assert (outcome.result, outcome.output) == (Result.CANCELLED, {"pid": pid})
    assert path.read_text().split() == ["startup", "func", "teardown"]
    assert after != pid


def test_what_ignores_term_is_killed_when_it_is_forced_again():
    """A def that ignores TERM; its slot is free as soon as its child is gone."""

    async def main(bench):
        run = bench.call(doings.outlives_term)
        pid = await begun(run)
        answers = [run.cancel(), run.cancel(force=True)]
        await until(lambda: "heard" in run.context.recorded, "the first signal")
        answers.append(run.cancel(force=True))
        outcome = await run.outcome(PATIENCE)
        answers.append(run.cancel(force=True))
        return answers, outcome, alive(pid), bench.executor.room()

    answers, outcome, lives, room = _bench(main)
    assert answers == [True, True, True, False]
    assert (outcome.result, outcome.reason) == (Result.CANCELLED, "the run was made to end")
    assert outcome.output["signal"] == "KILL"
    assert (lives, room) == (False, 1)


def test_what_swallows_every_cancellation_is_killed_when_it_is_forced_again():
    """An async def is cancelled, with force once more, and then killed."""

    async def main(bench):
        run = bench.call(doings.naps_whatever_comes)
        pid = await begun(run)
        for times, force in ((1, False), (2, True)):
            run.cancel(force=force)
            await until(lambda times=times: run.context.recorded.get("swallowed") == times, "a cancel")
        run.cancel(force=True)
        outcome = await run.outcome(PATIENCE)
        return outcome.result, outcome.output["signal"], alive(pid)

    assert _bench(main) == (Result.CANCELLED, "KILL", False)


def test_forced_async_def_cleans_up():
    """The second cancel cuts its clean-up short, and what stands in a finally is done; its child ends."""

    async def main(bench):
        run = bench.call(doings.naps_and_tidies_slowly)
        pid = await begun(run)
        run.cancel()
        await until(lambda: run.context.recorded.get("tidying"), "the first cancel")
        run.cancel(force=True)
        outcome = await run.outcome(PATIENCE)
        await until(lambda: not alive(pid), "the end of the child")
        return outcome.result, outcome.output.get("tidied")

    assert _bench(main) == (Result.CANCELLED, True)


def test_force_reaches_what_the_run_started():
    """A program that ignores TERM is killed with the child that started it."""

    async def main(bench):
        run = bench.call(doings.starts_a_program_that_ignores_term)
        await begun(run)
        program = run.context.recorded["program"]
        run.cancel(force=True)
        run.cancel(force=True)
        await run.outcome(PATIENCE)
        await until(lambda: not alive(program), "the end of the program")

    _bench(main)


def test_killing_one_harms_no_other():
    """The run beside it goes on in the same child."""

    async def main(bench):
        other, victim = bench.call(doings.looks_whether_it_is_cancelled), bench.call(doings.ignores_term)
        pids = await begun(other), await begun(victim)
        victim.cancel(force=True)
        victim.cancel(force=True)
        await victim.outcome(PATIENCE)
        lives = [alive(pid) for pid in pids]
        other.cancel()
        return lives, (await other.outcome(PATIENCE)).output["result"]

    assert _bench(main, 2) == ([True, False], "gave up")


def test_caller_that_gave_up():
    """When the waiting task is cancelled its run is killed, and the slot is free once that is done."""

    async def main(bench):
        claim = claim_of(call(doings.ignores_term), token=50)
        context = BenchContext(claim)
        task = asyncio.create_task(bench.executor.execute(claim, context))
        pid = await until(lambda: context.recorded.get("pid"), "the run to begin")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(bench.executor.room, "a free slot")
        return alive(pid)

    assert _bench(main) is False


def test_unknown_claim():
    """A claim that isn't running can't be cancelled."""
    claim = claim_of(call(doings.nothing))
    assert _bench(lambda bench: asyncio.sleep(0, bench.executor.cancel(claim, force=True))) is False


# what a run says


def test_run_knows_what_it_is():
    """The child's context has what the parent's has."""

    async def main(bench):
        first, second = bench.call(doings.knows), bench.start(call(doings.knows), attempt=3)
        return [(await run.outcome(PATIENCE)).output["result"] for run in (first, second)]

    first, second = _bench(main)
    due, key = "2026-03-01T09:00:00+00:00", "bench@2026-03-01T09:00:00Z"
    assert first == ["bench", due, key, 1, 1, "bench", False, None]
    assert second == ["bench", due, key, 3, 2, "bench", False, None]


def test_progress_and_record():
    """Both reach the run's context in the parent, in order; a number that isn't finite isn't told."""

    async def main(bench):
        run = bench.call(doings.tells)
        outcome = await run.outcome(PATIENCE)
        return run.context.progressed, outcome.output

    progressed, output = _bench(main)
    assert progressed == [(1, None, ""), (2, 4, "half"), (2.5, None, "x" * 32_768)]
    assert output == {"first": 3, "second": [2]}


def test_much_that_is_said():
    """All of it arrives, not faster than this process can bear: the child is slowed down."""

    async def main(bench):
        run = bench.call(doings.talks_much, 1_500)
        await until(lambda: run.context.progressed, "the first word")
        begin = time.monotonic()
        outcome = await run.outcome(PATIENCE)
        return len(run.context.progressed), outcome.output, time.monotonic() - begin

    progressed, output, seconds = _bench(main)
    assert (progressed, output) == (1_500, {"number": 1_499})
    assert seconds > 4 * relaying.SPAN  # 3,000 messages are six times as many as may come at once


def test_fork_that_comes_back():
    """A work that forks, and returns in both, has one outcome; its child serves on."""

    async def main(bench):
        pid = await bench.result(doings.pid)
        forked = await bench.result(doings.forks_and_comes_back)
        return forked, await bench.result(doings.pid) == pid

    assert _bench(main) == (True, True)


def test_forks_are_not_heard():
    """What a fork says of the run can't get between what the child says."""

    async def main(bench):
        run = bench.call(doings.talks_in_a_fork, 300)
        outcome = await run.outcome(PATIENCE)
        return outcome, [done for done, _, _ in run.context.progressed]

    outcome, progressed = _bench(main)
    assert outcome.result is Result.SUCCEEDED
    assert outcome.output["fork"] > 0
    assert progressed == list(range(300))


def test_forks_log_to_standard_error(capfd):
    """What forked workers log isn't lost."""
    assert _bench(lambda bench: bench.result(doings.counts_in_forks)) == sum(n * n for n in range(200))
    assert "number 199" in capfd.readouterr().err


def test_context_that_raises():
    """What goes wrong on this side, as a run is told of, fails that run; its child is replaced."""

    class Refusing(BenchContext):
        def progress(self, done, total=None, note=""):
            raise RuntimeError("not now")

    async def main(bench):
        claim = claim_of(call(doings.tells))
        outcome = await bench.executor.execute(claim, Refusing(claim))
        return outcome.code, outcome.reason, await bench.result(doings.echo, 1)

    assert _bench(main) == ("executor", "RuntimeError: not now", [1])


def test_record_that_is_not_json():
    """It fails in the child."""
    outcome = _bench(lambda bench: bench.outcome(doings.records_an_object))
    assert outcome.code == "exc:clockhand.errors.DefinitionError"
    assert outcome.reason.startswith("record: not JSON")


def test_record_that_is_too_much():
    """It fails in the child, with both sizes, before it is sent."""

    async def main(bench):
        return [await bench.outcome(doings.records_much, size) for size in (900_000, 1_100_000)]

    small, large = _bench(main)
    assert small.result is Result.SUCCEEDED
    assert len(small.output["value"]) == 900_000
    assert large.code == "exc:clockhand.errors.DefinitionError"
    assert re.fullmatch(r"record: 1,100,0\d\d bytes of JSON, at most 1,000,000 can be .*", large.reason)


def test_logs_reach_the_loggers_of_the_parent(caplog):
    """With job, occurrence and attempt, the level of each logger, and the traceback as text."""

    async def main(bench):
        await bench.outcome(doings.logs)

    with caplog.at_level(logging.INFO):
        _bench(main)
    assert [(one.name, one.levelname, one.getMessage()) for one in caplog.records] == [
        ("clockhand.bench", "INFO", "from the context"),
        ("doings.deep", "WARNING", "by itself"),
        ("doings", "ERROR", "with a traceback"),
    ]
    for record in caplog.records:
        assert record.funcName == "logs"
        assert (record.job, record.occurrence, record.attempt) == ("bench", "bench@2026-03-01T09:00:00Z", 1)
        assert record.pathname == doings.__file__
    assert "ValueError: invalid literal" in caplog.text


def test_child_makes_no_loggers_here():
    """A name that nobody uses here goes to the nearest logger that there is."""
    _bench(lambda bench: bench.outcome(doings.logs))
    assert "doings.deep" not in logging.root.manager.loggerDict


def test_levels_go_along(caplog):
    """What a logger here wouldn't take isn't sent."""
    logging.getLogger("doings").setLevel(logging.ERROR)
    try:
        with caplog.at_level(logging.INFO):
            _bench(lambda bench: bench.outcome(doings.logs))
    finally:
        logging.getLogger("doings").setLevel(logging.NOTSET)
    assert [record.getMessage() for record in caplog.records] == ["from the context", "with a traceback"]


def test_what_a_thread_says_after_its_run():
    """A thread that a run left behind isn't heard: the next run's record is its own, in the same child."""

    async def main(bench):
        first = bench.call(doings.leaves_a_thread_that_talks)
        await first.outcome(PATIENCE)
        runs = []
        for _ in range(30):
            runs.append(bench.call(doings.pid))
            await runs[-1].outcome(PATIENCE)
            await asyncio.sleep(0.005)
        pids = {(await run.outcome()).output["result"] for run in runs}
        return (
            pids,
            [run.context.recorded for run in (first, *runs)],
            [run.context.progressed for run in runs],
        )

    pids, recorded, progressed = _bench(main)
    assert len(pids) == 1
    assert recorded == [{}] * 31
    assert progressed == [[]] * 30


@pytest.mark.parametrize("function", [doings.prints, doings.prints_and_leaves])
def test_what_is_printed_is_not_lost(function, capfd, monkeypatch):
    """Standard output and error are the parent's, also when the child leaves in haste."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    _bench(lambda bench: bench.outcome(function, "said"))
    printed = capfd.readouterr()
    assert "said" in printed.out
    assert ("said to stderr" in printed.err) == (function is doings.prints)


# a child that says what it shouldn't


GARBAGE = [
    (doings.says, "junk"),
    (doings.says, "[1]"),
    (doings.says, '{"say": "Nothing"}'),
    (doings.says, '{"say": "Ready"}'),
    (doings.says, '{"say": "Begun", "run": -1}'),
    (doings.says, "[" * 100_000),
    (doings.says_much, 2_000_000),
    (doings.writes_raw, "\x7f\xff\xff\xffxxx"),
    (doings.writes_raw, "\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff"),
]


def test_garbage_is_one_failed_run():
    """A child that says what can't be understood, or too much, is killed and replaced."""

    async def main(bench):
        for function, argument in GARBAGE:
            before = children()
            run = bench.call(function, argument)
            outcome = await run.outcome(PATIENCE)
            assert (outcome.result, outcome.code) == (Result.FAILED, "executor"), argument[:50]
            assert "said what can't be understood, and was killed" in outcome.reason
            assert children() <= before
        return await bench.result(doings.echo, 1)

    assert _bench(main) == [1]


def test_closed_pipe_is_a_death():
    """A run that closes the pipe to its parent can't go on: its child is killed."""
    outcome = _bench(lambda bench: bench.outcome(doings.closes_its_pipe))
    assert (outcome.result, outcome.code) == (Result.FAILED, "signal:KILL")


def test_junk_between_two_runs():
    """What a child says while it has no run is nobody's failure: it is replaced."""

    async def main(bench):
        pid = await bench.result(doings.pid)
        await bench.outcome(doings.says_something_once_it_has_ended)
        await asyncio.sleep(0.3)
        return pid, await bench.result(doings.pid)

    before, after = _bench(main)
    assert before != after


# the life of the executor


def test_teardown_ends_what_runs():
    """Runs are interrupted, killed where they ignore it, and each caller gets an answer."""

    async def main(bench):
        runs = [bench.call(function) for function in (doings.sleeps, doings.ignores_term, doings.naps)]
        pids = [await begun(run) for run in runs]
        waiting = bench.call(doings.nothing)
        await asyncio.sleep(0)
        await bench.executor.teardown()
        outcomes = [await run.outcome(PATIENCE) for run in (*runs, waiting)]
        closed = await bench.outcome(doings.nothing)
        return outcomes, [alive(pid) for pid in pids], closed, bench.executor.room()

    outcomes, lives, closed, room = _bench(main, 3)
    assert {outcome.result for outcome in outcomes} == {Result.CANCELLED}
    assert outcomes[-1].reason == "the executor was closed before the run began"
    assert lives == [False] * 3
    assert (closed.code, closed.reason) == ("executor:closed", "executor 'bench' isn't open")
    assert room == 0


def test_opened_again():
    """After teardown(), also one that cut a run off, a new startup() serves again."""

    async def main(bench):
        run = bench.call(doings.sleeps)
        await begun(run)
        await bench.executor.teardown()
        await run.outcome(PATIENCE)
        async with bench:
            return await bench.result(doings.echo, 1), bench.executor.room()

    assert _bench(main) == ([1], 1)


def test_thread_of_a_child_that_does_not_end_by_itself():
    """A run that left a thread which keeps its process alive delays teardown() by a goodbye, no more."""
    _bench(lambda bench: bench.outcome(doings.leaves_a_thread_that_stays))


class _Refused:
    """What the system says when it gives no more of something."""

    def __call__(self, *args):
        raise OSError("no more of them")


def test_no_process_to_be_had(monkeypatch):
    """The run fails and says why; later ones have a child."""

    async def main(bench):
        with monkeypatch.context() as patch:
            patch.setattr(child._spawning.Process, "start", _Refused())
            outcome = await bench.outcome(doings.nothing)
        return outcome, await bench.result(doings.echo, 1)

    files = _files()
    outcome, after = _bench(main)
    assert (outcome.result, outcome.code) == (Result.FAILED, "executor:no-process")
    assert outcome.reason == "no child process: OSError: no more of them"
    assert after == [1]
    assert _files() <= files + 1


def test_no_thread_to_be_had(monkeypatch, caplog):
    """When the system refuses a thread, the run fails; with at least one slot, it waits for that."""

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    async def main(bench):
        with monkeypatch.context() as patch:
            patch.setattr(slot.threading.Thread, "start", refuse)
            none = await bench.outcome(doings.nothing)
        await bench.outcome(doings.nothing)
        with monkeypatch.context() as patch:
            patch.setattr(slot.threading.Thread, "start", refuse)
            both = [bench.call(doings.nothing) for _ in range(2)]
            return none, [(await run.outcome(PATIENCE)).result for run in both]

    none, both = _bench(main, 2)
    assert (none.result, none.code) == (Result.FAILED, "executor:no-thread")
    assert both == [Result.SUCCEEDED] * 2
    assert "executor 'bench': no new thread (can't start new thread)" in caplog.text


def test_without_the_kinds_of_a_scheduler():
    """An executor that wasn't told of any says so, by a failed run."""

    async def main():
        executor, claim = ProcessExecutor(1, None), claim_of(call(doings.nothing))
        await executor.startup(ExecutorContext(alias="bench"))
        try:
            return await executor.execute(claim, BenchContext(claim))
        finally:
            await executor.teardown()

    outcome = asyncio.run(main())
    assert outcome.code == "unresolved"
    assert outcome.reason.startswith("executor 'bench': started without the kinds of a scheduler")


def test_clock_is_held_while_a_run_is_out():
    """Virtual time stands still until the child has answered."""

    async def main(clock):
        bench = Bench()
        context = ExecutorContext(alias="v", clock=clock, kinds=bench.kinds, functions=bench.functions)
        await bench.executor.startup(context)
        claim = claim_of(call(doings.echo, 1))
        task = asyncio.create_task(bench.executor.execute(claim, BenchContext(claim)))
        await asyncio.sleep(0)
        held = clock.held
        outcome = await task
        let_go = not clock.held
        await bench.executor.teardown()
        return held, outcome.output, let_go, clock.monotonic()

    assert run_virtual(main) == (True, {"result": [1]}, True, 0.0)
