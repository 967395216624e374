"""What the laws of timers, conditions and calendars work with: the value, and moments to ask it about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from types import TracebackType
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

import attrs

from clockhand._model.job import Job
from clockhand._plugins.codec import JsonCodec
from clockhand.contracts.kind import Kind
from clockhand.triggers import BUILTIN, every
from clockhand.works import Functions, call, python_kind

DAY: Final = timedelta(days=1)
TICK: Final = timedelta(microseconds=1)
ZONES: Final = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/St_Johns",
)
"""Forward and back by an hour and by half of one, over the date line, and over midnight."""
YEARS: Final = (2010, 2011, 2026)
"""In these the laws look for clock changes."""
LEAP_DAYS: Final = tuple(datetime(year, 2, 29, tzinfo=UTC) for year in (2000, 2024, 2028))
NEITHER: Final = datetime(2100, 3, 1, tzinfo=UTC)
"""2100 is no leap year."""
BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
END: Final = datetime.max.replace(tzinfo=UTC)

_AROUND: Final = (
    -DAY,
    -timedelta(hours=1),
    -TICK,
    timedelta(),
    TICK,
    timedelta(minutes=30),
    timedelta(hours=1, seconds=1),
    DAY,
)


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """Return when the clocks of *zone* change in the years of the laws, to the hour before."""
    there = ZoneInfo(zone)
    hours = (
        datetime(year, 1, 1, tzinfo=UTC) + number * timedelta(hours=1)
        for year in YEARS
        for number in range(365 * 24)
    )
    found, before = [], None
    for hour in hours:
        offset = hour.astimezone(there).utcoffset()
        if before is not None and offset != before and hour.timetuple().tm_yday > 1:
            found.append(hour)
        before = offset
    return tuple(found)


@attrs.frozen
class TriggerRig:
    """A value of a kind, the zones that it may mind, and its way to text and back."""

    kind: Kind[Any]
    value: Any

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones whose clock changes count: its own, and some that are odd."""
        own = getattr(self.value, "tz", None)
        return (own, *ZONES) if isinstance(own, str) else ZONES

    @property
    def changes(self) -> list[datetime]:
        """The clock changes of these zones."""
        return sorted({one for zone in self.zones for one in changes(zone)})

    @property
    def moments(self) -> list[datetime]:
        """Moments around clock changes, leap days and turns of centuries, in UTC and in order."""
        near = [*self.changes, *LEAP_DAYS, NEITHER, datetime(1970, 1, 1, tzinfo=UTC)]
        far = datetime(2038, 1, 19, 3, 14, 8, 5, tzinfo=UTC)
        return sorted({one + offset for one in near for offset in _AROUND} | {far})

    def read_back(self, triggers: Iterable[Any]) -> tuple[str, Job, str]:
        """Return a job with these triggers as text, what is read of it, and that as text again."""
        kinds: dict[str, Kind[Any]] = {name: Kind(name, name, value) for name, value in BUILTIN.items()}
        named = {name: kind for name, kind in kinds.items() if kind.options is not self.kind.options}
        codec = JsonCodec({"python": python_kind(Functions())}, {**named, self.kind.name: self.kind})
        text = codec.dump(Job(alias="job", work=call("app:work"), triggers=tuple(triggers))).text
        job = codec.load(text)
        return text, job, codec.dump(job).text

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def frozen_value(rig: TriggerRig) -> None:
    """Assert that a rig's value can't be changed, and that a copy of it is equal and hashes alike."""
    copy = attrs.evolve(rig.value)
    assert copy == rig.value, "a copy with the same fields is not equal"
    assert hash(copy) == hash(rig.value)
    for field in attrs.fields(type(rig.value)):
        try:
            setattr(copy, field.name, None)
        except AttributeError:
            continue
        raise AssertionError(f"its field {field.name!r} can be changed")


def zone_is_kept(rig: TriggerRig) -> None:
    """Assert that a zone is written in where it was open, and nowhere else."""
    zoned = rig.value.in_zone("Asia/Tokyo")
    assert type(zoned) is type(rig.value)
    assert zoned.in_zone("Europe/Berlin") == zoned, "a zone that was given is replaced"
    own = getattr(rig.value, "tz", None)
    assert own is None or zoned.tz == own, "a zone that was given is replaced"


def survives_text(rig: TriggerRig, *, timer: bool = True) -> None:
    """Assert that a rig's value can be kept as JSON and is equal when it is read back."""
    triggers = [rig.value] if timer else [every(seconds=60), rig.value]
    text, job, again = rig.read_back(triggers)
    assert job.triggers == tuple(triggers)
    assert again == text
