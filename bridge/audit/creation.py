"""How the alliance's contracts were created: by which transaction, with which constructor arguments.

Owns the check that the address book's parameters and wiring are the ones on chain: the arguments are in the calldata,
which the transactions root proves. It may not compile: that the code itself is the published one is printed as a limit.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bridge.audit.findings import Check, Finding
from bridge.audit.source import RawBlock
from bridge.chain.hexadecimal import MalformedChainData, data_of, quantity_of
from bridge.chain.transaction_rlp import UnrecoverableSender, transaction_sender
from bridge.chain.transactions import create_address
from bridge.deploy.address_book import AddressBook
from bridge.protocol.words import word

CREATION = Check(
    "contract-creation", "DEPLOY-1", "each contract was created with the parameters and partners of the address book"
)


def constructor_words(book: AddressBook) -> dict[str, bytes]:
    """The ABI-encoded constructor arguments that each contract must have been created with."""
    rules = book.params
    periods = (rules.notice_period, rules.quote_grace, rules.claim_window, rules.max_step_ppm)
    partners = {
        "AlliancePoint": ("AccessManager",),
        "AllianceClock": ("AccessManager",),
        "BrandRegistry": ("AccessManager",),
        "ClearingHouse": ("AccessManager", "BrandRegistry"),
        "RateBoard": ("BrandRegistry", "AllianceClock"),
        "ConversionDesk": ("AllianceClock", "BrandRegistry", "RateBoard", "ClearingHouse", "AlliancePoint"),
    }
    arguments = {
        name: b"".join(book.address(partner).rjust(32, b"\0") for partner in names) for name, names in partners.items()
    }
    arguments["RateBoard"] += b"".join(map(word, periods))
    return arguments


class Creations:
    """Looks out for the creation transactions while the blocks go by."""

    def __init__(self, book: AddressBook) -> None:
        self._expected = constructor_words(book)
        self._names = {book.address(name): name for name in self._expected}
        self._awaited = set(self._expected)

    def look(self, block: RawBlock) -> Iterator[Finding]:
        """Compare the arguments of every creation of ours in the block."""
        if not self._awaited:
            return
        for index, transaction in enumerate(block.transactions):
            if transaction.get("to") is None:
                yield from self._compare(transaction, f"block {block.number}, transaction {index}")

    def end(self) -> Iterator[Finding]:
        """Contracts whose creation was never seen (created by another contract, or before the first block)."""
        for name in sorted(self._awaited):
            yield CREATION.unchecked(f"the creation of {name}", "no such transaction", "end of replay")

    def _compare(self, transaction: Mapping[str, Any], where: str) -> Iterator[Finding]:
        try:
            address = create_address(transaction_sender(transaction), quantity_of(transaction, "nonce"))
        except (UnrecoverableSender, MalformedChainData):
            return
        name = self._names.get(address)
        if name is None or name not in self._awaited:
            return
        self._awaited.discard(name)
        expected = self._expected[name]
        actual = data_of(transaction, "input")[-len(expected) :]
        if actual != expected:
            yield CREATION.failed(expected, actual, f"{where}, creation of {name}")
