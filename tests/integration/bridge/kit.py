"""Helpers of the bridge's integration tests: one brand's database with an observer that writes its effects there."""

import sqlite3
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import event

from bridge.indexer.model import Arrival, ClaimSeen, FinalBlock, ItemOutcome
from bridge.protocol import claims
from bridge.protocol.items import ItemKind
from bridge.runner import BridgeRunner
from bridge.settings import BridgeSettings
from bridge.transactions import outbox, schema
from bridge.transactions.context import Checkpoint
from bridge.transactions.outbox import ItemStatus, OutgoingItem
from tests.chain_fixtures import Alliance, Brand

DAY = 86_400
metadata = sa.MetaData()
effect = sa.Table(
    "test_effect",
    metadata,
    sa.Column("item_id", sa.String(36), primary_key=True),  # a second effect on one item violates the key
    sa.Column("accepted", sa.Boolean, nullable=False),
    sa.Column("units", sa.BigInteger, nullable=False),
)


def open_engine(url: str, busy_milliseconds: int = 20_000) -> sa.Engine:
    """An engine as the node opens it: WAL and BEGIN IMMEDIATE on SQLite."""
    engine = sa.create_engine(url)

    def _pragmas(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA busy_timeout={busy_milliseconds}")

    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _pragmas)
        event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: sa.Connection) -> None:
    read_only = connection.get_execution_options().get("alliance_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def prepare(engine: sa.Engine) -> None:
    """The bridge's tables and the observer's."""
    schema.upgrade(engine)
    metadata.create_all(engine)


class Recorder:
    """An observer whose effects are rows in the same commit; `fail_next` makes it fail after writing them. It checks
    that `prepare` named what ends."""

    def __init__(self) -> None:
        self.blocks: list[FinalBlock] = []
        self.prepared: list[str] = []
        self.fail_next: Exception | None = None

    def prepare(self, connection: sa.Connection, item_ids: list[str]) -> None:
        self.prepared = item_ids

    def apply(self, connection: sa.Connection, block: FinalBlock) -> None:
        told = {outcome.item_id for outcome in block.outcomes}
        assert told <= set(self.prepared), "whatever ends was named before anything of the range was applied"
        for outcome in block.outcomes:
            row = {"item_id": outcome.item_id, "accepted": outcome.accepted, "units": outcome.alliance_units}
            connection.execute(sa.insert(effect).values(row))
        if self.fail_next is not None:
            error, self.fail_next = self.fail_next, None
            raise error
        self.blocks.append(block)

    @property
    def outcomes(self) -> list[ItemOutcome]:
        return [outcome for block in self.blocks for outcome in block.outcomes]

    @property
    def arrivals(self) -> list[Arrival]:
        return [arrival for block in self.blocks for arrival in block.arrivals]

    @property
    def claims(self) -> list[ClaimSeen]:
        return [seen for block in self.blocks for seen in block.claims]


class Node:
    """One brand's bridge on one database."""

    def __init__(
        self,
        alliance: Alliance,
        brand: Brand,
        database_url: str,
        settings: BridgeSettings | None = None,
        checkpoint: Checkpoint = lambda state: None,
        url_of_chain: str | None = None,
        retryable: tuple[type[Exception], ...] = (),
        busy_milliseconds: int = 20_000,
    ) -> None:
        self.alliance, self.brand = alliance, brand
        self.engine = open_engine(database_url, busy_milliseconds)
        prepare(self.engine)
        self.observer = Recorder()
        self.now = 1_000_000
        self.runner = BridgeRunner(
            self.engine,
            url_of_chain or alliance.url,
            alliance.book,
            brand.brand_id,
            brand.hot,
            brand.reference_key,
            self.observer,
            settings or BridgeSettings(),
            retryable=retryable,
            clock=lambda: self.now,
            checkpoint=checkpoint,
        )

    def enqueue(self, items: Sequence[OutgoingItem]) -> list[str]:
        with self.engine.begin() as connection:
            outbox.enqueue_many(connection, list(items))
        return [item.item_id for item in items]

    def step(self) -> None:
        """Passes until nothing moves."""
        while self.runner.step_once():
            pass

    def mine_and_step(self, timestamp: int | None = None) -> None:
        self.alliance.mine(timestamp)
        self.step()

    def status(self, item_id: str) -> ItemStatus:
        with self.engine.connect() as connection:
            found = outbox.status(connection, item_id)
        assert found is not None
        return found

    def states(self, item_ids: Sequence[str]) -> set[str]:
        with self.engine.connect() as connection:
            return {status.state for status in outbox.statuses(connection, list(item_ids)).values()}

    def effects(self) -> dict[str, bool]:
        """item id → accepted, as the observer wrote it."""
        with self.engine.connect() as connection:
            return {row.item_id: row.accepted for row in connection.execute(sa.select(effect))}

    def close(self) -> None:
        self.runner.close()
        self.engine.dispose()


def salt_of(number: int) -> bytes:
    return number.to_bytes(32, "big")


def convert_in(deadline: int, *, to: int = 2, points: int = 100, salt: bytes = salt_of(1)) -> OutgoingItem:
    """A's item: 100 points are 1,000 units at brand 1's rate."""
    secret = claims.commitment(to, 1, salt)
    return OutgoingItem(str(uuid.uuid4()), ItemKind.CONVERT_IN, 1, to, deadline, points, secret)


def claim(deadline: int, *, of: int = 1, salt: bytes = salt_of(1)) -> OutgoingItem:
    """B's item."""
    return OutgoingItem(str(uuid.uuid4()), ItemKind.CLAIM, 1, of, deadline, 0, salt)


def give_back(deadline: int, *, to: int = 2, salt: bytes = salt_of(1)) -> OutgoingItem:
    """A's item from the deadline on."""
    secret = claims.commitment(to, 1, salt)
    return OutgoingItem(str(uuid.uuid4()), ItemKind.RETURN, 0, to, deadline, 0, secret)


def batch_of(count: int, deadline: int) -> list[OutgoingItem]:
    """Convert-ins with a salt each."""
    return [convert_in(deadline, salt=salt_of(number)) for number in range(1, count + 1)]
