"""Owns what a member has done and still has to do for goals, task chains and streaks (R-EARN-3, R-EARN-6, R-EARN-7).

Reads the counters that deciding wrote; books nothing. Points are those of the program in force.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import msgspec

from alliance_node.domain.counters import used_in
from alliance_node.domain.instants import (
    Instant,
    add_months_to_date,
    date_of_day,
    day_of_date,
    local_day,
    period_of,
    start_of_day,
    weekday,
)
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.rules_schema import Rule, Streak
from alliance_node.domain.program.streaks import day_points
from alliance_node.domain.program.tasks_schema import Chain, ChainStep, Goal
from alliance_node.domain.program.values import Text, to_minor
from alliance_node.domain.state import MemberState, timezone_at

StepState = Literal["done", "open", "later", "missed"]


class GoalProgress(msgspec.Struct, frozen=True):
    """One goal in its running period. `unit` is purchases, money (minor units) or times; `ends_at` is the first instant
    after the period, None when there is no end."""

    goal: str
    label: Text
    unit: Literal["purchases", "money", "times"]
    done: int
    target: int
    reached: bool
    points: int
    growth: int
    ends_at: Instant | None


class StepProgress(msgspec.Struct, frozen=True):
    """One step of a chain. It is `open` from `opens_at` on, once those before it are done."""

    step: str
    label: Text
    state: StepState
    points: int
    opens_at: Instant


class ChainProgress(msgspec.Struct, frozen=True):
    """One task chain of the member's first days; after `ends_at` nothing of it is paid."""

    chain: str
    label: Text
    steps: tuple[StepProgress, ...]
    ends_at: Instant


class StreakProgress(msgspec.Struct, frozen=True):
    """A run of days in a row. `today` is whether today counts already; `next_points` is what the next day gives, bonus
    included; `bonus_day` and `bonus_points` the next bonus of the run, if one is left."""

    rule: str
    behaviours: tuple[str, ...]
    length: int
    today: bool
    next_points: int
    bonus_day: int | None
    bonus_points: int


class Progress(msgspec.Struct, frozen=True):
    """Everything of a program that is rewarded for progress, for one member."""

    goals: tuple[GoalProgress, ...]
    chains: tuple[ChainProgress, ...]
    streaks: tuple[StreakProgress, ...]


def progress(program: CompiledProgram, state: MemberState, now: Instant) -> Progress:
    """What is done and what is left at `now`, in the member's calendar."""
    zone = timezone_at(state, now) if program.day_of_member else program.timezone
    day = local_day(now, zone)
    tasks = program.file.tasks
    streaks = [rule for rule in program.file.earn.rules if isinstance(rule.amount, Streak)]
    return Progress(
        tuple(_goal(program, state, goal, day, zone) for goal in tasks.goals),
        tuple(_chain(state, chain, day, zone) for chain in tasks.chains),
        tuple(_streak(state, rule, day) for rule in streaks),
    )


def _goal(program: CompiledProgram, state: MemberState, goal: Goal, day: int, zone: str) -> GoalProgress:
    unit: Literal["purchases", "money", "times"]
    if goal.purchases is not None:
        unit, target = "purchases", goal.purchases
    elif goal.spend is not None:
        unit, target = "money", to_minor(goal.spend, program.file.currency_exponent)
    else:
        unit, target = "times", goal.times or 1
    period = period_of(goal.per, day)
    done = used_in(state.counters.get(f"goal/{goal.id}"), period, 0)
    reached = f"{goal.id}/{period}" in state.rewards or done >= target
    after = _first_day_after(goal.per, day)
    ends_at = start_of_day(after, zone) if after is not None else None
    return GoalProgress(goal.id, goal.label, unit, done, target, reached, goal.points, goal.growth, ends_at)


def _chain(state: MemberState, chain: Chain, day: int, zone: str) -> ChainProgress:
    first = local_day(state.enrolled_at, zone)
    done = used_in(state.counters.get(f"chain/{chain.id}"), 0, 0)
    steps = []
    blocked = day >= first + chain.within_days
    for number, step in enumerate(chain.steps):
        own_day = first + step.day - 1
        if number >= done and not chain.late_completion and day > own_day:
            blocked = True  # the order holds: nothing after a missed step is paid
        steps.append(_step(step, number, done, blocked, day >= own_day, start_of_day(own_day, zone)))
    return ChainProgress(chain.id, chain.label, tuple(steps), start_of_day(first + chain.within_days, zone))


def _step(step: ChainStep, number: int, done: int, blocked: bool, begun: bool, opens_at: Instant) -> StepProgress:
    state: StepState = "later"
    if number < done:
        state = "done"
    elif blocked:
        state = "missed"
    elif number == done and begun:
        state = "open"
    return StepProgress(step.id, step.label, state, step.points, opens_at)


def _streak(state: MemberState, rule: Rule, day: int) -> StreakProgress:
    amount = rule.amount
    assert isinstance(amount, Streak)
    counter = state.counters.get(f"streak/{rule.id}")
    today = used_in(counter, day, 0)
    length = today or used_in(counter, day - 1, 0)
    bonuses = tuple((bonus.day, bonus.points) for bonus in amount.bonuses)
    restart = amount.restart_after or 0
    own, extra = day_points(length + 1, tuple(amount.days), bonuses, restart)
    place = length % restart if restart else length
    left = [bonus for bonus in sorted(bonuses) if bonus[0] > place]
    bonus_day, bonus_points = left[0] if left else (None, 0)
    behaviours = tuple(rule.behaviours or ())
    return StreakProgress(rule.id, behaviours, length, today > 0, own + extra, bonus_day, bonus_points)


def _first_day_after(per: str, day: int) -> int | None:
    match per:
        case "day":
            return day + 1
        case "week":
            return day + 8 - weekday(day)
        case "month":
            return day_of_date(add_months_to_date(date_of_day(day).replace(day=1), 1))
        case "year":
            return day_of_date(date_of_day(day).replace(month=12, day=31) + timedelta(days=1))
    return None
