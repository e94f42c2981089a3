"""The bridge's loop inside a node: index what the chain holds, send what the outbox holds, until told to stop.

Owns pauses and the report of trouble. Every error is either waited out (typed, reported) or ends the loop loudly.
"""

import threading
from collections.abc import Callable
from typing import Literal

from alliance_node.adapters.chain.connection import ChainConnection
from alliance_node.adapters.chain.observer import NodeObserver
from alliance_node.adapters.clock import SystemClock
from alliance_node.adapters.sql.engine import translated_errors
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.errors import ApplicationError, ConversionBroken
from alliance_node.application.ports import Clock
from bridge.chain.rpc import ChainError
from bridge.indexer.cursors import CursorMoved
from bridge.indexer.indexer import Indexer
from bridge.transactions.lease import LeaseHeld, LeaseLost
from bridge.transactions.sender import Sender
from bridge.transactions.states import Halted

State = Literal["ok", "waiting", "failed"]
Report = Callable[[str, State, str | None, str | None], None]
_PART = "bridge"


class Bridge:
    """One brand's sender and indexer, wired to the node's use cases."""

    def __init__(self, connection: ChainConnection, desk: ConversionDesk, wall_clock: Clock) -> None:
        self._connection = connection
        self._wall_clock = wall_clock
        parts = (connection.engine, connection.rpc, connection.book, connection.brand_id)
        key = connection.reference_key
        self.indexer = Indexer(*parts, NodeObserver(desk), connection.settings, reference_key=key)
        self.sender = Sender(*parts, connection.signer, connection.settings, reference_key=key)

    def step(self) -> bool:
        """One pass of both; True when something moved. Raises the bridge's and the application's typed errors."""
        with translated_errors():
            moved = self.indexer.step()
            return self.sender.step(self._wall_clock.now()) or moved

    def forget_chain(self) -> None:
        """Check the chain's identity again before the next pass."""
        self.indexer.forget_chain()
        self.sender.forget_chain()

    def close(self) -> None:
        """Give the lease back."""
        with translated_errors():
            self.sender.lease.release()


def run_bridge(
    connection: ChainConnection, desk: ConversionDesk, clock: Clock, stop: threading.Event, report: Report
) -> None:
    """Works until `stop` is set. `clock` is the node's; leases and resending follow the machine's clock, because a
    simulated clock may jump."""
    bridge = Bridge(connection, desk, SystemClock())
    pause = connection.settings.poll_interval
    while not stop.is_set():
        try:
            while bridge.step() and not stop.is_set():
                report(_PART, "ok", None, None)
            report(_PART, "ok", None, None)
            pause = connection.settings.poll_interval
        except (Halted, ConversionBroken) as error:
            report(_PART, "failed", error.code, error.next_step)
            pause = connection.settings.longest_backoff
        except (ChainError, LeaseHeld, LeaseLost, CursorMoved, ApplicationError) as error:
            report(
                _PART, "waiting", getattr(error, "code", "chain_unavailable"), getattr(error, "next_step", str(error))
            )
            bridge.forget_chain()
            pause = min(pause * 2, connection.settings.longest_backoff)
        stop.wait(pause)
    try:
        bridge.close()
    except ApplicationError as error:
        report(_PART, "waiting", error.code, "The lease ends by itself within seconds.")
