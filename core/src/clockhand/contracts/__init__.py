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
from clockhand._model.policies import Policies, Terms
from clockhand._model.protocols import (
    NO_FACTS,
    Calendar,
    Condition,
    ConditionContext,
    Facts,
    RunContext,
    Timer,
    Trigger,
    Work,
)
from clockhand._model.retries import Retries
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
from clockhand.contracts.context import (
    Codec,
    Definition,
    ExecutorContext,
    Functions,
    Kinds,
    Offer,
    Refused,
    StoreContext,
)
from clockhand.contracts.executor import Executor
from clockhand.contracts.gaps import Gap, gaps, history_gaps
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
    "Calendar",
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
    "Functions",
    "Gap",
    "History",
    "Job",
    "JobFilter",
    "Kind",
    "Kinds",
    "Last",
    "Offer",
    "Opaque",
    "OpenOccurrence",
    "OpenState",
    "Outcome",
    "Overlap",
    "Page",
    "Paused",
    "Plan",
    "Policies",
    "Query",
    "Refused",
    "Requested",
    "Result",
    "Retries",
    "Run",
    "RunContext",
    "Schedule",
    "Silo",
    "Status",
    "StatusWord",
    "StoreContext",
    "StoredJob",
    "SystemClock",
    "Terms",
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
    "gaps",
    "history_gaps",
    "parse_moment",
    "parse_span",
    "split_key",
    "status",
    "to_us",
    "utc",
]
