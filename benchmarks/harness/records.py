"""What each contestant does and keeps, to be read beside its speed."""

from __future__ import annotations

from typing import Final

RECORDS: Final = """\
What each keeps on record, and when its clock stops:
  clockhand      an entry when a run starts and one when it ends, a verdict for each due time; leases, tokens
                 and policies checked. In memory: when all verdicts are in the history. In SQLite: when the
                 scheduler has stopped and the file is closed
  apscheduler3   nothing; a one-shot is deleted before it runs. When the last run has run
  apscheduler4   nothing by default; a job is kept until its run ends. When the last run has run
  schedule       nothing; runs in the caller's thread, one after the other. When the last run has run
  heap           nothing: a heap of times and a task (or a call of a thread pool) for each run
  batched-N      a ledger row for each run in SQLite, N runs a batch: one commit before they run, one after.
                 When the file is closed
Runs that are due at once were scheduled before the clock started. A ratio is of the same round."""
