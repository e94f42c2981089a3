"""Blocks with their transactions and receipts, streamed from an RPC in batches, in order, a little ahead of the reader.

Owns transport order and memory (two chunks at a time). It may not judge: what it yields is the RPC's word until the
evidence checks have compared it with the block hashes.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from bridge.chain.hexadecimal import MalformedChainData, quantity_of

EMPTY_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
HEADERS_PER_REQUEST = 64
GAS_PER_REQUEST = 40_000_000


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


def stream_blocks(reader: Reader, first: int, last: int) -> Iterator[RawBlock]:
    """Every block from `first` to `last`, in order; one chunk is fetched while the one before is read.

    Raises MissingBlock.
    """
    chunks = _chunks(reader, first, last)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit-fetch") as pool:
        chunk = pool.submit(next, chunks, None).result()
        while chunk is not None:
            following = pool.submit(next, chunks, None)
            yield from chunk
            chunk = following.result()


def _chunks(reader: Reader, first: int, last: int) -> Iterator[list[RawBlock]]:
    """Blocks with receipts, in chunks that a reader can hold in memory."""
    for start in range(first, last + 1, HEADERS_PER_REQUEST):
        numbers = range(start, min(start + HEADERS_PER_REQUEST, last + 1))
        headers = reader.batch([("eth_getBlockByNumber", [hex(number), True]) for number in numbers])
        for number, header in zip(numbers, headers, strict=True):
            if not isinstance(header, dict):
                raise MissingBlock(number, "header")
        for group in _groups(list(zip(numbers, headers, strict=True))):
            yield _with_receipts(reader, group)


def _groups(blocks: list[tuple[int, dict[str, Any]]]) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """Split so that a group's receipts stay small: logs cost gas, so gas says how many there can be."""
    group: list[tuple[int, dict[str, Any]]] = []
    gas = 0
    for number, header in blocks:
        used = _gas_used(header)
        if group and gas + used > GAS_PER_REQUEST:
            yield group
            group, gas = [], 0
        group.append((number, header))
        gas += used
    if group:
        yield group


def _gas_used(header: dict[str, Any]) -> int:
    """Only for sizing requests: a malformed field is the evidence checks' business."""
    try:
        return quantity_of(header, "gasUsed")
    except MalformedChainData:
        return 0


def _with_receipts(reader: Reader, blocks: list[tuple[int, dict[str, Any]]]) -> list[RawBlock]:
    filled = [number for number, header in blocks if _holds_transactions(header)]
    answers = reader.batch([("eth_getBlockReceipts", [hex(number)]) for number in filled]) if filled else []
    receipts = dict(zip(filled, answers, strict=True))
    for number, rows in receipts.items():
        if not isinstance(rows, list):
            raise MissingBlock(number, "receipts")
    return [RawBlock(number, header, receipts.get(number, [])) for number, header in blocks]


def _holds_transactions(header: dict[str, Any]) -> bool:
    return header.get("transactionsRoot") != EMPTY_ROOT or header.get("receiptsRoot") != EMPTY_ROOT
