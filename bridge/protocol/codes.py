"""Receiving codes: what brand B gives its member to take to brand A.

Pure. A code names B, the commitment that A's convert-in mints to, until when it may be used, and the one desk on one
chain that it is for; B's hot key signs all of it (EIP-712). It may not say who the member is.
"""

import base64
import binascii
import re
import struct
from collections.abc import Callable

import msgspec

from bridge.protocol.keccak import keccak
from bridge.protocol.words import BadSignature, format_address, recover_signer, word

PREFIX = "PA1."
_LAYOUT = struct.Struct(">I32sQQ20s65s")
_TEXT = re.compile(r"PA1\.[A-Za-z0-9_-]{183}")  # 137 bytes

_DOMAIN_TYPE = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_CODE_TYPE = keccak(b"ReceivingCode(uint32 brandId,bytes32 commitment,uint64 expiresAt)")
_NAME, _VERSION = keccak(b"Points Alliance"), keccak(b"1")


class CodeError(ValueError):
    """A receiving code that cannot be used; the subclass says why."""


class MalformedCode(CodeError):
    """Text that is not a receiving code: truncated, mistyped, or of another version."""


class WrongChain(CodeError):
    """A code for another chain."""


class WrongDesk(CodeError):
    """A code for another desk on this chain."""


class CodeExpired(CodeError):
    """The code's time is over; the member asks the receiving brand for a new one."""


class WrongSignature(CodeError):
    """Not signed by the receiving brand's hot key, or changed after signing."""


class ReceivingCode(msgspec.Struct, frozen=True):
    """`commitment` 32 bytes, `expires_at` in Unix seconds, `desk` 20 bytes, `signature` r ‖ s ‖ v."""

    brand_id: int
    commitment: bytes
    expires_at: int
    chain_id: int
    desk: bytes
    signature: bytes


def typed_data(brand_id: int, commitment: bytes, expires_at: int, chain_id: int, desk: bytes) -> dict[str, object]:
    """The EIP-712 message as wallets and eth-account read it; `digest` is its hash."""
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "ReceivingCode": [
                {"name": "brandId", "type": "uint32"},
                {"name": "commitment", "type": "bytes32"},
                {"name": "expiresAt", "type": "uint64"},
            ],
        },
        "primaryType": "ReceivingCode",
        "domain": {
            "name": "Points Alliance",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": format_address(desk),
        },
        "message": {"brandId": brand_id, "commitment": commitment, "expiresAt": expires_at},
    }


def digest(brand_id: int, commitment: bytes, expires_at: int, chain_id: int, desk: bytes) -> bytes:
    """The 32 bytes that B signs."""
    return bytes(keccak(message(brand_id, commitment, expires_at, chain_id, desk)))


def message(brand_id: int, commitment: bytes, expires_at: int, chain_id: int, desk: bytes) -> bytes:
    """What `digest` is the hash of: 0x1901, domain and content (EIP-712)."""
    domain = keccak(_DOMAIN_TYPE + _NAME + _VERSION + word(chain_id) + desk.rjust(32, b"\0"))
    content = keccak(_CODE_TYPE + word(brand_id) + commitment + word(expires_at))
    return b"\x19\x01" + bytes(domain) + bytes(content)


def issue(
    sign: Callable[[bytes], bytes], *, brand_id: int, commitment: bytes, expires_at: int, chain_id: int, desk: bytes
) -> ReceivingCode:
    """A signed code; `sign` takes a digest and returns 65 bytes (`Signer.sign_digest`)."""
    signature = sign(digest(brand_id, commitment, expires_at, chain_id, desk))
    return ReceivingCode(brand_id, commitment, expires_at, chain_id, desk, signature)


def encode(code: ReceivingCode) -> str:
    """`PA1.` and base64url without padding."""
    raw = _LAYOUT.pack(code.brand_id, code.commitment, code.expires_at, code.chain_id, code.desk, code.signature)
    return PREFIX + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def parse(text: str) -> ReceivingCode:
    """The code, not yet verified. Raises MalformedCode."""
    if not isinstance(text, str) or not _TEXT.fullmatch(text):
        raise MalformedCode("a receiving code starts with PA1. and has 187 characters; copy it again in full")
    body = text[len(PREFIX) :]
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        code = ReceivingCode(*_LAYOUT.unpack(raw))
    except (binascii.Error, struct.error, ValueError) as error:
        raise MalformedCode("the receiving code cannot be read; copy it again in full") from error
    if encode(code) != text:
        raise MalformedCode("the receiving code has stray bits at its end; copy it again in full")
    return code


def verify(code: ReceivingCode, signer: bytes, *, chain_id: int, desk: bytes, now: int) -> None:
    """Accept the code of `signer` (B's hot key) for this desk until it expires.

    Raises WrongChain, WrongDesk, WrongSignature, CodeExpired, in this order.
    """
    if code.chain_id != chain_id:
        raise WrongChain(f"the code is for chain {code.chain_id}, this alliance is on chain {chain_id}")
    if code.desk != desk:
        raise WrongDesk(f"the code is for desk {format_address(code.desk)}, not {format_address(desk)}")
    signed = digest(code.brand_id, code.commitment, code.expires_at, code.chain_id, code.desk)
    try:
        recovered = recover_signer(signed, code.signature)
    except BadSignature as error:
        raise WrongSignature(str(error)) from error
    if recovered != signer:
        raise WrongSignature(f"the code is not signed by brand {code.brand_id}'s hot key {format_address(signer)}")
    if now >= code.expires_at:
        raise CodeExpired(f"the code expired at {code.expires_at}; ask brand {code.brand_id} for a new one")
