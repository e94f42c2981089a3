"""Who calls, what they may do, how often: API keys from a short-lived cache, and a token bucket per key.

Owns no table. A revoked key stops working within the cache's lifetime; an unknown key is never cached.
"""

import asyncio
import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from alliance_node.adapters.identity.api_keys import ApiKey, MalformedKey, load_key, parse_key
from alliance_node.application.ports import Database
from alliance_node.entrypoints.api.problems import Problem

BEARER = b"bearer "


class TokenBucket:
    """Refills at `rate` a second up to `burst`; one request takes one token."""

    __slots__ = ("_burst", "_rate", "_tokens", "_updated")

    def __init__(self, rate: int, burst: int, at: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._updated = at

    def take(self, at: float) -> bool:
        """True when a token was there."""
        self._tokens = min(self._burst, self._tokens + (at - self._updated) * self._rate)
        self._updated = at
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class AccessControl:
    """Checks a request's Authorization header against the stored keys."""

    def __init__(self, database: Database, cache_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._keys: dict[str, tuple[ApiKey, float]] = {}
        self._loading: dict[str, asyncio.Future[ApiKey | None]] = {}
        self._buckets: dict[str, TokenBucket] = {}

    async def admit(self, authorization: bytes | None, scope: str) -> ApiKey:
        """The caller's key; raises Problem 401, 403 or 429."""
        key = await self.recognise(authorization)
        key_id, now = key.key_id, self._clock()
        if scope not in key.scopes:
            detail = f"The key lacks the scope {scope}."
            raise Problem(403, "scope_missing", detail, f"Use a key created with --scope {scope}.")
        bucket = self._buckets.get(key_id)
        if bucket is None:
            bucket = self._buckets[key_id] = TokenBucket(key.rate_per_second, key.burst, now)
        if not bucket.take(now):
            detail = f"This key may send {key.rate_per_second} requests a second."
            raise Problem(429, "rate_limited", detail, "Wait a second, or send events in bulk.")
        return key

    async def recognise(self, authorization: bytes | None) -> ApiKey:
        """The caller's key, whatever it may do; raises Problem 401."""
        key_id, digest = _presented(authorization)
        cached = self._keys.get(key_id)
        key = cached[0] if cached is not None and cached[1] > self._clock() else await self._load(key_id)
        if key is None or not key.matches(digest):
            raise _unauthorized("The API key is unknown or was revoked.")
        return key

    async def _load(self, key_id: str) -> ApiKey | None:
        """One query for any number of simultaneous requests with the same key."""
        pending = self._loading.get(key_id)
        if pending is None:
            pending = asyncio.ensure_future(asyncio.to_thread(self._query, key_id))
            self._loading[key_id] = pending
            pending.add_done_callback(lambda _: self._loading.pop(key_id, None))
        key = await asyncio.shield(pending)
        if key is None:
            self._keys.pop(key_id, None)
        else:
            self._keys[key_id] = (key, self._clock() + self._cache_seconds)
        return key

    def _query(self, key_id: str) -> ApiKey | None:
        try:
            with self._database.read() as connection:
                return load_key(connection, key_id)
        except (OperationalError, InterfaceError, DBAPIError):
            raise database_problem() from None


def database_problem() -> Problem:
    """503: the database did not answer; nothing was written."""
    return Problem(
        503, "database_unavailable", "The database does not answer.", "Retry with the same Idempotency-Key in a moment."
    )


def _presented(authorization: bytes | None) -> tuple[str, bytes]:
    if authorization is None or authorization[:7].lower() != BEARER:
        raise _unauthorized("There is no bearer token.")
    try:
        return parse_key(authorization[7:].decode("ascii").strip())
    except (MalformedKey, UnicodeDecodeError):
        raise _unauthorized("The bearer token is not an API key of this node.") from None


def _unauthorized(detail: str) -> Problem:
    return Problem(
        401,
        "unauthorized",
        detail,
        "Send `Authorization: Bearer <key>`; `alliance node create-key` makes one.",
        headers={"WWW-Authenticate": 'Bearer realm="points-alliance"'},
    )
