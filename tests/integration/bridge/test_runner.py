"""A running bridge: chain away, wrong chain, another bridge, its own faults; it waits or stops, never silently."""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.chain.anvil import AnvilOptions, AnvilProcess
from bridge.runner import RunnerState
from bridge.settings import BridgeSettings
from tests.chain_fixtures import GENESIS, Alliance
from tests.integration.bridge.conftest import MakeNode
from tests.integration.bridge.kit import DAY, Node, batch_of, convert_in

pytestmark = pytest.mark.chain
QUICK = BridgeSettings(poll_interval=0.01, longest_backoff=0.05, resend_after=1)


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class Running:
    """A runner in its thread."""

    def __init__(self, node: Node) -> None:
        self.node, self.error = node, None
        self.stop_event = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.node.runner.run(self.stop_event)
        except Exception as error:
            self.error = error

    def is_in(self, state: RunnerState) -> bool:
        return self.node.runner.status().state == state

    def stop(self) -> None:
        self.stop_event.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


def test_the_chain_goes_away_and_comes_back(alliance: Alliance, make_node: MakeNode) -> None:
    """Pitfall: RPC down. Items wait in the outbox, the status says so, and everything lands afterwards, once."""
    node = make_node(settings=QUICK)
    running = Running(node)
    try:
        eventually(lambda: running.is_in(RunnerState.RUNNING))
        alliance.anvil.stop()
        eventually(lambda: running.is_in(RunnerState.CHAIN_UNAVAILABLE))
        assert "does not answer" in node.runner.status().detail
        ids = node.enqueue(batch_of(3, GENESIS + DAY))
        alliance.anvil.start()
        eventually(lambda: node.runner.status().batches == {"SENT": 1})
        alliance.mine()
        eventually(lambda: node.states(ids) == {"CAPTURED"})
        assert node.effects() == dict.fromkeys(ids, True)
        status = node.runner.status()
        assert status.ready
        assert status.items == {"CAPTURED": 3}
        assert status.final_number == int(alliance.rpc.call("eth_blockNumber"), 16)
    finally:
        running.stop()
    assert running.is_in(RunnerState.STOPPED)


def test_a_chain_that_lost_its_last_blocks_halts_a_bridge_that_had_applied_them(
    alliance: Alliance, make_node: MakeNode, tmp_path: Path
) -> None:
    """A killed Anvil may forget its last blocks; nothing is sent again by itself."""
    alliance.anvil.stop()
    saved = alliance.anvil.state.read_bytes()
    alliance.anvil.start()
    node = make_node(settings=QUICK)
    node.enqueue([convert_in(alliance.now() + DAY)])
    node.step()
    node.mine_and_step()
    alliance.anvil.kill()
    alliance.anvil.state.write_bytes(saved)
    alliance.anvil.start()
    running = Running(node)
    try:
        eventually(lambda: running.is_in(RunnerState.HALTED))
        assert "final block" in node.runner.status().detail
        assert not node.runner.status().ready
    finally:
        running.stop()


def test_another_chain_id_is_a_status_and_nothing_is_sent(
    alliance: Alliance, make_node: MakeNode, tmp_path: Path
) -> None:
    other = AnvilProcess(tmp_path / "other", AnvilOptions(chain_id=5, no_mining=True), dies_with_parent=True)
    node = make_node(settings=QUICK, url_of_chain=other.start())
    node.enqueue([convert_in(GENESIS + DAY)])
    running = Running(node)
    try:
        eventually(lambda: running.is_in(RunnerState.CHAIN_ERROR))
        assert "is chain 5, expected chain 31337" in node.runner.status().detail
        assert node.runner.status().items == {"HELD": 1}
    finally:
        running.stop()
        other.kill()


def test_another_chain_with_the_same_id_halts(alliance: Alliance, make_node: MakeNode, tmp_path: Path) -> None:
    other = AnvilProcess(tmp_path / "other", AnvilOptions(no_mining=True), dies_with_parent=True)
    node = make_node(settings=QUICK, url_of_chain=other.start())
    running = Running(node)
    try:
        eventually(lambda: running.is_in(RunnerState.HALTED))
        assert "chain_replaced" in node.runner.status().detail
    finally:
        running.stop()
        other.kill()


def test_a_locked_database_is_waited_out(alliance: Alliance, make_node: MakeNode) -> None:
    node = make_node(settings=QUICK, busy_milliseconds=50)
    ids = node.enqueue(batch_of(2, alliance.now() + DAY))
    other = sqlite3.connect(node.engine.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    running = Running(node)
    try:
        eventually(lambda: running.is_in(RunnerState.DATABASE_UNAVAILABLE))
        other.execute("ROLLBACK")
        eventually(lambda: running.is_in(RunnerState.RUNNING))
        eventually(lambda: node.states(ids) == {"SENT"})
    finally:
        running.stop()
        other.close()


def test_a_second_bridge_waits_for_the_first(alliance: Alliance, make_node: MakeNode) -> None:
    first = make_node(settings=QUICK)
    first.step()
    second = make_node(url=str(first.engine.url), settings=QUICK)
    running = Running(second)
    try:
        eventually(lambda: running.is_in(RunnerState.ANOTHER_BRIDGE))
        first.runner.close()
        eventually(lambda: running.is_in(RunnerState.RUNNING))
    finally:
        running.stop()


def test_an_error_of_the_node_ends_the_loop_loudly_unless_it_is_retryable(
    alliance: Alliance, make_node: MakeNode
) -> None:
    node = make_node(settings=QUICK)
    node.observer.fail_next = RuntimeError("a bug")
    running = Running(node)
    running.thread.join(20)
    assert isinstance(running.error, RuntimeError)
    assert node.runner.status().state == RunnerState.FAILED

    class Busy(Exception):
        """The node's database is busy."""

    patient = make_node(2, settings=QUICK, retryable=(Busy,))
    patient.observer.fail_next = Busy("locked")
    again = Running(patient)
    try:
        eventually(lambda: len(patient.observer.blocks) > 0)
        assert again.error is None
    finally:
        again.stop()
