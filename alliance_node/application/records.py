"""Rows as the application sees them: plain data between use cases and stores.

Owns shapes only; no behaviour, no SQL.
"""

from typing import Any, Literal, NamedTuple

import msgspec

from alliance_node.domain.instants import Instant

LotTuple = tuple[int, int, int, int, int, int, str, bool, int]
"""lot_no, amount, remaining, earned_at, matures_at, expires_at, kind, convertible, source_version"""


class LoadedMember(msgspec.Struct):
    """A member's row. `columns` (in the order of `MemberColumns`) and snapshot are the whole state but the lots."""

    member_id: str
    closed_at: Instant | None
    snapshot: bytes
    version: int
    columns: tuple[Any, ...]


class StoredAnswer(msgspec.Struct, frozen=True):
    """A decided answer kept under an idempotency key."""

    client_id: str
    key: str
    body_hash: bytes
    code: str
    body: str
    member_id: str | None = None
    version: int | None = None
    events: int = 0


class StoredEvent(msgspec.Struct, frozen=True):
    """An event row; `refers_to` is the stream version of the member's earlier event that this one belongs to."""

    member_id: str
    version: int
    kind: str
    occurred_at: Instant
    received_at: Instant
    source: str | None
    source_event_id: str | None
    refers_to: int | None
    payload: str
    digest: bytes


class LeaseRow(NamedTuple):
    """A slice of a shared limit that one process holds: `rest` of it is left for decisions under `capacity`;
    `returned` was given back and waits to be collected. Both are counted as used in the limit's own row."""

    limit_id: str
    holder: str
    capacity: int
    rest: int
    returned: int


class MemberRows(msgspec.Struct, frozen=True):
    """Everything the tables say about one member; `member` is snapshot and MemberColumns, None: there is no row."""

    member_id: str
    member: tuple[Any, ...] | None
    events: list[StoredEvent]
    lots: list[tuple[Any, ...]]
    entries: list[tuple[Any, ...]]


class WriteSet(msgspec.Struct):
    """Everything one group writes, as plain tuples in the order of the columns named here (this is the hot path)."""

    new_members: list[tuple[Any, ...]] = []
    """member_id, snapshot, MemberColumns"""
    changed_members: list[tuple[Any, ...]] = []
    """member_id, version before, snapshot, MemberColumns without the first (enrolled_at never changes)"""
    events: list[tuple[str, int, str, Instant, Instant, str | None, str | None, int | None, str, bytes]] = []
    """member_id, version, kind, occurred_at, received_at, source, source_event_id, refers_to, payload, digest"""
    new_lots: list[tuple[str, int, int, int, Instant, Instant, Instant, str, bool, int]] = []
    """member_id and LotTuple"""
    changed_lots: list[tuple[str, int, int, int, Instant, Instant]] = []
    """member_id, lot_no, amount, remaining, matures_at, expires_at"""
    entries: list[tuple[str, int, int, str, int]] = []
    """member_id, version, leg_no, account, amount"""
    answers: list[tuple[str, str, bytes, str, str, str | None, int | None, int, Instant]] = []
    """client_id, key, body_hash, code, body, member_id, version, events, created_at"""


class JobProgress(msgspec.Struct, frozen=True):
    """The durable place of a job; `finished_at` None while it runs or after a crash."""

    job: str
    cut_off: Instant
    after_member_id: str | None
    done: int
    finished_at: Instant | None


class SweepRows(msgspec.Struct, frozen=True):
    """What the sweep of any member writes; its points go between `payload_head` and `payload_tail` and are multiplied
    with the sign of each leg (account, sign)."""

    kind: str
    through: Instant
    now: Instant
    payload_head: str
    payload_tail: str
    legs: list[tuple[str, int]]


