"""Jobs of a clockhand scheduler that make an HTTP request."""

from __future__ import annotations

from clockhand_network.auth import Basic
from clockhand_network.bodies import Binary, File
from clockhand_network.work import Network

__all__ = ["Basic", "Binary", "File", "Network"]
