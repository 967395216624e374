"""
The numbered steps by which a file gets its tables.

Moments are whole microseconds since 1970 in UTC. `counters` holds the last token, the last position and
the history's bytes, `lives` how many entries each opening of the file has recorded.

An occurrence is requested, queued, planned, running or, once its owner is dead, orphaned; `lost` is the
run that a dead owner didn't end, until another one has ended. `line` says what it waits for: `asking` for
whoever plans its job, `coming` for its not_before, `ready` for room. Nothing: it runs, is queued behind
others, or is held up because its job is paused or in quarantine. So what isn't to be handed out now is in
no index that is searched for it.

`rights` says who may plan a job just now. A `body` in history is words in a line, or JSON where they don't
do; `appended` marks entries that came from a silo elsewhere, which may come again.
"""

from __future__ import annotations

from typing import Final

_JOBS: Final = """
CREATE TABLE jobs (
    alias TEXT NOT NULL PRIMARY KEY CHECK (typeof(alias) = 'text'),
    definition TEXT NOT NULL,
    work TEXT NOT NULL,
    executor TEXT NOT NULL,
    revision INTEGER NOT NULL,
    source TEXT NOT NULL,
    anchor INTEGER NOT NULL,
    cursor INTEGER,
    reached INTEGER,
    paused INTEGER,
    pause_reason TEXT NOT NULL DEFAULT '',
    pause_by TEXT NOT NULL DEFAULT '',
    quarantined TEXT NOT NULL DEFAULT '',
    last TEXT,
    last_run TEXT,
    planner TEXT NOT NULL DEFAULT '',
    planner_token INTEGER NOT NULL DEFAULT 0
)"""
_OCCURRENCES: Final = """
CREATE TABLE occurrences (
    key TEXT NOT NULL PRIMARY KEY,
    job TEXT NOT NULL REFERENCES jobs (alias) ON DELETE CASCADE,
    due INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    executor TEXT NOT NULL,
    forced INTEGER NOT NULL DEFAULT 0,
    owner TEXT NOT NULL DEFAULT '',
    token INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 0,
    deaths INTEGER NOT NULL DEFAULT 0,
    cancel INTEGER NOT NULL DEFAULT 0,
    started INTEGER,
    lost TEXT
) WITHOUT ROWID"""
_HISTORY: Final = """
CREATE TABLE history (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    life TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    job TEXT NOT NULL,
    occurrence TEXT NOT NULL,
    verdict TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (life, seq)
)"""

_FIRST: Final = (
    _JOBS,
    """CREATE INDEX jobs_due ON jobs (cursor, work, executor)
            WHERE cursor IS NOT NULL AND paused IS NULL AND quarantined = ''""",
    "CREATE INDEX jobs_planned_by ON jobs (planner) WHERE planner <> ''",
    _OCCURRENCES,
    "CREATE INDEX occurrences_of_job ON occurrences (job)",
    "CREATE INDEX occurrences_requested ON occurrences (not_before) WHERE state = 'requested'",
    "CREATE INDEX occurrences_waiting ON occurrences (not_before) WHERE state IN ('planned', 'orphaned')",
    """CREATE INDEX occurrences_of_executor ON occurrences (executor, not_before)
            WHERE state IN ('planned', 'orphaned')""",
    "CREATE INDEX occurrences_of_owner ON occurrences (owner) WHERE state = 'running'",
    """CREATE TABLE owners (
            name TEXT NOT NULL PRIMARY KEY, expires INTEGER NOT NULL, dead INTEGER NOT NULL
        )""",
    "CREATE INDEX owners_alive ON owners (expires) WHERE dead = 0",
    "CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL)",
    "INSERT INTO counters (name, value) VALUES ('token', 0), ('bytes', 0)",
    "CREATE TABLE lives (life TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL)",
    _HISTORY,
    "CREATE INDEX history_at ON history (at)",
    "CREATE INDEX history_of_job ON history (job)",
    "CREATE INDEX history_of_occurrence ON history (occurrence) WHERE occurrence <> ''",
)

