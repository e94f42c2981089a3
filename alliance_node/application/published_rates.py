"""The alliance's published rates as this node saw them on final blocks, and what a change means in words (R-ALL-2).

Owns the words for a version's state and the sentence about a coming change. Quotes decide by themselves.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Literal

import msgspec
from sqlalchemy import Connection

from alliance_node.application.alliance_ports import AllianceDirectory, RateView
from alliance_node.application.ports import Database
from alliance_node.domain.instants import Instant

RateState = Literal["announced", "in_force", "superseded"]
_UNITS_PER_POINT = 100
_EXAMPLE = 100
"""Points of the example in a sentence."""


class PublishedRate(msgspec.Struct, frozen=True):
    """One version and whether it is the one that converts now."""

    rate: RateView
    state: RateState


def rates_of_brand(
    directory: AllianceDirectory, database: Database, brand_id: int | None, now: Instant
) -> tuple[int, list[PublishedRate]]:
    """The brand that was asked for, this one without a number, and its versions, newest first. Raises UnknownBrand,
    and LedgerUnreachable when it takes the ledger to tell a brand without rates from none."""
    wanted = brand_id or directory.brand_id
    with database.read() as connection:
        found = published_rates(directory, connection, wanted, now)
    if not found:
        directory.brand_code(wanted)
    return wanted, found


def published_rates(
    directory: AllianceDirectory, connection: Connection, brand_id: int, now: Instant
) -> list[PublishedRate]:
    """Every version of a brand, newest first."""
    at = directory.alliance_time(connection, now)
    versions = directory.rates(connection, brand_id)
    started = [each.version for each in versions if each.effective_at <= at]
    current = started[-1] if started else 0
    return [PublishedRate(each, _state(each.version, current)) for each in reversed(versions)]


def coming_change(
    directory: AllianceDirectory,
    connection: Connection,
    now: Instant,
    language: str,
    day: Callable[[Instant], str],
) -> str | None:
    """What changes for this brand's members when the announced version takes effect; None: nothing is announced."""
    rates = published_rates(directory, connection, directory.brand_id, now)
    new = next((each.rate for each in rates if each.state == "announced"), None)
    old = next((each.rate for each in rates if each.state == "in_force"), None)
    if new is None or old is None:
        return None
    paused = now - directory.alliance_time(connection, now)
    values = {
        "date": day(new.effective_at + paused),
        "points": _EXAMPLE,
        "gives": _alliance_points(new),
        "gave": _alliance_points(old),
        "takes": _local_points(new),
        "took": _local_points(old),
    }
    return (_CHINESE if language == "zh" else _ENGLISH).format(**values)


_ENGLISH = (
    "From {date}, {points} points sent to another brand become {gives} alliance points (now {gave}), and {points} "
    "alliance points that arrive become {takes} points here (now {took})."
)
_CHINESE = (
    "自 {date} 起，转往其他品牌时 {points} 分折合 {gives} 联盟积分（现为 {gave}）；"
    "转入时 {points} 联盟积分折合本品牌 {takes} 分（现为 {took}）。"
)


def _state(version: int, current: int) -> RateState:
    if version > current:
        return "announced"
    return "in_force" if version == current else "superseded"


def _alliance_points(rate: RateView) -> Decimal:
    return Decimal(_EXAMPLE * rate.in_numerator // rate.in_denominator) / _UNITS_PER_POINT


def _local_points(rate: RateView) -> int:
    return _EXAMPLE * _UNITS_PER_POINT * rate.out_numerator // rate.out_denominator
