"""Merkle proofs of accounts and storage (EIP-1186), verified against a state root that the caller already trusts.

Pure: what an RPC says an account or a slot holds is never read; the value comes out of the verified trie nodes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rlp
from eth_hash.auto import keccak
from rlp.exceptions import DecodingError
from trie.constants import BLANK_NODE_HASH
from trie.exceptions import InvalidNibbles, InvalidNode, MissingTrieNode, ValidationError
from trie.hexary import HexaryTrie

from bridge.chain.hexadecimal import parse_data

EMPTY_CODE_HASH = bytes(keccak(b""))


class BadProof(ValueError):
    """A proof does not lead from the trusted root to the key: the RPC is lying, damaged or on another block."""


@dataclass(frozen=True)
class Account:
    """An account as the state trie holds it."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes


NO_ACCOUNT = Account(0, 0, BLANK_NODE_HASH, EMPTY_CODE_HASH)


def verify_account_proof(state_root: bytes, address: bytes, proof: Mapping[str, Any]) -> Account:
    """The account at `address` under `state_root`, from an `eth_getProof` answer; absence is proven too.

    Raises BadProof.
    """
    leaf = _proven_value(state_root, address, proof.get("accountProof"))
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
    leaf = _proven_value(storage_root, slot.to_bytes(32, "big"), proof.get("proof"))
    if not leaf:
        return 0
    try:
        return int.from_bytes(rlp.decode(leaf), "big")
    except (TypeError, DecodingError) as error:
        raise BadProof(f"the proven leaf of slot {slot:#x} is not a word") from error


def _proven_value(root: bytes, key: bytes, nodes: Sequence[str] | None) -> bytes:
    try:
        raw = [parse_data(node, "proof") for node in nodes or ()]
        trie = HexaryTrie({bytes(keccak(node)): node for node in raw}, root)
        return bytes(trie.get(bytes(keccak(key))))
    except MissingTrieNode as error:
        raise BadProof(f"the proof of key 0x{key.hex()} does not start at root 0x{root.hex()}") from error
    except (TypeError, ValueError, DecodingError, InvalidNibbles, InvalidNode, ValidationError) as error:
        raise BadProof(f"the proof of key 0x{key.hex()} holds a malformed node") from error
