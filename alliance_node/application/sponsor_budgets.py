"""Use case: this brand as a sponsor fills a budget on the alliance's ledger, and takes back what is left (R-ALL-6).

Owns the orders: FUND and CLOSE items handed to the bridge, and what became of them. Whether the ledger takes them is
its own matter: limits, dates and balances are checked there, and here only where a mistake is certain.
"""

import uuid
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from alliance_node.application.bonus_records import BonusStore, BudgetOrder, SponsoredKey
from alliance_node.application.chain_outcomes import OwnOutcome
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.errors import AllianceNotConnected, BudgetForItself, BudgetNotOpen, BudgetOrderConflict
from alliance_node.application.group_commit import commit_one
from alliance_node.application.ports import OutgoingConversion
from alliance_node.domain.instants import Instant, format_instant


class Funding(msgspec.Struct, frozen=True):
    """What a sponsor orders; the same `order` again is the same funding."""

    order: str
    budget: SponsoredKey
    units: int


def fund_budget(desk: ConversionDesk, wish: Funding, now: Instant) -> BudgetOrder:
    """Issue these units into the budget, once for each order.

    Raises BudgetForItself, BudgetNotOpen, BudgetOrderConflict, UnknownBrand, AllianceNotConnected.
    """
    store = budget_store(desk)
    desk.directory.brand_code(wish.budget.beneficiary)
    if wish.budget.beneficiary == desk.directory.brand_id:
        raise BudgetForItself("the budget's beneficiary is this brand itself")
    name = f"{desk.directory.brand_id}:{wish.order}:budget-order"
    item_id = str(uuid.uuid5(uuid.NAMESPACE_OID, name))

    def work(connection: Connection) -> BudgetOrder:
        known = store.lock_orders(connection, [item_id]).get(item_id)
        if known is not None:
            if (known.budget, known.units) != (wish.budget, wish.units):
                raise BudgetOrderConflict(f"order {wish.order!r} funded another budget or amount before")
            return known
        before = desk.outbox.amount_of(connection, item_id)
        if before not in (None, wish.units):  # a restored node forgot the order, the ledger did not
            raise BudgetOrderConflict(f"order {wish.order!r} funded with {before} units before")
        if before is None and wish.budget.deadline <= desk.directory.alliance_time(connection, now):
            raise BudgetNotOpen(f"the budget's deadline {format_instant(wish.budget.deadline)} has passed")
        order = BudgetOrder(item_id, "fund", wish.budget, wish.units, "waiting", None, now)
        return _order(desk, store, connection, order)

    return commit_one(desk.store, work)


def close_budget(desk: ConversionDesk, budget: SponsoredKey, now: Instant) -> BudgetOrder:
    """Take back what is left, from the deadline on; one order at a time. Raises BudgetNotOpen, AllianceNotConnected."""
    store = budget_store(desk)

    def work(connection: Connection) -> BudgetOrder:
        before = [one for one in store.orders(connection) if (one.kind, one.budget) == ("close", budget)]
        for known in before:
            if known.status == "waiting":
                return known
        order = BudgetOrder(_close_id(desk, budget, len(before)), "close", budget, 0, "waiting", None, now)
        if desk.outbox.amount_of(connection, order.item_id) is None:  # else a restored node forgot the order
            if desk.directory.alliance_time(connection, now) < budget.deadline:
                raise BudgetNotOpen(f"the budget can be closed from {format_instant(budget.deadline)} on")
            if not any(found.budget == budget and found.units for found in store.budgets(connection)):
                raise BudgetNotOpen("nothing is left in this budget, as far as this node has read the ledger")
        return _order(desk, store, connection, order)

    return commit_one(desk.store, work)


def _close_id(desk: ConversionDesk, budget: SponsoredKey, tries: int) -> str:
    """The same try has the same id, so that a node restored from a backup finds it again."""
    name = f"{desk.directory.brand_id}:{budget.beneficiary}:{budget.terms.hex()}:{budget.deadline}:{tries}:budget-close"
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def give_back_again(desk: ConversionDesk, now: Instant) -> int:
    """Ask again for every return that the ledger refused; how many. Raises AllianceNotConnected."""
    if desk.bonuses is None:
        raise AllianceNotConnected("this node keeps no sponsored budgets")
    with desk.store.write() as connection:
        return desk.bonuses.give_back_again(connection, now)


def refused_returns(desk: ConversionDesk) -> int:
    """How many returns the ledger refused and nobody asked for again: an operator must."""
    store = budget_store(desk)
    with desk.store.read() as connection:
        return len(store.in_status(connection, "kept"))


def orders_answered(store: BonusStore, connection: Connection, outcomes: Sequence[OwnOutcome]) -> None:
    """The ledger accepted or rejected orders of ours."""
    found = store.lock_orders(connection, [outcome.item_id for outcome in outcomes]) if outcomes else {}
    changed = [
        msgspec.structs.replace(
            found[outcome.item_id],
            status="done" if outcome.accepted else "refused",
            reason=outcome.reason,
            units=outcome.alliance_units if outcome.accepted else found[outcome.item_id].units,
        )
        for outcome in outcomes
        if outcome.item_id in found
    ]
    store.save_orders(connection, changed)


def budget_store(desk: ConversionDesk) -> BonusStore:
    """Raises AllianceNotConnected on a desk that keeps no budgets."""
    if desk.bonus_store is None:
        raise AllianceNotConnected("this node keeps no sponsored budgets")
    return desk.bonus_store


def _order(desk: ConversionDesk, store: BonusStore, connection: Connection, order: BudgetOrder) -> BudgetOrder:
    budget = order.budget
    store.add_order(connection, order)
    item = OutgoingConversion(
        order.item_id, order.kind, 0, budget.beneficiary, budget.deadline, order.units, budget.terms
    )
    ended = desk.outbox.enqueue(connection, [item])
    orders_answered(store, connection, ended)
    return store.lock_orders(connection, [order.item_id])[order.item_id] if ended else order