# An id that stays whatever SQLite does to the file: `rights` names jobs by it.
_JOBS_WITH_ID: Final = """
CREATE TABLE jobs_with_id (
    id INTEGER NOT NULL PRIMARY KEY,
    alias TEXT NOT NULL UNIQUE CHECK (typeof(alias) = 'text'),
    definition TEXT NOT NULL,
    work TEXT NOT NULL,
    executor TEXT NOT NULL,
    revision INTEGER NOT NULL,
    source TEXT NOT NULL,
    anchor INTEGER NOT NULL,
    cursor INTEGER,
    reached INTEGER,
    paused INTEGER,
    pause_reason TEXT NOT NULL DEFAULT '',
    pause_by TEXT NOT NULL DEFAULT '',
    quarantined TEXT NOT NULL DEFAULT '',
    last TEXT,
    last_run TEXT,
    failed_in_row INTEGER NOT NULL DEFAULT 0,
    runs INTEGER NOT NULL DEFAULT 0
)"""
_KEPT_OF_JOBS: Final = (
    "alias, definition, work, executor, revision, source, anchor, cursor, reached, paused, pause_reason,"
    " pause_by, quarantined, last, last_run"
)
# By job, so that what is open of one lies together and needs no index of its own.
_OCCURRENCES_BY_JOB: Final = """
CREATE TABLE occurrences_by_job (
    job TEXT NOT NULL REFERENCES jobs (alias) ON DELETE CASCADE,
    key TEXT NOT NULL,
    due INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    executor TEXT NOT NULL,
    forced INTEGER NOT NULL DEFAULT 0,
    owner TEXT NOT NULL DEFAULT '',
    token INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 0,
    deaths INTEGER NOT NULL DEFAULT 0,
    cancel INTEGER NOT NULL DEFAULT 0,
    started INTEGER,
    lost TEXT,
    priority INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    watched INTEGER NOT NULL DEFAULT 0,
    line TEXT,
    PRIMARY KEY (job, key)
) WITHOUT ROWID"""
_KEPT_OF_OCCURRENCES: Final = (
    "job, key, due, state, attempt, not_before, executor, forced, owner, token, revision, deaths, cancel,"
    " started, lost"
)
_LIVES_WITH_ID: Final = """
CREATE TABLE lives_with_id (
    id INTEGER NOT NULL PRIMARY KEY, life TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL
)"""
# Positions and numbers are counted elsewhere: an index for them would cost each entry a part of its time.
_HISTORY_BY_LIFE: Final = """
CREATE TABLE history_by_life (
    position INTEGER NOT NULL PRIMARY KEY,
    life INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    job TEXT NOT NULL,
    occurrence TEXT NOT NULL,
    verdict TEXT NOT NULL,
    body TEXT NOT NULL,
    appended INTEGER NOT NULL DEFAULT 0
)"""
_KEPT_OF_HISTORY: Final = "position, seq, at, what, job, occurrence, verdict, body"
HELD: Final = "(SELECT quarantined <> '' OR (paused IS NOT NULL AND NOT forced) FROM jobs WHERE alias = job)"
"""Whether the job of a row of occurrences, as it now is, keeps it from being handed out."""
LINE: Final = (
    f"CASE WHEN {HELD} THEN NULL WHEN state = 'requested' THEN 'asking'"
    " WHEN state IN ('planned', 'orphaned') THEN 'coming' END"
)
"""What a row of occurrences waits for; whether its moment has come is seen when somebody asks."""

_SECOND: Final = (
    _JOBS_WITH_ID,
    f"INSERT INTO jobs_with_id (id, {_KEPT_OF_JOBS}) SELECT rowid, {_KEPT_OF_JOBS} FROM jobs",  # noqa: S608
    """CREATE TABLE rights (
        job INTEGER NOT NULL PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
        owner TEXT NOT NULL,
        token INTEGER NOT NULL
    )""",
    """INSERT INTO rights (job, owner, token)
        SELECT rowid, planner, planner_token FROM jobs WHERE planner <> ''""",
    "DROP TABLE jobs",
    "ALTER TABLE jobs_with_id RENAME TO jobs",
    """CREATE INDEX jobs_due ON jobs (cursor, work, executor)
        WHERE cursor IS NOT NULL AND paused IS NULL AND quarantined = ''""",
    _OCCURRENCES_BY_JOB,
    f"INSERT INTO occurrences_by_job ({_KEPT_OF_OCCURRENCES}) SELECT {_KEPT_OF_OCCURRENCES} FROM occurrences",  # noqa: S608
    "DROP TABLE occurrences",
    "ALTER TABLE occurrences_by_job RENAME TO occurrences",
    f"UPDATE occurrences SET line = {LINE}",  # noqa: S608 - a fixed text
    "CREATE INDEX occurrences_in_line ON occurrences (line, not_before) WHERE line IS NOT NULL",
    """CREATE INDEX occurrences_ready ON occurrences (executor, priority DESC, not_before)
        WHERE line = 'ready'""",
    "CREATE INDEX occurrences_cancelled ON occurrences (owner) WHERE cancel",
    "ALTER TABLE owners ADD COLUMN lease INTEGER NOT NULL DEFAULT 0",
    _LIVES_WITH_ID,
    "INSERT INTO lives_with_id (life, seq) SELECT life, seq FROM lives",
    "INSERT OR IGNORE INTO lives_with_id (life, seq) SELECT DISTINCT life, 0 FROM history",
    "DROP TABLE lives",
    "ALTER TABLE lives_with_id RENAME TO lives",
    _HISTORY_BY_LIFE,
    f"""INSERT INTO history_by_life ({_KEPT_OF_HISTORY}, life, appended)
        SELECT {_KEPT_OF_HISTORY}, (SELECT id FROM lives WHERE life = history.life),
            (SELECT lives.seq = 0 FROM lives WHERE life = history.life) FROM history""",  # noqa: S608
    """INSERT INTO counters (name, value)
        SELECT 'position', coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'history'""",
    "DROP TABLE history",
    "ALTER TABLE history_by_life RENAME TO history",
    "CREATE INDEX history_at ON history (at)",
    "CREATE INDEX history_of_job ON history (job)",
    "CREATE INDEX history_of_occurrence ON history (occurrence) WHERE occurrence <> ''",
    "CREATE UNIQUE INDEX history_appended ON history (life, seq) WHERE appended",
)

STEPS: Final[tuple[tuple[str, ...], ...]] = (_FIRST, _SECOND)
"""Step n takes a file from version n to n + 1. A step that was released is never changed again."""
