"""Owns redemption options and redemption days with their numbers resolved: money in minor units, times as instants."""

from __future__ import annotations

import msgspec

from alliance_node.domain.instants import (
    FAR_FUTURE,
    Instant,
    day_of_month,
    weekday,
)
from alliance_node.domain.program.lower import lower_limits
from alliance_node.domain.program.plan import PlanLimit
from alliance_node.domain.program.redemption_schema import Award, Flash, Lottery, Offer, RedemptionDay
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import to_instant, to_minor


class Dates(msgspec.Struct, frozen=True):
    """A window (`starts` included, `until` not) and, inside it, the days that count; empty: every day."""

    starts: Instant
    until: Instant
    weekdays: tuple[int, ...] = ()
    days_of_month: tuple[int, ...] = ()

    def in_window(self, at: Instant) -> bool:
        """Whether the instant is inside the window."""
        return self.starts <= at < self.until

    def on_day(self, day: int) -> bool:
        """Whether the local day is one of those named; -1 is the last day of its month."""
        if self.weekdays and weekday(day) not in self.weekdays:
            return False
        number = day_of_month(day)
        if not self.days_of_month or number in self.days_of_month:
            return True
        return -1 in self.days_of_month and day_of_month(day + 1) == 1


class CompiledOffer(msgspec.Struct, frozen=True):
    """A redemption option with its numbers resolved. `limit_id` is empty when the stock is unlimited."""

    offer: Offer
    value_minor: int
    limit_id: str
    limits: tuple[PlanLimit, ...]
    dates: Dates
    cash_minor: int = 0

    @property
    def starts(self) -> Instant:
        return self.dates.starts

    @property
    def until(self) -> Instant:
        return self.dates.until


class CompiledDay(msgspec.Struct, frozen=True):
    """R-RED-6: while its dates hold, members of `tiers` (empty: all) pay `percent` of the price of the options."""

    day_id: str
    percent: int
    dates: Dates
    tiers: tuple[str, ...]
    options: frozenset[str]


def stock_of(offer: Offer) -> int | None:
    """How many there are in all, or None when there is no end."""
    match offer:
        case Award() | Flash():
            return offer.stock
        case Lottery():
            return offer.tickets
        case _:
            return None


def compile_offer(offer: Offer, file: ProgramFile) -> CompiledOffer:
    """The option of a checked program."""
    exponent = file.currency_exponent
    dates = _dates(offer.starts, offer.until, offer.weekdays, offer.days_of_month, file.timezone)
    return CompiledOffer(
        offer,
        0 if isinstance(offer, Lottery) else to_minor(offer.value, exponent),
        f"stock:{offer.id}" if stock_of(offer) is not None else "",
        lower_limits(offer.limits, f"redeem/{offer.id}"),
        dates,
        to_minor(offer.cash, exponent) if isinstance(offer, Award | Flash) else 0,
    )


def compile_day(day: RedemptionDay, file: ProgramFile) -> CompiledDay:
    """The redemption day of a checked program."""
    when = day.when
    return CompiledDay(
        day.id,
        day.percent,
        _dates(when.starts, when.until, when.weekdays, when.days_of_month, file.timezone),
        tuple(when.tiers or ()),
        frozenset(day.applies_to or (offer.id for offer in file.redemption)),
    )


def _dates(
    starts: str | None, until: str | None, weekdays: list[int] | None, days_of_month: list[int] | None, tz: str
) -> Dates:
    return Dates(
        to_instant(starts, tz) if starts else 0,
        to_instant(until, tz) if until else FAR_FUTURE,
        tuple(weekdays or ()),
        tuple(days_of_month or ()),
    )
