"""Parquet files as rows of texts, the same texts that a CSV file of the same data would hold.

Owns the reading of typed values. No float becomes a number: a float column makes its rows unreadable, one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from alliance_node.adapters.files.digests import content_digest
from alliance_node.adapters.files.headers import fields_of
from alliance_node.application.importing.errors import FileUnusable
from alliance_node.application.importing.rows import Column, Row

CHUNK_ROWS = 1_000
_BUFFER_BYTES = 1 << 16


class ParquetRows:
    """Implements `application.importing.ports.RowSource`."""

    def __init__(self, path: Path, columns: Sequence[Column], mapping: Mapping[str, str]) -> None:
        self._path = path
        self._columns = columns
        self._mapping = mapping
        self.digest, _ = content_digest(path, ["parquet", *map("=".join, sorted(mapping.items()))])
        with self._opened() as file:
            self.size = int(file.metadata.num_rows)

    def rows(self, skip: int) -> Iterator[Row]:
        """Lines are record numbers, from 1."""
        with self._opened() as file:
            fields = fields_of(file.schema_arrow.names, self._columns, self._mapping)
            first = 0
            for batch in file.iter_batches(CHUNK_ROWS, use_threads=False):
                following = first + batch.num_rows
                if following > skip:
                    columns = [_values(column) for column in batch.columns]
                    for position, cells in enumerate(zip(*columns, strict=True), first):
                        if position >= skip:
                            yield _row(position + 1, fields, cells)
                first = following

    def _opened(self) -> "pyarrow.parquet.ParquetFile":
        try:
            return pyarrow.parquet.ParquetFile(self._path, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        except (pyarrow.ArrowException, OSError) as error:
            raise FileUnusable(f"{self._path.name} is not a Parquet file: {error}") from None


class Unreadable(str):
    """A value that has no exact text."""


def _values(column: "pyarrow.Array") -> list[Any]:
    """Python values, one by one where a value has no Python form."""
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError, pyarrow.ArrowException):
        return [_value(scalar) for scalar in column]


def _value(scalar: "pyarrow.Scalar") -> Any:
    try:
        return scalar.as_py()
    except (ValueError, OverflowError, pyarrow.ArrowException):
        return Unreadable("has no exact form")


def _row(line: int, fields: Sequence[str], cells: Sequence[Any]) -> Row:
    values = {field: _text(cell) for field, cell in zip(fields, cells, strict=True) if field}
    bad = [f"{field} {value}" for field, value in values.items() if isinstance(value, Unreadable)]
    if bad:
        readable = {field: value for field, value in values.items() if not isinstance(value, Unreadable)}
        return Row(line, readable, ("unreadable_type", "; ".join(bad)))
    return Row(line, values)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Unreadable():
            return value
        case str():
            return value.strip()
        case int():
            return str(value)
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case list() if all(isinstance(part, str) and ";" not in part for part in value):
            return ";".join(value)
        case float():
            return Unreadable("is a floating-point number; store it as text, integer or decimal")
        case _:
            return Unreadable("is of a type that is not read")
