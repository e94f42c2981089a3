"""The indexer on a real chain: crossings, deadlines, pauses, restarts, reorganisations, lies (DESIGN §7)."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.chain.evidence import UntrustedBlock
from bridge.chain.rpc import Call, Rpc
from bridge.deploy.admin import announce_rate, pause_alliance
from bridge.indexer.cursors import CursorMoved
from bridge.indexer.indexer import Indexer
from bridge.protocol.items import RejectReason
from bridge.protocol.rates import Rate
from bridge.settings import BridgeSettings
from bridge.transactions.context import AheadOfDatabase
from bridge.transactions.desk import RpcInconsistent
from bridge.transactions.identity import OtherBrandsDatabase
from bridge.transactions.reconcile import reconcile
from bridge.transactions.states import Halted, HaltReason
from bridge.transactions.tables import block as waiting_block
from tests.chain_fixtures import Alliance
from tests.integration.bridge.conftest import MakeNode
from tests.integration.bridge.kit import DAY, Node, Recorder, batch_of, claim, convert_in, give_back, salt_of

pytestmark = pytest.mark.chain


def agrees(node: Node) -> bool:
    return reconcile(node.engine, node.alliance.rpc, node.alliance.book, node.brand.brand_id) == []


def test_points_cross_and_both_brands_learn_it(
    alliance: Alliance, make_node: MakeNode, two_database_urls: tuple[str, str]
) -> None:
    """A sends 100 points (1,000 units); B claims them as 50 points; A learns that they arrived."""
    a, b = make_node(1, url=two_database_urls[0]), make_node(2, url=two_database_urls[1])
    deadline = alliance.now() + DAY
    (sent,) = a.enqueue([convert_in(deadline)])
    a.step()
    a.mine_and_step()
    b.step()
    (arrival,) = b.observer.arrivals
    assert (arrival.source_brand, arrival.alliance_units, arrival.deadline) == (1, 1_000, deadline)
    (claimed,) = b.enqueue([claim(arrival.deadline)])
    b.step()
    b.mine_and_step()
    assert b.status(claimed).local_points == 50
    a.step()
    (seen,) = a.observer.claims
    assert (seen.item_ids, seen.source_brand, seen.destination_brand) == ([sent], 1, 2)
    assert seen.alliance_units == 1_000
    assert a.status(sent).emptied_block == b.status(claimed).block_number
    assert agrees(a)
    assert agrees(b)


def test_unclaimed_points_come_back_after_the_deadline_and_only_then(alliance: Alliance, make_node: MakeNode) -> None:
    a, b = make_node(1), make_node(2)
    deadline = alliance.now() + DAY
    (sent,) = a.enqueue([convert_in(deadline)])
    a.step()
    a.mine_and_step()
    (early,) = a.enqueue([give_back(deadline)])
    a.step()
    a.mine_and_step(deadline - 1)
    assert a.status(early).reason == RejectReason.TOO_EARLY
    (late,) = b.enqueue([claim(deadline)])
    (back,) = a.enqueue([give_back(deadline)])
    b.step()
    a.step()
    alliance.mine(deadline)
    a.step()
    b.step()
    assert b.effects() == {late: False}
    assert (a.status(back).state, a.status(back).alliance_units) == ("CAPTURED", 1_000)
    assert a.status(sent).emptied_block == a.status(back).block_number
    assert agrees(a)
    assert agrees(b)


def test_an_item_never_posted_is_released_when_its_deadline_passes_at_a_final_block(
    alliance: Alliance, make_node: MakeNode
) -> None:
    """Pitfall 19: released only when the chain makes it impossible that it still lands."""
    node = make_node()
    deadline = alliance.now() + DAY
    (item_id,) = node.enqueue([convert_in(deadline)])
    alliance.mine(deadline - 1)
    while node.runner.indexer.step():
        pass
    assert node.status(item_id).state == "HELD"
    alliance.mine(deadline)
    while node.runner.indexer.step():
        pass
    assert (node.status(item_id).state, node.status(item_id).reason) == ("RELEASED", RejectReason.DEADLINE_PASSED)
    assert node.effects() == {item_id: False}


def test_a_pause_stops_the_alliance_clock_and_its_deadlines(alliance: Alliance, make_node: MakeNode) -> None:
    node = make_node()
    deadline = alliance.now() + DAY
    (item_id,) = node.enqueue([convert_in(deadline)])
    paused_at = alliance.now() + 100
    alliance.rpc.call("evm_setNextBlockTimestamp", paused_at)
    pause_alliance(alliance.rpc, alliance.book, alliance.admin, paused=True, mine=alliance.mine)
    frozen = alliance_time(alliance)
    alliance.mine(deadline + DAY)
    while node.runner.indexer.step():
        pass
    assert node.observer.blocks[-1].alliance_time == frozen
    assert node.status(item_id).state == "HELD"
    alliance.rpc.call("evm_setNextBlockTimestamp", deadline + 2 * DAY)
    pause_alliance(alliance.rpc, alliance.book, alliance.admin, paused=False, mine=alliance.mine)
    alliance.mine(deadline + 2 * DAY + 500)
    node.step()
    assert node.observer.blocks[-1].alliance_time == alliance_time(alliance)
    node.mine_and_step()
    assert node.status(item_id).state == "CAPTURED"


def alliance_time(alliance: Alliance) -> int:
    from bridge.deploy.deploy import view

    block = alliance.rpc.call("eth_blockNumber")
    (time,) = view(alliance.rpc, alliance.book.address("AllianceClock"), "AllianceClock", "allianceTime", block=block)
    assert isinstance(time, int)
    return time


def test_every_announced_rate_reaches_every_node(alliance: Alliance, make_node: MakeNode) -> None:
    node = make_node()
    cold = alliance.brands[1].cold
    announce_rate(alliance.rpc, alliance.book, cold, 2, Rate(20, 1, 1, 20), mine=alliance.mine)
    node.step()
    rates = [(r.brand_id, r.version, r.rate) for b in node.observer.blocks for r in b.rates]
    assert rates == [(1, 1, Rate(10, 1, 1, 10)), (2, 1, Rate(20, 1, 1, 20)), (2, 2, Rate(20, 1, 1, 20))]


def test_nothing_is_missed_or_repeated_across_restarts_and_small_ranges(
    alliance: Alliance, make_node: MakeNode, database_url: str
) -> None:
    """Pitfalls 21, 32: one block per range, a new process for each."""
    settings = BridgeSettings(batch_size=2, first_range=1, max_range=1)
    ids: list[str] = []
    for round_number in range(4):
        node = make_node(url=database_url, settings=settings)
        ids += node.enqueue([convert_in(alliance.now() + DAY, salt=salt_of(round_number + 1)) for _ in range(3)])
        node.runner.step_once()
        alliance.mine()
        node.runner.step_once()
        node.runner.close()
    node = make_node(url=database_url, settings=settings)
    for _ in range(4):
        node.mine_and_step()
    assert node.effects() == dict.fromkeys(ids, True)
    assert agrees(node)


def test_an_effect_that_fails_undoes_rows_and_cursor(
    alliance: Alliance, make_node: MakeNode, database_url: str
) -> None:
    """Rows, cursor and effects are one commit; the next try applies everything once."""
    node = make_node(url=database_url)
    ids = node.enqueue(batch_of(3, alliance.now() + DAY))
    node.step()
    alliance.mine()
    node.observer.fail_next = RuntimeError("the node's own fault")
    with pytest.raises(RuntimeError, match="own fault"):
        node.step()
    assert node.effects() == {}
    assert node.states(ids) == {"SENT"}
    node.step()
    assert node.effects() == dict.fromkeys(ids, True)


def test_a_reorganisation_under_a_mined_batch(alliance: Alliance, make_node: MakeNode, database_url: str) -> None:
    """Pitfall 20: MINED is taken back, the same bytes land in another block, effects come once, at finality."""
    node = make_node(url=database_url, settings=BridgeSettings(finality_depth=3))
    ids = node.enqueue(batch_of(3, alliance.now() + DAY))
    snapshot = alliance.rpc.call("evm_snapshot")
    node.step()
    node.mine_and_step()
    assert node.states(ids) == {"MINED"}
    assert node.effects() == {}
    assert waiting_rows(node) > 0
    alliance.rpc.call("evm_revert", snapshot)
    alliance.mine(alliance.now() + 7)
    alliance.mine()
    node.step()
    assert node.states(ids) == {"SENT"}
    node.now += 100
    node.step()
    node.mine_and_step()
    assert node.states(ids) == {"MINED"}
    assert node.effects() == {}
    for _ in range(3):
        node.mine_and_step()
    assert node.states(ids) == {"CAPTURED"}
    assert node.effects() == dict.fromkeys(ids, True)
    assert agrees(node)


def waiting_rows(node: Node) -> int:
    with node.engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(waiting_block)).scalar_one())


def test_a_final_block_that_disappears_stops_the_bridge(alliance: Alliance, make_node: MakeNode) -> None:
    """Never resent by itself; believed after several looks, since a lagging RPC says the same (pitfall 21)."""
    node = make_node()
    snapshot = alliance.rpc.call("evm_snapshot")
    ids = node.enqueue(batch_of(3, alliance.now() + DAY))
    node.step()
    node.mine_and_step()
    assert node.states(ids) == {"CAPTURED"}
    alliance.rpc.call("evm_revert", snapshot)
    for _ in range(4):
        with pytest.raises(RpcInconsistent):
            node.runner.indexer.step()
    with pytest.raises(Halted) as caught:
        node.runner.indexer.step()
    assert caught.value.reason == HaltReason.FINAL_BLOCK_GONE
    with pytest.raises(Halted):
        node.runner.sender.step(node.now)
    assert alliance.rpc.call("eth_getTransactionCount", "0x" + node.brand.hot.address.hex(), "pending") == "0x0"


def test_the_sender_alone_notices_a_chain_that_lost_final_batches(alliance: Alliance, make_node: MakeNode) -> None:
    node = make_node()
    snapshot = alliance.rpc.call("evm_snapshot")
    node.enqueue([convert_in(alliance.now() + DAY)])
    node.step()
    node.mine_and_step()
    alliance.rpc.call("evm_revert", snapshot)
    node.enqueue([convert_in(alliance.now() + DAY)])
    for _ in range(4):
        with pytest.raises(RpcInconsistent):
            node.runner.sender.step(node.now)
    with pytest.raises(Halted) as caught:
        node.runner.sender.step(node.now)
    assert caught.value.reason == HaltReason.CHAIN_BEHIND


def test_a_batch_of_another_bridge_with_our_key_stops_the_bridge(
    alliance: Alliance, make_node: MakeNode, tmp_path: object
) -> None:
    """A stolen or shared hot key: the thief doesn't have the reference key."""
    thief = make_node(url=f"sqlite:///{tmp_path}/thief.sqlite")
    thief.runner.close()
    stolen = Node(alliance, alliance.brands[0].__class__(*fields_with_other_key(alliance)), str(thief.engine.url))
    stolen.enqueue([convert_in(alliance.now() + DAY)])
    stolen.step()
    alliance.mine()
    node = make_node()
    with pytest.raises(Halted) as caught:
        node.step()
    assert caught.value.reason == HaltReason.FOREIGN_BATCH
    stolen.close()


