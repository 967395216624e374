"""Which fields of a kind's class are its payload: what is written, and read back."""

from __future__ import annotations

from typing import Any

import attrs


def payload_fields(cls: type[Any]) -> list[attrs.Attribute[Any]]:
    """Return the attrs fields of *cls* that are its payload: a field with eq=False is none."""
    return [field for field in attrs.fields(cls) if field.init and field.eq]
