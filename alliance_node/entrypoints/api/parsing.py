"""Strict reading of amounts and instants from the outside world. Pure; shared by the hot routes and FastAPI's models.

An amount is a decimal string in the program's currency; it becomes integer minor units or it is refused. No float is
ever made on the way.
"""

import re
from datetime import datetime
from functools import lru_cache

MAXIMUM_MINOR = 10**12
FIRST_INSTANT = 0
LAST_INSTANT = 253_402_300_799
_KEPT = 8_192
"""Texts whose reading is remembered: at ten thousand events a second most seconds and many prices come again."""

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,6}))?", re.ASCII)
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)


class MalformedValue(ValueError):
    """A value which no reading of the field allows. `field` and `reason` never repeat what was sent."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def parse_amount(text: str, scale: int, field: str = "amount") -> int:
    """Integer minor units of a decimal string such as "12.34" at scale 2; raises MalformedValue."""
    return _amount(text, scale, field)


@lru_cache(maxsize=_KEPT)
def _amount(text: str, scale: int, field: str) -> int:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise MalformedValue(field, 'must be a decimal string without sign, exponent or spaces, like "12.34"')
    whole, fraction = match.group(1), match.group(2) or ""
    if len(fraction) > scale:
        raise MalformedValue(field, f"has more than {scale} decimal places")
    minor: int = int(whole) * 10**scale + int(fraction.ljust(scale, "0") or "0")
    if minor > MAXIMUM_MINOR:
        raise MalformedValue(field, "is larger than any real purchase")
    return minor


def parse_instant(text: str, field: str = "occurred_at") -> int:
    """Unix seconds of an RFC 3339 timestamp with offset; fractions of a second are cut; raises MalformedValue."""
    return _instant(text, field)


@lru_cache(maxsize=_KEPT)
def _instant(text: str, field: str) -> int:
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise MalformedValue(field, "must be RFC 3339 with an offset, like 2026-03-01T09:30:00+08:00")
    date, time, offset = match.groups()
    try:
        moment = datetime.fromisoformat(f"{date}T{time}{'+00:00' if offset in 'Zz' else offset}")
        seconds = int(moment.timestamp())
    except (ValueError, OverflowError):
        raise MalformedValue(field, "is not a moment that exists") from None
    if not FIRST_INSTANT <= seconds <= LAST_INSTANT:
        raise MalformedValue(field, "lies outside the years 1970 to 9999")
    return seconds


def format_amount(minor: int, scale: int) -> str:
    """The inverse of `parse_amount`."""
    if scale == 0:
        return str(minor)
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}"
