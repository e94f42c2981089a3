"""What the node tells an auditor of its items beside conversions: the desk accepted each of them, and none is left out.

On real databases, through the indexer's own commit; each test is an honest node whose export must agree with the chain.
"""

import os
import uuid

import sqlalchemy as sa

from alliance_node.adapters.chain.audit_view import accepted_in_suspense
from bridge.indexer import grants
from bridge.indexer.apply import BlockApplier
from bridge.indexer.scan import PostedBatch, ScannedBlock
from bridge.protocol.events import Converted, Rejected
from bridge.protocol.founder_events import GrantPaid
from bridge.protocol.items import Item, ItemKind, RejectReason, encode_items, items_hash
from bridge.transactions import outbox, repair, store, tables
from bridge.transactions.accepted import accepted_beside_conversions
from bridge.transactions.schema import upgrade
from bridge.transactions.suspense import items_in_suspense

DOMAIN, KEY, HOT = b"d" * 32, b"k" * 32, b"h" * 20
COMMITMENT, DEADLINE, UNITS = b"c" * 32, 900, 700


def node_database(url: str) -> sa.Engine:
    engine = sa.create_engine(url)
    upgrade(engine)
    return engine


def rejects(engine: sa.Engine, items: bytes, seq: int = 1) -> None:
    lands(engine, items, seq, Rejected(1, seq, 0, RejectReason.RATE_LIMITED))


def lands(engine: sa.Engine, items: bytes, seq: int, result: Converted | Rejected, time: int = 1_000) -> None:
    """The batch of one item in a final block, with the desk's answer."""
    posted = PostedBatch(1, seq, items_hash(items), 1, items, b"t" * 32, [result], [0], False)
    block = ScannedBlock(5 + seq, b"b" * 32, b"a" * 32, time, [posted])
    with engine.begin() as connection:
        if seq not in set(connection.scalars(sa.select(tables.batch.c.seq))):
            repair.put_in(connection, block, posted, repair.items_of(connection, posted, KEY), set(), HOT)
        BlockApplier(1, DOMAIN, KEY).apply(connection, block, time, last=False)


def composed(engine: sa.Engine) -> bytes:
    """The items of the next batch of what waits in the outbox."""
    with engine.begin() as connection:
        store.compose(connection, 1, 10, KEY)
        latest = sa.select(tables.batch.c["items"]).order_by(tables.batch.c.seq.desc()).limit(1)
        return bytes(connection.execute(latest).scalar_one())


def test_what_the_desk_rejected_is_not_told_as_accepted(database_url: str) -> None:
    engine = node_database(database_url)
    with engine.begin() as connection:
        one = outbox.OutgoingItem(str(uuid.uuid4()), int(ItemKind.FUND), 0, 2, 10**9, 500, os.urandom(32))
        outbox.enqueue(connection, one)
    rejects(engine, composed(engine))
    assert accepted_beside_conversions(engine) == []
    engine.dispose()


def test_a_foreign_item_that_the_desk_rejected_is_not_in_the_suspense_told(database_url: str) -> None:
    engine = node_database(database_url)
    foreign = Item(ItemKind.CONVERT_IN, 1, 2, 10**9, 5, b"r" * 32, b"p" * 32)
    rejects(engine, encode_items([foreign]))
    assert len(items_in_suspense(engine)) == 1
    assert accepted_in_suspense(engine) == []
    lands(engine, encode_items([foreign]), 2, Converted(1, 2, 0, ItemKind.CONVERT_IN, 1, 5, 50))
    assert [(one.seq, one.alliance_units) for one in accepted_in_suspense(engine)] == [(2, 50)]
    engine.dispose()


def test_a_grant_that_came_home_is_told_even_if_its_address_was_filled_again(database_url: str) -> None:
    engine = node_database(database_url)
    grant = GrantPaid(7, b"o" * 20, 600, 1, COMMITMENT, DEADLINE, UNITS)
    with engine.begin() as connection:
        grants.paid(connection, grant, DOMAIN)
        grants.send_home(connection, DEADLINE)
    lands(engine, composed(engine), 1, Converted(1, 1, 0, ItemKind.RETURN, 0, 0, UNITS))
    told = accepted_beside_conversions(engine)
    assert [(one.seq, one.item_index, one.kind, one.local_points, one.alliance_units) for one in told] == [
        (1, 0, ItemKind.RETURN, 0, UNITS)
    ]
    with engine.begin() as connection:
        grants.paid(connection, grant, DOMAIN)
    assert accepted_beside_conversions(engine) == told
    engine.dispose()


def test_a_members_own_return_is_the_nodes_to_tell(database_url: str) -> None:
    engine = node_database(database_url)
    with engine.begin() as connection:
        one = outbox.OutgoingItem(str(uuid.uuid4()), int(ItemKind.RETURN), 0, 2, DEADLINE, 0, COMMITMENT)
        outbox.enqueue(connection, one)
    lands(engine, composed(engine), 1, Converted(1, 1, 0, ItemKind.RETURN, 0, 0, UNITS))
    assert accepted_beside_conversions(engine) == []
    engine.dispose()
