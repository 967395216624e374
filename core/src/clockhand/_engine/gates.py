"""Gates: plugins that may veto a run or a Msg. Timed, fail closed, and named on record."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import attrs

from clockhand._clock import Clock
from clockhand.errors import shown, told
from clockhand.executors.outcomes import first_line

PATIENCE: Final = 2.0
"""Seconds of real time that a gate may take over one answer."""

Ask = Callable[[Any], object]

_log = logging.getLogger("clockhand.gates")


@attrs.define
class _Round:
    """Questions to one gate, and its answers so far; an empty answer lets pass."""

    questions: Sequence[Any]
    answers: list[str] = attrs.field(factory=list)
    news: threading.Condition = attrs.field(factory=threading.Condition)
    given_up: bool = False
    """Nobody waits for the answers any more."""
    over: bool = False
    """The gate is not busy with it any more."""


class Gate:
    """One plugin's gate, on a daemon thread that is started when it is first asked."""

    def __init__(self, plugin: str, ask: Ask) -> None:
        self.plugin = plugin
        self._ask = ask
        self._rounds: queue.SimpleQueue[_Round] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._latest: _Round | None = None
        self._turn = threading.Lock()
        """Held for a round: who asks beside another waits until that one has its answers."""

    def hangs(self) -> bool:
        """Say whether it was given up on, and is still busy with what it was asked then."""
        latest = self._latest
        return latest is not None and latest.given_up and not latest.over

    def answers(self, questions: Sequence[Any]) -> list[str]:
        """Return why each is vetoed, empty if it isn't; blocks, no longer than a gate may take each."""
        with self._turn:
            if self.hangs():
                return [f"{self.plugin}: still busy with an earlier question"] * len(questions)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name=f"clockhand-gate {self.plugin}", daemon=True
                )
                self._thread.start()
            self._latest = one = _Round(questions)
            self._rounds.put(one)
            return self._collected(one)

    def _collected(self, one: _Round) -> list[str]:
        with one.news:
            while (seen := len(one.answers)) < len(one.questions):
                if not one.news.wait_for(lambda seen=seen: len(one.answers) > seen, PATIENCE):  # type: ignore[misc]
                    one.given_up = True
                    _log.warning(
                        "gate of %s: no answer within %g s; vetoes all until it answers",
                        self.plugin,
                        PATIENCE,
                    )
                    late = f"{self.plugin}: no answer within {PATIENCE:g} s"
                    return one.answers + [late] * (len(one.questions) - seen)
            return list(one.answers)

    def _work(self) -> None:
        while True:
            one = self._rounds.get()
            for question in one.questions:
                answer = _veto(self._ask, question)
                with one.news:
                    if one.given_up:
                        one.over = True
                        _log.info("gate of %s: answers again", self.plugin)
                        break
                    one.answers.append(f"{self.plugin}: {answer}" if answer else "")
                    one.news.notify()
            one.over = True


def _veto(ask: Ask, question: Any) -> str:
    """Return why a gate is against *question*, in a line of at most 500 characters; empty: it isn't."""
    try:
        return _read(ask(question))
    except BaseException as error:  # noqa: BLE001 - whatever a gate raises is a veto, and ends no thread
        return f"raised {_told(error)}"


def _read(answer: object) -> str:
    """Return what *answer* says; raises what a stranger's own methods raise."""
    if answer is None or answer is True:
        return ""
    if answer is False:
        return "vetoed"
    if isinstance(answer, str):
        # The characters themselves, whatever a class of its own makes of them.
        return first_line(str.__str__(answer)) or "vetoed, and gave an empty reason"
    return first_line(f"answered {shown(answer)}, neither True, False nor a reason")


def _told(error: BaseException) -> str:
    try:
        return first_line(told(error))
    except BaseException:  # noqa: BLE001 - it may leave with SystemExit when asked what it says
        return type(error).__name__


class Gates:
    """All gates of one hook, asked one after the other: what one vetoes, the next isn't asked."""

    def __init__(self, gates: Iterable[tuple[str, Ask]], clock: Clock) -> None:
        self._gates = [Gate(plugin, ask) for plugin, ask in gates]
        self._clock = clock

    def __bool__(self) -> bool:
        return bool(self._gates)

    def hanging(self) -> tuple[str, ...]:
        """Return the plugins whose gate was given up on and has not answered yet; from any thread."""
        return tuple(gate.plugin for gate in self._gates if gate.hangs())

    async def vetoes(self, questions: Sequence[Any]) -> list[str]:
        """Return, for each question, which plugin vetoes it and why; empty: it may pass."""
        if not self._gates or not questions:
            return [""] * len(questions)
        with self._clock.hold():
            return await asyncio.to_thread(self._ask, questions)

    def _ask(self, questions: Sequence[Any]) -> list[str]:
        vetoes = [""] * len(questions)
        for gate in self._gates:
            left = [place for place, veto in enumerate(vetoes) if not veto]
            answers = gate.answers([questions[place] for place in left])
            for place, answer in zip(left, answers, strict=True):
                vetoes[place] = answer
        return vetoes
