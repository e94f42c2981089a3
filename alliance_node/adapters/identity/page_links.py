"""Access to a member's page: a signed link that opens once, then a short session in an HttpOnly cookie.

Owns the `page_links` table and both token forms. A token names a random id, never a person; the member behind a link is
only known to the database. Whether the page only shows or also acts for the member is in what the token's MAC is for.
"""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.identity.errors import IdentityError
from alliance_node.adapters.identity.tables import page_links

LINK_SECONDS = 15 * 60
SESSION_SECONDS = 30 * 60
_LINKS = {True: "link", False: "link-to-look"}
_SESSIONS = {True: "session", False: "session-to-look"}


class PageLinkRefused(IdentityError):
    """The link was altered, is too old, or was opened before."""

    code = "page_link_refused"
    next_step = "Ask the shop for a new link: each one opens once."


class Visitor(msgspec.Struct, frozen=True):
    """Who opened a page: `may_act` as the member, or only look."""

    member_id: str
    may_act: bool


def create_link(connection: sa.Connection, key: bytes, member_id: str, now: int, *, may_act: bool) -> str:
    """A token that opens the member's page once within 15 minutes."""
    link_id = uuid.uuid4().hex
    row = {"link_id": link_id, "member_id": member_id, "expires_at": now + LINK_SECONDS, "opened_at": None}
    connection.execute(page_links.insert(), row)
    return _sign(key, _LINKS[may_act], link_id, now + LINK_SECONDS)


def open_link(connection: sa.Connection, key: bytes, token: str, now: int) -> Visitor:
    """Consumes a link. Exactly one of several simultaneous calls succeeds."""
    link_id, may_act = _verify(key, _LINKS, token, now)
    fresh = (page_links.c.link_id == link_id) & page_links.c.opened_at.is_(None) & (page_links.c.expires_at > now)
    opened = connection.execute(page_links.update().where(fresh).values(opened_at=now)).rowcount
    if opened != 1:
        raise PageLinkRefused("this link was opened before")
    query = sa.select(page_links.c.member_id).where(page_links.c.link_id == link_id)
    return Visitor(str(connection.execute(query).scalar_one()), may_act)


def new_session(key: bytes, visitor: Visitor, now: int) -> str:
    """The cookie of an opened page."""
    return _sign(key, _SESSIONS[visitor.may_act], visitor.member_id, now + SESSION_SECONDS)


def visitor_of_session(key: bytes, cookie: str, now: int) -> Visitor:
    """Whose page the cookie may show; raises PageLinkRefused."""
    return Visitor(*_verify(key, _SESSIONS, cookie, now))


def _sign(key: bytes, purpose: str, subject: str, expires_at: int) -> str:
    payload = f"{subject}.{expires_at}"
    return f"{payload}.{_mac(key, purpose, payload)}"


def _verify(key: bytes, purposes: Mapping[bool, str], token: str, now: int) -> tuple[str, bool]:
    """What the token is about, and whether it may act."""
    payload, _, mac = token.rpartition(".")
    subject, _, expires_at = payload.rpartition(".")
    fits = (may for may, purpose in purposes.items() if hmac.compare_digest(mac, _mac(key, purpose, payload)))
    may_act = next(fits, None) if token.isascii() else None
    if may_act is None:
        raise PageLinkRefused("this link was not made by this node")
    if now >= int(expires_at):
        raise PageLinkRefused("this link is too old")
    return subject, may_act


def _mac(key: bytes, purpose: str, payload: str) -> str:
    digest = hmac.digest(key, f"points-alliance/{purpose}/v1|{payload}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
