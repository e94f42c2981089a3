"""Envelope encryption: a data key per member, wrapped by a key-encryption key; every field under the data key.

Pure functions over bytes. AES-256-GCM throughout; the associated data ties each ciphertext to its member, field and
version, so that a value copied to another row is refused (R-PRV-1).
"""

import secrets

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from alliance_node.adapters.identity.errors import CiphertextRefused
from alliance_node.adapters.identity.key_provider import KEY_BYTES, KeyRing

NONCE_BYTES = 12


class WrappedKey(msgspec.Struct, frozen=True):
    """A member's data key as stored: nonce and ciphertext, and the generation of the key that wraps it."""

    generation: int
    sealed: bytes


def new_data_key() -> bytes:
    """A fresh random key for one member."""
    return secrets.token_bytes(KEY_BYTES)


def wrap(ring: KeyRing, member_id: str, data_key: bytes) -> WrappedKey:
    """The data key under the ring's active generation."""
    sealed = _seal(ring.key(ring.active), data_key, _key_context(member_id, ring.active))
    return WrappedKey(ring.active, sealed)


def unwrap(ring: KeyRing, member_id: str, wrapped: WrappedKey) -> bytes:
    """The data key; raises UnknownKeyGeneration or CiphertextRefused."""
    return _open(ring.key(wrapped.generation), wrapped.sealed, _key_context(member_id, wrapped.generation))


def rewrap(ring: KeyRing, member_id: str, wrapped: WrappedKey) -> WrappedKey:
    """The same data key under the active generation: no field is encrypted again."""
    return wrap(ring, member_id, unwrap(ring, member_id, wrapped))


def encrypt_field(data_key: bytes, member_id: str, field: str, version: int, value: str) -> bytes:
    """One version of one field."""
    return _seal(data_key, value.encode(), _field_context(member_id, field, version))


def decrypt_field(data_key: bytes, member_id: str, field: str, version: int, sealed: bytes) -> str:
    """Raises CiphertextRefused unless the value was encrypted for exactly this member, field and version."""
    return _open(data_key, sealed, _field_context(member_id, field, version)).decode()


def _seal(key: bytes, content: bytes, context: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, context)


def _open(key: bytes, sealed: bytes, context: bytes) -> bytes:
    if len(sealed) < NONCE_BYTES + 16:
        raise CiphertextRefused("a stored value is shorter than any ciphertext")
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except InvalidTag:
        raise CiphertextRefused("a stored value does not fit its member, field and version") from None


def _key_context(member_id: str, generation: int) -> bytes:
    return f"points-alliance/data-key/v1|{member_id}|{generation}".encode()


def _field_context(member_id: str, field: str, version: int) -> bytes:
    return f"points-alliance/field/v1|{member_id}|{field}|{version}".encode()
