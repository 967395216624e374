"""What to ask of whom over HTTP, and what to expect: a value, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from clockhand.errors import DefinitionError
from clockhand_network import auth, bodies, checks
from clockhand_network.auth import Secret
from clockhand_network.bodies import Binary, File

MAX_BODY: Final = 1024 * 1024
"""How many bytes of a response are read, unless the work says otherwise."""


def _cert(value: object) -> str | None:
    return None if value is None else checks.path(value, "cert")


def _key(value: object) -> str | None:
    return None if value is None else checks.path(value, "key")


def _key_password(value: object) -> str | None:
    return None if value is None else auth.secret(value, "key_password")


@attrs.frozen(kw_only=True)
class Message:
    """A request, and which answers to it are a success."""

    url: str = attrs.field(converter=checks.url)
    method: str = attrs.field(default="GET", converter=checks.method)
    headers: Mapping[str, str] = attrs.field(factory=dict, converter=checks.headers, hash=False)
    query: Mapping[str, Any] = attrs.field(factory=dict, converter=checks.query, hash=False)
    body: str | None = attrs.field(default=None, converter=checks.body)
    """A text to send, in UTF-8."""
    json: Any = attrs.field(default=None, converter=checks.json_body, hash=False)
    """JSON to send."""
    form: Mapping[str, Any] | None = attrs.field(default=None, converter=bodies.form, hash=False)
    """The fields of a form to send, urlencoded, or beside files as parts of a multipart form."""
    files: tuple[File, ...] = attrs.field(default=(), converter=bodies.files)
    """Files to upload as parts of a multipart form."""
    binary: Binary | None = attrs.field(default=None, converter=bodies.binary)
    """Bytes to send as they are. Of body, json, form and files, and binary, a request has one."""
    basic: Any = attrs.field(default=None, converter=auth.basic)
    """A name and password to send: a `Basic`, or None. Any, so that a wrong value is nowhere quoted."""
    bearer: Secret = attrs.field(default=None, converter=auth.bearer)
    """A token to send."""
    expect: tuple[int | str, ...] = attrs.field(default=("2xx",), converter=checks.expect)
    follow_redirects: int = attrs.field(default=0, converter=checks.follow_redirects)
    """How many redirects are followed, up to 20."""
    max_body: int = attrs.field(default=MAX_BODY, converter=checks.max_body)
    """How many bytes a response may have, after decoding; a longer one fails the run."""
    ca_file: str | None = attrs.field(default=None, converter=checks.ca_file)
    cert: str | None = attrs.field(default=None, converter=_cert)
    """A file with the certificate to show to the server, and what it was signed with, in PEM."""
    key: str | None = attrs.field(default=None, converter=_key)
    """A file with the key of cert; None: it is in the same file."""
    key_password: Secret = attrs.field(default=None, converter=_key_password)
    """What the key is encrypted with."""

    def __attrs_post_init__(self) -> None:
        bodies.check_one_kind(
            self.method,
            self.headers,
            {
                "body": self.body,
                "json": self.json,
                "form": self.form,
                "files": self.files,
                "binary": self.binary,
            },
        )
        auth.check_headers(self.headers)
        auth.check_one_way(self.headers, {"basic": self.basic, "bearer": self.bearer})
        for name, value in (("key", self.key), ("key_password", self.key_password)):
            if value is not None and self.cert is None:
                raise DefinitionError(f"{name}: given without cert, the certificate that it belongs to")

    def expects(self, status: int) -> bool:
        """Say whether *status* is a success."""
        return any(str(one) in {str(status), f"{status // 100}xx"} for one in self.expect)
