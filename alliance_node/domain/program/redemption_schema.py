"""Owns the schema of what points buy: the eight channel kinds, redemption days, benefits, gifts between members."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from alliance_node.domain.program.rules_schema import Limit, Period, When
from alliance_node.domain.program.values import (
    CountInt,
    DecimalText,
    Flag,
    Identifier,
    LocalTime,
    PositiveInt,
    Section,
    Text,
    to_fraction,
)

MINIMUM_CHANNEL_KINDS = 3
ADVISED_CHANNEL_KINDS = 5


class Offered(Section):
    """What every option has: who may have it, and when. `from` is included, `until` is not; weekdays count Monday as 1,
    -1 is the last day of a month (R-EARN-5: options of a member day)."""

    id: Identifier
    name: Text
    tiers: list[Identifier] | None = Field(default=None, min_length=1)
    starts: LocalTime | None = Field(default=None, alias="from")
    until: LocalTime | None = None
    weekdays: list[Annotated[int, Field(strict=True, ge=1, le=7)]] | None = Field(default=None, min_length=1)
    days_of_month: list[Annotated[int, Field(strict=True, ge=-1, le=31)]] | None = Field(default=None, min_length=1)
    limits: list[Limit] = Field(default=[], max_length=6)

    @model_validator(mode="after")
    def _no_day_zero(self) -> Offered:
        if self.days_of_month is not None and 0 in self.days_of_month:
            raise ValueError("0 is no day of a month; -1 is its last day")
        return self


class Offset(Offered):
    """R-RED-2, R-VAL-2: points pay part of an order. `points` are worth `value`; all offsets of one order together
    pay at most `max_order_percent` of it."""

    kind: Literal["offset"]
    points: PositiveInt
    value: DecimalText
    max_order_percent: int = Field(default=100, strict=True, ge=1, le=100)


class Award(Offered):
    """Something with a price in points, and in `cash` besides when it has one: a coupon, a physical gift, an
    experience, a benefit. `points_only` marks goods that no money can buy (R-RED-9). A benefit option gives `uses` of
    `benefit`."""

    kind: Literal["coupon", "gift", "experience", "benefit"]
    points: PositiveInt
    points_by_tier: dict[Identifier, PositiveInt] = {}
    cash: DecimalText = "0"
    value: DecimalText
    stock: CountInt | None = None
    points_only: Flag = False
    benefit: Identifier | None = None
    uses: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Award:
        if self.benefit is not None and self.kind != "benefit":
            raise ValueError(f"a {self.kind} cannot give uses of a benefit; kind must be benefit")
        if self.points_only and to_fraction(self.cash) != 0:
            raise ValueError(f"points_only goods cost no money, but cash is {self.cash}")
        return self


class Flash(Offered):
    """R-RED-4: limited stock in a window, for points and `cash` (a 1-yuan deal). Never oversold."""

    kind: Literal["flash"]
    points: PositiveInt
    cash: DecimalText = "0"
    value: DecimalText
    stock: PositiveInt

    @model_validator(mode="after")
    def _has_a_window(self) -> Flash:
        if self.starts is None or self.until is None:
            raise ValueError("a flash sale needs from and until")
        return self


class Donation(Offered):
    """R-RED-1: points go to a good cause in steps of `points`, for each of which the brand gives `value`. Final."""

    kind: Literal["donation"]
    points: PositiveInt
    value: DecimalText


class Prize(Section):
    """`winners` tickets win this: `points`, or a thing that the brand hands over."""

    id: Identifier
    name: Text
    winners: Annotated[int, Field(strict=True, ge=1, le=100_000)]
    value: DecimalText
    points: CountInt = 0


class Lottery(Offered):
    """R-RED-3: tickets for `points` until the entries close at `until`; at most `tickets` in all. Seeds are revealed by
    `reveal_by`. Every ticket wins at most once; the draw is in docs/lottery.md and anyone can verify it."""

    kind: Literal["lottery"]
    points: PositiveInt
    tickets: Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
    reveal_by: LocalTime
    prizes: list[Prize] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _closes_and_has_losers_or_not(self) -> Lottery:
        if self.starts is None or self.until is None:
            raise ValueError("a lottery needs from and until (when its entries close)")
        if sum(prize.winners for prize in self.prizes) > self.tickets:
            raise ValueError(f"more winners than the {self.tickets} tickets")
        if len({prize.id for prize in self.prizes}) != len(self.prizes):
            raise ValueError("two prizes have the same id")
        return self


Offer = Annotated[Offset | Award | Flash | Donation | Lottery, Field(discriminator="kind")]


def enough_channels(offers: list[Offer]) -> list[Offer]:
    """R-RED-1. Raises `ValueError` when there are too few kinds."""
    kinds = sorted({offer.kind for offer in offers})
    if len(kinds) < MINIMUM_CHANNEL_KINDS:
        raise ValueError(
            f"{len(kinds)} redemption channel kinds ({', '.join(kinds) or 'none'}); "
            f"at least {MINIMUM_CHANNEL_KINDS} are needed (R-RED-1)"
        )
    return offers


class RedemptionDay(Section):
    """R-RED-6: while `when` holds, options cost `percent` of their point price, rounded up; the cheapest day counts.
    Only dates, weekdays, days of the month and tiers may be given in `when`."""

    id: Identifier
    label: Text
    when: When
    percent: Annotated[int, Field(strict=True, ge=1, le=99)]
    applies_to: list[Identifier] | None = Field(default=None, min_length=1)


class Allowance(Section):
    """So many uses in each period of the member's calendar; no number: as often as wanted."""

    tier: Identifier
    per: Period = "year"
    times: PositiveInt | None = None


class Benefit(Section):
    """R-BEN-1: something members of a tier may use, counted. Lower tiers may buy uses through a benefit option."""

    id: Identifier
    name: Text
    allowances: list[Allowance] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def _one_allowance_a_tier(self) -> Benefit:
        tiers = [allowance.tier for allowance in self.allowances]
        if len(set(tiers)) != len(tiers):
            raise ValueError("two allowances for the same tier")
        return self


class MemberGifts(Section):
    """R-ALL-10: members may give points to members of the same brand. Absent from a program: they may not. Only points
    that could be converted (matured, not bonus, of that age, no debt) can be given; what was received cannot be given
    on or converted."""

    minimum_points: PositiveInt = 1
    daily_maximum_points: PositiveInt
    monthly_maximum_times: PositiveInt
    minimum_age_days: int = Field(default=0, strict=True, ge=0, le=365)
    receiver_monthly_maximum_points: PositiveInt | None = None
