"""How a request says who sends it: basic and bearer, with what is secret taken from the environment."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from clockhand.errors import DefinitionError, WorkFailed
from clockhand.works.secrets import checked_placeholders, has_placeholder
from clockhand_network.checks import PLACEHOLDER, value_of

if TYPE_CHECKING:
    from clockhand_network.values import Values

Secret = Any
"""A text with a placeholder. Any, so that what isn't one is refused here, where nothing is quoted."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SPACE: Final = re.compile(r"[\x00-\x20\x7f]")


def secret(value: object, where: str) -> str:
    """Return a text that takes what is secret from the environment; no error quotes it."""
    if not isinstance(value, str):
        kind = type(value).__name__
        raise DefinitionError(f"{where}: not a text, given a value of type {kind}; write ${{env:NAME}}")
    if not has_placeholder(value):
        raise DefinitionError(
            f"{where}: written out, so that whoever lists the job could read it; "
            "put it into an environment variable and write ${env:NAME}"
        )
    return checked_placeholders(value, where)


def _user(value: object) -> str:
    if not isinstance(value, str):
        raise DefinitionError(f"user: not a text, given a value of type {type(value).__name__}")
    checked_placeholders(value, "user")
    if problem := _user_problem(PLACEHOLDER.sub("", value)):
        raise DefinitionError(f"user: {problem}")
    return value


def _user_problem(text: str) -> str:
    if ":" in text:
        return "a colon in it, which would end the name"
    return "a line break or control character in it" if _CONTROL.search(text) else ""


def _password(value: object) -> str:
    return "" if value == "" else secret(value, "password")


@attrs.frozen(kw_only=True)
class Basic:
    """A name and a password, as in RFC 7617; the password may be empty where the name is the key."""

    user: str = attrs.field(converter=_user)
    password: Secret = attrs.field(default="", converter=_password)


def basic(value: object) -> Basic | None:
    """Return the name and password to send, or None."""
    if value is None:
        return None
    found: Basic = value_of(Basic, value, "basic")
    return found


def bearer(value: object) -> str | None:
    """Return the token to send, or None."""
    if value is None:
        return None
    if isinstance(value, str) and _SPACE.search(value):
        raise DefinitionError(
            "bearer: a space or control character in it; give the token alone, without 'Bearer'"
        )
    return secret(value, "bearer")


SECRET_HEADERS: Final = frozenset(
    {
        "api-key",
        "apikey",
        "authorization",
        "cookie",
        "private-token",
        "proxy-authorization",
        "x-access-token",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
    }
)
"""Headers that carry what lets somebody in, in small letters."""


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise a DefinitionError if a header that carries a secret has it written out."""
    for name, text in headers.items():
        if text and name.lower() in SECRET_HEADERS:
            secret(text, f"headers.{name}")


def check_one_way(headers: Mapping[str, str], given: Mapping[str, object]) -> None:
    """Raise a DefinitionError if a request would say in more than one way who sends it."""
    ways = [f"headers.{name}" for name in headers if name.lower() == "authorization"]
    ways += [name for name, value in given.items() if value is not None]
    if len(ways) > 1:
        *others, last = ways
        raise DefinitionError(f"{last}: given together with {' and '.join(others)}; give one of them")


def authorization(own: Basic | None, token: str | None, values: Values) -> str:
    """Return the value of the header Authorization, empty for none; a WorkFailed if a value doesn't fit."""
    if own is not None:
        user, password = values.resolve(own.user), values.resolve(own.password)
        if problem := _user_problem(user):
            raise WorkFailed("network:auth", f"basic.user: its value has {problem}")
        if _CONTROL.search(password):
            raise WorkFailed(
                "network:auth", "basic.password: its value has a line break or control character in it"
            )
        for placeholder, value in ((own.user, user), (own.password, password)):
            if has_placeholder(placeholder):
                values.hide_encoded(value)
        pair = b64encode(f"{user}:{password}".encode("utf-8", "surrogateescape")).decode()
        values.hide(pair)
        return f"Basic {pair}"
    if token is not None:
        value = values.resolve(token)
        if not value or _SPACE.search(value):
            problem = "has a space, line break or control character in it" if value else "is empty"
            raise WorkFailed("network:auth", f"bearer: its value {problem}")
        values.hide_encoded(value)
        return f"Bearer {value}"
    return ""
