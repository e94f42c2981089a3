"""The outbox and the bridge's tables, on both databases."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bridge.protocol.items import InvalidItem
from bridge.transactions import outbox, schema, tables
from bridge.transactions.outbox import OutboxConflict, OutgoingItem
from bridge.transactions.room import room
from tests.integration.bridge.kit import batch_of, convert_in, open_engine, salt_of


@pytest.fixture
def engine(database_url: str) -> sa.Engine:
    made = open_engine(database_url)
    schema.upgrade(made)
    return made


def test_the_migrations_make_the_tables_of_the_code(engine: sa.Engine) -> None:
    schema.upgrade(engine)
    with engine.connect() as connection:
        options = {
            "version_table": schema.VERSION_TABLE,
            "include_name": lambda name, kind, _: kind != "table" or name.startswith("bridge_"),
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []


def test_an_item_enters_once(engine: sa.Engine) -> None:
    """Pitfall 35: the caller that lost the commit's answer enqueues again."""
    item = convert_in(1_000)
    for expected in (True, False):
        with engine.begin() as connection:
            assert outbox.enqueue(connection, item) is expected
    with engine.connect() as connection:
        status = outbox.status(connection, item.item_id)
        assert status is not None
        assert (status.state, status.seq, status.reason) == ("HELD", None, None)
        assert outbox.status(connection, str(uuid.uuid4())) is None


def test_the_same_id_with_other_content_is_refused(engine: sa.Engine) -> None:
    item = convert_in(1_000)
    other = OutgoingItem(item.item_id, item.kind, item.rate_version, item.counterparty, 2_000, 5, item.payload)
    with engine.begin() as connection:
        outbox.enqueue(connection, item)
    with pytest.raises(OutboxConflict) as caught, engine.begin() as connection:
        outbox.enqueue(connection, other)
    assert caught.value.fields == ["deadline", "amount"]


def test_an_item_shares_the_fate_of_the_callers_transaction(engine: sa.Engine) -> None:
    item = convert_in(1_000)
    with pytest.raises(RuntimeError), engine.begin() as connection:
        outbox.enqueue(connection, item)
        raise RuntimeError("the hold failed")
    with engine.connect() as connection:
        assert outbox.status(connection, item.item_id) is None


def test_many_items_keep_their_order(engine: sa.Engine) -> None:
    items = batch_of(1_200, 1_000)
    with engine.begin() as connection:
        assert outbox.enqueue_many(connection, items) == 1_200
        assert outbox.enqueue_many(connection, items[:3]) == 0
        rows = connection.execute(sa.select(tables.item.c.item_id).order_by(tables.item.c.position)).scalars()
        assert list(rows) == [item.item_id for item in items]


@pytest.mark.parametrize(
    "change",
    [
        {"item_id": "not-a-uuid"},
        {"item_id": "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"},
        {"amount": -1},
        {"amount": 1 << 63},
        {"amount": 1.5},
        {"amount": True},
        {"deadline": 1 << 40},
        {"payload": b"short"},
        {"rate_version": 1 << 32},
    ],
)
def test_an_item_that_cannot_be_posted_is_refused_at_the_door(sqlite_url: str, change: dict[str, object]) -> None:
    engine = open_engine(sqlite_url)
    schema.upgrade(engine)
    fields = {
        "item_id": str(uuid.uuid4()),
        "kind": 1,
        "rate_version": 1,
        "counterparty": 2,
        "deadline": 1_000,
        "amount": 5,
        "payload": salt_of(1),
    }
    with pytest.raises(InvalidItem), engine.begin() as connection:
        outbox.enqueue(connection, OutgoingItem(**{**fields, **change}))


def test_no_more_wait_than_the_limit_though_many_ask_at_once(engine: sa.Engine) -> None:
    """Forty groups of five in eight threads, room for a hundred: a hundred enter, to the row."""

    def ask(_: int) -> int:
        with engine.begin() as connection:
            granted = room(connection, 100, 5)
            return outbox.enqueue_many(connection, batch_of(granted, 1_000))

    with ThreadPoolExecutor(8) as pool:
        entered = list(pool.map(ask, range(40)))
    assert sum(entered) == 100
    with engine.begin() as connection:
        assert room(connection, 100, 1) == 0
        connection.execute(sa.delete(tables.item).where(tables.item.c.position % 4 == 0))
        assert room(connection, 100, 50) == 25  # counted, though the first and the last are still there
