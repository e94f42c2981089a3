"""From a verified block to the alliance's facts in it.

Pure. Reads the logs of desk, rate board, clock and founder memberships, and the items out of calldata (checked against
the logged hash). It may not know which brand is ours.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from bridge.chain.evidence import BlockEvidence
from bridge.chain.hexadecimal import data_of
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import load_artifact
from bridge.protocol import events
from bridge.protocol.founder_events import FounderEvent, decode_founder_log
from bridge.protocol.items import items_hash

Result = events.Converted | events.Rejected
ClockEvent = events.Paused | events.Unpaused


class PostedBatch(msgspec.Struct, frozen=True):
    """A batch and what became of its items. `items` is empty when the transaction's calldata does not have the hash:
    the batch was posted through another contract, and is then of no use to its receivers. `signed`: by wallets."""

    brand_id: int
    seq: int
    items_hash: bytes
    count: int
    items: bytes
    tx_hash: bytes
    results: list[Result]
    log_indices: list[int]
    signed: bool = False


class FounderLog(msgspec.Struct, frozen=True):
    """An event of the founder memberships and its place."""

    event: FounderEvent
    tx_hash: bytes
    log_index: int


class ScannedBlock(msgspec.Struct, frozen=True):
    """Everything of the alliance in one block."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int
    batches: list[PostedBatch] = []
    rates: list[events.RateWasAnnounced] = []
    clock: list[ClockEvent] = []
    founders: list[FounderLog] = []

    @property
    def is_empty(self) -> bool:
        """No event of the alliance."""
        return not (self.batches or self.rates or self.clock or self.founders)


class Contracts(msgspec.Struct, frozen=True):
    """The emitters whose logs count."""

    desk: bytes
    board: bytes
    clock: bytes
    founders: bytes

    @classmethod
    def of(cls, book: AddressBook) -> "Contracts":
        names = ("ConversionDesk", "RateBoard", "AllianceClock", "FounderMembership")
        return cls(*(book.address(name) for name in names))

    @property
    def addresses(self) -> tuple[bytes, ...]:
        return self.desk, self.board, self.clock, self.founders


def scan_block(evidence: BlockEvidence, contracts: Contracts) -> ScannedBlock:
    """Decode a block. Raises MalformedLog, MalformedChainData."""
    header = evidence.header
    found = ScannedBlock(header.number, header.hash, header.parent_hash, header.timestamp, [], [], [], [])
    log_index = 0
    for index, receipt in enumerate(evidence.receipts):
        for log in receipt["logs"]:
            _take(found, contracts, evidence, index, log, log_index)
            log_index += 1
    return found


def _take(
    found: ScannedBlock,
    contracts: Contracts,
    evidence: BlockEvidence,
    index: int,
    log: Mapping[str, Any],
    log_index: int,
) -> None:
    address = data_of(log, "address")
    if address not in contracts.addresses:
        return
    if address == contracts.founders:
        _take_founder(found, evidence, index, log, log_index)
        return
    event = events.decode_log([bytes.fromhex(topic[2:]) for topic in log["topics"]], data_of(log, "data"))
    if address == contracts.desk and isinstance(event, events.BatchPosted):
        items, signed = items_of_calldata(data_of(evidence.transactions[index], "input"), event)
        tx_hash = evidence.hash_of(index)
        found.batches.append(
            PostedBatch(event.brand_id, event.seq, event.items_hash, event.count, items, tx_hash, [], [], signed)
        )
    elif address == contracts.desk and isinstance(event, events.Converted | events.Rejected):
        found.batches[-1].results.append(event)
        found.batches[-1].log_indices.append(log_index)
    elif address == contracts.board and isinstance(event, events.RateWasAnnounced):
        found.rates.append(event)
    elif address == contracts.clock and isinstance(event, events.Paused | events.Unpaused):
        found.clock.append(event)


def _take_founder(
    found: ScannedBlock, evidence: BlockEvidence, index: int, log: Mapping[str, Any], log_index: int
) -> None:
    event = decode_founder_log([bytes.fromhex(topic[2:]) for topic in log["topics"]], data_of(log, "data"))
    if event is not None:
        found.founders.append(FounderLog(event, evidence.hash_of(index), log_index))


def items_of_calldata(data: bytes, event: events.BatchPosted) -> tuple[bytes, bool]:
    """The items that this calldata carries, if they are the ones logged, and whether wallets signed them; otherwise
    nothing."""
    functions = load_artifact("ConversionDesk").functions
    signed = data[:4] == functions["postSigned"].selector
    if (not signed and data[:4] != functions["postBatch"].selector) or len(data) < 4 + 4 * 32:
        return b"", False
    offset = 4 + int.from_bytes(data[68:100], "big")
    if offset + 32 > len(data):
        return b"", False
    length = int.from_bytes(data[offset : offset + 32], "big")
    items = data[offset + 32 : offset + 32 + length]
    return (items, signed) if items_hash(items) == event.items_hash else (b"", False)
