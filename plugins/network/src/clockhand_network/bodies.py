"""The kinds of body that a request can have beside text and JSON: values, and which of them go together."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from clockhand.errors import DefinitionError, shown
from clockhand_network import checks

_BODILESS: Final = frozenset({"GET", "HEAD", "TRACE"})
"""Methods whose request has no body that would mean anything."""


def _path(value: object) -> str:
    return checks.path(value, "path")


def _field(value: object) -> str:
    return _name(value, "field")


def _filename(value: object) -> str | None:
    return None if value is None else _name(value, "filename")


def _name(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise DefinitionError(f"{where}: not a text with something in it, given {shown(value)}")
    return checks.plain(value, where)


def _content_type(value: object) -> str | None:
    return checks.media_type(value, "content_type")


@attrs.frozen(kw_only=True)
class File:
    """A file to upload, one part of a multipart form; it is read while it is sent."""

    field: str = attrs.field(converter=_field)
    """The name of the form's field."""
    path: str = attrs.field(converter=_path)
    filename: str | None = attrs.field(default=None, converter=_filename)
    """What the server is told; None: the last part of path."""
    content_type: str | None = attrs.field(default=None, converter=_content_type)
    """None: what the filename ends with says."""


def _base64(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        text = "".join(value.split())
        try:
            b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            pass
        else:
            return text
    raise DefinitionError(f"base64: not base64, given {shown(value, 40)}")


@attrs.frozen(kw_only=True)
class Binary:
    """Bytes to send as they are: those of a file, read while they are sent, or a few given here."""

    path: str | None = attrs.field(default=None, converter=attrs.converters.optional(_path))
    base64: str | None = attrs.field(default=None, converter=_base64)
    """The bytes themselves; a job's definition is bounded, so put many into a file."""

    def __attrs_post_init__(self) -> None:
        if self.path is not None and self.base64 is not None:
            raise DefinitionError("base64: given together with path; give one of them")
        if self.path is None and self.base64 is None:
            raise DefinitionError("path: missing, and so is base64; give one of them")

    @property
    def content(self) -> bytes | None:
        """The bytes given here; None: they are in the file."""
        return None if self.base64 is None else b64decode(self.base64)


def form(value: object) -> Mapping[str, Any] | None:
    """Return the fields of a form: texts, numbers, true or false, or lists of them, by name."""
    return None if value is None else checks.pairs(value, "form")


def files(value: object) -> tuple[File, ...]:
    """Return the files to upload."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise DefinitionError(f"files: not a list, given {shown(value)}")
    return tuple(checks.value_of(File, one, f"files[{index}]") for index, one in enumerate(value))


def binary(value: object) -> Binary | None:
    """Return the bytes to send; bytes themselves may stand for them."""
    if value is None:
        return None
    if isinstance(value, bytes | bytearray | memoryview):
        return Binary(base64=b64encode(value).decode())
    found: Binary = checks.value_of(Binary, value, "binary")
    return found


def check_one_kind(method: str, headers: Mapping[str, str], given: Mapping[str, object]) -> None:
    """
    Raise a DefinitionError unless the bodies *given*, by the names of their fields, are one.

    A form may stand beside files: its fields are then parts of the same multipart form.
    """
    names = [name for name, value in given.items() if value is not None and value != ()]
    if len(names) > 1 and names != ["form", "files"]:
        *others, last = names
        raise DefinitionError(f"{last}: given together with {' and '.join(others)}; send one of them")
    name = names[-1] if names else ""
    if name in {"form", "files", "binary"} and method in _BODILESS:
        hint = "; what belongs into the URL goes into query" if name == "form" else ""
        raise DefinitionError(f"{name}: given for a {method}, which has no body; say method = 'POST'{hint}")
    if name == "files" and (own := next((one for one in headers if one.lower() == "content-type"), "")):
        raise DefinitionError(
            f"headers.{own}: given together with files; it is set from them, with the boundary between them"
        )
