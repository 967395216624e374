"""The tables of the page about architecture against the source."""

import re
import tomllib
import typing

from clockhand import SchedulerState, msgs
from clockhand._model.state import MOVES
from clockhand.contracts import Result, Verdict
from clockhand.testing import SiloContract, laws_of

TICKED = re.compile("`([^`]+)`")


def test_the_states_and_their_moves_are_those_of_the_table(docs):
    """The page has each state, and what it may become."""
    rows = docs("architecture.md").table("## The states of a scheduler")
    found = {SchedulerState(TICKED.findall(row[0])[0]): set(TICKED.findall(row[1])) for row in rows}
    assert found == {state: set(map(str, moves)) for state, moves in MOVES.items()}
    assert [TICKED.findall(row[0])[0] for row in rows] == list(SchedulerState)


def test_the_outcomes_and_verdicts_are_those_of_the_lists(docs):
    """The page has each outcome and each verdict, and says of each verdict whether the occurrence ran."""
    page = docs("architecture.md")
    outcomes = [TICKED.findall(row[0])[0] for row in page.table("### How one attempt ends")]
    assert outcomes == list(Result)
    verdicts = {TICKED.findall(row[0])[0]: row[1] for row in page.table("### What became of an occurrence")}
    assert verdicts == {verdict: "yes" if verdict.ran else "no" for verdict in Verdict}


def test_the_floors_are_those_that_are_checked(docs, root):
    """The page has the floors in the order in which import-linter holds them."""
    settings = tomllib.loads((root / "pyproject.toml").read_text())
    (contract,) = (one for one in settings["tool"]["importlinter"]["contracts"] if one["id"] == "floors")
    rows = docs("architecture.md").table("## The floors")
    assert [TICKED.findall(row[0]) for row in rows] == [layer.split(" | ") for layer in contract["layers"]]


def test_each_msg_is_on_the_page_with_its_reply(docs):
    """The table has each Msg, in the order of the source, and the type that its reply has."""
    kinds = [
        value
        for value in vars(msgs).values()
        if isinstance(value, type) and issubclass(value, msgs.Msg) and value is not msgs.Msg
    ]
    wanted = {}
    for kind in kinds:
        (base,) = (base for base in kind.__orig_bases__ if typing.get_origin(base) is msgs.Msg)
        (reply,) = typing.get_args(base)
        plain = isinstance(reply, type) and not typing.get_args(reply)
        wanted[kind.__name__] = reply.__name__ if plain else re.sub(r"[\w.]*\.(?=\w)", "", str(reply))
    rows = docs("architecture.md").table("## What it can be asked")
    found = {TICKED.findall(row[0])[0]: TICKED.findall(row[1])[0] for row in rows}
    assert found.keys() == wanted.keys()
    assert found == {name: _short(reply) for name, reply in wanted.items()}


def _short(reply):
    if reply == "NoneType":
        return "None"
    return "tuple[JobInfo, ...]" if "JobInfo" in reply and "tuple" in reply else reply


def test_the_contract_has_about_as_many_laws_as_the_pages_say(root):
    """Some hundred and thirty laws: the pages round, they don't boast."""
    laws = len(laws_of(*SiloContract.__mro__))
    assert 125 <= laws <= 145, "say another number in README.md and docs/registering-a-store.md"
