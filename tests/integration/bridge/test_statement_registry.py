"""Heads and statements as Python signs and reads them are those of the deployed registry (INV-27…29, R-AUD-1)."""

from collections.abc import Sequence

import pytest

from bridge.chain.keys import load_signer
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import view
from bridge.deploy.sending import TransactionFailed, send_all
from bridge.protocol.events import HeadAnchored, StatementPublished, decode_log
from bridge.protocol.statements import Head, Statement, heads_digest, statement_digest
from bridge.protocol.words import format_address
from bridge.statements.publisher import Publisher
from tests.chain_fixtures import GENESIS, Alliance, alliance, key
from tests.integration.bridge.signing_server import SigningServer

__all__ = ["alliance"]

DAY = GENESIS // 86_400
HEAD = Head(DAY, 7, bytes(range(32)))
STATEMENT = Statement(DAY // 31, GENESIS, DAY, 7, HEAD.root, b"\x11" * 32, 123_456, 16, 1)


def send(alliance: Alliance, function: str, *arguments: object) -> list[dict[str, object]]:
    data = load_artifact("StatementRegistry").functions[function].encode(*arguments)
    step = (function, alliance.book.address("StatementRegistry"), data, 900_000)
    return send_all(alliance.rpc, key(777), [step], mine=alliance.mine)


def digest_on_chain(alliance: Alliance, function: str, number: int) -> bytes:
    address = alliance.book.address("StatementRegistry")
    (found,) = view(alliance.rpc, address, "StatementRegistry", function, 1, number, block="latest")
    return bytes(found)


def event_of(receipt: dict[str, object]) -> object:
    (log,) = receipt["logs"]  # type: ignore[misc]
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
    return decode_log(topics, bytes.fromhex(log["data"][2:]))


@pytest.mark.chain
def test_what_the_hot_key_signed_is_recorded_whoever_sends_it(alliance: Alliance) -> None:
    registry, chain_id = alliance.book.address("StatementRegistry"), alliance.book.chain_id
    hot = alliance.brands[0].hot
    signature = hot.sign_digest(heads_digest(1, [HEAD], chain_id, registry))
    (receipt,) = send(alliance, "anchorHeads", 1, [(HEAD.day, HEAD.size, HEAD.root)], signature)
    assert event_of(receipt) == HeadAnchored(1, HEAD)
    assert digest_on_chain(alliance, "headDigest", DAY) == HEAD.digest()

    signature = hot.sign_digest(statement_digest(1, STATEMENT, chain_id, registry))
    (receipt,) = send(alliance, "publish", 1, STATEMENT.words(), signature)
    assert event_of(receipt) == StatementPublished(1, STATEMENT)
    assert digest_on_chain(alliance, "statementDigest", STATEMENT.month) == STATEMENT.digest()


@pytest.mark.chain
def test_a_key_that_is_not_the_brands_publishes_nothing(alliance: Alliance) -> None:
    registry, chain_id = alliance.book.address("StatementRegistry"), alliance.book.chain_id
    signature = alliance.brands[1].hot.sign_digest(heads_digest(1, [HEAD], chain_id, registry))
    with pytest.raises(TransactionFailed, match="NotSignedByHotKey"):
        send(alliance, "anchorHeads", 1, [(HEAD.day, HEAD.size, HEAD.root)], signature)


class OnFile:
    """What a brand has on file, in memory."""

    def __init__(self, heads: list[Head], statements: list[Statement]) -> None:
        self.heads, self.statements = heads, statements

    def unpublished_heads(self) -> list[Head]:
        return self.heads

    def unpublished_statements(self) -> list[Statement]:
        return self.statements

    def note_published(self, heads: Sequence[int], statements: Sequence[int], block: int) -> None:
        self.heads = [one for one in self.heads if one.day not in heads]
        self.statements = [one for one in self.statements if one.month not in statements]


@pytest.mark.chain
def test_a_key_in_an_external_signer_publishes_too(alliance: Alliance) -> None:
    """It signs messages, never bare digests, so the publisher hands it the EIP-712 message."""
    hot = alliance.brands[0].hot
    server = SigningServer([(101).to_bytes(32, "big")])
    external = load_signer(f"web3signer:{server.url}:{format_address(hot.address)}", {})
    publisher = Publisher(alliance.rpc, alliance.book, 1, external, key(777))
    records = OnFile([HEAD], [STATEMENT])
    waiting = []
    for _ in range(3):
        waiting.append(publisher.step(records).waiting)
        alliance.mine()
    server.close()
    assert waiting == [2, 1, 0]
    assert digest_on_chain(alliance, "statementDigest", STATEMENT.month) == STATEMENT.digest()
