"""What to ask of whom over HTTP, and what to expect: a value, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from clockhand.errors import DefinitionError
from clockhand_network import checks

MAX_BODY: Final = 1024 * 1024
"""How many bytes of a response are read, unless the work says otherwise."""


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
    """JSON to send; not together with body."""
    expect: tuple[int | str, ...] = attrs.field(default=("2xx",), converter=checks.expect)
    follow_redirects: int = attrs.field(default=0, converter=checks.follow_redirects)
    """How many redirects are followed, up to 20."""
    max_body: int = attrs.field(default=MAX_BODY, converter=checks.max_body)
    """How many bytes a response may have, after decoding; a longer one fails the run."""
    ca_file: str | None = attrs.field(default=None, converter=checks.ca_file)

    def __attrs_post_init__(self) -> None:
        if self.body is not None and self.json is not None:
            raise DefinitionError("json: given together with body; send one of them")

    def expects(self, status: int) -> bool:
        """Say whether *status* is a success."""
        return any(str(one) in {str(status), f"{status // 100}xx"} for one in self.expect)
