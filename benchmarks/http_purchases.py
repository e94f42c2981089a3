"""Single purchases over HTTP with 64 connections on PostgreSQL, every feature on: keys, scopes, audit, idempotency,
the shipped program `grocery-points`, lots, entries, growth, explanation in the answer, sealer running. The load comes
from a process of its own.
"""

import subprocess
import sys
from pathlib import Path

import msgspec

from alliance_node.entrypoints.presets import preset_text
from benchmarks.bench_node import BenchNode, bench_node, purchases
from benchmarks.figures import BenchmarkFailed, Figure, figure
from benchmarks.limits import single_earn
from benchmarks.load_client import Job, Outcome
from benchmarks.postgresql import server, sqlalchemy_url

CONNECTIONS, MEMBERS, REQUESTS, WARM_UP = 64, 5_000, 30_000, 4_000
PRESET = "grocery-points"
WORKERS = 2
"""API processes of the node, one for each core."""
_RSS_GOAL_MIB = 300


def measure() -> list[Figure]:
    """Throughput, the 99th percentile, and the memory of the node's processes under this load."""
    with server() as running:
        limit = single_earn.measure(running, seconds=5)
        with bench_node(sqlalchemy_url(running.new_database()), MEMBERS, preset_text(PRESET), WORKERS) as node:
            outcome = load(node, REQUESTS)
            memory = sum(peak_rss_mib(pid) for pid in (node.pid, *children(node.pid)))
    rate = len(outcome.latencies_ms) / outcome.seconds
    return [
        figure("http_purchases", rate, "purchases/s", limit, single_earn.NAME),
        figure("http_purchases_p99_ms", percentile(outcome.latencies_ms, 0.99), "ms", 50.0, "design goal"),
        figure("node_peak_rss_mib", memory, "MiB", _RSS_GOAL_MIB, "design goal under load, all processes"),
    ]


def load(node: BenchNode, requests: int) -> Outcome:
    """Run the load client; any answer but 201 fails the measurement."""
    events = [{k: v for k, v in event.items() if k != "type"} for event in purchases(node.members, requests, "http")]
    bodies = [msgspec.json.encode(event).decode() for event in events]
    job = Job("127.0.0.1", node.port, "/v1/purchases", node.key, CONNECTIONS, bodies, WARM_UP)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load_client"],
        input=msgspec.json.encode(job),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise BenchmarkFailed(f"the load client failed: {done.stderr.decode()[-500:]}")
    outcome = msgspec.json.decode(done.stdout, type=Outcome)
    if set(outcome.statuses) != {"201"}:
        raise BenchmarkFailed(f"answers {outcome.statuses}: {outcome.first_problem}")
    return outcome


def percentile(ordered: list[float], share: float) -> float:
    """The value below which the share of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def children(pid: int) -> list[int]:
    """The processes that the process has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def peak_rss_mib(pid: int) -> float:
    """The highest resident memory the process ever had, from the kernel."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise BenchmarkFailed(f"the kernel does not tell the peak memory of process {pid}")
