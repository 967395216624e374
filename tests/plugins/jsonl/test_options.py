"""The options: each form that is understood, and each that is refused by name."""

from datetime import timedelta

import pytest

from clockhand import Scheduler, use
from clockhand.errors import ConfigError, UnknownName
from clockhand_jsonl.options import JsonlOptions
from clockhand_jsonl.plugin import HISTORY


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (1, 1),
        (10_485_760, 10_485_760),
        ("512 B", 512),
        ("10 MiB", 10 * 2**20),
        ("10MiB", 10 * 2**20),
        ("1.5 KiB", 1_536),
        ("64 kB", 64_000),
        ("2 GB", 2 * 10**9),
        ("1 TiB", 2**40),
        (None, None),
    ],
)
def test_a_size_is_a_number_or_a_text(text, size):
    """Units of 1,000 and of 1,024 are told apart."""
    assert JsonlOptions(path="x", max_bytes=text).max_bytes == size


def test_spans_are_texts_seconds_or_timedeltas():
    """As everywhere."""
    options = JsonlOptions(path="x", max_age="7d", keep=timedelta(days=30))
    assert (options.max_age, options.keep) == (timedelta(days=7), timedelta(days=30))
    assert JsonlOptions(path="x", max_age=90, keep="1w").max_age == timedelta(seconds=90)
    assert JsonlOptions(path="x", max_age=90, keep=12).keep == 12


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": ""}, "path: '' is not the name of a file"),
        ({"path": "a\0b"}, "path: 'a\\x00b' is not the name of a file"),
        ({"path": 7}, "path: 7 is not the name of a file"),
        ({"max_bytes": 0}, "max_bytes: not between 1 byte and 1 TiB, given 0"),
        ({"max_bytes": -5}, "max_bytes: not between 1 byte and 1 TiB, given -5"),
        ({"max_bytes": "0.1 B"}, "max_bytes: not between 1 byte and 1 TiB, given '0.1 B'"),
        ({"max_bytes": "2 TiB"}, "max_bytes: not between 1 byte and 1 TiB, given '2 TiB'"),
        (
            {"max_bytes": "10 mb"},
            "max_bytes: not a size, given '10 mb'; write it like 10485760 or '10 MiB'",
        ),
        ({"max_bytes": "1_000"}, "max_bytes: not a size, given '1_000'"),
        ({"max_bytes": "\u0661 MiB"}, "max_bytes: not a size, given '\u0661 MiB'"),
        ({"max_bytes": "-1 MiB"}, "max_bytes: not a size, given '-1 MiB'"),
        ({"max_bytes": True}, "max_bytes: not a size, given True"),
        ({"max_bytes": 1.5}, "max_bytes: not a size, given 1.5"),
        ({"max_age": 0}, "max_age: not above zero, given 0"),
        ({"max_age": "-1h"}, "max_age: not above zero, given '-1h'"),
        ({"max_age": "soon"}, "max_age: not a length of time, given 'soon'"),
        ({"max_age": "99999999w"}, "max_age: longer than 36,500 days, given '99999999w'"),
        ({"max_bytes": 1, "keep": 0}, "keep: not a whole number from 1 to 1,000,000, nor a length"),
        ({"max_bytes": 1, "keep": -3}, "keep: not a whole number from 1 to 1,000,000, nor a length"),
        ({"max_bytes": 1, "keep": True}, "keep: not a whole number from 1 to 1,000,000, nor a length"),
        ({"max_bytes": 1, "keep": 2.0}, "keep: not a whole number from 1 to 1,000,000, nor a length"),
        ({"max_bytes": 1, "keep": "30"}, "keep: not a length of time, given '30'"),
        ({"max_bytes": 1, "keep": "5s"}, "keep: shorter than a minute, given '5s'"),
        ({"max_bytes": 1, "keep": timedelta(seconds=2.5)}, "keep: shorter than a minute, given 2.5s"),
        ({"max_bytes": 1, "keep": "200000d"}, "keep: longer than 36,500 days, given '200000d'"),
        ({"max_bytes": 1, "compress": "yes"}, "compress: not true or false, given 'yes'"),
        ({"max_bytes": 1, "compress": 1}, "compress: not true or false, given 1"),
        ({"keep": 3}, "keep: nothing is ever closed without max_bytes or max_age; give one"),
        ({"compress": True}, "compress: nothing is ever closed without max_bytes or max_age; give one"),
    ],
)
def test_wrong_options_are_refused(options, message):
    """The message names the option and what was given."""
    with pytest.raises(ConfigError) as caught:
        JsonlOptions(**{"path": "x", **options})
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        ('max_bytes = "10 mb"', ConfigError, "max_bytes: not a size, given '10 mb'"),
        ("max_bytes = 1.5", ConfigError, "max_bytes: not a whole number or a text, given 1.5"),
        ('max_age = "soon"', ConfigError, "max_age: not a length of time, given 'soon'"),
        ("max_bytes = 5\nkeep = 2.5", ConfigError, "keep: shorter than a minute, given 2.5s"),
        ('max_bytes = 5\nkeep = "ten"', ConfigError, "keep: not a length of time, given 'ten'"),
        ("keep = 5", ConfigError, "keep: nothing is ever closed without max_bytes or max_age"),
        ("maxbytes = 5", UnknownName, "unknown option 'maxbytes', did you mean 'max_bytes'?"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path, line, kind, message):
    """So it is in TOML, before anything is opened, and the file is named."""
    config = tmp_path / "clockhand.toml"
    config.write_text(f'[history]\nuse = "jsonl"\npath = "log.jsonl"\n{line}\n')
    with pytest.raises(kind) as caught:
        Scheduler.from_toml(config)
    assert message in str(caught.value)
    assert str(caught.value).startswith("clockhand.toml: history")


def test_the_options_reach_the_history(tmp_path):
    """What is said in Python and in TOML is what the history goes by."""
    config = tmp_path / "clockhand.toml"
    config.write_text(
        '[history]\nuse = "jsonl"\npath = "log.jsonl"\n'
        'max_bytes = "10 MiB"\nmax_age = "7d"\nkeep = "30d"\ncompress = true\n'
    )
    told = use("jsonl", path="log.jsonl", max_bytes="10 MiB", max_age="7d", keep="30d", compress=True)
    assert Scheduler.from_toml(config).settings.history == told
    rotation = HISTORY.make(JsonlOptions(**told.table))._rotation
    assert (rotation.max_bytes, rotation.max_age) == (10 * 2**20, timedelta(days=7))
    assert (rotation.keep, rotation.compress) == (timedelta(days=30), True)
