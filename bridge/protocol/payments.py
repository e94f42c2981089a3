"""A settlement payment as treasurer and brand sign it (EIP-712), each before they ask the ledger to book it.

Pure; must compute exactly what the Settlement contract computes. It may not know whether the money moved: that is what
the two signatures attest.
"""

from enum import IntEnum

import msgspec

from bridge.protocol.keccak import keccak
from bridge.protocol.words import format_address, word

_DOMAIN_TYPE = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_PAYMENT_TYPE = keccak(b"Payment(uint8 kind,uint32 brandId,uint32 epoch,uint128 units,bytes32 bankReference)")
_NAME, _VERSION = keccak(b"Points Alliance Settlement"), keccak(b"1")


class PaymentKind(IntEnum):
    """The contract's numbers."""

    DUE = 1
    PAYOUT = 2
    COLLATERAL_IN = 3
    COLLATERAL_OUT = 4
    FUND_IN = 5
    FUND_OUT = 6
    RECOVERY = 7

    @property
    def is_out(self) -> bool:
        """True if the alliance pays."""
        return self in (PaymentKind.PAYOUT, PaymentKind.COLLATERAL_OUT, PaymentKind.FUND_OUT)


class Payment(msgspec.Struct, frozen=True):
    """`units` are whole fen (multiples of 10); `bank_reference` 32 bytes, each used once."""

    kind: PaymentKind
    brand_id: int
    epoch: int
    units: int
    bank_reference: bytes


class InvalidReference(ValueError):
    """A bank reference is 1 to 32 bytes long."""

    code = "invalid_bank_reference"
    next_step = "Give the bank's reference of the transfer, at most 32 characters, without names."


def bank_reference(text: str) -> bytes:
    """The payer's reference as it stands on the bank statement, padded to 32 bytes. Raises InvalidReference."""
    raw = text.encode()
    if not 0 < len(raw) <= 32:
        raise InvalidReference(f"the bank reference has {len(raw)} bytes, it must have 1 to 32")
    return raw.ljust(32, b"\0")


def payment_digest(payment: Payment, chain_id: int, settlement: bytes) -> bytes:
    """The 32 bytes that both sign."""
    domain = keccak(_DOMAIN_TYPE + _NAME + _VERSION + word(chain_id) + settlement.rjust(32, b"\0"))
    words = (payment.kind, payment.brand_id, payment.epoch, payment.units)
    message = keccak(_PAYMENT_TYPE + b"".join(map(word, words)) + payment.bank_reference)
    return bytes(keccak(b"\x19\x01" + domain + message))


def payment_typed_data(payment: Payment, chain_id: int, settlement: bytes) -> dict[str, object]:
    """The same as wallets and external signers read it."""
    fields = (("kind", "uint8"), ("brandId", "uint32"), ("epoch", "uint32"), ("units", "uint128"))
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Payment": [{"name": name, "type": kind} for name, kind in (*fields, ("bankReference", "bytes32"))],
        },
        "primaryType": "Payment",
        "domain": {
            "name": "Points Alliance Settlement",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": format_address(settlement),
        },
        "message": {
            "kind": int(payment.kind),
            "brandId": payment.brand_id,
            "epoch": payment.epoch,
            "units": payment.units,
            "bankReference": payment.bank_reference,
        },
    }
