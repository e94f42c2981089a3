"""The code on chain against the sources, compiled anew by the auditor.

It may not believe the code that an RPC shows: its hash must be the proven one. What a contract gets only at deployment
(immutables, links) is masked; its constructor's arguments are checked in the creation, and the compiler's hash of the
source text never runs.
"""

from collections.abc import Iterator, Mapping

from bridge.audit.creation import without_metadata
from bridge.audit.findings import Check, Finding
from bridge.audit.recompile import Compiled
from bridge.chain.hexadecimal import MalformedChainData, parse_data
from bridge.protocol.keccak import keccak

RECOMPILED = Check(
    "contract-recompiled", "DEPLOY-3", "each contract's code on chain is that of the sources, compiled by the auditor"
)


def code_is_of_the_sources(
    compiled: Mapping[str, Compiled], codes: Mapping[str, object], code_hashes: Mapping[str, str], where: str
) -> Iterator[Finding]:
    """`codes`: what the RPC shows for each contract; `code_hashes`: the proven ones."""
    for name, expected in compiled.items():
        place = f"{name} at {where}"
        proven = code_hashes.get(name)
        if proven is None:
            yield RECOMPILED.unchecked("a proven hash of the code", "none", place)
            continue
        code = _bytes(codes.get(name))
        if code is None or f"0x{keccak(code).hex()}" != proven:
            yield RECOMPILED.failed(f"the code with hash {proven}", "other code, or none", place)
        elif masked(code, expected) != masked(expected.runtime, expected):
            yield RECOMPILED.failed(_digest(expected.runtime, expected), _digest(code, expected), place)


def masked(code: bytes, compiled: Compiled) -> bytes:
    """Code with zeros where deployment fills in, and without metadata."""
    changed = bytearray(code)
    for start, length in compiled.masked:
        changed[start : start + length] = bytes(len(changed[start : start + length]))
    return without_metadata(bytes(changed))


def _digest(code: bytes, compiled: Compiled) -> str:
    return f"masked code with hash 0x{keccak(masked(code, compiled)).hex()}"


def _bytes(text: object) -> bytes | None:
    try:
        return parse_data(text, "code")
    except MalformedChainData:
        return None
