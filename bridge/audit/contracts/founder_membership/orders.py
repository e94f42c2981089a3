"""The signed order inside a transaction's calldata: recomputed and recovered, never believed.

Owns decoding only. Orders posted through another contract are not found: the caller says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.exceptions import DecodingError

from bridge.chain.hexadecimal import data_of, quantity_of
from bridge.deploy.artifacts import load_artifact
from bridge.protocol import founders
from bridge.protocol.words import BadSignature, recover_signer

_FUNCTIONS = {"transferSigned": "Transfer", "buy": "Sale", "cancelSigned": "Cancel", "claimGrant": "Grant"}


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """`signer` is None when the signature is no signature."""

    kind: str
    token_id: int
    nonce: int
    deadline: int
    digest: int
    signer: int | None


def order_of(transaction: Mapping[str, Any], contract: bytes) -> SignedOrder | None:
    """The order that this transaction carries to `contract`, which it calls, or None. Raises MalformedChainData."""
    data = data_of(transaction, "input")
    functions = load_artifact("FounderMembership").functions
    name = next((name for name in _FUNCTIONS if functions[name].selector == data[:4]), None)
    if name is None:
        return None
    kind = _FUNCTIONS[name]
    try:
        values, signature, *_ = functions[name].decode_arguments(data)
    except DecodingError:
        return None
    fields = dict(zip((field for field, _ in founders.ORDERS[kind]), values, strict=True))
    digest = founders.digest(kind, fields, quantity_of(transaction, "chainId"), contract)
    try:
        signer = int.from_bytes(recover_signer(digest, signature), "big")
    except BadSignature:
        signer = None
    return SignedOrder(
        kind, fields["tokenId"], fields["nonce"], fields["deadline"], int.from_bytes(digest, "big"), signer
    )