class TierRules(msgspec.Struct, frozen=True):
    """What the tier evaluation looks for at an instant: the ladder, lowest first, with its thresholds in growth value
    (after the yearly decays: instant and percent, oldest first) or in minor units of spend."""

    at: Instant
    tiers: tuple[str, ...]
    thresholds: tuple[int, ...]
    on_growth: bool
    decays: tuple[tuple[Instant, int], ...]


class ExpiryDay(msgspec.Struct, frozen=True):
    """Lots that end in [begins, ends) are told of once at this step: `begins` is the end of their last whole day."""

    begins: Instant
    ends: Instant
    days: int


class NewNotice(msgspec.Struct, frozen=True):
    """A notice before it is stored: see `NoticeRow`. In tier_at_risk `points` is what is missing (growth value, or
    minor units of spend)."""

    member_id: str
    kind: str
    name: str
    other: str
    points: int
    until: Instant
    days: int


class NoticeRow(msgspec.Struct, frozen=True):
    """A notice that a job wrote, as numbers and ids (domain/notice_words.py says what they mean in each kind). It was
    due `days` days before `until`; `notice_no` rises with time."""

    notice_no: int
    member_id: str
    kind: str
    name: str
    other: str
    points: int
    until: Instant
    days: int
    created_at: Instant


class ProgramRow(msgspec.Struct, frozen=True):
    """One activated version of the brand's program."""

    version: int
    effective_from: Instant
    announced_at: Instant
    yaml: str


class LogTile(msgspec.Struct, frozen=True):
    """Up to 256 neighbouring hashes of one tile level. A tile of level 0 names its first event by (xid, seq)."""

    level: int
    tile: int
    hashes: bytes
    first_xid: int
    first_seq: int


class LogHead(msgspec.Struct, frozen=True):
    """The sealed log at a size; the last event in it."""

    size: int
    root: bytes
    sealed_at: Instant
    last_xid: int
    last_seq: int


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
    """A code this brand made; the salt stays secret until the claim shows it. `award`: the option that the member wants
    for the points as soon as they are here."""

    commitment: bytes
    member_id: str
    salt: bytes
    rate_version: int
    code: str
    created_at: Instant
    expires_at: Instant
    award: str | None = None


ConversionStatus = Literal[
    "held",  # out: points held, item on its way to the chain
    "waiting",  # out: alliance points wait for the other brand until the deadline
    "completed",  # out: the other brand claimed · in: credited to the member
    "rejected",  # out: the chain refused, the hold is released · in: the claim was refused
    "returning",  # out: the deadline passed, the return is on its way
    "returned",  # out: re-credited to the member
    "claiming",  # in: the claim is on its way to the chain
    "unclaimed",  # in: claimed on chain, owed, but the member is gone
    "sending",  # transfer: on its way to the chain
]


class ConversionRow(msgspec.Struct, frozen=True):
    """One conversion as this brand sees it; `direction` "out" (our member sends) or "in" (our member receives), or
    "transfer" (our member's wallet pays an account that the outbox names; no local points move). `counterparty` 0: no
    brand but the member's own wallet, which this row does not name: it is identity data. `award`, `award_refusal`: the
    option that the arriving points were meant for, and why it was refused, as a `RefusedBody`."""

    conversion_id: str
    direction: Literal["out", "in", "transfer"]
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
    award: str | None = None
    award_refusal: str | None = None


ConversionStep = Literal[
    "issued", "rejected", "arrived", "credited", "claimed", "returned", "minted", "burnt", "transferred"
]


class ChainReceipt(msgspec.Struct, frozen=True):
    """Where on the chain a step of a conversion can be looked up.

    "issued", "credited" and "returned" are this brand's own items (convert-in, claim, return), "claimed" is the other
    brand's claim. Of own wallets: "minted" into it, "burnt" from it and credited here, "transferred" to
    another account. `local_points` and `alliance_units` as the chain says.
    """

    conversion_id: str
    step: ConversionStep
    block_number: int
    tx_hash: bytes
    seq: int
    item_index: int
    local_points: int
    alliance_units: int
    at: Instant
