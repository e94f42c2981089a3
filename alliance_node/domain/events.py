"""Owns the events of a member's stream: what was decided, with every computed number. Holds no rule.
Old events are never re-decided: evolving and posting need the event alone. Codecs are in `codecs.py`.
"""

from __future__ import annotations

import msgspec

from alliance_node.domain.commands import GiftPart
from alliance_node.domain.event_parts import ArrivedPart as ArrivedPart
from alliance_node.domain.event_parts import AwardPromise as AwardPromise
from alliance_node.domain.event_parts import Clawback as Clawback
from alliance_node.domain.event_parts import CounterValue as CounterValue
from alliance_node.domain.event_parts import Extension as Extension
from alliance_node.domain.event_parts import GrantedGift as GrantedGift
from alliance_node.domain.event_parts import LimitUse as LimitUse
from alliance_node.domain.event_parts import NewLot as NewLot
from alliance_node.domain.event_parts import Restored as Restored
from alliance_node.domain.event_parts import TraceStep as TraceStep
from alliance_node.domain.instants import Instant
from alliance_node.domain.sponsored_events import CirculationAwardPaid as CirculationAwardPaid
from alliance_node.domain.sponsored_events import CirculationAwardRefused as CirculationAwardRefused
from alliance_node.domain.sponsored_events import CirculationAwardRevoked as CirculationAwardRevoked
from alliance_node.domain.sponsored_events import SpendingBonusPaid as SpendingBonusPaid
from alliance_node.domain.sponsored_events import SpendingBonusRefused as SpendingBonusRefused
from alliance_node.domain.sponsored_events import SpendingBonusRevoked as SpendingBonusRevoked
from alliance_node.domain.state import Slice


class MemberEnrolled(msgspec.Struct, frozen=True, tag="member_enrolled", omit_defaults=True):
    occurred_at: Instant
    program_version: int
    timezone: str
    tier: str


