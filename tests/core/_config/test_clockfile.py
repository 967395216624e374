"""The clockfile: hooks and functions of one's own, with no packaging."""

import sys

import pytest

from clockhand._config.clockfile import CLOCKFILE

HOOKS = """
import attrs
from clockhand.contracts import Kind, Work
from clockhand.hookspecs import hookimpl

@attrs.frozen
class Shout(Work):
    words: tuple[str, ...]
    def func(self, context):
        pass

@hookimpl
def clockhand_works():
    return [Kind(name="shout", summary="shouts", options=Shout)]

@hookimpl
def clockhand_run_failed(event):
    pass

def refresh(what="all"):
    pass
"""
NAMED = '[plugins]\nclockfile = "clockfile.py"\n'


def test_its_kinds_functions_and_listeners(toml):
    """All three, as soon as the configuration names the file."""
    (toml.folder / "clockfile.py").write_text(HOOKS)
    loaded = toml.load(
        NAMED
        + """
        [jobs.loud]
        every = "5m"
        work = {use = "shout", words = ["hey"]}
        [jobs.refresh]
        every = "5m"
        work = {use = "python", function = "clockfile:refresh", args = ["some"]}
        """
    )
    loud, refresh = (declared.job for declared in loaded.settings.jobs)
    assert loud.work.words == ("hey",)
    assert refresh.work.callable is loaded.clockfile.refresh
    assert [name for name, _, _ in loaded.catalog.listeners()] == ["clockfile"]
    assert sys.modules[CLOCKFILE] is loaded.clockfile


def test_it_is_only_loaded_when_it_is_named(toml):
    """A file that lies there does nothing by itself."""
    (toml.folder / "clockfile.py").write_text("raise SystemExit")
    assert toml.load("[silo.default]\nuse = 'memory'\n").clockfile is None


def test_it_may_have_another_name_and_place(toml):
    """Beside the configuration, wherever the command is run."""
    (toml.folder / "hooks").mkdir()
    (toml.folder / "hooks" / "mine.py").write_text(HOOKS)
    loaded = toml.load('[plugins]\nclockfile = "hooks/mine.py"\n')
    assert "shout" in loaded.catalog.kinds("works")


@pytest.mark.parametrize("name", ["nothing.py", "folder.py", "text.txt", ""])
def test_it_is_not_there(toml, name):
    """Where it was looked for."""
    (toml.folder / "folder.py").mkdir()
    (toml.folder / "text.txt").write_text("hello")
    assert toml.refusal(f'[plugins]\nclockfile = "{name}"\n') == (
        f"clock.toml: plugins.clockfile: no Python file, given {str(toml.folder / name)!r}"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\n\n1 / 0\n", "clockfile.py, line 3: ZeroDivisionError: division by zero"),
        ("def f():\n    raise SystemExit(3)\nf()\n", "clockfile.py, line 2: SystemExit: 3"),
        ("import unheard_of\n", "clockfile.py, line 1: ModuleNotFoundError: No module named 'unheard_of'"),
        ("def :\n", "clockfile.py: SyntaxError: invalid syntax (clockfile.py, line 1)"),
        ("\0", "clockfile.py: "),
        (HOOKS.replace("[Kind(", "[5, Kind("), "clockhand_works: returned 5 among its records, not a Kind"),
        (
            HOOKS.replace("run_failed", "run_fails"),
            "unknown hook 'clockhand_run_fails', did you mean 'clockhand_run_failed'?",
        ),
        (HOOKS.replace("(event)", "(it)"), "clockhand_run_failed: unknown argument 'it', known: event"),
        (
            HOOKS.replace("def clockhand_run", "async def clockhand_run"),
            "clockhand_run_failed: an async def listener",
        ),
        ("def clockhand_silos():\n    return []\n", "clockhand_silos: not marked; put @hookimpl"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_it_is_wrong(toml, text, says):
    """The file is named, the line, and what it raised; it isn't left among the modules."""
    (toml.folder / "clockfile.py").write_text(text)
    before = sys.modules.get(CLOCKFILE)
    refusal = toml.refusal(NAMED)
    assert refusal.startswith(f"clock.toml: plugins.clockfile: {says}")
    assert "\n" not in refusal
    if "clockfile.py" in says:
        assert sys.modules.get(CLOCKFILE) is before


def test_it_may_raise_what_nobody_catches(toml):
    """Ctrl-C while it loads is Ctrl-C."""
    (toml.folder / "clockfile.py").write_text("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        toml.load(NAMED)
    assert CLOCKFILE not in sys.modules
