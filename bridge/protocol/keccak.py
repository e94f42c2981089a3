"""Keccak-256, the hash of everything on the ledger, in C: an audit makes several of them for each event.

Pure. SHA3-256 of the standard library is another function (other padding) and must not be used for it.
"""

from sha3 import keccak_256


def keccak(data: bytes) -> bytes:
    """32 bytes."""
    digest: bytes = keccak_256(data).digest()
    return digest
