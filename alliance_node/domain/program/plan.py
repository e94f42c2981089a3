"""Owns the typed syntax tree that both engines read: the validated program with every number resolved to an integer.

`lower.py` makes it, `compile.py` turns it into one Python function, `interpret.py` walks it. A new kind of predicate or
amount is one class here and one branch in each of the two engines; nothing else changes.
"""

from __future__ import annotations

import msgspec

from alliance_node.domain.instants import Instant


class OneOf(msgspec.Struct, frozen=True):
    """The fact (source, channel or tier) is one of the values."""

    fact: str
    values: tuple[str, ...]


class AnyTag(msgspec.Struct, frozen=True):
    values: tuple[str, ...]


class NoTag(msgspec.Struct, frozen=True):
    values: tuple[str, ...]


class AmountAtLeast(msgspec.Struct, frozen=True):
    minor: int


class AmountBelow(msgspec.Struct, frozen=True):
    minor: int


class NotBefore(msgspec.Struct, frozen=True):
    instant: Instant


class Before(msgspec.Struct, frozen=True):
    instant: Instant


class WeekdayIn(msgspec.Struct, frozen=True):
    """Monday is 1."""

    values: tuple[int, ...]


class DayOfMonthIn(msgspec.Struct, frozen=True):
    """`last`: the month's last day too, whatever its number."""

    values: tuple[int, ...]
    last: bool = False


Predicate = OneOf | AnyTag | NoTag | AmountAtLeast | AmountBelow | NotBefore | Before | WeekdayIn | DayOfMonthIn


class Ratio(msgspec.Struct, frozen=True):
    """`numerator / denominator` points per minor unit (or per whole unit); in lowest terms."""

    numerator: int
    denominator: int


class PerUnitAmount(msgspec.Struct, frozen=True):
    """`unit_minor` is 1 for exact proportion, else the whole unit of money that counts."""

    default: Ratio
    by_tier: tuple[tuple[str, Ratio], ...]
    unit_minor: int
    half_up: bool


class BracketStep(msgspec.Struct, frozen=True):
    """`lower` and `upper` cut the amount into parts (`marginal`); `first` and `last` are the smallest and largest
    amount of the bracket, both included (`slab`). -1: no end."""

    lower: int
    upper: int
    first: int
    last: int
    ratio: Ratio


class BracketAmount(msgspec.Struct, frozen=True):
    marginal: bool
    half_up: bool
    steps: tuple[BracketStep, ...]


class FixedAmount(msgspec.Struct, frozen=True):
    points: int


class GradedAmount(msgspec.Struct, frozen=True):
    """`lowest` at grade 0, `highest` at grade 100, in between proportional and rounded down."""

    lowest: int
    highest: int


class StreakAmount(msgspec.Struct, frozen=True):
    """Points by the day of a run; `key` names the counter that holds the runs, `restart_after` 0: never."""

    key: str
    days: tuple[int, ...]
    bonuses: tuple[tuple[int, int], ...]
    restart_after: int


PlanAmount = PerUnitAmount | BracketAmount | FixedAmount | GradedAmount | StreakAmount


class PlanBudget(msgspec.Struct, frozen=True):
    """A shared limit in points; its periods are of the program's calendar."""

    budget_id: str
    per: str
    maximum: int


NO_BUDGET = -1
"""Instead of a budget's position in `Plan.budgets`."""


class PlanLimit(msgspec.Struct, frozen=True):
    """`counts` is "times" or "points"; `key` names the counter in the member's state."""

    key: str
    per: str
    counts: str
    maximum: int


class PlanRule(msgspec.Struct, frozen=True):
    """`grants` is "base", "bonus" or "growth"; `behaviours` is empty for a purchase rule."""

    rule_id: str
    grants: str
    behaviours: tuple[str, ...]
    when: tuple[Predicate, ...]
    amount: PlanAmount
    limits: tuple[PlanLimit, ...]
    budget: int = NO_BUDGET


class PlanCampaign(msgspec.Struct, frozen=True):
    """Adds `multiplier - 1` of what the purchase rules at the given positions gave."""

    campaign_id: str
    when: tuple[Predicate, ...]
    extra: Ratio
    applies_to: tuple[int, ...]
    limits: tuple[PlanLimit, ...]
    budget: int = NO_BUDGET


class Plan(msgspec.Struct, frozen=True):
    purchase_rules: tuple[PlanRule, ...]
    behaviour_rules: tuple[PlanRule, ...]
    campaigns: tuple[PlanCampaign, ...]
    stacking: str
    budgets: tuple[PlanBudget, ...] = ()
