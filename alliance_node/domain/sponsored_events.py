"""Owns the events about what a sponsor's budget pays (R-ALL-6). Holds no rule; import these from `events`."""

from __future__ import annotations

import msgspec

from alliance_node.domain.event_parts import Clawback, CounterValue, NewLot
from alliance_node.domain.instants import Instant


class SpendingBonusPaid(msgspec.Struct, frozen=True, tag="spending_bonus_paid", omit_defaults=True):
    """The bonus that a redemption promised; the sponsor's budget has paid (R-ALL-6)."""

    occurred_at: Instant
    program_version: int
    redemption_id: str
    points: int
    lots: tuple[NewLot, ...]


class SpendingBonusRefused(msgspec.Struct, frozen=True, tag="spending_bonus_refused", omit_defaults=True):
    """The sponsor's budget did not pay; the member's monthly room comes back."""

    occurred_at: Instant
    program_version: int
    redemption_id: str
    points: int
    reason: str
    counters: tuple[CounterValue, ...] = ()


class SpendingBonusRevoked(msgspec.Struct, frozen=True, tag="spending_bonus_revoked", omit_defaults=True):
    """Taken back with its cancelled redemption; the split is that of `PurchaseRefunded`."""

    occurred_at: Instant
    program_version: int
    redemption_id: str
    lots: tuple[Clawback, ...] = ()
    available_points: int = 0
    pending_points: int = 0
    expired_points: int = 0
    debt_points: int = 0
    forgiven_points: int = 0


class CirculationAwardPaid(msgspec.Struct, frozen=True, tag="circulation_award_paid", omit_defaults=True):
    """The award of the month `period` that the redemption promised; the sponsor's budget has paid (R-ALL-6)."""

    occurred_at: Instant
    program_version: int
    redemption_id: str
    period: int
    points: int
    lots: tuple[NewLot, ...]


class CirculationAwardRefused(msgspec.Struct, frozen=True, tag="circulation_award_refused", omit_defaults=True):
    """The sponsor's budget did not pay; a later redemption of the month may earn the award again."""

    occurred_at: Instant
    redemption_id: str
    period: int
    points: int
    reason: str


class CirculationAwardRevoked(msgspec.Struct, frozen=True, tag="circulation_award_revoked", omit_defaults=True):
    """Cancellations left too little redeemed in the month; the split is that of `PurchaseRefunded`, and nothing where
    the award had not been paid yet. `redemption_id` is the one that promised it."""

    occurred_at: Instant
    program_version: int
    redemption_id: str
    period: int
    points: int
    lots: tuple[Clawback, ...] = ()
    available_points: int = 0
    pending_points: int = 0
    expired_points: int = 0
    debt_points: int = 0
    forgiven_points: int = 0
