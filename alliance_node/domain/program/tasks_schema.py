"""Owns the schema of goals and task chains: progress over several events that is rewarded once (R-EARN-6, R-EARN-7)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from alliance_node.domain.program.rules_schema import Names, When
from alliance_node.domain.program.values import CountInt, DecimalText, Flag, Identifier, PositiveInt, Section, Text


class Goal(Section):
    """So many purchases, so much spend, or so many times a behaviour, within a week or month, give `points` once in
    that period. Purchases or behaviours count when `when` holds; a refund takes its progress back, and with it the
    reward."""

    id: Identifier
    label: Text
    per: Literal["day", "week", "month", "year", "ever"]
    purchases: PositiveInt | None = None
    spend: DecimalText | None = None
    behaviours: Names | None = None
    times: PositiveInt | None = None
    when: When = When()
    points: CountInt
    growth: CountInt = 0
    budget: Identifier | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Goal:
        measures = [self.purchases is not None, self.spend is not None, self.behaviours is not None]
        if sum(measures) != 1:
            raise ValueError("a goal counts exactly one of: purchases, spend, behaviours")
        if (self.behaviours is None) != (self.times is None):
            raise ValueError("a goal on behaviours needs times, and only such a goal")
        if not self.points and not self.growth:
            raise ValueError("a goal gives points or growth")
        return self


class ChainStep(Section):
    """A step: the first purchase, or the first behaviour of that name, from local day `day` on (registration is day
    1)."""

    id: Identifier
    label: Text
    day: Annotated[int, Field(strict=True, ge=1, le=366)]
    on: Literal["purchase", "behaviour"]
    behaviours: Names | None = None
    when: When = When()
    points: CountInt
    growth: CountInt = 0

    @model_validator(mode="after")
    def _behaviours_are_named(self) -> ChainStep:
        if (self.on == "behaviour") != (self.behaviours is not None):
            raise ValueError("name the behaviours of a behaviour step, and only of one")
        return self


class Chain(Section):
    """Steps in order, within the first `within_days` local days of a member (R-EARN-7). One event does at most one
    step.

    With `late_completion` a step may be done on a later day than its own inside those days; without it only on its day.
    """

    id: Identifier
    label: Text
    within_days: Annotated[int, Field(strict=True, ge=1, le=366)] = 7
    late_completion: Flag = True
    steps: list[ChainStep] = Field(min_length=1, max_length=20)
    budget: Identifier | None = None

    @model_validator(mode="after")
    def _steps_are_in_order(self) -> Chain:
        days = [step.day for step in self.steps]
        if days != sorted(days) or days[-1] > self.within_days:
            raise ValueError(f"the steps' days {days} must rise and end by day {self.within_days}")
        if len({step.id for step in self.steps}) != len(days):
            raise ValueError("two steps of one chain have the same id")
        return self


class Tasks(Section):
    """Everything that is rewarded for progress."""

    goals: list[Goal] = Field(default=[], max_length=50)
    chains: list[Chain] = Field(default=[], max_length=10)
