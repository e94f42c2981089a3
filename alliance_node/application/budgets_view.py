"""What budgets hold, what is promised from them, and what is under way: for managers, and what one member waits for.

Owns the shapes and the sums; every number is as of the last final block that this node has read.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from alliance_node.application.bonus_records import (
    BonusRow,
    BonusStatus,
    BudgetKey,
    BudgetOrder,
    SponsoredKey,
)
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.errors import ApplicationError
from alliance_node.application.sponsor_budgets import budget_store
from alliance_node.domain.instants import Instant, format_instant

_OPEN: tuple[BonusStatus, ...] = ("spending", "cancelled", "unspending", "kept")


def budgets_view(desk: ConversionDesk, now: Instant) -> dict[str, Any]:
    """Budgets to spend, budgets that this brand pays for, and every promise that is not settled."""
    store = budget_store(desk)
    with desk.store.read() as connection:
        alliance_now = desk.directory.alliance_time(connection, now)
        held = {each.budget: each.units for each in store.budgets(connection)}
        orders, rows = store.orders(connection), store.in_status(connection, *_OPEN)
    for order in orders:
        held.setdefault(order.budget, 0)
    return {
        "to_spend": [_to_spend(desk, key, held[key], rows, alliance_now) for key in held if isinstance(key, BudgetKey)],
        "paid_for": [
            _paid_for(desk, key, held[key], orders, alliance_now) for key in held if isinstance(key, SponsoredKey)
        ],
        "promises": [promise_view(row) for row in rows],
    }


def _to_spend(
    desk: ConversionDesk, budget: BudgetKey, units: int, rows: Iterable[BonusRow], now: Instant
) -> dict[str, Any]:
    under_way: Counter[str] = Counter()
    for row in rows:
        if row.budget == budget:
            under_way[row.status] += row.units
    promised = under_way["spending"] + under_way["cancelled"]
    return {
        "sponsor": _code(desk, budget.sponsor),
        **_terms(budget, now),
        "units": units,
        "promised_units": promised,
        "left_units": units - promised,
        "coming_back_units": under_way["unspending"],
        "kept_units": under_way["kept"],
    }


def _paid_for(
    desk: ConversionDesk, budget: SponsoredKey, units: int, orders: Iterable[BudgetOrder], now: Instant
) -> dict[str, Any]:
    own = [order for order in orders if order.budget == budget]
    return {
        "beneficiary": _code(desk, budget.beneficiary),
        **_terms(budget, now),
        "left_units": units,
        "funding_units": sum(order.units for order in own if (order.kind, order.status) == ("fund", "waiting")),
        "orders": [order_view(order) for order in own],
    }


def _terms(budget: BudgetKey | SponsoredKey, now: Instant) -> dict[str, Any]:
    return {
        "terms": "0x" + budget.terms.hex(),
        "deadline": format_instant(budget.deadline),
        "ended": budget.deadline <= now,
    }


def _code(desk: ConversionDesk, brand_id: int) -> str:
    try:
        return desk.directory.brand_code(brand_id)
    except ApplicationError:  # the directory needs the ledger, this page does not
        return f"#{brand_id}"


def member_promises(desk: ConversionDesk, member_id: str) -> list[BonusRow]:
    """What the member is promised and still waits for, the oldest first."""
    if desk.bonus_store is None:
        return []
    with desk.store.read() as connection:
        return desk.bonus_store.of_member(connection, member_id)


def promise_view(row: BonusRow) -> dict[str, Any]:
    """One promise; it names no member."""
    return {
        "item_id": row.item_id,
        "kind": row.kind,
        "redemption_id": row.redemption_id,
        "points": row.points,
        "units": row.units,
        "status": row.status,
        "reason": row.reason,
        "since": format_instant(row.updated_at),
    }


def order_view(order: BudgetOrder) -> dict[str, Any]:
    """One order of a sponsor."""
    return {
        "item_id": order.item_id,
        "kind": order.kind,
        "units": order.units,
        "status": order.status,
        "reason": order.reason,
        "ordered_at": format_instant(order.ordered_at),
    }
