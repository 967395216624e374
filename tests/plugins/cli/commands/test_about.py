"""`clockhand plugins` and `version`: what is here, what is broken, what clashes."""

from __future__ import annotations

import json

CLASH = """\
import attrs
from clockhand.contracts import Kind
from clockhand.hookspecs import hookimpl

@attrs.frozen
class Options:
    pass

@hookimpl
def clockhand_silos():
    return [Kind(name="sqlite", summary="another", options=Options, make=Options)]
"""


def test_plugins_are_listed_with_what_they_offer(command) -> None:
    """Each plugin has its distribution, version and kinds; no configuration is needed."""
    document = command.json("plugins")
    assert set(document) == {"plugins", "broken", "clashes"}
    found = {one["name"]: one for one in document["plugins"]}
    assert found["sqlite"]["dist"] == "clockhand-sqlite"
    assert found["sqlite"]["version"]
    assert found["sqlite"]["offers"] == ["silo sqlite", "history sqlite"]
    assert "sqlite   clockhand-sqlite" in command("plugins").stdout


def test_a_broken_plugin_is_listed_with_its_reason(command, plugin) -> None:
    """A plugin that can't be imported is a row of its own, and exit code 1; the others are listed."""
    env = plugin("sick", "raise ImportError('no \\x1b[31m library')\n")
    done = command("plugins", **env)
    assert done.returncode == 1
    assert done.stderr == ""
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("sick")]
    assert row.split(None, 3) == ["sick", "sick", "1.0", "broken: ImportError: no \\x1b[31m library"]
    assert "clockhand-sqlite" in done.stdout
    document = json.loads(command("plugins", "--json", **env).stdout)
    assert document["broken"][0]["name"] == "sick"


def test_a_clash_names_both(command, plugin) -> None:
    """A name that two plugins offer is told with both, here and by every other command."""
    env = plugin("acme", CLASH)
    command.write('jobs.a = {every = "1h", work = {use = "python", function = "works:good"}}\n')
    done = command("plugins", **env)
    assert done.returncode == 1
    assert "clash: clockhand_silos: 'sqlite' is offered by both acme 1.0 and clockhand-sqlite" in done.stdout
    other = command("check", **env)
    assert other.returncode == 3
    assert "'sqlite' is offered by both acme 1.0 and clockhand-sqlite" in other.stderr


def test_a_blocked_plugin_is_not_listed(command, plugin) -> None:
    """The configuration's block counts, so that a clash can be seen to be solved."""
    env = plugin("acme", CLASH)
    command.write('[plugins]\nblock = ["acme"]\n')
    done = command("plugins", **env)
    assert done.returncode == 0, done.stdout
    assert "acme" not in done.stdout


def test_a_configuration_that_cannot_be_read_counts_only_if_named(command) -> None:
    """A broken default file doesn't hide the plugins; one that was named is an error."""
    command.write("[plugins")
    assert command("plugins").returncode == 0
    named = command("plugins", "--config", "clockhand.toml")
    assert named.returncode == 3
    assert named.stderr.startswith("clockhand: clockhand.toml: can't be read: ")


def test_versions_are_by_distribution(command) -> None:
    """The versions of clockhand, its plugins and Python, as lines and as one document."""
    document = command.json("version")
    assert {"clockhand", "clockhand-core", "clockhand-cli", "clockhand-sqlite", "python"} <= set(document)
    assert command("version").stdout == "".join(f"{name} {number}\n" for name, number in document.items())
