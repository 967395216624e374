"""What every silo is held to: `class TestMySilo(SiloContract): kind = MY_SILO`."""

from __future__ import annotations

from typing import Any

from clockhand.testing.silo_failures import FailureLaws
from clockhand.testing.silo_jobs import JobLaws
from clockhand.testing.silo_lasting import DurableLaws
from clockhand.testing.silo_ledger import LedgerLaws
from clockhand.testing.silo_open import OpenLaws
from clockhand.testing.silo_order import OrderLaws
from clockhand.testing.silo_owners import OwnerLaws
from clockhand.testing.silo_plans import PlanLaws
from clockhand.testing.silo_queued import QueueLaws
from clockhand.testing.silo_replanning import ReplanningLaws
from clockhand.testing.silo_requests import RequestLaws
from clockhand.testing.silo_rig import SiloRig
from clockhand.testing.silo_runs import RunLaws
from clockhand.testing.silo_shared import SharedLaws
from clockhand.testing.silo_snapshots import SnapshotLaws
from clockhand.testing.silo_turns import TurnLaws


class SiloContract(
    JobLaws,
    TurnLaws,
    PlanLaws,
    OrderLaws,
    QueueLaws,
    RunLaws,
    FailureLaws,
    OwnerLaws,
    ReplanningLaws,
    RequestLaws,
    OpenLaws,
    SnapshotLaws,
    LedgerLaws,
    DurableLaws,
    SharedLaws,
):
    """
    All laws of `clockhand.contracts.Silo`, one test each.

    Name the kind, and override the fixture `options` if it has options that must be given:

        class TestSqliteSilo(SiloContract):
            kind = SQLITE

            @pytest.fixture
            def options(self, tmp_path):
                return SqliteOptions(path=str(tmp_path / "jobs.db"))

    What `kind.supports` names is held to as well: `durable` adds laws over a restart, `shared` laws
    with two handles at once.
    """

    def rig(self, options: Any) -> SiloRig:
        """Return the opened silo, and the hands that move it."""
        return SiloRig(self.kind, options)
