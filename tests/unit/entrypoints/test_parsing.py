"""Amounts and instants are read exactly or refused; no reading of a bad one exists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints.api.parsing import (
    LAST_INSTANT,
    MAXIMUM_MINOR,
    MalformedValue,
    format_amount,
    parse_amount,
    parse_instant,
)


@given(st.integers(0, MAXIMUM_MINOR), st.integers(0, 3))
def test_every_amount_survives_the_way_out_and_back(minor: int, scale: int) -> None:
    assert parse_amount(format_amount(minor, scale), scale) == minor


@given(st.text(max_size=12))
def test_whatever_is_accepted_is_written_the_way_it_says(text: str) -> None:
    try:
        minor = parse_amount(text, 2)
    except MalformedValue:
        return
    whole, _, fraction = text.partition(".")
    assert text.isascii()
    assert minor == int(whole) * 100 + int((fraction + "00")[:2])


@pytest.mark.parametrize(
    ("text", "scale", "minor"),
    [
        ("0", 2, 0),
        ("0.00", 2, 0),
        ("12.34", 2, 1234),
        ("12.3", 2, 1230),
        ("12", 2, 1200),
        ("7", 0, 7),
        ("1.234", 3, 1234),
    ],
)
def test_decimal_strings_become_minor_units(text: str, scale: int, minor: int) -> None:
    assert parse_amount(text, scale) == minor


def test_the_largest_amount_is_a_bound_and_not_an_overflow() -> None:
    assert parse_amount("10000000000.00", 2) == MAXIMUM_MINOR
    with pytest.raises(MalformedValue, match="larger"):
        parse_amount("10000000000.01", 2)


@given(st.integers(0, LAST_INSTANT))
def test_every_instant_survives_the_way_out_and_back(seconds: int) -> None:
    assert parse_instant(format_instant(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-03-01T09:30:00+08:00", 1_772_328_600),
        ("2026-03-01t01:30:00.999z", 1_772_328_600),
        ("2026-02-28T20:30:00-05:00", 1_772_328_600),
    ],
)
def test_offsets_and_fractions_are_understood(text: str, seconds: int) -> None:
    assert parse_instant(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T09:30:00", "2026-03-01 09:30:00Z", "20260301T093000Z", "2026-03-01T09:30Z", "2026-13-01T09:30:00Z",
        "2026-03-01T09:60:00Z", "2026-03-01T09:30:60Z", "2026-03-01T09:30:00+25:00", "1969-12-31T23:59:59Z", "now", "",
        "2026-03-01T09:30:00Z\n", "２０26-03-01T09:30:00Z", "0001-01-01T00:00:00+14:00",
    ],
)  # fmt: skip
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(MalformedValue):
        parse_instant(text)
