"""Doubts: what the silo may have handed out or begun although its answer never came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from clockhand._engine.hand import Hand
from clockhand._engine.lease import Lease
from clockhand._model.entry import Entry
from clockhand._model.occurrence import OpenOccurrence, OpenState
from clockhand._model.stored import StoredJob
from clockhand.contracts.batches import Claim, ClaimReason, DueJob, Plan
from clockhand.contracts.silo import Silo

_PAGE: Final = 1_000


@attrs.define
class Begun:
    """What turns out to have been started: the claims to begin, and what is on record of them."""

    claims: list[Claim] = attrs.field(factory=list)
    entries: list[Entry] = attrs.field(factory=list)
    notes: list[Entry] = attrs.field(factory=list)
    """What was to be noted besides, and isn't on record as far as anybody knows."""


class Doubts:
    """
    Kept by a lane; cleared before anything else is asked of the silo.

    A start() whose answer was lost is looked up: what it started has its start record, and is begun.
    Anything else that isn't run here is handed back.
    """

    def __init__(self, silo: Silo, hand: Hand, lease: Lease) -> None:
        self.unanswered = False
        """Whether the silo may have handed out what never arrived here."""
        self._silo = silo
        self._hand = hand
        self._lease = lease
        self._claims: list[Claim] = []
        self._entries: list[Entry] = []
        self._notes: list[Entry] = []
        self._plans: list[tuple[StoredJob, Plan]] = []

    def __bool__(self) -> bool:
        return self.unanswered or bool(self._claims or self._plans or self._notes)

    def doubt(
        self, claims: Iterable[Claim], entries: Iterable[Entry] = (), notes: Iterable[Entry] = ()
    ) -> None:
        """Remember claims that were not begun, with their *entries* and the *notes* that went beside them."""
        self._claims += claims
        self._entries += entries
        self._notes += notes

    def doubt_plans(self, jobs: Sequence[DueJob], plans: Sequence[Plan]) -> None:
        """Remember what a start() that failed may have begun after all."""
        self._plans += [
            (due.stored, plan) for due, plan in zip(jobs, plans, strict=True) if any(_started(plan))
        ]

    async def clear(self, room: Mapping[str, int]) -> Begun:
        """
        Return what was started after all, as far as there is *room*, and hand back all the rest.

        Raises what the silo raises, and then doubts as before.
        """
        claims = [
            *self._claims,
            *(Claim(stored, one, ClaimReason.DUE) for stored, plan in self._plans for one in _started(plan)),
        ]
        begun = await self._begun(claims, dict(room)) if self._plans else None
        if begun is None:
            # The silo may have taken and stamped these: they must not be stamped anew.
            begun = Begun(notes=[attrs.evolve(note) for note in self._notes])
        known = {claim.occurrence.token for claim in begun.claims}
        back = [claim for claim in claims if claim.occurrence.token not in known]
        if back:
            await self._silo.hand_back(back, self._lease.now())
        self._claims, self._entries, self._notes, self._plans = [], [], [], []
        if self.unanswered:
            await self._look(self._hand.tokens() | known)
            self.unanswered = False
        return begun

    async def _begun(self, claims: Sequence[Claim], room: dict[str, int]) -> Begun | None:
        """
        Return what of *claims* a start() began, None if it began nothing.

        It takes its plans and its entries together: whoever finds one run begun knows of all of them.
        """
        running = {one.token for one in await self._running({claim.job.alias for claim in claims})}
        taken = [plan for _, plan in self._plans if any(one.token in running for one in _started(plan))]
        if not taken:
            return None
        begun = Begun(entries=[*self._notes, *self._entries])
        for plan in taken:
            begun.entries += plan.entries
        for claim in claims:
            executor = claim.occurrence.executor
            if claim.occurrence.token in running and room.get(executor, 0) > 0:
                room[executor] -= 1
                begun.claims.append(claim)
        return begun

    async def _look(self, known: frozenset[int]) -> None:
        """Hand back what the silo says this owner runs, but those of the *known* tokens."""
        lost = [one for one in await self._running(None) if one.token not in known]
        rows = {row.alias: row for row in await self._silo.get_jobs([one.job for one in lost])}
        claims = [
            Claim(row, one, ClaimReason.QUEUED)
            for one in lost
            if isinstance(row := rows.get(one.job), StoredJob)
        ]
        await self._silo.hand_back(claims, self._lease.now())

    async def _running(self, aliases: Iterable[str] | None) -> list[OpenOccurrence]:
        """Return what the silo says this owner runs, of these jobs or of all."""
        wanted = None if aliases is None else sorted(aliases)
        found: list[OpenOccurrence] = []
        after = ""
        while opened := await self._silo.list_open(wanted, after, _PAGE):
            after = opened[-1].key
            found += [
                one for one in opened if one.state is OpenState.RUNNING and one.owner == self._lease.owner
            ]
        return found


def _started(plan: Plan) -> list[OpenOccurrence]:
    return [one for one in plan.occurrences if one.state is OpenState.RUNNING]
