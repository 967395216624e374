"""The limits of what is kept, as they are written: checked, and named when they can't be."""

import re
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from clockhand import Retention, Scheduler, use
from clockhand.errors import ConfigError


@pytest.mark.parametrize(
    ("field", "given", "means"),
    [
        ("history", "30d", timedelta(days=30)),
        ("history", 3_600, timedelta(hours=1)),
        ("history", timedelta(weeks=2), timedelta(days=14)),
        ("history", "none", None),
        ("history", None, None),
        ("finished_jobs", "1w", timedelta(days=7)),
        ("finished_jobs", "none", None),
        ("history_bytes", 65_536, 65_536),
        ("history_bytes", "1GiB", 2**30),
        ("history_bytes", "1.5 MiB", 3 * 2**19),
        ("history_bytes", "500MB", 500_000_000),
        ("history_bytes", "100000B", 100_000),
        ("history_bytes", "none", None),
    ],
)
def test_what_is_written_and_what_it_means(field, given, means):
    """Lengths of time and sizes as texts and as numbers; "none" for no limit."""
    assert getattr(Retention(**{field: given}), field) == means


WRONG = [
    ({"history": "30"}, "history: not a length of time, given '30'; write it like '90s' or '1h30m'; "),
    ({"history": 30}, "history: shorter than a minute, given 30; write it like '30d'"),
    ({"history": "0s"}, "history: shorter than a minute, given '0s'"),
    ({"history": "-3d"}, "history: shorter than a minute, given '-3d'"),
    ({"history": timedelta(seconds=1)}, "history: shorter than a minute, given 1s"),
    ({"history": "99999999d"}, "history: longer than 36,500 days, given '99999999d'; write 'none'"),
    ({"history": "999999999999w"}, "history: too long, given '999999999999w'; write 'none'"),
    ({"history": True}, "history: not a length of time, given True"),
    ({"history": "x" * 10_000}, "history: not a length of time, given 'xxx"),
    ({"finished_jobs": 7}, "finished_jobs: shorter than a minute, given 7; write it like '30d'"),
    ({"history_bytes": 1}, "history_bytes: not between 64 KiB and 1,024 TiB, given 1; write it like '1GiB'"),
    ({"history_bytes": 0}, "history_bytes: not between 64 KiB"),
    ({"history_bytes": -5}, "history_bytes: not between 64 KiB"),
    (
        {"history_bytes": "1GB2"},
        "history_bytes: not a size, given '1GB2'; write it like '1GiB' or 1073741824,",
    ),
    ({"history_bytes": "1gib"}, "history_bytes: not a size, given '1gib'"),
    ({"history_bytes": 1e9}, "history_bytes: not a size, given 1000000000.0"),
    ({"history_bytes": True}, "history_bytes: not a size, given True"),
    ({"history_bytes": "9" * 5_000 + "B"}, "history_bytes: not a size, given '999"),
    ({"history_bytes": 10**4_000}, "history_bytes: not between 64 KiB"),
]


@pytest.mark.parametrize(("fields", "says"), WRONG)
def test_what_is_wrong_is_named(fields, says):
    """The field, what was given, and what to write: for the value, and in a table of a scheduler."""
    with pytest.raises(ConfigError) as caught:
        Retention(**fields)
    assert str(caught.value).startswith(says)
    with pytest.raises(ConfigError) as caught:
        Scheduler(retention=fields)
    assert str(caught.value).startswith(f"retention.{says}")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"hist0ry": "1d"}, "retention: unknown option 'hist0ry', did you mean 'history'?"),
        ({5: "1d"}, "retention: unknown option 5"),
        ("30d", "retention: not a table of limits, given '30d'"),
        (30, "retention: not a table of limits, given 30"),
        ({"rotate_to": "x.jsonl"}, "retention.rotate_to: not a use(...), given 'x.jsonl'; write use("),
        (Retention(rotate_to=5), "retention.rotate_to: not a use(...), given 5"),
    ],
)
def test_a_table_that_can_not_be(given, says):
    """An unknown option, with the nearest one; no table; a target that is none."""
    with pytest.raises(ConfigError) as caught:
        Scheduler(retention=given)
    assert str(caught.value).startswith(says)


def from_toml(tmp_path, text):
    """What a file says, or how it is refused."""
    (tmp_path / "clock.toml").write_text(text)
    return Scheduler.from_toml(tmp_path / "clock.toml").settings.retention


def test_the_table_of_a_file(tmp_path):
    """The same names; the target is a table with `use`."""
    text = """
[retention]
history = "90d"
history_bytes = "none"
rotate_to = {use = "jsonl", path = "old.jsonl"}
finished_jobs = 86400
"""
    assert from_toml(tmp_path, text) == Retention(
        history="90d", history_bytes=None, rotate_to=use("jsonl", path="old.jsonl"), finished_jobs="1d"
    )
    assert from_toml(tmp_path, "[retention]\n") == Retention()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[retention]\nhistory = 30", "retention.history: shorter than a minute, given 30"),
        ("[retention]\nhist0ry = '1d'", "retention: unknown option 'hist0ry', did you mean 'history'?"),
        ("retention = 5", "retention: not a table, given 5"),
        (
            "[retention]\nrotate_to = 'x'",
            "retention.rotate_to: not a table, given 'x'; write [retention.rotate_to]",
        ),
        ("[retention.rotate_to]\npath = 'x'", "retention.rotate_to: option 'use' is missing"),
        (
            "[retention.rotate_to]\nuse = 'jsnl'",
            "retention.rotate_to.use: unknown history 'jsnl', did you mean",
        ),
        ("[retention.rotate_to]\nuse = 'jsonl'", "retention.rotate_to: option 'path' is missing"),
    ],
)
def test_a_file_that_is_wrong(tmp_path, text, says):
    """The file, the place in it, what was given."""
    with pytest.raises(ConfigError) as caught:
        from_toml(tmp_path, text)
    assert str(caught.value).startswith(f"clock.toml: {says}")
    assert "\n" not in str(caught.value)


def test_the_page_about_configuration_is_true():
    """It has each option, with its default."""
    page = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text()
    section = page.split("## Retention\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", section, re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(field.name for field in attrs.fields(Retention))
    said = {name: default.strip('`"') for name, default in rows if name != "rotate_to"}
    assert Retention(**said) == Retention()
