"""Ways out of a halt: a backup that forgot batches, a stolen key, a rotation that drains first (DESIGN §7)."""

import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.deploy.admin import read_brand
from bridge.runner import RunnerState
from bridge.settings import BridgeSettings
from bridge.transactions import halts
from bridge.transactions.adopt import Adopted, adopt, approvals
from bridge.transactions.reconcile import reconcile
from bridge.transactions.recover import Recovered, recover
from bridge.transactions.repair import RepairRefused
from bridge.transactions.rotation import KeyRotated, NotDrained, rotate_key
from bridge.transactions.states import Halted, HaltReason
from bridge.transactions.suspense import items_in_suspense
from bridge.transactions.tables import transaction
from tests.chain_fixtures import Alliance, Brand, key
from tests.integration.bridge.conftest import MakeBridge, MakeNode
from tests.integration.bridge.kit import DAY, Node, batch_of, convert_in, salt_of
from tests.integration.bridge.processes import eventually
from tests.integration.bridge.test_faulty_rpc import lands_once

pytestmark = pytest.mark.chain
NEW_HOT, TREASURER = key(777), key(888)
SMALL = BridgeSettings(batch_size=3)


def agrees(node: Node) -> bool:
    return reconcile(node.engine, node.alliance.rpc, node.alliance.book, node.brand.brand_id) == []


def run_to_end(node: Node, ids: list[str]) -> None:
    for _ in range(10):
        node.now += 10
        node.mine_and_step()
        if node.states(ids) == {"CAPTURED"}:
            return
    raise AssertionError(node.states(ids))


def halted_for(node: Node, reason: HaltReason) -> Halted:
    with pytest.raises(Halted) as caught:
        for _ in range(10):
            node.alliance.mine()
            node.runner.indexer.step()
    assert caught.value.reason == reason
    return caught.value


# --- restored from yesterday's backup ---------------------------------------------------------------------------------


