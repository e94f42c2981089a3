"""The comparison of versions is sound: where it finds nothing worse, no member ever earns less (R-VAL-3)."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from alliance_node.domain.counters import Counter, after_use
from alliance_node.domain.program import CompiledProgram, ProgramFile
from alliance_node.domain.program.compare import worse_points
from tests.property.programs import (
    CHANNELS,
    SOURCES,
    TAGS,
    TIERS,
    brackets,
    conditions,
    fixed,
    graded,
    limits,
    per_unit,
    program_files,
    streaks,
)
from tests.unit.domain.sample import sample_data, tiers

WEEK_IN_MARCH = (1_772_600_000, 20_516)
"""An instant in March 2026 and its local day."""

purchase_amounts = st.one_of(fixed, per_unit(), brackets())
behaviour_amounts = st.one_of(fixed, graded, streaks())
purchases = st.lists(
    st.tuples(
        st.integers(0, 60_000),
        st.integers(0, 2),
        st.sampled_from(CHANNELS),
        st.sampled_from(SOURCES),
        st.lists(st.sampled_from(TAGS), max_size=2, unique=True),
        st.sampled_from(TIERS),
    ),
    min_size=1,
    max_size=12,
)


def program(rule: dict[str, Any]) -> ProgramFile:
    ladder = tiers(*((name, 1000 * rank) for rank, name in enumerate(TIERS)))
    growth = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "fixed", "points": 1}}]}
    return ProgramFile.model_validate(sample_data({"earn.rules": [rule], "tiers": ladder, "growth": growth}))


def earned(file: ProgramFile, life: list[tuple[Any, ...]], behaviour: str | None = None) -> list[int]:
    """The total after each event of a life."""
    compiled, counters, total, totals = CompiledProgram(file), dict[str, Counter](), 0, []
    at, first_day = WEEK_IN_MARCH
    day = first_day
    for amount, days, channel, source, tags, tier in life:
        day += days
        instant = at + (day - first_day) * 86_400
        money, grade = (0, amount % 101) if behaviour else (amount, 0)
        found = compiled.evaluate(
            behaviour, money, instant, day, channel, source, tuple(tags), tier, counters, grade=grade
        )
        total += found[0] + found[1]
        totals.append(total)
        for key, period, used, _ in found[3]:
            counters[key] = after_use(counters.get(key), period, used)
    return totals


@st.composite
def rule_and_change(draw: st.DrawFn, *, purchase: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """A rule, and the same rule with one or two of its parts drawn again or left out."""
    amounts = purchase_amounts if purchase else behaviour_amounts
    parts = {"amount": amounts, "when": conditions(purchase=purchase), "limits": limits()}
    old: dict[str, Any] = {"id": "r", "on": "purchase" if purchase else "behaviour"}
    if not purchase:
        old["behaviours"] = ["check-in"]
    old |= {name: draw(strategy) for name, strategy in parts.items()}
    new = dict(old)
    for name in draw(st.lists(st.sampled_from(sorted(parts)), min_size=1, max_size=2, unique=True)):
        if name != "amount" and draw(st.booleans()):
            del new[name]
        else:
            new[name] = draw(parts[name])
    return old, new


@given(rule_and_change(purchase=True), purchases)
def test_who_buys_never_earns_less_where_nothing_is_worse(
    rules: tuple[dict[str, Any], dict[str, Any]], life: list[tuple[Any, ...]]
) -> None:
    old, new = program(rules[0]), program(rules[1])
    assume(not worse_points(old, new))
    assert all(after >= before for before, after in zip(earned(old, life), earned(new, life), strict=True))


@given(rule_and_change(purchase=False), purchases)
def test_who_acts_never_earns_less_where_nothing_is_worse(
    rules: tuple[dict[str, Any], dict[str, Any]], life: list[tuple[Any, ...]]
) -> None:
    old, new = program(rules[0]), program(rules[1])
    assume(not worse_points(old, new))
    before, after = earned(old, life, "check-in"), earned(new, life, "check-in")
    assert all(more >= less for less, more in zip(before, after, strict=True))


@given(program_files())
def test_a_program_is_nowhere_worse_than_itself(file: ProgramFile) -> None:
    assert worse_points(file, file) == []
