"""CSV files as rows: comma separated, quotes doubled, one header line; UTF-8 (with or without BOM) or GB18030.

Owns the reading of text only. Lines are decoded one by one, so that a bad byte spoils its own record and no more.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from alliance_node.adapters.files.digests import content_digest
from alliance_node.adapters.files.headers import fields_of
from alliance_node.application.importing.errors import FileUnusable
from alliance_node.application.importing.rows import Column, Row

ENCODINGS = ("utf-8", "gb18030")
MAX_LINE_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"
_BAD = "\ufffd"


class CsvRows:
    """Implements `application.importing.ports.RowSource`."""

    def __init__(self, path: Path, columns: Sequence[Column], mapping: Mapping[str, str], encoding: str) -> None:
        if encoding.lower() not in ENCODINGS:
            raise FileUnusable(f"encoding {encoding!r} is none of {', '.join(ENCODINGS)}")
        self._path = path
        self._columns = columns
        self._mapping = mapping
        self._encoding = encoding.lower()
        self.digest, self.size = content_digest(path, ["csv", self._encoding, *map("=".join, sorted(mapping.items()))])

    def rows(self, skip: int) -> Iterator[Row]:
        """Blank lines are no records. Raises FileUnusable."""
        with self._path.open("rb") as file:
            records = _records(_lines(file, self._encoding))
            _, header, problem = next(records, (0, [], None))
            if problem is not None or not header:
                raise FileUnusable(f"{self._path.name} has no readable header line")
            fields = fields_of([name.strip() for name in header], self._columns, self._mapping)
            for position, (line, cells, problem) in enumerate(records):
                if position >= skip:
                    yield _row(line, fields, cells, problem)


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    first = True
    while line := file.readline(MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES:
            raise FileUnusable(f"a line is longer than {MAX_LINE_BYTES} bytes: this is no CSV file")
        if first and encoding == "utf-8":
            line = line.removeprefix(_BOM)
        first = False
        yield line.decode(encoding, errors="replace")


def _records(lines: Iterable[str]) -> Iterator[tuple[int, list[str], str | None]]:
    """(line, cells, what is wrong) of every line that is not blank. A record is one line: a quote that is never closed
    spoils its own line instead of swallowing the next ones."""
    for number, line in enumerate(lines, 1):
        try:
            cells = next(csv.reader([line], strict=True), [])
        except csv.Error as error:
            yield number, [], str(error)
            continue
        if cells:
            yield number, cells, None


def _row(line: int, fields: Sequence[str], cells: Sequence[str], problem: str | None) -> Row:
    if problem is not None:
        return Row(line, {}, ("malformed_csv", problem))
    if len(cells) != len(fields):
        return Row(line, {}, ("column_count", f"{len(cells)} values in {len(fields)} columns"))
    values = {field: cell.strip() for field, cell in zip(fields, cells, strict=True) if field}
    bad = [field for field, value in values.items() if _BAD in value]
    if bad:
        return Row(line, values, ("not_in_encoding", f"{', '.join(bad)} is not text in the file's encoding"))
    return Row(line, values)
