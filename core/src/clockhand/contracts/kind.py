"""A kind: the record by which a plugin offers one thing that a user can choose by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, TypeVar

import attrs

from clockhand._model.alias import checked_alias
from clockhand.errors import PluginError, shown

T = TypeVar("T")

Share = Callable[[], AbstractAsyncContextManager[Any]]


def _name(name: object) -> str:
    try:
        return checked_alias(name, "kind name")
    except ValueError as error:
        raise PluginError(str(error)) from None


def _options(_kind: object, _field: object, options: type[Any]) -> None:
    if not isinstance(options, type) or not attrs.has(options):
        raise PluginError(f"kind options: {shown(options)} is not an attrs class")
    if any((field.alias or field.name) == "use" for field in attrs.fields(options)):
        raise PluginError(
            f"kind options: {options.__qualname__} has a field 'use', which is what names the kind"
        )


def _supports(abilities: Iterable[str]) -> frozenset[str]:
    return frozenset(abilities)


@attrs.frozen
class Kind(Generic[T]):
    """
    One kind of silo, history, executor, schedule, work or trigger, as a plugin offers it.

    `options` is a frozen attrs class that a table of the configuration is structured into, and
    `make(options)` opens the handle; heavy imports belong in there. For works and triggers `options`
    is the class of the value itself and `make` is None. `supports` names the abilities to which the
    contract kit holds the kind: `durable` (keeps everything over a restart), `shared` (several
    processes at once). `share` opens, once per scheduler, what each run gets as `context.shared`.
    """

    name: str = attrs.field(converter=_name)
    summary: str
    options: type[Any] = attrs.field(validator=_options)
    make: Callable[[Any], T] | None = None
    supports: frozenset[str] = attrs.field(default=frozenset(), converter=_supports)
    share: Share | None = None
