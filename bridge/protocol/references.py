"""The 32-byte reference of an item: the conversion's id, sealed under the brand's key.

Pure. AES-SIV (RFC 5297) without a nonce: the same id gives the same reference, so a brand restored from a backup can
read its own items off the chain, and to everybody else it is noise (pitfall 27).
"""

import hashlib
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_CONTEXT = [b"PointsAlliance.Reference.v1"]


class ForeignReference(ValueError):
    """A reference that was not sealed under this key: another brand's item, or a stolen posting key's."""


def seal_reference(key: bytes, conversion_id: bytes) -> bytes:
    """32 bytes from a 32-byte key and a 16-byte id."""
    if len(key) != 32 or len(conversion_id) != 16:
        raise ValueError("a reference needs a 32-byte key and a 16-byte id")
    return AESSIV(key).encrypt(conversion_id, _CONTEXT)


def open_reference(key: bytes, reference: bytes) -> bytes:
    """The 16-byte id. Raises ForeignReference."""
    try:
        return AESSIV(key).decrypt(reference, _CONTEXT)
    except (InvalidTag, ValueError) as error:
        raise ForeignReference("the reference was not sealed under this brand's key") from error


_MEMBER_CONTEXT = b"PAmember"
_TAG_BITS, _LOW_BITS = 40, 22


def member_tag(key: bytes, member_id: bytes) -> int:
    """40 bits that name a member to whoever has the brand's key, and nothing to anybody else."""
    digest = hashlib.blake2s(member_id, key=key, digest_size=_TAG_BITS // 8, person=_MEMBER_CONTEXT).digest()
    return int.from_bytes(digest, "big")


def make_conversion_id(key: bytes, member_id: bytes, milliseconds: int, chance: int) -> uuid.UUID:
    """A UUID (version 8, RFC 9562) in order of time that says, to the brand alone, whose conversion it is: so a brand
    restored from a backup knows whose points its forgotten items took. `chance` gives 34 random bits."""
    high, low = (chance >> _LOW_BITS) & 0xFFF, chance & ((1 << _LOW_BITS) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 8 << 76 | high << 64
    return uuid.UUID(int=value | 2 << 62 | member_tag(key, member_id) << _LOW_BITS | low)


def tag_of(conversion_id: uuid.UUID) -> int | None:
    """The member's tag in a conversion's id; None for ids that carry none."""
    if conversion_id.version != 8:
        return None
    return conversion_id.int >> _LOW_BITS & ((1 << _TAG_BITS) - 1)