def fields_with_other_key(alliance: Alliance) -> Sequence[Any]:
    brand = alliance.brands[0]
    return brand.brand_id, brand.code, brand.hot, brand.cold, brand.rate, b"\x99" * 32


def test_a_database_restored_from_an_old_backup_stops_the_bridge(
    alliance: Alliance, make_node: MakeNode, tmp_path: object
) -> None:
    """The batches are our own, forgotten: not foreign, and never posted again."""
    before = make_node(url=f"sqlite:///{tmp_path}/before.sqlite")
    before.enqueue([convert_in(alliance.now() + DAY)])
    before.step()
    before.mine_and_step()
    before.runner.close()
    restored = make_node()
    restored.enqueue([convert_in(alliance.now() + DAY)])
    with pytest.raises(AheadOfDatabase):
        restored.runner.sender.step(restored.now)
    with pytest.raises(Halted) as caught:
        restored.runner.indexer.step()
    assert caught.value.reason == HaltReason.FORGOTTEN_BATCH


def test_a_second_indexer_on_the_same_database_applies_nothing(
    alliance: Alliance, make_node: MakeNode, database_url: str
) -> None:
    first, second = make_node(url=database_url), make_node(url=database_url)
    first.step()
    second.runner.indexer.step()
    ids = first.enqueue([convert_in(alliance.now() + DAY)])
    first.step()
    alliance.mine()

    class Racing(Recorder):
        def apply(self, connection: sa.Connection, block: object) -> None:
            raise AssertionError("the stale indexer must not come this far")

    late = Indexer(
        second.engine,
        RacingRpc(alliance.url, first.step),
        alliance.book,
        1,
        Racing(),
        BridgeSettings(),
        reference_key=second.brand.reference_key,
    )
    with pytest.raises(CursorMoved):
        late.step()
    assert first.effects() == dict.fromkeys(ids, True)


