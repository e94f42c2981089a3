"""Owns how events and snapshots become bytes: deterministic JSON for events (stored, digested), MessagePack for
snapshots, and which part of a member's state is kept in columns beside the snapshot. May change only together with a
format number: stored bytes live for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from alliance_node.domain.counters import Counter
from alliance_node.domain.events import Event
from alliance_node.domain.instants import Instant
from alliance_node.domain.state import Award, Hold, MemberState, PendingLot, Reward

SNAPSHOT_FORMAT = 3

DIGEST_DOMAIN = "points-alliance/event/1"
"""First line of what an event's digest covers."""

_event_encoder = msgspec.json.Encoder()
_event_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class MemberColumns(NamedTuple):
    """What the members table keeps in columns, in their order there: jobs over all members never open a snapshot."""

    enrolled_at: Instant
    version: int
    swept_through: Instant
    tier: str
    booked: int
    growth: int
    growth_through: Instant
    spend_minor: int
    tier_since: Instant
    protected_until: Instant
    next_maturity: Instant
    """When the first pending points mature (0: none are pending); what is pending itself is in the snapshot."""
    lots_end_from: Instant
    """No open lot ends before: then a purchase can do without the lots."""


class _Snapshot(msgspec.Struct, frozen=True, array_like=True):
    format: int
    timezone: str
    debt_points: int
    forgiven_points: int
    next_lot_no: int
    counters: dict[str, Counter]
    holds: tuple[Hold, ...]
    pending: dict[int, PendingLot]
    next_timezone: str
    timezone_from: Instant
    timezone_changed_at: Instant
    kept_growth: int
    kept_spend_minor: int
    kept_purchases: int
    rewards: dict[str, Reward]
    bonus_debt_points: int
    bound_points: int
    loosened_points: int
    awards: dict[int, Award]


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
    head = f"{DIGEST_DOMAIN}\n{member_id}\n{version}\n{received_at}\n".encode()
    return hashlib.sha256(head + payload).digest()


def member_columns(state: MemberState) -> tuple[Any, ...]:
    """The part of the state that is kept in columns, in the order of `MemberColumns`."""
    return (
        state.enrolled_at,
        state.version,
        state.swept_through,
        state.tier,
        state.booked,
        state.growth,
        state.growth_through,
        state.spend_minor,
        state.tier_since,
        state.protected_until,
        min([lot.matures_at for lot in state.pending.values()]) if state.pending else 0,
        state.lots_end_from,
    )


def encode_snapshot(state: MemberState) -> bytes:
    """Everything but the columns and the lots, as one small blob."""
    return _snapshot_encoder.encode(
        _Snapshot(
            SNAPSHOT_FORMAT,
            state.timezone,
            state.debt_points,
            state.forgiven_points,
            state.next_lot_no,
            state.counters,
            tuple(state.holds.values()),
            state.pending,
            state.next_timezone,
            state.timezone_from,
            state.timezone_changed_at,
            state.kept_growth,
            state.kept_spend_minor,
            state.kept_purchases,
            state.rewards,
            state.bonus_debt_points,
            state.bound_points,
            state.loosened_points,
            state.awards,
        )
    )


def decode_snapshot(member_id: str, columns: Sequence[Any], blob: bytes) -> MemberState:
    """The state of `MemberColumns` and a blob, with no lots yet. Raises `ValueError` when the format is not known."""
    raw = _snapshot_decoder.decode(blob)
    if raw.format != SNAPSHOT_FORMAT:
        raise ValueError(f"snapshot format {raw.format} is not known (expected {SNAPSHOT_FORMAT})")
    (
        enrolled_at,
        version,
        swept_through,
        tier,
        booked,
        growth,
        growth_through,
        spend,
        tier_since,
        protected,
        *_,
        ends,
    ) = columns
    return MemberState(
        member_id,
        version,
        enrolled_at,
        raw.timezone,
        tier,
        tier_since,
        protected,
        growth,
        spend,
        raw.debt_points,
        raw.forgiven_points,
        raw.next_lot_no,
        swept_through,
        booked,
        raw.counters,
        {hold.hold_id: hold for hold in raw.holds},
        raw.pending,
        {},
        set(),
        growth_through,
        raw.next_timezone,
        raw.timezone_from,
        raw.timezone_changed_at,
        raw.kept_growth,
        raw.kept_spend_minor,
        raw.kept_purchases,
        raw.rewards,
        ends,
        0,
        raw.bonus_debt_points,
        raw.bound_points,
        raw.loosened_points,
        raw.awards,
    )
