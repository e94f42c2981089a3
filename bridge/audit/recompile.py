"""The contracts compiled from their sources by the auditor, apart from the build that deployed them.

Owns the call of the compiler through py-solc-x. It reads nothing that Hardhat wrote; the settings file and the locked
compiler are the same ones (docs/decisions/0008-two-compilers.md). Sources carry the names that Hardhat gives them,
because the optimizer's output depends on names and on which files are compiled together.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from bridge.deploy.address_book import CONTRACTS

_SCRIPT = Path(__file__).with_name("solc_stdio.cjs")
_LIBRARY = "@openzeppelin/contracts"
_FROM_LIBRARY = {"AccessManager": "access/manager/AccessManager.sol"}
_IMPORT = re.compile(r'^\s*import\b[^;"]*"([^"]+)"\s*;', re.MULTILINE)
_WANTED = ["evm.bytecode.object", "evm.bytecode.linkReferences", "evm.deployedBytecode"]


class SourcesMissing(Exception):
    """The sources, the compiler or Node are not where they must be."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is missing; --sources names a checkout of the project in which `npm ci` was run in hardhat/"
        )


class CompilerRefused(Exception):
    """The compiler reported errors."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """One contract. `masked`: (start, length) of what the runtime code gets at deployment: immutables, links."""

    creation: bytes
    runtime: bytes
    masked: tuple[tuple[int, int], ...]


def recompile(root: Path) -> dict[str, Compiled]:
    """Every contract of the address book from the checkout at `root`. Raises SourcesMissing, CompilerRefused."""
    settings = _json(root / "hardhat" / "compiler-settings.json")
    answer = compile_sources(root, read_sources(root), settings, {"*": {"*": _WANTED}})
    library = _library(root)
    return {name: _compiled(answer["contracts"][_source_of(name, library)][name]) for name in CONTRACTS}


def compile_sources(
    root: Path, sources: dict[str, dict[str, str]], settings: dict[str, Any], wanted: dict[str, Any]
) -> dict[str, Any]:
    """The compiler's answer in standard JSON. Raises SourcesMissing, CompilerRefused."""
    remapping = {"remappings": [f"project/:{_LIBRARY}/={_library(root)}"], "outputSelection": wanted}
    return _compile(root, {"language": "Solidity", "sources": sources, "settings": settings | remapping})


def _library(root: Path) -> str:
    """What the library's sources are called."""
    version = _json(root / "hardhat" / "node_modules" / _LIBRARY / "package.json")["version"]
    return f"npm/{_LIBRARY}@{version}/"


def _source_of(name: str, library: str) -> str:
    return library + _FROM_LIBRARY[name] if name in _FROM_LIBRARY else f"project/contracts/{name}.sol"


def read_sources(root: Path) -> dict[str, dict[str, str]]:
    """All contracts and whatever they import, by the names that the build gives them."""
    installed = root / "hardhat" / "node_modules" / _LIBRARY
    library = _library(root)
    found: dict[str, dict[str, str]] = {}
    own = sorted((root / "contracts").rglob("*.sol"))
    if not own:
        raise SourcesMissing(str(root / "contracts"))
    waiting = [(f"project/{path.relative_to(root).as_posix()}", path) for path in own]
    waiting += [(library + path, installed / path) for path in _FROM_LIBRARY.values()]
    while waiting:
        name, path = waiting.pop()
        if name in found:
            continue
        if not path.is_file():
            raise SourcesMissing(str(path))
        found[name] = {"content": path.read_text(encoding="utf-8")}
        for imported in _imports(found[name]["content"]):
            if imported.startswith(_LIBRARY):
                rest = imported.removeprefix(f"{_LIBRARY}/")
                waiting.append((library + rest, installed / rest))
            else:
                folder, target = name.rpartition("/")[0], (path.parent / imported).resolve()
                waiting.append((_joined(folder, imported), target))
    return dict(sorted(found.items()))


def _imports(text: str) -> Iterator[str]:
    """The paths of a file's import statements."""
    return (match[1] for match in _IMPORT.finditer(text))


def _joined(folder: str, relative: str) -> str:
    parts = folder.split("/")
    for step in relative.split("/"):
        if step == "..":
            parts.pop()
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


def _compile(root: Path, question: dict[str, Any]) -> dict[str, Any]:
    import solcx
    from solcx.exceptions import SolcError

    package = root / "hardhat" / "node_modules" / "solc"
    beside = Path(sys.executable).parent / "node"
    node = str(beside) if beside.exists() else shutil.which("node")
    if not package.is_dir() or node is None:
        raise SourcesMissing(str(package) if node is not None else "node")
    with tempfile.TemporaryDirectory(prefix="alliance-solc-") as folder:
        command = Path(folder) / "solc"
        command.write_text(f'#!/bin/sh\nexec "{node}" "{_SCRIPT}" "{package.resolve()}" "$@"\n')
        command.chmod(0o700)
        try:
            answer: dict[str, Any] = solcx.compile_standard(question, solc_binary=command)
        except (SolcError, OSError, ValueError) as error:
            raise CompilerRefused(f"the sources do not compile: {str(error)[:500]}") from error
    return answer


def _compiled(contract: dict[str, Any]) -> Compiled:
    runtime = contract["evm"]["deployedBytecode"]
    masked = [spot for spots in runtime.get("immutableReferences", {}).values() for spot in spots]
    for libraries in runtime.get("linkReferences", {}).values():
        masked += [spot for spots in libraries.values() for spot in spots]
    return Compiled(
        bytes.fromhex(contract["evm"]["bytecode"]["object"]),
        bytes.fromhex(runtime["object"]),
        tuple(sorted((spot["start"], spot["length"]) for spot in masked)),
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise SourcesMissing(str(path)) from error
    return content
