"""Makes a work again in a child process, and loads only the plugin that offers its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clockhand._model.protocols import Work
from clockhand.contracts.kind import Kind
from clockhand.errors import Unresolved, told
from clockhand.executors.process.mainguard import importing
from clockhand.executors.process.references import resolve
from clockhand.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clockhand.contracts.context import Codec, Kinds
    from clockhand.executors.process.order import Order


@attrs.frozen
class _Known:
    kind: Kind[Work]
    codec: Codec


class Unpacker:
    """Knows the kinds that were asked for so far."""

    def __init__(self, kinds: type[Kinds]) -> None:
        self._kinds = kinds
        self._known: dict[str, _Known] = {}

    def work(self, order: Order) -> tuple[Kind[Work], Work]:
        """Return the work of *order* and its kind; Unresolved says what can't be found, or went wrong."""
        try:
            with importing():
                return self._work(order)
        except Unresolved:
            raise
        except BaseException as error:
            raise Unresolved(f"work {order.kind!r}: a child process can't make it: {told(error)}") from error

    def _work(self, order: Order) -> tuple[Kind[Work], Work]:
        if order.kind not in self._known:
            self._known[order.kind] = self._loaded(order)
        known = self._known[order.kind]
        work: Any = known.codec.load(order.definition).work
        if order.function is not None:
            work = work.with_callable(resolve(order.function))
        return known.kind, work

    def _loaded(self, order: Order) -> _Known:
        kinds = self._kinds()
        if order.plugin is not None:
            kinds.take(resolve(order.plugin), str(order.plugin))
        else:
            kinds.take(_Offering(_kind_of(order)), order.kind)
        offer = kinds.offers("works").get(order.kind)
        if offer is None:
            reasons = [one.reason for one in kinds.broken] or ["its plugin doesn't offer it there"]
            raise Unresolved(f"work {order.kind!r}: in a child process: {'; '.join(reasons)}")
        return _Known(offer.kind, kinds.codec())


class _Offering:
    """A plugin that offers one kind of work."""

    def __init__(self, kind: Kind[Work]) -> None:
        self._kind = kind

    @hookimpl
    def clockhand_works(self) -> Iterable[Kind[Work]]:
        """Return it."""
        return (self._kind,)


def _kind_of(order: Order) -> Kind[Work]:
    if order.options is None:
        raise Unresolved(f"work {order.kind!r}: the order doesn't say what offers it")
    share = None if order.share is None else resolve(order.share)
    return Kind(name=order.kind, summary="", options=resolve(order.options), share=share)
