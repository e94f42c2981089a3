"""Keys for one purpose each, derived from the key ring (HKDF-SHA-256, RFC 5869): nothing more to keep or to back up.

They come from the ring's key that is never rotated, so what they made in earlier years can be made again.
"""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from alliance_node.adapters.identity.key_provider import KEY_BYTES, KeyRing


def derived_key(ring: KeyRing, purpose: str) -> bytes:
    """32 bytes; two purposes never share a key, and none leads back to the ring."""
    info = f"PointsAlliance.{purpose}.v1".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(ring.blind_index)
