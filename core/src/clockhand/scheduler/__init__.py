"""The Scheduler: what is known of it before it starts, and the facade of its life."""

from clockhand.scheduler.facade import Ended, Scheduler

__all__ = ["Ended", "Scheduler"]
