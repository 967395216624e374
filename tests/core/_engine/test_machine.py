"""Stories that chance tells: whatever is asked, whatever breaks, the sums of the engine are right."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from plot import START, Plot
from stage import Performer
from storeroom import Hook, hangs, nothing, raises

from clockhand import at, cron, every
from clockhand.errors import DefinitionError

EXAMPLES: Final = "CLOCKHAND_STORIES"
"""Set it to the number of stories to be told, for a long run."""
STEPS: Final = "CLOCKHAND_STEPS"
"""Set it to the number of steps in each."""
ALIASES: Final = ("ann", "bob", "cid")
VERBS: Final = ("get_due_jobs", "start", "settle", "next_due", "hand_back", "list_open", "beat", "outbox")

aliases = st.sampled_from(ALIASES)


def second(number: float) -> datetime:
    """Return that second of the story."""
    return START + timedelta(seconds=number)


timers = st.one_of(
    st.sampled_from([1, 3, 7, 60]).map(lambda period: every(seconds=period)),
    st.sampled_from([2, 5]).map(lambda period: every(seconds=period, anchor=START)),
    st.sets(st.sampled_from([-5, 2, 3, 5, 11, 30, 100]), min_size=1).map(lambda some: at(*map(second, some))),
    st.just(cron("* * * * *")),
)
policies = st.fixed_dictionaries(
    {},
    optional={
        "overlap": st.sampled_from(["skip", "queue-one", "queue-all", "cancel-previous", "parallel"]),
        "max_running": st.sampled_from([1, 2, "none"]),
        "queue_limit": st.integers(1, 3),
        "catch_up": st.sampled_from(["none", "latest", "all"]),
        "catch_up_window": st.sampled_from(["5s", "1m"]),
        "catch_up_limit": st.integers(1, 5),
        "grace": st.sampled_from(["1s", "20s"]),
        "retries": st.builds(
            lambda attempts, delay: {"attempts": attempts, "delay": delay, "jitter": 0},
            st.integers(1, 3),
            st.sampled_from([0, 1, 5]),
        ),
        "timeout": st.sampled_from(["2s", "30s"]),
        "delivery": st.sampled_from(["at-least-once", "at-most-once"]),
        "priority": st.integers(-1, 1),
        "pause_after": st.integers(1, 2),
        "warn_after": st.just("1s"),
    },
)
hooks = st.sampled_from([raises, hangs])
moments = st.sampled_from(["before", "after"])


class Story(Plot, RuleBasedStateMachine):
    """A scheduler on virtual time, works that do as they are told, and a store that fails on command."""

    @initialize(
        jobs=st.fixed_dictionaries({}, optional={alias: st.tuples(timers, policies) for alias in ALIASES})
    )
    def begin(self, jobs: dict[str, tuple[Any, dict[str, Any]]]) -> None:
        """Start the first scheduler, with some jobs."""
        self.do(self.scheduler.startup())
        for alias, (timer, fields) in jobs.items():
            self.add(alias, timer, fields)

    # what people ask for

    @rule(alias=aliases, timer=timers, fields=policies)
    def add(self, alias: str, timer: Any, fields: dict[str, Any]) -> None:
        """Add a job, or redefine the one of that alias."""
        job = self.job(alias, timer, fields)
        if job is not None:
            self.do(self.define(alias, lambda: self.scheduler.add_job(job)))

    @rule(alias=aliases, timer=st.none() | timers, fields=policies)
    def modify(self, alias: str, timer: Any, fields: dict[str, Any]) -> None:
        """Change a job."""
        changes = dict(fields) if timer is None else {**fields, "triggers": timer}

        async def modify() -> None:
            with contextlib.suppress(DefinitionError):
                await self.scheduler.modify_job(alias, **changes)

        self.do(self.define(alias, modify))

    @rule(alias=aliases)
    def remove(self, alias: str) -> None:
        """Remove a job."""
        self.ask(self.scheduler.remove_job(alias))
        if self.do(self.row(alias)) is None and self.lives.pop(alias, None):
            self.stage.forget(alias)

    @rule(alias=aliases)
    def pause(self, alias: str) -> None:
        """Pause a job."""
        self.ask(self.scheduler.pause_job(alias))

    @rule(alias=aliases, run=st.sampled_from([None, "latest"]))
    def resume(self, alias: str, run: Any) -> None:
        """Resume a job."""
        self.ask(self.scheduler.resume_job(alias, run=run))

    @rule(alias=aliases)
    def release(self, alias: str) -> None:
        """Release a job from quarantine."""
        self.ask(self.scheduler.release_job(alias))

    @rule(alias=aliases, force=st.booleans())
    def fire(self, alias: str, force: bool) -> None:
        """Run a job by hand."""
        reply = self.ask(self.scheduler.fire_job(alias, force=force))
        if reply is not None:
            self.fired.add(reply.key)

    @rule(number=st.integers(0, 9))
    def cancel(self, number: int) -> None:
        """Cancel something that is open."""
        keys = [one.key for one in self.do(self.opened())]
        if keys:
            self.ask(self.scheduler.cancel_run(keys[number % len(keys)]))

    @rule()
    def pause_all(self) -> None:
        """Pause the scheduler."""
        self.do(self.scheduler.pause())

    @rule()
    def resume_all(self) -> None:
        """Resume the scheduler."""
        self.do(self.scheduler.resume())

    # what works do

    def _performers(self, number: int) -> list[Performer]:
        """Return one of those on the stage, if there is any; with a file that is not the same each time."""
        here = self.stage.here
        return [here[number % len(here)]] if here else []

    @rule(number=st.integers(0, 9))
    def finish(self, number: int) -> None:
        """Let a run succeed."""
        for one in self._performers(number):
            one.finish()

    @rule(number=st.integers(0, 9))
    def fail(self, number: int) -> None:
        """Let a run fail."""
        for one in self._performers(number):
            one.fail("luck:bad")

    @rule(stubborn=st.sampled_from([0, 0, 1, 9]))
    def be_stubborn(self, stubborn: int) -> None:
        """Let the runs that begin from now on ignore so many cancellations."""
        self.stage.stubborn = stubborn

    # what time does

    @rule(seconds=st.sampled_from([0, 0.5, 1, 1, 3, 3, 10, 31]))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.do(asyncio.sleep(seconds))

    @rule(seconds=st.sampled_from([1, 2, 5, 9]), finish=st.booleans())
    def go_on(self, seconds: int, finish: bool) -> None:
        """Let whoever is on the stage finish, and time pass; or the other way round."""
        if finish:
            self.finish_all()
        self.do(asyncio.sleep(seconds))
        if not finish:
            self.finish_all()

    def finish_all(self) -> None:
        """Let all runs succeed."""
        for one in list(self.stage.here):
            one.finish()

    @rule(seconds=st.sampled_from([-3600, -40, -5, 5, 40, 3600]))
    def set_the_clock(self, seconds: float) -> None:
        """Set the wall clock."""
        self.clock.step(timedelta(seconds=seconds))

    # what stores do

    @rule(
        verbs=st.sets(st.sampled_from(VERBS), min_size=1), hook=hooks, when=moments, count=st.integers(1, 4)
    )
    def spoil(self, verbs: set[str], hook: Hook, when: str, count: int) -> None:
        """Let the next calls of some verbs fail."""
        door, left = self.plugin.silo_door, [count]

        async def spoilt(verb: str) -> None:
            if verb in verbs:
                left[0] -= 1
                if left[0] <= 0:
                    door.heal()
                await hook(verb)

        door.heal()
        setattr(door, when, spoilt)

    @rule(hook=st.sampled_from([raises, hangs, nothing]), when=moments)
    def spoil_the_history(self, hook: Hook, when: str) -> None:
        """Let the history fail until further notice."""
        self.plugin.history_door.heal()
        setattr(self.plugin.history_door, when, hook)

    @rule()
    def heal(self) -> None:
        """Let the stores be well again."""
        super().heal()

    # what processes do

    @rule(deadline=st.sampled_from([0, 2]))
    def restart(self, deadline: float) -> None:
        """Stop the scheduler, and start another process on the same store."""
        self.do(self.stop(deadline))
        self.do(self.made().startup())

    @rule()
    def crash(self) -> None:
        """Let the process be gone in the middle of it all, and start another."""
        self.do(self.vanish())
        self.do(self.made().startup())

    # what must hold

    @invariant()
    def sums_are_right(self) -> None:
        """Check all of it."""
        if self.kind == "memory" and self.scheduler._service is not None:
            self.do(self.check())

    def teardown(self) -> None:
        """Let everything end."""
        self.end()


class StoryInAFile(Story):
    """The same on SQLite; the sums are done at the end."""

    kind = "sqlite"


def _told(machine: type[Story], stories: int) -> type:
    case = machine.TestCase
    case.settings = settings(
        max_examples=int(os.environ.get(EXAMPLES, stories)),
        stateful_step_count=int(os.environ.get(STEPS, "40")),
        deadline=None,
        derandomize=EXAMPLES not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    return pytest.mark.timeout(0 if EXAMPLES in os.environ else 300)(case)


@pytest.fixture(autouse=True)
def _quiet():
    """Let the log be silent: in these stories there is little else but failures."""
    logger = logging.getLogger("clockhand")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(before)


TestStory = _told(Story, 150)
TestStoryInAFile = _told(StoryInAFile, 40)
