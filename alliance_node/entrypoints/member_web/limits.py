"""How often one member may act on the member's pages: a token bucket each, as every API key has one.

Owns the counting, in this process. It may not decide who a visitor is.
"""

import threading
import time
from collections.abc import Callable

from fastapi import Request

from alliance_node.entrypoints.api.access import TokenBucket
from alliance_node.entrypoints.api.asgi import ACTOR
from alliance_node.entrypoints.api.problems import Problem

RATE, BURST = 1, 30
_MOST = 10_000


class MemberLimits:
    """Remembers at most `_MOST` members: forgetting the one that has been there longest gives it a full bucket."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, TokenBucket] = {}
        self._lock = threading.Lock()

    def take(self, member_id: str) -> None:
        """Raises Problem 429."""
        now = self._clock()
        with self._lock:
            bucket = self._buckets.pop(member_id, None) or TokenBucket(RATE, BURST, now)
            self._buckets[member_id] = bucket
            if len(self._buckets) > _MOST:
                del self._buckets[next(iter(self._buckets))]
            taken = bucket.take(now)
        if not taken:
            raise Problem(429, "rate_limited", f"This page takes {RATE} action a second.", "Wait a minute.")


def acting(request: Request, member_id: str) -> None:
    """A member's act: it stands in the audit log, done or refused, and counts. Raises Problem 429."""
    request.scope[ACTOR] = "member"
    request.scope["path_params"] = {"member_id": member_id}
    limits: MemberLimits = request.app.state.member_limits
    limits.take(member_id)
