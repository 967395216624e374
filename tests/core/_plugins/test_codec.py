"""Jobs as text and back: nothing is lost, and nothing is built that isn't registered."""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand import Job, Retries, at, call, cron, every
from clockhand._plugins.codec import MAX_DEPTH, MAX_LENGTH, JsonCodec
from clockhand.contracts import Condition, Kind, Opaque, Work
from clockhand.errors import DefinitionError, NewerDefinition, UnreadableDefinition, Unresolved
from clockhand.triggers import BUILTIN
from clockhand.works import Functions, python_kind

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@attrs.frozen
class _Shout(Work):
    words: tuple[str, ...]
    loud: bool = False
    ratio: float = 1.0
    wait: timedelta = timedelta(seconds=1)
    extra: Any = None

    async def func(self, context):
        pass


@attrs.frozen
class _Explosive(Work):
    fuse: int = attrs.field(default=1, validator=lambda _self, _field, value: 1 / value)

    def func(self, context):
        pass


@attrs.frozen
class _Weekdays(Condition):
    days: frozenset[int] = frozenset({0})
    reads: frozenset[str] = frozenset()

    def passes(self, context):
        return context.due.weekday() in self.days


WORKS = {
    "python": python_kind(Functions()),
    "shout": Kind(name="shout", summary="shouts", options=_Shout),
    "explosive": Kind(name="explosive", summary="explodes", options=_Explosive),
}
TRIGGERS = {name: Kind(name=name, summary=name, options=cls) for name, cls in BUILTIN.items()}
TRIGGERS["weekdays"] = Kind(name="weekdays", summary="days", options=_Weekdays)
CODEC = JsonCodec(WORKS, TRIGGERS)
POOR = JsonCodec({"python": WORKS["python"]}, {})


def _job(**fields):
    return Job(**{"alias": "a", "work": call("app:f"), "triggers": every(60), **fields})


