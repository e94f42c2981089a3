"""A bridge process that kills itself with SIGKILL at one state: python worker.py '<json>'.

Arguments: database, rpc, book, brand, hot_key, reference_key, kill_at, items (enqueued first), mine.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.indexer.indexer import Indexer
from bridge.settings import BridgeSettings
from bridge.transactions import outbox
from bridge.transactions.outbox import OutgoingItem
from bridge.transactions.sender import Sender
from tests.integration.bridge.kit import Recorder, open_engine


class DyingRecorder(Recorder):
    """Dies inside the commit, after its effects are written."""

    def apply(self, connection: object, block: object) -> None:
        super().apply(connection, block)
        if block.outcomes:
            os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: dict[str, object]) -> None:
    wanted = arguments["kill_at"]

    def checkpoint(state: str) -> None:
        if state == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = open_engine(arguments["database"])
    rpc, book = Rpc(arguments["rpc"]), AddressBook.load(Path(arguments["book"]))
    signer, reference_key = Signer(bytes.fromhex(arguments["hot_key"])), bytes.fromhex(arguments["reference_key"])
    shared = (engine, rpc, book, arguments["brand"])
    settings = BridgeSettings()
    sender = Sender(*shared, signer, settings, reference_key=reference_key, checkpoint=checkpoint)
    observer = DyingRecorder() if wanted == "CAPTURED" else Recorder()
    indexer = Indexer(*shared, observer, settings, reference_key=reference_key)
    with engine.begin() as connection:
        outbox.enqueue_many(connection, msgspec.convert(arguments["items"], list[OutgoingItem], strict=False))
    checkpoint("HELD")
    sender.step(int(time.time()))
    rpc.call("evm_mine")
    sender.step(int(time.time()))
    while indexer.step():
        pass


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
