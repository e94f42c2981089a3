"""How the alliance's contracts were created: by which transaction, with which constructor arguments.

Owns the checks that the address book's parameters and wiring are the ones on chain, and that the code is the auditor's
own build: both are in the creation's calldata, which the transactions root proves. It may not compile.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bridge.audit.audited import AUDITED
from bridge.audit.findings import Check, Finding
from bridge.audit.recompile import Compiled
from bridge.audit.source import RawBlock
from bridge.chain.hexadecimal import MalformedChainData, data_of, quantity_of
from bridge.chain.transaction_rlp import UnrecoverableSender, UnsupportedTransactionType, transaction_sender
from bridge.chain.transactions import create_address
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import ArtifactMissing, load_artifact
from bridge.protocol.keccak import keccak

CREATION = Check(
    "contract-creation", "DEPLOY-1", "each contract was created with the parameters and partners of the address book"
)
SOURCE = Check("contract-source", "DEPLOY-2", "each contract was created from the code that the auditor compiled")
CREATION_CHECKS = (CREATION, SOURCE)
_MAX_METADATA = 128
_CBOR_MAPS = (0xA1, 0xA2, 0xA3)


def constructor_words(book: AddressBook) -> dict[str, bytes]:
    """The ABI-encoded constructor arguments that each contract must have been created with; empty for its creator's
    address."""
    return {audited.name: audited.constructor(book) if audited.constructor is not None else b"" for audited in AUDITED}


class Creations:
    """Looks out for the creation transactions while the blocks go by."""

    def __init__(self, book: AddressBook, compiled: Mapping[str, Compiled] | None = None) -> None:
        self._compiled = compiled
        self._expected = constructor_words(book)
        self._names = {book.address(name): name for name in self._expected}
        self._awaited = set(self._expected)

    @property
    def not_seen(self) -> set[str]:
        """Contracts whose creation has not been read. The others cannot have existed, nor emitted, before it."""
        return set(self._awaited)

    def expect_only(self, names: Iterable[str]) -> None:
        """Go on where only these creations are still to be read."""
        self._awaited = set(names)

    def look(self, block: RawBlock) -> Iterator[Finding]:
        """Compare the arguments of every creation of ours in the block."""
        if not self._awaited:
            return
        for index, (transaction, receipt) in enumerate(zip(block.transactions, block.receipts, strict=False)):
            if transaction.get("to") is None and quantity_of(receipt, "status") == 1:
                yield from self._compare(transaction, f"block {block.number}, transaction {index}")

    def end(self) -> Iterator[Finding]:
        """Contracts whose creation was never seen (created by another contract, or before the first block)."""
        for name in sorted(self._awaited):
            yield CREATION.unchecked(f"the creation of {name}", "no such transaction", "end of replay")

    def _compare(self, transaction: Mapping[str, Any], where: str) -> Iterator[Finding]:
        try:
            sender = transaction_sender(transaction)
            address = create_address(sender, quantity_of(transaction, "nonce"))
        except (MalformedChainData, UnrecoverableSender, UnsupportedTransactionType):
            return
        name = self._names.get(address)
        if name is None or name not in self._awaited:
            return
        self._awaited.discard(name)
        place = f"{where}, creation of {name}"
        expected = self._expected[name] or sender.rjust(32, b"\0")
        data = data_of(transaction, "input")
        code, arguments = data[: -len(expected)], data[-len(expected) :]
        if arguments != expected:
            yield CREATION.failed(expected, arguments, place)
        yield from self._code_is_ours(name, code, place)

    def _code_is_ours(self, name: str, code: bytes, where: str) -> Iterator[Finding]:
        """Against the sources compiled just now, or else the build of the checkout that this program runs from."""
        try:
            built = self._compiled[name].creation if self._compiled is not None else load_artifact(name).bytecode
        except ArtifactMissing:
            nothing = "no build beside this program; give --sources CHECKOUT"
            yield SOURCE.unchecked("your own build of the contracts", nothing, where)
            return
        if without_metadata(code) != without_metadata(built):
            ours, theirs = f"0x{keccak(built).hex()}", f"0x{keccak(code).hex()}"
            yield SOURCE.failed(f"your build's code, hash {ours}", f"hash {theirs}", where)


def without_metadata(code: bytes) -> bytes:
    """Code without the compiler's trailing CBOR (a hash of the source text, comments included): it never runs."""
    size = int.from_bytes(code[-2:], "big") + 2
    trailer = code[-size:]
    is_metadata = len(code) > size <= _MAX_METADATA and trailer[0] in _CBOR_MAPS and b"solc" in trailer
    return code[:-size] if is_metadata else code
