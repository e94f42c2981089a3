"""The sender on a real chain: lost transactions, reverts, bad items, culprits, leases, fees (DESIGN §7)."""

import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.chain.anvil import AnvilOptions
from bridge.deploy.admin import BrandKeys, pause_alliance
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.sending import send_all
from bridge.protocol.items import RejectReason
from bridge.protocol.words import format_address
from bridge.settings import BridgeSettings
from bridge.transactions import halts
from bridge.transactions.desk import RpcInconsistent
from bridge.transactions.lease import LeaseHeld, LeaseLost
from bridge.transactions.outbox import OutgoingItem, requeue
from bridge.transactions.reconcile import reconcile
from bridge.transactions.states import Halted, HaltReason
from bridge.transactions.tables import transaction
from tests.chain_fixtures import GENESIS, Alliance, key, make_alliance
from tests.integration.bridge import evm
from tests.integration.bridge.conftest import MakeNode
from tests.integration.bridge.kit import DAY, Node, batch_of, convert_in, salt_of

pytestmark = pytest.mark.chain
SMALL = BridgeSettings(batch_size=5)


def transactions(node: Node) -> list[sa.Row[tuple[object, ...]]]:
    with node.engine.connect() as connection:
        return list(connection.execute(sa.select(transaction).order_by(transaction.c.nonce)))


def agrees(node: Node) -> bool:
    return reconcile(node.engine, node.alliance.rpc, node.alliance.book, node.brand.brand_id) == []


def test_several_batches_are_in_flight_and_a_partial_one_waits(alliance: Alliance, make_node: MakeNode) -> None:
    node = make_node(settings=SMALL)
    ids = node.enqueue(batch_of(12, alliance.now() + DAY))
    node.step()
    assert [row.seq for row in transactions(node)] == [1, 2]
    node.mine_and_step()
    assert [row.seq for row in transactions(node)] == [1, 2, 3]
    node.mine_and_step()
    assert node.states(ids) == {"CAPTURED"}
    assert agrees(node)


def test_a_dropped_transaction_is_sent_again_with_the_same_bytes(alliance: Alliance, make_node: MakeNode) -> None:
    """Pitfalls 18, 31: a hash came back and the transaction was never mined."""
    node = make_node()
    (item_id,) = node.enqueue([convert_in(alliance.now() + DAY)])
    node.step()
    (sent,) = transactions(node)
    alliance.rpc.call("anvil_dropTransaction", "0x" + sent.hash.hex())
    node.mine_and_step()
    assert node.status(item_id).state == "SENT"

    node.now += SMALL.resend_after
    node.mine_and_step()
    node.mine_and_step()
    assert node.status(item_id).state == "CAPTURED"
    assert [row.hash for row in transactions(node)] == [sent.hash]
    assert agrees(node)


def test_reverted_batches_are_posted_again_once_with_new_nonces(alliance: Alliance, make_node: MakeNode) -> None:
    """Pitfall 20: status 0 at a final block, also for the later batches in flight; the same numbers, new nonces."""
    node = make_node(settings=SMALL)
    ids = node.enqueue(batch_of(15, alliance.now() + DAY))
    node.step()
    code = evm.break_desk(alliance)
    alliance.mine()
    evm.repair_desk(alliance, code)
    for _ in range(4):
        node.mine_and_step()
    assert node.states(ids) == {"CAPTURED"}
    assert node.effects() == dict.fromkeys(ids, True)
    rows = transactions(node)
    assert [row.state for row in rows] == ["REVERTED"] * 3 + ["DONE"] * 3
    assert [row.seq for row in rows] == [1, 2, 3, 1, 2, 3]
    assert agrees(node)


