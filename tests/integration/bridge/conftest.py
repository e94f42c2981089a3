"""Fixtures of the bridge's integration tests."""

from collections.abc import Callable, Iterator

import pytest

from bridge.settings import BridgeSettings
from tests.chain_fixtures import Alliance, alliance, anvil  # noqa: F401
from tests.integration.bridge.kit import Node

MakeNode = Callable[..., Node]


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
