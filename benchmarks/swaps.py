"""Swaps end to end: node A's API → hold → chain → node B's claim → credited at B, with two real nodes and 1 s blocks.

The clock starts when the first conversion is requested and stops when B's ledger has credited the last one. The limit
is what the chain could take: block gas ÷ the gas that a swap (convert-in and claim) really used in this run.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from alliance_node.adapters.chain.local_alliance import LocalAlliance
from alliance_node.entrypoints.demo.brands import admit_brand, make_node
from alliance_node.entrypoints.demo.cast import COFFEE, GROCERIES
from alliance_node.entrypoints.demo.checks import COMMAND
from alliance_node.entrypoints.demo.node_client import NodeClient, rfc3339
from alliance_node.entrypoints.demo.ports import free_port
from alliance_node.entrypoints.demo.processes import Supervisor
from benchmarks.figures import BenchmarkFailed, Figure, figure
from bridge.chain.rpc import Rpc

BLOCK_GAS, BLOCK_SECONDS = 30_000_000, 1
_MEMBERS, _EACH, _POINTS, _CHUNK = 500, 6, 60, 500
_START, _DAY = 1_750_000_000, 86_400
_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two connected nodes on one chain."""

    alliance: LocalAlliance
    clients: dict[str, NodeClient]
    members: dict[str, list[str]]


def measure() -> list[Figure]:
    """Swaps a second from the first request to the last credit."""
    with _pair() as pair:
        first_block = pair.alliance.head()
        began = time.perf_counter()
        count = _convert_everything(pair)
        _wait_until_credited(pair, count)
        rate = count / (time.perf_counter() - began)
        gas = _gas_used(pair.alliance, first_block) / count
    limit = BLOCK_GAS / BLOCK_SECONDS / gas
    name = f"{BLOCK_GAS / 1e6:.0f} M block gas each {BLOCK_SECONDS} s ÷ {gas:,.0f} gas a swap, measured"
    return [figure("swaps_end_to_end", rate, "swaps/s", limit, name)]


@contextmanager
def _pair() -> Iterator[Pair]:
    with tempfile.TemporaryDirectory(prefix="pa-bench-swaps-") as name, Supervisor(Path(name)) as supervisor:
        alliance = LocalAlliance(Path(name) / "chain", genesis=_START - _DAY)
        alliance.start()
        try:
            clients = _start_nodes(Path(name), alliance, supervisor)
            members = {brand: _prepare_members(brand, client) for brand, client in clients.items()}
            alliance.mine(_START + 8 * _DAY)
            for client in clients.values():
                client.set_clock(_START + 8 * _DAY)
            alliance.mine_every(BLOCK_SECONDS)
            yield Pair(alliance, clients, members)
        finally:
            supervisor.stop_all()
            alliance.stop()


def _start_nodes(directory: Path, alliance: LocalAlliance, supervisor: Supervisor) -> dict[str, NodeClient]:
    clients: dict[str, NodeClient] = {}
    ports: list[int] = []
    for brand in (GROCERIES, COFFEE):
        ports.append(free_port(8831, ports))
        node = make_node(directory / brand, brand, ports[-1], alliance, admit_brand(alliance, brand))
        supervisor.start(brand, [*COMMAND, "node", "serve", "--dir", str(node.directory)], node.environment)
        clients[brand] = NodeClient(brand, node.url, node.api_key)
    for brand, client in clients.items():
        supervisor.wait_ready(brand, client.is_healthy)
        client.set_clock(_START)
    return clients


def _prepare_members(brand: str, client: NodeClient) -> list[str]:
    """Members who bought once, a week before the conversions."""
    random = Random(brand)
    ids = [str(UUID(int=random.getrandbits(128), version=4)) for _ in range(_MEMBERS)]
    events = [
        {
            "type": "purchase",
            "member_id": each,
            "source": "bench",
            "source_event_id": f"purchase-{number}",
            "amount": "500.00",
            "occurred_at": rfc3339(_START),
        }
        for number, each in enumerate(ids)
    ]
    _accepted(client.bulk("/v1/members/bulk", "members", [{"member_id": each} for each in ids], chunk=_CHUNK))
    _accepted(client.bulk("/v1/events/bulk", "events", events))
    return ids


def _convert_everything(pair: Pair) -> int:
    receivers = [{"member_id": each} for each in pair.members[COFFEE]]
    count = 0
    for _ in range(_EACH):
        codes = _accepted(pair.clients[COFFEE].bulk("/v1/receiving-codes/bulk", "members", receivers, chunk=_CHUNK))
        wanted = [
            {"member_id": sender, "receiving_code": code["receiving_code"], "points": _POINTS}
            for sender, code in zip(pair.members[GROCERIES], codes, strict=True)
        ]
        count += len(
            _accepted(pair.clients[GROCERIES].bulk("/v1/conversions/bulk", "conversions", wanted, chunk=_CHUNK))
        )
    return count


def _wait_until_credited(pair: Pair, count: int) -> None:
    source, destination = pair.clients[GROCERIES], pair.clients[COFFEE]
    give_up = time.monotonic() + _TIMEOUT_S
    sent = int(source.get("/v1/totals")["converted_out"]) + int(source.get("/v1/totals")["held"])
    if sent != count * _POINTS:
        raise BenchmarkFailed(f"{sent} points are on their way, expected {count * _POINTS}")
    each = _POINTS * 65 // 105
    while int(destination.get("/v1/totals")["converted_in"]) < each * count:
        if time.monotonic() > give_up:
            raise BenchmarkFailed(f"not every swap arrived within {_TIMEOUT_S:.0f} s")
        time.sleep(0.1)


def _gas_used(alliance: LocalAlliance, first_block: int) -> int:
    rpc = Rpc(alliance.rpc_url)
    numbers = range(first_block + 1, alliance.head() + 1)
    blocks = rpc.batch([("eth_getBlockByNumber", (hex(number), False)) for number in numbers])
    rpc.close()
    return sum(int(block["gasUsed"], 16) for block in blocks)


def _accepted(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for result in results:
        if "problem" in result:
            raise BenchmarkFailed(f"refused: {result['problem']}")
    return results
