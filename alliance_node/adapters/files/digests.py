"""What makes two runs the same import: the file's content and how it is read. Owns the digest."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from alliance_node.application.importing.errors import FileUnusable

_CHUNK = 1 << 20


def content_digest(path: Path, options: Iterable[str]) -> tuple[bytes, int]:
    """SHA-256 over options and content, and the number of line ends. Raises FileUnusable."""
    hashed = hashlib.sha256("\n".join(options).encode() + b"\0")
    lines = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                hashed.update(chunk)
                lines += chunk.count(b"\n")
    except OSError as error:
        raise FileUnusable(f"{path}: {error.strerror}", "Name a readable CSV or Parquet file.") from None
    return hashed.digest(), lines
