"""SIGKILL of the real process at every state (pitfalls 17, 18, 21, 35): after a restart, neither loss nor double."""

import base64
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bridge.runner import RunnerState
from bridge.transactions.outbox import OutgoingItem
from bridge.transactions.reconcile import reconcile
from tests.chain_fixtures import Alliance
from tests.integration.bridge import worker
from tests.integration.bridge.conftest import MakeBridge, MakeNode
from tests.integration.bridge.kit import DAY, Node, batch_of, open_engine, prepare
from tests.integration.bridge.processes import eventually

pytestmark = pytest.mark.chain
COUNT = 5
POINTS = ("HELD", "BATCHED", "SIGNED", "SENT", "FINAL", "CAPTURED")
ONE_OF_EACH_CLASS = ("SIGNED", "CAPTURED")
"""Of the fast profile on PostgreSQL: a commit of the sender and one of the indexer. SQLite dies at every point."""


def points_and_databases() -> list[object]:
    on_postgresql = POINTS if os.environ.get("TEST_PROFILE") == "full" else ONE_OF_EACH_CLASS
    with_server = [pytest.param(point, "postgresql_url", marks=pytest.mark.postgresql) for point in on_postgresql]
    return [(point, "sqlite_url") for point in POINTS] + with_server


def run_until_killed(alliance: Alliance, url: str, kill_at: str, items: list[OutgoingItem], directory: Path) -> None:
    """Run the worker; it must die by SIGKILL."""
    engine = open_engine(url)
    prepare(engine)
    engine.dispose()
    book = directory / "book.json"
    alliance.book.save(book)
    brand = alliance.brands[0]
    arguments = {
        "database": url,
        "rpc": alliance.url,
        "book": str(book),
        "brand": brand.brand_id,
        "hot_key": (101).to_bytes(32, "big").hex(),
        "reference_key": brand.reference_key.hex(),
        "kill_at": kill_at,
        "items": [{**msgspec.structs.asdict(i), "payload": base64.b64encode(i.payload).decode()} for i in items],
    }
    assert _run_worker(arguments) == -signal.SIGKILL


def _run_worker(arguments: dict[str, object]) -> int | None:
    """A process of its own: forked (fast profile), or a fresh interpreter (full profile: seconds of imports each)."""
    if os.environ.get("TEST_PROFILE") == "full":
        root = Path(__file__).resolve().parents[3]
        command = [sys.executable, str(root / "tests/integration/bridge/worker.py"), json.dumps(arguments)]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        return subprocess.run(command, timeout=120, cwd=root, env=environment, check=False).returncode
    process = multiprocessing.get_context("fork").Process(target=worker.main, args=(arguments,))
    process.start()
    process.join(60)
    return process.exitcode


def expect_exactly_once(node: Node, items: list[OutgoingItem]) -> None:
    ids = {item.item_id for item in items}
    assert node.states(list(ids)) == {"CAPTURED"}
    assert node.effects() == dict.fromkeys(ids, True)
    assert reconcile(node.engine, node.alliance.rpc, node.alliance.book, 1) == []
    issued = 1_000 * len(items)
    units = sum(outcome_units(node))
    assert units == issued


def outcome_units(node: Node) -> list[int]:
    return [node.status(item_id).alliance_units or 0 for item_id in node.effects()]


@pytest.mark.parametrize(("kill_at", "database"), points_and_databases())
def test_a_bridge_killed_at_any_state_loses_and_doubles_nothing(
    alliance: Alliance,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    make_node: MakeNode,
    make_bridge: MakeBridge,
    kill_at: str,
    database: str,
) -> None:
    database_url = request.getfixturevalue(database)
    items = batch_of(COUNT, alliance.now() + DAY)
    run_until_killed(alliance, database_url, kill_at, items, tmp_path)

    node = make_node(url=database_url)
    expected = "FINAL" if kill_at == "CAPTURED" else kill_at
    assert node.states([item.item_id for item in items]) == {expected}
    successor = make_bridge(1, database_url).start()
    eventually(lambda: node.states([item.item_id for item in items]) == {"CAPTURED"}, each=alliance.mine)
    eventually(lambda: successor.says[0] == RunnerState.RUNNING)
    successor.stop()
    expect_exactly_once(node, items)


@pytest.mark.parametrize("kill_at", ["SIGNED", "SENT"])
def test_the_chain_forgot_the_transaction_while_the_bridge_was_dead(
    alliance: Alliance, sqlite_url: str, tmp_path: Path, make_node: MakeNode, kill_at: str
) -> None:
    """The same bytes are sent again, on the same nonce."""
    items = batch_of(COUNT, alliance.now() + DAY)
    run_until_killed(alliance, sqlite_url, kill_at, items, tmp_path)
    alliance.rpc.call("anvil_dropAllTransactions")
    alliance.mine()

    node = make_node(url=sqlite_url)
    node.now += 10**10  # long after the last sending
    node.step()
    node.mine_and_step()
    expect_exactly_once(node, items)


def test_the_block_came_while_the_bridge_was_dead(
    alliance: Alliance, sqlite_url: str, tmp_path: Path, make_node: MakeNode
) -> None:
    """Sent, mined, never noticed: the restart finds the batch on the chain and does not send it again."""
    items = batch_of(COUNT, alliance.now() + DAY)
    run_until_killed(alliance, sqlite_url, "SENT", items, tmp_path)
    alliance.mine()

    node = make_node(url=sqlite_url)
    node.step()
    expect_exactly_once(node, items)
    assert node.status(items[0].item_id).seq == 1
