"""Building and signing EVM transactions.

Pure. EIP-1559 where the chain has a base fee (zero too), EIP-155 legacy where it has none, so free-gas networks work
both ways. It may not choose nonces.
"""

import msgspec
from rlp.codec import encode_raw

from bridge.chain.hexadecimal import minimal_bytes
from bridge.chain.keys import Signer
from bridge.protocol.keccak import keccak


class Fees(msgspec.Struct, frozen=True):
    """In wei. `max_fee` None: the chain has no base fee, `gas_price` pays."""

    gas_price: int = 0
    max_fee: int | None = None
    priority_fee: int = 0


class Unsigned(msgspec.Struct, frozen=True):
    """`to` is empty for a contract creation."""

    chain_id: int
    nonce: int
    gas: int
    to: bytes
    data: bytes
    fees: Fees
    value: int = 0


class Signed(msgspec.Struct, frozen=True):
    raw: bytes
    hash: bytes


def fees_for(base_fee: int | None, *, gas_price: int = 0, priority_fee: int = 0, headroom: int = 4) -> Fees:
    """Fees that stay valid while the base fee grows `headroom` times; nobody pays more than the base fee plus tip."""
    if base_fee is None:
        return Fees(gas_price=gas_price)
    return Fees(max_fee=base_fee * headroom + priority_fee, priority_fee=priority_fee)


def sign_transaction(signer: Signer, transaction: Unsigned) -> Signed:
    """Raw bytes ready to send, and their hash. Raises SignerUnavailable, SignerRefused (external signers)."""
    raw = _dynamic(signer, transaction) if transaction.fees.max_fee is not None else _legacy(signer, transaction)
    return Signed(raw, bytes(keccak(raw)))


def create_address(sender: bytes, nonce: int) -> bytes:
    """Where a contract created by `sender`'s transaction `nonce` lives."""
    return bytes(keccak(encode_raw([sender, minimal_bytes(nonce)])))[12:]


def _dynamic(signer: Signer, transaction: Unsigned) -> bytes:
    fees = transaction.fees
    fields: list[object] = [
        minimal_bytes(transaction.chain_id),
        minimal_bytes(transaction.nonce),
        minimal_bytes(fees.priority_fee),
        minimal_bytes(fees.max_fee or 0),
        minimal_bytes(transaction.gas),
        transaction.to,
        minimal_bytes(transaction.value),
        transaction.data,
        [],
    ]
    signature = signer.sign_message(b"\x02" + bytes(encode_raw(fields)))
    return b"\x02" + bytes(encode_raw([*fields, minimal_bytes(signature[64] - 27), *_r_s(signature)]))


def _legacy(signer: Signer, transaction: Unsigned) -> bytes:
    fields = [
        minimal_bytes(transaction.nonce),
        minimal_bytes(transaction.fees.gas_price),
        minimal_bytes(transaction.gas),
        transaction.to,
        minimal_bytes(transaction.value),
        transaction.data,
    ]
    chain = minimal_bytes(transaction.chain_id)
    signature = signer.sign_message(bytes(encode_raw([*fields, chain, b"", b""])))
    v = transaction.chain_id * 2 + 8 + signature[64]
    return bytes(encode_raw([*fields, minimal_bytes(v), *_r_s(signature)]))


def _r_s(signature: bytes) -> tuple[bytes, bytes]:
    return signature[:32].lstrip(b"\0"), signature[32:64].lstrip(b"\0")
