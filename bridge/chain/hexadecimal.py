"""Hexadecimal JSON-RPC values to bytes and integers, and nothing else.

Owns the one error that every malformed answer of an RPC ends in. It may not guess: a value that is missing, odd or not
hexadecimal is refused, because what is read here is hashed afterwards.
"""

from collections.abc import Mapping
from typing import Any


class MalformedChainData(ValueError):
    """An RPC answered with something that isn't the JSON shape of a block, transaction, receipt or proof."""

    def __init__(self, field: str, value: object) -> None:
        self.field = field
        self.value = value
        super().__init__(
            f"the RPC's field {field!r} is malformed or missing: {str(value)[:80]!r}; use another RPC node"
        )


def data_of(row: Mapping[str, Any], field: str) -> bytes:
    """The bytes of a `0x…` data field (an even number of digits)."""
    return parse_data(_field(row, field), field)


def parse_data(value: object, field: str) -> bytes:
    """The bytes of `0x…` text: digits only, because `bytes.fromhex` would also take spaces, and who reads the text
    by position would then read other values than were hashed."""
    if isinstance(value, str) and value[:2] == "0x":
        try:
            data = bytes.fromhex(value[2:])
        except ValueError as error:
            raise MalformedChainData(field, value) from error
        if len(value) == 2 + 2 * len(data):
            return data
    raise MalformedChainData(field, value)


def quantity_of(row: Mapping[str, Any], field: str) -> int:
    """The integer of a `0x…` quantity field."""
    value = _field(row, field)
    try:
        return int(value, 16)
    except (TypeError, ValueError) as error:
        raise MalformedChainData(field, value) from error


def _field(row: Mapping[str, Any], field: str) -> Any:
    """An RPC may put anything where a row belongs."""
    try:
        return row.get(field)
    except AttributeError as error:
        raise MalformedChainData(field, row) from error


def minimal_bytes(value: int) -> bytes:
    """RLP's integer form: big-endian, no leading zero, zero is the empty string."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def quantity_bytes(row: Mapping[str, Any], field: str) -> bytes:
    return minimal_bytes(quantity_of(row, field))
