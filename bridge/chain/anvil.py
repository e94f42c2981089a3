"""A local chain: one Anvil process that keeps its state in a directory and survives restarts.

Owns the process, its pid file, its port and its state file. It may not deploy anything. Anvil saves once a second, so a
killed Anvil may lose its last blocks: the bridge notices that by itself.
"""

import contextlib
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import msgspec

from bridge.chain.rpc import ChainError, Rpc, RpcUnavailable

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60.0
_PORT_SECONDS = 3.0
_PR_SET_PDEATHSIG = 1


class AnvilError(ChainError):
    """The local chain cannot be started or stopped; the subclass says why."""

    code = "anvil_failed"
    next_step = "Look at anvil.log in the chain's directory."


class AnvilMissing(AnvilError):
    """The Anvil program is not installed."""

    code = "node_missing"
    next_step = "Run `make setup` (or `npm ci` in hardhat/)."

    def __init__(self) -> None:
        super().__init__("Anvil is not installed")


class PortInUse(AnvilError):
    """Another process listens on the wanted port."""

    code = "port_in_use"
    next_step = "Stop the process that uses the port, or choose another one with --port."

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"port {port} is in use")


class StateFileCorrupt(AnvilError):
    """The state file is not one that Anvil wrote completely; it was left untouched."""

    code = "state_file_corrupt"

    def __init__(self, state: Path, backup: Path, detail: str) -> None:
        self.state = state
        self.backup = backup
        self.next_step = f"Put {backup} in its place." if backup.exists() else "Move it away to start an empty chain."
        super().__init__(f"the chain's state file {state} cannot be read: {detail}")


class AnvilFailed(AnvilError):
    """Anvil ended or did not answer."""


class AnvilOptions(msgspec.Struct, frozen=True):
    """Free gas by default. `no_mining`: blocks only by `evm_mine`; `block_time`: one every so many seconds; neither:
    one per transaction. `port` None: the last one, or a free one. `genesis_timestamp` counts for a new chain only;
    such a chain has its own clock, which after a restart goes on from the last block instead of the wall clock.
    `hardfork`: the rules of an older fork, e.g. "cancun"."""

    chain_id: int = 31337
    port: int | None = None
    no_mining: bool = False
    block_time: int | None = None
    gas_limit: int = 30_000_000
    genesis_timestamp: int | None = None
    base_fee: int = 0
    state_interval: int = 1
    hardfork: str | None = None
    host: str = "127.0.0.1"


class _Genesis(msgspec.Struct, frozen=True):
    """Given to Anvil at every start: it makes block 0 anew, and must make the same one."""

    timestamp: int
    own_clock: bool


class _PidFile(msgspec.Struct, frozen=True):
    pid: int
    port: int
    chain_id: int


