"""What wallets signed goes out in batches of its own under the brand's numbers, exactly once (R-ALL-3, INV-4, INV-20;
DESIGN §6, §7)."""

from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from bridge.protocol.events import Converted
from bridge.protocol.items import InvalidItem, ItemKind, RejectReason
from bridge.protocol.receipt_files import encode_receipt, read_receipt
from bridge.settings import BridgeSettings
from bridge.statements.receipts import check_receipt, make_receipt
from bridge.transactions import outbox
from bridge.transactions.reconcile import reconcile
from bridge.transactions.states import HaltReason, TransactionState
from bridge.transactions.suspense import items_in_suspense
from bridge.transactions.tables import batch
from bridge.verify_cli import _what
from tests.chain_fixtures import Alliance, Brand
from tests.integration.bridge import evm
from tests.integration.bridge.conftest import MakeBridge, MakeNode
from tests.integration.bridge.kit import DAY, Node, claim, convert_in
from tests.integration.bridge.processes import eventually
from tests.integration.bridge.test_faults import captured, hashes_by_state
from tests.integration.bridge.test_faulty_rpc import lands_once
from tests.integration.bridge.test_kill import run_until_killed
from tests.integration.bridge.test_repair import (
    NEW_HOT,
    TREASURER,
    approve,
    back_up,
    halted_for,
    read_back,
    run_to_end,
    with_new_key,
)
from tests.integration.bridge.wallets import address, balance, convert_out, filled, intents, transfer, wallet

pytestmark = pytest.mark.chain
ANN, BEN = wallet(0), wallet(1)


def shapes(node: Node) -> list[int]:
    """The size of an item in each batch, by number."""
    with node.engine.connect() as connection:
        sizes = connection.execute(sa.select(sa.func.length(batch.c["items"])).order_by(batch.c.seq)).scalars().all()
    return [183 if size % 183 == 0 else 86 for size in sizes]


def agrees(node: Node) -> bool:
    return reconcile(node.engine, node.alliance.rpc, node.alliance.book, node.brand.brand_id) == []


def test_signed_items_never_share_a_batch_with_others_and_who_waits_longest_goes_first(
    alliance: Alliance, make_node: MakeNode
) -> None:
    node = make_node()
    filled(node, 2)
    deadline = alliance.now() + DAY
    out, move = convert_out(alliance, ANN), transfer(alliance, BEN, b"\x77" * 20, units=300)
    ids = node.enqueue([convert_in(deadline), out, claim(deadline, of=2), move, convert_in(deadline)])
    for _ in range(4):
        node.now += 10
        node.step()
        alliance.mine()
    node.step()
    assert shapes(node) == [86, 86, 183]
    assert node.status(out.item_id).local_points == 10
    assert node.status(move.item_id).alliance_units == 300
    assert (balance(alliance, address(ANN)), balance(alliance, address(BEN))) == (900, 700)
    assert balance(alliance, b"\x77" * 20) == 300
    assert {item for item, accepted in node.effects().items() if not accepted} == {ids[2]}  # nothing to claim
    assert agrees(node)


def test_each_intent_that_the_desk_refuses_has_its_reason_and_its_neighbours_go_on(
    alliance: Alliance, make_node: MakeNode
) -> None:
    """Pitfalls 23 and 24; INV-20, INV-21."""
    node = make_node()
    filled(node, 2)
    now = alliance.now()
    good = [convert_out(alliance, ANN, 0), convert_out(alliance, ANN, 1)]
    bad = {
        RejectReason.INVALID_NONCE: convert_out(alliance, ANN, 0),
        RejectReason.INVALID_SIGNATURE: convert_out(alliance, BEN, 0, signer=ANN),
        RejectReason.BALANCE_TOO_LOW: convert_out(alliance, BEN, 0, units=1_001),
        RejectReason.BELOW_MINIMUM: convert_out(alliance, BEN, 0, minimum=11),
        RejectReason.AMOUNT_ZERO: convert_out(alliance, BEN, 0, units=9, minimum=0),
        RejectReason.DEADLINE_PASSED: convert_out(alliance, BEN, 0, deadline=now),
    }
    node.enqueue([good[0], *bad.values(), good[1]])
    node.step()
    node.mine_and_step()
    assert node.states([item.item_id for item in good]) == {"CAPTURED"}
    for reason, item in bad.items():
        assert (node.status(item.item_id).state, node.status(item.item_id).reason) == ("RELEASED", reason)
    assert (balance(alliance, address(ANN)), balance(alliance, address(BEN))) == (800, 1_000)
    assert agrees(node)


