"""The key files of a node directory: made once, mode 0600, read with typed errors. Never overwritten."""

import base64
import binascii
import secrets
from pathlib import Path

from alliance_node.adapters.identity.key_provider import encode_key_ring, new_key_ring, write_secret
from alliance_node.entrypoints.settings import Settings, SettingsError

KEY_BYTES = 32


def create_keys(settings: Settings) -> list[Path]:
    """Vault keys, the page's signing key and the key of conversion references; returns what was made."""
    settings.path("keys").mkdir(mode=0o700, exist_ok=True)
    made = []
    contents = {
        settings.vault_file: encode_key_ring(new_key_ring()),
        settings.session_key: _fresh(),
        "keys/reference.key": _fresh(),
    }
    for relative, content in contents.items():
        path = settings.path(relative)
        if not path.exists():
            write_secret(path, content)
            made.append(path)
    return made


def read_key(path: Path) -> bytes:
    """32 bytes in base64; raises SettingsError."""
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except OSError as error:
        raise _unusable(path, error.strerror or "can not be read") from None
    except binascii.Error:
        raise _unusable(path, "is not base64") from None
    if len(key) != KEY_BYTES:
        raise _unusable(path, f"must hold {KEY_BYTES} bytes")
    return key


def _fresh() -> bytes:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n"


def _unusable(path: Path, reason: str) -> SettingsError:
    return SettingsError(
        f"{path}: {reason}", "Restore the key file from your backup; without it old data is unreadable."
    )
