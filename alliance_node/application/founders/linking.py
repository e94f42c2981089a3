"""Use case: a member shows a founder membership to this brand by a signature, and sees what it brings here.

Owns challenges and links. The holder's own account signs; nothing about the member is in what is signed or on chain,
and no other brand learns of it.
"""

import secrets

import msgspec
from sqlalchemy import Connection

from alliance_node.application.errors import UnknownMember
from alliance_node.application.founders.accelerate import pending_points
from alliance_node.application.founders.errors import (
    FounderChallengeInvalid,
    FounderLinkMissing,
    InvalidFounderSignature,
)
from alliance_node.application.founders.records import ChallengeRow, FounderDesk, GrantView, LinkRow
from alliance_node.application.group import is_member_id
from alliance_node.domain.codecs import MemberColumns
from alliance_node.domain.instants import Instant
from alliance_node.domain.program import ProgramBook

CHALLENGE_SECONDS = 15 * 60


class Challenge(msgspec.Struct, frozen=True):
    """What the holder signs, and until when."""

    token_id: int
    challenge: str
    deadline: Instant
    typed_data: dict[str, object]


class Holding(msgspec.Struct, frozen=True):
    """A membership that a member has shown here. `held`: the holder still holds it at the last final block."""

    token_id: int
    linked_at: Instant
    held: bool
    last_grant_month: str


class Membership(msgspec.Struct, frozen=True):
    """What founder memberships bring a member here. `pending_points` wait for the ledger to show who held them when."""

    extra_percent: int
    pending_points: int
    holdings: list[Holding]
    grants: list[GrantView]


def start_presentation(desk: FounderDesk, member_id: str, token_id: int, now: Instant) -> Challenge:
    """A challenge for the holder's account. Raises UnknownMember, UnknownFounder."""
    challenge, deadline = secrets.token_bytes(32), now + CHALLENGE_SECONDS
    with desk.store.write() as connection:
        desk.store.add_challenge(connection, ChallengeRow(challenge, member_id, token_id, deadline), now)
        _require_member(desk, connection, member_id)
        desk.ledger.founder(connection, token_id)
    typed = desk.ledger.presentation(token_id, challenge, deadline)
    return Challenge(token_id, "0x" + challenge.hex(), deadline, typed)


def link_founder(desk: FounderDesk, member_id: str, challenge: str, signature: str, now: Instant) -> LinkRow:
    """Link the token if its holder signed the challenge. Raises UnknownMember, FounderChallengeInvalid, UnknownFounder,
    InvalidFounderSignature."""
    with desk.store.write() as connection:
        row = desk.store.take_challenge(connection, _bytes32(challenge))
        if row is None or row.member_id != member_id or row.deadline <= now:
            raise FounderChallengeInvalid("the challenge is not open for this member")
        version = _require_member(desk, connection, member_id)
        founder = desk.ledger.founder(connection, row.token_id)
        signer = desk.ledger.presented_by(row.token_id, row.challenge, row.deadline, signature)
        if signer != bytes.fromhex(founder.holder[2:]):
            raise InvalidFounderSignature(
                f"membership {row.token_id} is held by another account than the one that signed"
            )
        link = LinkRow(row.token_id, member_id, signer, now, version)
        desk.store.put_link(connection, link)
        return link


def unlink_founder(desk: FounderDesk, member_id: str, token_id: int) -> None:
    """The member no longer shows the token here. Raises FounderLinkMissing."""
    with desk.store.write() as connection:
        if not desk.store.drop_link(connection, member_id, token_id):
            raise FounderLinkMissing(f"the member has no link to membership {token_id}")


def member_founders(desk: FounderDesk, programs: ProgramBook, member_id: str, now: Instant) -> Membership:
    """What the member's memberships bring at this brand. Raises UnknownMember."""
    with desk.store.read() as connection:
        _require_member(desk, connection, member_id)
        links = desk.store.links_of(connection, member_id)
        views = [(link, desk.ledger.founder(connection, link.token_id)) for link in links]
        holdings = [
            Holding(link.token_id, link.linked_at, bytes.fromhex(view.holder[2:]) == link.holder, view.last_grant_month)
            for link, view in views
        ]
        shown = [holding.token_id for holding in holdings if holding.held]
        section = programs.at(now).file.founders
        return Membership(
            section.extra_percent if section is not None else 0,
            pending_points(desk, connection, programs, links),
            holdings,
            desk.ledger.grants(connection, shown),
        )


def _require_member(desk: FounderDesk, connection: Connection, member_id: str) -> int:
    """The version of the member's stream."""
    store = desk.conversions.ledger.store
    member = store.members(connection, [member_id]).get(member_id) if is_member_id(member_id) else None
    if member is None or member.closed_at is not None:
        raise UnknownMember(f"no member {member_id[:64]!r} is enrolled here")
    return MemberColumns(*member.columns).version


def _bytes32(text: str) -> bytes:
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise FounderChallengeInvalid("a challenge is 0x and 64 hexadecimal digits") from error
    return raw
