"""The work `network`: one HTTP request."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import attrs

from clockhand.contracts import RunContext, Work
from clockhand_network.message import Message

TIMEOUT: Final = timedelta(seconds=60)
"""How long a request may take, unless its job says otherwise."""


@attrs.frozen(kw_only=True)
class Network(Message, Work):
    """
    Makes an HTTP request, and succeeds if the status is one that it expects.

    `${env:NAME}` in url, headers, query, body, json, form, basic, bearer and key_password is replaced
    when the request is made, and nowhere recorded or shown. Each request has the header
    `Idempotency-Key` with the occurrence's key, unless the work sets its own. TLS is always verified;
    `ca_file` names the authorities to trust instead of the system's, `cert` a certificate to show.
    """

    async def func(self, context: RunContext, /) -> int:
        """Make the request and return its status."""
        from clockhand_network.run import perform

        return await perform(self, context)

    @property
    def proposed_executor(self) -> str:
        """The `async` executor."""
        return "async"

    @property
    def proposed_timeout(self) -> timedelta | None:
        """A minute."""
        return TIMEOUT
