"""Signing keys and where they come from: an encrypted keystore file, an environment variable, or an external signer.

Owns private keys while the process runs. It has no default key, never prints one, and never writes one unencrypted.
"""

import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridge.protocol.keccak import keccak
from bridge.protocol.words import address_of_key, format_address, sign_digest

_HEX_KEY = re.compile(r"(0x)?[0-9a-fA-F]{64}")


class KeyUnavailable(Exception):
    """A key's source is missing or cannot be opened."""

    code = "key_unavailable"
    next_step = "Set the environment variable, or correct the key source and its password."


class KeystoreExists(KeyUnavailable):
    """A new key would go where a file is already."""

    next_step = "Choose another --path, or use the key that is there: keystore:PATH:PASSWORD_NAME."


class Signer:
    """A private key that signs digests; shown only by its address."""

    def __init__(self, private_key: bytes) -> None:
        if len(private_key) != 32:
            raise KeyUnavailable("a private key has 32 bytes")
        self._key = private_key
        self.address = address_of_key(private_key)

    def __repr__(self) -> str:
        return f"Signer({format_address(self.address)})"

    @classmethod
    def generate(cls) -> "Signer":
        """A fresh random key."""
        while True:
            candidate = secrets.token_bytes(32)
            if 0 < int.from_bytes(candidate, "big") < 1 << 255:
                return cls(candidate)

    def sign_message(self, message: bytes) -> bytes:
        """r ‖ s ‖ v over keccak256(message): what every kind of signer can do."""
        return self.sign_digest(bytes(keccak(message)))

    def sign_digest(self, digest: bytes) -> bytes:
        """r ‖ s ‖ v over 32 bytes."""
        return sign_digest(self._key, digest)

    def save(self, path: Path, password: str) -> None:
        """Write a keystore (Web3 Secret Storage v3), readable by its owner only. Refuses to overwrite."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            if path.exists():
                raise KeystoreExists(f"the keystore {path} exists; keys are never overwritten") from error
            raise KeyUnavailable(f"the keystore {path} cannot be created: {error.strerror}") from error
        with os.fdopen(descriptor, "w") as file:
            file.write(json.dumps(_accounts().encrypt(self._key, password)))


def load_signer(source: str, environment: Mapping[str, str]) -> Signer:
    """The key named by `env:NAME`, by `keystore:PATH:PASSWORD_NAME` whose password is in the environment, or held by an
    external signer: `web3signer:URL:ADDRESS`.

    Raises KeyUnavailable.
    """
    kind, _, rest = source.partition(":")
    if kind == "env" and rest:
        return Signer(_parse_key(rest, _required(rest, environment)))
    if kind == "keystore" and rest:
        path, _, password_name = rest.rpartition(":")
        return _from_keystore(Path(path), _required(password_name, environment))
    if kind == "web3signer" and rest:
        from bridge.chain.external_signer import open_external_signer

        return open_external_signer(rest, environment)
    raise KeyUnavailable("unknown key source; use env:NAME, keystore:PATH:PASSWORD_NAME or web3signer:URL:ADDRESS")


def _accounts() -> Any:
    """eth-account takes a second to import and is needed for keystores only."""
    from eth_account import Account

    return Account


def _required(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "")
    if not value:
        raise KeyUnavailable(f"the environment variable {name} is not set")
    return value


def _parse_key(name: str, text: str) -> bytes:
    if not _HEX_KEY.fullmatch(text):
        raise KeyUnavailable(f"{name} does not hold 64 hexadecimal digits")
    return bytes.fromhex(text.removeprefix("0x"))


def _from_keystore(path: Path, password: str) -> Signer:
    try:
        return Signer(bytes(_accounts().decrypt(path.read_text(), password)))
    except OSError as error:
        raise KeyUnavailable(f"the keystore {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise KeyUnavailable(f"the keystore {path} does not open: wrong password or damaged file") from error
