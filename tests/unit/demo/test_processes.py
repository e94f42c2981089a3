"""The demo leaves no process behind, whichever way it ends, and never stops a stranger's."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psutil
import pytest

from alliance_node.entrypoints.demo.ports import LOOPBACK, free_port
from alliance_node.entrypoints.demo.processes import (
    DemoRunning,
    PidFile,
    ProcessFailed,
    Supervisor,
    stop_leftovers,
    stop_tree,
)

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_leaving_the_block_stops_every_child_and_its_descendants(tmp_path: Path) -> None:
    parent = [sys.executable, "-c", f"import subprocess; subprocess.run({SLEEPER!r})"]
    with Supervisor(tmp_path) as supervisor:
        supervisor.start("node", parent)
        root = psutil.Process(supervisor.pid_of("node"))
        supervisor.wait_ready("node", lambda: bool(root.children()))
        family = [root.pid, *(child.pid for child in root.children())]
    assert not any(is_running(pid) for pid in family)
    assert list((tmp_path / "pids").iterdir()) == []


def test_what_a_killed_run_left_is_found_by_its_pid_file_and_stopped(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from alliance_node.entrypoints.demo.processes import Supervisor\n"
        f"with Supervisor(Path({str(tmp_path)!r})) as supervisor:\n"
        f"    supervisor.start('node', {SLEEPER!r})\n"
        "    print(supervisor.pid_of('node'), flush=True); time.sleep(600)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    orphan = int(run.stdout.readline())
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert is_running(orphan)
    with Supervisor(tmp_path):
        assert not is_running(orphan)


def test_a_running_demo_is_not_disturbed_by_a_second_one(tmp_path: Path) -> None:
    other = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL)
    try:
        entry = PidFile("demo", other.pid, psutil.Process(other.pid).create_time())
        (tmp_path / "demo.pid").write_bytes(msgspec.json.encode(entry))
        with pytest.raises(DemoRunning, match=str(other.pid)):
            stop_leftovers(tmp_path)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_reused_pid_is_not_mistaken_for_a_leftover(tmp_path: Path) -> None:
    stranger = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL)
    try:
        (tmp_path / "node.pid").write_bytes(msgspec.json.encode(PidFile("node", stranger.pid, started=1.0)))
        (tmp_path / "half.pid").write_bytes(b'{"name":')
        assert stop_leftovers(tmp_path) == []
        assert stranger.poll() is None
        assert list(tmp_path.iterdir()) == []
    finally:
        stranger.kill()
        stranger.wait()


def test_a_process_that_ends_early_is_reported_with_its_last_words(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.start("node", [sys.executable, "-c", "print('no database here'); raise SystemExit(3)"])
        with pytest.raises(ProcessFailed, match=r"node ended with code 3(.|\n)*no database here"):
            supervisor.wait_ready("node", lambda: False)


def test_a_process_that_is_never_ready_is_reported(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.start("node", SLEEPER)
        with pytest.raises(ProcessFailed, match="not ready"):
            supervisor.wait_ready("node", lambda: False, timeout_s=0.2)


def test_a_process_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    child = subprocess.Popen(STUBBORN, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    started = time.monotonic()
    stop_tree(child.pid, grace_s=0.3)
    assert not is_running(child.pid)
    child.wait()
    assert time.monotonic() - started < 10


def test_a_taken_port_is_not_chosen() -> None:
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        holder.listen()
        port = int(holder.getsockname()[1])
        chosen = free_port(port)
        assert chosen != port
        assert free_port(chosen, taken=[chosen]) != chosen
