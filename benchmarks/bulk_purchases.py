"""Purchases through POST /v1/events/bulk of a real node: 20 rules, lots, entries, growth, tiers, explanation stored.

PostgreSQL is compared with G′ (the same rows and bytes by COPY), SQLite with the same number on PostgreSQL of this run.
"""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.bench_node import BenchNode, bench_node, purchases
from benchmarks.figures import BenchmarkFailed, Figure, figure
from benchmarks.limits import row_copy
from benchmarks.postgresql import Server, server, sqlalchemy_url
from benchmarks.rules import PROGRAM

MEMBERS, PURCHASES, CHUNK, IN_FLIGHT = 5_000, 40_000, 1_000, 2
_WARM_UP = 4_000


def measure() -> list[Figure]:
    """Both databases."""
    with server() as running:
        rate, limit = _postgresql(running)
    with tempfile.TemporaryDirectory(prefix="pa-bench-sqlite-") as name:
        sqlite_rate = _rate(f"sqlite:///{Path(name) / 'node.sqlite'}", in_flight=1)
    return [
        figure("bulk_purchases_postgresql", rate, "purchases/s", limit, row_copy.NAME),
        figure("bulk_purchases_sqlite", sqlite_rate, "purchases/s", rate, "the product on PostgreSQL, same run"),
    ]


def _postgresql(running: Server) -> tuple[float, float]:
    uri = running.new_database()
    rate = _rate(sqlalchemy_url(uri), IN_FLIGHT)
    return rate, row_copy.measure(running, uri, CHUNK, "timed-%")


def _rate(database_url: str, in_flight: int) -> float:
    with bench_node(database_url, MEMBERS, PROGRAM.read_text()) as node:
        _send(node, purchases(node.members, _WARM_UP, "warm"), in_flight)
        return _send(node, purchases(node.members, PURCHASES, "timed"), in_flight)


def _send(node: BenchNode, events: list[dict[str, Any]], in_flight: int) -> float:
    """Purchases a second, requests encoded beforehand, `in_flight` requests at a time."""
    chunks = [events[first : first + CHUNK] for first in range(0, len(events), CHUNK)]
    bodies = [msgspec.json.encode({"events": chunk}) for chunk in chunks]
    began = time.perf_counter()
    with ThreadPoolExecutor(in_flight) as pool:
        answers = list(pool.map(lambda body: node.client.post_encoded("/v1/events/bulk", body), bodies))
    seconds = time.perf_counter() - began
    refused = [result for answer in answers for result in answer["results"] if result["status"] != 201]
    if refused:
        raise BenchmarkFailed(f"{len(refused)} purchases were refused, first: {refused[0]}")
    return len(events) / seconds
