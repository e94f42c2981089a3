"""Posting heads and statements: what the chain already has is the only memory, so nothing is posted twice or forgotten.

Each step reads the registry at a final block, compares it with what the brand has on file, and sends the next missing
record in one transaction. The registry takes each day and month once and in order, so a transaction whose answer was
lost, that is sent twice, or that another process sent too, can only land once. The brand's hot key signs the record;
the transaction itself comes from a courier account without any right, so the nonces of the brand's batches are never
touched (decision 0016).

| where a kill strikes | what the next step finds |
|---|---|
| before signing, after signing | nothing on chain: it signs again, the same bytes |
| after sending | the transaction is pending (it waits) or dropped (it sends again) or mined |
| mined, not noted | the record on chain: it is noted, nothing is sent |
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from bridge.chain.keys import Signer
from bridge.chain.rpc import Call, ChainError, Rpc, RpcError
from bridge.chain.transactions import Unsigned, fees_for, sign_transaction
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import error_name, load_artifact
from bridge.protocol.statements import MAX_HEADS, Head, Statement, heads_message, statement_message

_GAS_PER_HEAD, _GAS = 60_000, 250_000


class Records(Protocol):
    """What a brand has on file, and whether it is known to be on chain."""

    def unpublished_heads(self) -> list[Head]: ...

    def unpublished_statements(self) -> list[Statement]: ...

    def note_published(self, heads: Sequence[int], statements: Sequence[int], block: int) -> None:
        """Days and months whose record is final on chain at this block."""
        ...


class PublicationDiverged(ChainError):
    """The chain holds another record of this brand than its database."""

    code = "publication_diverged"
    next_step = (
        "If this database was restored from a backup, restore a newer one. Otherwise the hot key was used elsewhere: "
        "rotate it with the cold key. What is on chain cannot be changed."
    )


class PublicationRefused(ChainError):
    """The registry would refuse the record."""

    code = "publication_refused"
    next_step = "Nothing was sent. Correct what the error names; `NotSignedByHotKey` means that the key was rotated."


class Step(msgspec.Struct, frozen=True):
    """What a step did: `sent` is a transaction's hash, `waiting` records are on file and not yet final on chain."""

    waiting: int
    sent: bytes | None = None


class Publisher:
    """Posts one brand's records."""

    def __init__(
        self, rpc: Rpc, book: AddressBook, brand_id: int, hot: Signer, courier: Signer, *, finality_depth: int = 0
    ) -> None:
        self._rpc, self._book, self._brand_id = rpc, book, brand_id
        self._hot, self._courier, self._finality_depth = hot, courier, finality_depth
        self._registry = book.address("StatementRegistry")

    def step(self, records: Records) -> Step:
        """Note what is final, send what is next. Raises PublicationDiverged, PublicationRefused, RpcError,
        RpcUnavailable."""
        heads, statements = records.unpublished_heads(), records.unpublished_statements()
        if not heads and not statements:
            return Step(0)
        self._rpc.require_chain(self._book.chain_id)
        head = int(self._rpc.call("eth_blockNumber"), 16)
        final = max(0, head - self._finality_depth)
        there = self._there("headDigest", {one.day: one.digest() for one in heads}, final)
        done_heads = [one for one in heads if one.day in there]
        there = self._there("statementDigest", {one.month: one.digest() for one in statements}, final)
        done_statements = [one for one in statements if one.month in there]
        if done_heads or done_statements:
            days, months = [one.day for one in done_heads], [one.month for one in done_statements]
            records.note_published(days, months, final)
        heads = [one for one in heads if one not in done_heads]
        statements = [one for one in statements if one not in done_statements]
        waiting = len(heads) + len(statements)
        if not waiting or self._is_pending():
            return Step(waiting)
        return Step(waiting, self._send(*self._next(heads, statements), head))  # None: the chain's day is not there yet

    def _next(self, heads: list[Head], statements: list[Statement]) -> tuple[bytes, int]:
        """Calldata and gas of the next record: heads first, up to a month's."""
        registry = load_artifact("StatementRegistry")
        if heads:
            some = heads[:MAX_HEADS]
            message = heads_message(self._brand_id, some, self._book.chain_id, self._registry)
            rows = [(one.day, one.size, one.root) for one in some]
            data = registry.functions["anchorHeads"].encode(self._brand_id, rows, self._hot.sign_message(message))
            return data, _GAS + _GAS_PER_HEAD * len(some)
        message = statement_message(self._brand_id, statements[0], self._book.chain_id, self._registry)
        words = statements[0].words()
        return registry.functions["publish"].encode(self._brand_id, words, self._hot.sign_message(message)), _GAS

    def _there(self, function: str, expected: dict[int, bytes], block: int) -> set[int]:
        """Which of these days or months are recorded, exactly so, at the block."""
        called, to = load_artifact("StatementRegistry").functions[function], "0x" + self._registry.hex()
        calls: list[Call] = [
            ("eth_call", ({"to": to, "data": "0x" + called.encode(self._brand_id, number).hex()}, hex(block)))
            for number in expected
        ]
        answers = self._rpc.batch(calls) if calls else []
        found = {number: bytes.fromhex(answer[2:]) for number, answer in zip(expected, answers, strict=True)}
        for number, digest in found.items():
            if digest not in (expected[number], bytes(32)):
                kind = "head of day" if function == "headDigest" else "statement of month"
                raise PublicationDiverged(f"the chain has another {kind} {number} of brand {self._brand_id}")
        return {number for number, digest in found.items() if digest == expected[number]}

    def _is_pending(self) -> bool:
        mined, pending = self._rpc.batch(
            [("eth_getTransactionCount", ("0x" + self._courier.address.hex(), tag)) for tag in ("latest", "pending")]
        )
        return int(pending, 16) > int(mined, 16)

    def _send(self, data: bytes, gas: int, head: int) -> bytes | None:
        sender, to = "0x" + self._courier.address.hex(), "0x" + self._registry.hex()
        block, nonce = self._rpc.batch(
            [("eth_getBlockByNumber", (hex(head), False)), ("eth_getTransactionCount", (sender, hex(head)))]
        )
        request = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(gas)}
        try:
            self._rpc.call("eth_call", request, hex(head))
        except RpcError as error:
            name = error_name(error.revert_data, ("StatementRegistry",)) if error.revert_data else None
            if name in ("DayNotLater", "MonthNotLater"):
                raise PublicationDiverged(f"the chain is past this record ({name})") from error
            if name in ("DayInFuture", "MonthNotOver", "CutOffInFuture"):
                return None
            if name is None:
                raise
            raise PublicationRefused(f"the registry refuses the record: {name}") from error
        base_fee = int(block["baseFeePerGas"], 16) if block.get("baseFeePerGas") else None
        fees = fees_for(base_fee)
        unsigned = Unsigned(self._book.chain_id, int(nonce, 16), gas, self._registry, data, fees)
        signed = sign_transaction(self._courier, unsigned)
        try:
            self._rpc.call("eth_sendRawTransaction", "0x" + signed.raw.hex())
        except RpcError as error:
            if "already" not in error.message.lower() and "known" not in error.message.lower():
                raise
        return signed.hash
