"""The page about configuration against the classes that read it: nothing is missing, each default is true."""

import json
import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import attrs
import pytest

from clockhand import Job, Policies, Retries
from clockhand._config.toml import File, PluginsTable, PythonTable, SchedulerTable
from clockhand._model.policies import POLICIES
from clockhand.contracts import format_span
from clockhand.plugins import installed

SUGAR = {"at", "every", "cron", "tz", "silo"}
NOUNS = {
    "silos": "Silo",
    "histories": "History",
    "executors": "Executor",
    "triggers": "Trigger",
    "works": "Work",
}
ROOT = Path(__file__).parents[2]
OURS = {
    "clockhand-core",
    *(f"clockhand-{path.parent.name}" for path in ROOT.glob("plugins/*/pyproject.toml")),
}
WORDS = {
    "scheduler": "all defaults",
    "plugins": "all installed ones",
    "python": "nothing",
}
"""Tables that are always there: what the page says in place of a default."""


def kinds():
    """Every kind that a distribution of this repository offers, as (heading, options)."""
    catalog = installed()
    return [
        pytest.param(f"### {word} `{name}`", offer.kind.options, id=f"{noun}-{name}")
        for noun, word in NOUNS.items()
        for name, offer in sorted(catalog.offers(noun).items())
        if offer.dist in OURS
    ]


def written(field):
    """Return a field's default as the page writes it; None where it is told in words."""
    default = field.default
    if default is attrs.NOTHING:
        return "required"
    if isinstance(default, attrs.Factory):
        default = default.factory()
    if default is None:
        return None
    if isinstance(default, timedelta):
        return f'`"{format_span(default)}"`'
    if isinstance(default, StrEnum):
        return f'`"{default}"`'
    if isinstance(default, tuple | frozenset):
        default = sorted(default)
    return f"`{json.dumps(default)}`"


def holds(rows, fields, where, words=None):
    """Compare the rows of a table with attrs fields: names in order, and defaults."""
    found = {re.fullmatch("`(.+)`", row[0])[1]: row[1] for row in rows}
    assert list(found) == [field.name for field in fields], where
    for field in fields:
        default = (words or {}).get(field.name) or written(field)
        if default is not None:
            assert found[field.name] == default, f"{where}: {field.name}"
        else:
            assert not found[field.name].startswith("`") or field.name == "name", f"{where}: {field.name}"
    assert all(row[2] for row in rows), f"{where}: an option that nothing is said of"


@pytest.mark.parametrize(
    ("heading", "cls"),
    [("## The scheduler", SchedulerTable), ("## Plugins", PluginsTable), ("## Python", PythonTable)],
)
def test_a_table_has_each_option_and_its_default(docs, heading, cls):
    """The page has each option of a table, in the order of the source, with its default."""
    holds(docs("configuration.md").table(heading), attrs.fields(cls), heading)


def test_the_top_level_is_whole(docs):
    """The page has each table of a file."""
    rows = docs("configuration.md").table("## The top level")
    holds(rows, attrs.fields(File), "the top level", WORDS)


def test_a_job_has_each_field_and_its_sugar(docs):
    """The page has each field of a job, and the sugar of TOML beside them."""
    rows = docs("configuration.md").table("## A job")
    fields = {field.name: field for field in attrs.fields(Job) if field.name not in {"alias", *POLICIES}}
    found = {row[0].strip("`"): row for row in rows}
    assert found.keys() == fields.keys() | SUGAR
    for name, field in fields.items():
        default = "`[]`" if name == "triggers" else written(field)
        if default is not None:
            assert found[name][1] == default, name


def test_the_policies_are_whole(docs):
    """Each policy with its default, which is what is in force where nobody says anything."""
    rows = docs("configuration.md").table("## Policies")
    found = {row[0].strip("`"): row[1] for row in rows}
    assert tuple(found) == POLICIES
    terms = attrs.asdict(Policies().terms, recurse=False)
    said = {None: ("no limit", "never", "none"), timedelta(): ("none",), 1: ("1; with `parallel` none",)}
    for name, value in terms.items():
        if name not in POLICIES:
            continue
        words = said.get(value, (str(value),))
        assert found[name] in words, name


def test_the_retries_are_whole(docs):
    """Each field of the table, with its default."""
    holds(docs("configuration.md").table("### Retries"), attrs.fields(Retries), "retries")


@pytest.mark.parametrize(("heading", "options"), kinds())
def test_a_kind_has_each_option_and_its_default(docs, heading, options):
    """The page has each kind that we offer, with each of its options."""
    page = docs("configuration.md")
    fields = [field for field in attrs.fields(options) if field.init and field.eq]
    if fields:
        holds(page.table(heading), fields, heading)
    else:
        assert "No options" in page.section(heading)


def test_the_page_has_no_kind_that_is_not_there(docs):
    """Each kind on the page is one that a plugin of ours offers."""
    headings = set(re.findall(r"^### .*$", docs("configuration.md").section("## Kinds"), re.MULTILINE))
    assert headings == {param.values[0] for param in kinds()}
