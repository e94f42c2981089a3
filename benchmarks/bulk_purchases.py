"""Purchases through POST /v1/events/bulk of a real node with the shipped program `marketplace-beans`: 20 rules and
more, shared budgets, goals, a task chain, lots, entries, growth that decays, tiers, explanation stored.

PostgreSQL is compared with G′ (the same rows and bytes by COPY), SQLite with the same number on PostgreSQL of this run.
"""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from alliance_node.entrypoints.presets import preset_text
from benchmarks.bench_node import BenchNode, bench_node, purchases
from benchmarks.figures import BenchmarkFailed, Figure, figure
from benchmarks.limits import row_copy
from benchmarks.postgresql import Server, server, sqlalchemy_url

MEMBERS, PURCHASES, CHUNK = 5_000, 40_000, 1_000
WORKERS = 2
"""API processes of the node on PostgreSQL, one for each core; SQLite has one."""
LANES = 4
"""Senders on PostgreSQL, each with members of its own: what a member did arrives in order, and no lane waits for
another."""
_WARM_UP = 4_000
PRESET = "marketplace-beans"


def measure() -> list[Figure]:
    """Both databases."""
    with server() as running:
        rate, limit = _postgresql(running)
    with tempfile.TemporaryDirectory(prefix="pa-bench-sqlite-") as name:
        sqlite_rate = _rate(f"sqlite:///{Path(name) / 'node.sqlite'}", 1, 1)
    return [
        figure("bulk_purchases_postgresql", rate, "purchases/s", limit, row_copy.NAME),
        figure("bulk_purchases_sqlite", sqlite_rate, "purchases/s", rate, "the product on PostgreSQL, same run"),
    ]


def _postgresql(running: Server) -> tuple[float, float]:
    uri = running.new_database()
    rate = _rate(sqlalchemy_url(uri), WORKERS, LANES)
    return rate, row_copy.measure(running, uri, CHUNK, "timed-%")


def _rate(database_url: str, workers: int, lanes: int) -> float:
    with bench_node(database_url, MEMBERS, preset_text(PRESET), workers) as node:
        _send(node, purchases(node.members, _WARM_UP, "warm"), lanes)
        return _send(node, purchases(node.members, PURCHASES, "timed"), lanes)


def _send(node: BenchNode, events: list[dict[str, Any]], lanes: int) -> float:
    """Purchases a second, requests encoded beforehand, one request at a time in each lane."""
    bodies = [_bodies(events, lane, lanes) for lane in range(lanes)]
    began = time.perf_counter()
    with ThreadPoolExecutor(lanes) as pool:
        answers = list(
            pool.map(lambda lane: [node.client.post_encoded("/v1/events/bulk", body) for body in lane], bodies)
        )
    seconds = time.perf_counter() - began
    results = [result for lane in answers for answer in lane for result in answer["results"]]
    refused = [result for result in results if result["status"] != 201]
    if refused:
        raise BenchmarkFailed(f"{len(refused)} purchases were refused, first: {refused[0]}")
    return len(events) / seconds


def _bodies(events: list[dict[str, Any]], lane: int, lanes: int) -> list[bytes]:
    """The requests of one lane: the events of its members, in order."""
    mine = [event for event in events if int(event["member_id"][:8], 16) % lanes == lane]
    return [msgspec.json.encode({"events": mine[first : first + CHUNK]}) for first in range(0, len(mine), CHUNK)]