class AnvilProcess:
    """The Anvil of one directory: `state.json`, `anvil.pid`, `anvil.log`. It outlives this program unless
    `dies_with_parent` (Linux; for tests)."""

    def __init__(
        self,
        directory: Path,
        options: AnvilOptions | None = None,
        *,
        binary: Path | None = None,
        dies_with_parent: bool = False,
    ) -> None:
        self.directory = directory
        self.options = options or AnvilOptions()
        self.state = directory / "state.json"
        self.backup = directory / "state.backup.json"
        self.log = directory / "anvil.log"
        self._pid_path = directory / "anvil.pid"
        self._port_path = directory / "anvil.port"
        self._genesis_path = directory / "anvil.genesis"
        self._binary = binary
        self._dies_with_parent = dies_with_parent
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs, also when an earlier program started it."""
        found = self._running()
        return found.pid if found else None

    @property
    def url(self) -> str:
        """Raises AnvilFailed when it does not run."""
        found = self._running()
        if found is None:
            raise AnvilFailed(f"no chain runs in {self.directory}; start it with `alliance chain up`")
        return f"http://{self.options.host}:{found.port}"

    def start(self) -> str:
        """Start it, or find it running; returns the RPC address once it answers.

        Raises AnvilMissing, PortInUse, StateFileCorrupt, AnvilFailed.
        """
        if self._running():
            self._wait_until_it_answers()
            return self.url
        self.directory.mkdir(parents=True, exist_ok=True)
        existing = self.state.exists()
        genesis = self._genesis(existing)
        port = self._choose_port()
        command = self._command(port, genesis)
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=die_with_parent if self._dies_with_parent else None,  # noqa: PLW1509 - tests only
            )
        _replace(self._pid_path, msgspec.json.encode(_PidFile(self._child.pid, port, self.options.chain_id)))
        _replace(self._port_path, str(port).encode())
        self._wait_until_it_answers()
        if existing:
            shutil.copyfile(self.state, self.backup)
        self._set_clock(genesis)
        return self.url

    def stop(self, timeout: float = 30.0) -> None:
        """End it; Anvil writes its state first. Nothing happens when it does not run."""
        self._signal(signal.SIGINT)
        deadline = time.monotonic() + timeout
        while self._running() and time.monotonic() < deadline:
            time.sleep(0.02)
        if self._running():
            self.kill()
        self._pid_path.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._signal(signal.SIGKILL)
        while self._running():
            time.sleep(0.01)
        self._pid_path.unlink(missing_ok=True)

    def _signal(self, number: signal.Signals) -> None:
        found = self._running()
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(found.pid, number)

    def _running(self) -> _PidFile | None:
        if self._child is not None and self._child.poll() is not None:
            self._child = None
            return None
        try:
            found = msgspec.json.decode(self._pid_path.read_bytes(), type=_PidFile)
        except (OSError, msgspec.DecodeError):
            return None
        if self._child is not None and self._child.pid == found.pid:
            return found  # our own: while it is being started its command line is still empty
        return found if _is_anvil(found.pid) else None

    def _choose_port(self) -> int:
        wanted = self.options.port
        if wanted is not None:
            if not _is_free(self.options.host, wanted):
                raise PortInUse(wanted)
            return wanted
        with contextlib.suppress(OSError, ValueError):
            last = int(self._port_path.read_text())
            deadline = time.monotonic() + _PORT_SECONDS
            while not _is_free(self.options.host, last) and time.monotonic() < deadline:
                time.sleep(0.05)
            if _is_free(self.options.host, last):
                return last
        return free_port(self.options.host)

    def _command(self, port: int, genesis: _Genesis) -> list[str]:
        options = self.options
        command = [str(self._binary or find_anvil()), "--host", options.host, "--port", str(port)]
        command += ["--chain-id", str(options.chain_id), "--gas-limit", str(options.gas_limit), "--quiet"]
        command += ["--state", str(self.state), "--state-interval", str(options.state_interval)]
        command += ["--preserve-historical-states", "--no-request-size-limit"]
        command += ["--block-base-fee-per-gas", str(options.base_fee)]
        if options.base_fee == 0:
            command += ["--gas-price", "0", "--disable-min-priority-fee"]
        if options.no_mining:
            command += ["--no-mining"]
        if options.block_time is not None:
            command += ["--block-time", str(options.block_time)]
        if options.hardfork is not None:
            command += ["--hardfork", options.hardfork]
        return [*command, "--timestamp", str(genesis.timestamp)]

    def _wait_until_it_answers(self) -> None:
        rpc = Rpc(self.url_of_pid_file(), timeout=2.0, attempts=1)
        deadline = time.monotonic() + _START_SECONDS
        try:
            while time.monotonic() < deadline:
                if not self._running():
                    self._fail()
                try:
                    rpc.require_chain(self.options.chain_id)
                    return
                except RpcUnavailable:
                    time.sleep(0.02)
        finally:
            rpc.close()
        self.kill()
        raise AnvilFailed(f"Anvil did not answer within {_START_SECONDS:.0f} s; see {self.log}")

    def _genesis(self, existing: bool) -> _Genesis:
        """The first block's time: kept for a chain that has a state, chosen for a new one."""
        if existing:
            with contextlib.suppress(OSError, msgspec.DecodeError):
                return msgspec.json.decode(self._genesis_path.read_bytes(), type=_Genesis)
        given = self.options.genesis_timestamp
        chosen = _Genesis(int(time.time()) if given is None else given, given is not None)
        _replace(self._genesis_path, msgspec.json.encode(chosen))
        return chosen

    def _set_clock(self, genesis: _Genesis) -> None:
        """Anvil counts from the genesis time at every start; go on from the last block, or take the wall clock."""
        rpc = Rpc(self.url)
        head = int(rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        rpc.call("evm_setTime", head if genesis.own_clock else max(head, int(time.time())))
        rpc.close()

    def url_of_pid_file(self) -> str:
        """The RPC address that the pid file names, whether or not the process still runs."""
        found = msgspec.json.decode(self._pid_path.read_bytes(), type=_PidFile)
        return f"http://{self.options.host}:{found.port}"

    def _fail(self) -> None:
        self._pid_path.unlink(missing_ok=True)
        detail = self.log.read_text(errors="replace").strip().splitlines() or ["no message"]
        if any("failed to parse json file" in line for line in detail):
            raise StateFileCorrupt(self.state, self.backup, detail[0])
        if any("Address already in use" in line for line in detail):
            raise PortInUse(int(self._port_path.read_text()))
        raise AnvilFailed(f"Anvil ended at once: {detail[0]}; see {self.log}")


def find_anvil(root: Path = _ROOT) -> Path:
    """The native program: the npm wrapper beside it ignores SIGTERM. Raises AnvilMissing."""
    for found in sorted((root / "hardhat/node_modules/@foundry-rs").glob("anvil-*/bin/anvil*")):
        return found
    on_path = shutil.which("anvil")
    if on_path is None:
        raise AnvilMissing
    return Path(on_path)


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on now, outside the range from which outgoing connections take theirs."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 50):
        if _is_free(host, port):
            return port
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _is_anvil(pid: int) -> bool:
    """Whether this process id is (still) an Anvil: ids are reused."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    proc = Path(f"/proc/{pid}")
    if not proc.exists():
        return not Path("/proc/self").exists()
    try:
        stat = (proc / "stat").read_text()
        return b"anvil" in (proc / "cmdline").read_bytes() and stat.rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def die_with_parent() -> None:
    """Runs in the child before it becomes Anvil: the kernel kills it when the thread that started it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(path.suffix + ".new")
    temporary.write_bytes(content)
    temporary.replace(path)
