"""Sending administrative transactions and waiting until they are in a block.

For deployers and administrators at a console. Batches of a brand never go this way: they need `transactions.Sender`.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from bridge.chain.keys import Signer
from bridge.chain.rpc import ChainError, Rpc, RpcError
from bridge.chain.transactions import Signed, Unsigned, fees_for, sign_transaction
from bridge.deploy.artifacts import error_name
from bridge.deploy.refusals import REFUSALS

Mine = Callable[[], object]
_SAFE_HEADROOM = 4
KNOWN_ERRORS = (
    "AccessManager",
    "ConversionDesk",
    "RateBoard",
    "BrandRegistry",
    "StatementRegistry",
    "Settlement",
    "GuaranteeFund",
    "FounderMembership",
    "AlliancePoint",
)


class TransactionFailed(ChainError):
    """An administrative transaction was refused; nothing of it happened."""

    code = "transaction_failed"
    next_step = "Nothing happened on chain; correct what the error names and run the command again."

    def __init__(self, title: str, cause: str) -> None:
        self.title = title
        self.cause = cause
        told = cause
        if cause in REFUSALS:
            meaning, self.next_step = REFUSALS[cause]
            told = f"{meaning} ({cause})"
        super().__init__(f"{title} failed: {told}")


class NotMined(ChainError):
    """No block took the transactions in time. They may still land: look before sending again."""

    code = "not_mined"
    next_step = "Look at the chain before sending again: the transactions may still land."


def send_all(
    rpc: Rpc,
    signer: Signer,
    steps: Sequence[tuple[str, bytes, bytes, int]],
    *,
    nonce: int | None = None,
    mine: Mine | None = None,
    value: int = 0,
    timeout: float = 60.0,
) -> list[dict[str, Any]]:
    """Send (title, to, data, gas) in order and return their receipts.

    `mine` is called while waiting, for chains that mine on command. Raises TransactionFailed, NotMined.
    """
    chain_text, head, first = rpc.batch(
        [
            ("eth_chainId", ()),
            ("eth_getBlockByNumber", ("latest", False)),
            ("eth_getTransactionCount", ("0x" + signer.address.hex(), "pending")),
        ]
    )
    base_fee = int(head["baseFeePerGas"], 16) if head.get("baseFeePerGas") else None
    fees = fees_for(base_fee, headroom=_SAFE_HEADROOM)
    start = int(first, 16) if nonce is None else nonce
    signed = [
        sign_transaction(signer, Unsigned(int(chain_text, 16), start + index, gas, to, data, fees, value))
        for index, (_, to, data, gas) in enumerate(steps)
    ]
    for (title, *_), transaction in zip(steps, signed, strict=True):
        _send(rpc, title, transaction)
    receipts = wait_for_receipts(rpc, signed, mine=mine, timeout=timeout)
    for (title, to, data, _), receipt in zip(steps, receipts, strict=True):
        if int(receipt["status"], 16) != 1:
            raise TransactionFailed(title, _why(rpc, signer, to, data, receipt))
    return receipts


def wait_for_receipts(
    rpc: Rpc, signed: Sequence[Signed], *, mine: Mine | None = None, timeout: float = 60.0
) -> list[dict[str, Any]]:
    """The receipts, once all transactions are in a block. Raises NotMined."""
    deadline = time.monotonic() + timeout
    calls = [("eth_getTransactionReceipt", ("0x" + transaction.hash.hex(),)) for transaction in signed]
    while True:
        if mine is not None:
            mine()
        receipts: list[dict[str, Any]] = rpc.batch(calls)
        if all(receipts):
            return receipts
        if time.monotonic() > deadline:
            raise NotMined(f"{sum(not r for r in receipts)} transactions are in no block after {timeout:.0f} s")
        time.sleep(0.02)


def _send(rpc: Rpc, title: str, transaction: Signed) -> None:
    try:
        rpc.call("eth_sendRawTransaction", "0x" + transaction.raw.hex())
    except RpcError as error:
        if "already" not in error.message:
            raise TransactionFailed(title, describe(error)) from error


def _why(rpc: Rpc, signer: Signer, to: bytes, data: bytes, receipt: dict[str, Any]) -> str:
    if not to:
        return "the contract's creation reverted"
    request = {"from": "0x" + signer.address.hex(), "to": "0x" + to.hex(), "data": "0x" + data.hex()}
    try:
        rpc.call("eth_call", request, receipt["blockNumber"])
    except RpcError as error:
        return describe(error)
    return f"reverted in block {int(receipt['blockNumber'], 16)}"


def describe(error: RpcError) -> str:
    """The contract's error by name where it has one, otherwise the RPC's message."""
    data = error.revert_data
    name = error_name(data, KNOWN_ERRORS) if data else None
    return name or error.message
