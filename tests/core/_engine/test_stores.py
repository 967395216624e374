"""How silos and histories are opened: who only looks says so to the history."""

import attrs
import pytest

from clockhand import use
from clockhand.hookspecs import hookimpl
from clockhand_memory.plugin import HISTORY
from clockhand_sqlite.plugin import SILO


class Noting:
    """A plugin with a silo and a history that note whether they are opened only to be read."""

    def __init__(self):
        self.noted = []

    def kind(self, real):
        """Return the kind *real* under another name, whose stores note it."""

        def make(options):
            store = real.make(options)
            startup = store.startup

            async def noted(context):
                self.noted.append((context.alias, context.read_only))
                await startup(context)

            store.startup = noted
            return store

        return attrs.evolve(real, name="noting", make=make)

    @hookimpl
    def clockhand_silos(self):
        """Return the silo."""
        return [self.kind(SILO)]

    @hookimpl
    def clockhand_histories(self):
        """Return the history."""
        return [self.kind(HISTORY)]


@pytest.mark.parametrize("attached", [False, True])
def test_who_attaches_only_reads_the_history(make, virtual, tmp_path, attached):
    """A scheduler writes it; the silo is written to by both."""
    plugin = Noting()
    scheduler = make(
        silo=use("noting", path=str(tmp_path / "jobs.db")), history=use("noting"), plugins=[plugin]
    )

    async def main():
        async with scheduler.attach() if attached else scheduler:
            pass

    virtual(main)
    assert plugin.noted == [("default", False), ("history", attached)]