def test_an_intent_that_was_never_posted_is_released_at_its_deadline(alliance: Alliance, make_node: MakeNode) -> None:
    """Pitfall 19: the chain makes it impossible that it still lands."""
    node = make_node()
    deadline = alliance.now() + DAY
    [item_id] = node.enqueue([convert_out(alliance, ANN, deadline=deadline)])
    with node.engine.begin() as connection:
        connection.execute(sa.text("UPDATE bridge_item SET state = 'QUARANTINED'"))
    node.mine_and_step(deadline)
    assert (node.status(item_id).state, node.status(item_id).reason) == ("RELEASED", RejectReason.DEADLINE_PASSED)


def test_an_intent_that_reverts_its_batch_is_found_and_put_aside(alliance: Alliance, make_node: MakeNode) -> None:
    """Pitfall 23: a desk that chokes on transfers; the halving finds them."""
    node = make_node()
    filled(node, 6)
    evm.poison_desk(alliance, kind=ItemKind.TRANSFER, size=183)
    good = intents(alliance, 5)
    poison = transfer(alliance, wallet(5), b"\x77" * 20)
    node.enqueue([*good[:3], poison, *good[3:]])
    node.step()
    node.mine_and_step()
    assert node.states([item.item_id for item in good]) == {"CAPTURED"}
    assert node.status(poison.item_id).state == "QUARANTINED"
    evm.cure_desk(alliance)
    with node.engine.begin() as connection:
        assert outbox.requeue(connection, poison.item_id)
    node.step()
    node.mine_and_step()
    assert node.status(poison.item_id).state == "CAPTURED"
    assert agrees(node)


def test_first_intents_that_need_more_gas_than_a_batch_may_have_are_split(
    alliance: Alliance, make_node: MakeNode
) -> None:
    """Every wallet's first nonce and a receiver who never had points: the dearest items there are."""
    node = make_node(settings=BridgeSettings(gas_per_signed_item=15_000))
    count = 140
    filled(node, count)
    items = [transfer(alliance, wallet(n), (0xABC0000 + n).to_bytes(20, "big")) for n in range(count)]
    alliance.rpc.call("evm_setBlockGasLimit", hex(20_000_000))
    alliance.mine()
    ids = node.enqueue(items)
    for _ in range(6):
        node.now += 10
        node.step()
        alliance.mine()
    node.step()
    assert node.states(ids) == {"CAPTURED"}
    assert len(shapes(node)) > 2
    assert agrees(node)


def test_the_outbox_takes_no_half_signed_item(make_node: MakeNode, alliance: Alliance) -> None:
    node = make_node()
    whole = convert_out(alliance, ANN)
    for change in (
        {"signature": None},
        {"account": None},
        {"signature": b"\x01" * 64},
        {"account": b"\x01" * 19},
        {"kind": int(ItemKind.CONVERT_IN)},
        {"account_nonce": 1 << 63},
    ):
        with pytest.raises(InvalidItem), node.engine.begin() as connection:
            outbox.enqueue(connection, msgspec.structs.replace(whole, **change))
    with node.engine.begin() as connection:
        assert outbox.enqueue(connection, whole)
        assert not outbox.enqueue(connection, whole)


# --- exactly once -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kill_at", ["HELD", "BATCHED", "SIGNED", "SENT", "FINAL", "CAPTURED"])
def test_a_bridge_killed_at_any_arrow_of_a_signed_batch_loses_and_doubles_nothing(
    alliance: Alliance, database_url: str, tmp_path: Path, make_node: MakeNode, kill_at: str
) -> None:
    """Pitfalls 17, 18, 35: SIGKILL, then a restart."""
    first = make_node(url=database_url)
    before = filled(first, 4)
    first.close()
    items = intents(alliance, 4)
    run_until_killed(alliance, database_url, kill_at, items, tmp_path)

    node = make_node(url=database_url)
    ids = [item.item_id for item in items]
    assert node.states(ids) == {"FINAL" if kill_at == "CAPTURED" else kill_at}
    node.now += 10
    node.step()
    node.mine_and_step()
    assert node.states(ids) == {"CAPTURED"}
    lands_once(node, before + ids)
    assert [balance(alliance, address(wallet(n))) for n in range(4)] == [900] * 4


@pytest.mark.parametrize("kill_at", ["MINED", "UNMINED", "REVERTED"])
def test_a_bridge_killed_on_a_bad_day_of_a_signed_batch(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge, kill_at: str
) -> None:
    """SIGKILL at a receipt not final yet, at one taken back by a reorganisation, at one of a failure."""
    node = make_node()
    before = filled(node, 6)
    node.runner.close()
    for _ in range(3):
        alliance.mine()  # what is captured is final for a bridge that waits two blocks, too
    snapshot = alliance.rpc.call("evm_snapshot")
    settings = {"finality_depth": 2, "batch_size": 3}
    bridge = make_bridge(1, str(node.engine.url), settings=settings, kill_at=kill_at).start()
    ids = node.enqueue(intents(alliance, 6))
    eventually(lambda: node.states(ids) == {"SENT"})
    evm.befall(alliance, kill_at, snapshot, lambda: eventually(lambda: node.states(ids) == {"MINED"}))
    bridge.wait_until_killed()
    assert set(node.effects()) == set(before)
    bridge.start(kill_at=None)
    eventually(captured(node, ids), each=alliance.mine)
    bridge.stop()
    assert hashes_by_state(node)[TransactionState.DONE] == 3
    lands_once(node, before + ids)


