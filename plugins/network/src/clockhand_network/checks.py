"""What a request may be made of: checks that name the field in their DefinitionError."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from clockhand.contracts import checked_json
from clockhand.errors import DefinitionError, did_you_mean, shown
from clockhand.works.secrets import checked_json_placeholders, checked_placeholders, has_placeholder

MAX_REDIRECTS: Final = 20

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_IN_URL: Final = re.compile(r"[\x00-\x20\x7f]")
_USERINFO: Final = re.compile(r"(?<=//)[^/?#]*@")
"""A name and password in a URL: not for errors either."""
PLACEHOLDER: Final = re.compile(r"\$\{env:[^{}]*\}")
_STATUS: Final = re.compile(r"[1-5](xx|[0-9][0-9])", re.ASCII)
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "connection"})


def method(value: object) -> str:
    """Return the method in capitals."""
    if isinstance(value, str) and _TOKEN.fullmatch(value):
        return value.upper()
    raise DefinitionError(f"method: not a method, given {shown(value)}; write it like 'GET' or 'POST'")


def url(value: object) -> str:
    """Return the URL: http or https, with a host, without a name and password in it."""
    if not isinstance(value, str) or not value:
        raise DefinitionError(f"url: not a URL, given {shown(value)}; write it like https://example.org/ping")
    checked_placeholders(value, "url")
    problem = url_problem(PLACEHOLDER.sub("1", value), whole=not value.startswith("${env:"))
    if problem:
        raise DefinitionError(f"url: {problem}, given {shown(_USERINFO.sub('***@', value))}")
    return value


def url_problem(text: str, *, whole: bool = True) -> str:
    """Return what is wrong with a URL, without quoting it; *whole* False: it begins with a placeholder."""
    if _NOT_IN_URL.search(text):
        return "a space or control character in it; write it as %20 and the like"
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        return f"can't be read ({error})"
    if "@" in parts.netloc:
        return "a name or password before the host, where logs and errors would show them; give them as basic"
    if not whole:
        return ""
    if parts.scheme not in {"http", "https"}:
        return "neither http:// nor https://"
    return "" if parts.hostname else "no host in it"


def headers(value: object) -> Mapping[str, str]:
    """Return the headers: texts by name, each name once."""
    if not isinstance(value, Mapping):
        raise DefinitionError(f"headers: not a table, given {shown(value)}")
    seen: set[str] = set()
    for name, text in value.items():
        _header(name, text)
        if name.lower() in seen:
            raise DefinitionError(f"headers.{name}: given twice, in capitals and not; keep one")
        seen.add(name.lower())
    return dict(value)


def _header(name: object, text: object) -> None:
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise DefinitionError(f"headers: {shown(name)} can't be the name of a header")
    if name.lower() in _FRAMING:
        raise DefinitionError(f"headers.{name}: it is set from the request itself; leave it out")
    if not isinstance(text, str):
        raise DefinitionError(f"headers.{name}: not a text, given {shown(text)}")
    if problem := header_problem(text):
        raise DefinitionError(f"headers.{name}: {problem}, given {shown(text)}")
    checked_placeholders(text, f"headers.{name}")


def header_problem(text: str) -> str:
    """Return what is wrong with the value of a header, without quoting it."""
    return "a line break or control character in it" if _CONTROL.search(text) else ""


def query(value: object) -> Mapping[str, Any]:
    """Return the query: texts, numbers, true or false, or lists of them, by name."""
    return pairs(value, "query")


def pairs(value: object, where: str) -> Mapping[str, Any]:
    """Return what goes into a query or a form: texts, numbers, true or false, or lists of them, by name."""
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise DefinitionError(f"{where}: not a table with text keys, given {shown(value)}")
    for name, given in value.items():
        for one in given if isinstance(given, list | tuple) else (given,):
            if not isinstance(one, str | int | float):
                raise DefinitionError(
                    f"{where}.{name}: not a text, a number, true or false, or a list of them, "
                    f"given {shown(given)}"
                )
            if isinstance(one, str):
                checked_placeholders(one, f"{where}.{name}")
    return checked_json(dict(value), where)  # type: ignore[no-any-return]


def body(value: object) -> str | None:
    """Return the text to send, or None."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise DefinitionError(
            f"body: not a text, given {shown(value)}; for anything else use json, form or binary"
        )
    return checked_placeholders(value, "body")


