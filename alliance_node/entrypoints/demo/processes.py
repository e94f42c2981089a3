"""Starts the demo's processes, watches them, and stops every one of them, also those that a killed run left behind.

Each child runs in a session of its own, so that Ctrl-C reaches only the parent, which then stops the children in
order. A pid file with the process's start time outlives a killed parent; a reused pid is told apart by that time.
May not know what the processes do.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import psutil

from alliance_node.entrypoints.demo.errors import DemoError

_CLOCK_TOLERANCE_S = 1.0
_LOG_TAIL_LINES = 15
_DESCENDANTS_GRACE_S = 3.0


class PidFile(msgspec.Struct, frozen=True):
    """Who runs, told apart from a later process with the same pid by its start time."""

    name: str
    pid: int
    started: float


class DemoRunning(DemoError):
    """Another demo runs in the same directory; two can't share databases and ports."""

    code = "demo_running"
    next_step = "Stop the other demo with Ctrl-C, or choose another directory with --dir."

    def __init__(self, pid: int, directory: Path) -> None:
        super().__init__(f"another demo (process {pid}) uses {directory}")
        self.pid = pid


class ProcessFailed(DemoError):
    """A process ended by itself or did not become ready; the message ends with its last log lines."""

    code = "process_failed"
    next_step = "Read its log; if another program holds the port, stop it and start again."

    def __init__(self, name: str, what: str, log: Path) -> None:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]) if log.exists() else ""
        super().__init__(f"{name} {what}; its log is {log}\n{tail}")
        self.name = name
        self.log = log


class Supervisor:
    """The children of one demo run: `start`, `wait_ready`, `check_alive`; leaving the `with` block stops all."""

    def __init__(self, directory: Path) -> None:
        self._pids = directory / "pids"
        self.logs = directory / "logs"
        self._directory = directory
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self._pids.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        stop_leftovers(self._pids)
        self._write_pid("demo", os.getpid())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop_all()
        (self._pids / "demo.pid").unlink(missing_ok=True)

    def start(self, name: str, argv: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start a child with its output in `logs/<name>.log`."""
        with self.log_of(name).open("wb") as log:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )
        self._children[name] = child
        self._write_pid(name, child.pid)

    def log_of(self, name: str) -> Path:
        """Where a child's output goes."""
        return self.logs / f"{name}.log"

    def pid_of(self, name: str) -> int:
        """The process id of a running child."""
        return self._children[name].pid

    def wait_ready(self, name: str, is_ready: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Wait until the probe says yes; raises ProcessFailed when the child ends or the time is over."""
        give_up = time.monotonic() + timeout_s
        while not is_ready():
            self.check_alive(name)
            if time.monotonic() > give_up:
                raise ProcessFailed(name, f"was not ready after {timeout_s:.0f} s", self.log_of(name))
            time.sleep(0.05)

    def check_alive(self, *names: str) -> None:
        """Raise ProcessFailed for the first of the children (all by default) that has ended."""
        for name in names or tuple(self._children):
            code = self._children[name].poll()
            if code is not None:
                raise ProcessFailed(name, f"ended with code {code}", self.log_of(name))

    def stop_all(self) -> None:
        """Stop the children, the last started first; each gets time to finish its work before it is killed."""
        for name, child in reversed(self._children.items()):
            stop_tree(child.pid)
            child.wait()
            (self._pids / f"{name}.pid").unlink(missing_ok=True)
        self._children.clear()

    def _write_pid(self, name: str, pid: int) -> None:
        entry = PidFile(name, pid, psutil.Process(pid).create_time())
        (self._pids / f"{name}.pid").write_bytes(msgspec.json.encode(entry))


def stop_leftovers(pids: Path) -> list[str]:
    """Stop what a killed run left behind; returns the names. Raises DemoRunning when its parent still lives."""
    entries = [entry for file in sorted(pids.glob("*.pid")) if (entry := _read(file)) is not None]
    for entry in entries:
        if entry.name == "demo" and entry.pid != os.getpid() and _is_alive(entry):
            raise DemoRunning(entry.pid, pids.parent)
    stopped = []
    for entry in entries:
        if entry.name != "demo" and _is_alive(entry):
            stop_tree(entry.pid)
            stopped.append(entry.name)
    for file in pids.glob("*.pid"):
        file.unlink(missing_ok=True)
    return stopped


def stop_tree(pid: int, grace_s: float = 15.0) -> None:
    """Ask a process to end (SIGTERM), then the descendants it did not stop itself, then kill whatever is left."""
    try:
        root = psutil.Process(pid)
        descendants = root.children(recursive=True)
    except psutil.NoSuchProcess:
        return
    left = _signalled([root], signal.SIGTERM, grace_s)
    left += _signalled(descendants, signal.SIGTERM, min(grace_s, _DESCENDANTS_GRACE_S))
    _signalled(left, signal.SIGKILL, grace_s)


def _signalled(processes: list[psutil.Process], number: signal.Signals, timeout_s: float) -> list[psutil.Process]:
    """Send a signal to those that still run and wait; returns the survivors."""
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
    _gone, alive = psutil.wait_procs(processes, timeout=timeout_s)
    return list(alive)


def _read(file: Path) -> PidFile | None:
    """The entry of a pid file; a half-written one (the parent was killed in between) names nobody."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=PidFile)
    except (msgspec.DecodeError, OSError):
        return None


def _is_alive(entry: PidFile) -> bool:
    try:
        process = psutil.Process(entry.pid)
        same = abs(process.create_time() - entry.started) < _CLOCK_TOLERANCE_S
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
