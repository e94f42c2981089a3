"""A real bridge process behind an RPC that misbehaves (pitfalls 17–21, 31): nothing lost, nothing doubled, and told."""

import time

import pytest
import sqlalchemy as sa

from bridge.runner import RunnerState
from bridge.transactions.reconcile import reconcile
from bridge.transactions.tables import batch, transaction
from tests.chain_fixtures import Alliance
from tests.integration.bridge.conftest import MakeBridge, MakeNode
from tests.integration.bridge.faulty_rpc import CHAOS, FaultyRpc
from tests.integration.bridge.kit import DAY, Node, batch_of
from tests.integration.bridge.processes import IS_FULL, eventually

pytestmark = pytest.mark.chain

ITEMS = 200 if IS_FULL else 6
SEEDS = range(12 if IS_FULL else 1)
ONE_OF_EACH_CLASS = ("drop", "delay", "reorder", "stale", "429", "garbage")
"""Of the fast profile: a connection, time, order, age, refusal and content. The test of every fault has all of them."""
UNAVAILABLE = (RunnerState.CHAIN_UNAVAILABLE, "rpc_unavailable")
TOLD = {**dict.fromkeys(("drop", "lose_answer", "cut", "429", "500", "garbage"), UNAVAILABLE)}


def lands_once(node: Node, ids: list[str]) -> None:
    """Every item captured, one effect each, the chain's sums equal ours."""
    assert node.effects() == dict.fromkeys(ids, True)
    assert reconcile(node.engine, node.alliance.rpc, node.alliance.book, node.brand.brand_id) == []


@pytest.mark.parametrize("fault", CHAOS if IS_FULL else ONE_OF_EACH_CLASS)
def test_an_rpc_with_one_fault(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge, faulty_rpc: FaultyRpc, fault: str
) -> None:
    """First every answer is bad and the operator is told; then one of five is, and everything lands once."""
    node = make_node()
    url = str(node.engine.url)
    alliance.mine()
    faulty_rpc.always(fault)
    bridge = make_bridge(1, url, rpc=faulty_rpc.url, settings={"batch_size": 5}).start()
    if fault in TOLD:
        eventually(lambda: bridge.was_told(*TOLD[fault]))
        assert "nothing is lost" in bridge.says[2]
    ids = node.enqueue(batch_of(ITEMS, alliance.now() + DAY))
    faulty_rpc.chaos(1, 20, (fault,))
    eventually(lambda: node.states(ids) == {"CAPTURED"}, 120, alliance.mine)
    faulty_rpc.heal()
    eventually(lambda: bridge.says[0] == RunnerState.RUNNING)
    bridge.stop()
    assert faulty_rpc.counts[fault] > 3
    lands_once(node, ids)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_bridges_behind_an_rpc_with_every_fault(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge, faulty_rpc: FaultyRpc, seed: int
) -> None:
    """Three of ten requests end badly, in any way, for both brands at once, and one of them is killed in between."""
    nodes = [make_node(1), make_node(2)]
    faulty_rpc.chaos(seed, 30)
    options = {"rpc": faulty_rpc.url, "settings": {"batch_size": 5}}
    bridges = [make_bridge(n, str(node.engine.url), **options).start() for n, node in enumerate(nodes, 1)]
    ids = [node.enqueue(batch_of(ITEMS, alliance.now() + DAY)) for node in nodes]
    alliance.mine()
    time.sleep(0.3)
    bridges[0].kill()
    bridges[0].start()
    for node, its in zip(nodes, ids, strict=True):
        eventually(lambda node=node, its=its: node.states(its) == {"CAPTURED"}, 180, alliance.mine)
    faulty_rpc.heal()
    for bridge in bridges:
        eventually(lambda bridge=bridge: bridge.says[0] == RunnerState.RUNNING)
        bridge.stop()
    told = [line for bridge in bridges for line in bridge.told()]
    assert any(state == RunnerState.CHAIN_UNAVAILABLE and step for state, _, step in told)
    for node, its in zip(nodes, ids, strict=True):
        lands_once(node, its)


def test_a_hash_is_returned_and_the_transaction_never_mined(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge, faulty_rpc: FaultyRpc
) -> None:
    """Pitfalls 18, 31: the RPC takes three sends and forgets them; the same bytes are sent until they land."""
    node = make_node()
    swallowed = iter(("swallow",) * 3)

    def choose(calls: list[dict[str, object]]) -> str | None:
        return next(swallowed, None) if calls[0]["method"] == "eth_sendRawTransaction" else None

    faulty_rpc.choose = choose
    bridge = make_bridge(1, str(node.engine.url), rpc=faulty_rpc.url).start()
    ids = node.enqueue(batch_of(3, alliance.now() + DAY))
    eventually(lambda: node.states(ids) == {"SENT"})
    alliance.mine()
    assert node.states(ids) == {"SENT"}
    eventually(lambda: node.states(ids) == {"CAPTURED"}, 60, alliance.mine)
    bridge.stop()
    assert faulty_rpc.counts["swallow"] == 3
    assert bridge.was_told(RunnerState.RUNNING, "sent_again")
    with node.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(transaction)).scalar_one() == 1
        assert connection.execute(sa.select(sa.func.count()).select_from(batch)).scalar_one() == 1
    lands_once(node, ids)
