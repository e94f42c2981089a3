"""Use case: a member's wallet signs an intent (convert out at this brand, or a transfer) and this node relays it.

Owns drafts and what is checked before an intent is queued: a relay should not pay for what the desk must refuse. The
chain decides in the end. The node holds no member's key and can change nothing that was signed.
"""

from typing import Any

import msgspec
from sqlalchemy import Connection

from alliance_node.application.alliance_ports import RateView
from alliance_node.application.conversions import CodeRequest, ConversionDesk, Refused
from alliance_node.application.errors import AllianceNotConnected, AmountTooSmall, InvalidReceivingCode, OutboxFull
from alliance_node.application.group_commit import commit_one
from alliance_node.application.make_receiving_codes import make_receiving_codes
from alliance_node.application.ports import OutgoingConversion
from alliance_node.application.records import ConversionRow
from alliance_node.application.wallets.errors import (
    IntentBelowMinimum,
    IntentExpired,
    IntentMalformed,
    IntentNonceAhead,
    IntentNonceUsed,
    TooManyIntents,
    WalletBalanceTooLow,
    WalletMissing,
)
from alliance_node.application.wallets.linking import WalletLinks, require_open_member, require_wallet
from alliance_node.application.wallets.records import AccountState, Intent, IntentKind, IntentRow, Message, OpenIntent
from alliance_node.domain.instants import Instant

INTENT_SECONDS = 24 * 3_600
SHORTEST_SECONDS = 60
LONGEST_SECONDS = 7 * 24 * 3_600
OPEN_INTENTS = 16
OWN_WALLET_BRAND = 0
"""Stands for the other brand where there is none."""
_MAX_UNITS = (1 << 63) - 1


class IntentWish(msgspec.Struct, frozen=True):
    """What a member wants. convert_out: `minimum` None is what the rate in force gives; transfer needs `to`."""

    kind: IntentKind
    units: int
    to: str | None = None
    minimum: int | None = None
    seconds: int = INTENT_SECONDS


class IntentDraft(msgspec.Struct, frozen=True):
    """Ready to be signed: send `message` back with the signature. `estimated_points`: at the rate in force."""

    kind: IntentKind
    message: dict[str, Any]
    typed_data: dict[str, object]
    estimated_points: int


class IntentAnswer(msgspec.Struct, frozen=True):
    """The conversion that an intent became; `status` as of a conversion."""

    conversion_id: str
    kind: str
    status: str
    deadline: Instant


def wallets_of(desk: ConversionDesk) -> WalletLinks:
    """Raises AllianceNotConnected."""
    if desk.wallets is None:
        raise AllianceNotConnected("this node is not connected to an alliance")
    return desk.wallets


def draft_intent(desk: ConversionDesk, member_id: str, wish: IntentWish, now: Instant) -> IntentDraft:
    """An intent with the wallet's next nonce; for a convert-out with a receiving code of the member's.

    Raises UnknownMember, MemberClosed, WalletMissing, WalletAddressMalformed, IntentMalformed, AmountTooSmall,
    WalletBalanceTooLow, NoRatePublished, AllianceNotConnected.
    """
    links = wallets_of(desk)
    if not 0 < wish.units <= _MAX_UNITS or (wish.kind == "transfer" and wish.to is None):
        raise IntentMalformed("an intent needs units, and a transfer needs an account `to`")
    with desk.store.write() as connection:  # the read of the wallet is logged
        require_open_member(desk.ledger, connection, member_id)
        address = require_wallet(links, connection, member_id, reader="node", reason="intent drafted", now=now)
        points = 0 if wish.kind == "transfer" else _points(_rate(desk, connection, now), wish.units)
        deadline = desk.directory.alliance_time(connection, now) + wish.seconds
        under_way = links.chain.open_intents(connection, address)
    state = links.chain.account(address)
    _check_balance(wish.units, state, _waiting(state, under_way))  # before anybody signs for nothing
    if wish.to is not None and wish.kind == "transfer":
        payload = links.chain.parse_address(wish.to).rjust(32, b"\0")
        _check_other(wish.kind, payload, address)
    else:
        payload = _own_code(desk, member_id, now)
    minimum = 0 if wish.kind == "transfer" else points if wish.minimum is None else wish.minimum
    intent = Intent(wish.kind, wish.units, minimum, payload, _next_nonce(state, under_way), deadline)
    typed = links.chain.typed_data(intent)
    message: Any = typed["message"]
    return IntentDraft(wish.kind, message, typed, points)


