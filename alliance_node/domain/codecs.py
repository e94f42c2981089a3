"""Owns how events and snapshots become bytes: deterministic JSON for events (stored, digested), MessagePack for
snapshots. May change only together with a format number: stored bytes live for ever.
"""

from __future__ import annotations

import hashlib

import msgspec

from alliance_node.domain.counters import Counter
from alliance_node.domain.events import Event
from alliance_node.domain.instants import Instant
from alliance_node.domain.state import Hold, MemberState, PendingLot, Reward

SNAPSHOT_FORMAT = 1

_event_encoder = msgspec.json.Encoder()
_event_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class _Snapshot(msgspec.Struct, frozen=True, array_like=True):
    format: int
    member_id: str
    version: int
    enrolled_at: Instant
    timezone: str
    tier: str
    tier_since: Instant
    protected_until: Instant
    growth: int
    spend_minor: int
    debt_points: int
    forgiven_points: int
    next_lot_no: int
    swept_through: Instant
    booked: int
    counters: dict[str, Counter]
    holds: tuple[Hold, ...]
    pending: dict[int, PendingLot]
    growth_through: Instant
    next_timezone: str
    timezone_from: Instant
    timezone_changed_at: Instant
    kept_growth: int
    kept_spend_minor: int
    kept_purchases: int
    rewards: dict[str, Reward]


_snapshot_encoder = msgspec.msgpack.Encoder()
_snapshot_decoder = msgspec.msgpack.Decoder(_Snapshot)


def encode_event(event: Event) -> bytes:
    """The event's stored bytes: JSON with keys in a fixed order, defaults omitted."""
    return _event_encoder.encode(event)


def decode_event(payload: bytes | str) -> Event:
    """The event of stored bytes. Raises `msgspec.ValidationError` when they are not an event."""
    return _event_decoder.decode(payload)


def event_digest(member_id: str, version: int, received_at: Instant, payload: bytes) -> bytes:
    """SHA-256 over who, which version, when received and the stored bytes; a leaf of the sealed log."""
    head = f"points-alliance/event/1\n{member_id}\n{version}\n{received_at}\n".encode()
    return hashlib.sha256(head + payload).digest()


def encode_snapshot(state: MemberState) -> bytes:
    """Everything but the lots, as one small blob."""
    return _snapshot_encoder.encode(
        _Snapshot(
            SNAPSHOT_FORMAT,
            state.member_id,
            state.version,
            state.enrolled_at,
            state.timezone,
            state.tier,
            state.tier_since,
            state.protected_until,
            state.growth,
            state.spend_minor,
            state.debt_points,
            state.forgiven_points,
            state.next_lot_no,
            state.swept_through,
            state.booked,
            state.counters,
            tuple(state.holds.values()),
            state.pending,
            state.growth_through,
            state.next_timezone,
            state.timezone_from,
            state.timezone_changed_at,
            state.kept_growth,
            state.kept_spend_minor,
            state.kept_purchases,
            state.rewards,
        )
    )


def decode_snapshot(blob: bytes) -> MemberState:
    """The state of a blob, with no lots yet. Raises `ValueError` when the format is not known."""
    raw = _snapshot_decoder.decode(blob)
    if raw.format != SNAPSHOT_FORMAT:
        raise ValueError(f"snapshot format {raw.format} is not known (expected {SNAPSHOT_FORMAT})")
    return MemberState(
        raw.member_id,
        raw.version,
        raw.enrolled_at,
        raw.timezone,
        raw.tier,
        raw.tier_since,
        raw.protected_until,
        raw.growth,
        raw.spend_minor,
        raw.debt_points,
        raw.forgiven_points,
        raw.next_lot_no,
        raw.swept_through,
        raw.booked,
        raw.counters,
        {hold.hold_id: hold for hold in raw.holds},
        raw.pending,
        {},
        set(),
        raw.growth_through,
        raw.next_timezone,
        raw.timezone_from,
        raw.timezone_changed_at,
        raw.kept_growth,
        raw.kept_spend_minor,
        raw.kept_purchases,
        raw.rewards,
    )
