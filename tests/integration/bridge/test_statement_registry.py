"""Heads and statements as Python signs and reads them are those of the deployed registry (INV-27…29, R-AUD-1)."""

import pytest

from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import view
from bridge.deploy.sending import TransactionFailed, send_all
from bridge.protocol.events import HeadAnchored, StatementPublished, decode_log
from bridge.protocol.statements import Head, Statement, heads_digest, statement_digest
from tests.chain_fixtures import GENESIS, Alliance, alliance, key

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
