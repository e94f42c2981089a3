"""Owns the shape of a reward that is due, between what found it (`goals.py`, `chains.py`) and what gives it
(`tasks.py`)."""

from __future__ import annotations

from typing import NamedTuple

from alliance_node.domain.events import CounterValue
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.conditions import Facts, all_hold
from alliance_node.domain.program.plan import Predicate


class Due(NamedTuple):
    """A reward that was earned `at` an instant, before its budget is asked. `kind` and `numbers` are for the trace;
    `needs` is the progress that a goal needs (0: a step)."""

    task: str
    reward: str
    period: int
    points: int
    growth: int
    budget: str
    kind: str
    numbers: tuple[int, int]
    counter: CounterValue
    needs: int
    at: Instant


def concerns(behaviours: tuple[str, ...], when: tuple[Predicate, ...], facts: Facts) -> bool:
    """Whether an event counts: a purchase where no behaviour is named, and under the conditions."""
    concerned = not behaviours if facts.behaviour is None else facts.behaviour in behaviours
    return concerned and (not when or all_hold(when, facts))
