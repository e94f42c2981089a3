"""One transaction while its events are taken in: where we are, what is open, and how a handler says what it found.

Owns nothing but the place. It may not know what an event means.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bridge.audit.findings import Check, Finding
from bridge.audit.model import Alliance
from bridge.audit.report import Tally
from bridge.chain.hexadecimal import MalformedChainData, parse_data
from bridge.chain.transaction_rlp import UnrecoverableSender, UnsupportedTransactionType, transaction_sender

if TYPE_CHECKING:
    from bridge.audit.contracts.conversion_desk.batch import PostedBatch


class Scene:
    """`addresses` are the address book's contracts, as integers; `transaction` is None when the RPC does not show it;
    `contract` and `log` say whose raw log is being taken, and which (for values of changing length); `batch` is open
    between its BatchPosted and the end of the transaction or the next one."""

    __slots__ = (
        "addresses",
        "alliance",
        "batch",
        "block",
        "contract",
        "log",
        "tally",
        "timestamp",
        "transaction",
        "where",
    )

    def __init__(
        self,
        alliance: Alliance,
        tally: Tally,
        addresses: Mapping[str, int],
        block: int,
        index: int,
        timestamp: int,
        transaction: Mapping[str, Any] | None,
    ) -> None:
        self.alliance = alliance
        self.tally = tally
        self.addresses = addresses
        self.block = block
        self.where = f"block {block}, transaction {index}"
        self.timestamp = timestamp
        self.transaction = transaction
        self.contract = ""
        self.log: Mapping[str, Any] = {}
        self.batch: PostedBatch | None = None

    def run(self, check: Check, findings: Iterable[Finding], times: int = 1) -> None:
        """Count the check as made, and keep what it found."""
        self.tally.examine(check, times)
        self.tally.add(findings)

    def sender(self) -> int | None:
        """Who signed the transaction, recovered: what an RPC says of it is bound by no hash. None: not to be had."""
        try:
            return int.from_bytes(transaction_sender(self.transaction), "big") if self.transaction is not None else None
        except (MalformedChainData, UnrecoverableSender, UnsupportedTransactionType):
            return None

    def call_of(self, contract: str) -> Mapping[str, Any] | None:
        """The transaction, if it calls this contract itself; one whose `to` is no address calls nothing."""
        to = self.transaction.get("to") if self.transaction is not None else None
        try:
            callee = int.from_bytes(parse_data(to, "to"), "big") if to is not None else None
        except MalformedChainData:
            return None
        return self.transaction if callee == self.addresses[contract] else None

    def text(self, head: int) -> bytes:
        """The `string` of the log whose head is the data word `head`; a wrong offset or length gives a wrong text."""
        data = bytes.fromhex(self.log["data"][2:])
        start = int.from_bytes(data[32 * head : 32 * head + 32], "big") + 32
        return data[start : start + int.from_bytes(data[start - 32 : start], "big")]

    def find(self, *findings: Finding) -> None:
        self.tally.add(findings)
