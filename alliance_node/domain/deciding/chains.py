"""Owns task chains: steps in the order in which they happened, however the events arrive (R-EARN-7).

An event that could do a step whose turn has not come waits for it: its instant is kept as the period of the step's own
counter. When a late event comes, the chain is walked again from its first step, and every step that it makes possible
is paid; a step that was paid is never taken back by this. One event does at most one step.
"""

from __future__ import annotations

from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.dues import Due, concerns
from alliance_node.domain.events import CounterValue
from alliance_node.domain.instants import Instant, local_day
from alliance_node.domain.program.conditions import Facts
from alliance_node.domain.program.tasks_plan import PlanChain, PlanStep
from alliance_node.domain.state import MemberState, timezone_at


def member_day(state: MemberState, at: Instant) -> int:
    """Which local day of the membership the instant is on; registration day is day 1."""
    enrolled = local_day(state.enrolled_at, timezone_at(state, state.enrolled_at))
    return local_day(at, timezone_at(state, at)) - enrolled + 1


def walk_chain(
    chain: PlanChain, state: MemberState, facts: Facts, counters: list[CounterValue], due: list[Due]
) -> None:
    """Adds the steps that the event makes possible, and where it waits for its turn."""
    if facts.at - state.enrolled_at > chain.ends_after:
        return
    mine = [
        concerns(step.behaviours, step.when, facts) and _is_its_day(chain, step, member_day(state, facts.at))
        for step in chain.steps
    ]
    if not any(mine):
        return
    done = used_in(state.counters.get(chain.key), 0, 0)
    moments = _moments(chain, state, facts.at, mine, done)
    for number in range(done, len(moments)):
        due.append(_due(chain, number, moments[number]))
    for number, step in enumerate(chain.steps):
        did_it = done <= number < len(moments) and moments[number] == facts.at
        if mine[number] and not did_it and _matters(chain, state, step, facts.at, number < done):
            counters.append(CounterValue(f"{chain.key}/{step.step_id}", facts.at, 1, 1))


def waiting_for(state: MemberState, reward_key: str) -> dict[Instant, int]:
    """The instants of events that could do the step, with 1, or 0 when their purchase was refunded."""
    counter = state.counters.get(f"chain/{reward_key}")
    return {counter.period: counter.used, **dict(counter.older)} if counter is not None else {}


def _moments(chain: PlanChain, state: MemberState, now: Instant, mine: list[bool], done: int) -> list[Instant]:
    """When each step that can be done was done: the first event after (or, of another kind, with) the step before."""
    found: list[Instant] = []
    last, together, fresh = -1, list[PlanStep](), True
    for number, step in enumerate(chain.steps):
        possible = [
            at for at in _known(chain, state, step) if at > last or (at == last and _is_of_another_kind(step, together))
        ]
        if fresh and mine[number] and now >= last:
            possible.append(now)
        if possible:
            at = min(possible)
            fresh = fresh and not (mine[number] and at == now)
            together = [*together, step] if at == last else [step]
            last = at
        elif number >= done:  # a step that is done stays done, though what did it is refunded or forgotten
            break
        found.append(last)
    return found


def _known(chain: PlanChain, state: MemberState, step: PlanStep) -> list[Instant]:
    """When the step was done, and when events happened that wait for it."""
    key = f"{chain.chain_id}/{step.step_id}"
    reward = state.rewards.get(key)
    waiting = [at for at, used in waiting_for(state, key).items() if used]
    return waiting if reward is None else [*waiting, reward.at]


def _matters(chain: PlanChain, state: MemberState, step: PlanStep, at: Instant, is_done: bool) -> bool:
    """Whether the event can ever change the walk: a step that is done is only done earlier."""
    reward = state.rewards.get(f"{chain.chain_id}/{step.step_id}")
    return not is_done if reward is None else at < reward.at


def _is_of_another_kind(step: PlanStep, others: list[PlanStep]) -> bool:
    """Whether no event can do both the step and one of the others."""
    kinds = set(step.behaviours)
    return all(kinds.isdisjoint(other.behaviours) and (kinds or other.behaviours) for other in others)


def _is_its_day(chain: PlanChain, step: PlanStep, day: int) -> bool:
    if chain.late_completion:
        return step.day <= day <= chain.within_days
    return day == step.day


def _due(chain: PlanChain, number: int, at: Instant) -> Due:
    step = chain.steps[number]
    return Due(
        chain.chain_id,
        f"{chain.chain_id}/{step.step_id}",
        0,
        step.points,
        step.growth,
        chain.budget,
        "step",
        (number + 1, len(chain.steps)),
        CounterValue(chain.key, 0, number + 1, 1),
        0,
        at,
    )
