"""What ConversionDesk must answer to a batch, decided again from the items and the model alone.

Pure: reads the model, changes nothing, returns the outcomes. The order of the reasons is the one that IConversionDesk
promises at `postBatch`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bridge.audit.model import Alliance, Brand, BrandStatus
from bridge.audit.rates import RateRules
from bridge.protocol.claims import claim_address, commitment
from bridge.protocol.items import Item, ItemKind, RejectReason
from bridge.protocol.rates import UINT64_MAX, to_alliance_units_down, to_local_points_down

MAX_SUPPLY = UINT64_MAX


def packed_outcome(prefix: int, item: int, kind: int, rate_version: int, local_points: int, alliance_units: int) -> int:
    """The word of a `Converted` event; always above every reject reason, because the brand id is in its top bits."""
    return prefix | item << 168 | kind << 160 | rate_version << 128 | local_points << 64 | alliance_units


def outcome_prefix(brand_id: int, seq: int) -> int:
    return brand_id << 224 | seq << 184


@dataclass(slots=True)
class _Running:
    """A batch while it is decided: what is left, and balances that differ from the model's."""

    alliance: Alliance
    brand: Brand
    clock: int
    closed_to: RejectReason | None
    headroom: int
    limiter_left: int
    supply_left: int
    balances: dict[int, int] = field(default_factory=dict)

    @property
    def rules(self) -> RateRules:
        return self.alliance.rules

    def balance(self, holder: int) -> int:
        known = self.balances.get(holder)
        return self.alliance.balances.get(holder, 0) if known is None else known

    def holder(self, source_brand: int, payload: bytes, deadline: int) -> int:
        return int.from_bytes(claim_address(self.alliance.claim_domain, source_brand, payload, deadline), "big")


# Refused, or (rate version, local points, alliance units, claim address).
_Answer = RejectReason | tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Decision:
    """Per item: the packed word of its Converted event or its reject reason; the claim addresses of accepted items."""

    outcomes: list[int]
    holders: dict[int, int]


def claim_holder(alliance: Alliance, poster: int, item: Item) -> int:
    """The claim address that an item fills or empties."""
    if item.kind == ItemKind.CLAIM:
        source, promised = item.counterparty, commitment(poster, item.rate_version, item.payload)
    else:
        source, promised = poster, item.payload
    return int.from_bytes(claim_address(alliance.claim_domain, source, promised, item.deadline), "big")


def decide_batch(alliance: Alliance, brand: Brand, seq: int, items: Sequence[Item], timestamp: int) -> Decision:
    """What the desk must answer to each item, in order."""
    running = _open(alliance, brand, timestamp)
    prefix = outcome_prefix(brand.brand_id, seq)
    decision = Decision([], {})
    for index, item in enumerate(items):
        decide = _DECISIONS.get(item.kind)
        answer: _Answer = RejectReason.UNKNOWN_KIND if decide is None else decide(running, item)
        if isinstance(answer, RejectReason):
            decision.outcomes.append(int(answer))
        else:
            *fields, decision.holders[index] = answer
            decision.outcomes.append(packed_outcome(prefix, index, item.kind, *fields))
    return decision


def _open(alliance: Alliance, brand: Brand, timestamp: int) -> _Running:
    closed_to: RejectReason | None = None
    if brand.status is not BrandStatus.ACTIVE:
        closed_to = RejectReason.BRAND_NOT_ACTIVE
    elif alliance.clock.is_paused:
        closed_to = RejectReason.PAUSED
    return _Running(
        alliance=alliance,
        brand=brand,
        clock=alliance.clock.read(timestamp),
        closed_to=closed_to,
        headroom=brand.headroom,
        limiter_left=brand.limiter.available(timestamp),
        supply_left=MAX_SUPPLY - alliance.supply,
    )


def _convert_in(running: _Running, item: Item) -> _Answer:
    if running.closed_to is not None:
        return running.closed_to
    rate = running.brand.rate(item.rate_version)
    if rate is None:
        return RejectReason.RATE_UNKNOWN
    if rate.effective_at > running.clock:
        return RejectReason.RATE_NOT_EFFECTIVE
    if running.clock >= rate.in_until(running.rules):
        return RejectReason.RATE_EXPIRED
    units = to_alliance_units_down(rate.rate, item.amount)
    refused = _refused_amount(running, item, units)
    if refused is not None:
        return refused
    running.supply_left -= units
    running.headroom -= units
    running.limiter_left -= units
    holder = running.holder(running.brand.brand_id, item.payload, item.deadline)
    running.balances[holder] = running.balance(holder) + units
    return item.rate_version, item.amount, units, holder


def _refused_amount(running: _Running, item: Item, units: int) -> RejectReason | None:
    """Amount, deadline, counterparty and limits of a convert-in, in the contract's order."""
    if units == 0:
        return RejectReason.AMOUNT_ZERO
    if units > running.supply_left:
        return RejectReason.AMOUNT_OVERFLOW
    if item.deadline <= running.clock:
        return RejectReason.DEADLINE_PASSED
    if item.deadline > running.clock + running.rules.claim_window:
        return RejectReason.DEADLINE_TOO_FAR
    receiver = running.alliance.brands.get(item.counterparty)
    if receiver is None:
        return RejectReason.UNKNOWN_COUNTERPARTY
    if receiver.status is not BrandStatus.ACTIVE:
        return RejectReason.COUNTERPARTY_NOT_ACTIVE
    if units > running.headroom:
        return RejectReason.CREDIT_LIMIT
    return RejectReason.RATE_LIMITED if units > running.limiter_left else None


def _claim(running: _Running, item: Item) -> _Answer:
    if item.deadline <= running.clock:
        return RejectReason.DEADLINE_PASSED
    rate = running.brand.rate(item.rate_version)
    if rate is None:
        return RejectReason.RATE_UNKNOWN
    if rate.effective_at > running.clock:
        return RejectReason.RATE_NOT_EFFECTIVE
    if running.clock >= rate.out_until(running.rules):
        return RejectReason.RATE_EXPIRED
    holder = claim_holder(running.alliance, running.brand.brand_id, item)
    units = running.balance(holder)
    if units == 0:
        return RejectReason.NOTHING_TO_CLAIM
    local = to_local_points_down(rate.rate, units)
    if local == 0:
        return RejectReason.AMOUNT_ZERO
    if local > UINT64_MAX:
        return RejectReason.AMOUNT_OVERFLOW
    _empty(running, holder, units)
    return item.rate_version, local, units, holder


def _return(running: _Running, item: Item) -> _Answer:
    if running.clock < item.deadline:
        return RejectReason.TOO_EARLY
    holder = running.holder(running.brand.brand_id, item.payload, item.deadline)
    units = running.balance(holder)
    if units == 0:
        return RejectReason.NOTHING_TO_CLAIM
    _empty(running, holder, units)
    return 0, 0, units, holder


def _empty(running: _Running, holder: int, units: int) -> None:
    running.balances[holder] = 0
    running.supply_left += units
    running.headroom += units


_DECISIONS: dict[int, Callable[[_Running, Item], _Answer]] = {
    ItemKind.CONVERT_IN: _convert_in,
    ItemKind.CLAIM: _claim,
    ItemKind.RETURN: _return,
}
