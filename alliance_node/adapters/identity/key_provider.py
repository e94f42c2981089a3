"""Where key-encryption keys come from: a key file or the environment. Owns the form of the key file; has no defaults.

A key ring holds numbered generations of 32-byte keys; `active` wraps what is new, the others only unwrap. The blind
index has a key of its own, so that whoever can search can not decrypt.
"""

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from alliance_node.adapters.identity.errors import (
    KeyFileExposed,
    KeyFileMalformed,
    KeyFileMissing,
    UnknownKeyGeneration,
)

KEY_BYTES = 32
ENVIRONMENT_VARIABLE = "ALLIANCE_VAULT_KEYS"


class _KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    active: int
    generations: dict[str, str]
    blind_index: str


class KeyRing(msgspec.Struct, frozen=True):
    """Every generation the provider knows, the active one, and the key of the blind index."""

    active: int
    generations: Mapping[int, bytes]
    blind_index: bytes

    def key(self, generation: int) -> bytes:
        """The key of one generation; raises UnknownKeyGeneration."""
        try:
            return self.generations[generation]
        except KeyError:
            raise UnknownKeyGeneration(f"key generation {generation} is not in the key ring") from None

    def __repr__(self) -> str:
        return f"KeyRing(active={self.active}, generations={sorted(self.generations)})"


class KeyProvider(Protocol):
    """Hands out the key ring; asked once at start and again after a rotation."""

    def load(self) -> KeyRing:
        """Raises KeyFileMissing, KeyFileMalformed or KeyFileExposed."""
        ...


def new_key_ring() -> KeyRing:
    """A first generation of fresh random keys."""
    return KeyRing(1, {1: secrets.token_bytes(KEY_BYTES)}, secrets.token_bytes(KEY_BYTES))


def next_generation(ring: KeyRing) -> KeyRing:
    """The same ring with one more generation, which becomes the active one."""
    number = max(ring.generations) + 1
    return KeyRing(number, {**ring.generations, number: secrets.token_bytes(KEY_BYTES)}, ring.blind_index)


def without_old_generations(ring: KeyRing) -> KeyRing:
    """Only the active generation: what remains once every data key was re-wrapped."""
    return KeyRing(ring.active, {ring.active: ring.key(ring.active)}, ring.blind_index)


def encode_key_ring(ring: KeyRing) -> bytes:
    """The text of a key file."""
    keys = {str(number): base64.b64encode(key).decode() for number, key in sorted(ring.generations.items())}
    return msgspec.json.encode(_KeyFile(ring.active, keys, base64.b64encode(ring.blind_index).decode()))


def decode_key_ring(text: bytes) -> KeyRing:
    """Raises KeyFileMalformed for anything but what `encode_key_ring` writes."""
    try:
        raw = msgspec.json.decode(text, type=_KeyFile)
        keys = {int(number): base64.b64decode(key, validate=True) for number, key in raw.generations.items()}
        ring = KeyRing(raw.active, keys, base64.b64decode(raw.blind_index, validate=True))
    except (msgspec.MsgspecError, binascii.Error, ValueError, UnicodeDecodeError):
        raise KeyFileMalformed("the key material is not a key ring") from None
    if ring.active not in keys or any(len(key) != KEY_BYTES for key in [*keys.values(), ring.blind_index]):
        raise KeyFileMalformed("the key ring lacks its active key, or a key is not 32 bytes long")
    return ring


class FileKeyProvider:
    """A key file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> KeyRing:
        """Raises KeyFileMissing, KeyFileExposed, KeyFileMalformed."""
        try:
            mode = stat.S_IMODE(self.path.stat().st_mode)
            text = self.path.read_bytes()
        except FileNotFoundError:
            raise KeyFileMissing(f"there is no key file {self.path}") from None
        if mode & 0o077:
            raise KeyFileExposed(f"{self.path} has mode {mode:04o}; it must be 0600")
        return decode_key_ring(text)

    def replace(self, ring: KeyRing) -> None:
        """Writes the ring durably before anything is wrapped with it; the old file stays until the new one is whole."""
        write_secret(self.path, encode_key_ring(ring))


class EnvironmentKeyProvider:
    """The key ring from an environment variable (the content of a key file, base64), as secret stores inject it."""

    def __init__(self, environment: Mapping[str, str], variable: str = ENVIRONMENT_VARIABLE) -> None:
        self._environment = environment
        self._variable = variable

    def load(self) -> KeyRing:
        """Raises KeyFileMissing or KeyFileMalformed."""
        text = self._environment.get(self._variable)
        if not text:
            raise KeyFileMissing(f"{self._variable} is not set")
        try:
            return decode_key_ring(base64.b64decode(text, validate=True))
        except binascii.Error:
            raise KeyFileMalformed(f"{self._variable} is not base64") from None


def write_secret(path: Path, content: bytes) -> None:
    """Writes a file of mode 0600 atomically and flushes it and its directory to disk."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
