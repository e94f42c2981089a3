"""Compiled contracts as Hardhat wrote them: creation code, runtime code, function selectors, ABI encoding.

Owns reading `hardhat/artifacts`. It may not compile and may not talk to a chain.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from eth_abi.abi import decode, encode

from bridge.protocol.keccak import keccak

ARTIFACTS = Path(__file__).resolve().parents[2] / "hardhat" / "artifacts"
_FOLDERS = {"AccessManager": "@openzeppelin/contracts/access/manager"}


class ArtifactMissing(Exception):
    """The contracts aren't compiled."""

    code = "artifacts_missing"
    next_step = "Compile the contracts with `make setup`."

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is missing: the contracts are not compiled")


class _Json(msgspec.Struct):
    abi: list[dict[str, Any]]
    bytecode: str
    deployedBytecode: str


class Function(msgspec.Struct, frozen=True):
    """A contract function: `selector`, and the ABI types of its arguments and results."""

    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def encode(self, *arguments: object) -> bytes:
        """Calldata."""
        return self.selector + bytes(encode(self.inputs, arguments))

    def decode_arguments(self, calldata: bytes) -> tuple[Any, ...]:
        """The arguments of a call. Raises eth_abi's DecodingError."""
        return tuple(decode(self.inputs, calldata[4:]))

    def decode(self, data: bytes) -> tuple[Any, ...]:
        """The results."""
        return tuple(decode(self.outputs, data))


class Artifact(msgspec.Struct, frozen=True):
    """One compiled contract."""

    name: str
    bytecode: bytes
    runtime: bytes
    constructor: tuple[str, ...]
    functions: dict[str, Function]
    errors: dict[bytes, str]

    def creation_data(self, arguments: Sequence[object]) -> bytes:
        """Creation code followed by its constructor's arguments."""
        return self.bytecode + bytes(encode(self.constructor, arguments))


@lru_cache(maxsize=64)
def load_artifact(name: str, root: Path = ARTIFACTS) -> Artifact:
    """The artifact of a contract by its name. Raises ArtifactMissing."""
    path = root / _FOLDERS.get(name, "contracts") / f"{name}.sol" / f"{name}.json"
    try:
        raw = msgspec.json.decode(path.read_bytes(), type=_Json)
    except (OSError, msgspec.DecodeError) as error:
        raise ArtifactMissing(path) from error
    functions = {
        entry["name"]: Function(_selector(entry), _types(entry["inputs"]), _types(entry["outputs"]))
        for entry in raw.abi
        if entry["type"] == "function"
    }
    constructor: list[dict[str, Any]] = next(
        (entry["inputs"] for entry in raw.abi if entry["type"] == "constructor"), []
    )
    errors = {_selector(entry): entry["name"] for entry in raw.abi if entry["type"] == "error"}
    return Artifact(
        name,
        bytes.fromhex(raw.bytecode[2:]),
        bytes.fromhex(raw.deployedBytecode[2:]),
        _types(constructor),
        functions,
        errors,
    )


def error_name(data: bytes, contracts: Sequence[str] = ("ConversionDesk", "RateBoard", "BrandRegistry")) -> str | None:
    """The name of the custom error that revert data carries, if one of these contracts declares it."""
    for name in contracts:
        found = load_artifact(name).errors.get(data[:4])
        if found is not None:
            return found
    return None


def _selector(entry: dict[str, Any]) -> bytes:
    return bytes(keccak(f"{entry['name']}({','.join(_types(entry['inputs']))})".encode()))[:4]


def _types(parameters: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(_type(parameter) for parameter in parameters)


def _type(parameter: dict[str, Any]) -> str:
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_types(parameter['components']))}){kind.removeprefix('tuple')}"
