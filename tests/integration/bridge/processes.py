"""Whole bridges in processes of their own: the runner with its loop, told what to do on start, observed from outside.

Owns starting, killing and the journal of reports (what an operator is told). python processes.py '<json>'.
"""

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bridge.chain.keys import Signer, load_signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.indexer.model import FinalBlock
from bridge.runner import BridgeRunner, RunnerState
from bridge.settings import BridgeSettings
from tests.chain_fixtures import Alliance
from tests.integration.bridge.kit import Recorder, open_engine

IS_FULL = os.environ.get("TEST_PROFILE") == "full"
ROOT = Path(__file__).resolve().parents[3]
QUICK: dict[str, Any] = {
    "poll_interval": 0.02,
    "longest_backoff": 0.1,
    "resend_after": 1,
    "lease_seconds": 2,
    "doubt_seconds": 20.0,
    "clock_tolerance": 0,  # the chain's time is the tests'
}


class DyingRecorder(Recorder):
    """Dies inside the indexer's commit, after its effects are written: of captured items, or of released ones."""

    def __init__(self, kill_at: str) -> None:
        super().__init__()
        self._accepted = {"CAPTURED": True, "RELEASED": False}.get(kill_at)

    def apply(self, connection: sa.Connection, block: FinalBlock) -> None:
        super().apply(connection, block)
        if any(outcome.accepted is self._accepted for outcome in block.outcomes):
            os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: dict[str, Any]) -> None:
    """Run one bridge until SIGTERM, writing every change of state to the journal; `kill_at` dies at a checkpoint."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    last: list[tuple[str, str]] = []

    def report(state: RunnerState, code: str, next_step: str) -> None:
        if last != [(state, code)]:
            last[:] = [(state, code)]
            with Path(arguments["journal"]).open("a") as journal:
                journal.write(json.dumps([state, code, next_step]) + "\n")

    def checkpoint(state: str) -> None:
        if state == arguments.get("kill_at"):
            os.kill(os.getpid(), signal.SIGKILL)

    runner = BridgeRunner(
        open_engine(arguments["database"], 200),
        Rpc(arguments["rpc"], timeout=2.0, attempts=2),
        AddressBook.load(Path(arguments["book"])),
        arguments["brand"],
        _signer(arguments),
        bytes.fromhex(arguments["reference_key"]),
        DyingRecorder(arguments.get("kill_at") or ""),
        BridgeSettings(**{**QUICK, **arguments.get("settings", {})}),
        report=report,
        clock=lambda: time.time() + arguments.get("clock_offset", 0),
        checkpoint=checkpoint,
    )
    runner.run(stop)


def _signer(arguments: dict[str, Any]) -> Signer:
    """The brand's hot key, or the external signer that the test names."""
    if "signer" in arguments:
        return load_signer(arguments["signer"], arguments.get("signer_environment", {}))
    return Signer(bytes.fromhex(arguments["hot_key"]))


class BridgeProcess:
    """One bridge of a brand; started again it finds its database."""

    def __init__(self, alliance: Alliance, number: int, database: str, directory: Path, **options: Any) -> None:
        brand = alliance.brands[number - 1]
        book = directory / "book.json"
        alliance.book.save(book)
        self.journal = directory / f"journal-{number}-{len(list(directory.glob('journal-*')))}.jsonl"
        self.arguments: dict[str, Any] = {
            "database": database,
            "rpc": alliance.url,
            "book": str(book),
            "brand": brand.brand_id,
            "hot_key": (100 + number).to_bytes(32, "big").hex(),
            "reference_key": brand.reference_key.hex(),
            "journal": str(self.journal),
            **options,
        }
        self._process: Any = None

    def start(self, **options: Any) -> "BridgeProcess":
        arguments = {**self.arguments, **options}
        if IS_FULL:
            command = [sys.executable, str(Path(__file__)), json.dumps(arguments)]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment)
        else:
            self._process = multiprocessing.get_context("fork").Process(target=main, args=(arguments,))
            self._process.start()
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._wait(20)
            self._process = None

    def kill(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._wait(20)
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The process does nothing meanwhile, e.g. sends nothing again."""
        os.kill(self._process.pid, signal.SIGSTOP)
        yield
        os.kill(self._process.pid, signal.SIGCONT)

    def wait_until_killed(self) -> None:
        code = self._wait(60)
        self._process = None
        assert code == -signal.SIGKILL

    def limit_files(self, size: int) -> None:
        """No file of the process may grow beyond this (its disk is full), −1 for no limit."""
        _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, hard))

    def _wait(self, seconds: float) -> int | None:
        if isinstance(self._process, subprocess.Popen):
            return self._process.wait(seconds)
        self._process.join(seconds)
        code: int | None = self._process.exitcode
        return code

    def told(self) -> list[tuple[str, str, str]]:
        """(state, code, next step), in order, each once."""
        if not self.journal.exists():
            return []
        return [tuple(json.loads(line)) for line in self.journal.read_text().splitlines()]

    def was_told(self, state: RunnerState, code: str | None = None) -> bool:
        return any(s == state and (code is None or c == code) for s, c, _ in self.told())

    @property
    def says(self) -> tuple[str, str, str]:
        told = self.told()
        return told[-1] if told else ("", "", "")


def eventually(condition: Callable[[], bool], seconds: float = 30.0, each: Callable[[], object] = lambda: None) -> None:
    """`each` runs between looks (e.g. mining)."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        each()
        time.sleep(0.03)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
