"""The 32-byte reference of an item: the conversion's id, sealed under the brand's key.

Pure. AES-SIV (RFC 5297) without a nonce: the same id gives the same reference, so a brand restored from a backup can
read its own items off the chain, and to everybody else it is noise (pitfall 27).
"""

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
