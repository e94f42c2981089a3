"""Sponsored bonuses and the budgets that pay them. Implements `application.spending_bonuses.BonusStore`.

Owns the queries of its two tables. A bonus that a group locks was locked with its member's row before.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.sql.bonus_tables import spending_bonuses, sponsor_budgets
from alliance_node.application.spending_bonuses import BonusRow, BudgetChange, BudgetKey

_BUDGET = BudgetKey.__struct_fields__


class SqlBonusStore:
    """Works inside the caller's transaction."""

    def move(self, connection: sa.Connection, change: BudgetChange) -> None:
        units = sponsor_budgets.c.units + change.units
        moved = sa.update(sponsor_budgets).where(*_is(sponsor_budgets, change.budget)).values(units=units)
        if connection.execute(moved).rowcount == 0:
            values = msgspec.structs.asdict(change.budget)
            connection.execute(sa.insert(sponsor_budgets).values(**values, units=change.units))

    def units_left(self, connection: sa.Connection, budget: BudgetKey) -> int:
        held = sa.select(sponsor_budgets.c.units).where(*_is(sponsor_budgets, budget))
        asked = sa.select(sa.func.sum(spending_bonuses.c.units)).where(
            *_is(spending_bonuses, budget), spending_bonuses.c.status.in_(("spending", "cancelled"))
        )
        return int(connection.scalar(held) or 0) - int(connection.scalar(asked) or 0)

    def add(self, connection: sa.Connection, row: BonusRow) -> None:
        connection.execute(sa.insert(spending_bonuses).values(_values(row)))

    def members(self, connection: sa.Connection, item_ids: Sequence[str]) -> list[str]:
        named = spending_bonuses.c.item_id.in_(item_ids) | spending_bonuses.c.unspend_item_id.in_(item_ids)
        return sorted(set(connection.scalars(sa.select(spending_bonuses.c.member_id).where(named))))

    def known(self, connection: sa.Connection, item_ids: Sequence[str]) -> set[str]:
        columns = (spending_bonuses.c.item_id, spending_bonuses.c.unspend_item_id)
        found = [connection.scalars(sa.select(column).where(column.in_(item_ids))) for column in columns]
        return {item_id for scalars in found for item_id in scalars if item_id is not None}

    def lock(self, connection: sa.Connection, item_ids: Sequence[str]) -> dict[str, BonusRow]:
        return {row.item_id: row for row in self._find(connection, spending_bonuses.c.item_id, item_ids)}

    def by_unspend(self, connection: sa.Connection, item_ids: Sequence[str]) -> dict[str, BonusRow]:
        rows = self._find(connection, spending_bonuses.c.unspend_item_id, item_ids)
        return {row.unspend_item_id: row for row in rows if row.unspend_item_id is not None}

    def save(self, connection: sa.Connection, rows: Sequence[BonusRow]) -> None:
        for row in rows:
            changed = sa.update(spending_bonuses).where(spending_bonuses.c.item_id == row.item_id)
            connection.execute(changed.values(_values(row)))

    def _find(self, connection: sa.Connection, column: Any, item_ids: Sequence[str]) -> list[BonusRow]:
        query = sa.select(spending_bonuses).where(column.in_(item_ids)).order_by(spending_bonuses.c.item_id)
        return [_row(found) for found in connection.execute(query.with_for_update()).mappings()]


def _is(table: sa.Table, budget: BudgetKey) -> list[Any]:
    return [table.c[name] == getattr(budget, name) for name in _BUDGET]


def _values(row: BonusRow) -> dict[str, Any]:
    values = msgspec.structs.asdict(row)
    budget: BudgetKey = values.pop("budget")
    return {**values, **msgspec.structs.asdict(budget)}


def _row(found: Any) -> BonusRow:
    budget = BudgetKey(*(found[name] for name in _BUDGET))
    names = [name for name in BonusRow.__struct_fields__ if name != "budget"]
    return BonusRow(budget=budget, **{name: found[name] for name in names})
