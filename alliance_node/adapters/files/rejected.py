"""The rejected lines beside their data file: line number, reason code, message. Owns the file's durability, and the
lock that keeps a second process away from it."""

import csv
import fcntl
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from alliance_node.application.importing.errors import FileUnusable, ImportRunning, RejectsMissing
from alliance_node.application.importing.rows import Rejection

HEADER = ("line", "code", "message")


class RejectedFile:
    """Implements `application.importing.ports.Rejects`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    def start(self, size: int) -> None:
        """The file may be longer: what no progress names is cut off by the next `write`. Raises ImportRunning."""
        try:
            self._file = self.path.open("ab")
        except OSError as error:
            raise FileUnusable(f"{self.path}: {error.strerror}", "Make the folder of the file writable.") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            self._file = None
            raise ImportRunning(f"another process writes {self.path}") from None
        found = self.path.stat().st_size
        if found < size:
            raise RejectsMissing(f"{self.path} has {found} of the {size} bytes that were written before")

    def write(self, size: int, rejections: Iterable[Rejection]) -> int:
        """Cut the file to `size` bytes, add the lines, flush them to disk; the new size."""
        assert self._file is not None
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        lines = [(rejection.line, rejection.code, rejection.message) for rejection in rejections]
        writer.writerows([HEADER, *lines] if lines and not size else lines)
        content = text.getvalue().encode()
        self._file.truncate(size)
        if content:
            self._file.write(content)
            self._file.flush()
            os.fsync(self._file.fileno())
        return size + len(content)

    def close(self) -> None:
        """Let go of the file; one without lines is not left behind."""
        if self._file is not None:
            if not os.fstat(self._file.fileno()).st_size:
                self.path.unlink(missing_ok=True)
            self._file.close()
            self._file = None


@contextmanager
def rejected_file(path: Path) -> Iterator[RejectedFile]:
    """The file of rejected lines at a path, let go of at the end."""
    rejects = RejectedFile(path)
    try:
        yield rejects
    finally:
        rejects.close()
