"""`clockhand explain`: what a timetable comes to, before anybody trusts it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Group, Parameter
from cyclopts.validators import Number

from clockhand_cli import config as configuration
from clockhand_cli import render, toml
from clockhand_cli.exits import Exit, Misused
from clockhand_cli.moments import placed, typed
from clockhand_cli.options import Config, Json

if TYPE_CHECKING:
    from clockhand import Job
    from clockhand.triggers.explaining import Explanation

MOST: Final = 1_000
"""How many due times one explanation lists; a test holds it to that of `clockhand.explain`."""
WHICH = Group("Which (exactly one of SPEC, --every, --cron, --at, --job)", sort_key=5)


def explain(
    spec: Annotated[
        list[str] | None,
        Parameter(
            name="SPEC",
            help='A cron expression, "every 5m", "every days=1 at=09:00", "at 2026-12-01T09:00:00Z", '
            "or a trigger as a table.",
        ),
    ] = None,
    /,
    *,
    every: Annotated[
        str | None,
        Parameter(
            group=WHICH,
            metavar="SPAN",
            help="Whenever that much time has passed: 5m, or '{days = 1, at = \"09:00\"}'.",
        ),
    ] = None,
    cron: Annotated[
        str | None, Parameter(group=WHICH, metavar="SPEC", help='As in a crontab: "30 2 * * *", @daily.')
    ] = None,
    at: Annotated[
        list[str] | None,
        Parameter(
            negative="",
            group=WHICH,
            metavar="MOMENT",
            help="At 2026-12-01T09:00:00Z, once; may be given several times.",
        ),
    ] = None,
    job: Annotated[
        str | None, Parameter(group=WHICH, metavar="JOB", help="A job of the configuration, with all of it.")
    ] = None,
    tz: Annotated[
        str | None,
        Parameter(metavar="ZONE", help="The time zone, Europe/Berlin; else its own, or the configuration's."),
    ] = None,
    number: Annotated[
        int,
        Parameter(
            name=("--number", "-n"),
            validator=Number(gte=0, lte=MOST),
            help="How many due times are listed; 5 if not given.",
        ),
    ] = 5,
    start: Annotated[
        str | None,
        Parameter(
            name="--from",
            metavar="MOMENT",
            help="Begin after this moment, a time of the zone or with an offset; now if not given.",
        ),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """
    Tell what a timetable comes to, before you trust it.

    Its normal form, plain words, when it is due next in its zone and in UTC,
    how far apart that is, and each clock change and short month of a year that
    makes it do otherwise than one might think. SPEC is a cron expression,
    "every 5m", "at" with moments, or any trigger as a table of TOML or JSON.
    Nothing is opened; without --job no configuration is needed.
    """
    text = " ".join(spec or ())
    given = {"SPEC": text, "--every": every, "--cron": cron, "--at": at, "--job": job}
    named = [name for name, value in given.items() if value]
    if len(named) != 1:
        raise Misused(
            f"{' and '.join(named)}: one at a time; keep one"
            if named
            else f"missing: one of {', '.join(given)}"
        )
    if job is not None:
        page = _of_job(job, tz, number, start, config)
    else:
        table = {"every": every and toml.every(every, "--every"), "cron": cron, "at": at}
        tables = {name: value for name, value in table.items() if value}
        page = _of_table(tables or _read(text), tz, number, start, config)
    if as_json:
        render.document(record(page))
        return Exit.OK
    for line in str(page).splitlines():
        render.line(line)
    return Exit.OK


def _read(text: str) -> dict[str, Any]:
    """Return the table of a trigger that somebody has typed in one piece."""
    from clockhand.errors import shown

    if text.startswith("["):
        raise Misused(
            f"SPEC: a list, given {shown(text)}; one trigger at a time is explained, as {toml.TRIGGER}; "
            'or write {use = "any_of", timers = [...]}'
        )
    if text.startswith("{"):
        return dict(toml.table(text, "SPEC", like=toml.TRIGGER))
    word, _, rest = text.partition(" ")
    if word == "every" and rest:
        return {"every": toml.every(rest, "every")}
    if word == "at" and rest:
        return {"at": rest.split()}
    return {"cron": text}


def _of_table(
    table: dict[str, Any], tz: str | None, number: int, start: str | None, config: Path | None
) -> Explanation:
    from clockhand.errors import ConfigError, DefinitionError
    from clockhand.plugins import installed

    zone = "UTC" if tz else _default_zone(config)
    try:
        trigger = installed().value("triggers", table, "SPEC")
        return _explained(trigger, tz, zone, number, start)
    except (ConfigError, DefinitionError) as error:
        raise Misused(str(error).removeprefix("SPEC.")) from error


def _default_zone(config: Path | None) -> str:
    """Return the configuration's time zone; UTC if there is none, and if the one found here is broken."""
    from clockhand.errors import ClockhandError

    path = configuration.found(config)
    if path is None:
        return "UTC"
    try:
        return configuration.scheduler(path).settings.timezone
    except ClockhandError as error:
        if config is not None:
            raise
        render.aside(f"warning: {error}; reckoned in UTC")
        return "UTC"


def _of_job(alias: str, tz: str | None, number: int, start: str | None, config: Path | None) -> Explanation:
    from clockhand.errors import DefinitionError

    scheduler = configuration.scheduler(config)
    found = _declared(alias, {one.job.alias: one.job for one in scheduler.check()})
    try:
        return _explained(found, tz, scheduler.settings.timezone, number, start)
    except DefinitionError as error:
        raise Misused(str(error)) from error


def _declared(alias: str, jobs: dict[str, Job]) -> Job:
    from clockhand.errors import JobNotFound, did_you_mean

    if alias not in jobs:
        raise JobNotFound(
            f"job {alias!r}: the configuration has none of that alias{did_you_mean(alias, jobs)}"
        )
    return jobs[alias]


def _explained(what: Any, tz: str | None, zone: str, number: int, start: str | None) -> Explanation:
    """Return what *what* comes to in *tz*, else in the zone that it names, else in *zone*."""
    from clockhand import explain as explained
    from clockhand.errors import ClockhandError, ConfigError, shown
    from clockhand.triggers.explaining import zone_key, zone_of

    named = zone_key(tz) or zone_of(what) or zone
    after = None if start is None else placed(typed(start, "--from"), named, "--from")
    try:
        return explained(what, tz=named, n=number, after=after)
    except ClockhandError:
        raise
    except Exception as error:
        raise ConfigError(f"triggers: {shown(what)} raised {type(error).__name__}: {error}") from error


def record(page: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON: lengths of time in seconds, moments in UTC, local ones beside them."""
    from clockhand_cli.records import stamp

    gaps = page.spacing
    return {
        "normal": page.normal,
        "words": page.words,
        "zone": page.tz,
        "from": stamp(page.after),
        "next": [
            {"due": stamp(fire.due), "local": fire.local.isoformat(), "excluded": fire.held_by}
            for fire in page.fires
        ],
        "gaps": gaps
        and {
            "shortest": gaps.shortest.total_seconds(),
            "longest": gaps.longest.total_seconds(),
            "until": stamp(gaps.until),
        },
        "surprises": [
            {"day": one.day.isoformat(), "at": stamp(one.at), "what": one.what, "fires": one.fires}
            for one in page.surprises
        ],
        "warnings": list(page.warnings),
    }
