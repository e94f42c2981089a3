"""A brand's mint-rate limiter, computed again: a bucket that refills in a straight line (OpenZeppelin RateLimiter).

Pure. A change of its limits must not refill it (pitfall 33), so a change first brings the used amount up to date.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Limiter:
    """`capacity` alliance units per `window` seconds; `used` is as of `used_at` (Unix seconds)."""

    capacity: int = 0
    window: int = 0
    used: int = 0
    used_at: int = 0

    def used_now(self, at: int) -> int:
        """What is used at `at`, after the refill since the last use, rounded down."""
        return max(0, self.used - (at - self.used_at) * self.capacity // max(self.window, 1))

    def available(self, at: int) -> int:
        return max(0, self.capacity - self.used_now(at))

    def consume(self, alliance_units: int, at: int) -> None:
        """Book a use; nothing changes for 0."""
        if alliance_units:
            self.used, self.used_at = self.used_now(at) + alliance_units, at

    def change(self, capacity: int, window: int, at: int) -> None:
        """New limits from `at` on; what was used stays used."""
        self.used, self.used_at = self.used_now(at), at
        self.capacity, self.window = capacity, window
