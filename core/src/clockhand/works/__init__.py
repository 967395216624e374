"""What a run does: the work kind `python`, which core offers, and `secrets` for kinds of your own."""

from __future__ import annotations

from clockhand.works.functions import Functions
from clockhand.works.python import (
    Call,
    call,
    durable_problem,
    problem_with_executor,
    python_kind,
)

__all__ = ["Call", "Functions", "call", "durable_problem", "problem_with_executor", "python_kind"]
