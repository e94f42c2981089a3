"""Which answers to a sent transaction mean that the node has it: only then is it marked as sent (pitfall 18)."""

import pytest

from bridge.chain.rpc import RpcError
from bridge.transactions.tracking import _has_it


@pytest.mark.parametrize(
    "message",
    [
        "already known",
        "Known transaction",
        "known transaction: 0x1234",
        "transaction already imported",
        "Transaction with the same hash was already imported.",
        "nonce too low: next nonce 5, tx nonce 4",
    ],
)
def test_a_node_that_has_the_transaction_says_so_in_its_own_words(message: str) -> None:
    assert _has_it(RpcError("eth_sendRawTransaction", -32000, message))


@pytest.mark.parametrize(
    "message",
    [
        "unknown transaction type",
        "unknown transaction",
        "Unknown account",
        "transaction type not known",
        "the pool is full already",
        "insufficient funds for gas * price + value",
    ],
)
def test_a_refusal_is_no_proof_that_the_node_has_the_transaction(message: str) -> None:
    assert not _has_it(RpcError("eth_sendRawTransaction", -32000, message))


def test_a_hash_is_an_acceptance() -> None:
    assert _has_it("0x" + "11" * 32)
