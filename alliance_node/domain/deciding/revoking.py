"""Owns what a refund does to rewards: a goal that is no longer reached and a step that was done by a purchase that is
wholly refunded are taken back; reaching or doing them again rewards again. Rewards that the state has forgotten are
final."""

from __future__ import annotations

from collections.abc import Iterator

from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.chains import waiting_for
from alliance_node.domain.deciding.clawback import spendable_of, take_back
from alliance_node.domain.events import CounterValue, Event, LimitUse, PurchaseRecorded, PurchaseRefunded, TaskRevoked
from alliance_node.domain.evolve import evolve
from alliance_node.domain.growth import decayed
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram, ProgramBook
from alliance_node.domain.state import MemberState, Reward, working_copy


def revocations(
    programs: ProgramBook,
    program: CompiledProgram,
    state: MemberState,
    purchase: PurchaseRecorded,
    refund: PurchaseRefunded,
    now: Instant,
) -> list[Event]:
    """The rewards that fall with the refund, each judged after the one before."""
    if not state.rewards:
        return []
    after = evolve(working_copy(state), refund)
    events: list[Event] = []
    fallen = list(_fallen(programs, after, purchase, refund.whole))
    for place, (key, reward, counters) in enumerate(fallen):
        later = sum(spendable_of(after, _lots(other), now) for _, other, _ in fallen[place + 1 :])
        taken = take_back(program, after, _lots(reward), now, reserved=later)
        growth = min(decayed(programs, reward.growth, reward.at, now), after.growth) if reward.growth else 0
        points = sum(part.points for part in reward.lots)
        event = TaskRevoked(
            refund.occurred_at,
            program.version,
            reward.task,
            key,
            taken.lots,
            taken.available,
            taken.pending,
            taken.expired,
            taken.debt,
            taken.forgiven,
            growth,
            counters,
            taken.trace(),
            (LimitUse(reward.limit_id, -points),) if reward.limit_id and points else (),
        )
        evolve(after, event)
        events.append(event)
    return events


def reserved_for_revocations(
    programs: ProgramBook, state: MemberState, purchase: PurchaseRecorded, refund: PurchaseRefunded, now: Instant
) -> int:
    """Spendable points that fall with the refund's rewards."""
    if not state.rewards:
        return 0
    after = evolve(working_copy(state), refund)
    fallen = _fallen(programs, after, purchase, refund.whole)
    return sum(spendable_of(after, _lots(reward), now) for _, reward, _ in fallen)


def _lots(reward: Reward) -> list[tuple[int, int]]:
    return [(part.lot_no, part.points) for part in reward.lots]


def _fallen(
    programs: ProgramBook, state: MemberState, purchase: PurchaseRecorded, whole: bool
) -> Iterator[tuple[str, Reward, tuple[CounterValue, ...]]]:
    """The rewards that the purchase took part in and that are not earned any more, with their counters after it."""
    counted = {value.key: value.period for value in purchase.counters if value.key.startswith("goal/")}
    for key, reward in state.rewards.items():
        if reward.needs:
            progress = f"goal/{reward.task}"
            if counted.get(progress) == reward.period and _is_missed(state, progress, reward):
                yield key, reward, (CounterValue(f"{progress}/rewarded", reward.period, 0, -1),)
        elif whole and _is_undone(state, purchase, key, reward):
            yield key, reward, _step_undone(programs, state, purchase, key, reward)


def refunded_steps(state: MemberState, purchase: PurchaseRecorded) -> tuple[CounterValue, ...]:
    """Marks the steps that the wholly refunded purchase did when it came and that others wait for: they stay done as
    long as one of those is left."""
    done = [(key, reward) for key, reward in state.rewards.items() if _did_at_once(purchase, reward)]
    return tuple(
        CounterValue(f"chain/{key}", reward.at, 0) for key, reward in done if any(waiting_for(state, key).values())
    )


def _did_at_once(purchase: PurchaseRecorded, reward: Reward) -> bool:
    named = (reward.source, reward.source_event_id) == (purchase.source, purchase.source_event_id)
    return named and not reward.needs and reward.at == purchase.occurred_at


def _is_undone(state: MemberState, purchase: PurchaseRecorded, key: str, reward: Reward) -> bool:
    """Whether the purchase did the step, or waited for it, and nothing that is left could have done it. `state` is the
    one after the refund."""
    at_once = _did_at_once(purchase, reward)
    if not at_once and not any(value.key == f"chain/{key}" for value in purchase.counters):
        return False
    waiting = waiting_for(state, key)
    return not any(waiting.values()) and (at_once or waiting.get(reward.at) == 0)


def _is_missed(state: MemberState, progress: str, reward: Reward) -> bool:
    reached = used_in(state.counters.get(progress), reward.period, -1)
    return 0 <= reached < reward.needs


def _step_undone(
    programs: ProgramBook, state: MemberState, purchase: PurchaseRecorded, key: str, reward: Reward
) -> tuple[CounterValue, ...]:
    """The last step done can be done again; one that others followed stays done, without its reward."""
    counter = f"chain/{reward.task}"
    done = used_in(state.counters.get(counter), 0, 0)
    version = programs.version(purchase.program_version)
    chains = version.tasks.chains if version is not None else ()
    names = [
        f"{chain.chain_id}/{step.step_id}"
        for chain in chains
        if f"chain/{reward.task}" == chain.key
        for step in chain.steps
    ]
    is_last = 0 < done <= len(names) and names[done - 1] == key
    return (CounterValue(counter, 0, done - 1, -1),) if is_last else ()
