"""Use case: give points to another member of the same brand: both halves in one transaction, or none (R-ALL-10).

Owns the order of the halves and undoing the first when the second is refused. It may not know the rules (domain).
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.group import is_member_id
from alliance_node.application.group_commit import commit_group
from alliance_node.application.ledger import Ledger
from alliance_node.application.records import StoredAnswer
from alliance_node.domain.commands import ReceiveGift, SendGift
from alliance_node.domain.events import GiftSent
from alliance_node.domain.instants import Instant


class GiftRequest(msgspec.Struct, frozen=True):
    """A gift on its way, with the transport key of its request (all three or none, as in `Envelope`)."""

    gift: SendGift
    client_id: str | None = None
    idempotency_key: str | None = None
    body_hash: bytes | None = None


def send_gifts(ledger: Ledger, requests: Sequence[GiftRequest], now: Instant) -> list[Result]:
    """Carry out each gift, in the order given; the accepted body is that of the giver's half.

    Refused: the domain's refusals of either half, UnknownMember and MemberClosed of either member, BusinessKeyConflict,
    IdempotencyConflict. Raises DatabaseBusy, DatabaseUnavailable.
    """

    def work(connection: Connection, part: Sequence[GiftRequest]) -> list[Result]:
        return _carry_out(ledger, connection, part, now)

    return commit_group(ledger.store, requests, work)


def send_gift(ledger: Ledger, request: GiftRequest, now: Instant) -> Result:
    """One gift. Raises what broke it."""
    result = send_gifts(ledger, [request], now)[0]
    if result.failure is not None:
        raise result.failure
    return result


def _carry_out(ledger: Ledger, connection: Connection, requests: Sequence[GiftRequest], now: Instant) -> list[Result]:
    """All members of all gifts are locked first, in id order, so that gifts there and back cannot deadlock."""
    members = {name for request in requests for name in (request.gift.member_id, request.gift.to_member_id)}
    ledger.store.lock_members(connection, sorted(name for name in members if is_member_id(name)))
    return [_one(ledger, connection, request, now) for request in requests]


class _Undone(Exception):
    """The second half was refused: leaves the savepoint so that the first half is undone."""

    def __init__(self, refusal: Result) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def _one(ledger: Ledger, connection: Connection, request: GiftRequest, now: Instant) -> Result:
    try:
        with ledger.store.savepoint(connection):
            envelope = Envelope(request.gift, request.client_id, request.idempotency_key, request.body_hash)
            sent = ledger.execute_in(connection, [envelope], now)[0]
            if sent.outcome == "accepted":
                _receive(ledger, connection, request, sent, now)
            return sent
    except _Undone as undone:
        _keep(ledger, connection, request, undone.refusal, now)
        return undone.refusal


def _receive(ledger: Ledger, connection: Connection, request: GiftRequest, sent: Result, now: Instant) -> None:
    gift = request.gift
    parts = tuple(part for event in sent.events if isinstance(event, GiftSent) for part in event.parts)
    command = ReceiveGift(gift.to_member_id, gift.gift_id, gift.member_id, parts, gift.occurred_at)
    received = ledger.execute_in(connection, [Envelope(command)], now)[0]
    if received.outcome != "accepted":
        raise _Undone(Result("refused", received.code, received.body))


def _keep(ledger: Ledger, connection: Connection, request: GiftRequest, refusal: Result, now: Instant) -> None:
    """The refusal is a decided answer like any other: the same key gets it again."""
    if request.client_id is None or request.idempotency_key is None:
        return
    answer = StoredAnswer(
        request.client_id,
        request.idempotency_key,
        request.body_hash or b"",
        refusal.code,
        refusal.body.decode(),
        request.gift.member_id,
    )
    ledger.store.keep_answer(connection, answer, now)
