"""What ties the audited chain to something the auditor already holds: the address book, an earlier audit's block.

Owns the checkpoint's text form and the checks of the chain's two ends. Without an anchor a chain could have been
replaced as a whole; the report says so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bridge.audit.evidence import Link
from bridge.audit.findings import Check, Finding
from bridge.audit.storage import ProofRefused, ProvenState
from bridge.chain.proofs import EMPTY_CODE_HASH, BadProof
from bridge.deploy.address_book import AddressBook

BOOK = Check("address-book-block", "ANCHOR-1", "the block of the first deployment is the one the address book names")
CHECKPOINT = Check("checkpoint", "ANCHOR-2", "the block of your earlier audit is still part of the chain")
NOTHING_BEFORE = Check("nothing-before", "ANCHOR-3", "no contract of the alliance existed before the first block read")
CODE = Check("contract-code", "ANCHOR-4", "every contract of the address book has code at the audited block")
ANCHOR_CHECKS = (BOOK, CHECKPOINT, NOTHING_BEFORE, CODE)


class MalformedCheckpoint(ValueError):
    """Text that is not `BLOCK:0xHASH`."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not a checkpoint; write BLOCK:0x… with the 64 digits of the block's hash")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A block that the auditor verified earlier."""

    number: int
    block_hash: bytes

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Raises MalformedCheckpoint."""
        found = re.fullmatch(r"(\d{1,18}):0x([0-9a-fA-F]{64})", text.strip(), re.ASCII)
        if found is None:
            raise MalformedCheckpoint(text)
        return cls(int(found[1]), bytes.fromhex(found[2]))


def anchored_block_is_the_same(link: Link, book: AddressBook, checkpoint: Checkpoint | None) -> Iterator[Finding]:
    """The recomputed hash of a block that the auditor knows, if this is one."""
    where = f"block {link.number}"
    if link.number == book.deployed_block and f"0x{link.block_hash.hex()}" != book.deployed_block_hash.lower():
        yield BOOK.failed(book.deployed_block_hash, link.block_hash, where)
    if checkpoint is not None and link.number == checkpoint.number and link.block_hash != checkpoint.block_hash:
        yield CHECKPOINT.failed(checkpoint.block_hash, link.block_hash, where)


def no_code_before(state: ProvenState, contracts: Mapping[str, bytes]) -> Iterator[Finding]:
    """In the block before the first deployment none of these addresses is a contract, so no event was missed.

    For contracts whose creation was not read: a creation that was read proves the same by itself.
    """
    for name, address in contracts.items():
        where = f"{name} at block {state.block_number}"
        try:
            if state.account(address).code_hash != EMPTY_CODE_HASH:
                yield NOTHING_BEFORE.failed("no code yet", "a contract", where)
        except BadProof as error:
            yield NOTHING_BEFORE.failed("a proof that no contract is there", error, where)
        except ProofRefused as error:
            yield NOTHING_BEFORE.unchecked("a proof that no contract is there", error, where)


def code_is_there(state: ProvenState, contracts: Mapping[str, bytes], code_hashes: dict[str, str]) -> Iterator[Finding]:
    """Fills `code_hashes` with the proven hash of each contract's code."""
    for name, address in contracts.items():
        where = f"{name} at block {state.block_number}"
        try:
            code_hash = state.account(address).code_hash
        except BadProof as error:
            yield CODE.failed("a proof of the contract's account", error, where)
            continue
        except ProofRefused as error:
            yield CODE.unchecked("a proof of the contract's account", error, where)
            continue
        code_hashes[name] = f"0x{code_hash.hex()}"
        if code_hash == EMPTY_CODE_HASH:
            yield CODE.failed("a contract", "no code", where)
