"""A bridge on a chain with QBFT headers: points cross, and no block without its validators' seals is believed."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bridge.chain.evidence import UntrustedBlock
from tests.chain_fixtures import Alliance, key
from tests.integration.bridge.kit import DAY, Node, claim, convert_in
from tests.qbft_chain import VALIDATORS, QbftChain, qbft_proxy

pytestmark = pytest.mark.chain
Pair = tuple[Node, Node]


@pytest.fixture
def chain(alliance: Alliance) -> QbftChain:
    return QbftChain(alliance.rpc)


@pytest.fixture
def pair(alliance: Alliance, chain: QbftChain, tmp_path: Path) -> Iterator[Pair]:
    """Brands 1 and 2, both reading and sending through the proxy, with a book that demands seals."""
    deployed = chain.hash_of(alliance.book.deployed_block)
    book = msgspec.structs.replace(alliance.book, deployed_block_hash=deployed, consensus="qbft")
    seen = replace(alliance, book=book)
    with ExitStack() as stack:
        url = stack.enter_context(qbft_proxy(chain))
        nodes = [
            Node(seen, brand, f"sqlite:///{tmp_path}/{brand.code}.sqlite", url_of_chain=url) for brand in seen.brands
        ]
        for node in nodes:
            stack.callback(node.close)
        yield nodes[0], nodes[1]


def cross(alliance: Alliance, sender: Node, receiver: Node) -> None:
    deadline = alliance.now() + DAY
    sender.enqueue([convert_in(deadline)])
    sender.step()
    sender.mine_and_step()
    receiver.step()
    receiver.enqueue([claim(deadline)])
    receiver.step()
    receiver.mine_and_step()
    sender.step()


def test_points_cross_on_a_chain_with_sealed_headers(alliance: Alliance, chain: QbftChain, pair: Pair) -> None:
    """In a later round than the first."""
    chain.round_ = 2
    sender, receiver = pair
    cross(alliance, sender, receiver)
    assert len(sender.observer.claims) == 1
    assert [outcome.local_points for outcome in receiver.observer.outcomes] == [50]


def test_a_block_with_too_few_seals_is_not_applied(alliance: Alliance, chain: QbftChain, pair: Pair) -> None:
    sender, _ = pair
    sender.step()
    bad = alliance.mine()
    chain.absent = frozenset({bad})
    with pytest.raises(UntrustedBlock, match=f"block {bad}: 2 of 4 validators sealed it, 3 are needed"):
        sender.step()
    assert all(block.number < bad for block in sender.observer.blocks)


def test_validators_come_and_go_one_at_a_time(alliance: Alliance, chain: QbftChain, pair: Pair) -> None:
    sender, _ = pair
    sender.step()
    start = alliance.mine()
    newcomer = key(7500)
    crews = {0: VALIDATORS, 1: (*VALIDATORS, newcomer), 2: (*VALIDATORS[1:], newcomer), 3: tuple(map(key, range(1, 5)))}
    chain.crew = lambda number: crews[max(0, min(number - start, 3))]
    alliance.mine()
    alliance.mine()
    sender.step()
    stranger = alliance.mine()
    with pytest.raises(UntrustedBlock, match=f"block {stranger}: 8 validators changed at once"):
        sender.step()


def test_a_chain_without_seals_is_not_the_books_chain(alliance: Alliance, pair: Pair, tmp_path: Path) -> None:
    """The same blocks without consensus, shown to a reader whose book says QBFT."""
    sender, _ = pair
    plain = msgspec.structs.replace(alliance.book, consensus="qbft")
    alliance.mine()
    node = Node(replace(alliance, book=plain), sender.brand, f"sqlite:///{tmp_path}/plain.sqlite")
    with pytest.raises(UntrustedBlock, match="no QBFT block"):
        node.step()
    node.close()
