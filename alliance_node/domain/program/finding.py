"""Owns what a check of a program yields: where, and why. The checks themselves are in `checks*.py`."""

from __future__ import annotations

from alliance_node.domain.program.values import to_minor

Path = tuple[str | int, ...]
Finding = tuple[Path, str]


def decimals_of(path: Path, text: str | None, exponent: int, currency: str) -> list[Finding]:
    """What is wrong with a money text: more decimals than the currency has."""
    if text is None:
        return []
    try:
        to_minor(text, exponent)
    except ValueError as error:
        return [(path, f"{error}: {currency} has {exponent}")]
    return []
