"""The README's examples: they can be read, and Python and TOML say the same job."""

from __future__ import annotations

import re
from pathlib import Path

from clockhand import Job, Scheduler

README = Path(__file__).parents[3] / "plugins" / "system" / "README.md"


def _block(language):
    return re.search(rf"^```{language}\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)[1]


def test_both_examples_are_one_job(tmp_path):
    """The same names in both."""
    names: dict = {}
    exec(compile(_block("python"), README.name, "exec"), names)
    (job,) = (value for value in names.values() if isinstance(value, Job))
    config = tmp_path / "clockhand.toml"
    config.write_text(_block("toml"))
    (declared,) = Scheduler.from_toml(config).declared
    assert declared.job == job
