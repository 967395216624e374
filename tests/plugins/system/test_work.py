"""The work `system` as a value: what it takes, and what it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clockhand.contracts import Work
from clockhand.errors import DefinitionError
from clockhand_system.work import System


def test_a_value():
    """Compared by value; its fields are as JSON would give them back."""
    work = System(program="backup", args=["--all"], env={"A": "1"}, kill_after="10s")
    assert work == System(program="backup", args=("--all",), env={"A": "1"}, kill_after=timedelta(seconds=10))
    assert isinstance(work, Work)
    assert hash(work)
    assert (work.proposed_executor, work.proposed_timeout, work.target) == ("async", None, "")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"program": ""}, "program: empty, given ''"),
        ({"program": "  "}, "program: empty, given '  '"),
        ({"program": "a\0b"}, r"program: a NUL character in it, given 'a\x00b'"),
        ({"program": 5}, "program: not a text, given 5"),
        ({"program": "\ud800"}, "program: a character that can't be encoded"),
        (
            {"program": "${env:X}"},
            "program: ${env:...} isn't replaced here, given '${env:X}'",
        ),
        ({"args": "text"}, "args: not a list of texts, given 'text'"),
        ({"args": ["a", 5]}, "args[1]: not a text, given 5"),
        ({"args": ["a\0"]}, "args[0]: a NUL character in it"),
        ({"args": ["${env:}"]}, "args[0]: '' can't be the name of an environment variable"),
        ({"args": 5}, "args: not a list of texts, given 5"),
        ({"args": ["x"], "shell": True}, "args: given together with shell; write them into program"),
        ({"shell": "yes"}, "shell: not true or false, given 'yes'"),
        ({"inherit_env": 1}, "inherit_env: not true or false, given 1"),
        ({"cwd": ""}, "cwd: empty, given ''"),
        ({"cwd": "a\0"}, "cwd: a NUL character in it"),
        ({"env": ["A=1"]}, "env: not a table, given ['A=1']"),
        ({"env": {"": "x"}}, "env: '' can't be the name of a variable"),
        ({"env": {"A=B": "x"}}, "env: 'A=B' can't be the name of a variable"),
        ({"env": {"A": 1}}, "env.A: not a text, given 1"),
        ({"env": {"A": "\0"}}, "env.A: a NUL character in it"),
        ({"env": {"A": "${env:x y}"}}, "env.A: 'x y' can't be the name"),
        ({"env": {"CLOCKHAND_JOB": "x"}}, "env.CLOCKHAND_JOB: names that begin with CLOCKHAND_ are set for"),
        ({"stdin": b"x"}, "stdin: not a text, given b'x'"),
        ({"stdin": "${env:1}"}, "stdin: '1' can't be the name"),
        ({"kill_after": "soon"}, "kill_after: not a length of time, given 'soon'"),
        ({"kill_after": -1}, "kill_after: not between 0 and 1 hour, given -1"),
        ({"kill_after": "2h"}, "kill_after: not between 0 and 1 hour, given '2h'"),
    ],
)
def test_what_is_refused(fields, says):
    """Each an error that names the field."""
    with pytest.raises(DefinitionError) as caught:
        System(**{"program": "true", **fields})
    assert str(caught.value).startswith(says)
