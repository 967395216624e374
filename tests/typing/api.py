"""The calls that a user writes, and the types that a type checker must see in them. Checked, never run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, assert_type

import attrs

from clockhand import (
    Ended,
    Job,
    Lagged,
    Query,
    Run,
    RunContext,
    Scheduler,
    SchedulerState,
    Status,
    StoredJob,
    Timing,
    Use,
    Work,
    WorkFailed,
    at,
    call,
    cron,
    daemon,
    every,
    hookimpl,
    use,
)
from clockhand.contracts import (
    Added,
    Changed,
    Condition,
    ConditionContext,
    Facts,
    JobFilter,
    Kind,
    Page,
    Requested,
    Silo,
    Timer,
    Unreadable,
)
from clockhand.events import Event, RunFailed
from clockhand.msgs import (
    AddExecutor,
    AddJob,
    AddSilo,
    CancelRun,
    FireJob,
    GetJob,
    Health,
    HealthReport,
    JobInfo,
    ListJobs,
    ModifyJob,
    Pause,
    PauseJob,
    ReleaseJob,
    RemoveExecutor,
    RemoveJob,
    RemoveSilo,
    Resume,
    ResumeJob,
    Stop,
)
from clockhand.plugins import Broken, installed
from clockhand.triggers import At, Cron, Every
from clockhand.works import Call

# a scheduler, and functions as jobs

clock = Scheduler(
    silo=use("sqlite", path="jobs.db"),
    history=use("jsonl", path="ledger"),
    executors={"pool": use("thread", threads=4)},
    name="mine",
    timezone="Europe/Berlin",
    timing=Timing(poll=0.5, lease="30s", beat=timedelta(seconds=5)),
    modules=["app.jobs"],
)
assert_type(clock, Scheduler)
assert_type(clock.state, SchedulerState)
assert_type(use("sqlite", path="jobs.db"), Use)


@clock.job(every(minutes=5))
def refresh() -> None:
    """Refresh."""


@clock.job(
    cron("0 9 * * mon-fri", tz="Europe/Berlin"), alias="report", args=["all"], overlap="skip", timeout="5m"
)
async def report(what: str, context: RunContext) -> dict[str, int]:
    """Report, and tell of it."""
    context.progress(1, 2, "half")
    context.record(rows=3)
    context.logger.info("%s of %s", context.attempt, context.occurrence)
    assert_type(context.due, datetime)
    return {"rows": 3}


refresh()  # the decorator leaves a function as it is
assert_type(call(refresh), Call)
assert_type(clock.run(), Ended)
assert_type(Scheduler.from_toml("clockhand.toml"), Scheduler)

# jobs

assert_type(every("1h30m"), Every)
assert_type(at("2026-03-01T09:00:00Z", datetime.now(UTC)), At)
assert_type(cron("@daily"), Cron)

job = Job(
    alias="nightly",
    work=call("app.jobs:nightly", "all", dry=True),
    triggers=cron("30 2 * * *", tz="UTC"),
    title="Nightly",
    executor="thread",
    start_time=datetime.now(UTC),
    overlap="parallel",
    delivery="at-most-once",
    timeout="none",
    tags=["night"],
    metadata={"team": "x"},
)
assert_type(job, Job)
assert_type(job.modify(title="Every night"), Job)
assert_type(job.timer, Timer)
assert_type(job.limit, timedelta | None)
assert_type(clock.add(job), Job)
assert_type(clock.add(job, silo="default"), Job)


# works, triggers and kinds of one's own


@attrs.frozen
class Shout(Work):
    """A work: its fields are the payload."""

    words: tuple[str, ...]
    loud: bool = False

    async def startup(self, context: RunContext, /) -> None:
        """Prepare."""

    async def func(self, context: RunContext, /) -> dict[str, Any]:
        """Shout, or fail with a code."""
        if not self.words:
            raise WorkFailed("silent", "nothing to say", {"words": 0})
        return {"said": len(self.words)}


@attrs.frozen
class Quiet(Work):
    """A work that is a plain def, with a limit of its own."""

    def func(self, context: RunContext, /) -> None:
        """Do nothing."""

    @property
    def proposed_timeout(self) -> timedelta | None:
        """A minute."""
        return timedelta(minutes=1)


@attrs.frozen
class Moon(Timer):
    """A timer."""

    phase: float = 0.0

    def next_after(self, moment: datetime, facts: Facts = Facts()) -> datetime | None:  # noqa: B008 - as in the contract
        """Never."""
        return None

    def last_before(
        self,
        moment: datetime,
        *,
        since: datetime,
        facts: Facts = Facts(),  # noqa: B008 - as in the contract
    ) -> datetime | None:
        """Never."""
        return None

    def count(self, first: datetime, last: datetime, facts: Facts = Facts()) -> int | None:  # noqa: B008 - likewise
        """None."""
        return 0


@attrs.frozen
class Weekdays(Condition):
    """A condition."""

    days: frozenset[int] = frozenset(range(5))
    reads: frozenset[str] = frozenset()

    def passes(self, context: ConditionContext) -> bool:
        """Say whether it is a weekday."""
        return context.due.weekday() in self.days


@attrs.frozen
class RedisOptions:
    """Options of a silo."""

    url: str
    timeout: float = 5.0


def open_redis(options: RedisOptions) -> Silo:
    """Open it."""
    raise NotImplementedError


REDIS: Kind[Silo] = Kind(
    name="redis",
    summary="jobs in Redis",
    options=RedisOptions,
    make=open_redis,
    supports=["durable", "shared"],
)


@hookimpl
def clockhand_silos() -> Iterable[Kind[Silo]]:
    """Offer the silo."""
    yield REDIS


@hookimpl
def clockhand_works() -> Iterable[Kind[Work]]:
    """Offer the works."""
    return [Kind(name="shout", summary="shouts", options=Shout)]


@hookimpl
def clockhand_run_failed(event: RunFailed) -> None:
    """Hear of a failed run."""
    assert_type(event.run, Run)
    print(event.job, event.due, event.reason)  # noqa: T201 - it is what a first listener does


clock.add(Job(alias="shout", work=Shout(("hey",)), triggers=[every(60), Weekdays()]))
clock.add(Job(alias="moon", work=Quiet(), triggers=Moon()))
for broken in installed().broken:
    assert_type(broken, Broken)

# in the background: each Msg has its reply

running = daemon(clock)
with running:
    sender = running.sender
    assert_type(sender.send(AddJob(job)), Added)
    assert_type(sender.send(GetJob("nightly"), timeout=5), JobInfo)
    assert_type(sender.send(ListJobs(JobFilter(tags=frozenset({"night"})))), tuple[JobInfo, ...])
    assert_type(sender.send(ModifyJob("nightly", {"title": "x"})), Changed)
    assert_type(sender.send(PauseJob("nightly", reason="for lunch", by="me")), Changed)
    assert_type(sender.send(ResumeJob("nightly", run="latest")), Changed)
    assert_type(sender.send(ReleaseJob("nightly")), Changed)
    assert_type(sender.send(RemoveJob("nightly")), Changed)
    assert_type(sender.send(FireJob("nightly", force=True)), Requested)
    assert_type(sender.send(CancelRun("nightly@2026-03-01T09:00:00Z")), Requested)
    assert_type(sender.send(Health()), HealthReport)
    sender.send(AddSilo("other", "sqlite", {"path": "other.db"}))
    sender.send(RemoveSilo("other"))
    sender.send(AddExecutor("pool", "thread", {"threads": 4}))
    sender.send(RemoveExecutor("pool"))
    sender.send(Pause())
    sender.send(Resume())
    sender.send(Stop(timedelta(seconds=5)))

    info = sender.send(GetJob("nightly"))
    assert_type(info.row, StoredJob | Unreadable)
    assert_type(info.status, Status)

    assert_type(running.receiver.get(timeout=1), Event | Lagged)
    for heard in running.receiver:
        if isinstance(heard, RunFailed):
            assert_type(heard.run, Run)


async def main() -> None:
    """Run on an event loop of one's own."""
    async with clock as running:
        assert_type(running, Scheduler)
        assert_type(await running.act(Health()), HealthReport)
        assert_type(await running.add_job(job), Added)
        assert_type(await running.remove_job("nightly"), Changed)
        assert_type(await running.read(Query(jobs=frozenset({"nightly"}))), Page)
        assert_type(await running.check_jobs(), int)
    async with clock.attach() as attached:
        assert_type(await attached.act(GetJob("nightly")), JobInfo)
