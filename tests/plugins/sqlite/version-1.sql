-- A file as clockhand-sqlite wrote it when its tables had version 1: jobs that wait, run, lost their owner,
-- were asked for, are paused, in quarantine, and being planned.
PRAGMA application_id = 1131178824;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO "counters" VALUES('token',45);
INSERT INTO "counters" VALUES('bytes',5295);
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
);
INSERT INTO "history" VALUES(1,'life-one',1,1772355600000000,'job-added','asked','','','{"life":"life-one","seq":1,"at":"2026-03-01T09:00:00Z","what":"job-added","job":"asked","reason":"code:app"}');
INSERT INTO "history" VALUES(2,'life-one',2,1772355600000000,'job-added','gone','','','{"life":"life-one","seq":2,"at":"2026-03-01T09:00:00Z","what":"job-added","job":"gone","reason":"code:app"}');
INSERT INTO "history" VALUES(3,'life-one',3,1772355600000000,'job-added','held','','','{"life":"life-one","seq":3,"at":"2026-03-01T09:00:00Z","what":"job-added","job":"held","reason":"code:app"}');
INSERT INTO "history" VALUES(4,'life-one',4,1772355600000000,'job-added','runs','','','{"life":"life-one","seq":4,"at":"2026-03-01T09:00:00Z","what":"job-added","job":"runs","reason":"code:app"}');
INSERT INTO "history" VALUES(5,'life-one',5,1772355600000000,'job-added','sick','','','{"life":"life-one","seq":5,"at":"2026-03-01T09:00:00Z","what":"job-added","job":"sick","reason":"code:app"}');
INSERT INTO "history" VALUES(6,'life-one',6,1772355600000000,'job-added','waits','','','{"life":"life-one","seq":6,"at":"2026-03-01T09:00:00Z","what":"job-added","job":"waits","reason":"code:app"}');
INSERT INTO "history" VALUES(7,'life-one',7,1772355610000000,'run-started','gone','gone@2026-03-01T09:00:10Z','','{"life":"life-one","seq":7,"at":"2026-03-01T09:00:10Z","what":"run-started","job":"gone","occurrence":"gone@2026-03-01T09:00:10Z","due":"2026-03-01T09:00:10Z","run":{"attempt":1,"owner":"eve","token":2,"revision":1,"started":"2026-03-01T09:00:10Z"}}');
INSERT INTO "history" VALUES(8,'life-one',8,1772355610000000,'run-started','runs','runs@2026-03-01T09:00:10Z','','{"life":"life-one","seq":8,"at":"2026-03-01T09:00:10Z","what":"run-started","job":"runs","occurrence":"runs@2026-03-01T09:00:10Z","due":"2026-03-01T09:00:10Z","run":{"attempt":1,"owner":"ada","token":9,"revision":1,"started":"2026-03-01T09:00:10Z"}}');
INSERT INTO "history" VALUES(9,'life-one',9,1772355611000000,'run-ended','runs','runs@2026-03-01T09:00:10Z','failed','{"life":"life-one","seq":9,"at":"2026-03-01T09:00:11Z","what":"run-ended","job":"runs","occurrence":"runs@2026-03-01T09:00:10Z","due":"2026-03-01T09:00:10Z","verdict":"failed","run":{"attempt":1,"owner":"ada","token":9,"revision":1,"started":"2026-03-01T09:00:11Z","ended":"2026-03-01T09:00:11Z","outcome":"failed"}}');
INSERT INTO "history" VALUES(10,'life-one',10,1772355620000000,'run-started','sick','sick@2026-03-01T09:00:20Z','','{"life":"life-one","seq":10,"at":"2026-03-01T09:00:20Z","what":"run-started","job":"sick","occurrence":"sick@2026-03-01T09:00:20Z","due":"2026-03-01T09:00:20Z","run":{"attempt":1,"owner":"ada","token":25,"revision":1,"started":"2026-03-01T09:00:20Z"}}');
INSERT INTO "history" VALUES(11,'life-one',11,1772355621000000,'run-ended','sick','sick@2026-03-01T09:00:20Z','lost','{"life":"life-one","seq":11,"at":"2026-03-01T09:00:21Z","what":"run-ended","job":"sick","occurrence":"sick@2026-03-01T09:00:20Z","due":"2026-03-01T09:00:20Z","verdict":"lost","run":{"attempt":1,"owner":"ada","token":25,"revision":1,"started":"2026-03-01T09:00:21Z","ended":"2026-03-01T09:00:21Z","outcome":"lost"}}');
INSERT INTO "history" VALUES(12,'life-one',12,1772355612000000,'job-paused','held','','','{"life":"life-one","seq":12,"at":"2026-03-01T09:00:12Z","what":"job-paused","job":"held","reason":"for a reason"}');
INSERT INTO "history" VALUES(13,'life-one',13,1772355620000000,'run-started','runs','runs@2026-03-01T09:00:20Z','','{"life":"life-one","seq":13,"at":"2026-03-01T09:00:20Z","what":"run-started","job":"runs","occurrence":"runs@2026-03-01T09:00:20Z","due":"2026-03-01T09:00:20Z","run":{"attempt":1,"owner":"ada","token":32,"revision":1,"started":"2026-03-01T09:00:20Z"}}');
INSERT INTO "history" VALUES(14,'life-one',14,1772355623000000,'job-added','mine','','','{"life":"life-one","seq":14,"at":"2026-03-01T09:00:23Z","what":"job-added","job":"mine","reason":"code:app"}');
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
);
INSERT INTO "jobs" VALUES('asked','{"alias":"asked","triggers":[{"period":"10s","use":"every"}],"v":1,"work":{"use":"note"}}','note','async',1,'code:app',1772355600000000,1772355610000000,NULL,NULL,'','','',NULL,NULL,'ada',38);
INSERT INTO "jobs" VALUES('gone','{"alias":"gone","triggers":[{"period":"10s","use":"every"}],"v":1,"work":{"use":"note"}}','note','async',1,'code:app',1772355600000000,1772355620000000,1772355610000000,NULL,'','','',NULL,NULL,'ada',42);
INSERT INTO "jobs" VALUES('held','{"alias":"held","triggers":[{"period":"10s","use":"every"}],"v":1,"work":{"use":"note"}}','note','async',1,'code:app',1772355600000000,1772355620000000,1772355610000000,1772355612000000,'for a reason','me','',NULL,NULL,'ada',40);
INSERT INTO "jobs" VALUES('runs','{"alias":"runs","triggers":[{"period":"10s","use":"every"}],"v":1,"work":{"use":"note"}}','note','async',1,'code:app',1772355600000000,1772355630000000,1772355620000000,NULL,'','','','failed 1772355610000000 1772355611000000 ','failed 1772355610000000 1772355611000000 ','ada',44);
INSERT INTO "jobs" VALUES('sick','{"alias":"sick","triggers":[{"period":"10s","use":"every"}],"v":1,"work":{"use":"note"}}','note','async',1,'code:app',1772355600000000,1772355630000000,1772355620000000,NULL,'','','poison','lost 1772355620000000 1772355621000000 ','lost 1772355620000000 1772355621000000 ','',0);
INSERT INTO "jobs" VALUES('waits','{"alias":"waits","triggers":[{"period":"10s","use":"every"}],"v":1,"work":{"use":"note"}}','note','async',1,'code:app',1772355600000000,1772355620000000,1772355610000000,NULL,'','','',NULL,NULL,'ada',43);
INSERT INTO "jobs" VALUES('mine','{"alias":"mine","triggers":[{"period":"10s","use":"every"}],"v":1,"work":{"use":"note"}}','note','async',1,'code:app',1772355623000000,1772355633000000,NULL,NULL,'','','',NULL,NULL,'ada',45);
CREATE TABLE lives (life TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL);
INSERT INTO "lives" VALUES('life-one',14);
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
) WITHOUT ROWID;
INSERT INTO "occurrences" VALUES('asked!one','asked',1772355613000000,'requested',1,1772355613000000,'async',0,'',0,0,0,0,NULL,NULL);
INSERT INTO "occurrences" VALUES('gone@2026-03-01T09:00:10Z','gone',1772355610000000,'orphaned',1,1772355610000000,'async',0,'eve',2,1,0,0,1772355610000000,NULL);
INSERT INTO "occurrences" VALUES('held!forced','held',1772355613000000,'requested',1,1772355613000000,'async',1,'',0,0,0,0,NULL,NULL);
INSERT INTO "occurrences" VALUES('held@2026-03-01T09:00:10Z','held',1772355610000000,'planned',1,1772355610000000,'async',0,'',13,1,0,0,NULL,NULL);
INSERT INTO "occurrences" VALUES('runs@2026-03-01T09:00:20Z','runs',1772355620000000,'running',1,1772355620000000,'async',0,'ada',32,1,0,1,1772355620000000,NULL);
INSERT INTO "occurrences" VALUES('sick@2026-03-01T09:00:10Z','sick',1772355610000000,'planned',1,1772355610000000,'async',0,'',17,1,0,0,NULL,NULL);
INSERT INTO "occurrences" VALUES('waits@2026-03-01T09:00:10Z','waits',1772355610000000,'planned',1,1772355610000000,'async',0,'',20,1,0,0,NULL,NULL);
CREATE TABLE owners (
            name TEXT NOT NULL PRIMARY KEY, expires INTEGER NOT NULL, dead INTEGER NOT NULL
        );
INSERT INTO "owners" VALUES('ada',1772442000000000,0);
INSERT INTO "owners" VALUES('eve',1772442000000000,1);
CREATE INDEX jobs_due ON jobs (cursor, work, executor)
            WHERE cursor IS NOT NULL AND paused IS NULL AND quarantined = '';
CREATE INDEX jobs_planned_by ON jobs (planner) WHERE planner <> '';
CREATE INDEX occurrences_of_job ON occurrences (job);
CREATE INDEX occurrences_requested ON occurrences (not_before) WHERE state = 'requested';
CREATE INDEX occurrences_waiting ON occurrences (not_before) WHERE state IN ('planned', 'orphaned');
CREATE INDEX occurrences_of_executor ON occurrences (executor, not_before)
            WHERE state IN ('planned', 'orphaned');
CREATE INDEX occurrences_of_owner ON occurrences (owner) WHERE state = 'running';
CREATE INDEX owners_alive ON owners (expires) WHERE dead = 0;
CREATE INDEX history_at ON history (at);
CREATE INDEX history_of_job ON history (job);
CREATE INDEX history_of_occurrence ON history (occurrence) WHERE occurrence <> '';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('history',14);
COMMIT;
