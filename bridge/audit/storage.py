"""Accounts and storage words at the audited block, each proven against that block's state root.

Owns the requests and the verification; it may not return a word that isn't proven.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.audit.slot_hints import SlotHints
from bridge.audit.source import Reader
from bridge.chain.proofs import (
    EMPTY_TRIE_ROOT,
    NO_ACCOUNT,
    Account,
    BadProof,
    ProofNodes,
    verify_account_proof,
)
from bridge.chain.rpc import RpcError
from bridge.chain.storage_compare import Difference, Unreachable, compare_storage

SLOTS_PER_REQUEST = 1000


class ProofRefused(LookupError):
    """The RPC keeps no state of the audited block, so nothing about storage can be proven there."""


@dataclass(frozen=True, slots=True)
class ProvenState:
    """A reader of one block's state: every answer is verified against `state_root` or raises."""

    reader: Reader
    block_number: int
    state_root: bytes
    slot_hints: SlotHints = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "slot_hints", SlotHints(self.reader))

    def account(self, address: bytes) -> Account:
        """Raises BadProof, ProofRefused. The root of an empty state proves by itself that nothing is there."""
        if self.state_root == EMPTY_TRIE_ROOT:
            return NO_ACCOUNT
        return verify_account_proof(self.state_root, address, self._proof(address, []))

    def words(self, address: bytes, slots: Sequence[int]) -> Iterator[tuple[int, int | BadProof]]:
        """(slot, word) for each slot, in order; a slot whose own proof is bad gives the error in its place.

        Raises BadProof when the account itself isn't proven, ProofRefused.
        """
        for start in range(0, len(slots), SLOTS_PER_REQUEST):
            chunk = slots[start : start + SLOTS_PER_REQUEST]
            proof = self._proof(address, chunk)
            nodes = ProofNodes(verify_account_proof(self.state_root, address, proof).storage_root)
            rows = proof.get("storageProof")
            if not isinstance(rows, list) or len(rows) != len(chunk):
                raise BadProof(f"asked for {len(chunk)} slots of 0x{address.hex()}, got another number of proofs")
            for slot, row in zip(chunk, rows, strict=True):
                yield slot, _word(nodes, slot, row)

    def differences(self, address: bytes, words: Iterable[tuple[int, int]]) -> Iterator[Difference | Unreachable]:
        """Where the whole storage is not exactly these (slot, word) pairs; empty when it is.

        Raises BadProof, ProofRefused.
        """
        nodes = ProofNodes(self.account(address).storage_root)

        def fetch(slots: Sequence[int]) -> None:
            for start in range(0, len(slots), SLOTS_PER_REQUEST):
                rows = self._proof(address, slots[start : start + SLOTS_PER_REQUEST]).get("storageProof")
                for row in rows if isinstance(rows, list) else ():
                    nodes.add(row.get("proof") if isinstance(row, dict) else None)

        return compare_storage(nodes, words, fetch, lambda: self.slot_hints.of(address))

    def _proof(self, address: bytes, slots: Sequence[int]) -> dict[str, Any]:
        keys = [f"0x{slot:064x}" for slot in slots]
        try:
            (answer,) = self.reader.batch([("eth_getProof", [f"0x{address.hex()}", keys, hex(self.block_number)])])
        except RpcError as error:
            raise ProofRefused(f"the RPC refuses proofs at block {self.block_number}: {error}") from error
        if not isinstance(answer, dict):
            raise BadProof(f"the proof of 0x{address.hex()} is not a proof")
        return answer


def _word(nodes: ProofNodes, slot: int, row: Any) -> int | BadProof:
    try:
        return nodes.word(slot, row)
    except (BadProof, AttributeError, TypeError) as error:
        return BadProof(str(error))