def test_a_failed_transaction_is_not_posted_again_before_its_block_is_final(
    alliance: Alliance, make_node: MakeNode
) -> None:
    """Pitfalls 19, 20: the block with the failure may still be reorganised away. (Signed while the alliance is paused,
    with gas for a rejection; mined after the pause, when the item is accepted and needs more.)"""
    node = make_node(settings=BridgeSettings(finality_depth=3, gas_per_batch=100_000, gas_per_convert_in=0))
    pause_alliance(alliance.rpc, alliance.book, alliance.admin, paused=True, mine=alliance.mine)
    (item_id,) = node.enqueue([convert_in(alliance.now() + DAY)])
    node.step()
    (sent,) = transactions(node)
    alliance.rpc.call("anvil_dropTransaction", "0x" + sent.hash.hex())
    pause_alliance(alliance.rpc, alliance.book, alliance.admin, paused=False, mine=alliance.mine)
    node.now += SMALL.resend_after
    node.step()
    alliance.mine()
    receipt = alliance.rpc.call("eth_getTransactionReceipt", "0x" + sent.hash.hex())
    assert receipt["status"] == "0x0"
    for _ in range(2):
        node.mine_and_step()
        assert len(transactions(node)) == 1
    for _ in range(20):
        node.mine_and_step()
    assert node.status(item_id).state == "CAPTURED"
    assert [row.state for row in transactions(node)][:-1] == ["REVERTED"] * (len(transactions(node)) - 1)
    assert len(transactions(node)) >= 2
    assert agrees(node)


def test_a_batch_that_keeps_reverting_stops_the_bridge(alliance: Alliance, make_node: MakeNode) -> None:
    node = make_node(settings=BridgeSettings(max_attempts=2))
    node.enqueue([convert_in(alliance.now() + DAY)])
    node.step()
    with pytest.raises(Halted) as caught:
        for _ in range(4):
            code = evm.break_desk(alliance)
            alliance.mine()
            evm.repair_desk(alliance, code)
            node.step()
    assert caught.value.reason == HaltReason.REPEATED_REVERT


def test_bad_items_are_rejected_one_by_one(alliance: Alliance, make_node: MakeNode) -> None:
    """Pitfall 23: one invalid item never blocks its neighbours."""
    node = make_node()
    now = alliance.now()
    good = batch_of(2, now + DAY)
    bad = {
        RejectReason.AMOUNT_ZERO: convert_in(now + DAY, points=0),
        RejectReason.DEADLINE_TOO_FAR: convert_in(now + 30 * DAY),
        RejectReason.UNKNOWN_COUNTERPARTY: convert_in(now + DAY, to=77),
        RejectReason.RATE_UNKNOWN: OutgoingItem(str(uuid.uuid4()), 1, 9, 2, now + DAY, 1, salt_of(1)),
        RejectReason.UNKNOWN_KIND: OutgoingItem(str(uuid.uuid4()), 99, 1, 2, now + DAY, 1, salt_of(1)),
        RejectReason.NOTHING_TO_CLAIM: OutgoingItem(str(uuid.uuid4()), 2, 1, 2, now + DAY, 0, salt_of(5)),
        RejectReason.TOO_EARLY: OutgoingItem(str(uuid.uuid4()), 3, 0, 2, now + DAY, 0, salt_of(5)),
    }
    node.enqueue([good[0], *bad.values(), good[1]])
    node.step()
    node.mine_and_step()
    assert node.states([item.item_id for item in good]) == {"CAPTURED"}
    for reason, item in bad.items():
        assert (node.status(item.item_id).state, node.status(item.item_id).reason) == ("RELEASED", reason)
        assert node.effects()[item.item_id] is False
    assert agrees(node)


def test_items_that_would_revert_the_batch_are_quarantined(alliance: Alliance, make_node: MakeNode) -> None:
    """The dry run finds them by halving; the others go on; the deadline or an operator ends the quarantine."""
    evm.poison_desk(alliance)
    node = make_node()
    deadline = alliance.now() + DAY
    good = batch_of(9, deadline)
    bad = [OutgoingItem(str(uuid.uuid4()), evm.POISON, 1, 2, deadline, 1, salt_of(1)) for _ in range(2)]
    node.enqueue([*good[:3], bad[0], *good[3:7], bad[1], *good[7:]])
    node.step()
    node.mine_and_step()
    assert node.states([item.item_id for item in good]) == {"CAPTURED"}
    assert node.states([item.item_id for item in bad]) == {"QUARANTINED"}
    with node.engine.begin() as connection:
        assert requeue(connection, bad[0].item_id)
        assert not requeue(connection, good[0].item_id)
    node.step()
    assert node.states([item.item_id for item in bad]) == {"QUARANTINED"}
    assert agrees(node)


def test_a_quarantined_conversion_is_released_at_its_deadline(alliance: Alliance, make_node: MakeNode) -> None:
    node = make_node()
    deadline = alliance.now() + DAY
    (item_id,) = node.enqueue([convert_in(deadline)])
    with node.engine.begin() as connection:
        connection.execute(sa.text("UPDATE bridge_item SET state = 'QUARANTINED'"))
    node.mine_and_step(deadline - 1)
    assert node.status(item_id).state == "QUARANTINED"
    node.mine_and_step(deadline)
    assert (node.status(item_id).state, node.status(item_id).reason) == ("RELEASED", RejectReason.DEADLINE_PASSED)
    assert node.effects() == {item_id: False}


