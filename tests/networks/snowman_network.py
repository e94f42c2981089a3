"""Four validators of a permissioned EVM chain in processes of their own, agreeing by Snowman consensus, on loopback.

Owns processes, ports, directories and the chain's genesis; the engine's programs are built by tests/networks/build.sh.
It may not know what the alliance does on the chain. Every key is made afresh by the engine's own tool.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from bridge.chain.anvil import die_with_parent, free_port
from bridge.chain.rpc import Rpc, RpcError, RpcUnavailable

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build" / "snowman"
VALIDATORS, ENOUGH = 4, 3
CHAIN_ID = 20_262
GAS_LIMIT = 60_000_000
BASE_FEE = 1
"""Wei for a unit of gas: the engine builds no block with a base fee of 0. 10^18 wei, given at genesis, are for ever."""
_START_SECONDS = 120.0
_EVM = "srEXiWaHuhNyGwPUi444Tu47ZEDwxTWrbQiuD7FmgSAQ6X7Dy"
"""The name under which the engine looks for its EVM: `subnetevm` in its notation."""

_CONSENSUS = {
    "k": VALIDATORS,  # every poll asks every validator, each has one vote
    "alphaPreference": ENOUGH,
    "alphaConfidence": ENOUGH,
    "beta": 4,
    "concurrentRepolls": 2,
    "optimalProcessing": 10,
    "maxOutstandingItems": 256,
    "maxItemProcessingTime": 30_000_000_000,
}
_EVM_OPTIONS = {
    "pruning-enabled": False,  # auditors ask for proofs at any block
    "tx-pool-price-limit": 0,  # the pool may not demand a tip
    "trie-clean-cache": 32,
    "trie-dirty-cache": 32,
    "snapshot-cache": 16,
    "log-level": "warn",
}


def genesis(admins: Sequence[bytes], senders: Sequence[bytes], unlisted: Sequence[bytes] = ()) -> dict[str, Any]:
    """Cancun rules, gas for next to nothing, two allow lists: who may send, who may create contracts (`admins`).

    `unlisted` have coins and may do nothing with them.
    """

    def allow(enabled: Sequence[bytes]) -> dict[str, Any]:
        return {
            "blockTimestamp": 0,
            "adminAddresses": ["0x" + address.hex() for address in admins],
            "enabledAddresses": ["0x" + address.hex() for address in enabled],
        }

    forks = ("homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg", "istanbul")
    return {
        "config": {
            "chainId": CHAIN_ID,
            **{fork + "Block": 0 for fork in (*forks, "muirGlacier")},
            "feeConfig": {
                "gasLimit": GAS_LIMIT,
                "targetBlockRate": 1,
                "minBaseFee": BASE_FEE,
                "targetGas": 10 * GAS_LIMIT,  # in ten seconds: full blocks do not raise the base fee
                "baseFeeChangeDenominator": 48,
                "minBlockGasCost": 0,
                "maxBlockGasCost": 0,
                "blockGasCostStep": 0,
            },
            "txAllowListConfig": allow(senders),
            "contractDeployerAllowListConfig": allow(()),
        },
        "alloc": {address.hex(): {"balance": hex(10**18)} for address in (*admins, *senders, *unlisted)},
        "timestamp": "0x5fcb13d0",
        "gasLimit": hex(GAS_LIMIT),
        "difficulty": "0x0",
        "extraData": "0x",
        "coinbase": "0x" + "00" * 20,
    }


class SnowmanNetwork:
    """The network of one directory. `urls` answer JSON-RPC of the EVM chain, one for each validator."""

    spare = VALIDATORS - ENOUGH
    asks_who_sends = True
    ticks = False
    consensus = "snowman"
    base_fee = BASE_FEE

    def __init__(self, directory: Path, chain_genesis: dict[str, Any]) -> None:
        assert (PROGRAMS / ".built").exists(), "build the engine first: bash tests/networks/build.sh"
        self.directory = directory
        made = self._tool("keys", "-dir", str(directory), "-validators", str(VALIDATORS))
        self._network_id, self._ids = made["network_id"], made["node_ids"]
        ports: list[int] = []
        while len(ports) < 2 * VALIDATORS:
            ports += {free_port()} - set(ports)
        self._http, self._staking = ports[:VALIDATORS], ports[VALIDATORS:]
        self._processes: list[subprocess.Popen[bytes] | None] = [None] * VALIDATORS
        self._write("chain.json", chain_genesis)
        for name in ("subnets", "chains"):
            self._path(name).mkdir()
        self._subnet = self._chain = ""

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}/ext/bc/{self._chain}/rpc" for port in self._http]

    def start(self) -> None:
        """Start the validators, let them make the chain, and start them again as its validators."""
        self._start_all()
        self._wait("the platform chain", lambda: all(map(self._knows_the_platform, range(VALIDATORS))))
        uri = f"http://127.0.0.1:{self._http[0]}"
        made = self._tool("chain", "-uri", uri, "-dir", str(self.directory), "-genesis", str(self._path("chain.json")))
        self._subnet, self._chain = made["subnet"], made["chain"]
        self._write(f"subnets/{self._subnet}.json", {"validatorOnly": True, "consensusParameters": _CONSENSUS})
        self._write(f"chains/{self._chain}/config.json", _EVM_OPTIONS)
        self.stop()
        self._start_all()
        self.wait_for(range(VALIDATORS))

    def start_validator(self, number: int) -> None:
        """Start one; `wait_for` says when it answers."""
        others = [other for other in range(VALIDATORS) if other != number]
        options = {
            "network-id": f"network-{self._network_id}",
            "genesis-file": self._path("genesis.json"),
            "data-dir": self._path(f"node-{number + 1}"),
            "staking-tls-key-file": self._path(f"node-{number + 1}/staker.key"),
            "staking-tls-cert-file": self._path(f"node-{number + 1}/staker.crt"),
            "staking-signer-key-file": self._path(f"node-{number + 1}/signer.key"),
            "http-host": "127.0.0.1",
            "http-port": self._http[number],
            "staking-host": "127.0.0.1",
            "staking-port": self._staking[number],
            "public-ip": "127.0.0.1",
            "bootstrap-ips": ",".join(f"127.0.0.1:{self._staking[other]}" for other in others),
            "bootstrap-ids": ",".join(self._ids[other] for other in others),
            "plugin-dir": PROGRAMS / "plugins",
            "subnet-config-dir": self._path("subnets"),
            "chain-config-dir": self._path("chains"),
            "track-subnets": self._subnet,
            "system-tracker-disk-required-available-space-percentage": 0,
            "system-tracker-disk-warning-available-space-percentage": 0,
            "network-max-reconnect-delay": "1s",
            "fd-limit": 4096,
            "log-level": "info",
            "log-display-level": "off",
        }
        arguments = [f"--{name}={value}" for name, value in options.items() if value != ""]
        with self._path(f"node-{number + 1}.log").open("ab") as log:
            self._processes[number] = subprocess.Popen(
                [PROGRAMS / "avalanchego", *arguments],
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def kill(self, number: int) -> None:
        """SIGKILL, as a machine that loses power."""
        _end(self._processes[number], 9)
        self._processes[number] = None

    def stop(self) -> None:
        for process in self._processes:
            if process is not None:
                process.terminate()
        for process in self._processes:
            _end(process, None)
        self._processes = [None] * VALIDATORS

    def wait_for(self, numbers: Sequence[int]) -> None:
        """Until these validators answer for the EVM chain."""
        self._wait("the EVM chain", lambda: all(map(self._answers, numbers)))

    def _answers(self, number: int) -> bool:
        rpc = Rpc(self.urls[number], attempts=1)
        try:
            return int(rpc.call("eth_chainId"), 16) == CHAIN_ID
        except (RpcUnavailable, RpcError):
            return False
        finally:
            rpc.close()

    def _knows_the_platform(self, number: int) -> bool:
        request = {"jsonrpc": "2.0", "id": 1, "method": "info.isBootstrapped", "params": {"chain": "P"}}
        try:
            answer = httpx.post(f"http://127.0.0.1:{self._http[number]}/ext/info", json=request, trust_env=False)
            return bool(answer.json()["result"]["isBootstrapped"])
        except (httpx.HTTPError, ValueError, KeyError):
            return False

    def _start_all(self) -> None:
        for number in range(VALIDATORS):
            self.start_validator(number)

    def _wait(self, what: str, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not condition():
            for number, process in enumerate(self._processes):
                assert process is None or process.poll() is None, f"validator {number + 1} ended: {self.log(number)}"
            assert time.monotonic() < deadline, f"{what} did not come up: {self.log(0)}"
            time.sleep(0.2)

    def log(self, number: int) -> str:
        """The end of what a validator said."""
        paths = [self._path(f"node-{number + 1}.log"), self._path(f"node-{number + 1}/logs/main.log")]
        return "\n".join(path.read_text()[-3_000:] for path in paths if path.exists())

    def _write(self, name: str, value: dict[str, Any]) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))

    def _path(self, name: str) -> Path:
        return self.directory / name

    def _tool(self, *arguments: str) -> dict[str, Any]:
        done = subprocess.run([PROGRAMS / "network", *arguments], capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, f"{arguments[0]}: {done.stderr}"
        made: dict[str, Any] = json.loads(done.stdout)
        return made


def _end(process: subprocess.Popen[bytes] | None, number: int | None) -> None:
    """The validator and the EVM that it started: both are in one session of their own."""
    if process is None:
        return
    if number is None:
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            number = 9
    if number is not None:
        os.killpg(process.pid, number)
        process.wait(30)
