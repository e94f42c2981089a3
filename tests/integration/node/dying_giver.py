"""A process for tests: sends one gift and is killed after the giver's half. Run as `dying_giver.py URL FROM TO`."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from sqlalchemy import Connection

from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.ledger import Ledger
from alliance_node.application.send_gift import GiftRequest, send_gift
from alliance_node.domain.commands import SendGift
from alliance_node.domain.instants import Instant
from tests.integration.node.world import T0, World


class DyingLedger(Ledger):
    """Kills its own process once the giver's half is decided and written, before the receiver's."""

    def execute_in(self, connection: Connection, envelopes: Sequence[Envelope], now: Instant) -> list[Result]:
        results = super().execute_in(connection, envelopes, now)
        assert results[0].accepted
        os.kill(os.getpid(), signal.SIGKILL)
        return results


if __name__ == "__main__":
    url, giver, taker = sys.argv[1:]
    world = World(url, migrate=False)
    send_gift(DyingLedger(world.store, world.programs), GiftRequest(SendGift(giver, "g", taker, 100, T0)), T0)
