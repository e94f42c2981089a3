"""Strict reading of a file's texts: whole numbers, money, times, flags. Pure; no float is ever made on the way.

Messages name the column and never repeat the value: it may be personal data in the wrong column.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from alliance_node.application.importing.rows import RowRefused
from alliance_node.domain.commands import INTERNAL_SOURCE
from alliance_node.domain.instants import FAR_FUTURE, Instant, day_of_date, start_of_day, zone
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import MAX_AMOUNT_MINOR, MAX_POINTS

_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_MONEY = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,6}))?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
MAX_TEXT = 128


class Money(msgspec.Struct, frozen=True):
    """The program's currency: its code and decimal places."""

    currency: str
    scale: int


class Reader:
    """Reads the fields of rows for one program."""

    def __init__(self, money: Money, timezone: str) -> None:
        self.money = money
        self.timezone = timezone

    def text(self, values: Mapping[str, str], column: str) -> str:
        """A required text without control characters."""
        value = values.get(column, "")
        if not value:
            raise RowRefused("missing_value", f"{column} is empty")
        if len(value) > MAX_TEXT or not value.isprintable():
            raise RowRefused("malformed_text", f"{column} is longer than {MAX_TEXT} characters or not plain text")
        return value

    def source(self, values: Mapping[str, str]) -> str:
        """The name of the system that an event came from."""
        value = self.text(values, "source")
        if value.startswith(INTERNAL_SOURCE):
            raise RowRefused("invalid_identifier", f"source starts with the reserved prefix {INTERNAL_SOURCE!r}")
        return value

    def whole(self, values: Mapping[str, str], column: str) -> int:
        """A whole number of points or growth; empty is 0."""
        value = values.get(column, "")
        if not value:
            return 0
        if not _WHOLE.fullmatch(value) or int(value) > MAX_POINTS:
            raise RowRefused("not_a_whole_number", f"{column} is not a whole number from 0 to {MAX_POINTS}")
        return int(value)

    def amount(self, values: Mapping[str, str], column: str, maximum: int = MAX_AMOUNT_MINOR) -> int:
        """Money such as 12.30 in the program's currency, as minor units; empty is 0."""
        value = values.get(column, "")
        if not value:
            return 0
        match = _MONEY.fullmatch(value)
        if match is None:
            raise RowRefused("not_an_amount", f"{column} is not an amount such as 12.30")
        whole, fraction = match.group(1), (match.group(2) or "").rstrip("0")
        if len(fraction) > self.money.scale:
            raise RowRefused("not_an_amount", f"{column} has more than {self.money.scale} decimal places")
        minor = int(whole + fraction.ljust(self.money.scale, "0"))
        if minor > maximum:
            raise RowRefused("not_an_amount", f"{column} is larger than {maximum} minor units")
        return minor

    def readable(self, values: Mapping[str, str], column: str, *, money: bool = False) -> int:
        """The number if it can be read, else 0."""
        with suppress(RowRefused):
            return self.amount(values, column) if money else self.whole(values, column)
        return 0

    def flag(self, values: Mapping[str, str], column: str) -> bool:
        """True or false; empty is false."""
        value = values.get(column, "").lower()
        if value and value not in _FLAGS:
            raise RowRefused("not_a_flag", f"{column} is neither true nor false")
        return _FLAGS.get(value, False)

    def instant(self, values: Mapping[str, str], column: str, *, end: bool = False) -> Instant | None:
        """A time with offset, or local in the program's zone; a date alone is its first instant, with `end` the first
        instant after it (the last day counts in full). Empty is None."""
        value = values.get(column, "")
        if not value:
            return None
        try:
            found = self._instant(value, end)
        except (ValueError, OverflowError):
            found = None
        if found is None or not 0 <= found <= FAR_FUTURE:
            raise RowRefused("not_a_time", f"{column} is not a time such as 2026-01-31 or 2026-01-31T10:00:00+08:00")
        return found

    def _instant(self, value: str, end: bool) -> Instant | None:
        if _DATE.fullmatch(value):
            date = datetime.fromisoformat(value).date()
            if end and date == date.max:
                return FAR_FUTURE
            return start_of_day(day_of_date(date + timedelta(days=1) if end else date), self.timezone)
        if not _TIME.fullmatch(value):
            return None
        moment = datetime.fromisoformat(value.upper())
        return int((moment if moment.tzinfo else moment.replace(tzinfo=zone(self.timezone))).timestamp())


def reader_of(program: ProgramFile) -> Reader:
    """The reader of files for a program: its currency, its time zone."""
    return Reader(Money(program.currency, program.currency_exponent), program.timezone)
