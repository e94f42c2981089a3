"""Owns progress towards goals: on the day it happened, rewarded once in its period (R-EARN-6)."""

from __future__ import annotations

from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.dues import Due, concerns
from alliance_node.domain.events import CounterValue
from alliance_node.domain.instants import period_of
from alliance_node.domain.program.conditions import Facts
from alliance_node.domain.program.tasks_plan import PlanGoal
from alliance_node.domain.state import MemberState

UNKNOWN = -1
_new = tuple.__new__


def count_goal(goal: PlanGoal, state: MemberState, facts: Facts, counters: list[CounterValue], due: list[Due]) -> None:
    """Adds what the event counts for the goal, and its reward when it is reached and was not given in that period. A
    period that is too old to be known counts no more; a refund gives the counter's delta back."""
    more = facts.amount if goal.spend else 1
    if not more or not concerns(goal.behaviours, goal.when, facts):
        return
    period = period_of(goal.per, facts.day)
    before = used_in(state.counters.get(goal.progress_key), period, UNKNOWN)
    if before == UNKNOWN:
        return
    after = before + more
    counters.append(_new(CounterValue, (goal.progress_key, period, after, more)))
    if after < goal.target or used_in(state.counters.get(goal.rewarded_key), period, 1):
        return
    due.append(
        Due(
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
            facts.at,
        )
    )
