"""Swaps end to end: one node's API → hold → chain → the next node's claim → credited there; three brands, 1 s blocks.

The brands send in a ring. The clock starts when the first conversion is requested and stops when the last node has
credited the last one. A swap is two items on the chain (convert-in and claim). The limit is what the chain could take:
block gas ÷ the gas that an item really used in this run.
"""

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from alliance_node.adapters.chain.local_alliance import LocalAlliance
from alliance_node.domain.instants import format_instant
from alliance_node.domain.program.loading import load_program
from alliance_node.entrypoints.demo.brands import PRESETS, admit_brand, make_node
from alliance_node.entrypoints.demo.cast import COFFEE, GROCERIES, MUSIC
from alliance_node.entrypoints.demo.checks import COMMAND
from alliance_node.entrypoints.demo.node_client import NodeClient
from alliance_node.entrypoints.demo.ports import free_port
from alliance_node.entrypoints.demo.processes import Supervisor
from alliance_node.entrypoints.presets import preset_text
from benchmarks.figures import BenchmarkFailed, Figure, figure
from bridge.chain.rpc import Rpc

BLOCK_GAS, BLOCK_SECONDS = 60_000_000, 1
RING = {GROCERIES: COFFEE, COFFEE: MUSIC, MUSIC: GROCERIES}
_MEMBERS, _EACH, _CHUNK = 500, 6, 500
_POINTS = {GROCERIES: 60, COFFEE: 60, MUSIC: 300}
_ITEMS_A_SWAP = 2
_START, _DAY = 1_750_000_000, 86_400
_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Ring:
    """Three connected nodes on one chain."""

    alliance: LocalAlliance
    clients: dict[str, NodeClient]
    members: dict[str, list[str]]


def measure() -> list[Figure]:
    """Items a second from the first request to the last credit."""
    with _ring() as ring:
        first_block = ring.alliance.head()
        began = time.perf_counter()
        with ThreadPoolExecutor(len(RING)) as pool:
            items = _ITEMS_A_SWAP * sum(pool.map(lambda brand: _convert_everything(ring, brand), RING))
        _wait_until_credited(ring)
        rate = items / (time.perf_counter() - began)
        gas = _gas_used(ring.alliance, first_block) / items
    limit = BLOCK_GAS / BLOCK_SECONDS / gas
    name = f"{BLOCK_GAS / 1e6:.0f} M block gas each {BLOCK_SECONDS} s ÷ {gas:,.0f} gas an item, measured; 3 brands"
    return [figure("swaps_end_to_end", rate, "items/s", limit, name)]


@contextmanager
def _ring() -> Iterator[Ring]:
    with tempfile.TemporaryDirectory(prefix="pa-bench-swaps-") as name, Supervisor(Path(name)) as supervisor:
        alliance = LocalAlliance(Path(name) / "chain", genesis=_START - _DAY, block_gas=BLOCK_GAS)
        alliance.start()
        try:
            clients = _start_nodes(Path(name), alliance, supervisor)
            members = {brand: _prepare_members(brand, client) for brand, client in clients.items()}
            alliance.mine(_START + 8 * _DAY)
            for client in clients.values():
                client.set_clock(_START + 8 * _DAY)
            alliance.mine_every(BLOCK_SECONDS)
            yield Ring(alliance, clients, members)
        finally:
            supervisor.stop_all()
            alliance.stop()


def _start_nodes(directory: Path, alliance: LocalAlliance, supervisor: Supervisor) -> dict[str, NodeClient]:
    clients: dict[str, NodeClient] = {}
    ports: list[int] = []
    for brand in RING:
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
            "occurred_at": format_instant(_START),
        }
        for number, each in enumerate(ids)
    ]
    _accepted(client.bulk("/v1/members/bulk", "members", [{"member_id": each} for each in ids], chunk=_CHUNK))
    _accepted(client.bulk("/v1/events/bulk", "events", events))
    return ids


def _convert_everything(ring: Ring, brand: str) -> int:
    """Every member of the brand converts to a member of the next one, several times."""
    source, destination = ring.clients[brand], ring.clients[RING[brand]]
    receivers = [{"member_id": each} for each in ring.members[RING[brand]]]
    count = 0
    for _ in range(_EACH):
        codes = _accepted(destination.bulk("/v1/receiving-codes/bulk", "members", receivers, chunk=_CHUNK))
        wanted = [
            {"member_id": sender, "receiving_code": code["receiving_code"], "points": _POINTS[brand]}
            for sender, code in zip(ring.members[brand], codes, strict=True)
        ]
        count += len(_accepted(source.bulk("/v1/conversions/bulk", "conversions", wanted, chunk=_CHUNK)))
    return count


def _wait_until_credited(ring: Ring) -> None:
    """Until no node has a conversion under way and each has credited all that its neighbour sent."""
    give_up = time.monotonic() + _TIMEOUT_S
    waiting = dict(RING)
    while waiting:
        for brand, receiver in list(waiting.items()):
            sent = int(ring.clients[brand].get("/v1/totals")["converted_out"])
            arrived = int(ring.clients[receiver].get("/v1/totals")["converted_in"])
            if sent == _MEMBERS * _EACH * _POINTS[brand] and arrived == _MEMBERS * _EACH * _credited(brand):
                del waiting[brand]
        if time.monotonic() > give_up:
            raise BenchmarkFailed(f"not every swap arrived within {_TIMEOUT_S:.0f} s")
        time.sleep(0.1)


def _credited(brand: str) -> int:
    """What one conversion of this brand is worth at the next one, at the rates of their programs."""
    ours, theirs = (load_program(preset_text(PRESETS[each]), PRESETS[each]).alliance for each in (brand, RING[brand]))
    if ours is None or theirs is None:
        raise BenchmarkFailed("a preset names no alliance rate")
    units = _POINTS[brand] * ours.rate_in.numerator // ours.rate_in.denominator
    return units * theirs.rate_out.numerator // theirs.rate_out.denominator


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
