"""Owns the value types of a program file: identifiers, exact decimal texts, local times. No float ever enters."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints

from alliance_node.domain.instants import Instant, zone

CURRENCY_EXPONENTS = {"CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2, "JPY": 0, "KRW": 0, "SGD": 2, "TWD": 2, "USD": 2}
"""Decimal places of the currencies that a program may use (ISO 4217)."""

MAX_AMOUNT_MINOR = 10**12
"""The largest amount of money in one event."""

MAX_POINTS = 10**15
"""The most points that any single event may give; programs that could exceed it are refused."""


class Section(BaseModel):
    """A part of a program file: unknown fields are refused, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _exact_decimal(value: object) -> object:
    if isinstance(value, float):
        raise ValueError('write decimal numbers in quotes, e.g. "1.20", so that no digit is lost')
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _known_zone(value: str) -> str:
    zone(value)
    return value


def _local_time(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError("write a date and time, e.g. 2026-11-11T00:00 (local) or with an offset") from error
    return value


Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=80)]
DecimalText = Annotated[str, BeforeValidator(_exact_decimal), StringConstraints(pattern=r"^\d{1,10}(\.\d{1,6})?$")]
TimeZoneName = Annotated[str, AfterValidator(_known_zone)]
LocalTime = Annotated[str, AfterValidator(_local_time)]
PositiveInt = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]
CountInt = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Months = Annotated[int, Field(strict=True, ge=1, le=240)]
Flag = StrictBool


class Text(Section):
    """A short text in both languages of the pages."""

    en: Label
    zh: Label

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


def to_fraction(text: str) -> Fraction:
    """The exact value of a decimal text."""
    return Fraction(text)


def to_minor(text: str, exponent: int) -> int:
    """Money as integer minor units. Raises `ValueError` when the text has more decimals than the currency."""
    value = Fraction(text) * 10**exponent
    if value.denominator != 1:
        raise ValueError(f"{text} has more than {exponent} decimals")
    return int(value)


def to_instant(text: str, tz: str) -> Instant:
    """An instant from a time with offset, or from a local time in the program's zone."""
    value = datetime.fromisoformat(text)
    return int((value if value.tzinfo else value.replace(tzinfo=zone(tz))).timestamp())


def skipped_by_the_clock(text: str, tz: str) -> bool:
    """Whether a local time does not exist because the clock jumps over it; a time with an offset always exists."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is not None:
        return False
    there = datetime.fromtimestamp(to_instant(text, tz), zone(tz))
    return there.replace(tzinfo=None) != value
