"""Msgs are data: frozen, compared by value, each with the type of its reply."""

import typing
from datetime import timedelta

import attrs
import pytest

from clockhand import Job, call, every, msgs
from clockhand.errors import DefinitionError

ALL = [
    kind
    for kind in vars(msgs).values()
    if isinstance(kind, type) and issubclass(kind, msgs.Msg) and kind is not msgs.Msg
]

JOB = Job(alias="a", work=call(print), triggers=every("1h"))
SAMPLES = {"job": JOB, "jobs": [JOB], "keys": ["x!a"], "changes": {}}


@pytest.mark.parametrize("kind", ALL)
def test_a_msg_is_data(kind):
    """Frozen, documented, and it names what the scheduler replies."""
    fields = [field for field in attrs.fields(kind) if field.default is attrs.NOTHING]
    one, two = (kind(*(SAMPLES.get(field.name, "x") for field in fields)) for _ in range(2))
    assert one == two
    assert kind.__doc__
    (base,) = [base for base in kind.__orig_bases__ if typing.get_origin(base) is msgs.Msg]
    assert len(typing.get_args(base)) == 1
    for field in attrs.fields(kind):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(one, field.name, None)


def test_resuming_runs_the_latest_or_nothing():
    """A slip of the pen must not quietly skip what was meant to be run."""
    assert msgs.ResumeJob("a").run is None
    assert msgs.ResumeJob("a", "latest").run == "latest"
    with pytest.raises(DefinitionError, match=r"^run: unknown value 'last', known: latest$"):
        msgs.ResumeJob("a", "last")
    with pytest.raises(DefinitionError, match=r"^run: unknown value \['latest'\], known: latest$"):
        msgs.ResumeJob("a", ["latest"])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda: msgs.AddJob("x"),
            "job: not a Job, given 'x'; write Job(alias=..., work=..., triggers=...)",
        ),
        (lambda: msgs.AddJob(JOB, None), "silo: not a text, given None"),
        (lambda: msgs.AddJobs(JOB), "jobs: not a list of Jobs, given Job("),
        (lambda: msgs.AddJobs("ab"), "jobs: not a list of Jobs, given 'ab'"),
        (lambda: msgs.CancelRuns("job", "job!a"), "keys: not a list of texts, given 'job!a'"),
        (lambda: msgs.CancelRuns("job", 7), "keys: not a list of texts, given 7"),
        (lambda: msgs.CancelRuns("job", ["job!a", 7]), "keys[1]: not a text, given 7"),
        (lambda: msgs.AddJobs(7), "jobs: not a list of Jobs, given 7"),
        (lambda: msgs.AddJobs([JOB, "x"]), "jobs[1]: not a Job, given 'x'; write Job("),
        (lambda: msgs.GetJob(JOB), "alias: not a text, given Job("),
        (lambda: msgs.GetJob("a", 1), "silo: not a text, given 1"),
        (lambda: msgs.ListJobs("night"), "which: not a JobFilter, given 'night'; write JobFilter("),
        (lambda: msgs.ListJobs(limit=-1), "limit: not a whole number above zero, given -1"),
        (lambda: msgs.ListJobs(limit=True), "limit: not a whole number above zero, given True"),
        (lambda: msgs.ListJobs(limit="9"), "limit: not a whole number above zero, given '9'"),
        (lambda: msgs.ListJobs(after=None), "after: not a text, given None"),
        (lambda: msgs.ModifyJob("a", "x"), "changes: not a table, given 'x'"),
        (lambda: msgs.AddSilo("a b", "memory"), "AddSilo.alias: 'a b' has ' '; use letters, digits,"),
        (lambda: msgs.AddSilo("", "memory"), "AddSilo.alias: empty, give it 1 to 128 characters"),
        (lambda: msgs.AddExecutor(3, "thread"), "AddExecutor.alias: not a text, given 3"),
        (lambda: msgs.AddExecutor("a", None), "kind: not a text, given None"),
        (lambda: msgs.AddSilo("a", "sqlite", "jobs.db"), "table: not a table, given 'jobs.db'"),
        (lambda: msgs.CancelRun(None), "key: not a text, given None"),
        (lambda: msgs.Stop("soon"), "deadline: not a length of time, given 'soon'"),
        (lambda: msgs.Stop(-1), "deadline: less than zero, given -1"),
    ],
)
def test_what_a_msg_can_not_be_given(make, says):
    """A mistake is told where it is made, with the field, what was given, and what to write."""
    with pytest.raises(DefinitionError) as error:
        make()
    assert str(error.value).startswith(says)


def test_a_deadline_is_a_length_of_time():
    """A timedelta, seconds or a text, as everywhere."""
    assert msgs.Stop(5) == msgs.Stop("5s") == msgs.Stop(timedelta(seconds=5))
    assert msgs.Stop().deadline is None
