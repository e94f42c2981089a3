"""The shapes between a file and the ledger: rows in, items of work, and what became of them. No behaviour."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec


class Column(msgspec.Struct, frozen=True):
    """A field that a file may have. `required`: the file must have the column and each row a value."""

    name: str
    about: str
    required: bool = False


class Row(msgspec.Struct, frozen=True):
    """One record of a file: texts by field, empty where there is nothing. `line` is what an editor shows (CSV), or the
    record's number (Parquet). A record that cannot be read has a `problem` (code, message) and no values."""

    line: int
    values: Mapping[str, str]
    problem: tuple[str, str] | None = None


class Rejection(msgspec.Struct, frozen=True):
    """Why a line was not imported."""

    line: int
    code: str
    message: str


class RowRefused(Exception):
    """A value of a row that no reading allows."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Item(msgspec.Struct, frozen=True):
    """What is decided as one: a member, an opening of several lines, a purchase. With `rejections` nothing is.
    `totals` is what the lines say, as far as they can be read: what a rejection leaves out."""

    lines: tuple[int, ...]
    content: Any = None
    rejections: tuple[Rejection, ...] = ()
    totals: Mapping[str, int] = {}


class Outcome(msgspec.Struct, frozen=True):
    """What became of an item; `totals` are its points, money and counts, by name."""

    status: Literal["new", "already", "rejected"]
    totals: Mapping[str, int] = {}
    rejections: tuple[Rejection, ...] = ()


class Person(msgspec.Struct, frozen=True):
    """A new member's pseudonym and personal data in normal form, on the way into the vault."""

    member_id: str
    fields: Mapping[str, str]


def refused_item(line: int, code: str, message: str, totals: Mapping[str, int]) -> Item:
    """An item of one line that cannot be carried out."""
    return Item((line,), None, (Rejection(line, code, message),), totals)


def rejections_of(lines: tuple[int, ...], line: int, code: str, message: str) -> tuple[Rejection, ...]:
    """One rejection for each line: the reason for the line at fault, a pointer to it for the others."""
    pointer = f"not imported because of line {line}"
    return tuple(Rejection(n, code, message) if n == line else Rejection(n, "incomplete", pointer) for n in lines)
