"""The SQLite silo answers as the memory silo does, whatever is asked of both in whatever order."""

import asyncio
import random
from datetime import timedelta

import attrs
import pytest

from clockhand.contracts import (
    Cancel,
    Changed,
    Claim,
    Conflict,
    Due,
    DueJob,
    Entry,
    Fire,
    Job,
    OpenOccurrence,
    OpenState,
    Requested,
    Run,
    StoreContext,
    Verdict,
    due_key,
)
from clockhand.testing.silo_rig import WORKS, after, end, job, kit_codec, plan
from clockhand.triggers import at, every
from clockhand_sqlite import jobs
from clockhand_sqlite.known import Known
from clockhand_sqlite.plugin import SILO, SqliteOptions

memory = pytest.importorskip("clockhand_memory.plugin", reason="compares with the memory silo")

ALIASES = ["a", "b", "c", "d"]
OWNERS = ["ada", "bob", "eve"]
TIMERS = [every(seconds=10), every(seconds=7), at(after(25)), every(minutes=1)]
FREE = {
    Entry: {"life", "seq", "position"},
    OpenOccurrence: {"token"},
    Claim: {"reason", "lost"},
    DueJob: {"token"},
    Run: {"token"},
    Conflict: {"reason"},
    Changed: {"reason"},
    Requested: {"reason"},
}
"""What a silo chooses for itself: words, numbers, and what it remembers of a claim that was handed back."""


def seen(value):
    """Return what must be the same in both answers; where the order is free, in one order."""
    if isinstance(value, Due):
        return [sorted(map(seen, value.jobs), key=repr), sorted(map(seen, value.claims), key=repr)]
    if isinstance(value, Job):
        return (value.alias, value.title, value.executor, value.triggers, value.terms)
    if isinstance(value, list | tuple):
        several = [seen(one) for one in value]
        free = value and isinstance(value[0], Entry | OpenOccurrence)
        return sorted(several, key=repr) if free else several
    if isinstance(value, OpenOccurrence) and value.state is OpenState.RUNNING:
        # Once its owner is dead it may be shown as it waits or as it ran.
        value = attrs.evolve(value, executor="", priority=0)
    if attrs.has(type(value)):
        names = [field.name for field in attrs.fields(type(value))]
        return {
            name: seen(getattr(value, name)) for name in names if name not in FREE.get(type(value), set())
        }
    return value


class Handles:
    """Several handles of one file as one silo: each verb goes through one of them, by chance."""

    def __init__(self, handles, chance):
        self.handles = handles
        self.chance = chance

    def __getattr__(self, name):
        return getattr(self.chance.choice(self.handles), name)


async def know_what_the_file_holds(handles):
    """See that nothing a handle knows differs from what it reads."""

    def compare(tx):
        blank = attrs.evolve(tx, known=Known())
        known = tx.known.jobs
        read = jobs.load(blank, known)
        assert {alias: told(job) for alias, job in known.items()} == {
            alias: told(job) for alias, job in read.items()
        }
        return len(known)

    return [await handle._write(compare) for handle in handles]


def told(job):
    """Return all that is known of a job, for comparison."""
    return {name: getattr(job, name) for name in ("id", "executor", "planner", "token", "bad")} | {
        "stored": job.shown(),
        "opened": job.opened,
        "orphaned": set(job.orphaned),
        "lost": dict(job.lost),
    }


class Hand:
    """One silo, and what its owners hold."""

    def __init__(self, silo):
        self.silo = silo
        self.rights = {}
        self.claims = {}

    async def due(self, owner, now, room):
        """Ask for work, and keep it."""
        found = await self.silo.get_due_jobs(after(now), owner=owner, room=room, works=WORKS, limit=100)
        self.rights |= {one.stored.alias: (one, owner) for one in found.jobs}
        self._keep(found.claims)
        return found

    async def start(self, aliases, now, change, **how):
        """Start the plans of some jobs."""
        rights = [self.rights.pop(alias) for alias in aliases]
        plans = [change(plan(one, owner, now, **how), one) for one, owner in rights]
        results = await self.silo.start(plans, after(now))
        self._keep(one for one in results if isinstance(one, Claim))
        return results

    def _keep(self, claims):
        self.claims |= {one.occurrence.key: one for one in claims}


