"""Small encodings every other protocol file needs: ABI words, addresses, the keys of a signature.

Pure. It may not know what the values mean.
"""

from datetime import UTC, datetime

from coincurve import PrivateKey, PublicKey

from bridge.protocol.keccak import keccak

SECP256K1_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


class MalformedAddress(ValueError):
    """Text that is not a 20-byte address, or whose mixed-case checksum (EIP-55) is wrong."""

    code = "malformed_address"
    next_step = "Copy the whole address again: 0x and 40 hexadecimal digits."

    def __init__(self, text: object) -> None:
        self.text = text
        super().__init__(f"not an EVM address: {text!r}")


class BadSignature(ValueError):
    """65 bytes from which no key can be recovered, or a malleable (high-s) signature."""


def utc_text(seconds: int) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def word(value: int) -> bytes:
    """An unsigned integer as a 32-byte ABI word."""
    return value.to_bytes(32, "big")


def parse_address(text: str) -> bytes:
    """20 bytes from `0x…` text. Raises MalformedAddress."""
    try:
        raw = bytes.fromhex(text[2:])
    except (TypeError, ValueError) as error:
        raise MalformedAddress(text) from error
    if len(raw) != 20 or text[:2] != "0x":
        raise MalformedAddress(text)
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()) and format_address(raw) != text:
        raise MalformedAddress(text)
    return raw


def format_address(address: bytes) -> str:
    """EIP-55 text of a 20-byte address."""
    digits = address.hex()
    digest = keccak(digits.encode()).hex()
    return "0x" + "".join(
        char.upper() if int(nibble, 16) >= 8 else char for char, nibble in zip(digits, digest, strict=False)
    )


def address_of_key(private_key: bytes) -> bytes:
    """The 20-byte address of a private key."""
    return _address_of_public(PrivateKey(private_key).public_key)


def sign_digest(private_key: bytes, digest: bytes) -> bytes:
    """r ‖ s ‖ v (27 or 28) over a 32-byte digest; deterministic (RFC 6979), low s."""
    raw = PrivateKey(private_key).sign_recoverable(digest, hasher=None)
    return raw[:64] + bytes([27 + raw[64]])


def recover_signer(digest: bytes, signature: bytes) -> bytes:
    """The 20-byte address that signed. Raises BadSignature (wrong length, v, or a malleable s: pitfall 24)."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        raise BadSignature("a signature is 65 bytes and ends in 27 or 28")
    if int.from_bytes(signature[32:64], "big") > SECP256K1_HALF_ORDER:
        raise BadSignature("high s: the same signature in its malleable form")
    compact = signature[:64] + bytes([signature[64] - 27])
    try:
        key = PublicKey.from_signature_and_message(compact, digest, hasher=None)
    except ValueError as error:
        raise BadSignature(str(error)) from error
    return _address_of_public(key)


def _address_of_public(key: PublicKey) -> bytes:
    return bytes(keccak(key.format(compressed=False)[1:]))[12:]
