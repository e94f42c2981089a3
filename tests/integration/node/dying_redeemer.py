"""A process for tests: redeems points that arrived and is killed after the SPEND was enqueued, before the commit.

Run as `dying_redeemer.py URL RPC BOOK BRAND HOT_KEY MEMBER NOW`.
"""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from sqlalchemy import Connection

from alliance_node.adapters.chain.connection import ChainConfig, connect
from alliance_node.adapters.chain.outbox import BridgeOutbox
from alliance_node.adapters.sql.bonus_store import SqlBonusStore
from alliance_node.adapters.sql.conversion_store import SqlConversionStore
from alliance_node.application.chain_outcomes import OwnOutcome
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.ports import OutgoingConversion
from alliance_node.domain.commands import Redeem
from tests.integration.node.world import World


class DyingOutbox(BridgeOutbox):
    """Kills its own process once the item is written."""

    def enqueue(self, connection: Connection, items: Sequence[OutgoingConversion]) -> list[OwnOutcome]:
        ended = super().enqueue(connection, items)
        os.kill(os.getpid(), signal.SIGKILL)
        return ended


if __name__ == "__main__":
    url, rpc_url, book, brand, key, member, now = sys.argv[1:]
    world = World(url, migrate=False)
    config = ChainConfig(rpc_url, Path(book), int(brand), "env:HOT", bytes(32))
    connection = connect(world.engine, config, {"HOT": key})
    store = SqlConversionStore(world.engine)
    ConversionDesk(world.ledger, store, connection.directory, DyingOutbox(1_000), bonuses=SqlBonusStore())
    world.one(Redeem(member, "r", "coupon", 2, None, None, int(now)), int(now))
