"""The files of a permissioned Hyperledger Besu network with QBFT: keys, genesis, allowlists, compose file.

Owns what these files say. It starts nothing, has no default key, and never overwrites a network: a second genesis under
the same chain id would be another ledger. Source: Besu's pages on QBFT, free gas networks and local permissioning.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from coincurve import PrivateKey

from bridge.chain.keys import Signer
from bridge.chain.qbft import MIX_HASH, ExtraData
from bridge.chain.rpc import ChainError
from bridge.protocol.words import format_address

IMAGE = "hyperledger/besu:25.11.0"
GAS_LIMIT = 60_000_000
_P2P_PORT, _RPC_PORT = 30303, 8545
_SUBNET = "172.28.7"


class NetworkExists(ChainError):
    """The directory already holds a network."""

    code = "network_exists"
    next_step = "Choose another directory; a running network's genesis and keys must never change."


class NetworkOptions(msgspec.Struct, frozen=True):
    """`accounts`: the addresses that may send transactions. Periods in seconds, the epoch in blocks."""

    chain_id: int
    accounts: tuple[bytes, ...]
    validators: int = 4
    block_period: int = 1
    epoch_length: int = 30_000
    timestamp: int = 0


def write_network(directory: Path, options: NetworkOptions) -> list[bytes]:
    """Write everything below `directory` and return the validators' addresses. Raises NetworkExists, ValueError."""
    if options.validators < 4:
        raise ValueError(f"{options.validators} validators tolerate no fault; QBFT needs at least 4")
    if (directory / "genesis.json").exists():
        raise NetworkExists(f"{directory} already holds a network")
    keys = [os.urandom(32) for _ in range(options.validators)]
    addresses = [Signer(key).address for key in keys]
    enodes = [_enode(key, number) for number, key in enumerate(keys)]
    directory.mkdir(parents=True, exist_ok=True)
    for number, key in enumerate(keys):
        _write_secret(directory / f"validator-{number + 1}" / "key", "0x" + key.hex())
    _write(directory / "genesis.json", _json(genesis(options, addresses)))
    _write(directory / "static-nodes.json", _json(enodes))
    _write(directory / "permissions.toml", permissions(enodes, options.accounts))
    _write(directory / "docker-compose.yml", compose(options.validators))
    return addresses


def genesis(options: NetworkOptions, validators: Sequence[bytes]) -> dict[str, object]:
    """The genesis file: Cancun rules from the first block on, gas free, validators in the header."""
    extra = ExtraData(bytes(32), tuple(sorted(validators)), [], 0, ())
    return {
        "config": {
            "chainId": options.chain_id,
            "berlinBlock": 0,
            "londonBlock": 0,
            "shanghaiTime": 0,
            "cancunTime": 0,
            "zeroBaseFee": True,
            "qbft": {
                "epochlength": options.epoch_length,
                "blockperiodseconds": options.block_period,
                "requesttimeoutseconds": 2 * options.block_period,
            },
        },
        "nonce": "0x0",
        "timestamp": hex(options.timestamp),
        "gasLimit": hex(GAS_LIMIT),
        "difficulty": "0x1",
        "mixHash": "0x" + MIX_HASH.hex(),
        "coinbase": "0x" + bytes(20).hex(),
        "extraData": "0x" + extra.encode().hex(),
        "alloc": {},
    }


def permissions(enodes: Sequence[str], accounts: Sequence[bytes]) -> str:
    """Which nodes may connect and which accounts may send: nobody else."""
    allowed = [format_address(account) for account in accounts]
    return f"nodes-allowlist={json.dumps(list(enodes))}\naccounts-allowlist={json.dumps(allowed)}\n"


def compose(validators: int) -> str:
    """One service for each validator; their RPC is reachable from this machine only."""
    services = "".join(_service(number) for number in range(validators))
    network = f"networks:\n  ledger:\n    ipam:\n      config:\n        - subnet: {_SUBNET}.0/24\n"
    volumes = "volumes:\n" + "".join(f"  validator-{number + 1}:\n" for number in range(validators))
    return f"services:\n{services}{network}{volumes}"


def _service(number: int) -> str:
    name = f"validator-{number + 1}"
    flags = (
        "--data-path=/data",
        "--genesis-file=/network/genesis.json",
        "--node-private-key-file=/network/key",
        "--static-nodes-file=/network/static-nodes.json",
        "--discovery-enabled=false",
        "--permissions-nodes-config-file-enabled",
        "--permissions-nodes-config-file=/network/permissions.toml",
        "--permissions-accounts-config-file-enabled",
        "--permissions-accounts-config-file=/network/permissions.toml",
        f"--p2p-host={_ip(number)}",
        "--sync-mode=FULL",
        "--data-storage-format=FOREST",
        "--min-gas-price=0",
        "--tx-pool=sequenced",
        "--rpc-http-enabled",
        "--rpc-http-host=0.0.0.0",
        "--rpc-http-api=ETH,NET,WEB3,QBFT,PERM",
        f"--host-allowlist=localhost,127.0.0.1,{name}",
    )
    command = "".join(f"      - {flag}\n" for flag in flags)
    files = ("genesis.json", "static-nodes.json", "permissions.toml")
    mounts = "".join(f"      - ./{file}:/network/{file}:ro\n" for file in files)
    return (
        f"  {name}:\n    image: {IMAGE}\n    restart: unless-stopped\n    command:\n{command}"
        f"    ports:\n      - 127.0.0.1:{_RPC_PORT + number}:{_RPC_PORT}\n"
        f"    volumes:\n{mounts}      - ./{name}/key:/network/key:ro\n      - {name}:/data\n"
        f"    networks:\n      ledger:\n        ipv4_address: {_ip(number)}\n"
    )


def _ip(number: int) -> str:
    return f"{_SUBNET}.{11 + number}"


def _enode(key: bytes, number: int) -> str:
    public = PrivateKey(key).public_key.format(compressed=False)[1:]
    return f"enode://{public.hex()}@{_ip(number)}:{_P2P_PORT}"


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text)


def _write_secret(path: Path, text: str) -> None:
    """Readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
