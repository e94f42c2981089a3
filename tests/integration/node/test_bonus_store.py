"""The tables of sponsored points take what a long range of blocks can end (R-ALL-6)."""

import uuid

import msgspec

from alliance_node.adapters.sql.bonus_store import SqlBonusStore
from alliance_node.application.bonus_records import BonusRow, BudgetKey, BudgetOrder, SponsoredKey
from tests.integration.node.world import World

MANY = 130_000


def test_a_range_that_ends_more_items_than_a_statement_can_name_is_read_all_the_same(world: World) -> None:
    """PostgreSQL binds 65,535 values in a statement, SQLite 250,000; a node that was away for long has more items."""
    names = [str(uuid.UUID(int=number)) for number in range(MANY)]
    paid, order, other, member = names[7], names[60_000], names[-1], names[0]
    store, terms = SqlBonusStore(), b"\x11" * 32
    row = BonusRow(paid, "bonus", "r", member, BudgetKey(1, terms, 9), 10, 200, "unspending", None, other, 5)
    ordered = BudgetOrder(order, "fund", SponsoredKey(2, terms, 9), 300, "waiting", None, 5)
    with world.engine.begin() as connection:
        store.add(connection, row)
        store.add_order(connection, ordered)
        assert store.members(connection, names) == [member]
        assert store.known(connection, names) == {paid, order, other}
        assert store.lock(connection, names) == {paid: row}
        assert store.by_unspend(connection, names) == {other: row}
        assert store.lock_orders(connection, names) == {order: ordered}
        changed = msgspec.structs.replace(row, status="returned")
        store.save(connection, [changed])
        assert store.lock(connection, [paid, paid]) == {paid: changed}
