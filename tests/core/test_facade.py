"""What can be imported: the names that users and plugins build on, written down once more."""

import importlib

import pytest

import clockhand

FACADE = """
    Clock ClockhandError Daemon Ended Job Lagged Outcome Overlap Query Receiver Result Run RunContext
    Scheduler SchedulerState Sender Status StoredJob Timing Use Verdict Work WorkFailed at call cron
    daemon every hookimpl use
"""
EVENTS = """
    EVENTS ClockStepped Event HistoryFailed HistoryRecovered JobAdded JobPaused JobQuarantined
    JobReleased JobRemoved JobResumed JobUpdated OccurrenceSkipped RunCancelled RunEvent RunFailed
    RunInterrupted RunLost RunProgressed RunStarted RunSucceeded RunTimedOut SchedulerPaused
    SchedulerResumed SchedulerStarted SchedulerStopped SiloFailed SiloRecovered hook_of
"""
MSGS = """
    AddExecutor AddJob AddSilo CancelRun ExecutorHealth FireJob GetJob Health HealthReport JobInfo
    ListJobs ModifyJob Msg Pause PauseJob ReleaseJob RemoveExecutor RemoveJob RemoveSilo Resume
    ResumeJob SiloHealth Stop
"""
CONTRACTS = """
    EPOCH MICROSECOND NO_FACTS SUCCEEDED Added Beat Cancel CatchUp Change Changed Claim ClaimReason
    Clock Codec Condition ConditionContext Conflict Definition Delivery Due DueJob End Entry Executor
    ExecutorContext Facts Fire History Job JobFilter Kind Last Opaque OpenOccurrence OpenState Outcome
    Overlap Page Paused Plan Query Requested Result Run RunContext Schedule Silo Status StatusWord
    StoreContext StoredJob SystemClock Timer Trigger Unreadable Verdict What Work checked_alias
    checked_json due_key fired_key format_moment format_span from_us parse_moment parse_span split_key
    status to_us utc
"""


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("clockhand", FACADE),
        ("clockhand.events", EVENTS),
        ("clockhand.msgs", MSGS),
        ("clockhand.contracts", CONTRACTS),
    ],
)
def test_the_public_names(module, names):
    """None may go away unnoticed, and none may come without a thought."""
    found = importlib.import_module(module)
    assert sorted(found.__all__) == sorted(names.split())
    assert all(hasattr(found, name) for name in found.__all__)


def test_every_public_name_is_documented():
    """Whatever is a class or a function says what it is."""
    for name in clockhand.__all__:
        assert getattr(clockhand, name).__doc__, name


def test_the_example_at_the_top_is_what_the_names_can_do():
    """The names that it uses are there."""
    assert {"Scheduler", "every", "use"} <= set(clockhand.__all__)
