"""What can be imported: the names that users and plugins build on, written down once more."""

import importlib
import subprocess
import sys

import pytest

import clockhand

FACADE = """
    CatchUp Clock ClockhandError Daemon Ended Job Lagged Outcome Overlap Policies Query Receiver
    Result Retention Retries Run RunContext Scheduler SchedulerState Sender Status StoredJob Timing Use
    Verdict Work WorkFailed after_completion all_of any_of at at_start between blackout but_not call cron
    daemon date_range dates every explain hookimpl if_last next_business_day on use weekdays
"""
EVENTS = """
    EVENTS ClockStepped EntryRefused Event HistoryFailed HistoryRecovered JobAdded JobForgotten
    JobPaused JobQuarantined JobReleased JobRemoved JobResumed JobUpdated LedgerPruned
    LedgerRotated OccurrenceSkipped RunCancelled RunEvent RunFailed
    RunInterrupted RunLost RunProgressed RunSlow RunStarted RunSucceeded RunTimedOut SchedulerPaused
    SchedulerResumed SchedulerStarted SchedulerStopped SiloFailed SiloRecovered hook_of
"""
MSGS = """
    AddExecutor AddJob AddJobs AddSilo CancelRun CancelRuns ExecutorHealth FireJob GetJob Health HealthReport
    JobInfo ListJobs ModifyJob Msg Pause PauseJob ReleaseJob Reload Reloaded RemoveExecutor
    RemoveJob RemoveSilo Restore Restored Resume ResumeJob SiloHealth Snapshot Stop
"""
CONTRACTS = """
    EPOCH MICROSECOND NO_FACTS SUCCEEDED Added Beat Calendar Cancel CatchUp Change Changed Claim ClaimReason
    Clock Codec Condition ConditionContext Conflict Definition Delivery Due DueJob End Entry
    Executor ExecutorContext Facts Fire Functions Gap History Job JobFilter Kind Kinds Last Offer Opaque
    OpenOccurrence OpenState Outcome Overlap Page Paused Plan Policies Query Refused Requested Result
    Retries Run RunContext Schedule Silo Status StatusWord StoreContext StoredJob SystemClock Terms Timer
    Trigger Unreadable Verdict What Work checked_alias checked_json due_key fired_key format_moment
    format_span from_us gaps history_gaps parse_moment parse_span split_key status to_us utc
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


def test_a_name_is_imported_when_it_is_asked_for():
    """The package itself costs next to nothing, and gives each name, whatever was imported before it."""
    program = """
import sys, clockhand
loaded = sorted(name for name in sys.modules if name.startswith("clockhand."))
assert not loaded, loaded
assert set(clockhand.__all__) <= set(dir(clockhand))
import clockhand.testing.clock
from clockhand import *
assert callable(daemon) and Scheduler.__name__ == "Scheduler"
try:
    clockhand.Schedule
except AttributeError as error:
    assert str(error) == "module 'clockhand' has no attribute 'Schedule'"
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", program], check=True)