def back_up(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as original, sqlite3.connect(target) as copy:
        original.backup(copy)


def restored_from_backup(alliance: Alliance, tmp_path: Path, count: int = 7) -> tuple[Node, list[str], list[str]]:
    """A node whose database is from before its last batches; (node, ids it still knows, ids it forgot)."""
    url = f"sqlite:///{tmp_path}/node.sqlite"
    node = Node(alliance, alliance.brands[0], url, SMALL)
    early = node.enqueue(batch_of(2, alliance.now() + DAY))
    run_to_end(node, early)
    known = node.enqueue(batch_of(3, alliance.now() + DAY))
    back_up(tmp_path / "node.sqlite", tmp_path / "backup.sqlite")
    forgotten = node.enqueue(batch_of(count, alliance.now() + DAY - 1))
    run_to_end(node, known + forgotten)
    node.close()
    restored = Node(alliance, alliance.brands[0], f"sqlite:///{tmp_path}/backup.sqlite", SMALL)
    restored.now += DAY
    return restored, early + known, forgotten


def read_back(node: Node, unexplained: set[str] | None = None) -> Recovered:
    return recover(
        node.engine,
        node.alliance.rpc,
        node.alliance.book,
        1,
        node.brand.reference_key,
        lambda connection, items: unexplained or set(),
    )


def test_a_node_restored_from_a_backup_reads_its_batches_back(alliance: Alliance, tmp_path: Path) -> None:
    """Known items are found in their batches, forgotten ones by the id in their reference; nothing is sent again."""
    node, known, forgotten = restored_from_backup(alliance, tmp_path)
    try:
        halted = halted_for(node, HaltReason.FORGOTTEN_BATCH)
        assert "alliance chain recover" in halted.next_step
        nonce = alliance.rpc.call("eth_getTransactionCount", "0x" + node.brand.hot.address.hex(), "pending")
        assert read_back(node) == Recovered(4, 10, 0)
        node.step()
        assert node.states(known + forgotten) == {"CAPTURED"}
        lands_once(node, known + forgotten)
        later = node.enqueue([convert_in(alliance.now() + DAY)])
        assert alliance.rpc.call("eth_getTransactionCount", "0x" + node.brand.hot.address.hex(), "pending") == nonce
        run_to_end(node, later)
        lands_once(node, known + forgotten + later)
    finally:
        node.close()


def test_what_the_node_can_not_explain_goes_to_suspense_and_home_at_its_deadline(
    alliance: Alliance, tmp_path: Path
) -> None:
    """No member's points answer for it: it counts for the brand, the node is not told, and its units come back."""
    node, known, forgotten = restored_from_backup(alliance, tmp_path, 2)
    try:
        halted_for(node, HaltReason.FORGOTTEN_BATCH)
        assert read_back(node, set(forgotten)).suspended == 2
        node.step()
        lands_once(node, known)
        assert {one.item_id for one in items_in_suspense(node.engine)} == set(forgotten)
        node.mine_and_step(alliance.now() + 2 * DAY)
        for _ in range(3):
            node.mine_and_step()
        assert all(one.emptied_block for one in items_in_suspense(node.engine) if one.item_id in forgotten)
        assert agrees(node)
        assert set(node.effects()) == set(known)
    finally:
        node.close()


def test_transactions_of_a_forgotten_day_that_wait_in_the_pool_are_noticed(
    alliance: Alliance, make_node: MakeNode, tmp_path: Path
) -> None:
    """Pitfall 18: their nonces may not get other content; once they are in a block, they are read back."""
    node = make_node()
    first = make_node(url=f"sqlite:///{tmp_path}/lost.sqlite")
    ids = first.enqueue(batch_of(2, alliance.now() + DAY))
    first.step()
    first.runner.close()
    node.enqueue([convert_in(alliance.now() + DAY, salt=salt_of(9))])
    node.runner.indexer.step()
    with pytest.raises(Exception, match="wait in the chain's pool"):
        node.runner.sender.step(node.now)
    halted_for(node, HaltReason.FORGOTTEN_BATCH)
    assert read_back(node) == Recovered(1, 2, 0)
    node.step()
    assert node.states(ids) == {"CAPTURED"}


# --- a stolen key -----------------------------------------------------------------------------------------------------


def steal(alliance: Alliance, tmp_path: Path, count: int = 2, name: str = "thief") -> Node:
    """Somebody with the hot key, without the reference key and the database."""
    brand = alliance.brands[0]
    theirs = Brand(brand.brand_id, brand.code, brand.hot, brand.cold, brand.rate, b"\x99" * 32)
    thief = Node(alliance, theirs, f"sqlite:///{tmp_path}/{name}.sqlite", BridgeSettings(batch_size=2))
    thief.enqueue([convert_in(alliance.now() + DAY, salt=salt_of(900 + n)) for n in range(count)])
    return thief


def robbed(alliance: Alliance, make_node: MakeNode, tmp_path: Path) -> tuple[Node, list[str]]:
    """A bridge that has two signed batches in flight when a thief's batch takes the first one's number."""
    node = make_node(settings=SMALL)
    thief = steal(alliance, tmp_path)
    ids = node.enqueue(batch_of(6, alliance.now() + DAY))
    node.step()
    alliance.rpc.call("anvil_dropAllTransactions")
    thief.step()
    alliance.mine()
    thief.close()
    return node, ids


def approve(node: Node, operator: object, new_hot: bytes | None = None, seq: int = 1) -> Adopted:
    alliance = node.alliance
    return adopt(
        node.engine,
        alliance.rpc,
        alliance.book,
        1,
        node.brand.reference_key,
        operator,
        seq,
        new_hot,
        listed=[TREASURER.address],
        mine=alliance.mine,
    )


def with_new_key(node: Node) -> Node:
    brand = node.brand
    fresh = Brand(brand.brand_id, brand.code, NEW_HOT, brand.cold, brand.rate, brand.reference_key)
    node.runner.close()
    return Node(node.alliance, fresh, str(node.engine.url), SMALL)


def test_two_operators_adopt_a_thiefs_batch_and_the_bridge_goes_on_with_a_new_key(
    alliance: Alliance, make_node: MakeNode, tmp_path: Path
) -> None:
    node, ids = robbed(alliance, make_node, tmp_path)
    halted = halted_for(node, HaltReason.FOREIGN_BATCH)
    assert "two operators" in halted.next_step
    first = approve(node, TREASURER)
    assert (first.is_done, first.approvals, first.foreign_items, first.foreign_units) == (False, 1, 2, 2_000)
    assert not approve(node, TREASURER).is_done  # the same operator again is still one
    with pytest.raises(RepairRefused, match="a thief has it too"):
        approve(node, node.brand.hot)
    with pytest.raises(RepairRefused, match="is no operator of this brand"):
        approve(node, key(4_711))  # anybody can make a key
    with pytest.raises(RepairRefused, match="still in force"):
        approve(node, node.brand.cold)
    done = approve(node, node.brand.cold, NEW_HOT.address)
    assert (done.is_done, done.approvals, done.suspended) == (True, 2, 2)
    assert read_brand(alliance.rpc, alliance.book, 1).keys.hot == NEW_HOT.address
    trail = approvals(node.engine, alliance.book, 1)
    assert {(one.seq, one.operator, one.is_valid) for one in trail} == {
        (1, TREASURER.address, True),
        (1, node.brand.cold.address, True),
    }

    with pytest.raises(KeyRotated):
        node.step()
    node = with_new_key(node)
    try:
        run_to_end(node, ids)
        lands_once(node, ids)
        assert sum(one.alliance_units or 0 for one in items_in_suspense(node.engine)) == 2_000
        node.mine_and_step(alliance.now() + 2 * DAY)
        for _ in range(3):
            node.mine_and_step()
        assert all(one.emptied_block for one in items_in_suspense(node.engine) if one.amount)
        lands_once(node, ids)
    finally:
        node.close()


def test_every_foreign_batch_needs_its_own_approvals(alliance: Alliance, make_node: MakeNode, tmp_path: Path) -> None:
    node = make_node(settings=SMALL)
    thief = steal(alliance, tmp_path, 4)
    thief.step()
    alliance.mine()
    thief.step()
    alliance.mine()
    thief.close()
    halted_for(node, HaltReason.FOREIGN_BATCH)
    approve(node, TREASURER)
    assert approve(node, node.brand.cold, NEW_HOT.address).is_done
    node = with_new_key(node)
    try:
        halted_for(node, HaltReason.FOREIGN_BATCH)
        assert not approve(node, node.brand.cold, seq=2).is_done
        assert approve(node, TREASURER, seq=2).is_done  # the key was rotated already: any second operator will do
        ids = node.enqueue(batch_of(2, alliance.now() + DAY))
        run_to_end(node, ids)
        lands_once(node, ids)
        assert len(items_in_suspense(node.engine)) == 4
    finally:
        node.close()


def test_an_adoption_that_was_cut_after_the_rotation_is_finished_by_repeating_it(
    alliance: Alliance, make_node: MakeNode, tmp_path: Path
) -> None:
    node, ids = robbed(alliance, make_node, tmp_path)
    halted_for(node, HaltReason.FOREIGN_BATCH)
    approve(node, TREASURER)
    shared = (node.engine, alliance.rpc, alliance.book, 1)
    rotate_key(*shared, node.brand.cold, NEW_HOT.address, drain=False, mine=alliance.mine)
    assert approve(node, node.brand.cold).is_done
    node = with_new_key(node)
    run_to_end(node, ids)
    lands_once(node, ids)
    node.close()


def test_a_repair_that_does_not_fit_the_halt_is_refused(
    alliance: Alliance, make_node: MakeNode, tmp_path: Path
) -> None:
    node, _ = robbed(alliance, make_node, tmp_path)
    with pytest.raises(halts.NotHaltedForThis, match="it is not halted"):
        approve(node, TREASURER)
    halted_for(node, HaltReason.FOREIGN_BATCH)
    with pytest.raises(halts.NotHaltedForThis, match="halted for foreign_batch"):
        read_back(node)
    with pytest.raises(RepairRefused, match="no final block"):
        approve(node, TREASURER, seq=9)


# --- rotation ---------------------------------------------------------------------------------------------------------


def test_a_rotation_waits_for_what_is_signed_and_opens_nothing_new(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge
) -> None:
    node = make_node()
    old = make_bridge(1, str(node.engine.url)).start()
    ids = node.enqueue(batch_of(3, alliance.now() + DAY))
    eventually(lambda: node.states(ids) == {"SENT"})
    shared = (node.engine, alliance.rpc, alliance.book, 1, node.brand.cold, NEW_HOT.address)
    with pytest.raises(NotDrained):
        rotate_key(*shared, seconds=0.2, mine=alliance.mine)
    later = node.enqueue(batch_of(2, alliance.now() + DAY))
    rotating = threading.Thread(target=rotate_key, args=shared, kwargs={"mine": alliance.mine})
    rotating.start()
    alliance.mine()
    rotating.join(30)
    assert not rotating.is_alive()
    eventually(lambda: old.says[1] == "key_rotated")
    assert old.says[0] == RunnerState.HALTED
    assert node.states(ids) == {"CAPTURED"}
    assert node.states(later) == {"HELD"}
    old.stop()
    new = make_bridge(1, str(node.engine.url), hot_key=(777).to_bytes(32, "big").hex()).start()
    eventually(lambda: node.states(later) == {"CAPTURED"}, each=alliance.mine)
    new.stop()
    with node.engine.connect() as connection:
        senders = connection.execute(sa.select(transaction.c.sender).order_by(transaction.c.seq)).scalars().all()
    assert senders == [node.brand.hot.address, NEW_HOT.address]
    lands_once(node, ids + later)
