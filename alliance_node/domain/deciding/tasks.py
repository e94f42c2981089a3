"""Owns what an event does for goals and task chains, and how their rewards are given (R-EARN-6, R-EARN-7).

Everything counts on the day it happened, however late it arrives. What a reward gives is drawn from its budget.
"""

from __future__ import annotations

from typing import NamedTuple

from alliance_node.domain.commands import Reference
from alliance_node.domain.deciding.accruing import accrued
from alliance_node.domain.deciding.chains import walk_chain
from alliance_node.domain.deciding.dues import Due
from alliance_node.domain.deciding.goals import count_goal
from alliance_node.domain.deciding.room import Room
from alliance_node.domain.events import CounterValue, LimitUse, TaskRewarded, TraceStep
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.conditions import Facts
from alliance_node.domain.program.interpret import PERIODS
from alliance_node.domain.state import MemberState


class Advance(NamedTuple):
    """What an event counts for, and the rewards that are due with it."""

    counters: list[CounterValue]
    due: list[Due]


def advance(program: CompiledProgram, state: MemberState, facts: Facts) -> Advance:
    """The progress that the event makes."""
    counters: list[CounterValue] = []
    due: list[Due] = []
    for goal in program.tasks.goals:
        count_goal(goal, state, facts, counters, due)
    for chain in program.tasks.chains:
        if facts.at <= state.enrolled_at + chain.ends_after:  # most members are no newcomers
            walk_chain(chain, state, facts, counters, due)
    return Advance(counters, due)


def rewards(
    program: CompiledProgram,
    state: MemberState,
    due: list[Due],
    cause: tuple[Reference, Instant, int],
    now: Instant,
    room: Room,
) -> list[TaskRewarded]:
    """The rewards of an event. `cause` is its key, its instant, and the number of the next lot."""
    key, at, number = cause
    events = []
    for each in due:
        points, trace, limits = _granted(program, each, at, room)
        lots = accrued(program, state, number, min(each.at, now), 0, points, "bonus")
        number += len(lots)
        events.append(
            TaskRewarded(
                each.at,
                program.version,
                each.task,
                each.reward,
                each.period,
                key.source,
                key.source_event_id,
                lots,
                each.growth,
                (each.counter,),
                trace,
                limits,
                each.needs,
            )
        )
    return events


def _granted(
    program: CompiledProgram, due: Due, at: Instant, room: Room
) -> tuple[int, tuple[TraceStep, ...], tuple[LimitUse, ...]]:
    points = due.points
    limits: tuple[LimitUse, ...] = ()
    trace: list[TraceStep] = [(due.task, due.kind, points, due.numbers)] if points or not due.growth else []
    if due.budget and points:
        limit_id = program.tasks.budget_limit(due.budget, at)
        left = room.left(limit_id)
        if points > left:
            budget = program.tasks.budgets[due.budget]
            numbers = (budget.points, budget.points - left, PERIODS.index(budget.per))
            trace.append((due.task, "limit_budget", left - points, numbers))
            points = left
        if points:
            room.take(limit_id, points)
            limits = (LimitUse(limit_id, points),)
    if due.growth:
        trace.append((due.task, f"growth_{due.kind}", due.growth, due.numbers))
    return points, tuple(trace), limits