# --- repairs ----------------------------------------------------------------------------------------------------------


def test_a_forgotten_signed_batch_is_read_back_by_the_references_in_it(alliance: Alliance, tmp_path: Path) -> None:
    """Restored from yesterday's backup: nothing is posted again, and the wallets' nonces would not allow it."""
    node = Node(alliance, alliance.brands[0], f"sqlite:///{tmp_path}/node.sqlite")
    before = filled(node, 3)
    back_up(tmp_path / "node.sqlite", tmp_path / "backup.sqlite")
    forgotten = node.enqueue(intents(alliance, 3))
    run_to_end(node, forgotten)
    node.close()
    restored = Node(alliance, alliance.brands[0], f"sqlite:///{tmp_path}/backup.sqlite")
    restored.now += DAY
    try:
        halted_for(restored, HaltReason.FORGOTTEN_BATCH)
        assert read_back(restored).items == 3
        restored.step()
        lands_once(restored, before + forgotten)
        assert restored.status(forgotten[0]).local_points == 10
    finally:
        restored.close()


def test_a_thief_who_relays_a_waiting_intent_only_does_what_its_holder_signed(
    alliance: Alliance, make_node: MakeNode, tmp_path: Path
) -> None:
    """A stolen posting key: two operators adopt the batch. The intent that waited here is the one that happened; what
    no member of ours waited for goes to suspense."""
    node = make_node()
    before = filled(node, 2)
    ours = convert_out(alliance, ANN)
    brand = alliance.brands[0]
    stranger = Brand(brand.brand_id, brand.code, brand.hot, brand.cold, brand.rate, b"\x99" * 32)
    thief = Node(alliance, stranger, f"sqlite:///{tmp_path}/thief.sqlite")
    with thief.engine.begin() as connection:  # the thief knows the chain, not the database
        connection.execute(sa.insert(batch).values(_first_batch(node)))
    thief.enqueue([msgspec.structs.replace(ours, item_id=convert_out(alliance, ANN).item_id)])
    thief.enqueue([convert_out(alliance, BEN)])
    thief.runner.sender.step(1_000_000)
    [waiting] = node.enqueue([ours])
    alliance.mine()
    thief.engine.dispose()
    halted_for(node, HaltReason.FOREIGN_BATCH)
    approve(node, TREASURER, seq=2)
    done = approve(node, brand.cold, NEW_HOT.address, seq=2)
    assert (done.is_done, done.foreign_items, done.suspended) == (True, 2, 1)
    node = with_new_key(node)
    try:
        node.mine_and_step()
        lands_once(node, [*before, waiting])
        assert [one.kind for one in items_in_suspense(node.engine)] == [ItemKind.CONVERT_OUT]
        assert (balance(alliance, address(ANN)), balance(alliance, address(BEN))) == (900, 900)
    finally:
        node.close()


def _first_batch(node: Node) -> dict[str, object]:
    with node.engine.connect() as connection:
        return dict(connection.execute(sa.select(batch).where(batch.c.seq == 1)).mappings().one())


# --- receipts ---------------------------------------------------------------------------------------------------------


def test_every_step_of_a_wallet_proves_itself_from_one_file(alliance: Alliance, make_node: MakeNode) -> None:
    """R-ALL-4: `alliance verify-receipt`, against a block hash."""
    node = make_node()
    filled(node, 2)
    items = [convert_out(alliance, ANN), transfer(alliance, BEN, b"\x77" * 20), convert_out(alliance, ANN, 9)]
    node.enqueue(items)
    node.step()
    node.mine_and_step()
    proven = [prove(node, item.item_id) for item in items]
    assert "signed away, and owes 10 of its points" in proven[0]
    assert "sent 100 units" in proven[1]
    assert "refused (invalid_nonce)" in proven[2]
    assert "of the wallet 0x" in prove(node, next(iter(node.effects())))


def prove(node: Node, item_id: str) -> str:
    status = node.status(item_id)
    place = (status.block_number, status.tx_hash, status.seq, status.item_index)
    file = read_receipt(encode_receipt(make_receipt(node.alliance.rpc, node.alliance.book, *place)))
    step = check_receipt(file, node.alliance.book, trusted_hash=bytes.fromhex(file.header["hash"][2:]))
    assert isinstance(step.outcome, Converted) == (status.reason is None)
    return _what(step)
