"""The options that are made of the policies: each of them, with help, and the words that it may be."""

from __future__ import annotations

from enum import StrEnum
from typing import get_args

import attrs
import pytest

from clockhand.contracts import CatchUp, Delivery, Overlap, Policies
from clockhand_cli import policies

NAMES = [field.name for field in attrs.fields(Policies)]


def test_each_policy_has_its_help() -> None:
    """No policy is without a line, and no line is left of one that is gone."""
    assert list(policies.HELP) == NAMES


@pytest.mark.parametrize("words", [Overlap, CatchUp, Delivery])
def test_words_are_offered(words: type[StrEnum]) -> None:
    """A policy that is one of a few words takes those and no other."""
    name = {Overlap: "overlap", CatchUp: "catch_up", Delivery: "delivery"}[words]
    given = get_args(policies.GivenPolicies)[0]
    made = next(one for one in get_args(given) if attrs.has(one))
    hint = get_args(getattr(attrs.fields(made), name).type)[0]
    assert get_args(next(one for one in get_args(hint) if one is not type(None))) == tuple(words)


def test_only_what_was_given_counts() -> None:
    """What nobody said is not in the table, so that the defaults count."""
    assert policies.table_of(None) == {}
    given = next(one for one in get_args(get_args(policies.GivenPolicies)[0]) if attrs.has(one))
    assert policies.table_of(given(overlap="skip")) == {"overlap": "skip"}
