"""Jobs: what one is made of, every bad field by its name, and how it is changed and compared."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from clockhand import Job, at, call, every, use
from clockhand.contracts import Condition, Delivery, Opaque, Overlap, Timer, Work, checked_json
from clockhand.errors import DefinitionError, Unresolved

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


def _refresh(*args, **kwargs):
    pass


async def _arefresh():
    pass


@attrs.frozen
class _Weekday(Condition):
    reads = frozenset()

    def passes(self, context):
        return context.due.weekday() < 5


@attrs.frozen
class _Paced(Work):
    seconds: float = 1.0

    async def func(self, context):
        pass

    @property
    def proposed_timeout(self):
        return timedelta(seconds=60)


class _Twice(Timer):
    """A timer that can also be iterated over."""

    def next_after(self, moment, facts=None):
        return None

    def last_before(self, moment, *, since, facts=None):
        return None

    def count(self, first, last, facts=None):
        return 0

    def __iter__(self):
        return iter("ab")


def _job(**fields):
    return Job(**{"alias": "nightly", "work": call(_refresh), "triggers": every(minutes=5), **fields})


def test_the_least_a_job_can_be():
    """An alias, a work and a timer; all else has a default."""
    made = _job()
    assert made.triggers == (every(minutes=5),)
    assert (made.timer, made.conditions, made.missing) == (every(minutes=5), (), ())
    assert (made.overlap, made.catch_up, made.delivery) == (None, None, None)
    assert (made.executor, made.wanted_executor, made.timeout, made.limit) == (None, "thread", None, None)


def test_the_most_a_job_can_be():
    """Texts are taken for the words of a policy; moments are kept in UTC; triggers in their order."""
    made = _job(
        triggers=[_Weekday(), every(minutes=5)],
        title="Fetch 🕑\n",
        executor="pool-2",
        start_time=datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/Berlin")),
        end_time=datetime(2026, 7, 1, 7, tzinfo=UTC),
        overlap="parallel",
        delivery="at-most-once",
        timeout="1m30s",
        tags=["a", "b", "a"],
        metadata={"team": ("x", 1)},
    )
    assert made.start_time == made.end_time
    assert made.start_time.tzinfo is UTC
    assert (made.timer, made.conditions) == (every(minutes=5), (_Weekday(),))
    assert made.timeout == made.limit == timedelta(seconds=90)
    assert (made.tags, made.metadata) == (frozenset("ab"), {"team": ["x", 1]})
    assert made.overlap is Overlap.PARALLEL
    assert made.delivery is Delivery.AT_MOST_ONCE


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"alias": ""}, "alias: empty, give it 1 to 128 characters"),
        ({"alias": "a" * 10_000}, "alias: 10,000 characters, at most 128 are allowed"),
        ({"alias": "a\nb"}, r"alias: 'a\nb' has '\n'; use letters"),
        ({"alias": "a\0b"}, r"alias: 'a\x00b' has '\x00'; use letters"),
        ({"alias": "🕑"}, r"alias: '🕑' has '\U0001f551'; use letters"),
        ({"alias": "../x"}, "alias: '../x' begins with '.'; begin with"),
        ({"work": _refresh}, "work: <function _refresh"),
        (
            {"work": None},
            "work: None is not a Work; for a function write call(function), for a type of your own",
        ),
        (
            {"work": use("system", program="date")},
            "work: use('system', ...) chooses a silo, a history or an executor; give the work itself",
        ),
        ({"work": _Paced}, "work: _Paced is a class, give a value of it: _Paced(...)"),
        ({"triggers": ()}, "triggers: job 'nightly' has no timer, give it at(...), every(...), cron(...)"),
        ({"triggers": _Weekday()}, "triggers: job 'nightly' has no timer, give it"),
        (
            {"triggers": [every(seconds=1), at(NINE)]},
            (
                "triggers: job 'nightly' has 2 timers, give it one; any_of(...) makes one timer of several, "
                "all_of(...) asks for all of them at once"
            ),
        ),
        ({"triggers": "every 5 minutes"}, "triggers: 'every 5 minutes' is neither a timer nor a condition"),
        ({"triggers": [every(seconds=1), None]}, "triggers: None is neither a timer nor a condition"),
        ({"triggers": {"use": "every"}}, "triggers: {'use': 'every'} is neither a timer nor a condition"),
        ({"triggers": type(every(1))}, "triggers: Every is a class, give a value of it"),
        ({"triggers": [every(1), _Weekday]}, "triggers: _Weekday is a class, give a value of it"),
        ({"title": 5}, "title: not a text, given 5"),
        ({"title": "x" * 1001}, "title: 1,001 characters, at most 1,000 are allowed"),
        ({"executor": "a b"}, "executor: 'a b' has ' '; use letters"),
        ({"executor": ""}, "executor: empty, give it"),
        (
            {"start_time": datetime(2026, 1, 1)},
            "start_time: a datetime without a time zone, given 2026-01-01T00:00:00; ",
        ),
        (
            {"end_time": datetime(2026, 1, 1)},
            "end_time: a datetime without a time zone, given 2026-01-01T00:00:00; ",
        ),
        ({"start_time": "2026-01-01T00:00:00Z"}, "start_time: not a datetime, given '2026-01-01T00:00:00Z'"),
        ({"end_time": date(2026, 1, 1)}, "end_time: not a datetime, given datetime.date(2026, 1, 1)"),
        (
            {"start_time": NINE, "end_time": NINE - timedelta(seconds=1)},
            "end_time: 2026-03-01T08:59:59+00:00 is before start_time 2026-03-01T09:00:00+00:00",
        ),
        ({"timeout": 0}, "timeout: not longer than zero, given 0; write 'none' for no limit"),
        ({"timeout": "-5s"}, "timeout: not longer than zero, given '-5s'; write 'none' for no limit"),
        ({"timeout": "soon"}, "timeout: not a length of time, given 'soon'; write it like '90s' or '1h30m'"),
        ({"timeout": float("nan")}, "timeout: not a length of time, given nan; write it like"),
        ({"timeout": 1e300}, "timeout: too long, given 1e+300"),
        ({"timeout": True}, "timeout: not a length of time, given True; write it like"),
        ({"tags": "night"}, "tags: not a list of texts, given 'night'"),
        ({"tags": 5}, "tags: not a list of texts, given 5"),
        ({"tags": ["a b"]}, "tags: 'a b' has ' '; use letters"),
        ({"tags": [[]]}, "tags: not a text, given []"),
        ({"metadata": []}, "metadata: not a table with text keys, given []"),
        ({"metadata": {1: 2}}, "metadata: not a table with text keys, given {1: 2}"),
        (
            {"metadata": {"a": {1, 2}}},
            "metadata: not JSON (Object of type set is not JSON serializable), given",
        ),
        ({"metadata": {"a": float("nan")}}, "metadata: not JSON (Out of range float values"),
        (
            {"metadata": {"a": NINE}},
            "metadata: not JSON (Object of type datetime is not JSON serializable), given",
        ),
    ],
)
def test_every_bad_field_is_named(fields, says):
    """A DefinitionError when the job is made, that begins with the field and shows what was given."""
    with pytest.raises(DefinitionError) as caught:
        _job(**fields)
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_a_field_that_nests_without_end():
    """Neither a list that holds itself nor one as deep as a mine is a RecursionError."""
    loop: list[object] = []
    loop.append(loop)
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    for endless in (loop, deep):
        with pytest.raises(DefinitionError, match=r"^metadata: nested too deeply for JSON$"):
            _job(metadata={"a": endless})
    with pytest.raises(
        DefinitionError, match=r"^tags: not a text, given <list, whose repr raised RecursionError>"
    ):
        _job(tags=[deep])


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (lambda: call(_refresh, {1, 2}), r"^function '_refresh': args\[0\]: not JSON .*, given \{1, 2\}$"),
        (lambda: call(_refresh, key=b"x"), r"^function '_refresh': kwargs\.key: not JSON .*, given b'x'$"),
        (lambda: call(_arefresh, 1), r"^function '.*:_arefresh': too many positional arguments \(1 given\)"),
        (lambda: call(5), r"^function: 5 can't be called; give a function or 'module:name'$"),
        (lambda: call("no reference"), r"^function: not a reference, given 'no reference'; write it like"),
    ],
)
def test_a_bad_call_is_named(work, says):
    """The function, and the argument that isn't JSON or doesn't fit."""
    with pytest.raises(DefinitionError, match=says):
        work()


def test_a_timer_that_can_be_iterated_over_is_one_trigger():
    """What is a trigger is not taken apart."""
    made = _job(triggers=_Twice())
    assert len(made.triggers) == 1


def test_what_a_work_proposes_and_what_the_job_says():
    """The job's own word goes first; "none" takes the work's limit away."""
    assert _job(work=_Paced()).limit == timedelta(seconds=60)
    assert _job(work=_Paced(), timeout=5).limit == timedelta(seconds=5)
    assert _job(work=_Paced(), timeout="none").limit is None
    assert _job(work=_Paced()).wanted_executor == "async"
    assert _job(work=call(_arefresh)).wanted_executor == "async"
    assert _job(work=_Paced(), executor="mine").wanted_executor == "mine"


def test_jobs_are_compared_by_value():
    """Equal fields, equal jobs and equal hashes; any other field, another job."""
    one, two = _job(metadata={"a": 1}, tags=["x"]), _job(metadata={"a": 1}, tags=["x"])
    assert one == two
    assert hash(one) == hash(two)
    assert len({one, two}) == 1
    for changes in (
        {"alias": "other"},
        {"work": call(_arefresh)},
        {"triggers": every(minutes=6)},
        {"title": "x"},
        {"executor": "thread"},
        {"start_time": NINE},
        {"end_time": NINE},
        {"overlap": "parallel"},
        {"delivery": "at-most-once"},
        {"timeout": 5},
        {"timeout": "none"},
        {"tags": []},
        {"metadata": {"a": 2}},
    ):
        assert one.modify(**changes) != one


def test_modify_gives_a_changed_copy():
    """The job itself stays as it is, and can't be written to."""
    one = _job()
    two = one.modify(title="Nightly", timeout="5m")
    assert (one.title, two.title, two.timeout) == ("", "Nightly", timedelta(minutes=5))
    assert two.modify(title="", timeout=None) == one
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.title = "x"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"titl": "x"}, "job 'nightly': unknown field 'titl', did you mean 'title'?"),
        ({"args": []}, "job 'nightly': unknown field 'args', did you mean 'tags'?"),
        (
            {"zzz": 1},
            "job 'nightly': unknown field 'zzz', known: alias, catch_up, catch_up_limit, catch_up_window, ",
        ),
        ({"timeout": -1}, "timeout: not longer than zero, given -1"),
        ({"triggers": []}, "triggers: job 'nightly' has no timer"),
    ],
)
def test_modify_refuses_what_the_job_could_not_be(changes, says):
    """An unknown field with the nearest name; a known one as when the job is made."""
    with pytest.raises(DefinitionError) as caught:
        _job().modify(**changes)
    assert str(caught.value).startswith(says)


