"""Owns the schema of a program file: one brand's versioned, effective-dated rules. Checks inside one section live here,
checks across sections in `checks.py`; unknown fields are refused everywhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from alliance_node.domain.program.lifecycle_schema import Expiry, Promises, Recall, Tiers
from alliance_node.domain.program.redemption_schema import (
    Benefit,
    MemberGifts,
    Offer,
    RedemptionDay,
    enough_channels,
)
from alliance_node.domain.program.rules_schema import Earn, Growth
from alliance_node.domain.program.tasks_schema import Tasks
from alliance_node.domain.program.values import (
    CURRENCY_EXPONENTS,
    DecimalText,
    Identifier,
    LocalTime,
    PositiveInt,
    Section,
    Text,
    TimeZoneName,
)


def _known_currency(value: str) -> str:
    if value not in CURRENCY_EXPONENTS:
        raise ValueError(f"currency {value} is not one of {', '.join(CURRENCY_EXPONENTS)}")
    return value


class Points(Section):
    """The program's points: their code in the journal, and what a typical purchase is for computing returns."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,15}$")]
    name: Text
    typical_purchase: DecimalText = "20.00"


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


class Sponsored(Section):
    """Who pays: the budget that brand `sponsor_brand` funded for this brand on the alliance's ledger under `terms` (a
    hash of what was agreed) until `deadline`."""

    sponsor_brand: Annotated[int, Field(strict=True, ge=1, lt=1 << 32)]
    terms: Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
    deadline: LocalTime


class CirculationAward(Sponsored):
    """R-ALL-6: `points` that cannot be converted, once a member and calendar month, as soon as `threshold_points` that
    arrived from partner brands were redeemed in it."""

    points: PositiveInt
    threshold_points: PositiveInt


class SpendingBonus(Sponsored):
    """R-ALL-6: redeeming points that arrived from another brand earns `percent` of them again, in points that cannot be
    converted."""

    percent: int = Field(strict=True, ge=1, le=100)
    monthly_maximum_points: PositiveInt


class Founders(Section):
    """R-NFT-1: what holders of a founder membership of the alliance earn on top of each purchase while they hold it."""

    extra_percent: int = Field(strict=True, ge=1, le=200)


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
    tasks: Tasks = Tasks()
    tiers: Tiers
    expiry: Expiry
    recalls: list[Recall] = Field(default=[], max_length=20)
    redemption: Annotated[list[Offer], Field(max_length=500), AfterValidator(enough_channels)]
    redemption_days: list[RedemptionDay] = Field(default=[], max_length=50)
    benefits: list[Benefit] = Field(default=[], max_length=100)
    member_gifts: MemberGifts | None = None
    refunds: Refunds = Refunds()
    promises: Promises = Promises()
    alliance: Alliance | None = None
    founders: Founders | None = None
    spending_bonus: SpendingBonus | None = None
    circulation_award: CirculationAward | None = None

    @property
    def currency_exponent(self) -> int:
        return CURRENCY_EXPONENTS[self.currency]


def sponsored(program: ProgramFile) -> list[tuple[str, Sponsored]]:
    """The sections that a sponsor's budget pays, with their names."""
    named = (("spending_bonus", program.spending_bonus), ("circulation_award", program.circulation_award))
    return [(name, rules) for name, rules in named if rules is not None]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a program file, for editors."""
    schema = ProgramFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Points Alliance program", **schema}