def submit_intent(
    desk: ConversionDesk, member_id: str, kind: IntentKind, message: Message, signature: str, now: Instant
) -> IntentAnswer:
    """Queue a signed intent. The same one again gets the first answer.

    Raises UnknownMember, MemberClosed, WalletMissing, WalletWrongSigner, IntentMalformed, IntentExpired,
    IntentNonceUsed, IntentNonceAhead, TooManyIntents, WalletBalanceTooLow, IntentBelowMinimum, AmountTooSmall,
    InvalidReceivingCode, NoRatePublished, OutboxFull, AllianceNotConnected.
    """
    links = wallets_of(desk)
    intent = links.chain.read_intent(kind, message)
    with desk.store.write() as connection:
        require_open_member(desk.ledger, connection, member_id)
        address = require_wallet(links, connection, member_id, reader="node", reason="intent handed in", now=now)
    digest, raw = links.chain.check_signature(intent, address, signature)
    state = links.chain.account(address)  # asked before the transaction, which must not wait for a network

    def work(connection: Connection) -> IntentAnswer:
        room = desk.outbox.room(connection, 1)  # before members, as every group asks: nobody waits in a ring
        desk.ledger.store.lock_members(connection, [member_id])  # intents of one wallet are judged one after the other
        known = links.store.intent(connection, digest)
        if known is not None and known.member_id == member_id:
            return _first_answer(desk, connection, known)
        if known is not None:
            raise IntentNonceUsed("the intent was handed in before, when the wallet was another member's")
        require_open_member(desk.ledger, connection, member_id)  # again: time went by while the chain was asked
        if require_wallet(links, connection, member_id, reader="node", reason="intent queued", now=now) != address:
            raise WalletMissing("the wallet that signed is not linked any more")
        if not room:
            raise OutboxFull("too many conversions wait for the alliance's ledger")
        submission = _Submission(desk, links, connection, member_id, now)
        return submission.queue(intent, address, digest, raw, state)

    return commit_one(desk.store, work)


class _Submission:
    """The transaction in which one intent is judged and queued."""

    def __init__(
        self, desk: ConversionDesk, links: WalletLinks, connection: Connection, member_id: str, now: Instant
    ) -> None:
        self._desk = desk
        self._links = links
        self._connection = connection
        self._member_id = member_id
        self._now = now

    def queue(
        self, intent: Intent, address: bytes, digest: bytes, signature: bytes, state: AccountState
    ) -> IntentAnswer:
        desk, connection = self._desk, self._connection
        _check_other(intent.kind, intent.payload, address)
        self._check_time(intent)
        _check_nonce_and_balance(intent, state, self._links.chain.open_intents(connection, address))
        rate_version, award = self._check_output(intent) if intent.kind == "convert_out" else (0, None)
        row = self._row(intent, rate_version, award)
        desk.store.add_conversions(connection, [row])
        self._links.store.add_intent(connection, IntentRow(digest, row.conversion_id, self._member_id))
        item = OutgoingConversion(
            row.conversion_id,
            intent.kind,
            rate_version,
            OWN_WALLET_BRAND,
            intent.deadline,
            intent.units,
            intent.payload,
            address,
            intent.nonce,
            intent.minimum,
            signature,
        )
        desk.outbox.enqueue(connection, [item])
        return _answer(row)

    def _check_time(self, intent: Intent) -> None:
        left = intent.deadline - self._desk.directory.alliance_time(self._connection, self._now)
        if not SHORTEST_SECONDS <= left <= LONGEST_SECONDS:
            raise IntentExpired(f"the deadline is {left} seconds away; {SHORTEST_SECONDS} to {LONGEST_SECONDS} will do")

    def _check_output(self, intent: Intent) -> tuple[int, str | None]:
        """The rate version that the intent goes out with, and the award that its code names."""
        desk, connection = self._desk, self._connection
        code = desk.store.codes(connection, [intent.payload]).get(intent.payload)
        if code is None or code.member_id != self._member_id:
            raise InvalidReceivingCode("the intent names no receiving code of this member at this brand")
        rate = _rate(desk, connection, self._now)
        points = _points(rate, intent.units)
        if points < intent.minimum:
            raise IntentBelowMinimum(f"the wallet asks for at least {intent.minimum} points; now it would be {points}")
        return rate.version, code.award

    def _row(self, intent: Intent, rate_version: int, award: str | None) -> ConversionRow:
        is_out = intent.kind == "convert_out"
        return ConversionRow(
            self._desk.directory.new_conversion_id(self._member_id),
            "in" if is_out else "transfer",
            self._member_id,
            "claiming" if is_out else "sending",
            0,
            intent.units,
            rate_version,
            OWN_WALLET_BRAND,
            intent.payload if is_out else b"",
            intent.deadline,
            b"",  # whom a transfer pays stands in the outbox alone
            self._now,
            self._now,
            award=award,
        )


