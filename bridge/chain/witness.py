"""A word of a contract's storage with everything that proves it: header, account proof, storage proof (EIP-1186).

Owns fetching and checking; the check is pure and needs the hash of a block that the reader trusts, nothing else.
"""

from typing import Any

import msgspec

from bridge.chain.evidence import UntrustedBlock, verify_header
from bridge.chain.headers import HEADER_FIELDS
from bridge.chain.hexadecimal import MalformedChainData, data_of
from bridge.chain.proofs import BadProof, verify_account_proof, verify_storage_proof
from bridge.chain.rpc import ChainError, Rpc

_KEPT = HEADER_FIELDS | {"hash"}


class Witness(msgspec.Struct, frozen=True):
    """`header` is the block's header as JSON-RPC shows it, without the rest of the block."""

    header: dict[str, Any]
    account_proof: list[str]
    storage_proof: list[str]

    @property
    def block_hash(self) -> bytes:
        """What the header says its hash is."""
        return data_of(self.header, "hash")


class WitnessRefused(ChainError):
    """The evidence does not prove what it is for."""

    code = "witness_refused"

    def __init__(
        self, message: str, next_step: str = "Ask for a new file, or check against a chain node you trust with --rpc."
    ) -> None:
        self.next_step = next_step
        super().__init__(message)


class NothingTrusted(WitnessRefused):
    """Neither a block hash nor a chain node was named: evidence alone proves nothing."""

    def __init__(self) -> None:
        super().__init__(
            "a block hash that you trust is needed, or a chain node that you trust",
            "Name the hash with --block-hash (needs no network), or the node with --rpc.",
        )


def header_only(block: dict[str, Any]) -> dict[str, Any]:
    """The hash and the fields that it commits to."""
    return {name: value for name, value in block.items() if name in _KEPT and value is not None}


def fetch_witness(rpc: Rpc, address: bytes, slot: int, number: int) -> Witness:
    """The evidence of a slot at a block. Raises RpcError, RpcUnavailable."""
    block, proof = rpc.batch(
        [
            ("eth_getBlockByNumber", (hex(number), False)),
            ("eth_getProof", ("0x" + address.hex(), [f"0x{slot:064x}"], hex(number))),
        ]
    )
    return Witness(header_only(block), list(proof["accountProof"]), list(proof["storageProof"][0]["proof"]))


def proven_word(witness: Witness, address: bytes, slot: int, trusted_hash: bytes) -> int:
    """The word in the slot at the block with the trusted hash. Raises WitnessRefused."""
    try:
        header = verify_header(witness.header)
        if header.hash != trusted_hash:
            raise WitnessRefused(f"the file is about block 0x{header.hash.hex()}, not 0x{trusted_hash.hex()}")
        root = data_of(witness.header, "stateRoot")
        account = verify_account_proof(root, address, {"accountProof": witness.account_proof})
        return verify_storage_proof(account.storage_root, slot, {"proof": witness.storage_proof})
    except (BadProof, MalformedChainData, UntrustedBlock) as error:
        raise WitnessRefused(str(error)) from error
