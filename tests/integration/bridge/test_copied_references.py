"""A thief with the posting key copies what the chain shows of us: references and contents are public once posted."""

import uuid
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from bridge.indexer.apply import BlockApplier
from bridge.indexer.scan import PostedBatch, ScannedBlock
from bridge.protocol.events import Converted, Rejected
from bridge.protocol.items import Item, ItemKind, RejectReason, encode_items, items_hash
from bridge.protocol.references import seal_reference
from bridge.transactions import outbox, repair, tables
from bridge.transactions.outbox import OutgoingItem
from bridge.transactions.states import Halted, HaltReason
from bridge.transactions.suspense import items_in_suspense
from tests.chain_fixtures import Alliance
from tests.integration.audit.posting import post
from tests.integration.bridge.conftest import MakeNode
from tests.integration.bridge.kit import DAY, batch_of, salt_of
from tests.integration.bridge.test_accepted_items import DOMAIN, HOT, KEY, node_database
from tests.integration.bridge.test_faulty_rpc import lands_once
from tests.integration.bridge.test_repair import (
    NEW_HOT,
    SMALL,
    TREASURER,
    approve,
    halted_for,
    read_back,
    restored_from_backup,
    run_to_end,
    with_new_key,
)

OTHER = salt_of(901)


def posted_as(key: bytes, one: OutgoingItem) -> Item:
    """What the chain shows of this item once we have posted it."""
    reference = seal_reference(key, uuid.UUID(one.item_id).bytes)
    return Item(one.kind, one.rate_version, one.counterparty, one.deadline, one.amount, reference, one.payload)


@pytest.mark.chain
def test_copies_are_told_apart_in_a_foreign_batch_and_the_bridge_goes_on(
    alliance: Alliance, make_node: MakeNode
) -> None:
    node, wanted = make_node(settings=SMALL), batch_of(4, alliance.now() + DAY)
    ids = node.enqueue(wanted)
    node.step()
    alliance.rpc.call("anvil_dropAllTransactions")
    first, second, third, _ = (posted_as(node.brand.reference_key, one) for one in wanted)
    turned = msgspec.structs.replace(second, payload=OTHER)
    same_deed = msgspec.structs.replace(third, reference=b"\x09" * 32)
    post(alliance, node.brand, 1, [first, turned, same_deed, same_deed, first])

    halted_for(node, HaltReason.FOREIGN_BATCH)
    assert approve(node, TREASURER).foreign_items == 4
    assert approve(node, node.brand.cold, NEW_HOT.address).suspended == 3  # the deed that we wanted is ours
    node = with_new_key(node)
    try:
        run_to_end(node, ids)
        lands_once(node, ids)
        assert len(items_in_suspense(node.engine)) == 3
    finally:
        node.close()


@pytest.mark.chain
def test_a_batch_of_nothing_but_copies_is_no_forgotten_one(alliance: Alliance, make_node: MakeNode) -> None:
    """Each reference opens with our key; that the key was stolen must come out all the same."""
    node, wanted = make_node(settings=SMALL), batch_of(2, alliance.now() + DAY)
    run_to_end(node, ids := node.enqueue(wanted))
    first, second = (posted_as(node.brand.reference_key, one) for one in wanted)
    post(alliance, node.brand, 2, [first, msgspec.structs.replace(second, payload=OTHER)])
    halted_for(node, HaltReason.FOREIGN_BATCH)
    assert approve(node, TREASURER, seq=2).foreign_items == 2
    assert approve(node, node.brand.cold, NEW_HOT.address, seq=2).suspended == 2
    node = with_new_key(node)
    node.step()
    assert (node.states(ids), set(node.effects())) == ({"CAPTURED"}, set(ids))
    node.close()


@pytest.mark.chain
def test_a_node_reads_its_batches_back_up_to_a_copied_one(alliance: Alliance, tmp_path: Path) -> None:
    """Restored and robbed at once: what is ours comes back, then the bridge halts for the thief."""
    node, known, forgotten = restored_from_backup(alliance, tmp_path, 2)
    last = batch_of(1, alliance.now() + DAY)[0]
    copied = posted_as(node.brand.reference_key, msgspec.structs.replace(last, item_id=known[-1]))
    seq = 4  # after one batch of the early two, and two of the five others
    post(alliance, node.brand, seq, [msgspec.structs.replace(copied, payload=OTHER)])
    try:
        halted_for(node, HaltReason.FORGOTTEN_BATCH)
        assert read_back(node).items == len(known + forgotten) - 2  # two were captured before the backup
        halted_for(node, HaltReason.FOREIGN_BATCH)
        approve(node, TREASURER, seq=seq)
        assert approve(node, node.brand.cold, NEW_HOT.address, seq=seq).suspended == 1
        later = node.now
        node = with_new_key(node)
        node.now = later
        node.step()
        assert node.states(known + forgotten) == {"CAPTURED"}
        lands_once(node, known + forgotten)
    finally:
        node.close()


def test_a_reference_that_comes_twice_in_a_batch_is_ours_once(database_url: str) -> None:
    """Ours is the one that took effect; the batch goes to its end with a row for each item."""
    engine, item_id = node_database(database_url), str(uuid.uuid4())
    ours = OutgoingItem(item_id, ItemKind.CONVERT_IN, 1, 2, 10**9, 500, OTHER)
    shown = posted_as(KEY, ours)
    items = encode_items([shown, shown])
    results = [Rejected(1, 1, 0, RejectReason.RATE_LIMITED), Converted(1, 1, 1, ItemKind.CONVERT_IN, 1, 500, 70)]
    posted = PostedBatch(1, 1, items_hash(items), 2, items, b"t" * 32, results, [0, 1], False)
    block = ScannedBlock(6, b"b" * 32, b"a" * 32, 1_000, [posted])
    with engine.begin() as connection:
        outbox.enqueue(connection, ours)
        with pytest.raises(Halted, match="foreign_batch"):
            BlockApplier(1, DOMAIN, KEY).apply(connection, block, 1_000, last=False)
        found = repair.items_of(connection, posted, KEY)
        assert [one.item_id for one in found] == [None, item_id]
        assert repair.put_in(connection, block, posted, found, set(), HOT) == 1
        final = BlockApplier(1, DOMAIN, KEY).apply(connection, block, 1_000, last=False)
        assert [(one.item_id, one.alliance_units) for one in final.outcomes] == [(item_id, 70)]
        states = connection.execute(sa.select(tables.item.c.state).order_by(tables.item.c.item_index)).scalars().all()
    assert states == ["RELEASED", "CAPTURED"]
    engine.dispose()