def _check_other(kind: IntentKind, payload: bytes, address: bytes) -> None:
    if kind == "transfer" and payload[12:] == address:
        raise IntentMalformed("the transfer pays the wallet that it comes from")


def _check_nonce_and_balance(intent: Intent, state: AccountState, under_way: list[OpenIntent]) -> None:
    waiting = _waiting(state, under_way)
    if intent.nonce < state.nonce:
        raise IntentNonceUsed(f"nonce {intent.nonce} of the wallet acted already; its next is {state.nonce}")
    if any(one.nonce == intent.nonce for one in waiting):
        raise IntentNonceUsed(f"another intent with nonce {intent.nonce} of the wallet is under way here")
    if len(waiting) >= OPEN_INTENTS:
        raise TooManyIntents(f"{len(waiting)} intents of the wallet are under way")
    expected = _next_nonce(state, under_way)
    if intent.nonce > expected:
        raise IntentNonceAhead(f"the intent has nonce {intent.nonce}; the wallet's next is {expected}")
    _check_balance(intent.units, state, waiting)


def _check_balance(units: int, state: AccountState, waiting: list[OpenIntent]) -> None:
    taken = sum(one.units for one in waiting)
    if state.units - taken < units:
        raise WalletBalanceTooLow(
            f"the wallet holds {state.units} units, {taken} of them under way; the intent takes {units}"
        )


def _waiting(state: AccountState, under_way: list[OpenIntent]) -> list[OpenIntent]:
    """What is under way and already on the chain counts once: by the chain."""
    return [one for one in under_way if one.nonce >= state.nonce]


def _next_nonce(state: AccountState, under_way: list[OpenIntent]) -> int:
    return max([state.nonce, *(one.nonce + 1 for one in under_way)])


def _rate(desk: ConversionDesk, connection: Connection, now: Instant) -> RateView:
    return desk.directory.rate_in_force(connection, desk.directory.brand_id, now)


def _points(rate: RateView, units: int) -> int:
    points = units * rate.out_numerator // rate.out_denominator
    if points == 0:
        raise AmountTooSmall(f"{units} units are worth less than one point", "Convert more at once.")
    return points


def _own_code(desk: ConversionDesk, member_id: str, now: Instant) -> bytes:
    [made] = make_receiving_codes(desk, [CodeRequest(member_id)], now)
    if isinstance(made, Refused):
        raise made.error
    return desk.directory.verify_code(made.code, now).commitment


def _first_answer(desk: ConversionDesk, connection: Connection, known: IntentRow) -> IntentAnswer:
    return _answer(desk.store.lock_conversions(connection, [known.conversion_id])[known.conversion_id])


def _answer(row: ConversionRow) -> IntentAnswer:
    kind = "transfer" if row.direction == "transfer" else "convert_out"
    return IntentAnswer(row.conversion_id, kind, row.status, row.deadline)
