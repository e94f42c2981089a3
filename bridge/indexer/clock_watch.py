"""Whether this machine's clock agrees with the chain's: compared whenever a new head appears.

Owns one number, the difference. It may not correct a clock or stop anything: deadlines are judged by the chain's clock,
so a wrong one costs refusals and no points; but an operator should know. A head counts only when an earlier one was
seen shortly before: what is read after a pause may be old without anybody's clock being wrong.
"""

import time
from collections.abc import Callable

import msgspec


class WrongClock(msgspec.Struct, frozen=True):
    """`seconds` that this machine's clock is fast (negative: slow)."""

    seconds: int

    code = "clock_wrong"

    @property
    def next_step(self) -> str:
        """For the operator."""
        way = "ahead of" if self.seconds > 0 else "behind"
        return (
            f"This machine's clock is {abs(self.seconds)} s {way} the chain's newest block: set it (NTP). If the chain "
            "node is still catching up, wait for it. No points are lost meanwhile."
        )


class ClockWatch:
    """`tolerance` in seconds; 0 watches nothing."""

    def __init__(
        self, tolerance: int, clock: Callable[[], float], elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._tolerance = tolerance
        self._clock = clock
        self._elapsed = elapsed
        self._number: int | None = None
        self._looked_at = 0.0
        self.wrong: WrongClock | None = None

    def look(self, number: int, timestamp: int) -> None:
        """The head now. A head that is new since the last look was made after it: that bounds its innocent age."""
        looked_at, before = self._looked_at, self._number
        self._looked_at, self._number = self._elapsed(), number
        if not self._tolerance or before is None or number <= before:
            return
        ahead = int(self._clock()) - timestamp
        age = int(self._looked_at - looked_at)
        seconds = min(0, ahead) or max(0, ahead - age)
        self.wrong = WrongClock(seconds) if abs(seconds) > self._tolerance else None
