"""Faults around a real bridge process: its database, its disk, its clock, its chain, its key (DESIGN §7).

After each the books agree with the chain, each effect happened once, and the operator was told.
"""

import sqlite3
import time
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from bridge.deploy.admin import BrandKeys, announce_rate, register_brand, rotate_hot_key, set_status
from bridge.protocol.items import ItemKind, RejectReason
from bridge.protocol.rates import Rate
from bridge.runner import RunnerState
from bridge.transactions import halts, outbox
from bridge.transactions.outbox import OutgoingItem
from bridge.transactions.reconcile import reconcile
from bridge.transactions.states import TransactionState
from bridge.transactions.tables import transaction
from tests.chain_fixtures import LIMITS, Alliance, key
from tests.integration.bridge import evm
from tests.integration.bridge.conftest import MakeBridge, MakeNode
from tests.integration.bridge.kit import DAY, Node, batch_of, claim, convert_in, give_back, open_engine, salt_of
from tests.integration.bridge.processes import IS_FULL, BridgeProcess, eventually
from tests.integration.bridge.test_faulty_rpc import lands_once

pytestmark = pytest.mark.chain
LONG = 60.0 if IS_FULL else 1.5
HOUR = 3_600
WATCHING = {"clock_tolerance": 60}
SMALL_FILE = 4_096


def captured(node: Node, ids: list[str]) -> Callable[[], bool]:
    return lambda: node.states(ids) == {"CAPTURED"}


def says(bridge: BridgeProcess, state: RunnerState) -> Callable[[], bool]:
    return lambda: bridge.says[0] == state


def told_once(bridge: BridgeProcess, code: str) -> bool:
    """It worked on, and said once what had happened and what is left to do."""
    steps = [step for state, said, step in bridge.told() if (state, said) == (RunnerState.RUNNING, code)]
    return len(steps) == 1 and all(steps)


def hashes_by_state(node: Node) -> dict[str, int]:
    query = sa.select(transaction.c.state, sa.func.count()).group_by(transaction.c.state)
    with node.engine.connect() as connection:
        return {state: int(count) for state, count in connection.execute(query)}


# --- the database -----------------------------------------------------------------------------------------------------


