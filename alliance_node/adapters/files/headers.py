"""Which column of a file is which field. Owns the mapping and its refusals; reads no data.

An unknown column is refused, not ignored: a misspelt `expires_at` would silently change every expiry.
"""

from collections.abc import Mapping, Sequence

from alliance_node.application.importing.errors import FileUnusable
from alliance_node.application.importing.rows import Column

LEFT_OUT = "-"


def fields_of(header: Sequence[str], columns: Sequence[Column], mapping: Mapping[str, str]) -> list[str]:
    """The field of each column, empty for one that is left out (`--map COLUMN=-`). Raises FileUnusable."""
    known = {column.name for column in columns}
    wrong = sorted({field for field in mapping.values() if field not in known and field != LEFT_OUT})
    if wrong:
        raise FileUnusable(f"--map names unknown fields: {', '.join(wrong)}")
    missing = sorted(column for column in mapping if column not in header)
    if missing:
        raise FileUnusable(f"--map names columns that the file does not have: {', '.join(missing)}")
    fields = [mapping.get(name, name) for name in header]
    unknown = [name for name, field in zip(header, fields, strict=True) if field not in known and field != LEFT_OUT]
    if unknown:
        raise FileUnusable(
            f"unknown columns: {', '.join(map(repr, unknown))}",
            f"Map each to one of {', '.join(sorted(known))}, or leave it out with --map COLUMN={LEFT_OUT}.",
        )
    used = [field for field in fields if field != LEFT_OUT]
    doubled = sorted({field for field in used if used.count(field) > 1})
    if doubled:
        raise FileUnusable(f"several columns are the same field: {', '.join(doubled)}")
    absent = [column.name for column in columns if column.required and column.name not in used]
    if absent:
        raise FileUnusable(f"required columns are missing: {', '.join(absent)}")
    return ["" if field == LEFT_OUT else field for field in fields]