def test_a_desk_that_refuses_everything_stops_the_bridge(alliance: Alliance, make_node: MakeNode) -> None:
    evm.poison_desk(alliance)
    node = make_node()
    items = [OutgoingItem(str(uuid.uuid4()), evm.POISON, 1, 2, 1, 1, salt_of(1)) for _ in range(3)]
    node.enqueue(items)
    with pytest.raises(Halted) as caught:
        node.step()
    assert caught.value.reason == HaltReason.EVERY_ITEM_REVERTS


def test_a_replaced_hot_key_stops_the_bridge_until_an_operator_resumes(alliance: Alliance, make_node: MakeNode) -> None:
    node = make_node()
    node.enqueue([convert_in(alliance.now() + DAY)])
    brand = node.brand
    keys = BrandKeys(key(555).address, brand.cold.address, brand.cold.address)
    texts = [format_address(address) for address in (keys.hot, keys.cold, keys.settlement)]
    data = load_artifact("BrandRegistry").functions["setKeys"].encode(brand.brand_id, *texts)
    step = ("setKeys", alliance.book.address("BrandRegistry"), data, 300_000)
    send_all(alliance.rpc, alliance.admin, [step], mine=alliance.mine)

    with pytest.raises(Halted, match="is not the brand's hot key") as caught:
        node.step()
    assert caught.value.reason == HaltReason.NOT_HOT_KEY
    with pytest.raises(Halted):  # the stop sign is durable
        make_node(url=str(node.engine.url)).step()
    assert halts.resume(node.engine, brand.brand_id)
    assert not halts.resume(node.engine, brand.brand_id)
    with pytest.raises(Halted):  # the cause is still there, so it stops again
        node.step()


def test_one_bridge_per_key(alliance: Alliance, make_node: MakeNode, database_url: str) -> None:
    """The second waits; when the first is silent too long it takes over, and the first can't write any more."""
    first, second = make_node(url=database_url), make_node(url=database_url)
    ids = first.enqueue(batch_of(3, alliance.now() + DAY))
    first.runner.sender.step(100)
    with pytest.raises(LeaseHeld):
        second.runner.sender.step(101)
    second.runner.sender.step(100 + SMALL.lease_seconds)
    alliance.mine()
    with pytest.raises(LeaseLost):
        first.runner.sender.step(101)
    second.now = 101 + SMALL.lease_seconds
    second.step()
    assert second.states(ids) == {"CAPTURED"}
    assert len(transactions(second)) == 1


def test_a_nonce_used_by_somebody_else_stops_the_bridge(alliance: Alliance, make_node: MakeNode) -> None:
    """The stored bytes can't land any more, and nobody else should have the key: stop, after looking several times."""
    node = make_node()
    node.enqueue([convert_in(alliance.now() + DAY)])
    node.step()
    (sent,) = transactions(node)
    alliance.rpc.call("anvil_dropTransaction", "0x" + sent.hash.hex())
    send_all(alliance.rpc, node.brand.hot, [("own use", bytes(20), b"", 50_000)], mine=alliance.mine)
    for _ in range(4):
        with pytest.raises(RpcInconsistent):
            node.step()
    with pytest.raises(Halted) as caught:
        node.step()
    assert caught.value.reason == HaltReason.NONCE_TAKEN


def test_a_chain_with_a_base_fee_works_too(tmp_path: Path) -> None:
    """EIP-1559 with a price, as well as free gas (pitfall 22)."""
    options = AnvilOptions(no_mining=True, genesis_timestamp=GENESIS, base_fee=10**9)
    funded = [key(number) for number in (9001, 9002, 101, 201, 102, 202)]
    alliance = make_alliance(tmp_path / "chain", options, fund=[signer.address for signer in funded])
    node = Node(alliance, alliance.brands[0], f"sqlite:///{tmp_path / 'node.sqlite'}")
    try:
        ids = node.enqueue(batch_of(3, alliance.now() + DAY))
        node.step()
        node.mine_and_step()
        assert node.states(ids) == {"CAPTURED"}
    finally:
        node.close()
        alliance.anvil.kill()
