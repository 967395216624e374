"""The README: its examples are the same in Python and TOML, its tables agree with the source."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import attrs
import pytest

from clockhand import Job, Scheduler
from clockhand.testing.works import run_work
from clockhand_network import Basic, Binary, File, Network

PLUGIN = Path(__file__).parents[3] / "plugins" / "network"
README = (PLUGIN / "README.md").read_text()
PAIRS = re.findall(r"^```python\n(.*?)^```\n```toml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def _rows(heading):
    """Return the rows of the first table after the heading, without its head."""
    after = README.partition(heading)[2]
    table = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_every_example_is_in_both():
    """No block stands alone."""
    assert len(PAIRS) == README.count("```python") == README.count("```toml") == 5


@pytest.mark.parametrize(("python", "toml"), PAIRS)
def test_both_examples_are_the_same_jobs(tmp_path, python, toml):
    """The same names in both."""
    names: dict = {}
    exec(compile(python, "README.md", "exec"), names)
    config = tmp_path / "clockhand.toml"
    config.write_text(toml)
    jobs = [value for value in names.values() if isinstance(value, Job)]
    assert [each.job for each in Scheduler.from_toml(config).declared] == jobs


def test_each_option_has_its_row():
    """In the order of the source, with the parts of those that are tables."""
    rows = {row[0].strip("`"): row[1] for row in _rows("# clockhand-network")}
    assert list(rows) == [field.name for field in attrs.fields(Network)]
    for option, cls in (("files", File), ("binary", Binary), ("basic", Basic)):
        assert re.findall(r"`(\w+)`", rows[option]) == [field.name for field in attrs.fields(cls)]


def test_each_code_has_its_row():
    """Those that the source has, and no other."""
    source = "".join(path.read_text() for path in (PLUGIN / "src").rglob("*.py"))
    told = [code for row in _rows("has a code for policies to match") for code in row[0].split("`")[1::2]]
    assert {code for code in told if code.startswith("network:")} == set(
        re.findall(r'"(network:[a-z-]+)"', source)
    )


def test_each_field_of_the_record_has_its_row(serve):
    """Those that a run leaves there, and no other."""

    def answer(request):
        request.reply(503, b"x", Content_Type="text/plain", Retry_After="1", Content_Encoding="gzip")

    outcome = asyncio.run(run_work(Network(url=serve(answer).url)))
    told = [name for row in _rows("## What goes into the record") for name in row[0].split("`")[1::2]]
    assert set(told) == outcome.output.keys()
