"""How often one member may look at or act on the member's pages: a token bucket each, as every API key has one.

Owns the counting, in this process. It may not decide who a visitor is.
"""

import threading
import time
from collections.abc import Callable

from alliance_node.entrypoints.api.access import TokenBucket
from alliance_node.entrypoints.api.problems import Problem

ACTS = (1, 30)
LOOKS = (2, 60)
"""A second, and at once."""
_MOST = 10_000


class MemberLimits:
    """Remembers at most `_MOST` members: forgetting the one that has been there longest gives it a full bucket."""

    def __init__(self, rate: int, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst = rate, burst
        self._clock = clock
        self._buckets: dict[str, TokenBucket] = {}
        self._lock = threading.Lock()

    def take(self, member_id: str) -> None:
        """Raises Problem 429."""
        now = self._clock()
        with self._lock:
            bucket = self._buckets.pop(member_id, None) or TokenBucket(self._rate, self._burst, now)
            self._buckets[member_id] = bucket
            if len(self._buckets) > _MOST:
                del self._buckets[next(iter(self._buckets))]
            taken = bucket.take(now)
        if not taken:
            raise Problem(
                429,
                "rate_limited",
                "This page was asked for too much in a short time.",
                "Wait a minute.",
                chinese=("短时间内操作过于频繁。", "请稍等一分钟。"),
            )
