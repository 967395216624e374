"""
Laws: what a contract demands of every implementation, one test method each.

A contract is a class of laws. A plugin author inherits from it, names the kind and how to open it,
and has the whole of it as tests. Nobody can drop a law quietly: a class that replaces one fails at
import, unless the replacement carries `pytest.mark.xfail` with a reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, TypeVar

import pytest

from clockhand.contracts.kind import Kind

R = TypeVar("R")

_MARK = "clockhand_law"


class Contract:
    """The base of contracts: a kind, its options, and laws about what it makes."""

    kind: ClassVar[Kind[Any]]
    """The kind that is held to the contract."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a class that replaces a law without a reasoned xfail."""
        super().__init_subclass__(**kwargs)
        for name in laws_of(*cls.__mro__[1:]):
            if not _is_law(getattr(cls, name)) and not _reasoned(getattr(cls, name)):
                raise TypeError(
                    f"{cls.__qualname__}.{name}: replaces a law of the contract without saying why; "
                    "mark it with pytest.mark.xfail(reason=...), or take it out"
                )

    @pytest.fixture
    def options(self) -> Any:
        """Return the options to open the kind with; a class overrides it with a fixture of its own."""
        return self.kind.options()

    def rig(self, options: Any) -> AbstractAsyncContextManager[Any]:
        """Return what a law works with: the opened kind, and hands to move it."""
        raise NotImplementedError


def law(body: Callable[[Any, R], Awaitable[None]] | None = None, *, needs: str = "") -> Callable[..., Any]:
    """
    Make a test of an async function that takes the contract and its rig.

    With *needs*, kinds whose `supports` doesn't name that ability skip it.
    """

    def made(body: Callable[[Any, R], Awaitable[None]]) -> Callable[[Contract, Any], None]:
        def test(self: Contract, options: Any) -> None:
            if needs and needs not in self.kind.supports:
                pytest.skip(f"the kind {self.kind.name!r} does not say that it is {needs}")

            async def upheld() -> None:
                async with self.rig(options) as rig:
                    await body(self, rig)

            asyncio.run(upheld())

        # Not functools.wraps: pytest would look through to the body, and want fixtures for its arguments.
        test.__name__, test.__qualname__ = body.__name__, body.__qualname__
        test.__doc__, test.__module__ = body.__doc__, body.__module__
        setattr(test, _MARK, True)
        return test

    return made if body is None else made(body)


def laws_of(*contracts: type) -> list[str]:
    """Return the names of the laws that these classes define, in order."""
    return [name for cls in contracts for name, value in vars(cls).items() if _is_law(value)]


def run_law(contract: type[Contract], name: str, kind: Kind[Any], options: Callable[[], Any]) -> None:
    """
    Hold *kind* to one law of *contract*, outside of pytest's collection; *options* makes its options.

    Raises AssertionError when the law is broken, whatever went wrong. With or without `test_`.
    """
    method = name if name.startswith("test_") else f"test_{name}"
    known = laws_of(*contract.__mro__)
    if method not in known:
        raise LookupError(f"{contract.__qualname__}: no law {name!r}, known: {', '.join(sorted(known))}")
    holder = type(f"{contract.__name__}Of{kind.name}", (contract,), {"kind": kind})()
    try:
        getattr(holder, method)(options())
    except AssertionError:
        raise
    except (Exception, pytest.fail.Exception) as error:
        raise AssertionError(f"{method}: {type(error).__name__}: {error}") from error


def _is_law(value: object) -> bool:
    return getattr(value, _MARK, False) is True


def _reasoned(value: object) -> bool:
    marks = getattr(value, "pytestmark", ())
    return any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks)
