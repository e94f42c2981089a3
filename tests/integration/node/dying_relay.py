"""A process for tests: takes a signed intent and is killed at a moment: `queue` (its item is written, nothing is
committed), `answer` (committed, not yet answered), `credit` (its final block is being applied, nothing committed).

Run as `dying_relay.py '<json>'` with url, rpc, book, brand, hot_key, reference_key, member, message, signature, now,
moment.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from sqlalchemy import Connection

from alliance_node.adapters.chain.connection import ChainConfig, connect
from alliance_node.adapters.chain.observer import NodeObserver
from alliance_node.adapters.chain.outbox import BridgeOutbox
from alliance_node.adapters.identity.vault import SqlVault
from alliance_node.adapters.identity.wallets import VaultWallets
from alliance_node.adapters.sql.conversion_store import SqlConversionStore
from alliance_node.adapters.sql.wallet_store import SqlWalletStore
from alliance_node.application.chain_outcomes import OwnOutcome
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.ports import OutgoingConversion
from alliance_node.application.wallets.intents import submit_intent
from alliance_node.application.wallets.linking import WalletLinks
from bridge.indexer.indexer import Indexer
from bridge.indexer.model import FinalBlock
from tests.integration.node.wallets import PAGE, RING
from tests.integration.node.world import World


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingOutbox(BridgeOutbox):
    """Kills its own process once the item is written."""

    def enqueue(self, connection: Connection, items: Sequence[OutgoingConversion]) -> list[OwnOutcome]:
        ended = super().enqueue(connection, items)
        die()
        return ended


class DyingObserver(NodeObserver):
    """Kills its own process once a block with outcomes is applied, inside the commit."""

    def apply(self, connection: Connection, block: FinalBlock) -> None:
        super().apply(connection, block)
        if block.outcomes:
            die()


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    world = World(told["url"], migrate=False)
    reference_key = bytes.fromhex(told["reference_key"])
    config = ChainConfig(told["rpc"], Path(told["book"]), told["brand"], "env:HOT", reference_key)
    linked = connect(world.engine, config, {"HOT": told["hot_key"]})
    vault = SqlVault(RING)
    links = WalletLinks(world.ledger, linked.wallets, VaultWallets(vault), SqlWalletStore(world.engine), PAGE)
    outbox = DyingOutbox(100) if told["moment"] == "queue" else linked.outbox
    store = SqlConversionStore(world.engine)
    desk = ConversionDesk(world.ledger, store, linked.directory, outbox, vault, wallets=links)
    if told["moment"] != "credit":
        submit_intent(desk, told["member"], "convert_out", told["message"], told["signature"], told["now"])
        die()
    shared = (world.engine, linked.rpc, linked.book, told["brand"])
    indexer = Indexer(*shared, DyingObserver(desk), linked.settings, reference_key=reference_key)
    while indexer.step():
        pass
