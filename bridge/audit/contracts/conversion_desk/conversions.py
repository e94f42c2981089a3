"""Convert-in, claim, return and to-wallet: the kinds of items that carry a conversion (IConversionDesk.postBatch).

Pure: each function answers one item as the desk must, reasons in the contract's order, and leaves its effect in
`Running` for the next item.
"""

from bridge.audit.contracts.brand_registry import BrandStatus
from bridge.audit.contracts.conversion_desk.running import Answer, Running
from bridge.audit.contracts.rates import RateVersion
from bridge.protocol.claims import claim_address, commitment
from bridge.protocol.domains import DeskDomains
from bridge.protocol.items import Item, RejectReason
from bridge.protocol.rates import UINT64_MAX, to_alliance_units_down, to_local_points_down


def sent_to(domains: DeskDomains, poster: int, item: Item) -> int:
    """The claim address of a convert-in or return: of the poster, for the commitment in the item."""
    return int.from_bytes(claim_address(domains.claim, poster, item.payload, item.deadline), "big")


def claimed_from(domains: DeskDomains, poster: int, item: Item) -> int:
    """The claim address that a claim opens with its salt."""
    promised = commitment(poster, item.rate_version, item.payload)
    return int.from_bytes(claim_address(domains.claim, item.counterparty, promised, item.deadline), "big")


def convert_in(running: Running, item: Item) -> Answer:
    if running.closed_to is not None:
        return running.closed_to
    rate = _in_rate(running, item)
    if isinstance(rate, RejectReason):
        return rate
    units = to_alliance_units_down(rate.rate, item.amount)
    refused = _refused_amount(running, item, units)
    if refused is not None:
        return refused
    holder = sent_to(running.domains, running.brand.brand_id, item)
    running.issue(holder, units)
    return item.rate_version, item.amount, units, holder


def _refused_amount(running: Running, item: Item, units: int) -> RejectReason | None:
    """Amount, deadline, counterparty and limits of a convert-in, in the contract's order."""
    if units == 0:
        return RejectReason.AMOUNT_ZERO
    if units > running.supply_left:
        return RejectReason.AMOUNT_OVERFLOW
    if item.deadline <= running.clock:
        return RejectReason.DEADLINE_PASSED
    if item.deadline > running.clock + running.rules.claim_window:
        return RejectReason.DEADLINE_TOO_FAR
    receiver = running.brands.get(item.counterparty)
    if receiver is None:
        return RejectReason.UNKNOWN_COUNTERPARTY
    if receiver.status is not BrandStatus.ACTIVE:
        return RejectReason.COUNTERPARTY_NOT_ACTIVE
    return running.refused_limits(units)


def wallet_of(domains: DeskDomains, poster: int, item: Item) -> int:
    """The wallet that a to-wallet item names."""
    return int.from_bytes(item.payload, "big")


def to_wallet(running: Running, item: Item) -> Answer:
    if running.closed_to is not None:
        return running.closed_to
    rate = _in_rate(running, item)
    if isinstance(rate, RejectReason):
        return rate
    units = to_alliance_units_down(rate.rate, item.amount)
    if units == 0:
        return RejectReason.AMOUNT_ZERO
    if units > running.supply_left:
        return RejectReason.AMOUNT_OVERFLOW
    wallet = int.from_bytes(item.payload, "big")
    if not 0 < wallet < 1 << 160:
        return RejectReason.INVALID_WALLET
    refused = running.refused_limits(units)
    if refused is not None:
        return refused
    running.issue(wallet, units)
    return item.rate_version, item.amount, units, wallet


def _in_rate(running: Running, item: Item) -> RateVersion | RejectReason:
    rate = running.rate(item.rate_version)
    if rate is None:
        return RejectReason.RATE_UNKNOWN
    if rate.effective_at > running.clock:
        return RejectReason.RATE_NOT_EFFECTIVE
    return RejectReason.RATE_EXPIRED if running.clock >= rate.in_until(running.rules) else rate


def out_rate(running: Running, version: int) -> RateVersion | RejectReason:
    """The version, if its out-side is usable now."""
    rate = running.rate(version)
    if rate is None:
        return RejectReason.RATE_UNKNOWN
    if rate.effective_at > running.clock:
        return RejectReason.RATE_NOT_EFFECTIVE
    return RejectReason.RATE_EXPIRED if running.clock >= rate.out_until(running.rules) else rate


def claim(running: Running, item: Item) -> Answer:
    if item.deadline <= running.clock:
        return RejectReason.DEADLINE_PASSED
    rate = out_rate(running, item.rate_version)
    if isinstance(rate, RejectReason):
        return rate
    holder = claimed_from(running.domains, running.brand.brand_id, item)
    units = running.balance(holder)
    if units == 0:
        return RejectReason.NOTHING_TO_CLAIM
    local = to_local_points_down(rate.rate, units)
    if local == 0:
        return RejectReason.AMOUNT_ZERO
    if local > UINT64_MAX:
        return RejectReason.AMOUNT_OVERFLOW
    running.burn(holder, units)
    return item.rate_version, local, units, holder


def give_back(running: Running, item: Item) -> Answer:
    if running.clock < item.deadline:
        return RejectReason.TOO_EARLY
    holder = sent_to(running.domains, running.brand.brand_id, item)
    units = running.balance(holder)
    if units == 0:
        return RejectReason.NOTHING_TO_CLAIM
    running.burn(holder, units)
    return 0, 0, units, holder