def json_body(value: object) -> Any:
    """Return the JSON to send; None: none."""
    return checked_json_placeholders(checked_json(value, "json"), "json")


def expect(value: object) -> tuple[int | str, ...]:
    """Return the statuses that count as success: 200, or 2xx for all that begin so."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise DefinitionError(f"expect: not a list, given {shown(value)}; write it like [200, '3xx']")
    found = tuple(value)
    for one in found:
        if isinstance(one, bool) or not isinstance(one, int | str) or not _STATUS.fullmatch(str(one)):
            raise DefinitionError(f"expect: not a status, given {shown(one)}; write 200 or '2xx'")
    if not found:
        raise DefinitionError("expect: empty, so that no status would do; leave it out for 2xx")
    return found


def follow_redirects(value: object) -> int:
    """Return how many redirects are followed."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_REDIRECTS:
        return value
    raise DefinitionError(
        f"follow_redirects: not a whole number from 0 to {MAX_REDIRECTS}, given {shown(value)}"
    )


def max_body(value: object) -> int:
    """Return how many bytes a body may have."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise DefinitionError(f"max_body: not a whole number of bytes above zero, given {shown(value)}")


def ca_file(value: object) -> str | None:
    """Return the path of a file with certificates."""
    return None if value is None else path(value, "ca_file")


def path(value: object, where: str) -> str:
    """Return the path of a file as text; whether the file is there shows when the job runs."""
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str) or not text or "\0" in text:
        raise DefinitionError(f"{where}: not a path, given {shown(value)}")
    return plain(text, where)


def plain(text: str, where: str) -> str:
    """Return *text* if it has no placeholder: nothing is replaced in this field."""
    if has_placeholder(text):
        raise DefinitionError(f"{where}: ${{env:...}} isn't replaced here, given {shown(text)}")
    return text


def media_type(value: object, where: str) -> str | None:
    """Return a content type such as `text/csv; charset=utf-8`, or None."""
    if value is None:
        return None
    if isinstance(value, str) and not header_problem(value):
        main, slash, sub = value.partition(";")[0].strip().partition("/")
        if slash and _TOKEN.fullmatch(main) and _TOKEN.fullmatch(sub):
            return value
    raise DefinitionError(f"{where}: not a content type, given {shown(value)}; write it like 'text/csv'")


def value_of(cls: type[Any], value: object, where: str) -> Any:
    """
    Return *value* as a value of the attrs class *cls*, which a table may stand for.

    What is wrong is not quoted but for the names of the fields: it may be a password.
    """
    if isinstance(value, cls):
        return value
    fields = [field.name for field in attrs.fields(cls)]
    if not isinstance(value, Mapping):
        raise DefinitionError(
            f"{where}: not a table, given a value of type {type(value).__name__}; "
            f"write {where} = {{{fields[0]} = ...}}"
        )
    for name in value:
        if name not in fields:
            raise DefinitionError(f"{where}: unknown option {shown(name)}{did_you_mean(str(name), fields)}")
    for field in attrs.fields(cls):
        if field.default is attrs.NOTHING and field.name not in value:
            raise DefinitionError(f"{where}: option {field.name!r} is missing")
    try:
        return cls(**value)
    except DefinitionError as error:
        raise DefinitionError(f"{where}.{error}") from None


def has_secret(value: Any) -> bool:
    """Say whether a placeholder stands anywhere in *value*, JSON."""
    if isinstance(value, str):
        return has_placeholder(value)
    if isinstance(value, list | tuple):
        return any(has_secret(one) for one in value)
    return isinstance(value, Mapping) and any(has_secret(one) for one in value.values())
