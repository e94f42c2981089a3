"""The bridge inside a node: the brand's runner, wired to the node's use cases and its report of health.

Owns the wiring only; the loop and its patience are the bridge's.
"""

import threading
from collections.abc import Callable
from typing import Literal

from alliance_node.adapters.chain.connection import ChainConnection
from alliance_node.adapters.chain.observer import NodeObserver
from alliance_node.adapters.clock import SystemClock
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.errors import ApplicationError, ConversionBroken
from alliance_node.application.founders.records import FounderDesk
from alliance_node.application.ports import Clock
from bridge.runner import BridgeRunner, RunnerState

State = Literal["ok", "waiting", "failed"]
Report = Callable[[str, State, str | None, str | None], None]
_PART = "bridge"
_NEEDS_AN_OPERATOR = (RunnerState.HALTED, RunnerState.FAILED)


def bridge_of(
    connection: ChainConnection,
    desk: ConversionDesk,
    wall_clock: Clock,
    report: Report | None = None,
    founders: FounderDesk | None = None,
) -> BridgeRunner:
    """The runner of this brand. Leases and resending follow the machine's clock: a simulated one may jump."""

    def note(state: RunnerState, code: str, next_step: str) -> None:
        if report is None:
            return
        if state == RunnerState.RUNNING and not code:
            report(_PART, "ok", None, None)
        else:
            report(_PART, "failed" if state in _NEEDS_AN_OPERATOR else "waiting", code, next_step)

    return BridgeRunner(
        connection.engine,
        connection.rpc,
        connection.book,
        connection.brand_id,
        connection.signer,
        connection.reference_key,
        NodeObserver(desk, founders),
        connection.settings,
        retryable=(ApplicationError,),
        halting=(ConversionBroken,),
        report=note,
        clock=wall_clock.now,
    )


def run_bridge(
    connection: ChainConnection,
    desk: ConversionDesk,
    stop: threading.Event,
    report: Report,
    founders: FounderDesk | None = None,
) -> None:
    """Works until `stop` is set."""
    bridge_of(connection, desk, SystemClock(), report, founders).run(stop)