def test_triggers_are_added_and_removed_in_copies():
    """A second timer is refused as ever; what isn't there can't be removed."""
    one = _job()
    two = one.add_trigger(_Weekday())
    assert (one.conditions, two.conditions) == ((), (_Weekday(),))
    assert two.remove_trigger(_Weekday()) == one
    with pytest.raises(DefinitionError, match=r"has 2 timers"):
        one.add_trigger(at(NINE))
    with pytest.raises(DefinitionError, match=r"^triggers: job 'nightly' has no _Weekday\(\)$"):
        one.remove_trigger(_Weekday())
    with pytest.raises(DefinitionError, match=r"has no timer"):
        one.remove_trigger(every(minutes=5))


def test_a_job_with_a_part_that_is_not_here():
    """It can be held and compared; what is missing is named, and asking it for the timer is Unresolved."""
    made = _job(work=Opaque("work", "blink", {"a": 1}), triggers=[Opaque("trigger", "moon")])
    assert made.missing == ("work 'blink'", "trigger 'moon'")
    assert made == made.modify()
    assert hash(made) == hash(made.modify())
    assert (made.wanted_executor, made.limit) == ("async", None)
    with pytest.raises(Unresolved, match=r"^trigger 'moon': no plugin here offers it$"):
        _ = made.timer
    with pytest.raises(Unresolved, match=r"^work 'blink': no plugin here offers it$"):
        made.work.func(None)


def test_checked_json_is_what_json_would_give_back():
    """Tuples become lists, and the result shares nothing with what was given."""
    inner = [1]
    made = checked_json({"a": (1, 2), "b": inner}, "x")
    inner.append(2)
    assert made == {"a": [1, 2], "b": [1]}


@pytest.mark.parametrize("value", [{1: 2}, [{"a": {None: 1}}], ({True: 1},)])
def test_keys_that_json_would_turn_into_texts(value):
    """What would come back as something else is refused."""
    with pytest.raises(DefinitionError) as caught:
        checked_json(value, "x")
    assert str(caught.value) == f"x: not JSON (only texts can be keys), given {value!r}"