class PurchaseRecorded(msgspec.Struct, frozen=True, tag="purchase_recorded", omit_defaults=True, gc=False):
    occurred_at: Instant
    program_version: int
    source: str
    source_event_id: str
    amount_minor: int
    channel: str = "shop"
    tags: tuple[str, ...] = ()
    lots: tuple[NewLot, ...] = ()
    growth: int = 0
    counters: tuple[CounterValue, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    limits: tuple[LimitUse, ...] = ()
    gifts: tuple[GrantedGift, ...] = ()
    late_approval: str = ""


class BehaviourRecorded(msgspec.Struct, frozen=True, tag="behaviour_recorded", omit_defaults=True):
    occurred_at: Instant
    program_version: int
    source: str
    source_event_id: str
    behaviour: str
    lots: tuple[NewLot, ...] = ()
    growth: int = 0
    counters: tuple[CounterValue, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    limits: tuple[LimitUse, ...] = ()
    grade: int = 0
    late_approval: str = ""


class TaskRewarded(msgspec.Struct, frozen=True, tag="task_rewarded", omit_defaults=True):
    """A goal that was reached or a step of a task chain that was done (R-EARN-6, R-EARN-7).

    `reward` is its key among the member's rewards; `source` and `source_event_id` name what completed it; `needs` is
    the progress that a goal needs (0: a step).
    """

    occurred_at: Instant
    program_version: int
    task: str
    reward: str
    period: int
    source: str
    source_event_id: str
    lots: tuple[NewLot, ...] = ()
    growth: int = 0
    counters: tuple[CounterValue, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    limits: tuple[LimitUse, ...] = ()
    needs: int = 0


class TaskRevoked(msgspec.Struct, frozen=True, tag="task_revoked", omit_defaults=True):
    """A reward taken back because a refund undid what had earned it; the split is that of `PurchaseRefunded`."""

    occurred_at: Instant
    program_version: int
    task: str
    reward: str
    lots: tuple[Clawback, ...] = ()
    available_points: int = 0
    pending_points: int = 0
    expired_points: int = 0
    debt_points: int = 0
    forgiven_points: int = 0
    growth: int = 0
    counters: tuple[CounterValue, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    limits: tuple[LimitUse, ...] = ()


class PurchaseRefunded(msgspec.Struct, frozen=True, tag="purchase_refunded", omit_defaults=True):
    """The clawback, split by where the points were: available, pending, already expired (against breakage), spent.

    The spent part is `debt_points` (owed) plus `forgiven_points` (the program's clamp).
    """

    occurred_at: Instant
    program_version: int
    source: str
    source_event_id: str
    purchase_source: str
    purchase_source_event_id: str
    amount_minor: int
    lots: tuple[Clawback, ...] = ()
    available_points: int = 0
    pending_points: int = 0
    expired_points: int = 0
    debt_points: int = 0
    forgiven_points: int = 0
    growth: int = 0
    trace: tuple[TraceStep, ...] = ()
    counters: tuple[CounterValue, ...] = ()
    limits: tuple[LimitUse, ...] = ()
    gifts_due_back: tuple[GrantedGift, ...] = ()
    whole: bool = False
    """Nothing of the purchase is left."""
    late_approval: str = ""


class EarningAccelerated(msgspec.Struct, frozen=True, tag="earning_accelerated", omit_defaults=True):
    """What a founder membership added to a purchase (R-NFT-1): `points_in_full` to all of it; the
    lots hold what was not refunded by then."""

    occurred_at: Instant
    program_version: int
    source: str
    source_event_id: str
    token_id: int
    points_in_full: int
    lots: tuple[NewLot, ...] = ()
    trace: tuple[TraceStep, ...] = ()


class LotsExtended(msgspec.Struct, frozen=True, tag="lots_extended", omit_defaults=True):
    """`reason` is purchase (R-EXP-3), tier (points of a tier that never expire, R-EXP-4) or tier_lost."""

    occurred_at: Instant
    program_version: int
    lots: tuple[Extension, ...]
    reason: str = "purchase"


class PointsMatured(msgspec.Struct, frozen=True, tag="points_matured", omit_defaults=True):
    occurred_at: Instant
    lots: tuple[Slice, ...]
    points: int


class DebtRepaid(msgspec.Struct, frozen=True, tag="debt_repaid", omit_defaults=True):
    occurred_at: Instant
    program_version: int
    points: int
    slices: tuple[Slice, ...]


class TierChanged(msgspec.Struct, frozen=True, tag="tier_changed", omit_defaults=True):
    """`reason` is one of upgrade, downgrade, refund, retained (the retention task was met: protected again)."""

    occurred_at: Instant
    program_version: int
    old_tier: str
    new_tier: str
    reason: str
    protected_until: Instant = 0


class GrowthDecayed(msgspec.Struct, frozen=True, tag="growth_decayed", omit_defaults=True):
    """The yearly decay of growth value up to the boundary `through`, booked when the member is next looked at."""

    occurred_at: Instant
    program_version: int
    through: Instant
    lost: int


class RedemptionMade(msgspec.Struct, frozen=True, tag="redemption_made", omit_defaults=True):
    """`cash_minor` is what the member pays besides the points, `limits` what was taken of shared limits, `order_id` the
    order that an offset pays. A redemption of a lottery is `quantity` tickets. `bonus_points` are promised for the
    `arrived` part: they come when the sponsor's budget has paid, and so does the month's `award` (R-ALL-6)."""

    occurred_at: Instant
    program_version: int
    redemption_id: str
    option: str
    kind: str
    quantity: int
    points: int
    value_minor: int
    slices: tuple[Slice, ...]
    limits: tuple[LimitUse, ...] = ()
    counters: tuple[CounterValue, ...] = ()
    cash_minor: int = 0
    order_id: str = ""
    order_amount_minor: int = 0
    trace: tuple[TraceStep, ...] = ()
    bonus_points: int = 0
    arrived: tuple[ArrivedPart, ...] = ()
    award: AwardPromise | None = None


class RedemptionCancelled(msgspec.Struct, frozen=True, tag="redemption_cancelled", omit_defaults=True):
    occurred_at: Instant
    program_version: int
    redemption_id: str
    points: int
    restored: tuple[Restored, ...] = ()
    lots: tuple[NewLot, ...] = ()
    recovered_points: int = 0
    counters: tuple[CounterValue, ...] = ()
    limits: tuple[LimitUse, ...] = ()


class BenefitUsed(msgspec.Struct, frozen=True, tag="benefit_used", omit_defaults=True):
    """`bought` when the use was paid with points, else it came with the tier."""

    occurred_at: Instant
    program_version: int
    use_id: str
    benefit: str
    tier: str
    bought: bool = False
    counters: tuple[CounterValue, ...] = ()


class GiftSent(msgspec.Struct, frozen=True, tag="gift_sent", omit_defaults=True):
    occurred_at: Instant
    program_version: int
    gift_id: str
    to_member_id: str
    points: int
    slices: tuple[Slice, ...]
    parts: tuple[GiftPart, ...]
    counters: tuple[CounterValue, ...] = ()


class GiftReceived(msgspec.Struct, frozen=True, tag="gift_received", omit_defaults=True):
    occurred_at: Instant
    program_version: int
    gift_id: str
    from_member_id: str
    lots: tuple[NewLot, ...]
    counters: tuple[CounterValue, ...] = ()


class PrizeWon(msgspec.Struct, frozen=True, tag="prize_won", omit_defaults=True):
    """A lottery's prize: points (then `lots`) or a thing to hand over."""

    occurred_at: Instant
    program_version: int
    option: str
    draw_id: str
    ticket_no: int
    prize: str
    lots: tuple[NewLot, ...] = ()


class TimezoneChanged(msgspec.Struct, frozen=True, tag="timezone_changed", omit_defaults=True):
    occurred_at: Instant
    old_timezone: str
    new_timezone: str
    effective_at: Instant


class PointsRecalled(msgspec.Struct, frozen=True, tag="points_recalled", omit_defaults=True):
    """An announced clearing event took what was left of old lots (R-VAL-4)."""

    occurred_at: Instant
    program_version: int
    recall_id: str
    points: int
    slices: tuple[Slice, ...] = ()
    counters: tuple[CounterValue, ...] = ()


class OpeningImported(msgspec.Struct, frozen=True, tag="opening_imported", omit_defaults=True):
    occurred_at: Instant
    program_version: int
    import_id: str
    tier: str
    lots: tuple[NewLot, ...] = ()
    tier_since: Instant = 0
    protected_until: Instant = 0
    growth: int = 0
    spend_minor: int = 0
    import_name: str = ""


class PurchaseImported(msgspec.Struct, frozen=True, tag="purchase_imported", omit_defaults=True):
    """A purchase of the time before the move; `points` were given for it by the old system."""

    occurred_at: Instant
    source: str
    source_event_id: str
    amount_minor: int
    channel: str = "shop"
    tags: tuple[str, ...] = ()
    points: int = 0


class ConversionHeld(msgspec.Struct, frozen=True, tag="conversion_held", omit_defaults=True):
    occurred_at: Instant
    program_version: int
    conversion_id: str
    points: int
    alliance_units: int
    slices: tuple[Slice, ...]
    counters: tuple[CounterValue, ...] = ()
    to_wallet: bool = False


class ConversionCaptured(msgspec.Struct, frozen=True, tag="conversion_captured", omit_defaults=True):
    occurred_at: Instant
    conversion_id: str
    points: int


class ConversionReleased(msgspec.Struct, frozen=True, tag="conversion_released", omit_defaults=True):
    occurred_at: Instant
    program_version: int
    conversion_id: str
    points: int
    reason: str
    restored: tuple[Restored, ...] = ()
    lots: tuple[NewLot, ...] = ()
    recovered_points: int = 0


class ConversionReturned(msgspec.Struct, frozen=True, tag="conversion_returned", omit_defaults=True):
    occurred_at: Instant
    program_version: int
    conversion_id: str
    points: int
    restored: tuple[Restored, ...] = ()
    lots: tuple[NewLot, ...] = ()
    recovered_points: int = 0


class ConversionReceived(msgspec.Struct, frozen=True, tag="conversion_received", omit_defaults=True):
    occurred_at: Instant
    program_version: int
    conversion_id: str
    points: int
    alliance_units: int
    source_brand: str
    lots: tuple[NewLot, ...]


class PointsExpired(msgspec.Struct, frozen=True, tag="points_expired", omit_defaults=True):
    """One sweep of one member: everything that expired until `through`; the lots stay as they are."""

    occurred_at: Instant
    through: Instant
    points: int


Event = (
    MemberEnrolled
    | PurchaseRecorded
    | BehaviourRecorded
    | PurchaseRefunded
    | LotsExtended
    | PointsMatured
    | DebtRepaid
    | TierChanged
    | RedemptionMade
    | RedemptionCancelled
    | ConversionHeld
    | ConversionCaptured
    | ConversionReleased
    | ConversionReturned
    | ConversionReceived
    | PointsExpired
    | TaskRewarded
    | TaskRevoked
    | GrowthDecayed
    | BenefitUsed
    | GiftSent
    | GiftReceived
    | PrizeWon
    | TimezoneChanged
    | PointsRecalled
    | OpeningImported
    | PurchaseImported
    | EarningAccelerated
    | SpendingBonusPaid
    | SpendingBonusRefused
    | SpendingBonusRevoked
    | CirculationAwardPaid
    | CirculationAwardRefused
    | CirculationAwardRevoked
)
