"""Sponsored points, the budgets that pay them, orders of a sponsor: implements `application.bonus_records.BonusStore`.

Owns the queries of its four tables. A bonus that a group locks was locked with its member's row before.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.sql.bonus_tables import (
    budget_orders,
    spending_bonuses,
    sponsor_budgets,
    sponsored_budgets,
)
from alliance_node.application.bonus_records import (
    BonusRow,
    BonusStatus,
    BudgetChange,
    BudgetKey,
    BudgetOrder,
    BudgetUnits,
    SponsoredKey,
)

_CHUNK = 500
_TABLES: tuple[tuple[type[BudgetKey | SponsoredKey], sa.Table], ...] = (
    (BudgetKey, sponsor_budgets),
    (SponsoredKey, sponsored_budgets),
)


class SqlBonusStore:
    """Works inside the caller's transaction."""

    def move(self, connection: sa.Connection, change: BudgetChange) -> None:
        table = dict(_TABLES)[type(change.budget)]
        moved = sa.update(table).where(*_is(table, change.budget)).values(units=table.c.units + change.units)
        if connection.execute(moved).rowcount == 0:
            values = msgspec.structs.asdict(change.budget)
            connection.execute(sa.insert(table).values(**values, units=change.units))

    def budgets(self, connection: sa.Connection) -> list[BudgetUnits]:
        found = []
        for kind, table in _TABLES:
            names = kind.__struct_fields__
            query = sa.select(table).order_by(table.c.deadline, *(table.c[name] for name in names))
            for row in connection.execute(query).mappings():
                found.append(BudgetUnits(kind(*(row[name] for name in names)), int(row["units"])))
        return found

    def units_left(self, connection: sa.Connection, budget: BudgetKey) -> int:
        held = sa.select(sponsor_budgets.c.units).where(*_is(sponsor_budgets, budget))
        asked = sa.select(sa.func.sum(spending_bonuses.c.units)).where(
            *_is(spending_bonuses, budget), spending_bonuses.c.status.in_(("spending", "cancelled"))
        )
        return int(connection.scalar(held) or 0) - int(connection.scalar(asked) or 0)

    def add(self, connection: sa.Connection, row: BonusRow) -> None:
        connection.execute(sa.insert(spending_bonuses).values(_values(row)))

    def members(self, connection: sa.Connection, item_ids: Sequence[str]) -> list[str]:
        found: set[str] = set()
        for part in _parts(item_ids):
            named = spending_bonuses.c.item_id.in_(part) | spending_bonuses.c.unspend_item_id.in_(part)
            found.update(connection.scalars(sa.select(spending_bonuses.c.member_id).where(named)))
        return sorted(found)

    def known(self, connection: sa.Connection, item_ids: Sequence[str]) -> set[str]:
        columns = (spending_bonuses.c.item_id, spending_bonuses.c.unspend_item_id, budget_orders.c.item_id)
        found: set[str] = set()
        for part in _parts(item_ids):
            for column in columns:
                found.update(connection.scalars(sa.select(column).where(column.in_(part))))
        return found

    def lock(self, connection: sa.Connection, item_ids: Sequence[str]) -> dict[str, BonusRow]:
        return {row.item_id: row for row in self._find(connection, spending_bonuses.c.item_id, item_ids)}

    def by_unspend(self, connection: sa.Connection, item_ids: Sequence[str]) -> dict[str, BonusRow]:
        rows = self._find(connection, spending_bonuses.c.unspend_item_id, item_ids)
        return {row.unspend_item_id: row for row in rows if row.unspend_item_id is not None}

    def in_status(self, connection: sa.Connection, *statuses: BonusStatus) -> list[BonusRow]:
        query = (
            sa.select(spending_bonuses)
            .where(spending_bonuses.c.status.in_(statuses))
            .order_by(spending_bonuses.c.updated_at, spending_bonuses.c.item_id)
        )
        return [_row(found) for found in connection.execute(query).mappings()]

    def of_member(self, connection: sa.Connection, member_id: str) -> list[BonusRow]:
        query = (
            sa.select(spending_bonuses)
            .where(spending_bonuses.c.member_id == member_id, spending_bonuses.c.status == "spending")
            .order_by(spending_bonuses.c.updated_at, spending_bonuses.c.item_id)
        )
        return [_row(found) for found in connection.execute(query).mappings()]

    def save(self, connection: sa.Connection, rows: Sequence[BonusRow]) -> None:
        for row in rows:
            changed = sa.update(spending_bonuses).where(spending_bonuses.c.item_id == row.item_id)
            connection.execute(changed.values(_values(row)))

    def orders(self, connection: sa.Connection) -> list[BudgetOrder]:
        query = sa.select(budget_orders).order_by(budget_orders.c.ordered_at, budget_orders.c.item_id)
        return [_order(found) for found in connection.execute(query).mappings()]

    def lock_orders(self, connection: sa.Connection, item_ids: Sequence[str]) -> dict[str, BudgetOrder]:
        orders: dict[str, BudgetOrder] = {}
        for part in _parts(item_ids):
            query = sa.select(budget_orders).where(budget_orders.c.item_id.in_(part)).order_by(budget_orders.c.item_id)
            found = connection.execute(query.with_for_update()).mappings()
            orders |= {row["item_id"]: _order(row) for row in found}
        return orders

    def add_order(self, connection: sa.Connection, order: BudgetOrder) -> None:
        connection.execute(sa.insert(budget_orders).values(_values(order)))

    def save_orders(self, connection: sa.Connection, orders: Sequence[BudgetOrder]) -> None:
        for order in orders:
            changed = sa.update(budget_orders).where(budget_orders.c.item_id == order.item_id)
            connection.execute(changed.values(_values(order)))

    def _find(self, connection: sa.Connection, column: Any, values: Sequence[str]) -> list[BonusRow]:
        rows: list[BonusRow] = []
        for part in _parts(values):
            query = sa.select(spending_bonuses).where(column.in_(part)).order_by(spending_bonuses.c.item_id)
            rows += [_row(found) for found in connection.execute(query.with_for_update()).mappings()]
        return rows


def _parts(values: Sequence[str]) -> Iterator[list[str]]:
    """In order, as many at a time as every database binds: a range of blocks can end tens of thousands of items."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


def _is(table: sa.Table, budget: BudgetKey | SponsoredKey) -> list[Any]:
    return [table.c[name] == getattr(budget, name) for name in budget.__struct_fields__]


def _values(row: BonusRow | BudgetOrder) -> dict[str, Any]:
    values = msgspec.structs.asdict(row)
    budget: BudgetKey | SponsoredKey = values.pop("budget")
    return {**values, **msgspec.structs.asdict(budget)}


def _row(found: Any) -> BonusRow:
    budget = BudgetKey(*(found[name] for name in BudgetKey.__struct_fields__))
    return BonusRow(budget=budget, **_plain(BonusRow, found))


def _order(found: Any) -> BudgetOrder:
    budget = SponsoredKey(*(found[name] for name in SponsoredKey.__struct_fields__))
    return BudgetOrder(budget=budget, **_plain(BudgetOrder, found))


def _plain(kind: type[BonusRow | BudgetOrder], found: Any) -> dict[str, Any]:
    return {name: found[name] for name in kind.__struct_fields__ if name != "budget"}
