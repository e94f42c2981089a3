"""Fixtures of the bridge's integration tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.settings import BridgeSettings
from tests.chain_fixtures import Alliance, alliance, anvil  # noqa: F401
from tests.integration.bridge.faulty_rpc import FaultyRpc
from tests.integration.bridge.kit import Node
from tests.integration.bridge.processes import BridgeProcess

MakeNode = Callable[..., Node]
MakeBridge = Callable[..., BridgeProcess]


@pytest.fixture
def make_node(alliance: Alliance, sqlite_url: str) -> Iterator[MakeNode]:  # noqa: F811
    """`make_node(brand=1, url=…, settings=…)`: a bridge on its own database."""
    made: list[Node] = []

    def make(
        number: int = 1, url: str | None = None, settings: BridgeSettings | None = None, **options: object
    ) -> Node:
        chosen = url or sqlite_url.replace("node.sqlite", f"brand-{number}.sqlite")
        node = Node(alliance, alliance.brands[number - 1], chosen, settings, **options)
        made.append(node)
        return node

    yield make
    for node in made:
        node.close()


@pytest.fixture
def make_bridge(alliance: Alliance, tmp_path: Path) -> Iterator[MakeBridge]:  # noqa: F811
    """`make_bridge(number, url, …)`: a bridge in a process of its own, ended with the test."""
    made: list[BridgeProcess] = []

    def make(number: int, url: str, **options: object) -> BridgeProcess:
        made.append(BridgeProcess(alliance, number, url, tmp_path, **options))
        return made[-1]

    yield make
    for process in made:
        process.kill()


@pytest.fixture
def faulty_rpc(alliance: Alliance) -> Iterator[FaultyRpc]:  # noqa: F811
    """A misbehaving way to the alliance's chain."""
    proxy = FaultyRpc(alliance.url)
    yield proxy
    proxy.close()
