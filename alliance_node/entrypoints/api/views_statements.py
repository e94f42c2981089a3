"""Statements as JSON."""

from typing import Any

from alliance_node.application.statement_records import StatementRow
from alliance_node.application.statements import UnknownStatement
from alliance_node.domain.instants import format_instant


def statement(row: StatementRow) -> dict[str, Any]:
    """One line of `GET /v1/statements`."""
    return {
        "month": month_text(row.month),
        "cut_off": format_instant(row.cut_off),
        "total_points": row.total_points,
        "log_size": row.log_size,
        "leaves": row.leaves,
        "rate_version": row.rate_version,
        "liabilities_root": "0x" + row.liabilities_root.hex(),
        "published_block": row.published_block,
    }


def month_text(month: int) -> str:
    """672 → `2026-01`."""
    return f"{1970 + month // 12:04d}-{month % 12 + 1:02d}"


def month_number(text: str) -> int:
    """`2026-01` → 672. Raises UnknownStatement for anything that is no month."""
    year, _, number = text.partition("-")
    if not (len(text) == 7 and year.isdecimal() and number.isdecimal() and 1 <= int(number) <= 12):
        raise UnknownStatement(f"{text[:20]!r} is not a month", "Write months as 2026-01.")
    return (int(year) - 1970) * 12 + int(number) - 1
