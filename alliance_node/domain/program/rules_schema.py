"""Owns the schema of earn rules, growth rules and campaigns: closed, typed predicates and amounts. No expression
language: what is not listed here cannot be written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

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

Rounding = Literal["down", "half_up"]
Period = Literal["day", "week", "month", "year", "ever"]
Name = Annotated[str, Field(min_length=1, max_length=60)]
Names = Annotated[list[Name], Field(min_length=1, max_length=200)]


class When(Section):
    """All conditions that are given must hold. `from` is included, `until` is not; weekdays count Monday as 1, days of
    the month from 1, and -1 is the month's last day."""

    sources: Names | None = None
    channels: Names | None = None
    tags_any: Names | None = None
    tags_none: Names | None = None
    tiers: list[Identifier] | None = Field(default=None, min_length=1)
    amount_at_least: DecimalText | None = None
    amount_below: DecimalText | None = None
    starts: LocalTime | None = Field(default=None, alias="from")
    until: LocalTime | None = None
    weekdays: list[Annotated[int, Field(strict=True, ge=1, le=7)]] | None = Field(default=None, min_length=1)
    days_of_month: list[Annotated[int, Field(strict=True, ge=-1, le=31)]] | None = Field(default=None, min_length=1)

    @field_validator("days_of_month")
    @classmethod
    def _no_day_zero(cls, value: list[int] | None) -> list[int] | None:
        if value is not None and 0 in value:
            raise ValueError("0 is no day of a month; -1 is its last day")
        return value


class PerUnit(Section):
    """`points` for every `per` of money; `by_tier` replaces the points for the named tiers (R-EARN-8)."""

    type: Literal["per_unit"]
    points: DecimalText
    per: DecimalText = "1.00"
    by_tier: dict[Identifier, DecimalText] = {}
    whole_units: Flag = False
    rounding: Rounding = "down"

    @model_validator(mode="after")
    def _whole_units_are_positive(self) -> PerUnit:
        if to_fraction(self.per) == 0:
            raise ValueError("per must be more than 0")
        return self


class Bracket(Section):
    """Amounts up to `up_to` (included when `inclusive`) earn `rate` points per `per`. The last has no `up_to`."""

    up_to: DecimalText | None = None
    inclusive: Flag | None = None
    rate: DecimalText


class ByBracket(Section):
    """R-EARN-1: `slab` applies one bracket's rate to the whole amount, `marginal` each rate to its own part."""

    type: Literal["by_bracket"]
    mode: Literal["slab", "marginal"] = "slab"
    per: DecimalText = "1.00"
    rounding: Rounding = "down"
    brackets: list[Bracket] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _brackets_leave_no_gap(self) -> ByBracket:
        if to_fraction(self.per) == 0:
            raise ValueError("per must be more than 0")
        if self.brackets[-1].up_to is not None:
            raise ValueError("the last bracket must have no up_to, or amounts above it earn nothing (a gap)")
        previous = to_fraction("0")
        for number, bracket in enumerate(self.brackets[:-1], start=1):
            if bracket.up_to is None or bracket.inclusive is None:
                raise ValueError(f"bracket {number} needs up_to and inclusive: true or false")
            if to_fraction(bracket.up_to) <= previous:
                raise ValueError(f"bracket {number} ends at {bracket.up_to}, not above the one before (they overlap)")
            previous = to_fraction(bracket.up_to)
        return self


class Fixed(Section):
    """The same points every time."""

    type: Literal["fixed"]
    points: CountInt


class Graded(Section):
    """From `lowest` to `highest` points, by the grade (0 to 100 %) that the event carries (R-TIER-2)."""

    type: Literal["graded"]
    lowest: CountInt
    highest: PositiveInt

    @model_validator(mode="after")
    def _rises(self) -> Graded:
        if self.highest < self.lowest:
            raise ValueError(f"highest {self.highest} is below lowest {self.lowest}")
        return self


class StreakBonus(Section):
    """`points` more on day `day` of a streak."""

    day: Annotated[int, Field(strict=True, ge=2, le=366)]
    points: PositiveInt


