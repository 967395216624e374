"""A plugin that somebody else wrote: built as a wheel, installed beside core, found and used by its names."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "tests" / "fixtures" / "clockhand-blinkenlights"
DEADLINE = 60

CONFIG = """
[silo.default]
use = "pinboard"
pins = 10

[history]
use = "jsonl"
path = "history.jsonl"

[jobs.sos]
every = "200ms"
work = {use = "blink", pattern = "... --- ..."}

[jobs.dark]
every = "200ms"
work = {use = "blink", pattern = ".", burnt_out = true}
"""

CATALOG = """
import json
from clockhand import plugins
catalog = plugins.installed()
print(json.dumps({
    "loaded": [[one.name, one.dist, one.version, list(one.offers)] for one in catalog.loaded],
    "broken": [str(one) for one in catalog.broken],
    "from": plugins.__file__,
}))
"""

PROGRAM = """
from clockhand import Scheduler
ended = Scheduler.from_toml("clockhand.toml").run()
print(ended.signal.name, ended.started, ended.failed)
"""


def uv() -> str:
    """Return the uv that runs the tests, or the one that is installed beside them."""
    beside = Path(sys.executable).with_name("uv")
    found = os.environ.get("UV") or shutil.which("uv") or (str(beside) if beside.exists() else "")
    return found or pytest.fail("uv is not here; run the tests as the README says, or install uv")


def run(*command: object, cwd: Path = ROOT) -> str:
    """Return what *command* printed; its whole output is in the failure if it fails."""
    environment = {
        name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The Python of a fresh environment with core, one plugin of ours, and the plugin of somebody else."""
    folder = tmp_path_factory.mktemp("third-party")
    dist, venv = folder / "dist", folder / "venv"
    for source in (ROOT / "core", ROOT / "plugins" / "jsonl", PLUGIN):
        run(uv(), "build", "--quiet", "--wheel", f"--out-dir={dist}", source)
    core, jsonl, plugin = (
        next(dist.glob(f"{name}-*.whl"))
        for name in ("clockhand_core", "clockhand_jsonl", "clockhand_blinkenlights")
    )
    run(uv(), "venv", "--quiet", f"--python={sys.executable}", venv)
    python = venv / "bin" / "python"
    run(
        uv(),
        "pip",
        "install",
        "--quiet",
        "--no-sources",
        f"--python={python}",
        f"clockhand-core @ {core.as_uri()}",
        jsonl,
        f"clockhand-blinkenlights[test] @ {plugin.as_uri()}",
    )
    return python


def test_it_is_found_through_its_entry_point(python, tmp_path):
    """The catalog of the fresh environment names the plugin, its distribution and what it offers."""
    catalog = json.loads(run(python, "-c", CATALOG, cwd=tmp_path))
    assert ["blinkenlights", "clockhand-blinkenlights", "0.3.1", ["silo pinboard", "work blink"]] in catalog[
        "loaded"
    ]
    assert catalog["broken"] == []
    assert Path(catalog["from"]).is_relative_to(python.parents[1]), "the wheel is used, not the checkout"


def test_its_silo_passes_the_contract(python, tmp_path):
    """The plugin's own tests, the contract of silos among them, pass against the wheels."""
    shutil.copytree(PLUGIN / "tests", tmp_path / "tests")
    shutil.copy(PLUGIN / "pyproject.toml", tmp_path)
    told = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    passed = int(told.split(" passed")[0].split()[-1])
    assert passed > 60, told


def test_a_scheduler_uses_its_silo_its_work_and_its_listener(python, tmp_path):
    """Jobs of its work run from its silo; its lamps show how they ended; the history has each of them."""
    (tmp_path / "clockhand.toml").write_text(CONFIG)
    lamps = tmp_path / "lamps"
    environment = {**os.environ, "BLINKENLIGHTS": str(lamps)}
    environment.pop("PYTHONPATH", None)
    process = subprocess.Popen(
        [python, "-c", PROGRAM],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + DEADLINE
        while not lamps.exists() or lamps.read_text() != "dark red\nsos green\n":
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, lamps.read_text() if lamps.exists() else "no lamp was lit"
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        told, errors = process.communicate(timeout=DEADLINE)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    name, started, failed = told.split()
    assert name == "SIGTERM"
    entries = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    ends = [entry for entry in entries if entry["what"] == "run-ended"]
    assert len(ends) == int(started)
    dark = [entry for entry in ends if entry["job"] == "dark"]
    assert len(dark) == int(failed) > 0
    assert {(entry["verdict"], entry["run"]["code"]) for entry in dark} == {("failed", "lamp:burnt-out")}
    outputs = [entry["run"]["output"] for entry in ends if entry["job"] == "sos"]
    assert outputs
    assert all(output == {"pattern": "... --- ...", "result": 9} for output in outputs)
