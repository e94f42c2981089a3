"""Merkle proofs of accounts and storage (EIP-1186), verified against a state root that the caller already trusts.

Pure: what an RPC says an account or a slot holds is never read; the value comes out of the verified trie nodes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import rlp
from rlp.exceptions import DecodingError

from bridge.chain.hexadecimal import MalformedChainData, parse_data
from bridge.protocol.keccak import keccak

EMPTY_CODE_HASH = bytes(keccak(b""))
EMPTY_TRIE_ROOT = bytes(keccak(b"\x80"))


class BadProof(ValueError):
    """A proof does not lead from the trusted root to the key: the RPC is lying, damaged or on another block."""


@dataclass(frozen=True)
class Account:
    """An account as the state trie holds it."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes


NO_ACCOUNT = Account(0, 0, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)


def verify_account_proof(state_root: bytes, address: bytes, proof: Mapping[str, Any]) -> Account:
    """The account at `address` under `state_root`, from an `eth_getProof` answer; absence is proven too.

    Raises BadProof.
    """
    leaf = ProofNodes(state_root).value(address, proof.get("accountProof"))
    if not leaf:
        return NO_ACCOUNT
    try:
        nonce, balance, storage_root, code_hash = rlp.decode(leaf)
    except (ValueError, DecodingError) as error:
        raise BadProof(f"the proven leaf of account 0x{address.hex()} is not an account") from error
    return Account(int.from_bytes(nonce, "big"), int.from_bytes(balance, "big"), storage_root, code_hash)


def verify_storage_proof(storage_root: bytes, slot: int, proof: Mapping[str, Any]) -> int:
    """The word in `slot` under `storage_root`, from one entry of `storageProof`; an empty slot is 0.

    Raises BadProof.
    """
    return ProofNodes(storage_root).word(slot, proof)


@dataclass
class ProofNodes:
    """Verifies many proofs under one root; nodes that they share are hashed and decoded once."""

    root: bytes
    _nodes: dict[bytes, list[Any]] = field(default_factory=dict)
    _seen: dict[str, None] = field(default_factory=dict)

    def word(self, slot: int, proof: Mapping[str, Any]) -> int:
        """The word in a slot; see verify_storage_proof."""
        return word_of(self.value(slot.to_bytes(32, "big"), proof.get("proof")))

    def value(self, key: bytes, nodes: Sequence[str] | None) -> bytes:
        """The bytes stored under `keccak(key)`; empty when the trie proves that there are none. Raises BadProof."""
        return self._walk(keccak(key).hex(), key, nodes)

    def plain_value(self, key: bytes, nodes: Sequence[str] | None) -> bytes:
        """As `value` in a trie whose keys are not hashed: a block's transactions and receipts. Raises BadProof."""
        return self._walk(key.hex(), key, nodes)

    def _walk(self, path: str, key: bytes, nodes: Sequence[str] | None) -> bytes:
        self.add(nodes)
        if self.root == EMPTY_TRIE_ROOT:
            return b""
        reference: Any = self.root
        while reference != b"":
            node = self.resolve(reference, key.hex())
            if len(node) == 2:
                segment, is_leaf = segment_of(node[0])
                if is_leaf:
                    return _bytes(node[1]) if path == segment else b""
                if not path.startswith(segment):
                    return b""
                path, reference = path[len(segment) :], node[1]
            else:
                if not path:
                    return _bytes(node[16])
                path, reference = path[1:], node[int(path[0], 16)]
        return b""

    def add(self, nodes: Sequence[str] | None) -> None:
        """Remember a proof's nodes by their hashes. Raises BadProof for malformed ones."""
        for text in nodes or ():
            self._add(text)

    def knows(self, reference: Any) -> bool:
        """Whether `resolve` will find it."""
        return isinstance(reference, list) or reference in self._nodes

    def _add(self, text: str) -> None:
        if text in self._seen:
            return
        try:
            raw = parse_data(text, "proof")
            node = rlp.decode(raw)
        except (MalformedChainData, DecodingError) as error:
            raise BadProof("a node of the proof is malformed") from error
        self._seen[text] = None
        if isinstance(node, list):
            self._nodes[bytes(keccak(raw))] = node

    def resolve(self, reference: Any, key: str) -> list[Any]:
        """A node by its hash; a node shorter than 32 bytes lies in its parent itself. Raises BadProof."""
        node = reference if isinstance(reference, list) else self._nodes.get(reference)
        if node is None:
            raise BadProof(f"the proof of key 0x{key} does not start at root 0x{self.root.hex()} or has a gap")
        if len(node) not in (2, 17):
            raise BadProof(f"the proof of key 0x{key} holds a malformed node")
        return node


def word_of(leaf: bytes) -> int:
    """The word that a storage leaf holds; 0 for no leaf. Raises BadProof."""
    if not leaf:
        return 0
    try:
        return int.from_bytes(rlp.decode(leaf), "big")
    except (TypeError, DecodingError) as error:
        raise BadProof(f"the proven leaf 0x{leaf.hex()} is not a word") from error


def segment_of(encoded: Any) -> tuple[str, bool]:
    """A leaf's or extension's nibbles as hexadecimal digits, and whether it is a leaf (Yellow Paper, appendix C)."""
    digits = _bytes(encoded).hex()
    if not digits or digits[0] not in "0123" or (digits[0] in "02" and digits[1] != "0"):
        raise BadProof("a node of the proof has a malformed path")
    return digits[1 if digits[0] in "13" else 2 :], digits[0] in "23"


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise BadProof("a node of the proof has a list where a value belongs")
    return value
