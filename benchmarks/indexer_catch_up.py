"""A brand that joins late, or was away: its indexer reads a chain full of others' conversions from the first block.

Every header is hashed, every receipts and transactions root rebuilt, every event decoded and every item read out of
calldata; rows and cursor are committed to SQLite. Beside it: the same logs by eth_getLogs, parsed, nothing checked.
"""

import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from alliance_node.adapters.sql.engine import open_engine
from benchmarks.audit_events import NAME, read_raw
from benchmarks.figures import BenchmarkFailed, Figure, figure
from benchmarks.local_alliance import BenchAlliance, alliance, claims, convert_ins, post_batches, salts
from bridge.indexer.indexer import Indexer, indexer_status
from bridge.indexer.model import FinalBlock
from bridge.protocol.items import MAX_ITEMS, encode_items
from bridge.settings import BridgeSettings
from bridge.transactions import schema

EVENTS = 100_000
GOAL_SECONDS = 10.0
_AT_ONCE = 16
_EVENTS_A_SWAP = 4  # the desk's own of convert-in and claim, and the token's of mint and burn


class Counter:
    """An observer with nothing of its own on this chain; it counts what it is told."""

    def __init__(self) -> None:
        self.arrivals = 0

    def prepare(self, connection: sa.Connection, item_ids: list[str]) -> None:
        """It locks nothing."""

    def apply(self, connection: sa.Connection, block: FinalBlock) -> None:
        """Part of the indexer's commit."""
        self.arrivals += len(block.arrivals)


def measure() -> list[Figure]:
    """Contract events a second, from an empty database to the head."""
    with alliance(brands=3) as chain, tempfile.TemporaryDirectory(prefix="pa-bench-index-") as directory:
        _fill(chain)
        events, raw_seconds, _ = read_raw(chain)
        seconds = _catch_up(chain, Path(directory))
    took = f"{NAME}; {events:,} events in {seconds:.1f} s (goal {GOAL_SECONDS:.0f} s)"
    return [figure("indexer_catch_up", events / seconds, "events/s", events / raw_seconds, took)]


def _fill(chain: BenchAlliance) -> None:
    """Convert-ins of the first brand and the second brand's claims of them, in full batches, some at a time."""
    source, destination = chain.brands[:2]
    codes = [salts(MAX_ITEMS) for _ in range(EVENTS // (_EVENTS_A_SWAP * MAX_ITEMS) + 1)]
    for start in range(0, len(codes), _AT_ONCE):
        some = codes[start : start + _AT_ONCE]
        post_batches(chain, source, start + 1, [encode_items(convert_ins(chain, batch)) for batch in some])
        post_batches(chain, destination, start + 1, [encode_items(claims(chain, batch)) for batch in some])


def _catch_up(chain: BenchAlliance, directory: Path) -> float:
    engine = open_engine(f"sqlite:///{directory / 'node.sqlite'}")
    schema.upgrade(engine)
    brand, head = chain.brands[2].brand_id, int(chain.rpc.call("eth_blockNumber"), 16)
    observer = Counter()
    indexer = Indexer(engine, chain.rpc, chain.book, brand, observer, BridgeSettings(), reference_key=bytes(32))
    began = time.perf_counter()
    while indexer.step():
        pass
    seconds = time.perf_counter() - began
    reached = indexer_status(engine, brand).final_number
    engine.dispose()
    if reached != head or observer.arrivals:
        raise BenchmarkFailed(f"the indexer stopped at block {reached} of {head} with {observer.arrivals} arrivals")
    return seconds
