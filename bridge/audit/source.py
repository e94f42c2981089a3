"""Blocks with their transactions and receipts, streamed from an RPC in batches, in order, a little ahead of the reader.

Owns transport order and memory (a few chunks at a time). It may not judge: what it yields is the RPC's word until the
evidence checks have compared it with the block hashes.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

EMPTY_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
BLOCKS_PER_REQUEST = 64
CHUNKS_AHEAD = 3


class Reader(Protocol):
    """The part of an RPC client that the auditor uses."""

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """The results of the calls, in order. Raises RpcError, RpcUnavailable."""


@dataclass(frozen=True, slots=True)
class RawBlock:
    """One block as the RPC shows it: nothing in here is believed yet."""

    number: int
    header: dict[str, Any]
    receipts: list[dict[str, Any]]

    @property
    def transactions(self) -> list[dict[str, Any]]:
        rows = self.header.get("transactions")
        return rows if isinstance(rows, list) else []


class MissingBlock(LookupError):
    """The RPC has no block (or no receipts) of a number that lies at or below the audited one."""

    def __init__(self, number: int, what: str) -> None:
        self.number = number
        super().__init__(f"the RPC does not have the {what} of block {number}; use an archive node")


def stream_blocks(reader: Reader, first: int, last: int, ahead: int = CHUNKS_AHEAD) -> Iterator[RawBlock]:
    """Every block from `first` to `last`, in order; requests run ahead in one thread. Raises MissingBlock."""
    pending: deque[Future[list[RawBlock]]] = deque()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit-fetch") as pool:
        try:
            for start in range(first, last + 1, BLOCKS_PER_REQUEST):
                stop = min(start + BLOCKS_PER_REQUEST - 1, last)
                pending.append(pool.submit(_fetch, reader, start, stop))
                if len(pending) > ahead:
                    yield from pending.popleft().result()
            while pending:
                yield from pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def _fetch(reader: Reader, first: int, last: int) -> list[RawBlock]:
    numbers = range(first, last + 1)
    headers = reader.batch([("eth_getBlockByNumber", [hex(number), True]) for number in numbers])
    for number, header in zip(numbers, headers, strict=True):
        if not isinstance(header, dict):
            raise MissingBlock(number, "header")
    filled = [number for number, header in zip(numbers, headers, strict=True) if _holds_transactions(header)]
    answers = reader.batch([("eth_getBlockReceipts", [hex(number)]) for number in filled]) if filled else []
    receipts = dict(zip(filled, answers, strict=True))
    for number, rows in receipts.items():
        if not isinstance(rows, list):
            raise MissingBlock(number, "receipts")
    return [RawBlock(number, header, receipts.get(number, [])) for number, header in zip(numbers, headers, strict=True)]


def _holds_transactions(header: dict[str, Any]) -> bool:
    return header.get("transactionsRoot") != EMPTY_ROOT or header.get("receiptsRoot") != EMPTY_ROOT
