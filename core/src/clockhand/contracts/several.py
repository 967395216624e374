"""A set of names, as filters and queries take it. A single text is none, though `in` takes it for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clockhand.errors import DefinitionError, shown

if TYPE_CHECKING:
    import attrs


def names(_value: object, field: attrs.Attribute[Any], given: object) -> None:
    """Refuse a single text where a set of them is wanted."""
    if isinstance(given, str | bytes):
        raise DefinitionError(f"{field.name}: one text, given {shown(given)}; write {{{str(given)!r}}}")
