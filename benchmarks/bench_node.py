"""One brand node as `alliance node serve` runs it, on a fresh database, with enrolled members: what is measured.

Owns set-up and the workload (real grocery amounts). Measures nothing.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from alliance_node.adapters.identity import api_keys
from alliance_node.adapters.sql.engine import open_engine
from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints.demo.checks import COMMAND
from alliance_node.entrypoints.demo.node_client import NodeClient, decimal_amount
from alliance_node.entrypoints.demo.ports import LOOPBACK, free_port
from alliance_node.entrypoints.demo.processes import Supervisor
from alliance_node.entrypoints.demo.sources.journey import read_journey
from alliance_node.entrypoints.node_directory import create_node

SOURCE = "bench"
_RATE = 1_000_000
_STANDING_SECONDS = 30 * 86_400
"""Most members of a program are no newcomers, whose welcome tasks run in their first days."""
_TAGS: tuple[list[str], ...] = ([], ["fresh"], ["dairy", "fresh"], ["alcohol"], ["snacks"])


@dataclass(frozen=True, slots=True)
class BenchNode:
    """A running node with its members; `client` has every right."""

    client: NodeClient
    port: int
    key: str
    pid: int
    members: list[str]


@contextmanager
def bench_node(database_url: str, members: int, program: str, workers: int = 1) -> Iterator[BenchNode]:
    """Create a node with this program (YAML text), serve, enrol; everything is stopped and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="pa-bench-node-") as name, Supervisor(Path(name)) as supervisor:
        directory, port = Path(name) / "node", free_port(8821)
        now = int(time.time())
        settings = create_node(
            directory,
            "BENCH",
            program,
            database_url,
            options={"port": port, "workers": workers},
            alliance=None,
            effective_from=0,
            now=now,
        )
        engine = open_engine(settings.resolved_database_url)
        with engine.begin() as connection:
            key = api_keys.create_key(connection, SOURCE, api_keys.SCOPES, now, rate_per_second=_RATE, burst=_RATE)
        engine.dispose()
        supervisor.start("node", [*COMMAND, "node", "serve", "--dir", str(directory)])
        client = NodeClient(SOURCE, f"http://{LOOPBACK}:{port}", key)
        supervisor.wait_ready("node", client.is_healthy)
        ids = enrol(client, members)
        try:
            yield BenchNode(client, port, key, supervisor.pid_of("node"), ids)
        finally:
            client.close()


def enrol(client: NodeClient, count: int) -> list[str]:
    """Members of some weeks' standing, without personal data: the vault is not what is measured here."""
    random = Random(count)
    since = format_instant(int(time.time()) - _STANDING_SECONDS)
    ids = [str(UUID(int=random.getrandbits(128), version=4)) for _ in range(count)]
    results = client.bulk("/v1/members/bulk", "members", [{"member_id": each, "occurred_at": since} for each in ids])
    if any("problem" in result for result in results):
        raise RuntimeError(f"enrolment failed: {[r for r in results if 'problem' in r][:2]}")
    return ids


def purchases(members: list[str], count: int, prefix: str) -> list[dict[str, Any]]:
    """Purchases with the real baskets' amounts, members in random order, in the last minutes before now."""
    random = Random(7)
    amounts = [basket.amount_minor for basket in islice(read_journey().groceries, 50_000) if basket.amount_minor]
    now = int(time.time())
    return [
        {
            "type": "purchase",
            "member_id": random.choice(members),
            "source": SOURCE,
            "source_event_id": f"{prefix}-{number}",
            "amount": decimal_amount(amount),
            "occurred_at": format_instant(now - random.randrange(600)),
            "tags": random.choice(_TAGS),
            "channel": random.choice(("shop", "app")),
        }
        for number, amount in enumerate(islice(cycle(amounts), count))
    ]
