"""The contracts that plugins fulfil, and the values that they are said in. All names here are public."""

from clockhand._clock import Clock, SystemClock
from clockhand._model.alias import checked_alias
from clockhand._model.entry import Entry, What
from clockhand._model.job import Job, checked_json
from clockhand._model.last import Last
from clockhand._model.moments import (
    EPOCH,
    MICROSECOND,
    format_moment,
    format_span,
    from_us,
    parse_moment,
    parse_span,
    to_us,
    utc,
)
from clockhand._model.occurrence import OpenOccurrence, OpenState, due_key, fired_key, split_key
from clockhand._model.opaque import Opaque
from clockhand._model.protocols import (
    NO_FACTS,
    Condition,
    ConditionContext,
    Facts,
    RunContext,
    Timer,
    Trigger,
    Work,
)
from clockhand._model.run import SUCCEEDED, Outcome, Run
from clockhand._model.stored import Change, Paused, Status, StatusWord, StoredJob, Unreadable, status
from clockhand._model.words import CatchUp, Delivery, Overlap, Result, Verdict
from clockhand.contracts.batches import (
    Added,
    Beat,
    Cancel,
    Changed,
    Claim,
    ClaimReason,
    Conflict,
    Due,
    DueJob,
    End,
    Fire,
    JobFilter,
    Plan,
    Requested,
)
from clockhand.contracts.context import Codec, Definition, ExecutorContext, StoreContext
from clockhand.contracts.executor import Executor
from clockhand.contracts.history import History, Page, Query
from clockhand.contracts.kind import Kind
from clockhand.contracts.schedule import Schedule
from clockhand.contracts.silo import Silo

__all__ = [
    "EPOCH",
    "MICROSECOND",
    "NO_FACTS",
    "SUCCEEDED",
    "Added",
    "Beat",
    "Cancel",
    "CatchUp",
    "Change",
    "Changed",
    "Claim",
    "ClaimReason",
    "Clock",
    "Codec",
    "Condition",
    "ConditionContext",
    "Conflict",
    "Definition",
    "Delivery",
    "Due",
    "DueJob",
    "End",
    "Entry",
    "Executor",
    "ExecutorContext",
    "Facts",
    "Fire",
    "History",
    "Job",
    "JobFilter",
    "Kind",
    "Last",
    "Opaque",
    "OpenOccurrence",
    "OpenState",
    "Outcome",
    "Overlap",
    "Page",
    "Paused",
    "Plan",
    "Query",
    "Requested",
    "Result",
    "Run",
    "RunContext",
    "Schedule",
    "Silo",
    "Status",
    "StatusWord",
    "StoreContext",
    "StoredJob",
    "SystemClock",
    "Timer",
    "Trigger",
    "Unreadable",
    "Verdict",
    "What",
    "Work",
    "checked_alias",
    "checked_json",
    "due_key",
    "fired_key",
    "format_moment",
    "format_span",
    "from_us",
    "parse_moment",
    "parse_span",
    "split_key",
    "status",
    "to_us",
    "utc",
]
