"""
Pages of the documentation as stories that can be run: each code block in order, in one folder.

- `python` with a title is a file of that name; without one it is run at once and has to end by itself.
- `toml` is a configuration: it is loaded, and kept under its title.
- `console` is what somebody types and sees: each line after `$` is run, what follows is compared,
  `^C` stands for a Ctrl-C that is sent once all above it has been seen, `...` for lines left out.
- A block under `<!-- from: FILE -->` quotes that file of the repository, and the file's own tests run it.
- `<!-- exit: 3 -->` says with which code the last command of the next block ends; `<!-- like: numbers -->`
  that its numbers, and which verdicts were counted, differ from run to run.

Moments, identifiers and spans are compared as kinds of thing, not to the digit.
"""

import re
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)(?P<info>[^`\n]*)$")
_TITLE = re.compile(r'title="([^"]+)"')
_NOTE = re.compile(r"^<!-- (?P<word>from|exit|like): (?P<value>.+) -->$")


@attrs.frozen
class Block:
    """A code block and where it stands."""

    page: str
    line: int
    language: str
    title: str
    text: str
    quotes: str = ""
    """The file of the repository that it is quoted from."""
    exit: int = 0
    like: str = ""

    @property
    def where(self):
        """The page and line, for messages."""
        return f"{self.page}:{self.line}"


def blocks_of(page):
    """Return the code blocks of a page, in order."""
    found, notes, lines = [], {}, iter(enumerate(page.read_text().splitlines(), start=1))
    for number, line in lines:
        if note := _NOTE.match(line.strip()):
            notes[note["word"]] = note["value"]
        elif fence := _FENCE.match(line):
            body = []
            for _, inner in lines:
                if inner.strip() == "```":
                    break
                body.append(inner.removeprefix(fence["indent"]))
            title = _TITLE.search(fence["info"])
            found.append(
                Block(
                    page.relative_to(ROOT).as_posix(),
                    number,
                    fence["language"],
                    title[1] if title else "",
                    "\n".join(body) + "\n",
                    notes.get("from", ""),
                    int(notes.get("exit", 0)),
                    notes.get("like", ""),
                )
            )
            notes = {}
    return found


@attrs.frozen
class Page:
    """A page: its text, its blocks and its tables."""

    path: Path

    @property
    def text(self):
        """The whole of it."""
        return self.path.read_text()

    @property
    def blocks(self):
        """Its code blocks."""
        return blocks_of(self.path)

    def section(self, heading):
        """Return the text under the heading, up to the next one of its rank or above."""
        rank = len(heading) - len(heading.lstrip("#"))
        match = re.search(
            rf"^{re.escape(heading)}$(.*?)(?=^#{{1,{rank}}} |\Z)", self.text, re.MULTILINE | re.DOTALL
        )
        assert match, f"{self.path.name} has no heading {heading!r}"
        return match[1]

    def table(self, heading):
        """Return the rows of the first table under the heading, as lists of cells without the head."""
        text = re.split(r"^#", self.section(heading), maxsplit=1, flags=re.MULTILINE)[0]
        rows = [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in text.splitlines()
            if line.startswith("|")
        ]
        assert len(rows) > 2, f"{self.path.name}: no table under {heading!r}"
        return rows[2:]


@pytest.fixture(scope="session")
def docs():
    """Return a page of docs/ by its name."""
    return lambda name: Page(ROOT / "docs" / name)


@pytest.fixture(scope="session")
def root():
    """Return the root of the repository."""
    return ROOT


def pytest_generate_tests(metafunc):
    """Run a test that asks for `page` once for each page."""
    if "page" in metafunc.fixturenames:
        pages = [Page(path) for path in PAGES]
        metafunc.parametrize("page", pages, ids=[page.path.name for page in pages])
