"""Access to a member's page: a signed link that opens once, then a short session in an HttpOnly cookie.

Owns the `page_links` table and both token forms. A token names a random id, never a person; the member behind a link is
only known to the database.
"""

import base64
import hashlib
import hmac
import uuid

import sqlalchemy as sa

from alliance_node.adapters.identity.errors import IdentityError
from alliance_node.adapters.identity.tables import page_links

LINK_SECONDS = 15 * 60
SESSION_SECONDS = 30 * 60


class PageLinkRefused(IdentityError):
    """The link was altered, is too old, or was opened before."""

    code = "page_link_refused"
    next_step = "Ask the shop for a new link: each one opens once."


def create_link(connection: sa.Connection, key: bytes, member_id: str, now: int) -> str:
    """A token that opens the member's page once within 15 minutes."""
    link_id = uuid.uuid4().hex
    row = {"link_id": link_id, "member_id": member_id, "expires_at": now + LINK_SECONDS, "opened_at": None}
    connection.execute(page_links.insert(), row)
    return _sign(key, "link", link_id, now + LINK_SECONDS)


def open_link(connection: sa.Connection, key: bytes, token: str, now: int) -> str:
    """Consumes a link; returns the member id. Exactly one of several simultaneous calls succeeds."""
    link_id = _verify(key, "link", token, now)
    fresh = (page_links.c.link_id == link_id) & page_links.c.opened_at.is_(None) & (page_links.c.expires_at > now)
    opened = connection.execute(page_links.update().where(fresh).values(opened_at=now)).rowcount
    if opened != 1:
        raise PageLinkRefused("this link was opened before")
    query = sa.select(page_links.c.member_id).where(page_links.c.link_id == link_id)
    return str(connection.execute(query).scalar_one())


def new_session(key: bytes, member_id: str, now: int) -> str:
    """The cookie of an opened page."""
    return _sign(key, "session", member_id, now + SESSION_SECONDS)


def member_of_session(key: bytes, cookie: str, now: int) -> str:
    """The member whose page the cookie may show; raises PageLinkRefused."""
    return _verify(key, "session", cookie, now)


def _sign(key: bytes, purpose: str, subject: str, expires_at: int) -> str:
    payload = f"{subject}.{expires_at}"
    return f"{payload}.{_mac(key, purpose, payload)}"


def _verify(key: bytes, purpose: str, token: str, now: int) -> str:
    payload, _, mac = token.rpartition(".")
    subject, _, expires_at = payload.rpartition(".")
    if not token.isascii() or not hmac.compare_digest(mac, _mac(key, purpose, payload)):
        raise PageLinkRefused("this link was not made by this node")
    if now >= int(expires_at):
        raise PageLinkRefused("this link is too old")
    return subject


def _mac(key: bytes, purpose: str, payload: str) -> str:
    digest = hmac.digest(key, f"points-alliance/{purpose}/v1|{payload}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