class RacingRpc(Rpc):
    """Lets somebody else go first, after the stale indexer has read everything and before it commits."""

    def __init__(self, url: str, race: Callable[[], None]) -> None:
        super().__init__(url)
        self._race = race

    def batch_results(self, calls: Sequence[Call]) -> list[Any]:
        results = super().batch_results(calls)
        if any(method == "eth_getBlockReceipts" for method, _ in calls):
            self._race()
        return results


def hide_a_log(rows: list[Any]) -> None:
    next(row for row in rows if row["logs"])["logs"].pop()


def change_an_amount(rows: list[Any]) -> None:
    log = next(log for row in rows for log in row["logs"] if len(log["topics"]) == 1)
    log["data"] = log["data"][:-2] + "ff"


def hide_a_receipt(rows: list[Any]) -> None:
    rows.pop()


@pytest.mark.parametrize("lie", [hide_a_log, change_an_amount, hide_a_receipt])
def test_a_lying_rpc_is_not_believed(alliance: Alliance, make_node: MakeNode, lie: Callable[[list[Any]], None]) -> None:
    """Pitfalls 21, 30: the receipts root is rebuilt before any log counts."""
    node = make_node()
    ids = node.enqueue(batch_of(2, alliance.now() + DAY))
    node.step()
    alliance.mine()

    class LyingRpc(Rpc):
        def batch_results(self, calls: Sequence[Call]) -> list[Any]:
            results = super().batch_results(calls)
            for (method, _), result in zip(calls, results, strict=True):
                if method == "eth_getBlockReceipts" and result:
                    lie(result)
            return results

    deceived = Indexer(
        node.engine,
        LyingRpc(alliance.url),
        alliance.book,
        1,
        node.observer,
        BridgeSettings(),
        reference_key=node.brand.reference_key,
    )
    with pytest.raises(UntrustedBlock, match="receipts or logs"):
        deceived.step()
    assert node.effects() == {}
    node.step()
    assert node.effects() == dict.fromkeys(ids, True)


def test_a_database_belongs_to_one_brand(make_node: MakeNode, tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/one.sqlite"
    make_node(1, url=url).step()
    with pytest.raises(OtherBrandsDatabase):
        make_node(2, url=url).step()
