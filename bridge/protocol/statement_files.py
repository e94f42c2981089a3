"""The files in which statements and members' proofs travel: versioned, canonical JSON.

Pure: owns the text form; the meaning is in statements.py, liabilities.py and log_proofs.py. Bytes are 0x-hexadecimal,
amounts that may pass 2^53 are decimal strings, keys are sorted, so the same content is the same bytes.
"""

import uuid
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from bridge.protocol.liabilities import Inclusion, Node, Part
from bridge.protocol.statements import Head, Statement, month_of_text, month_text
from bridge.protocol.words import format_address, parse_address

STATEMENT_FORMAT = "points-alliance-statement/1"
INCLUSION_FORMAT = "points-alliance-inclusion/1"


_Kind = TypeVar("_Kind", bound="StatementFile | InclusionFile")


class MalformedFile(ValueError):
    """Not a file of this kind and version, or damaged."""

    code = "malformed_file"
    next_step = "Get the file again; a file of a newer version needs a newer program."


class StatementText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement's fields as text."""

    month: str
    cut_off: int
    head_day: int
    log_size: int
    log_root: str
    liabilities_root: str
    total_points: str
    leaves: int
    rate_version: int

    def parsed(self) -> Statement:
        """Raises ValueError."""
        root, tree = unhex(self.log_root), unhex(self.liabilities_root)
        numbers = self.cut_off, self.head_day, self.log_size
        total = natural(self.total_points)
        return Statement(month_of_text(self.month), *numbers, root, tree, total, self.leaves, self.rate_version)


class NodeText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A node of the tree of liabilities; `sum` in millionths of a point."""

    hash: str
    sum: str

    def parsed(self) -> Node:
        """Raises ValueError."""
        return unhex(self.hash), natural(self.sum)


class HeadText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day's head with the proof that it continues the head before it (empty for a log's first head)."""

    day: int
    size: int
    root: str
    consistency: list[str]

    def parsed(self) -> tuple[Head, list[bytes]]:
        """Raises ValueError."""
        return Head(self.day, self.size, unhex(self.root)), [unhex(one) for one in self.consistency]


class PartText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of a member's two leaves."""

    index: int
    salt: str
    amount: str
    path: list[NodeText]

    def parsed(self) -> Part:
        """Raises ValueError."""
        path = tuple(node.parsed() for node in self.path)
        return Part(self.index, unhex(self.salt), natural(self.amount), path)


class StatementFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a brand publishes each month. `top`: the root's two children. `heads`: since the file before."""

    format: str
    chain_id: int
    registry: str
    brand_id: int
    statement: StatementText
    top: list[NodeText]
    heads: list[HeadText]


class InclusionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a member downloads. `witness`: the registry's slot at a block, once the statement is final there."""

    format: str
    chain_id: int
    registry: str
    brand_id: int
    statement: StatementText
    member_id: str
    points: str
    first: PartText
    second: PartText
    witness: dict[str, Any] | None = None

    def parsed(self) -> Inclusion:
        """Raises ValueError."""
        member = uuid.UUID(self.member_id).bytes
        return Inclusion(member, natural(self.points), self.first.parsed(), self.second.parsed())


def statement_text(statement: Statement) -> StatementText:
    """The text form."""
    return StatementText(
        month_text(statement.month),
        statement.cut_off,
        statement.head_day,
        statement.log_size,
        enhex(statement.log_root),
        enhex(statement.liabilities_root),
        str(statement.total_points),
        statement.leaves,
        statement.rate_version,
    )


def head_text(head: Head, consistency: Sequence[bytes]) -> HeadText:
    """The text form."""
    return HeadText(head.day, head.size, enhex(head.root), [enhex(one) for one in consistency])


def node_text(node: Node) -> NodeText:
    """The text form."""
    return NodeText(enhex(node[0]), str(node[1]))


def part_text(part: Part) -> PartText:
    """The text form."""
    return PartText(part.index, enhex(part.salt), str(part.amount), [node_text(node) for node in part.path])


def inclusion_file(
    chain_id: int,
    registry: bytes,
    brand_id: int,
    statement: Statement,
    inclusion: Inclusion,
    witness: dict[str, Any] | None,
) -> InclusionFile:
    """A member's file."""
    return InclusionFile(
        INCLUSION_FORMAT,
        chain_id,
        format_address(registry),
        brand_id,
        statement_text(statement),
        str(uuid.UUID(bytes=inclusion.member_id)),
        str(inclusion.points),
        part_text(inclusion.first),
        part_text(inclusion.second),
        witness,
    )


def encode(file: msgspec.Struct) -> bytes:
    """Canonical bytes: sorted keys, no spaces, one newline at the end."""
    return msgspec.json.encode(file, order="sorted") + b"\n"


def read_statement(data: bytes) -> StatementFile:
    """Raises MalformedFile, also for bytes that are not canonical: one statement is one file."""
    file = _decode(data, StatementFile, STATEMENT_FORMAT)
    if encode(file) != data:
        raise MalformedFile("the statement file is not in its canonical form")
    _parse(lambda: (file.statement.parsed(), [one.parsed() for one in file.heads], [one.parsed() for one in file.top]))
    _parse(lambda: parse_address(file.registry))
    if len(file.top) != 2:
        raise MalformedFile("the statement file must show the root's two children")
    return file


def read_inclusion(data: bytes) -> InclusionFile:
    """Raises MalformedFile. Spaces and the order of keys do not matter in a member's own file."""
    file = _decode(data, InclusionFile, INCLUSION_FORMAT)
    _parse(lambda: (file.parsed(), file.statement.parsed(), parse_address(file.registry)))
    return file


def enhex(value: bytes) -> str:
    """0x-hexadecimal."""
    return "0x" + value.hex()


def unhex(text: str) -> bytes:
    """Raises ValueError."""
    if not text.startswith("0x"):
        raise ValueError(f"{text[:80]!r} is not 0x-hexadecimal")
    return bytes.fromhex(text[2:])


def natural(text: str) -> int:
    """A decimal number without sign, at most 39 digits. Raises ValueError."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 39):
        raise ValueError(f"{text[:80]!r} is not an amount")
    return int(text)


def _decode(data: bytes, kind: type[_Kind], wanted: str) -> _Kind:
    try:
        file = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedFile(f"not a file of the form {wanted}: {error}") from error
    if file.format != wanted:
        raise MalformedFile(f"the file's form is {file.format!r}; this program reads {wanted!r}")
    return file


def _parse(parts: Any) -> None:
    try:
        parts()
    except ValueError as error:
        raise MalformedFile(f"the file is damaged: {error}") from error
