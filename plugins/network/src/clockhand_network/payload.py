"""A request's body as it is sent: bytes, a file, or files and fields as parts of a multipart form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import attrs

from clockhand_network.checks import has_secret
from clockhand_network.sent_file import SentFile
from clockhand_network.threads import in_thread

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from clockhand.works.secrets import Secrets
    from clockhand_network.message import Message

BYTES: Final = "application/octet-stream"


@attrs.frozen(repr=False)
class Part:
    """A file in a multipart form."""

    field: str
    filename: str
    content_type: str
    file: SentFile


@attrs.frozen(kw_only=True, repr=False)
class Payload:
    """What is sent, with every placeholder resolved; never shown, for that reason."""

    content: bytes | SentFile | None = None
    content_type: str = ""
    """What content is; a multipart form says so itself."""
    parts: tuple[Part, ...] = ()
    fields: Mapping[str, list[bytes]] = attrs.field(factory=dict)
    """What stands beside the parts."""
    secret: bool = False
    """Whether only the first host may see it."""


async def payload_of(work: Message, secrets: Secrets, stack: AsyncExitStack) -> Payload:
    """Return the body of *work*, its files open until *stack* is closed; a WorkFailed names a wrong one."""
    if work.files:
        return await _multipart(work, secrets, stack)
    if work.binary is not None:
        content = work.binary.content
        if content is None:
            return Payload(
                content=await _opened(str(work.binary.path), "binary.path", stack), content_type=BYTES
            )
        return Payload(content=content, content_type=BYTES)
    if work.form is not None:
        text = urlencode(pairs_of(work.form, secrets), errors="surrogateescape")
        return Payload(
            content=text.encode(),
            content_type="application/x-www-form-urlencoded",
            secret=has_secret(work.form),
        )
    if work.json is not None:
        text = json.dumps(secrets.resolve_json(work.json), ensure_ascii=False)
        content = text.encode("utf-8", "replace")
        return Payload(content=content, content_type="application/json", secret=has_secret(work.json))
    if work.body is not None:
        content = secrets.resolve(work.body).encode("utf-8", "surrogateescape")
        return Payload(
            content=content, content_type="text/plain; charset=utf-8", secret=has_secret(work.body)
        )
    return Payload()


def pairs_of(table: Mapping[str, Any], secrets: Secrets) -> list[tuple[str, str]]:
    """Return what a query or a form says, each name as often as it has values."""
    return [
        (name, _text(one, secrets))
        for name, value in table.items()
        for one in (value if isinstance(value, list | tuple) else [value])
    ]


def _text(value: Any, secrets: Secrets) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return secrets.resolve(value) if isinstance(value, str) else str(value)


async def _multipart(work: Message, secrets: Secrets, stack: AsyncExitStack) -> Payload:
    fields: dict[str, list[bytes]] = {}
    for name, text in pairs_of(work.form or {}, secrets):
        fields.setdefault(name, []).append(text.encode("utf-8", "surrogateescape"))
    parts = []
    for index, one in enumerate(work.files):
        file = await _opened(one.path, f"files[{index}].path", stack)
        filename = one.filename or PurePath(one.path).name
        # In a thread: the first guess reads the system's tables.
        guessed, _ = (None, None) if one.content_type else await in_thread(guess_type, filename)
        parts.append(Part(one.field, filename, one.content_type or guessed or BYTES, file))
    return Payload(parts=tuple(parts), fields=fields, secret=has_secret(work.form))


async def _opened(path: str, where: str, stack: AsyncExitStack) -> SentFile:
    file = SentFile(path, where)
    stack.callback(file.close)
    await in_thread(file.open)
    return file
