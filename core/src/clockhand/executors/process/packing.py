"""Writes a run down, so that a child process can make its work again and loads only what that needs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import attrs
import importlib_metadata

from clockhand._model.job import Job
from clockhand._model.moments import format_moment
from clockhand._model.opaque import Opaque
from clockhand.errors import Unresolved
from clockhand.executors.process.order import Order
from clockhand.executors.process.references import Reference, reference_to, reference_to_module
from clockhand.hookspecs import PROJECT

if TYPE_CHECKING:
    from clockhand._model.protocols import RunContext, Work
    from clockhand.contracts.batches import Claim
    from clockhand.contracts.context import Functions, Kinds, Offer
    from clockhand.contracts.kind import Kind


@runtime_checkable
class Calling(Protocol):
    """A work that calls a function which it names."""

    function: str
    callable: Callable[..., Any] | None

    def with_callable(self, function: Callable[..., Any]) -> Work:
        """Return the work with its function in hand."""
        ...


@attrs.frozen
class _Origin:
    """What makes a kind in another process."""

    kind: str
    plugin: Reference | None = None
    options: Reference | None = None
    share: Reference | None = None


class Packer:
    """Makes orders of claims."""

    def __init__(self, alias: str, kinds: Kinds | None, functions: Functions | None) -> None:
        self._alias = alias
        self._kinds = kinds
        self._functions = functions
        self._origins: dict[type[Work], _Origin] = {}

    @property
    def kinds(self) -> Kinds:
        """What works there are here; Unresolved where the executor wasn't told."""
        if self._kinds is None:
            raise Unresolved(
                f"executor {self._alias!r}: started without the kinds of a scheduler, "
                "so no child process could make the work again"
            )
        return self._kinds

    def pack(self, run: int, claim: Claim, context: RunContext) -> Order:
        """Return the order for *claim*; Unresolved if a child couldn't find its function or its kind."""
        work = claim.job.work
        function = self._function(work) if isinstance(work, Calling) else None
        origin = self._origin(type(work), shares=function is None)
        return Order(
            run=run,
            definition=self.kinds.codec().dump(_bare(claim.job)).text,
            kind=origin.kind,
            plugin=origin.plugin,
            options=origin.options,
            share=origin.share,
            function=function,
            job=context.job,
            due=format_moment(context.due),
            occurrence=context.occurrence,
            attempt=context.attempt,
            token=context.token,
            node=context.node,
            watched=context.watched,
            logger=context.logger.name,
        )

    def _origin(self, cls: type[Work], *, shares: bool) -> _Origin:
        if cls not in self._origins:
            offers = self.kinds.offers("works").values()
            offer = next((offer for offer in offers if offer.kind.options is cls), None)
            if offer is None:
                raise Unresolved(f"work {cls.__qualname__!r}: no plugin here offers it")
            self._origins[cls] = _origin_of(offer, shares=shares)
        return self._origins[cls]

    def _function(self, work: Calling) -> Reference:
        function = work.callable
        if function is None:
            if self._functions is None:
                raise Unresolved(f"function {work.function!r}: no registry of functions here")
            function = self._functions.get(work.function)
        found = reference_to(function, work.function)
        if found is None:
            raise Unresolved(
                f"function {work.function!r}: a child process can't find it; it needs a name at the top of "
                "a module"
            )
        return found


def _bare(job: Job) -> Job:
    """Return a job of the same work and nothing else: a child needn't know when it is due, nor why."""
    return Job(alias=job.alias, work=job.work, triggers=(Opaque("trigger", "parent"),))


def _origin_of(offer: Offer, *, shares: bool) -> _Origin:
    """
    Return the plugin of *offer* if it is installed, or a module; else the names of what makes its kind.

    *shares* is False for a work that calls a function: it gets that, and needs nothing shared.
    """
    kind = offer.kind
    if (plugin := _plugin_of(offer)) is not None:
        return _Origin(kind.name, plugin)
    options = _found(kind.options, kind, f"its class {kind.options.__qualname__!r}")
    if kind.share is None or not shares:
        return _Origin(kind.name, options=options)
    return _Origin(kind.name, options=options, share=_found(kind.share, kind, "what opens what it shares"))


def _plugin_of(offer: Offer) -> Reference | None:
    with contextlib.suppress(importlib_metadata.PackageNotFoundError, ValueError):
        points = importlib_metadata.distribution(offer.dist).entry_points
        for point in points.select(group=PROJECT, name=offer.plugin):
            return Reference(point.module, point.attr or "")
    return reference_to_module(offer.plugin) if offer.plugin in sys.modules else None


def _found(value: Any, kind: Kind[Any], what: str) -> Reference:
    found = reference_to(value)
    if found is None:
        raise Unresolved(
            f"work {kind.name!r}: a child process can't find {what}; it needs a name at the top of a module"
        )
    return found
