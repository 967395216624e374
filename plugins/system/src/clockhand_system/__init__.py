"""Jobs of a clockhand scheduler that run a program."""

from __future__ import annotations

from clockhand_system.work import System

__all__ = ["System"]
