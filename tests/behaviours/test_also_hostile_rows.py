"""The last paragraph: hostile rows import or call nothing."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from datetime import UTC, datetime, timedelta

import pytest
from accounts import covered
from storeroom import Store

from clockhand import Job, call, every

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TRAP = """
from pathlib import Path

Path(__file__).with_name("imported").touch()

def spring(*_args, **_kwargs):
    Path(__file__).with_name("called").touch()

class Spring:
    def __init__(self, *_args, **_kwargs):
        spring()
"""
EVERY = {"use": "every", "period": "1s"}


def python(function: str, **fields: object) -> dict[str, object]:
    """Return the work of a row that calls a function."""
    return {"use": "python", "function": function, **fields}


HOSTILE = {
    "module": {"work": python("trap:spring")},
    "class": {"work": python("trap:Spring")},
    "shell": {"work": python("os:system", args=["touch {folder}/called"])},
    "builtin": {"work": python("builtins:exec", args=["import trap; trap.spring()"])},
    "attribute": {"work": python("trap:spring.__globals__")},
    "kind": {"work": {"use": "trap:Spring", "path": "trap.py"}},
    "kind-path": {"work": {"use": "trap.Spring"}},
    "type-tag": {"work": {"use": "python", "_type": "trap.Spring", "function": "trap:spring"}},
    "reduce": {"work": {"use": "python", "__reduce__": ["trap:spring", []], "function": "trap:spring"}},
    "trigger": {"triggers": [{"use": "trap:Spring"}]},
    "trigger-class": {"triggers": [{"use": "every", "period": {"__class__": "trap.Spring"}}]},
    "zone": {"triggers": [{"use": "cron", "spec": "* * * * *", "tz": "../../../trap"}]},
    "executor": {"executor": "trap:Spring"},
    "nested": {"metadata": json.loads("[" * 90 + "]" * 90)},
    "pickle": b"\x80\x04\x95\x17\x00\x00\x00\x00\x00\x00\x00\x8c\x04trap\x8c\x06spring\x93)R.",
    "yaml": b"!!python/object/apply:trap.spring []",
}


async def well() -> None:
    """Take no time."""


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A module that can be imported, and shows that it was imported or called."""
    (tmp_path / "trap.py").write_text(TRAP)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("trap", None)


def poisoned(folder, alias: str, sound: str) -> bytes:
    """Return the hostile definition of that name, made of a sound one."""
    hostile = HOSTILE[alias]
    if isinstance(hostile, bytes):
        return hostile
    record = {**json.loads(sound), "triggers": [EVERY], **hostile}
    return json.dumps(record).replace("{folder}", str(folder)).encode()


@pytest.mark.parametrize("lies", [False, True], ids=["told as it is", "told to be harmless"])
def test_hostile_rows_import_or_call_nothing(trap, clock, virtual, lies):
    """
    Functions, classes, kinds and zones by name, pickles, tags: none is looked up, imported, built or called.

    Also where the columns beside the definition say that it is a job which this process can run.
    """
    store = Store("sqlite", trap, clock)

    async def main():
        async with store.scheduler() as scheduler:
            await scheduler.pause()
            for alias in (*HOSTILE, "well"):
                await scheduler.add_job(Job(alias=alias, work=call(well), triggers=every(seconds=1)))
        file = sqlite3.connect(store.path)
        for alias, lie in HOSTILE.items():
            query = "SELECT definition FROM jobs WHERE alias = ?"
            (sound,) = file.execute(query, [alias]).fetchone()
            raw = poisoned(trap, alias, sound)
            file.execute("UPDATE jobs SET definition = CAST(? AS TEXT) WHERE alias = ?", [raw, alias])
            if not lies and isinstance(lie, dict):
                work = json.loads(raw)["work"]
                key = ":".join(str(part) for part in (work["use"], work.get("function")) if part)
                file.execute("UPDATE jobs SET work = ? WHERE alias = ?", [key, alias])
        file.commit()
        file.close()
        scheduler = store.scheduler()
        scheduler.add(Job(alias="mine", work=call(well), triggers=every(seconds=1)))
        async with scheduler:
            await asyncio.sleep(10.5)
            infos = [await scheduler.get_job(alias) for alias in HOSTILE]
            return infos, await scheduler.health(), await store.ledger()

    infos, report, entries = virtual(main)
    assert not (trap / "imported").exists()
    assert not (trap / "called").exists()
    assert "trap" not in sys.modules
    assert report.ok
    for alias in ("well", "mine"):
        assert len(covered(entries, alias, SECOND)) >= 10
    hostile = [entry for entry in entries if entry.job in HOSTILE and entry.verdict is not None]
    assert {entry.run.outcome.code for entry in hostile} == ({"unresolved"} if lies else set())
    assert {info.status.word for info in infos} <= {"waiting", "quarantined", "failure"}
