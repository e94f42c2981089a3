"""The alliance clock, replayed: block time less all seconds spent paused, standing still while paused (pure)."""

from collections.abc import Iterable

import msgspec

from bridge.indexer.scan import ClockEvent
from bridge.protocol.events import Paused


class ClockState(msgspec.Struct, frozen=True):
    """`frozen_at`: alliance time while paused, None while running. `paused_seconds`: of all pauses that ended."""

    frozen_at: int | None = None
    paused_seconds: int = 0

    def after(self, events: Iterable[ClockEvent]) -> "ClockState":
        """The state once these events happened, in order."""
        state = self
        for event in events:
            if isinstance(event, Paused):
                state = ClockState(event.alliance_time, state.paused_seconds)
            else:
                state = ClockState(None, event.paused_seconds)
        return state

    def alliance_time(self, timestamp: int) -> int:
        """The time at a block with this timestamp."""
        return self.frozen_at if self.frozen_at is not None else timestamp - self.paused_seconds
