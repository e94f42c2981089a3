"""Owns the schema of a program file: one brand's versioned, effective-dated rules. Checks inside one section live here,
checks across sections in `checks.py`; unknown fields are refused everywhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from alliance_node.domain.program.rules_schema import Earn, Growth, Limit
from alliance_node.domain.program.values import (
    CURRENCY_EXPONENTS,
    CountInt,
    DecimalText,
    Identifier,
    LocalTime,
    Months,
    PositiveInt,
    Section,
    Text,
    TimeZoneName,
    to_fraction,
)

MINIMUM_CHANNEL_KINDS = 3
ADVISED_CHANNEL_KINDS = 5


def _known_currency(value: str) -> str:
    if value not in CURRENCY_EXPONENTS:
        raise ValueError(f"currency {value} is not one of {', '.join(CURRENCY_EXPONENTS)}")
    return value


class Points(Section):
    """The program's points: their code in the journal, and what a typical purchase is for computing returns."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,15}$")]
    name: Text
    typical_purchase: DecimalText = "20.00"


class Tier(Section):
    """A step of the ladder, reached at `at_least` growth value or cumulative spend."""

    id: Identifier
    name: Text
    at_least: DecimalText


class Tiers(Section):
    """R-TIER-1, R-TIER-5: the ladder, what is measured, and how long a reached tier is protected."""

    basis: Literal["growth", "spend"] = "growth"
    protection_months: int = Field(default=12, strict=True, ge=0, le=36)
    downgrade: Literal["one_step", "earned"] = "earned"
    ladder: list[Tier] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _ladder_rises(self) -> Tiers:
        if to_fraction(self.ladder[0].at_least) != 0:
            raise ValueError("the first tier of the ladder must start at 0")
        for lower, upper in zip(self.ladder, self.ladder[1:], strict=False):
            if to_fraction(upper.at_least) <= to_fraction(lower.at_least):
                raise ValueError(f"tier {upper.id} at {upper.at_least} must be above {lower.id} at {lower.at_least}")
        return self


class Rolling(Section):
    """R-EXP-2: each lot ends `months` after its own date; its last local day counts in full."""

    policy: Literal["rolling"]
    months: Months


class FixedTerm(Section):
    """R-EXP-1: lots end together, at the end of the calendar `boundary` in which their `months` run out."""

    policy: Literal["fixed"]
    months: Months
    boundary: Literal["month", "quarter", "year"] = "year"


class NeverExpires(Section):
    policy: Literal["never"]


class Extension(Section):
    """R-EXP-3: a purchase adds `months` to every lot that would expire within `within_days` of it."""

    months: Months
    within_days: int = Field(strict=True, ge=1, le=3660)


class Expiry(Section):
    """When lots end; `grace_days` is the least life of points given back after their lot had expired."""

    term: Annotated[Rolling | FixedTerm | NeverExpires, Field(discriminator="policy")]
    extension: Extension | None = None
    grace_days: int = Field(default=30, strict=True, ge=1, le=365)


class Offset(Section):
    """R-RED-2: points pay part of an order. `points` are worth `value`; at most `max_order_percent` of the order."""

    kind: Literal["offset"]
    id: Identifier
    name: Text
    points: PositiveInt
    value: DecimalText
    max_order_percent: int = Field(default=100, strict=True, ge=1, le=100)
    tiers: list[Identifier] | None = Field(default=None, min_length=1)
    limits: list[Limit] = Field(default=[], max_length=6)


class Award(Section):
    """Something with a price in points: a coupon, a physical gift, an experience, a benefit."""

    kind: Literal["coupon", "gift", "experience", "benefit"]
    id: Identifier
    name: Text
    points: PositiveInt
    value: DecimalText
    stock: CountInt | None = None
    starts: LocalTime | None = Field(default=None, alias="from")
    until: LocalTime | None = None
    tiers: list[Identifier] | None = Field(default=None, min_length=1)
    limits: list[Limit] = Field(default=[], max_length=6)


def _enough_channels(offers: list[Offset | Award]) -> list[Offset | Award]:
    kinds = sorted({offer.kind for offer in offers})
    if len(kinds) < MINIMUM_CHANNEL_KINDS:
        raise ValueError(
            f"{len(kinds)} redemption channel kinds ({', '.join(kinds) or 'none'}); "
            f"at least {MINIMUM_CHANNEL_KINDS} are needed (R-RED-1)"
        )
    return offers


Offer = Annotated[Offset | Award, Field(discriminator="kind")]


class Refunds(Section):
    """What happens to points of a refunded purchase that were already spent.

    clamp: taken from the other spendable points, never below zero; the rest is forgiven, though points that come back
    from a cancelled redemption or conversion pay it first. negative: the same, but the rest
    is owed and taken from whatever comes next. hold: owed, the other points stay, but nothing can be redeemed or
    converted until it is earned back.
    """

    spent_points: Literal["clamp", "negative", "hold"] = "negative"


class Rate(Section):
    """`numerator / denominator`, as the rate board publishes it."""

    numerator: PositiveInt
    denominator: PositiveInt


class Alliance(Section):
    """R-ALL-2, R-ALL-9: suggested rates and the conversion rules.

    `rate_in`: alliance units (0.01 alliance point = 0.001 CNY) per local point that leaves into the alliance;
    `rate_out`: local points per alliance unit that arrives.
    """

    rate_in: Rate
    rate_out: Rate
    minimum_points: PositiveInt = 1
    minimum_age_days: int = Field(default=0, strict=True, ge=0, le=365)
    daily_maximum_points: PositiveInt
    received_convertible: bool = True

    @model_validator(mode="after")
    def _no_gain_there_and_back(self) -> Alliance:
        into, out = self.rate_in, self.rate_out
        if into.numerator * out.numerator > into.denominator * out.denominator:
            raise ValueError("points converted into the alliance and back would grow: lower rate_in or rate_out")
        return self


class ProgramFile(Section):
    """One version of one brand's program."""

    program: Identifier
    schema_version: Literal[1]
    version: PositiveInt
    name: Text
    currency: Annotated[str, AfterValidator(_known_currency)]
    timezone: TimeZoneName
    points: Points
    earn: Earn
    growth: Growth = Growth()
    tiers: Tiers
    expiry: Expiry
    redemption: Annotated[list[Offer], Field(max_length=500), AfterValidator(_enough_channels)]
    refunds: Refunds = Refunds()
    alliance: Alliance | None = None

    @property
    def currency_exponent(self) -> int:
        return CURRENCY_EXPONENTS[self.currency]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a program file, for editors."""
    schema = ProgramFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Points Alliance program", **schema}