texts = st.text(max_size=12)
aliases = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,10}", fullmatch=True)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
moments = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))
limits = st.none() | st.just("none") | st.integers(1, 10_000)
waits = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=30))
periods = st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(days=10**6))
spans = st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(days=36_500))
works = st.one_of(
    st.builds(
        lambda name, args, kwargs: call(f"app:{name}", *args, **kwargs),
        st.sampled_from(["f", "Class.method"]),
        st.lists(values, max_size=2),
        st.dictionaries(texts.filter(str.isidentifier), values, max_size=2),
    ),
    st.builds(
        _Shout,
        st.lists(texts, max_size=3).map(tuple),
        st.booleans(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.timedeltas(),
        values,
    ),
    st.builds(
        Opaque,
        st.just("work"),
        aliases.map("x-".__add__),
        st.dictionaries(texts.filter("use".__ne__), values, max_size=2),
    ),
)
timers = st.one_of(
    st.builds(every, periods, anchor=st.none() | moments),
    st.builds(lambda several: at(*several), st.lists(moments, min_size=1, max_size=3)),
    st.builds(
        cron,
        st.sampled_from(["0 9 * * mon-fri", "@daily"]),
        tz=st.sampled_from([None, "UTC", "Europe/Berlin"]),
    ),
    st.builds(
        Opaque,
        st.just("trigger"),
        aliases.map("x-".__add__),
        st.dictionaries(texts.filter("use".__ne__), values, max_size=2),
    ),
)
conditions = st.lists(
    st.builds(_Weekdays, st.frozensets(st.integers(0, 6)), st.frozensets(aliases)), max_size=2
)
jobs = st.builds(
    Job,
    alias=aliases,
    work=works,
    triggers=st.builds(lambda timer, others: (timer, *others), timers, conditions),
    title=texts,
    executor=st.none() | aliases,
    start_time=st.none() | moments.map(lambda moment: moment.replace(year=1900)),
    end_time=st.none() | moments.map(lambda moment: moment.replace(year=2200, day=1)),
    overlap=st.none() | st.sampled_from(["skip", "queue-all", "parallel"]),
    max_running=limits,
    queue_limit=st.none() | st.integers(1, 10_000),
    catch_up=st.none() | st.sampled_from(["none", "latest", "all"]),
    catch_up_window=st.none() | st.just("none") | spans,
    catch_up_limit=st.none() | st.integers(1, 10_000),
    grace=st.none() | st.just("none") | spans,
    retries=st.none()
    | st.integers(0, 999)
    | st.builds(
        Retries,
        attempts=st.integers(1, 1_000),
        delay=waits,
        factor=st.floats(1, 100),
        max_delay=waits,
        jitter=st.floats(0, 1),
        on=st.lists(st.text(min_size=1, max_size=9), max_size=2),
    ),
    delivery=st.none() | st.sampled_from(["at-least-once", "at-most-once"]),
    priority=st.none() | st.integers(-10_000, 10_000),
    pause_after=limits,
    warn_after=st.none() | st.just("none") | spans,
    timeout=st.none() | st.just("none") | spans,
    tags=st.frozensets(aliases, max_size=3),
    metadata=st.dictionaries(texts, values, max_size=3),
)


@given(jobs)
def test_a_job_survives_its_text(job):
    """Every kind, every field; and written again it is the same text."""
    definition = CODEC.dump(job)
    back = CODEC.load(definition.text)
    assert back == job
    assert hash(back) == hash(job)
    assert CODEC.dump(back) == definition
    assert CODEC.load(definition.text.encode()) == job


@given(jobs)
def test_a_node_that_knows_fewer_kinds_writes_the_same_text(job):
    """What it doesn't have stands in the job as it was, and goes back byte for byte."""
    definition = CODEC.dump(job)
    poor = POOR.load(definition.text)
    assert POOR.dump(poor).text == definition.text
    assert bool(poor.missing)
    assert CODEC.load(POOR.dump(poor).text) == job


def test_the_text():
    """Canonical, with what is default left out, in ASCII; beside it what a store selects by."""
    definition = CODEC.dump(_job(title="ü", tags=["b", "a"], metadata={"z": 1, "a": 2}, timeout=90))
    assert definition.text == (
        '{"alias":"a","metadata":{"a":2,"z":1},"tags":["a","b"],"timeout":"1m30s","title":"\\u00fc",'
        '"triggers":[{"period":"1m","use":"every"}],"v":1,"work":{"function":"app:f","use":"python"}}'
    )
    assert (definition.work, definition.executor) == ("python:app:f", "thread")
    assert CODEC.key(_job(work=_Shout(("x",)))) == "shout"
    assert CODEC.key(_job(work=Opaque("work", "blink"))) == "blink"


def test_equal_jobs_have_equal_texts():
    """In whatever order their tables and tags were written."""
    one = _job(metadata={"a": 1, "b": 2}, tags=["x", "y"])
    two = _job(metadata={"b": 2, "a": 1}, tags=["y", "x"])
    assert CODEC.dump(one).text == CODEC.dump(two).text


class _Homeless(Work):
    def func(self, context):
        pass


@pytest.mark.parametrize(
    ("job", "says"),
    [
        (
            lambda: _job(work=_Homeless()),
            r"^work: no plugin here offers .*\._Homeless; offer it as a Kind from the hook clockhand_works$",
        ),
        (
            lambda: _job(work=_Shout(("x",), extra={1, 2})),
            r"^job 'a': work\.extra: can't be written as JSON: TypeError: Object of",
        ),
        (
            lambda: _job(work=_Shout(("x",), extra=b"x")),
            r"^job 'a': work\.extra: can't be written as JSON: TypeError: Object of",
        ),
        (
            lambda: _job(work=_Shout(("x",), ratio=float("nan"))),
            r"^job 'a': work\.ratio: can't be written as JSON: ValueError: ",
        ),
        (
            lambda: _job(metadata={"a": "x" * MAX_LENGTH}),
            r"^job 'a': 1,000,\d+ characters of JSON, at most 1,000,000 are kept; put large",
        ),
    ],
)
def test_what_can_not_be_written_is_named(job, says):
    """By its field, when the job is put into a store and not when it is to run."""
    with pytest.raises(DefinitionError, match=says):
        CODEC.dump(job())


def _text(**changes):
    record = json.loads(CODEC.dump(_job()).text)
    record.update(changes)
    return json.dumps({key: value for key, value in record.items() if value is not ...})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "definition: not JSON: Expecting value"),
        ("{", "definition: not JSON: "),
        ("\ufeff{}", "definition: not JSON: Unexpected UTF-8 BOM"),
        (b"\xff\xfe{\x00}\x00", "definition: not UTF-8, at byte 0"),
        ("{}".encode("utf-16-le"), "definition: not JSON: "),
        (b"\x80\x04\x95", "definition: not UTF-8, at byte 0"),
        ("[]", "definition: not a JSON object, found []"),
        ("null", "definition: not a JSON object, found None"),
        ('"x"', "definition: not a JSON object, found 'x'"),
        ("{}", "definition: no version 'v', found None"),
        ('{"v":"1"}', "definition: no version 'v', found '1'"),
        ('{"v":true}', "definition: no version 'v', found True"),
        ('{"v":1.0}', "definition: no version 'v', found 1.0"),
        ('{"v":0}', "definition: no version 'v', found 0"),
        ('{"v":1,"v":1}', "definition: not JSON: the key 'v' is there twice"),
        ('{"v":1,"metadata":{"a":1,"a":2}}', "definition: not JSON: the key 'a' is there twice"),
        ('{"v":1,"x":NaN}', "definition: not JSON: 'NaN' is no number that can be written back"),
        ('{"v":1,"x":-Infinity}', "definition: not JSON: '-Infinity' is no number"),
        ('{"v":1,"x":1e999}', "definition: not JSON: '1e999' is no number that can be written back"),
        ('{"v":' + "9" * 5000 + "}", "definition: not JSON: Exceeds the limit"),
        ("[" * 100_000, "definition: nested too deeply"),
        ('{"v":1,"a":' + '{"a":' * 100_000, "definition: nested too deeply"),
        (" " * (MAX_LENGTH + 1), "definition: 1,000,001 characters, at most 1,000,000 are read"),
        (_text(surprise=1), "definition: unknown field 'surprise'"),
        (_text(alias="../x"), "definition: alias: '../x' begins with '.'"),
        (_text(alias=...), "definition: alias: not a text, given None"),
        (_text(work=...), "definition: work has no 'use', found None"),
        (_text(work="python"), "definition: work has no 'use', found 'python'"),
        (_text(work={"use": ["python"]}), "definition: work has no 'use', found {'use': ['python']}"),
        (_text(work={"use": "python"}), "definition: work python: option 'function' is missing"),
        (
            _text(work={"use": "python", "function": 5}),
            "definition: work python.function: not a text, given 5",
        ),
        (
            _text(work={"use": "python", "function": "os.system"}),
            "definition: work python: function: not a reference",
        ),
        (
            _text(work={"use": "python", "function": "a:f", "callable": "os:system"}),
            "definition: work python: unknown option 'callable'",
        ),
        (
            _text(work={"use": "explosive", "fuse": 0}),
            "definition: work explosive: ZeroDivisionError: division by zero",
        ),
        (_text(triggers=...), "definition: triggers are not a list, found None"),
        (_text(triggers={}), "definition: triggers are not a list, found {}"),
        (_text(triggers=["x"]), "definition: trigger has no 'use', found 'x'"),
        (_text(triggers=[]), "definition: triggers: job 'a' has no timer"),
        (
            _text(triggers=[{"use": "every", "period": "-1s"}]),
            "definition: trigger every: every: a period must be",
        ),
        (
            _text(triggers=[{"use": "every", "period": "1s"}] * 2),
            "definition: triggers: job 'a' has 2 timers",
        ),
        (_text(start_time=5), "definition: start_time: not a datetime, given 5"),
        (_text(start_time="2026-03-01T09:00:00"), "definition: start_time: a datetime without a time zone"),
        (_text(overlap="queue-most"), "definition: overlap: unknown value 'queue-most'"),
        (_text(timeout={}), "definition: timeout: not a length of time, given {}"),
        (_text(tags="x"), "definition: tags: not a list of texts, given 'x'"),
        (_text(metadata=[]), "definition: metadata: not a table with text keys"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_what_is_no_definition(text, says):
    """One error, UnreadableDefinition, with what is wrong: the row goes into quarantine, the others go on."""
    with pytest.raises(UnreadableDefinition) as caught:
        CODEC.load(text)
    assert not isinstance(caught.value, NewerDefinition)
    assert str(caught.value).startswith(says)
    assert len(str(caught.value)) < 600


def test_a_newer_version_is_told_apart():
    """Whatever else is in it: it must not be read by halves."""
    with pytest.raises(NewerDefinition) as caught:
        CODEC.load('{"v":2,"surprise":1}')
    assert str(caught.value) == "definition: of version 2, this clockhand reads up to 1; upgrade it"


@pytest.mark.parametrize("depth", [10, 90, 100, 300, 600, 900, 950, 990, 5_000, 200_000])
@pytest.mark.parametrize("place", ["metadata", "work", "opaque", "trigger", "unknown"])
def test_depth_bombs(depth, place):
    """However deep, and wherever: it is read and can be written back, or it is unreadable."""
    bomb = "[" * depth + "]" * depth
    texts = {
        "metadata": _text(metadata={"a": "BOMB"}),
        "work": _text(work={"use": "python", "function": "a:f", "args": ["BOMB"]}),
        "opaque": _text(work={"use": "unheard-of", "a": "BOMB"}),
        "trigger": _text(triggers=[{"use": "every", "period": "BOMB"}]),
        "unknown": _text(surprise="BOMB"),
    }
    text = texts[place].replace('"BOMB"', bomb)
    try:
        job = CODEC.load(text)
    except UnreadableDefinition:
        assert depth > 90 or place in {"trigger", "unknown"}
    else:
        assert depth <= MAX_DEPTH
        assert bomb in CODEC.dump(job).text


def test_what_is_too_deep_is_not_written():
    """Else it couldn't be read again."""
    deep: Any = 1
    for _ in range(MAX_DEPTH):
        deep = [deep]
    with pytest.raises(DefinitionError, match=r"^job 'a': nested too deeply, at most 100 levels are kept$"):
        CODEC.dump(_job(metadata={"a": deep}))
    tuples: Any = ()
    for _ in range(MAX_DEPTH):
        tuples = (tuples,)
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(DefinitionError, match=r"^job 'a': nested too deeply, at most 100 levels are kept$"):
        CODEC.dump(_job(work=_Shout(("x",), extra=tuples)))
    with pytest.raises(DefinitionError, match=r"^job 'a': nested too deeply$"):
        CODEC.dump(_job(work=_Shout(("x",), extra=deep)))


def test_many_brackets_are_not_deep():
    """A long list of short lists is fine, and so are brackets in a text."""
    job = _job(metadata={"a": [[]] * 1_000, "b": "[{" * 1_000})
    assert CODEC.load(CODEC.dump(job).text) == job


def test_hostile_texts_import_and_build_nothing():
    """A reference is a name that is looked up, a kind is one that was registered; nothing else happens."""
    before = set(sys.modules)
    job = CODEC.load(_text(work={"use": "python", "function": "antigravity:geohash"}))
    assert "antigravity" not in sys.modules
    with pytest.raises(Unresolved):
        Functions().get(job.work.function)
    part = CODEC.load(_text(work={"use": "subprocess.Popen", "args": ["true"]})).work
    assert part == Opaque("work", "subprocess.Popen", {"args": ["true"]})
    part = CODEC.load(_text(triggers=[{"use": "builtins:eval", "py/object": "os.system"}])).triggers[0]
    assert type(part) is Opaque
    assert not {name for name in set(sys.modules) - before if name.startswith(("antigravity", "this"))}


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=5)
        | st.sampled_from(["python", "every", "a:f", "1s"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "v",
                        "use",
                        "alias",
                        "work",
                        "triggers",
                        "function",
                        "period",
                        "moments",
                        "spec",
                        "tz",
                        "args",
                        "tags",
                        "metadata",
                        "timeout",
                        "start_time",
                    ]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=20,
    )
)
def test_nothing_but_unreadable_comes_out(record):
    """Random JSON of the right words is a job or unreadable."""
    if isinstance(record, dict):
        record["v"] = 1
    try:
        job = CODEC.load(json.dumps(record))
    except UnreadableDefinition:
        return
    assert CODEC.load(CODEC.dump(job).text) == job


@given(st.binary(max_size=200))
def test_random_bytes_are_unreadable(data):
    """Whatever a disk may give back."""
    with pytest.raises(UnreadableDefinition):
        CODEC.load(data)


def test_lone_surrogates_survive():
    """JSON can hold half a character; what came in goes out."""
    job = _job(title="\ud800", metadata={"\udfff": "\ud800"})
    text = CODEC.dump(job).text
    assert text.isascii()
    assert CODEC.load(text) == job


def test_a_text_is_read_once():
    """A job that didn't change is the same object: listing ten thousand rows is cheap."""
    text = CODEC.dump(_job()).text
    assert CODEC.load(text) is CODEC.load(text)
