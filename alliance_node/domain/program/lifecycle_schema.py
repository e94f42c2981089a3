"""Owns the schema of tiers, expiry, recalls and the promises about changes: how a membership and its points age."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from alliance_node.domain.program.values import (
    CountInt,
    DecimalText,
    Identifier,
    LocalTime,
    Months,
    PositiveInt,
    Section,
    Text,
    to_fraction,
)


class Tier(Section):
    """A step of the ladder, reached at `at_least` growth value or cumulative spend."""

    id: Identifier
    name: Text
    at_least: DecimalText


class Decay(Section):
    """R-TIER-3: growth value falls by `percent` at the start of this calendar day, every year, rounded down in favour
    of the member (what is lost is rounded down)."""

    percent: Annotated[int, Field(strict=True, ge=1, le=100)]
    month: Annotated[int, Field(strict=True, ge=1, le=12)] = 1
    day: Annotated[int, Field(strict=True, ge=1, le=28)] = 1


class Retention(Section):
    """R-TIER-5: who does this much while a tier is protected keeps it, and is protected again. One measure a tier."""

    tier: Identifier
    spend: DecimalText | None = None
    purchases: PositiveInt | None = None
    growth: PositiveInt | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Retention:
        if sum(value is not None for value in (self.spend, self.purchases, self.growth)) != 1:
            raise ValueError("a retention task counts exactly one of: spend, purchases, growth")
        return self


class Share(Section):
    """The alarm of the tier monitor for one tier: more than this share of all members."""

    tier: Identifier
    max_percent: Annotated[int, Field(strict=True, ge=1, le=100)]


class Tiers(Section):
    """R-TIER-1, R-TIER-5: the ladder, what is measured, and how long a reached tier is protected (6 to 12 months are
    usual). `shares` are alarms of the tier monitor, besides the pyramid turned upside down."""

    basis: Literal["growth", "spend"] = "growth"
    protection_months: int = Field(default=12, strict=True, ge=0, le=36)
    downgrade: Literal["one_step", "earned"] = "earned"
    ladder: list[Tier] = Field(min_length=1, max_length=20)
    decay: Decay | None = None
    retention: list[Retention] = Field(default=[], max_length=20)
    shares: list[Share] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def _ladder_rises(self) -> Tiers:
        if to_fraction(self.ladder[0].at_least) != 0:
            raise ValueError("the first tier of the ladder must start at 0")
        for lower, upper in zip(self.ladder, self.ladder[1:], strict=False):
            if to_fraction(upper.at_least) <= to_fraction(lower.at_least):
                raise ValueError(f"tier {upper.id} at {upper.at_least} must be above {lower.id} at {lower.at_least}")
        return self


class Rolling(Section):
    """R-EXP-2: each lot ends `months` after its own date (of the tier when it was earned, if `by_tier` names it); its
    last local day counts in full."""

    policy: Literal["rolling"]
    months: Months
    by_tier: dict[Identifier, Months] = {}


class FixedTerm(Section):
    """R-EXP-1: lots end together, at the end of the calendar `boundary` in which their `months` run out."""

    policy: Literal["fixed"]
    months: Months
    by_tier: dict[Identifier, Months] = {}
    boundary: Literal["month", "quarter", "year"] = "year"


class NeverExpires(Section):
    policy: Literal["never"]


class Extension(Section):
    """R-EXP-3: a purchase adds `months` to every lot that would expire within `within_days` of it."""

    months: Months
    within_days: int = Field(strict=True, ge=1, le=3660)


class Expiry(Section):
    """When lots end; `grace_days` is the least life of points given back after their lot had expired.

    Points of members in `never_for_tiers` do not expire: on the rise into such a tier the open lots lose their end; on
    the way down they get the program's term anew, from that day (R-EXP-4). Members are told `notice_days` before an
    end.
    """

    term: Annotated[Rolling | FixedTerm | NeverExpires, Field(discriminator="policy")]
    extension: Extension | None = None
    grace_days: int = Field(default=30, strict=True, ge=1, le=365)
    never_for_tiers: list[Identifier] = Field(default=[], max_length=20)
    notice_days: list[Annotated[int, Field(strict=True, ge=1, le=366)]] = Field(default=[30, 7], max_length=6)


class Recall(Section):
    """R-VAL-4: a clearing event: what is left at `at` of points earned before `earned_before` lapses. It takes effect
    only when a version that announces it has been public for the notice period."""

    id: Identifier
    label: Text
    earned_before: LocalTime
    at: LocalTime


class Promises(Section):
    """R-VAL-3: a version that is worse for members in any point needs `notice_days` between its announcement and its
    effect; until the end of `value_guaranteed_until` (local day) no devaluation takes effect at all."""

    notice_days: CountInt = 30
    value_guaranteed_until: date | None = None
