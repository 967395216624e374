"""What is offered at TAB, for the line as it is so far."""

from __future__ import annotations

import pytest

from clockhand_cli import menu
from clockhand_cli.completing import FILES, PROGRAMS


@pytest.fixture
def offered(inside, command):
    """Return what may stand for the last word of a line, where there are jobs."""
    command.ran()

    def ask(*words: str) -> list[str]:
        done = inside("__complete", *words)
        assert (done.returncode, done.stderr) == (0, "")
        return [line.partition("\t")[0] for line in done.stdout.splitlines()]

    return ask


def test_every_command(offered) -> None:
    """An empty line offers all the commands; a beginning those that begin so, with what they do."""
    assert offered("") == [*menu.BY_NAME]
    assert offered("re") == ["remove", "resume", "release", "reload", "restore"]
    assert offered("help", "fi") == ["fire"]
    assert offered("-c", "clockhand.toml", "snap") == ["snapshot"]
    assert offered("nope", "") == []


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("--", ["--config", "--traceback", "--help"]),
        ("fire --w", ["--wait"]),
        ("add x --overlap queue", ["queue-one", "queue-all"]),
        ("add x --overlap=queue", ["--overlap=queue-one", "--overlap=queue-all"]),
        ("runs --verdict co", ["coalesced"]),
        ("run --log-level w", ["warning"]),
        ("add x --executor th", ["thread"]),
        ("completion f", ["fish"]),
        ("show ", ["bad", "good", "later"]),
        ("show la", ["later"]),
        ("show later ", []),
        ("rm bad g", ["good"]),
        ("rm bad good l", ["later"]),
        ("runs -n 5 l", ["later"]),
        ("--config clockhand.toml show l", ["later"]),
        ("--config=clockhand.toml show l", ["later"]),
        ("show -c clockhand.toml l", ["later"]),
        ("-c gone.toml show ", []),
        ("show later --silo ", ["default"]),
        ("restore ", [FILES]),
        ("-c ", [FILES]),
        ("--config=", [FILES]),
        ("snapshot -o ", [FILES]),
        ("add x --every 5m -- ", [PROGRAMS]),
        ("add x --every 5m -- echo ", [FILES]),
        ("show -- ", []),
        ("fire later --timeout ", []),
    ],
)
def test_what_a_line_goes_on_with(offered, line: str, offers: list[str]) -> None:
    """Options, their values, arguments; the jobs and silos are those of the configuration of the line."""
    assert offered(*line.split(" ")) == offers


def test_what_is_open(offered, inside) -> None:
    """For cancel: each job once, and each occurrence."""
    keys = sorted(inside("fire", "later").stdout.strip() for _ in range(2))
    assert offered("cancel", "") == ["later", *keys]
    assert offered("cancel", keys[0][:8]) == [one for one in keys if one.startswith(keys[0][:8])]


def test_no_option_is_forgotten(offered) -> None:
    """What the help of a command shows is offered too."""
    assert {"--catch-up-window", "--work", "--config", "--help"} <= set(offered("add", "--"))
