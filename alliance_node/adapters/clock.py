"""Clocks: the machine's, and a manual one for simulations that survives a restart.

Owns the only reads of time in the node. The manual clock may only move forward.
"""

import threading
import time

import sqlalchemy as sa

from alliance_node.adapters.sql.tables import simulation_clock
from alliance_node.application.errors import ClockMovedBack
from alliance_node.domain.instants import Instant

_ROW = 1


class SystemClock:
    """Unix seconds of the machine."""

    def now(self) -> Instant:
        return int(time.time())


class ManualClock:
    """Stands still until `set`; its time is kept in the database. Simulation mode only."""

    def __init__(self, engine: sa.Engine, start: Instant = 0) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        with engine.begin() as connection:
            kept = connection.scalar(sa.select(simulation_clock.c.now).where(simulation_clock.c.id == _ROW))
            if kept is None:
                connection.execute(sa.insert(simulation_clock).values(id=_ROW, now=start))
        self._now: Instant = start if kept is None else int(kept)

    def now(self) -> Instant:
        return self._now

    def set(self, now: Instant) -> None:
        """Move to `now`. Raises ClockMovedBack."""
        with self._lock:
            if now < self._now:
                raise ClockMovedBack(f"the clock stands at {self._now} and cannot go back to {now}")
            with self._engine.begin() as connection:
                connection.execute(sa.update(simulation_clock).where(simulation_clock.c.id == _ROW).values(now=now))
            self._now = now
