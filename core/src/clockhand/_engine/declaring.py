"""Declaring: the jobs of a program or a file put into their silos, at the start and at a reload."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from clockhand._engine.admission import Gatekeeper
from clockhand._engine.declarations import Declarations
from clockhand._engine.desk import Desk
from clockhand._engine.shop import Shop
from clockhand._engine.stores import Stores
from clockhand._model.job import Job
from clockhand._model.policies import Policies
from clockhand._model.settings import Settings
from clockhand.contracts.batches import Added
from clockhand.contracts.msgs import Reloaded

MOST_NAMED: Final = 5
"""How many jobs a warning names."""


class Declaring:
    """Keeps the silos at what the declarations of one source say."""

    def __init__(
        self,
        settings: Settings,
        declarations: Declarations,
        gatekeeper: Gatekeeper,
        desk: Desk,
        stores: Stores,
        shop: Shop,
    ) -> None:
        self._source = settings.source
        self._patience = settings.timing.patience.total_seconds()
        self._declarations = declarations
        self._gatekeeper = gatekeeper
        self._desk = desk
        self._stores = stores
        self._shares = shop.shares
        self._pool = shop.pool
        self._logger = shop.logger

    async def declare(self) -> int:
        """Declare the jobs, and name what nobody declares or can run; return how many were declared."""
        number = 0
        for silo, jobs in self._declarations.by_silo().items():
            await self._desk.declare(jobs, silo, self._source)
            await self._warm_up(jobs)
            number += len(jobs)
        for silo in self._stores.silos:
            await self._name_undeclared(silo)
            await self._name_unresolved(silo)
        return number

    async def reload(self, declarations: Declarations, defaults: Policies, *, retire: bool) -> Reloaded:
        """
        Declare what *declarations* say from now on, and return what became of each job.

        Raises what a start would raise of one that can't be; then nothing has changed.
        """
        before = self._gatekeeper.defaults
        self._gatekeeper.defaults = defaults
        by_silo = declarations.by_silo()
        try:
            for silo, jobs in by_silo.items():
                self._desk.prepare(jobs, silo, self._source)
                await self._desk.refuse_others(jobs, silo, self._source)
        except BaseException:
            self._gatekeeper.defaults = before
            raise
        self._declarations.replace(declarations)
        answers: list[Added] = []
        for silo, jobs in by_silo.items():
            answers += await self._desk.declare(jobs, silo, self._source)
        gone = {silo: await self._undeclared(silo) for silo in self._stores.silos}
        if retire:
            for silo, aliases in gone.items():
                await self._desk.retire(aliases, silo, self._source)
        undeclared = tuple(sorted(alias for aliases in gone.values() for alias in aliases))
        return Reloaded(
            _those(answers, "created"),
            _those(answers, "updated"),
            _those(answers, "unchanged"),
            retired=undeclared if retire else (),
            left=() if retire else undeclared,
        )

    async def _undeclared(self, silo: str) -> list[str]:
        """Return the jobs of a silo that this source declared once and no longer does."""
        declared = await self._desk.declared_by(self._source, silo)
        return [alias for alias in declared if not self._declarations.holds(silo, alias)]

    async def _name_undeclared(self, silo: str) -> None:
        """Warn of jobs that are no longer declared: they go on as they are."""
        gone = await self._undeclared(silo)
        if gone:
            self._logger.warning(
                "silo %s: no longer declared by %s, and going on as before: %s; remove what should not run",
                silo,
                self._source,
                _shown(gone),
            )

    async def _name_unresolved(self, silo: str) -> None:
        """Warn of jobs that can't be run here: they wait for a process that can."""
        try:
            waiting = await self._desk.unresolved(silo)
        except Exception:  # noqa: BLE001 - a silo that fails is heard of by its first turn
            return
        if waiting:
            named = [f"{alias} ({why})" for alias, why in waiting]
            self._logger.warning("silo %s: waiting for who can run them: %s", silo, _shown(named))

    async def _warm_up(self, jobs: Iterable[Job]) -> None:
        """Open what the kinds of *jobs* share now: opening it later would make the first run late."""
        tried: set[type] = set()
        for job in jobs:
            kind = type(job.work)
            if kind in tried or not self._shares.needed(job.work) or self._runs_apart(job):
                continue
            tried.add(kind)
            try:
                async with asyncio.timeout(self._patience):
                    await self._shares.get(job.work)
            except Exception as error:  # noqa: BLE001 - it is tried again by the first run, which then says so
                self._logger.warning("job %s: can't open what its kind shares: %s", job.alias, error)

    def _runs_apart(self, job: Job) -> bool:
        """Say whether *job* runs in other processes, where what its kind shares is opened again."""
        seat = self._pool.seat(job.executor or job.wanted_executor)
        return seat is not None and seat.executor.apart


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (", ..." if len(names) > MOST_NAMED else "")


def _those(answers: Iterable[Added], what: str) -> tuple[str, ...]:
    return tuple(sorted(answer.alias for answer in answers if answer.what == what))
