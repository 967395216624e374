"""The README: its examples are the same in Python and TOML, its tables and commands agree with the source."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import attrs
import pytest

from clockhand import use
from clockhand.testing.history_contract import entry
from clockhand_jsonl import lines
from clockhand_jsonl.names import Names
from clockhand_jsonl.options import JsonlOptions

README = (Path(__file__).parents[3] / "plugins" / "jsonl" / "README.md").read_text()


def block(language):
    """Return the first code block of a language."""
    return re.search(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[1]


def rows(heading):
    """Return the rows of the first table after the heading, without its head."""
    table = re.search(r"(?:^\|.*\n)+", README.partition(heading)[2], re.MULTILINE)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_both_examples_are_the_same():
    """The same names in both, and options that are taken."""
    names = {}
    exec(compile(block("python"), "README.md", "exec"), names)
    settings, told = names["clock"].settings, tomllib.loads(block("toml"))
    assert settings.history == use(told["history"].pop("use"), **told["history"])
    assert settings.silos["default"] == use(told["silo"]["default"].pop("use"), **told["silo"]["default"])
    assert JsonlOptions(**told["history"]).max_bytes == 10 * 2**20


def test_each_option_has_its_row():
    """In the order of the source."""
    assert [row[0].strip("`") for row in rows("# clockhand-jsonl")] == [
        field.name for field in attrs.fields(JsonlOptions)
    ]


def test_each_file_has_its_row():
    """Those that there can be, and no other."""
    names = Names(Path("history.jsonl"))
    told = [name for row in rows("## The files") for name in re.findall("`([^`]+)`", row[0])]
    told = [name if name.startswith("history") else f"history.jsonl{name}" for name in told]
    made = [names.active, names.closed(1), names.packed(1), names.index, *names.temporary]
    assert sorted(told) == sorted(path.name for path in made)


def test_the_line_is_an_entry():
    """The example is a line as it is written."""
    text = block("json").strip().encode()
    assert lines.write(lines.read(text, 0)) == text + b"\n"


@pytest.mark.skipif(shutil.which("gzip") is None, reason="no gzip here")
def test_the_command_shows_the_whole_history(bench):
    """Compressed and plain segments and the file, in order."""
    (command,) = re.findall(r"`(gzip -cdf [^`]+)`", README)
    log = bench.open(max_bytes=1)
    for seq in range(1, 12):
        log.append([entry(seq)])
        if seq == 7:
            bench.compress()
    command = command.replace("history.jsonl", bench.path.name)
    shown = subprocess.run(command, shell=True, cwd=bench.folder, capture_output=True, check=True).stdout
    assert shown == b"".join(lines.write(entry(seq)) for seq in range(1, 12))


@pytest.mark.skipif(shutil.which("rsync") is None, reason="no rsync here")
def test_the_other_command_ships_what_is_closed(bench, tmp_path):
    """What is compressed is copied, and nothing else."""
    command = block("sh").strip().replace("history.jsonl", bench.path.name)
    log = bench.open(max_bytes=1)
    for seq in (1, 2, 3):
        log.append([entry(seq)])
    bench.compress()
    log.append([entry(4)])
    there = tmp_path / "archive"
    subprocess.run(
        command.replace("archive:/history/", f"{there}/"), shell=True, cwd=bench.folder, check=True
    )
    assert sorted(path.name for path in there.iterdir()) == [f"log.jsonl.00000000{n}.gz" for n in (1, 2)]
