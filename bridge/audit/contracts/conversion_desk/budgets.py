"""Fund, spend, unspend and close: items on the budgets of sponsors (IConversionDesk.postBatch).

Pure: each function answers one item as the desk must, reasons in the contract's order, and leaves its effect in
`Running` for the next item.
"""

from bridge.audit.contracts.brand_registry import BrandStatus
from bridge.audit.contracts.conversion_desk.running import Answer, Running
from bridge.protocol.budgets import MAX_BUDGET_LIFE, Budget, budget_address
from bridge.protocol.domains import DeskDomains
from bridge.protocol.items import Item, RejectReason


def of_sponsor(domains: DeskDomains, poster: int, item: Item) -> int:
    """The budget that a fund or close item names: the poster's own."""
    budget = Budget(poster, item.counterparty, item.payload, item.deadline)
    return int.from_bytes(budget_address(domains.budget, budget), "big")


def of_beneficiary(domains: DeskDomains, poster: int, item: Item) -> int:
    """The budget that a spend or unspend item names: of the counterparty, for the poster."""
    budget = Budget(item.counterparty, poster, item.payload, item.deadline)
    return int.from_bytes(budget_address(domains.budget, budget), "big")


def fund(running: Running, item: Item) -> Answer:
    refused = _refused_issue(running, item)
    if refused is not None:
        return refused
    if item.deadline <= running.clock:
        return RejectReason.DEADLINE_PASSED
    if item.deadline > running.clock + MAX_BUDGET_LIFE:
        return RejectReason.DEADLINE_TOO_FAR
    beneficiary = running.brands.get(item.counterparty)
    if beneficiary is None:
        return RejectReason.UNKNOWN_COUNTERPARTY
    if beneficiary.status is not BrandStatus.ACTIVE:
        return RejectReason.COUNTERPARTY_NOT_ACTIVE
    return _issued(running, item, of_sponsor(running.domains, running.brand.brand_id, item))


def spend(running: Running, item: Item) -> Answer:
    if item.amount == 0:
        return RejectReason.AMOUNT_ZERO
    if item.deadline <= running.clock:
        return RejectReason.DEADLINE_PASSED
    budget = of_beneficiary(running.domains, running.brand.brand_id, item)
    if running.balance(budget) < item.amount:
        return RejectReason.BUDGET_EMPTY
    running.burn(budget, item.amount)
    return 0, 0, item.amount, budget


def unspend(running: Running, item: Item) -> Answer:
    refused = _refused_issue(running, item)
    if refused is not None:
        return refused
    if item.deadline > running.clock + MAX_BUDGET_LIFE:
        return RejectReason.DEADLINE_TOO_FAR
    if item.counterparty not in running.brands:
        return RejectReason.UNKNOWN_COUNTERPARTY
    return _issued(running, item, of_beneficiary(running.domains, running.brand.brand_id, item))


def close(running: Running, item: Item) -> Answer:
    if running.clock < item.deadline:
        return RejectReason.TOO_EARLY
    budget = of_sponsor(running.domains, running.brand.brand_id, item)
    rest = running.balance(budget)
    if rest == 0:
        return RejectReason.BUDGET_EMPTY
    running.burn(budget, rest)
    return 0, 0, rest, budget


def _refused_issue(running: Running, item: Item) -> RejectReason | None:
    if running.closed_to is not None:
        return running.closed_to
    if item.amount == 0:
        return RejectReason.AMOUNT_ZERO
    return RejectReason.AMOUNT_OVERFLOW if item.amount > running.supply_left else None


def _issued(running: Running, item: Item, budget: int) -> Answer:
    refused = running.refused_limits(item.amount)
    if refused is not None:
        return refused
    running.issue(budget, item.amount)
    return 0, 0, item.amount, budget
