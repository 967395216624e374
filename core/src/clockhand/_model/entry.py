"""An entry of the ledger: one thing that happened, for the record."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs

from clockhand._model.moments import format_moment, parse_moment
from clockhand._model.run import Outcome, Run
from clockhand._model.words import Result, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class What(StrEnum):
    """What an entry records."""

    RUN_STARTED = "run-started"
    RUN_ENDED = "run-ended"
    """With a verdict: the occurrence is closed. Without: another attempt will follow."""
    NEVER_RAN = "never-ran"
    """One occurrence or a range of them got a never-ran verdict."""
    JOB_ADDED = "job-added"
    JOB_UPDATED = "job-updated"
    JOB_REMOVED = "job-removed"
    JOB_PAUSED = "job-paused"
    JOB_RESUMED = "job-resumed"
    JOB_QUARANTINED = "job-quarantined"
    JOB_RELEASED = "job-released"
    SCHEDULER_STARTED = "scheduler-started"
    SCHEDULER_STOPPED = "scheduler-stopped"
    RUN_OUTPUT = "run-output"
    """What a run that is watched has printed meanwhile. Some may be missing: then it says how much."""
    CLOCK_STEPPED = "clock-stepped"
    MSG_VETOED = "msg-vetoed"


@attrs.define
class Entry:
    """
    One thing that happened.

    `due` is the nominal due time it concerns; for a range, `due` is the first, `last` the last and
    `count` how many (None: unknown). `verdict` is set when the entry closes its occurrences. `life`
    and `seq` identify the entry for ever: the silo stamps them when it takes the entry, `life` being
    one opening of the silo by one process and `seq` counting from 1 without a gap. `position` is its
    place in the store that is asked; 0 before it is kept.
    """

    at: datetime
    what: What
    job: str = ""
    occurrence: str = ""
    due: datetime | None = None
    verdict: Verdict | None = None
    run: Run | None = None
    reason: str = ""
    last: datetime | None = None
    count: int | None = 1
    life: str = ""
    seq: int = 0
    position: int = 0
    output: Mapping[str, Any] | None = None
    """
    With run-output: `attempt`, `pieces`, a list of [`stdout` or `stderr`, text], and `dropped`, a number
    of characters that are missing before it.
    """

    def to_json(self) -> dict[str, Any]:
        """Return the entry as JSON, without what is empty and without `position`."""
        record: dict[str, Any] = {"life": self.life, "seq": self.seq, "at": format_moment(self.at)}
        record["what"] = str(self.what)
        for name in ("job", "occurrence", "reason"):
            if value := getattr(self, name):
                record[name] = value
        for name in ("due", "last"):
            if (moment := getattr(self, name)) is not None:
                record[name] = format_moment(moment)
        if self.count != 1:
            record["count"] = self.count
        if self.verdict is not None:
            record["verdict"] = str(self.verdict)
        if self.run is not None:
            record["run"] = _run_to_json(self.run)
        if self.output is not None:
            record["output"] = self.output
        return record

    @classmethod
    def from_json(cls, record: Mapping[str, Any], position: int = 0) -> Entry:
        """Return the entry that `to_json` made *record* of; KeyError or ValueError if it isn't one."""
        due, last, verdict, run = (record.get(name) for name in ("due", "last", "verdict", "run"))
        return cls(
            at=parse_moment(record["at"], "at"),
            what=What(record["what"]),
            job=record.get("job", ""),
            occurrence=record.get("occurrence", ""),
            due=None if due is None else parse_moment(due, "due"),
            verdict=None if verdict is None else Verdict(verdict),
            run=None if run is None else _run_from_json(run),
            reason=record.get("reason", ""),
            last=None if last is None else parse_moment(last, "last"),
            count=record.get("count", 1),
            life=record["life"],
            seq=record["seq"],
            position=position,
            output=record.get("output"),
        )


def _run_to_json(run: Run) -> dict[str, Any]:
    record: dict[str, Any] = {
        "attempt": run.attempt,
        "owner": run.owner,
        "token": run.token,
        "revision": run.revision,
        "started": format_moment(run.started),
    }
    if run.ended is not None:
        record["ended"] = format_moment(run.ended)
    if run.outcome is not None:
        record["outcome"] = str(run.outcome.result)
        for name in ("code", "reason"):
            if value := getattr(run.outcome, name):
                record[name] = value
        if run.outcome.output is not None:
            record["output"] = run.outcome.output
    return record


def _run_from_json(record: Mapping[str, Any]) -> Run:
    ended, result = record.get("ended"), record.get("outcome")
    outcome = None
    if result is not None:
        outcome = Outcome(
            Result(result), record.get("code", ""), record.get("reason", ""), record.get("output")
        )
    return Run(
        attempt=record["attempt"],
        owner=record["owner"],
        token=record["token"],
        revision=record["revision"],
        started=parse_moment(record["started"], "started"),
        ended=None if ended is None else parse_moment(ended, "ended"),
        outcome=outcome,
    )
