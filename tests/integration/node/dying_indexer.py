"""A process for tests: reads the ledger as brand B and is killed once bonuses are written, before the indexer's commit.

Run as `dying_indexer.py URL RPC BOOK BRAND HOT_KEY`.
"""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from sqlalchemy import Connection

from alliance_node.adapters.chain.connection import ChainConfig, connect
from alliance_node.adapters.chain.runner import bridge_of
from alliance_node.adapters.clock import SystemClock
from alliance_node.adapters.sql.bonus_store import SqlBonusStore
from alliance_node.adapters.sql.conversion_store import SqlConversionStore
from alliance_node.application.bonus_records import BonusRow
from alliance_node.application.conversions import ConversionDesk
from tests.integration.node.world import World


class DyingStore(SqlBonusStore):
    """Kills its own process once the outcome of a promise is written."""

    def save(self, connection: Connection, rows: Sequence[BonusRow]) -> None:
        super().save(connection, rows)
        if rows:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    url, rpc_url, book, brand, key = sys.argv[1:]
    world = World(url, migrate=False)
    config = ChainConfig(rpc_url, Path(book), int(brand), "env:HOT", bytes([int(brand)]) * 32)
    connection = connect(world.engine, config, {"HOT": key})
    desk = ConversionDesk(
        world.ledger,
        SqlConversionStore(world.engine),
        connection.directory,
        connection.outbox,
        bonuses=DyingStore(),
    )
    bridge = bridge_of(connection, desk, SystemClock())
    while bridge.indexer.step():
        pass
