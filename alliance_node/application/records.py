"""Rows as the application sees them: plain data between use cases and stores.

Owns shapes only; no behaviour, no SQL.
"""

from typing import Literal

import msgspec

from alliance_node.domain.instants import Instant

LotTuple = tuple[int, int, int, int, int, int, str, bool, int]
"""lot_no, amount, remaining, earned_at, matures_at, expires_at, kind, convertible, source_version"""


class LoadedMember(msgspec.Struct):
    """A member's row with its open lots."""

    member_id: str
    version: int
    swept_through: Instant
    booked: int
    snapshot: bytes
    closed_at: Instant | None
    lots: list[LotTuple]


class StoredAnswer(msgspec.Struct, frozen=True):
    """A decided answer kept under an idempotency key."""

    client_id: str
    key: str
    body_hash: bytes
    code: str
    body: bytes
    member_id: str | None = None
    version: int | None = None
    events: int = 0


class StoredEvent(msgspec.Struct, frozen=True):
    """An event row; `reference` names what the event is or refers to (purchase key, redemption or conversion id)."""

    member_id: str
    version: int
    kind: str
    occurred_at: Instant
    received_at: Instant
    source: str | None
    source_event_id: str | None
    reference: str | None
    payload: bytes
    digest: bytes


class MemberRow(msgspec.Struct, frozen=True):
    """A member's row to write; `expected_version` None means a new row."""

    member_id: str
    enrolled_at: Instant
    version: int
    expected_version: int | None
    swept_through: Instant
    tier: str
    booked: int
    snapshot: bytes


class EntryRow(msgspec.Struct, frozen=True):
    """One leg of a journal entry."""

    member_id: str
    version: int
    leg_no: int
    account: str
    amount: int


class WriteSet(msgspec.Struct):
    """Everything one group writes."""

    members: list[MemberRow]
    events: list[StoredEvent]
    new_lots: list[tuple[str, LotTuple]]
    changed_lots: list[tuple[str, LotTuple]]
    entries: list[EntryRow]
    answers: list[StoredAnswer]
    limits: dict[str, int]
    created_at: Instant


class QuoteRow(msgspec.Struct, frozen=True):
    """An offer: so many points for so many alliance units, until `expires_at`."""

    quote_id: str
    member_id: str
    receiving_code: str
    commitment: bytes
    destination_brand: int
    points: int
    alliance_units: int
    estimated_points: int
    rate_version: int
    created_at: Instant
    expires_at: Instant
    conversion_id: str | None = None


class ReceivingCodeRow(msgspec.Struct, frozen=True):
    """A code this brand made; the salt stays secret until the claim shows it."""

    commitment: bytes
    member_id: str
    salt: bytes
    rate_version: int
    code: str
    created_at: Instant
    expires_at: Instant


ConversionStatus = Literal[
    "held",  # out: points held, item on its way to the chain
    "waiting",  # out: alliance points wait for the other brand until the deadline
    "completed",  # out: the other brand claimed · in: credited to the member
    "rejected",  # out: the chain refused, the hold is released · in: the claim was refused
    "returning",  # out: the deadline passed, the return is on its way
    "returned",  # out: re-credited to the member
    "claiming",  # in: the claim is on its way to the chain
    "unclaimed",  # in: claimed on chain, owed, but the member is gone
]


class ConversionRow(msgspec.Struct, frozen=True):
    """One conversion as this brand sees it; `direction` "out" (our member sends) or "in" (our member receives)."""

    conversion_id: str
    direction: Literal["out", "in"]
    member_id: str
    status: ConversionStatus
    points: int
    alliance_units: int
    rate_version: int
    counterparty: int
    commitment: bytes
    deadline: Instant
    claim_address: bytes
    created_at: Instant
    updated_at: Instant
    return_item_id: str | None = None
    reason: str | None = None


class ChainReceipt(msgspec.Struct, frozen=True):
    """Where on the chain a step of a conversion can be looked up."""

    conversion_id: str
    step: Literal["issued", "rejected", "arrived", "claimed", "returned"]
    block_number: int
    tx_hash: bytes
    seq: int
    item_index: int
    at: Instant