class Story:
    """A long day of both silos, with chance as its author."""

    def __init__(self, seed, sqlite, twin):
        self.chance = random.Random(seed)
        self.hands = [Hand(sqlite), Hand(twin)]
        self.now = 0.0
        self.lives = dict.fromkeys(OWNERS, 0)
        self.fired = 0
        self.numbers = {}
        self.said = []

    async def both(self, what, verb):
        """Ask both hands, and compare their answers."""
        self.said.append((self.now, what))
        answers = [seen(await verb(hand)) for hand in self.hands]
        assert answers[0] == answers[1], self.said[-6:]

    def some(self, kept):
        """Return some of the keys that both hands hold."""
        return [key for key in sorted(kept) if self.chance.random() < 0.7]

    def owner(self):
        """Return an owner in its present life."""
        name = self.chance.choice(OWNERS)
        return f"{name}.{self.lives[name]}"

    def job(self, alias):
        """Return one of many definitions."""
        pick = self.chance.choice
        policies = pick([{}, {}, {"overlap": "queue-all"}, {"overlap": "parallel"}, {"max_running": 2}])
        policies |= {"priority": pick([None, 0, 5]), "pause_after": pick([None, None, 1, 2])}
        return job(alias, pick(TIMERS), title=pick("xy"), executor=pick([None, "pool"]), **policies)

    async def step(self):
        """Let one thing happen."""
        self.now += self.chance.choice([0, 0, 0.5, 1, 3, 8])
        doings = [self.change, self.change, self.ask, self.plan, self.end, self.end, self.beat, self.request]
        await self.chance.choice([*doings, self.ask, self.plan, self.beat, self.request])()
        await self.both("look", lambda hand: hand.silo.get_jobs(ALIASES))
        await self.both("open", lambda hand: hand.silo.list_open())
        await self.both("next", lambda hand: hand.silo.next_due())
        await self.both("then", lambda hand: hand.silo.next_due(after(self.now)))

    async def change(self):
        """Add, modify, pause, resume, remove or release a job."""
        pick, now = self.chance.choice, after(self.now)
        alias, source, revision = pick(ALIASES), pick(["s", "s", "r"]), pick([1, 2, 3])
        jobs = [self.job(pick(ALIASES)), self.job(alias)]
        run = pick([None, "latest"])
        verbs = {
            "add": lambda hand: hand.silo.add_jobs(jobs, now, source),
            "declare": lambda hand: hand.silo.add_jobs(jobs, now, "s"),
            "modify": lambda hand: hand.silo.modify_jobs([(alias, revision, jobs[1])], now, source),
            "pause": lambda hand: hand.silo.pause_jobs([alias], now, "why", "who"),
            "resume": lambda hand: hand.silo.resume_jobs([alias], now, run),
            "release": lambda hand: hand.silo.release_jobs(ALIASES, now),
            "remove": lambda hand: hand.silo.remove_jobs([alias, alias], now),
            "restore": lambda hand: restored(hand.silo, alias, now),
        }
        what = pick([*verbs, "add", "declare", "resume"])
        await self.both((what, alias), verbs[what])

    async def request(self):
        """Fire or cancel something."""
        pick, now = self.chance.choice, after(self.now)
        alias, self.fired = pick(ALIASES), self.fired + 1
        key = pick(
            [f"{alias}!{self.fired}", f"{alias}!{self.fired - 1}", due_key(alias, after(round(self.now)))]
        )
        fire = Fire(alias, force=pick([True, False]), key=key)
        asked = pick([fire, fire, Cancel(key), Cancel(pick([key, *sorted(self.hands[0].claims)]))])
        await self.both(asked, lambda hand: hand.silo.request([asked], now))

    async def ask(self):
        """Let an owner ask for work."""
        owner, pick = self.owner(), self.chance.choice
        room = {"async": pick([0, 10]), "pool": pick([0, 10])}
        if self.chance.random() < 0.2:
            del room["pool"]
        await self.both(("due", owner, room), lambda hand: hand.due(owner, self.now, room))

    async def plan(self):
        """Start plans of rights that may be stale by now."""
        aliases, pick = self.some(self.hands[0].rights), self.chance.choice
        how = {"room": pick([0, 1, 2]), "rest": pick([OpenState.PLANNED, OpenState.QUEUED])}
        change = pick([as_it_is, as_it_is, as_it_is, paused, closed, cancelling, emptied])
        await self.both(("start", aliases), lambda hand: hand.start(aliases, self.now, change, **how))

    async def end(self):
        """Settle or hand back claims that may be stale by now, and forget them or not."""
        keys, now = self.some(self.hands[0].claims), self.now
        verdicts = [self.chance.choice([Verdict.SUCCEEDED, Verdict.FAILED, None]) for _ in keys]
        poison = "poison" if self.chance.random() < 0.05 else ""
        forget, back = self.chance.random() < 0.8, self.chance.random() < 0.3

        async def ended(hand):
            claims = [hand.claims.pop(key) if forget else hand.claims[key] for key in keys]
            if back:
                return await hand.silo.hand_back(claims, after(now))
            pairs = zip(claims, verdicts, strict=True)
            ends = [
                end(one, now, verdict, again_at=now + 2, quarantine=poison, failures=one.occurrence.attempt)
                for one, verdict in pairs
            ]
            return await hand.silo.settle(ends, after(now))

        await self.both(("back" if back else "settle", keys), ended)

    async def beat(self):
        """Let an owner beat, give up its life or begin a new one."""
        owner, now = self.owner(), after(self.now)
        lease = timedelta(seconds=self.chance.choice([15, 15, 15, 15, 15, 0]))
        await self.both(("beat", owner, lease), lambda hand: cancelled(hand.silo.beat(owner, now, lease)))
        if not lease or self.chance.random() < 0.1:
            self.lives[owner.split(".")[0]] += 1

    async def drained(self):
        """Compare and empty the outboxes."""

        async def drain(hand):
            entries = await hand.silo.outbox(0, 100_000)
            seqs = {life: [one.seq for one in entries if one.life == life] for life in self.numbers}
            for life in {one.life for one in entries} - seqs.keys():
                seqs[life] = [one.seq for one in entries if one.life == life]
            for life, found in seqs.items():
                begin = self.numbers.get(life, 0) + 1
                assert found == list(range(begin, begin + len(found))), "numbered without a gap"
                self.numbers[life] = begin + len(found) - 1
            if entries:
                await hand.silo.ack(entries[-1].position)
            return entries

        await self.both("drain", drain)