class Streak(Section):
    """R-EARN-3: points by how many local days in a row the behaviour was done. Day n gives the n-th of `days`, later
    days the last one; `bonuses` come on top. After `restart_after` days the streak begins again with day 1 (null:
    never)."""

    type: Literal["streak"]
    days: list[CountInt] = Field(min_length=1, max_length=366)
    bonuses: list[StreakBonus] = Field(default=[], max_length=50)
    restart_after: Annotated[int, Field(strict=True, ge=2, le=366)] | None = None

    @model_validator(mode="after")
    def _bonuses_can_be_reached(self) -> Streak:
        days = [bonus.day for bonus in self.bonuses]
        if len(set(days)) != len(days):
            raise ValueError("two bonuses on the same day of a streak")
        if self.restart_after is not None and any(day > self.restart_after for day in days):
            raise ValueError(f"a bonus after day {self.restart_after}, where the streak begins again")
        return self


Amount = Annotated[PerUnit | ByBracket | Fixed | Graded | Streak, Field(discriminator="type")]


class Limit(Section):
    """At most so many `times` or `points` in each period of the member's calendar (R-EARN-10)."""

    per: Period
    times: PositiveInt | None = None
    points: PositiveInt | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Limit:
        if (self.times is None) == (self.points is None):
            raise ValueError("a limit needs either times or points")
        return self


class Budget(Section):
    """R-EARN-10: at most so many points from the rules, campaigns and tasks that name it, over all members, in each
    period of the program's calendar."""

    id: Identifier
    points: PositiveInt
    per: Period = "ever"


class Rule(Section):
    """One rule: when a purchase, or a behaviour of that name, happens and the conditions hold, it grants the amount."""

    id: Identifier
    label: Text | None = None
    on: Literal["purchase", "behaviour"]
    behaviours: Names | None = None
    when: When = When()
    amount: Amount
    limits: list[Limit] = Field(default=[], max_length=6)
    budget: Identifier | None = None
    bonus: Flag = False

    @model_validator(mode="after")
    def _behaviours_are_named(self) -> Rule:
        if (self.on == "behaviour") != (self.behaviours is not None):
            raise ValueError("name the behaviours of a behaviour rule, and only of one")
        if self.on == "behaviour" and self.amount.type in ("per_unit", "by_bracket"):
            raise ValueError("a behaviour has no amount of money: its points must be fixed, graded or by streak")
        if self.on == "purchase" and self.amount.type in ("graded", "streak"):
            raise ValueError(f"{self.amount.type} points are for behaviours")
        return self


class Campaign(Section):
    """A multiplier on everyday purchase rules (R-EARN-4), in a date window or on recurring days (a member day,
    R-EARN-5); the extra points are a bonus lot of their own."""

    id: Identifier
    label: Text
    when: When
    multiplier: DecimalText
    applies_to: list[Identifier] | None = Field(default=None, min_length=1)
    limits: list[Limit] = Field(default=[], max_length=6)
    budget: Identifier | None = None

    @model_validator(mode="after")
    def _is_dated_and_gives_more(self) -> Campaign:
        dated = self.when.starts is not None and self.when.until is not None
        if not dated and self.when.days_of_month is None and self.when.weekdays is None:
            raise ValueError("a campaign needs when.from and when.until, or recurring days_of_month or weekdays")
        if not 1 < to_fraction(self.multiplier) <= 100:
            raise ValueError(f"multiplier {self.multiplier} must be above 1 and at most 100")
        return self


class ThresholdGift(Section):
    """R-EARN-4: a purchase that meets the conditions comes with `quantity` of a redemption option for no points, while
    stock lasts. The order of the list is the order of granting; `limits` count times only."""

    id: Identifier
    label: Text
    when: When
    option: Identifier
    quantity: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    limits: list[Limit] = Field(default=[], max_length=6)


class Earn(Section):
    """How points are earned. Points are pending for `pending_days` (e.g. the return window), then mature. Events are
    accepted up to `late_days` after they happened."""

    pending_days: int = Field(default=0, strict=True, ge=0, le=60)
    late_days: int = Field(default=7, strict=True, ge=0, le=60)
    day_boundary: Literal["member", "program"] = "member"
    rules: list[Rule] = Field(min_length=1, max_length=200)
    campaigns: list[Campaign] = Field(default=[], max_length=100)
    gifts: list[ThresholdGift] = Field(default=[], max_length=100)
    budgets: list[Budget] = Field(default=[], max_length=50)
    stacking: Literal["exclusive", "best_of", "additive", "multiplicative"] = "exclusive"


class Growth(Section):
    """Growth value: separate from points, never spent (R-TIER-2)."""

    rules: list[Rule] = Field(default=[], max_length=200)
