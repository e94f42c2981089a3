"""Several brands at once, on a chain that mines by its own clock with free gas and older rules (pitfall 22)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.chain.anvil import AnvilOptions
from bridge.settings import BridgeSettings
from bridge.transactions.outbox import OutgoingItem
from bridge.transactions.reconcile import reconcile
from bridge.transactions.tables import batch
from tests.chain_fixtures import Alliance, running_alliance
from tests.integration.bridge.conftest import MakeNode
from tests.integration.bridge.kit import DAY, Node, batch_of, claim, convert_in, salt_of
from tests.integration.bridge.processes import IS_FULL, BridgeProcess, eventually

pytestmark = pytest.mark.chain
EACH = 2_000 if IS_FULL else 120
SETTINGS = {"batch_size": 50, "max_in_flight": 3}


@pytest.fixture
def busy_alliance(tmp_path: Path) -> Iterator[Alliance]:
    """Three brands, a block each second whether or not there is anything in it, Cancun rules."""
    options = AnvilOptions(block_time=1, hardfork="cancun", gas_limit=60_000_000)
    with running_alliance(tmp_path / "chain", options, brands=3) as made:
        yield made


def agrees(node: Node) -> bool:
    return reconcile(node.engine, node.alliance.rpc, node.alliance.book, node.brand.brand_id) == []


def test_three_brands_send_to_each_other_all_at_once(busy_alliance: Alliance, tmp_path: Path) -> None:
    """Each brand converts to the next and claims from the one before; every point arrives, and all books agree."""
    alliance = busy_alliance
    deadline = alliance.now() + DAY
    nodes = [Node(alliance, brand, f"sqlite:///{tmp_path}/{brand.code}.sqlite") for brand in alliance.brands]
    bridges = [
        BridgeProcess(alliance, number, str(node.engine.url), tmp_path, settings=SETTINGS).start()
        for number, node in enumerate(nodes, 1)
    ]
    try:
        sent = [node.enqueue(outgoing(number, deadline)) for number, node in enumerate(nodes, 1)]
        for node, ids in zip(nodes, sent, strict=True):
            eventually(lambda node=node, ids=ids: node.states(ids) == {"CAPTURED"}, 120)
        claimed = [node.enqueue(incoming(number, deadline)) for number, node in enumerate(nodes, 1)]
        for node, ids in zip(nodes, claimed, strict=True):
            eventually(lambda node=node, ids=ids: node.states(ids) == {"CAPTURED"}, 120)
        for number, node in enumerate(nodes, 1):
            assert sum(node.status(one).alliance_units or 0 for one in claimed[number - 1]) == units(before(number))
    finally:
        for bridge in bridges:
            bridge.stop()
    for node, ids, its in zip(nodes, sent, claimed, strict=True):
        assert node.effects() == dict.fromkeys([*ids, *its], True)
        assert agrees(node)
        node.close()


def before(number: int) -> int:
    return (number - 2) % 3 + 1


def outgoing(number: int, deadline: int) -> list[OutgoingItem]:
    to = number % 3 + 1
    return [convert_in(deadline, to=to, salt=salt_of(number * 10_000 + each)) for each in range(EACH)]


def incoming(number: int, deadline: int) -> list[OutgoingItem]:
    of = before(number)
    return [claim(deadline, of=of, salt=salt_of(of * 10_000 + each)) for each in range(EACH)]


def units(number: int) -> int:
    """100 points a conversion at the brand's rate in."""
    return EACH * 100 * (10, 20, 5)[number - 1]


def test_batches_close_by_size_or_time_and_never_more_than_allowed_are_on_their_way(
    alliance: Alliance, make_node: MakeNode
) -> None:
    """Back-pressure: what does not fit waits in the outbox, where nothing is lost."""
    node = make_node(settings=BridgeSettings(batch_size=4, max_in_flight=2, batch_seconds=5))
    ids = node.enqueue(batch_of(6, alliance.now() + DAY))
    node.step()
    assert batches(node) == {1: 4}  # two more items wait for a fuller batch
    node.now += 4
    node.step()
    assert batches(node) == {1: 4}
    node.now += 1
    node.step()
    assert batches(node) == {1: 4, 2: 2}  # not for ever
    more = node.enqueue(batch_of(9, alliance.now() + DAY))
    node.now += 10
    node.step()
    assert batches(node) == {1: 4, 2: 2}  # two are on their way: the others wait
    assert node.states(more) == {"HELD"}
    for _ in range(4):
        node.mine_and_step()
    assert node.states(ids + more) == {"CAPTURED"}
    assert batches(node) == {1: 4, 2: 2, 3: 4, 4: 4, 5: 1}
    assert agrees(node)


def batches(node: Node) -> dict[int, int]:
    with node.engine.connect() as connection:
        rows = connection.execute(sa.select(batch.c.seq, sa.func.length(batch.c["items"])))
        return {row.seq: row[1] // 86 for row in rows}
