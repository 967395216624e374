"""A contract's laws can't be dropped quietly, and can be run one by one."""

import attrs
import pytest

from clockhand.testing import Contract, HistoryContract, SiloContract, law, laws_of, run_law
from clockhand_memory.plugin import SILO


class Small(Contract):
    """A contract of two laws."""

    def rig(self, options):
        """Return a rig that does nothing."""
        return Rig(options)

    @law
    async def test_holds(self, rig):
        """It holds."""
        assert rig.options == SILO.options()

    @law(needs="durable")
    async def test_lasts(self, rig):
        """It never does."""
        raise LookupError(rig)


class Rig:
    def __init__(self, options):
        self.options = options

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_error):
        pass


DURABLE = attrs.evolve(SILO, supports={"durable"})


def test_a_law_runs_by_itself():
    """run_law opens the kind, runs the law, and is quiet when it holds; the prefix may be left out."""
    run_law(Small, "holds", SILO, SILO.options)
    run_law(Small, "test_holds", SILO, SILO.options)


def test_a_law_for_an_ability_is_skipped_without_it():
    """A kind that doesn't name the ability skips the law with a reason; one that does is held to it."""
    with pytest.raises(pytest.skip.Exception, match="'memory' does not say that it is durable"):
        run_law(Small, "lasts", SILO, SILO.options)
    with pytest.raises(AssertionError, match="test_lasts: LookupError"):
        run_law(Small, "lasts", DURABLE, SILO.options)


def test_a_contract_brings_a_rig():
    """A contract without one can't hold anything."""

    class Bare(Contract):
        @law
        async def test_anything(self, rig):
            """It doesn't get that far."""

    with pytest.raises(AssertionError, match="NotImplementedError"):
        run_law(Bare, "anything", SILO, SILO.options)


def test_an_unknown_law_is_an_error():
    """The error names the laws there are."""
    with pytest.raises(LookupError, match="Small: no law 'other', known: test_holds, test_lasts"):
        run_law(Small, "other", SILO, SILO.options)


def test_a_law_can_not_be_replaced_quietly():
    """A class that replaces a law fails when it is made, that is, at import."""
    expected = r"Mine.test_holds: replaces a law of the contract without saying why; mark it with pytest"
    with pytest.raises(TypeError, match=expected):

        class Mine(Small):
            def test_holds(self):
                assert True


def test_a_law_can_not_be_taken_out():
    """Setting a law to None, or hiding it behind another base, is found too."""
    with pytest.raises(TypeError, match="test_holds"):

        class Without(Small):
            test_holds = None

    class Hider:
        def test_holds(self):
            assert True

    with pytest.raises(TypeError, match="test_holds"):

        class Hidden(Hider, Small):
            pass


def test_an_xfail_needs_a_reason():
    """The mark alone is not enough."""
    with pytest.raises(TypeError, match="test_holds"):

        class Mute(Small):
            @pytest.mark.xfail
            def test_holds(self):
                assert True


def test_a_reasoned_xfail_may_replace_a_law():
    """Whoever says why may mark a law as known to fail, and call it."""

    class Honest(Small):
        @pytest.mark.xfail(reason="the server can't do it before 2.0", strict=True)
        def test_holds(self, options):
            super().test_holds(options)

    assert Honest.test_holds.pytestmark[0].kwargs["reason"].startswith("the server")


@pytest.mark.parametrize("contract", [SiloContract, HistoryContract])
def test_each_law_says_what_it_holds(contract):
    """Every law has a docstring of its own, one sentence at least."""
    names = laws_of(*contract.__mro__)
    assert len(names) == len(set(names)) >= 15
    for name in names:
        doc = getattr(contract, name).__doc__
        assert doc, f"{name} has no docstring"
        assert doc.strip().endswith("."), name