def test_the_database_is_away_for_a_minute(alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge) -> None:
    """SQLite: locked by somebody else. What was sent meanwhile lands and is captured afterwards, once."""
    node = make_node()
    bridge = make_bridge(1, str(node.engine.url)).start()
    ids = node.enqueue(batch_of(4, alliance.now() + DAY))
    eventually(lambda: node.states(ids) == {"SENT"})
    other = sqlite3.connect(str(node.engine.url.database), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    alliance.mine()
    eventually(says(bridge, RunnerState.DATABASE_UNAVAILABLE))
    time.sleep(LONG)
    assert not bridge.was_told(RunnerState.FAILED)
    other.execute("ROLLBACK")
    other.close()
    eventually(captured(node, ids), each=alliance.mine)
    bridge.stop()
    lands_once(node, ids)


@pytest.mark.postgresql
def test_the_database_server_cuts_every_connection_for_a_minute(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge, postgresql_url: str, postgresql_server: str
) -> None:
    node = make_node(url=postgresql_url)
    bridge = make_bridge(1, postgresql_url).start()
    ids = node.enqueue(batch_of(4, alliance.now() + DAY))
    eventually(lambda: node.states(ids) == {"SENT"})
    name = sa.make_url(postgresql_url).database
    admin = sa.create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        alliance.mine()
        eventually(says(bridge, RunnerState.DATABASE_UNAVAILABLE))
        time.sleep(LONG)
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    admin.dispose()
    node.engine.dispose()
    eventually(captured(node, ids), each=alliance.mine)
    bridge.stop()
    lands_once(node, ids)


@pytest.mark.parametrize("moment", ["before signing", "before capturing"])
def test_the_disk_is_full(alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge, moment: str) -> None:
    """Nothing is sent whose bytes could not be stored, and nothing is captured by half."""
    node = make_node()
    bridge = make_bridge(1, str(node.engine.url)).start()
    eventually(says(bridge, RunnerState.RUNNING))
    if moment == "before signing":
        bridge.limit_files(SMALL_FILE)
        ids = node.enqueue(batch_of(4, alliance.now() + DAY))
    else:
        ids = node.enqueue(batch_of(4, alliance.now() + DAY))
        eventually(lambda: node.states(ids) == {"SENT"})
        bridge.limit_files(SMALL_FILE)
    alliance.mine()
    eventually(says(bridge, RunnerState.DATABASE_UNAVAILABLE))
    sent = int(alliance.rpc.call("eth_getTransactionCount", "0x" + node.brand.hot.address.hex(), "pending"), 16)
    assert sent == (0 if moment == "before signing" else 1)
    assert node.effects() == {}
    bridge.limit_files(-1)
    eventually(captured(node, ids), each=alliance.mine)
    bridge.stop()
    assert bridge.was_told(RunnerState.DATABASE_UNAVAILABLE)
    lands_once(node, ids)


# --- two of them, and the clock ---------------------------------------------------------------------------------------


def test_two_bridges_on_one_database(alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge) -> None:
    """One works, the other says so; when the first is killed the second goes on where it was."""
    node = make_node()
    first = make_bridge(1, str(node.engine.url)).start()
    eventually(says(first, RunnerState.RUNNING))
    second = make_bridge(1, str(node.engine.url)).start()
    eventually(lambda: second.was_told(RunnerState.ANOTHER_BRIDGE, "another_bridge"))
    assert "Stop one of the two" in second.says[2]
    ids = node.enqueue(batch_of(6, alliance.now() + DAY))
    eventually(lambda: node.states(ids) == {"SENT"})
    first.kill()
    eventually(captured(node, ids), each=alliance.mine)
    second.stop()
    assert hashes_by_state(node) == {TransactionState.DONE: 1}
    lands_once(node, ids)


@pytest.mark.parametrize("offset", [HOUR, -HOUR])
def test_a_clock_that_is_wrong_by_an_hour(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge, offset: int
) -> None:
    """Deadlines are judged by the chain's clock. A lease of the future is not waited for, and resending goes on."""
    node = make_node()
    true_time = alliance.now() - int(time.time())
    wrong = make_bridge(1, str(node.engine.url), clock_offset=true_time + offset, settings=WATCHING).start()
    eventually(lambda: wrong.was_told(RunnerState.RUNNING, "clock_wrong"), each=alliance.mine)
    assert ("ahead of" if offset > 0 else "behind") in wrong.says[2] and "NTP" in wrong.says[2]
    ids = node.enqueue(batch_of(3, alliance.now() + HOUR // 2))
    eventually(lambda: node.states(ids) == {"SENT"})
    with node.engine.begin() as connection:  # as if it had run on another machine: nobody can see that it is dead
        connection.execute(sa.text("UPDATE bridge_lease SET holder = 'elsewhere:1:x'"))
    wrong.kill()
    alliance.rpc.call("anvil_dropAllTransactions")
    right = make_bridge(1, str(node.engine.url), clock_offset=true_time, settings=WATCHING).start()
    eventually(captured(node, ids), each=alliance.mine)
    right.stop()
    assert not right.was_told(RunnerState.RUNNING, "clock_wrong")
    assert right.was_told(RunnerState.ANOTHER_BRIDGE) == (offset > 0)
    assert hashes_by_state(node) == {TransactionState.DONE: 1}
    lands_once(node, ids)


# --- the chain --------------------------------------------------------------------------------------------------------


def test_a_chain_restored_to_before_a_final_block(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge
) -> None:
    """Stop, tell, never resend; with the chain's own state back an operator resumes, and nothing is lost or doubled."""
    node = make_node()
    bridge = make_bridge(1, str(node.engine.url), settings={"doubt_seconds": 0.0}).start()
    alliance.anvil.stop()
    older = alliance.anvil.state.read_bytes()
    alliance.anvil.start()
    ids = node.enqueue(batch_of(3, alliance.now() + DAY))
    eventually(captured(node, ids), each=alliance.mine)
    alliance.anvil.stop()
    newer = alliance.anvil.state.read_bytes()
    alliance.anvil.state.write_bytes(older)
    alliance.anvil.start()
    later = node.enqueue(batch_of(2, alliance.now() + DAY))
    eventually(says(bridge, RunnerState.HALTED))
    assert "restore its state" in bridge.says[2] or "restore the chain's state" in bridge.says[2]
    assert int(alliance.rpc.call("eth_getTransactionCount", "0x" + node.brand.hot.address.hex(), "pending"), 16) == 0
    alliance.anvil.stop()
    alliance.anvil.state.write_bytes(newer)
    alliance.anvil.start()
    assert halts.resume(node.engine, 1)
    eventually(captured(node, later), each=alliance.mine)
    bridge.stop()
    lands_once(node, ids + later)


def test_a_reorganisation_under_two_mined_batches(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge
) -> None:
    """Pitfall 20: both come back to SENT, the same bytes land in other blocks, and count once."""
    node = make_node()
    settings = {"finality_depth": 4, "batch_size": 3}
    snapshot = alliance.rpc.call("evm_snapshot")
    bridge = make_bridge(1, str(node.engine.url), settings=settings).start()
    ids = node.enqueue(batch_of(6, alliance.now() + DAY))
    eventually(lambda: node.states(ids) == {"SENT"})
    alliance.mine()
    eventually(lambda: node.states(ids) == {"MINED"})
    alliance.rpc.call("evm_revert", snapshot)
    alliance.mine(alliance.now() + 7)
    alliance.mine()
    eventually(lambda: node.states(ids) == {"SENT"})
    assert node.effects() == {}
    eventually(captured(node, ids), each=alliance.mine)
    bridge.stop()
    assert told_once(bridge, "block_reorganised")
    assert hashes_by_state(node) == {TransactionState.DONE: 2}
    lands_once(node, ids)


def test_a_batch_reverts_with_two_later_ones_in_flight(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge
) -> None:
    """Only at the final block are they posted again, with new nonces and the same numbers."""
    node = make_node()
    bridge = make_bridge(1, str(node.engine.url), settings={"batch_size": 4, "finality_depth": 1}).start()
    ids = node.enqueue(batch_of(12, alliance.now() + DAY))
    eventually(lambda: node.states(ids) == {"SENT"})
    code = evm.break_desk(alliance)
    alliance.mine()
    evm.repair_desk(alliance, code)
    eventually(captured(node, ids), each=alliance.mine)
    bridge.stop()
    assert told_once(bridge, "batch_reverted")
    assert hashes_by_state(node) == {TransactionState.REVERTED: 3, TransactionState.DONE: 3}
    lands_once(node, ids)


@pytest.mark.parametrize("kill_at", ["MINED", "UNMINED", "RESENT", "REVERTED"])
def test_a_bridge_killed_at_the_arrows_of_a_bad_day(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge, kill_at: str
) -> None:
    """SIGKILL where test_kill.py does not come: a receipt not final yet, one taken back, one of a failure."""
    node = make_node()
    snapshot = alliance.rpc.call("evm_snapshot")
    settings = {"finality_depth": 2, "batch_size": 3}
    bridge = make_bridge(1, str(node.engine.url), settings=settings, kill_at=kill_at).start()
    ids = node.enqueue(batch_of(6, alliance.now() + DAY))
    eventually(lambda: node.states(ids) == {"SENT"})
    if kill_at == "RESENT":
        alliance.rpc.call("anvil_dropAllTransactions")  # taken and forgotten: the same bytes again, after a while
    else:
        evm.befall(alliance, kill_at, snapshot, lambda: eventually(lambda: node.states(ids) == {"MINED"}))
    bridge.wait_until_killed()
    assert node.effects() == {}
    bridge.start(kill_at=None)
    eventually(captured(node, ids), each=alliance.mine)
    bridge.stop()
    assert bridge.says[0] == RunnerState.RUNNING
    assert hashes_by_state(node)[TransactionState.DONE] == 2
    lands_once(node, ids)


def test_a_bridge_killed_after_setting_a_bad_item_aside(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge
) -> None:
    """SIGKILL after BATCHED → QUARANTINED: the good items go on, the bad one waits for an operator."""
    evm.poison_desk(alliance)
    node = make_node()
    bridge = make_bridge(1, str(node.engine.url), kill_at="QUARANTINED").start()
    good = batch_of(3, alliance.now() + DAY)
    poison = OutgoingItem(str(uuid.uuid4()), evm.POISON, 1, 2, alliance.now() + DAY, 1, salt_of(1))
    node.enqueue([good[0], poison, *good[1:]])
    bridge.wait_until_killed()
    assert node.status(poison.item_id).state == "QUARANTINED"
    bridge.start(kill_at=None)
    ids = [item.item_id for item in good]
    eventually(captured(node, ids), each=alliance.mine)
    eventually(lambda: bridge.says[1] == "items_quarantined")
    bridge.stop()
    lands_once(node, ids)


def test_a_bridge_killed_while_it_gives_back_what_can_not_land_any_more(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge
) -> None:
    """SIGKILL inside HELD → RELEASED: the commit is whole or not at all, so the hold is given back once."""
    node = make_node()
    bridge = make_bridge(1, str(node.engine.url), settings={"max_in_flight": 0}, kill_at="RELEASED").start()
    ids = node.enqueue(batch_of(3, alliance.now() + 10))
    eventually(lambda: bridge.says[0] == RunnerState.RUNNING)
    assert node.states(ids) == {"HELD"}
    alliance.mine(alliance.now() + 20)
    bridge.wait_until_killed()
    assert (node.states(ids), node.effects()) == ({"HELD"}, {})
    bridge.start(kill_at=None)
    eventually(lambda: node.states(ids) == {"RELEASED"})
    bridge.stop()
    assert bridge.says[0] == RunnerState.RUNNING
    assert node.effects() == dict.fromkeys(ids, False)
    assert reconcile(node.engine, alliance.rpc, alliance.book, 1) == []


# --- the key ----------------------------------------------------------------------------------------------------------


def test_the_key_is_rotated_on_chain_while_batches_are_signed(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge
) -> None:
    """By hand, without draining: the old bridge stops and says why; one with the new key posts the same numbers."""
    node = make_node()
    old = make_bridge(1, str(node.engine.url), settings={"batch_size": 3}).start()
    ids = node.enqueue(batch_of(6, alliance.now() + DAY))
    eventually(lambda: node.states(ids) == {"SENT"})
    with old.frozen():
        alliance.rpc.call("anvil_dropAllTransactions")
        rotate_hot_key(alliance.rpc, alliance.book, node.brand.cold, 1, key(777).address, mine=alliance.mine)
    eventually(says(old, RunnerState.HALTED), each=alliance.mine)
    assert "start the bridge with that key" in old.says[2]
    old.stop()
    new = make_bridge(1, str(node.engine.url), hot_key=(777).to_bytes(32, "big").hex()).start()
    assert halts.resume(node.engine, 1)
    eventually(captured(node, ids), each=alliance.mine)
    new.stop()
    assert hashes_by_state(node) == {TransactionState.REVERTED: 2, TransactionState.DONE: 2}
    lands_once(node, ids)


def test_two_bridges_with_one_key_on_two_databases(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge, tmp_path: object
) -> None:
    """No lease can see it, the batch numbers do: one lands, the other stops and says that the key is shared."""
    nodes = [make_node(), make_node(url=f"sqlite:///{tmp_path}/copy.sqlite")]
    ids = [node.enqueue(batch_of(3, alliance.now() + DAY)) for node in nodes]
    bridges = [make_bridge(1, str(node.engine.url)).start() for node in nodes]
    eventually(lambda: any(captured(node, its)() for node, its in zip(nodes, ids, strict=True)), each=alliance.mine)
    winner = 0 if captured(nodes[0], ids[0])() else 1
    eventually(says(bridges[1 - winner], RunnerState.HALTED), each=alliance.mine)
    assert bridges[1 - winner].says[1] == "bridge_halted"
    assert nodes[1 - winner].effects() == {}
    for bridge in bridges:
        bridge.stop()
    lands_once(nodes[winner], ids[winner])


# --- the items --------------------------------------------------------------------------------------------------------


def test_a_batch_with_every_kind_of_bad_item(alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge) -> None:
    """Pitfall 23: each bad one is rejected with its reason or quarantined, its neighbours are captured, and an operator
    can try a quarantined one again once its cause is gone."""
    evm.poison_desk(alliance)
    leaving = admit_leaving(alliance)
    shared = (alliance.rpc, alliance.book, alliance.brands[0].cold, 1)
    announce_rate(*shared, Rate(9, 1, 1, 10), effective_at=alliance.now() + 4 * DAY, mine=alliance.mine)
    node = make_node()
    bridge = make_bridge(1, str(node.engine.url)).start()
    now = alliance.now()
    good = batch_of(4, now + DAY)
    bad = {
        RejectReason.AMOUNT_ZERO: convert_in(now + DAY, points=0),
        RejectReason.AMOUNT_OVERFLOW: convert_in(now + DAY, points=(1 << 63) - 1),
        RejectReason.DEADLINE_TOO_FAR: convert_in(now + 30 * DAY),
        RejectReason.UNKNOWN_COUNTERPARTY: convert_in(now + DAY, to=77),
        RejectReason.RATE_UNKNOWN: OutgoingItem(str(uuid.uuid4()), 1, 9, 2, now + DAY, 1, salt_of(1)),
        RejectReason.UNKNOWN_KIND: OutgoingItem(str(uuid.uuid4()), 99, 1, 2, now + DAY, 1, salt_of(1)),
        RejectReason.NOTHING_TO_CLAIM: claim(now + DAY, of=2, salt=salt_of(5)),
        RejectReason.TOO_EARLY: give_back(now + DAY, salt=salt_of(5)),
        RejectReason.DEADLINE_PASSED: convert_in(now - 1),
        RejectReason.RATE_NOT_EFFECTIVE: OutgoingItem(str(uuid.uuid4()), 1, 2, 2, now + DAY, 1, salt_of(1)),
        RejectReason.CREDIT_LIMIT: convert_in(now + DAY, points=LIMITS.credit_line),
        RejectReason.COUNTERPARTY_NOT_ACTIVE: convert_in(now + DAY, to=leaving),
        RejectReason.INVALID_WALLET: OutgoingItem(str(uuid.uuid4()), ItemKind.TO_WALLET, 1, 0, 0, 1, bytes(32)),
        RejectReason.BUDGET_EMPTY: OutgoingItem(str(uuid.uuid4()), ItemKind.SPEND, 0, 2, now + DAY, 1, salt_of(1)),
    }
    poison = OutgoingItem(str(uuid.uuid4()), evm.POISON, 1, 2, now + DAY, 1, salt_of(1))
    node.enqueue([*good[:2], poison, *bad.values(), *good[2:]])
    ids = [item.item_id for item in good]
    eventually(captured(node, ids), each=alliance.mine)
    for reason, item in bad.items():
        assert (node.status(item.item_id).state, node.status(item.item_id).reason) == ("RELEASED", reason)
    assert node.status(poison.item_id).state == "QUARANTINED"
    eventually(lambda: bridge.says[1] == "items_quarantined")
    assert poison.item_id in bridge.says[2] and "alliance chain requeue" in bridge.says[2]
    evm.cure_desk(alliance)
    engine = open_engine(str(node.engine.url))
    with engine.begin() as connection:
        assert outbox.requeue(connection, poison.item_id)
    engine.dispose()
    eventually(lambda: node.status(poison.item_id).state == "RELEASED", each=alliance.mine)
    assert node.status(poison.item_id).reason == RejectReason.UNKNOWN_KIND
    eventually(lambda: bridge.says[:2] == (RunnerState.RUNNING, ""))
    bridge.stop()
    rejected = [item.item_id for item in (*bad.values(), poison)]
    assert node.effects() == {**dict.fromkeys(ids, True), **dict.fromkeys(rejected, False)}
    assert reconcile(node.engine, alliance.rpc, alliance.book, 1) == []


def admit_leaving(alliance: Alliance) -> int:
    """A third brand that only leaves."""
    keys = BrandKeys(*(key(number).address for number in (301, 302, 302)))
    shared = (alliance.rpc, alliance.book, alliance.admin)
    brand_id = register_brand(*shared, "leaving", keys, LIMITS, mine=alliance.mine)
    set_status(*shared, brand_id, "exit-only", mine=alliance.mine)
    return brand_id
