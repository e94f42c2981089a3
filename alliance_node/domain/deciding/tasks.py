"""Owns goals and task chains: progress that purchases and behaviours make, and its rewards (R-EARN-6, R-EARN-7).

Everything counts on the day it happened, however late it arrives. What a reward gives is drawn from its budget.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from alliance_node.domain.commands import Reference
from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.accruing import accrued
from alliance_node.domain.deciding.room import Room
from alliance_node.domain.events import CounterValue, LimitUse, TaskRewarded, TraceStep
from alliance_node.domain.instants import DAY_SECONDS, Instant, local_day, period_of
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.conditions import Facts, all_hold
from alliance_node.domain.program.interpret import PERIODS
from alliance_node.domain.program.plan import Predicate
from alliance_node.domain.program.tasks_plan import PlanChain, PlanGoal, PlanStep
from alliance_node.domain.state import MemberState, timezone_at

UNKNOWN = -1


class Progress(NamedTuple):
    """How far an event brought a goal in its period."""

    goal: PlanGoal
    period: int
    before: int
    after: int

    @property
    def counter(self) -> CounterValue:
        """The progress as the event keeps it; a refund gives the delta back."""
        return CounterValue(self.goal.progress_key, self.period, self.after, self.after - self.before)


class _Due(NamedTuple):
    """A reward that is due, before its budget is asked: earned `at` an instant. `needs` is 0 for a step."""

    task: str
    reward: str
    period: int
    points: int
    growth: int
    budget: str
    step: str
    numbers: tuple[int, int]
    counter: CounterValue
    needs: int
    at: Instant


def progress(program: CompiledProgram, state: MemberState, facts: Facts) -> list[Progress]:
    """What the event counts for. A period that is too old to be known counts no more."""
    found = []
    for goal in program.tasks.goals:
        more = facts.amount if goal.spend else 1
        if more and _concerns(goal.behaviours, goal.when, facts):
            period = period_of(goal.per, facts.day)
            before = used_in(state.counters.get(goal.progress_key), period, UNKNOWN)
            if before != UNKNOWN:
                found.append(Progress(goal, period, before, before + more))
    return found


def rewards(
    program: CompiledProgram,
    state: MemberState,
    facts: Facts,
    cause: tuple[Reference, Instant, int],
    made: list[Progress],
    room: Room,
) -> list[TaskRewarded]:
    """The rewards of an event: goals that it reached, steps that it did. `cause` is its key, what is now, and the
    number of the next lot."""
    key, now, number = cause
    events = []
    for due in (*_goals(state, made, facts.at), *_steps(program, state, facts)):
        points, trace, limits = _granted(program, due, facts.at, room)
        lots = accrued(program, state, number, min(due.at, now), 0, points, "bonus")
        number += len(lots)
        events.append(
            TaskRewarded(
                due.at,
                program.version,
                due.task,
                due.reward,
                due.period,
                key.source,
                key.source_event_id,
                lots,
                due.growth,
                (due.counter,),
                trace,
                limits,
                due.needs,
            )
        )
    return events


def member_day(state: MemberState, at: Instant) -> int:
    """Which local day of the membership the instant is on; registration day is day 1."""
    enrolled = local_day(state.enrolled_at, timezone_at(state, state.enrolled_at))
    return local_day(at, timezone_at(state, at)) - enrolled + 1


def _concerns(behaviours: tuple[str, ...], when: tuple[Predicate, ...], facts: Facts) -> bool:
    concerned = not behaviours if facts.behaviour is None else facts.behaviour in behaviours
    return concerned and all_hold(when, facts)


def _goals(state: MemberState, made: list[Progress], at: Instant) -> Iterator[_Due]:
    """Goals that are reached and were not rewarded in that period; a forgotten period counts as rewarded."""
    for goal, period, _, after in made:
        rewarded = used_in(state.counters.get(goal.rewarded_key), period, 1)
        if after >= goal.target and not rewarded:
            yield _Due(
                goal.goal_id,
                f"{goal.goal_id}/{period}",
                period,
                goal.points,
                goal.growth,
                goal.budget,
                "goal",
                (after, goal.target),
                CounterValue(goal.rewarded_key, period, 1, 1),
                goal.target,
                at,
            )


def _steps(program: CompiledProgram, state: MemberState, facts: Facts) -> Iterator[_Due]:
    """The next step of each chain, when the event does it: one step an event, in the order of what happened. A late
    event may bring the steps of events that came before it and were waiting."""
    for chain in program.tasks.chains:
        done = used_in(state.counters.get(chain.key), 0, 0)
        after = _last_done_at(state, chain, done)
        steps = chain.steps[done:]
        if not steps or facts.at < after or not _does(chain, steps[0], state, facts):
            continue
        moment = facts.at
        for number, step in enumerate(steps, done + 1):
            yield _Due(
                chain.chain_id,
                f"{chain.chain_id}/{step.step_id}",
                0,
                step.points,
                step.growth,
                chain.budget,
                "step",
                (number, len(chain.steps)),
                CounterValue(chain.key, 0, number, 1),
                0,
                moment,
            )
            waiting = _waiting(state, chain, chain.steps[number], moment) if number < len(chain.steps) else None
            if waiting is None:
                break
            moment = waiting


def ahead(program: CompiledProgram, state: MemberState, facts: Facts) -> list[CounterValue]:
    """What the event would do of later steps: it waits for the steps before, which may arrive late. The counter of such
    a step has the instant as its period."""
    found = []
    for chain in program.tasks.chains:
        done = used_in(state.counters.get(chain.key), 0, 0)
        steps = chain.steps[done:]
        if steps and not (facts.at >= _last_done_at(state, chain, done) and _does(chain, steps[0], state, facts)):
            found += [
                CounterValue(f"{chain.key}/{step.step_id}", facts.at, 1, 1)
                for step in steps[1:]
                if _does(chain, step, state, facts)
            ]
    return found


def _last_done_at(state: MemberState, chain: PlanChain, done: int) -> Instant:
    """When the last step was done; the beginning of time when there is none, or its reward is forgotten."""
    last = (
        state.rewards.get(f"{chain.chain_id}/{chain.steps[done - 1].step_id}") if 0 < done <= len(chain.steps) else None
    )
    return last.at if last is not None else 0


def _waiting(state: MemberState, chain: PlanChain, step: PlanStep, after: Instant) -> Instant | None:
    """The first event that waits for the step and happened after the instant."""
    counter = state.counters.get(f"{chain.key}/{step.step_id}")
    if counter is None:
        return None
    moments = [at for at, used in ((counter.period, counter.used), *counter.older) if used and at > after]
    return min(moments, default=None)


def _does(chain: PlanChain, step: PlanStep, state: MemberState, facts: Facts) -> bool:
    if facts.at - state.enrolled_at > (chain.within_days + 1) * DAY_SECONDS:
        return False
    return _concerns(step.behaviours, step.when, facts) and _is_its_day(chain, step, member_day(state, facts.at))


def _is_its_day(chain: PlanChain, step: PlanStep, day: int) -> bool:
    if chain.late_completion:
        return step.day <= day <= chain.within_days
    return day == step.day


def _granted(
    program: CompiledProgram, due: _Due, at: Instant, room: Room
) -> tuple[int, tuple[TraceStep, ...], tuple[LimitUse, ...]]:
    points = due.points
    limits: tuple[LimitUse, ...] = ()
    trace: list[TraceStep] = [(due.task, due.step, points, due.numbers)] if points or not due.growth else []
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
        trace.append((due.task, f"growth_{due.step}", due.growth, due.numbers))
    return points, tuple(trace), limits
