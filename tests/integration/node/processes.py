"""Starting and killing writer processes. Owns only processes that it started."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

WRITER = Path(__file__).with_name("writer.py")


class Writer:
    """A running `writer.py`; `acknowledged` are the sales it reported as committed."""

    def __init__(self, url: str, prefix: str, span: tuple[int, int], group: int, members: Sequence[str]) -> None:
        self.acknowledged: set[int] = set()
        command = [sys.executable, str(WRITER), url, prefix, str(span[0]), str(span[1]), str(group), *members]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )

    def go(self) -> None:
        """Wait until it is ready, then let it write."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == "ready"
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def read_group(self) -> bool:
        """Wait for the next committed group."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.acknowledged.update(int(number) for number in line.split())
        return bool(line)

    def finish(self) -> int:
        """Read until the end; the exit code."""
        while self.read_group():
            pass
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        """SIGKILL, wherever it is; what it had reported until then still counts."""
        self.process.send_signal(signal.SIGKILL)
        self.finish()
