"""Opens a data file by its kind: Parquet by its first bytes, anything else is CSV."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from alliance_node.adapters.files.csv_rows import CsvRows
from alliance_node.adapters.files.parquet_rows import ParquetRows
from alliance_node.application.importing.errors import FileUnusable
from alliance_node.application.importing.rows import Column

_PARQUET = b"PAR1"


def open_rows(
    path: Path, columns: Sequence[Column], mapping: Mapping[str, str], encoding: str = "utf-8"
) -> CsvRows | ParquetRows:
    """The rows of a file. Raises FileUnusable."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_PARQUET))
    except OSError as error:
        raise FileUnusable(f"{path}: {error.strerror}", "Name a readable CSV or Parquet file.") from None
    if start == _PARQUET:
        return ParquetRows(path, columns, mapping)
    return CsvRows(path, columns, mapping, encoding)
