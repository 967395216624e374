"""The closed lists of words."""

from clockhand.contracts import CatchUp, Delivery, Overlap, Result, Verdict


def test_the_words():
    """They stand in every ledger and every configuration: none may change."""
    assert list(Result) == ["succeeded", "failed", "timed-out", "cancelled", "interrupted", "lost"]
    assert list(Verdict) == [
        "succeeded",
        "failed",
        "timed-out",
        "cancelled",
        "lost",
        "missed",
        "coalesced",
        "overlap-skipped",
        "excluded",
        "paused",
        "vetoed",
        "removed",
        "quarantined",
    ]
    assert list(Overlap) == ["skip", "queue-one", "queue-all", "cancel-previous", "parallel"]
    assert list(CatchUp) == ["none", "latest", "all"]
    assert list(Delivery) == ["at-least-once", "at-most-once"]


def test_which_verdicts_ran():
    """The first five."""
    assert [verdict for verdict in Verdict if verdict.ran] == list(Verdict)[:5]