async def restored(silo, alias, now):
    """Put back what was there of all jobs, one of them removed before."""
    rows, opened = await silo.get_jobs(ALIASES), await silo.list_open(ALIASES)
    gone = await silo.remove_jobs([alias], now)
    return [gone, await silo.restore_jobs(rows, opened, now, merge=True)]


async def cancelled(beat):
    """Return what a beat says, with the number of its tokens for the tokens."""
    answer = await beat
    return (answer.alive, len(answer.cancel))


def as_it_is(made, _due):
    """Return a plan unchanged."""
    return made


def paused(made, _due):
    """Return the plan of a job whose trigger raised."""
    return attrs.evolve(made, cursor=made.old_cursor, occurrences=(), entries=(), pause="it raised")


def closed(made, due):
    """Return the plan of a planner who refuses all requests."""
    requested = [one.key for one in due.open if one.state == "requested"]
    return attrs.evolve(made, occurrences=(), closed=requested)


def cancelling(made, due):
    """Return the plan of a planner who wants to end what runs."""
    return attrs.evolve(made, cancel=[one.key for one in due.open if one.state == "running"])


def emptied(made, due):
    """Return the plan of a planner who gives up all that waits."""
    written = {one.key for one in made.occurrences}
    waiting = [one.key for one in due.open if one.state != "running" and one.key not in written]
    return attrs.evolve(made, closed=waiting)


@pytest.mark.parametrize("handles", [1, 2])
@pytest.mark.parametrize("seed", range(8))
def test_both_silos_tell_the_same_story(tmp_path, seed, handles):
    """Each answer, each row, each next due time and each entry is the same, through one handle or two."""

    async def main():
        files = [SILO.make(SqliteOptions(path=str(tmp_path / "jobs.db"))) for _ in range(handles)]
        twin = memory.SILO.make(memory.SILO.options())
        codec = kit_codec()
        for silo in (*files, twin):
            await silo.startup(StoreContext(alias="story", codec=codec))
        try:
            story = Story(seed, Handles(files, random.Random(seed)), twin)
            known = 0
            for number in range(200):
                await story.step()
                known += sum(await know_what_the_file_holds(files))
                if number % 20 == 0:
                    await story.drained()
            assert known, "nothing was ever known"
        finally:
            for silo in (*files, twin):
                await silo.teardown()

    asyncio.run(main())
