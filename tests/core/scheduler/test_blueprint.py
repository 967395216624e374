"""What a scheduler is told in code, checked where it is told."""

import pytest

from clockhand import Scheduler, every
from clockhand.contracts import JobFilter, Query
from clockhand.errors import ConfigError, DefinitionError


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"plugins": "abc"}, "plugins: not a list, given 'abc'; give modules or objects with hooks"),
        ({"plugins": 7}, "plugins: not a list, given 7"),
        ({"plugins": ["abc"]}, "plugins[0]: not a module or an object with hooks, given 'abc'"),
        ({"block": "abc"}, "block: one text, given 'abc'; write a list of texts"),
        ({"only": b"abc"}, "only: one text, given b'abc'; write a list of texts"),
        ({"modules": "abc"}, "modules: one text, given 'abc'; write a list of texts"),
        ({"modules": 7}, "modules: not a list of texts, given 7"),
        ({"block": [7]}, "block: not a text, given 7"),
    ],
)
def test_a_text_is_no_list_of_names(options, says):
    """Its letters are not what anybody means."""
    with pytest.raises(ConfigError) as caught:
        Scheduler(**options)
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("made", "field"),
    [(JobFilter, "aliases"), (JobFilter, "tags"), (Query, "jobs"), (Query, "whats"), (Query, "verdicts")],
)
def test_a_filter_by_one_text_is_refused(made, field):
    """It would match whatever is a part of it."""
    with pytest.raises(DefinitionError) as caught:
        made(**{field: "abc"})
    assert str(caught.value) == f"{field}: one text, given 'abc'; write {{'abc'}}"
    assert made(**{field: frozenset()}) == made(**{field: frozenset()})


def test_arguments_are_a_list():
    """A text would be as many arguments as it has letters."""
    with pytest.raises(
        DefinitionError, match=r"args: not a list, given 'abc'; write args=\('abc',\) for one"
    ):
        Scheduler().job(every(minutes=5), args="abc")
