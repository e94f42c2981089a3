"""API keys: 256 random bits, stored only as a SHA-256 digest, scoped, revocable.

Owns the `api_keys` table and the text form of a key, `pa_<key id>_<secret>`. Rate limits and caching are the API's.
"""

import base64
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.identity.errors import IdentityError
from alliance_node.adapters.identity.tables import api_keys

SCOPES = ("events:write", "events:approve", "members:write", "members:read", "redeem", "convert", "admin", "simulate")
PREFIX = "pa_"
DEFAULT_RATE_PER_SECOND = 5_000
DEFAULT_BURST = 10_000


class UnknownScope(IdentityError):
    """A scope this version does not have."""

    code = "unknown_scope"
    next_step = f"Use one or more of: {', '.join(SCOPES)}."


class MalformedKey(IdentityError):
    """The text is not an API key."""

    code = "malformed_api_key"
    next_step = "Send the key exactly as `alliance node create-key` printed it."


class ApiKey(msgspec.Struct, frozen=True):
    """What the database knows of a key; never the key itself."""

    key_id: str
    name: str
    digest: bytes
    scopes: frozenset[str]
    rate_per_second: int
    burst: int
    revoked_at: int | None = None

    def matches(self, digest: bytes) -> bool:
        """Constant-time comparison, and only while the key is not revoked."""
        return hmac.compare_digest(self.digest, digest) and self.revoked_at is None


def parse_key(text: str) -> tuple[str, bytes]:
    """Key id and digest of a presented key; raises MalformedKey."""
    key_id, separator, secret = text.removeprefix(PREFIX).partition("_")
    if not text.startswith(PREFIX) or not separator or len(key_id) != 32 or not 40 <= len(secret) <= 64:
        raise MalformedKey("the bearer token is not an API key of this node")
    return key_id, hashlib.sha256(text.encode()).digest()


def create_key(
    connection: sa.Connection,
    name: str,
    scopes: Sequence[str],
    now: int,
    rate_per_second: int = DEFAULT_RATE_PER_SECOND,
    burst: int = DEFAULT_BURST,
) -> str:
    """Stores a new key and returns its text, which can not be shown again; raises UnknownScope."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise UnknownScope(f"unknown scope: {', '.join(unknown) or '(none given)'}")
    key_id = uuid.uuid4().hex
    secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    text = f"{PREFIX}{key_id}_{secret}"
    row = {
        "key_id": key_id,
        "name": name,
        "digest": parse_key(text)[1],
        "scopes": " ".join(sorted(set(scopes))),
        "rate_per_second": rate_per_second,
        "burst": burst,
        "created_at": now,
    }
    connection.execute(api_keys.insert(), row)
    return text


def load_key(connection: sa.Connection, key_id: str) -> ApiKey | None:
    """The stored key, revoked ones included; None when it never existed."""
    row = connection.execute(sa.select(api_keys).where(api_keys.c.key_id == key_id)).one_or_none()
    return _from_row(row) if row is not None else None


def list_keys(connection: sa.Connection) -> list[ApiKey]:
    """Every key, oldest first."""
    rows = connection.execute(sa.select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id))
    return [_from_row(row) for row in rows]


def revoke_key(connection: sa.Connection, key_id: str, now: int) -> bool:
    """Ends a key; True when it was alive."""
    alive = (api_keys.c.key_id == key_id) & api_keys.c.revoked_at.is_(None)
    return connection.execute(api_keys.update().where(alive).values(revoked_at=now)).rowcount == 1


def _from_row(row: sa.Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        key_id=row.key_id,
        name=row.name,
        digest=bytes(row.digest),
        scopes=frozenset(row.scopes.split()),
        rate_per_second=row.rate_per_second,
        burst=row.burst,
        revoked_at=row.revoked_at,
    )
