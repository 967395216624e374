"""What a program prints, as it is shown while it runs: whole characters, and never a part of a secret."""

from __future__ import annotations

import asyncio
import sys

from hypothesis import given
from hypothesis import strategies as st

from clockhand.testing.works import BenchContext, WorkBench, claim_of
from clockhand.works.secrets import Secrets
from clockhand_system.live import LONGEST, Live
from clockhand_system.work import System

PROGRAM = System(program="true")
TEXTS = st.text("ab\né", max_size=30)


def _shown(data, cuts, *values):
    """Return the pieces that are shown of *data*, which comes cut into so many bytes each."""
    secrets = Secrets({f"V{number}": value for number, value in enumerate(values)})
    for number in range(len(values)):
        secrets.resolve(f"${{env:V{number}}}")
    context = BenchContext(claim_of(PROGRAM))
    live = Live("stderr", context, secrets)
    for cut in cuts:
        live.add(data[:cut])
        data = data[cut:]
    live.add(data)
    live.close()
    assert {stream for stream, _ in context.printed} <= {"stderr"}
    return [text for _, text in context.printed], secrets


@given(TEXTS, st.lists(st.integers(0, 9), max_size=12))
def test_without_secrets_it_is_what_was_printed(text, cuts):
    """However the bytes come in, also in the middle of a character."""
    pieces, _ = _shown(text.encode(), cuts)
    assert "".join(pieces) == text


@given(
    TEXTS,
    st.lists(st.integers(0, 9), max_size=12),
    st.lists(st.text("ab\n", min_size=1, max_size=5), max_size=2),
)
def test_no_value_is_seen_however_it_is_cut(text, cuts, values):
    """All pieces together are what the whole would be with the values taken out."""
    pieces, secrets = _shown(text.encode(), cuts, *values)
    whole = secrets.redact(text)
    together = "".join(pieces)
    # Values that touch become one mark in the whole, and may be several where it was cut.
    assert together.replace("***", "*").replace("*", "") == whole.replace("***", "*").replace("*", "")
    for value in values:
        assert value not in together


def test_nothing_waits_for_ever():
    """What might become a secret is held back, but not more than so much of it."""
    pieces, _ = _shown(b"a" * (3 * LONGEST), [LONGEST] * 3, "a" * (4 * LONGEST))
    assert len(pieces) > 1


def test_a_program_is_seen_while_it_runs():
    """Each line is there before the next is printed."""
    code = "import sys; print('one', flush=True); sys.stdin.read(0); print('two', file=sys.stderr)"

    async def main():
        async with WorkBench() as bench:
            run = bench.start(System(program=sys.executable, args=["-c", code]), watched=True)
            assert (await run.outcome(30)).result == "succeeded"
            return run.context.printed

    assert asyncio.run(main()) == [("stdout", "one\n"), ("stderr", "two\n")]


def test_a_program_that_nobody_watches_is_not_shown():
    """Only its record has it."""

    async def main():
        async with WorkBench() as bench:
            run = bench.start(System(program="echo", args=["one"]))
            outcome = await run.outcome(30)
            return run.context.printed, outcome.output["stdout"]

    assert asyncio.run(main()) == ([], "one\n")
