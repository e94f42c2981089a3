"""Purchases through POST /v1/events/bulk of a real node with the shipped program `marketplace-beans`: 20 rules and
more, shared budgets, goals, a task chain, lots, entries, growth that decays, tiers, explanation stored.

PostgreSQL is compared with G′ (the same rows and bytes by COPY from one bare script) and, as a figure without a goal,
with as many such scripts as the product has API processes: what the machine can write when nothing is decided. SQLite
is compared with PostgreSQL in this run. The load comes from a process of its own.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from alliance_node.entrypoints.presets import preset_text
from benchmarks.bench_node import BenchNode, bench_node, purchases
from benchmarks.bulk_client import Job, Outcome, Request
from benchmarks.figures import BenchmarkFailed, Figure, figure
from benchmarks.limits import row_copy
from benchmarks.postgresql import Server, server, sqlalchemy_url

MEMBERS, PURCHASES, CHUNK = 5_000, 40_000, 1_000
WORKERS = 2
"""API processes of the node on PostgreSQL: one for each core. SQLite has one."""
LANES = 8
"""Streams of requests on PostgreSQL, each with members of its own: what a member did arrives in order, no lane waits
for another."""
SENDERS = 8
"""Requests under way at a time on PostgreSQL."""
_WARM_UP = 4_000
PRESET = "marketplace-beans"


def measure() -> list[Figure]:
    """Both databases."""
    with server() as running:
        rate, limit, even = _postgresql(running)
    with tempfile.TemporaryDirectory(prefix="pa-bench-sqlite-") as name:
        sqlite_rate = _rate(f"sqlite:///{Path(name) / 'node.sqlite'}", 1, 1, 1)
    return [
        figure("bulk_purchases_postgresql", rate, "purchases/s", limit, row_copy.NAME),
        figure("bulk_purchases_even_writers", rate, "purchases/s", even, row_copy.NAME_EVEN),
        figure("bulk_purchases_sqlite", sqlite_rate, "purchases/s", rate, "the product on PostgreSQL, same run"),
    ]


def _postgresql(running: Server) -> tuple[float, float, float]:
    """The product, G′, and as many writers as the product has API processes."""
    uri = running.new_database()
    rate = _rate(sqlalchemy_url(uri), WORKERS, LANES, SENDERS)
    one, even = (row_copy.measure(running, uri, "timed-%", writers) for writers in (1, WORKERS))
    return rate, one, even


def _rate(database_url: str, workers: int, lanes: int, senders: int) -> float:
    with bench_node(database_url, MEMBERS, preset_text(PRESET), workers) as node:
        _send(node, purchases(node.members, _WARM_UP, "warm"), lanes, senders)
        return _send(node, purchases(node.members, PURCHASES, "timed"), lanes, senders)


def _send(node: BenchNode, events: list[dict[str, Any]], lanes: int, senders: int) -> float:
    """Purchases a second; any that is not created fails the measurement."""
    requests = [_requests(events, lane, lanes) for lane in range(lanes)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bulk_client"],
        input=msgspec.msgpack.encode(Job("127.0.0.1", node.port, node.key, senders, requests)),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise BenchmarkFailed(f"the load client failed: {done.stderr.decode()[-500:]}")
    outcome = msgspec.msgpack.decode(done.stdout, type=Outcome)
    if outcome.created != len(events) or outcome.problem:
        raise BenchmarkFailed(f"{outcome.created} of {len(events)} purchases were created; {outcome.problem}")
    return len(events) / outcome.seconds


def _requests(events: list[dict[str, Any]], lane: int, lanes: int) -> list[Request]:
    """The requests of one lane: the events of its members, in order."""
    mine = [event for event in events if int(event["member_id"][:8], 16) % lanes == lane]
    parts = [mine[first : first + CHUNK] for first in range(0, len(mine), CHUNK)]
    return [Request(msgspec.json.encode({"events": part}), len(part)) for part in parts]
