"""What an operator is told beside `running`: everything that stands, and what ends it (DESIGN §7)."""

import threading
import time

import pytest
import sqlalchemy as sa

from bridge.deploy.admin import BrandKeys, UnknownBrand, read_brand, replace_keys, rotate_hot_key
from bridge.protocol.words import format_address
from bridge.runner import BridgeRunner, RunnerState
from bridge.settings import BridgeSettings
from bridge.transactions import halts
from bridge.transactions.rotation import KeyRotated, NotDrained, rotate_key
from bridge.transactions.states import Halted
from tests.chain_fixtures import Alliance, Brand, key
from tests.integration.bridge.conftest import MakeBridge, MakeNode
from tests.integration.bridge.kit import DAY, Node, batch_of, convert_in
from tests.integration.bridge.processes import eventually
from tests.integration.bridge.test_faulty_rpc import lands_once
from tests.integration.bridge.test_repair import run_to_end

pytestmark = pytest.mark.chain
HOUR = 3_600
SECOND, THIRD = key(831), key(832)


def test_a_wrong_clock_is_told_beside_a_quarantined_item(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge
) -> None:
    node = make_node()
    [item_id] = node.enqueue([convert_in(alliance.now() + DAY)])
    with node.engine.begin() as connection:
        connection.execute(sa.text("UPDATE bridge_item SET state = 'QUARANTINED'"))
    offset = alliance.now() - int(time.time()) + HOUR
    bridge = make_bridge(1, str(node.engine.url), clock_offset=offset, settings={"clock_tolerance": 60}).start()
    both = (RunnerState.RUNNING, "items_quarantined,clock_wrong")
    eventually(lambda: bridge.says[:2] == both, each=alliance.mine)
    assert item_id in bridge.says[2] and "NTP" in bridge.says[2]
    bridge.stop()


def test_a_bridge_with_another_key_than_the_brands_says_so_before_its_first_batch(
    alliance: Alliance, make_node: MakeNode
) -> None:
    """A wrong `hot_key` or `brand_id` in the settings; told until the registry names the key."""
    node = make_node()
    said: list[tuple[RunnerState, str, str]] = []
    runner = BridgeRunner(
        node.engine,
        alliance.url,
        alliance.book,
        1,
        SECOND,
        node.brand.reference_key,
        node.observer,
        BridgeSettings(clock_tolerance=0),
        report=lambda *told: said.append(told),
    )
    node.runner.close()
    stop = threading.Event()
    thread = threading.Thread(target=runner.run, args=(stop,))
    thread.start()
    eventually(lambda: bool(said) and said[-1][:2] == (RunnerState.RUNNING, "posting_key_wrong"), each=alliance.mine)
    assert format_address(SECOND.address) in said[-1][2] and "hot_key" in said[-1][2]
    rotate_hot_key(alliance.rpc, alliance.book, node.brand.cold, 1, SECOND.address, mine=alliance.mine)
    eventually(lambda: said[-1][:2] == (RunnerState.RUNNING, ""), each=alliance.mine)
    stop.set()
    thread.join(30)


def test_a_bridge_of_a_brand_that_the_registry_does_not_know_says_so(alliance: Alliance, make_node: MakeNode) -> None:
    node = make_node()
    node.runner.close()
    runner = BridgeRunner(node.engine, alliance.url, alliance.book, 99, SECOND, bytes(32), node.observer)
    with pytest.raises(UnknownBrand, match="99"):
        runner.step_once()
    runner.close()


# --- rotations --------------------------------------------------------------------------------------------------------


def with_key(node: Node, hot: object) -> Node:
    """The same database in the hands of a bridge with another posting key."""
    brand = node.brand
    fresh = Brand(brand.brand_id, brand.code, hot, brand.cold, brand.rate, brand.reference_key)
    node.runner.close()
    return Node(node.alliance, fresh, str(node.engine.url))


def rotate(node: Node, new_hot: bytes, **options: object) -> None:
    alliance = node.alliance
    shared = (node.engine, alliance.rpc, alliance.book, 1, node.brand.cold)
    rotate_key(*shared, new_hot, mine=alliance.mine, **options)


def test_a_bridge_with_the_registrys_newer_key_goes_on_after_an_older_rotation(
    alliance: Alliance, make_node: MakeNode
) -> None:
    """The last rotation by command named another key; since then it was replaced by hand."""
    node = make_node()
    old = node.brand
    rotate(node, SECOND.address)
    rotate_hot_key(alliance.rpc, alliance.book, old.cold, 1, THIRD.address, mine=alliance.mine)
    with pytest.raises(KeyRotated, match=format_address(THIRD.address)):
        node.step()  # the first key's bridge is told the key in force, not the row's
    third = with_key(node, THIRD)
    try:
        ids = third.enqueue(batch_of(2, alliance.now() + DAY))
        run_to_end(third, ids)
        lands_once(third, ids)
    finally:
        third.close()


def test_a_bridge_goes_on_with_keys_that_the_operator_replaced_after_a_rotation(
    alliance: Alliance, make_node: MakeNode
) -> None:
    node = make_node()
    rotate(node, SECOND.address)
    keys = BrandKeys(THIRD.address, node.brand.cold.address, node.brand.cold.address)
    replace_keys(alliance.rpc, alliance.book, alliance.admin, 1, keys, mine=alliance.mine)
    second = with_key(node, SECOND)
    ids = second.enqueue(batch_of(2, alliance.now() + DAY))
    with pytest.raises(Halted, match="not_hot_key"):
        second.step()
    third = with_key(second, THIRD)
    try:
        assert halts.resume(third.engine, 1)
        run_to_end(third, ids)
        lands_once(third, ids)
    finally:
        third.close()
        second.engine.dispose()


def abandoned(node: Node) -> list[str]:
    """A rotation that found a signed batch and was never repeated; the items of that batch."""
    ids = node.enqueue(batch_of(2, node.alliance.now() + DAY))
    node.step()
    with pytest.raises(NotDrained):
        rotate(node, SECOND.address, seconds=0.0)
    return ids


def test_an_abandoned_rotation_is_told_until_it_is_finished_or_given_up(
    alliance: Alliance, make_node: MakeNode
) -> None:
    node = make_node()
    ids = abandoned(node)
    run_to_end(node, ids)
    later = node.enqueue(batch_of(2, alliance.now() + DAY))
    node.mine_and_step()
    assert node.states(later) == {"HELD"}, "no batch is opened"
    assert node.runner._pass() is False
    status = node.runner.status()
    assert status.state == RunnerState.RUNNING
    assert format_address(SECOND.address) in status.detail and "alliance chain rotate-key" in status.detail
    rotate(node, node.brand.hot.address)  # given up: the present key is named
    assert read_brand(alliance.rpc, alliance.book, 1).keys.hot == node.brand.hot.address
    run_to_end(node, later)
    node.runner._pass()
    assert "rotation" not in node.runner.status().detail
    lands_once(node, ids + later)


def test_a_rotation_that_died_between_chain_and_database_stops_the_old_key_and_not_the_new(
    alliance: Alliance, make_node: MakeNode
) -> None:
    """The row still says DRAINING when the registry names the new key already."""
    node = make_node()
    first = abandoned(node)
    run_to_end(node, first)
    rotate_hot_key(alliance.rpc, alliance.book, node.brand.cold, 1, SECOND.address, mine=alliance.mine)
    with pytest.raises(KeyRotated):
        node.step()
    second = with_key(node, SECOND)
    try:
        ids = second.enqueue(batch_of(2, alliance.now() + DAY))
        run_to_end(second, ids)
        lands_once(second, first + ids)
    finally:
        second.close()
