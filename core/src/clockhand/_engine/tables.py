"""A table of JSON that somebody else may have written, read strictly: each error names its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from clockhand._model.moments import parse_moment
from clockhand.errors import DefinitionError, did_you_mean, shown

E = TypeVar("E", bound=StrEnum)

MOST: Final = 2**63 - 1
"""The largest whole number that every store can keep."""


class Table:
    """
    The table *data* at the place *where*, which has fields of these names and no other.

    What isn't as it should be is a DefinitionError, `where.field: what is wrong`.
    """

    def __init__(self, data: object, where: str, names: Collection[str]) -> None:
        if not isinstance(data, Mapping):
            raise DefinitionError(f"{where}: not a table, given {shown(data)}")
        self._data = data
        self._where = where
        for name in data:
            if name not in names:
                raise DefinitionError(f"{where}.{name}: unknown field{did_you_mean(str(name), names)}")

    def __contains__(self, name: str) -> bool:
        return name in self._data

    def place(self, name: str) -> str:
        """Return how errors name a field."""
        return f"{self._where}.{name}"

    def wrong(self, name: str, what: str) -> DefinitionError:
        """Return the error for a field."""
        return DefinitionError(f"{self.place(name)}: {what}")

    def value(self, name: str) -> Any:
        """Return a field, whatever it is."""
        if name not in self._data:
            raise self.wrong(name, "missing")
        return self._data[name]

    def text(self, name: str) -> str:
        """Return a text that every store can keep."""
        value = self.value(name)
        if not isinstance(value, str):
            raise self.wrong(name, f"not a text, given {shown(value)}")
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise self.wrong(name, f"not a text that can be kept, given {shown(value)}") from None
        return value

    def whole(self, name: str, least: int = 0, most: int = MOST) -> int:
        """Return a whole number between these."""
        value = self.value(name)
        if type(value) is int and least <= value <= most:
            return value
        bounds = f"of at least {least:,}" if most == MOST else f"from {least:,} to {most:,}"
        raise self.wrong(name, f"not a whole number {bounds}, given {shown(value)}")

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self.value(name)
        if not isinstance(value, bool):
            raise self.wrong(name, f"neither true nor false, given {shown(value)}")
        return value

    def moment(self, name: str) -> datetime:
        """Return a moment, in UTC."""
        return parse_moment(self.value(name), self.place(name))

    def maybe_moment(self, name: str) -> datetime | None:
        """Return a moment, or None for null."""
        return None if self.value(name) is None else self.moment(name)

    def word(self, name: str, words: type[E]) -> E:
        """Return one of a closed list of words."""
        value = self.value(name)
        try:
            return words(value)
        except ValueError:
            hint = did_you_mean(value, words) if isinstance(value, str) else f", known: {', '.join(words)}"
            raise self.wrong(name, f"unknown word {shown(value)}{hint}") from None

    def maybe_table(self, name: str, names: Collection[str]) -> Table | None:
        """Return a table in this one, None where it is missing or null."""
        value = self._data.get(name)
        return None if value is None else Table(value, self.place(name), names)

    def tables(self, name: str, names: Collection[str]) -> Iterator[Table]:
        """Yield the tables in a list."""
        value = self.value(name)
        if not isinstance(value, list | tuple):
            raise self.wrong(name, f"not a list, given {shown(value)}")
        for place, one in enumerate(value):
            yield Table(one, f"{self.place(name)}[{place}]", names)
