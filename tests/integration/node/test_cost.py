"""What a purchase costs the database: DESIGN §9 allows 9 rows and 1.5 kB of write-ahead log."""

import pytest
import sqlalchemy as sa

from alliance_node.application.envelopes import Envelope
from tests.integration.node.world import T0, World, purchase

TABLES = ("members", "events", "lots", "entries", "idempotency_keys", "shared_limits", "quotes", "conversions")


def test_a_purchase_writes_at_most_nine_rows(world: World) -> None:
    member = world.member()
    before = {table: world.count(table) for table in TABLES}
    world.ledger.execute([Envelope(purchase(member, "basket-1"), "till", "key-1", b"k" * 32)], T0)
    new = {table: world.count(table) - before[table] for table in TABLES if world.count(table) != before[table]}
    assert new == {"events": 1, "lots": 1, "entries": 2, "idempotency_keys": 1}
    updated = 1  # the member's row
    assert sum(new.values()) + updated == 6


@pytest.mark.postgresql
def test_a_bulk_purchase_writes_at_most_one_and_a_half_kilobytes_of_log(postgresql_world: World) -> None:
    """Measured once every page has been touched, so that full-page images of the last checkpoint do not count."""
    world = postgresql_world
    members = world.members(1_000)

    def sell(turn: int) -> None:
        world.do(*(purchase(member, f"{turn}-{member}", 5_000, T0 + turn) for member in members), now=T0 + turn)

    def position() -> int:
        with world.engine.connect() as connection:
            return int(connection.scalar(sa.text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")) or 0)

    for turn in range(3):
        sell(turn)
    start = position()
    for turn in range(3, 6):
        sell(turn)
    assert (position() - start) / (3 * len(members)) <= 1_536
