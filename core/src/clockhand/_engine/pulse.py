"""How a silo's loop does: what failed last, since when, and when a turn last went well."""

from __future__ import annotations

from datetime import datetime

from clockhand._engine.backoff import Backoff
from clockhand._engine.shop import Shop
from clockhand._model.event import SiloFailed, SiloRecovered


class Pulse:
    """Kept by a lane, read by health; tells listeners when it changes."""

    def __init__(self, silo: str, shop: Shop) -> None:
        self.error = ""
        self.since: datetime | None = None
        self.last_pass: datetime | None = None
        self._silo = silo
        self._shop = shop
        self._backoff = Backoff()

    def failed(self, error: Exception) -> float:
        """Note a failure, and return how many seconds to wait before the next try."""
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if not self.error:
            self.since = self._shop.now()
            self._shop.logger.error("silo %s: %s; trying again", self._silo, reason)
            self._tell(SiloFailed, reason)
        self.error = reason
        return self._backoff.failed()

    def died(self, reason: str) -> None:
        """Note that the loop is gone, and won't come back."""
        self.error, self.since = reason, self._shop.now()
        self._shop.logger.error("silo %s: %s", self._silo, reason)
        self._tell(SiloFailed, reason)

    def went_well(self) -> None:
        """Note a turn that went well."""
        self._backoff.succeeded()
        self.last_pass = self._shop.now()
        if self.error:
            self.error, self.since = "", self.last_pass
            self._shop.logger.info("silo %s: answers again", self._silo)
            self._tell(SiloRecovered, "")

    def _tell(self, kind: type[SiloFailed | SiloRecovered], reason: str) -> None:
        if self._shop.teller.heard(kind):
            event = kind(at=self._shop.now(), node=self._shop.node, silo=self._silo, reason=reason)
            self._shop.teller.tell(event)
