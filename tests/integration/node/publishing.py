"""A brand's statements over a real chain, for tests, and a process that publishes them and dies where it is told to.

Run as `publishing.py URL RPC BOOK BRAND NOW POINT`: one daily job and one publishing step, killed at POINT.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from alliance_node.adapters.chain.connection import ChainConfig, ChainConnection, connect
from alliance_node.adapters.chain.statements import ChainStatements
from alliance_node.adapters.sql.engine import open_engine
from alliance_node.adapters.sql.log_store import SqlLogStore
from alliance_node.adapters.sql.statement_store import SqlStatementStore
from alliance_node.application.seal import Sealer
from alliance_node.application.statements import Statements

SECRET, COURIER = b"\x51" * 32, b"\x52" * 32
ZONE = "Asia/Shanghai"
KILL_POINTS = (
    "heads before commit",
    "heads after commit",
    "statement before commit",
    "statement after commit",
    "before sending",
    "after sending",
    "note before commit",
    "note after commit",
)


def statements_of(connection: ChainConnection) -> Statements:
    """The use cases of a connected brand."""
    store = SqlStatementStore(connection.engine)
    return Statements(
        store, Sealer(SqlLogStore(connection.engine)), ChainStatements(connection, store, SECRET, COURIER)
    )


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _DyingStore(SqlStatementStore):
    """Dies inside the transaction that writes what the point names."""

    point = ""

    def add_anchors(self, connection: Any, anchors: Any) -> None:
        super().add_anchors(connection, anchors)
        if self.point == "heads before commit" and anchors:
            _die()

    def add_statement(self, connection: Any, statement: Any, lines: Any) -> None:
        super().add_statement(connection, statement, lines)
        if self.point == "statement before commit":
            _die()

    def note_published(self, connection: Any, days: Any, months: Any, block: int) -> None:
        super().note_published(connection, days, months, block)
        if self.point == "note before commit":
            _die()


def _run(url: str, rpc: str, book: str, brand: str, now: str, point: str) -> None:
    from tests.integration.node.brands import hot_key

    config = ChainConfig(rpc, Path(book), int(brand), "env:HOT", bytes(32))
    connection = connect(open_engine(url), config, {"HOT": hot_key(int(brand)).hex()})
    call = connection.rpc.call

    def dying_call(method: str, *arguments: Any) -> Any:
        if method == "eth_sendRawTransaction" and point == "before sending":
            _die()
        answer = call(method, *arguments)
        if method == "eth_sendRawTransaction" and point == "after sending":
            _die()
        return answer

    connection.rpc.call = dying_call  # type: ignore[method-assign]
    store = _DyingStore(connection.engine)
    store.point = point
    ledger = ChainStatements(connection, store, SECRET, COURIER)
    desk = Statements(store, Sealer(SqlLogStore(connection.engine)), ledger)
    if desk.take_heads(int(now)) and point == "heads after commit":
        _die()
    if desk.make_due(int(now), ZONE) is not None and point == "statement after commit":
        _die()
    with store.read() as reading:
        before = len(store.unpublished_anchors(reading)) + len(store.unpublished_statements(reading))
    if ledger.publish().waiting < before and point == "note after commit":
        _die()


if __name__ == "__main__":
    _run(*sys.argv[1:])
