"""The generated function and the interpreter give the same points, counters, trace and use of budgets, for any program
and any fact."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alliance_node.domain.counters import KEPT_PERIODS, Counter, after_use
from alliance_node.domain.instants import local_day, parse_instant
from alliance_node.domain.program import CompiledProgram, ProgramFile
from alliance_node.domain.program.conditions import Facts, all_hold
from alliance_node.domain.program.interpret import Evaluation
from alliance_node.domain.program.plan import (
    AmountAtLeast,
    AmountBelow,
    AnyTag,
    Before,
    BracketAmount,
    NotBefore,
    OneOf,
    PerUnitAmount,
    PlanCampaign,
    PlanRule,
)
from alliance_node.domain.program.streaks import day_points, streak
from tests.property.programs import BEHAVIOURS, CHANNELS, SOURCES, TAGS, TIERS, program_files

START = parse_instant("2026-02-20T00:00:00+00:00")


def facts(amounts: list[int], instants: list[int]) -> st.SearchStrategy[dict[str, Any]]:
    """Any fact, often at one of the program's own boundaries."""
    return st.fixed_dictionaries(
        {
            "behaviour": st.one_of(st.none(), st.none(), st.sampled_from((*BEHAVIOURS, "unknown"))),
            "amount": st.one_of(st.integers(0, 60_000), st.sampled_from(amounts), st.sampled_from(amounts)),
            "at": st.one_of(st.integers(START, START + 150 * 86_400), st.sampled_from(instants)),
            "channel": st.sampled_from((*CHANNELS, "other")),
            "source": st.sampled_from((*SOURCES, "other")),
            "tags": st.lists(st.sampled_from((*TAGS, "other")), max_size=3).map(tuple),
            "tier": st.sampled_from((*TIERS, "gone")),
            "grade": st.integers(0, 100),
        }
    )


def around(values: set[int]) -> list[int]:
    """Each value, the one before it and the one after it."""
    return sorted({value + step for value in values for step in (-1, 0, 1) if value + step >= 0})


def owner_bounds(owner: PlanRule | PlanCampaign) -> tuple[set[int], set[int]]:
    """The amounts and the instants at which a rule or a campaign begins to say something else."""
    amounts = {each.minor for each in owner.when if isinstance(each, AmountAtLeast | AmountBelow)}
    instants = {each.instant for each in owner.when if isinstance(each, NotBefore | Before)}
    amount = getattr(owner, "amount", None)
    if isinstance(amount, BracketAmount):
        amounts |= {bound for step in amount.steps for bound in (step.upper, step.last)}
    if isinstance(amount, PerUnitAmount):
        amounts |= {amount.unit_minor, amount.unit_minor * 7}
    return amounts, instants


def edges(program: ProgramFile) -> tuple[list[int], list[int]]:
    """The boundaries of all rules and campaigns of the program."""
    plan = CompiledProgram(program).plan
    bounds = [owner_bounds(owner) for owner in (*plan.purchase_rules, *plan.behaviour_rules, *plan.campaigns)]
    amounts = {0, 10**12}.union(*(found for found, _ in bounds))
    return around(amounts), around({START}.union(*(found for _, found in bounds)))


def owner_edges(program: CompiledProgram, owner: PlanRule | PlanCampaign) -> Iterator[dict[str, Any]]:
    """A fact that meets the rule or campaign, then the same at each of its own boundaries."""
    chosen = {each.fact: each.values[0] for each in owner.when if isinstance(each, OneOf)}
    tags = tuple(each.values[0] for each in owner.when if isinstance(each, AnyTag))
    fact: dict[str, Any] = {"channel": "app", "source": "pos", "tier": "base", **chosen, "tags": tags, "grade": 50}
    fact |= {"behaviour": next(iter(getattr(owner, "behaviours", ())), None), "amount": 5_000}
    noons = (START + day * 86_400 + 43_200 for day in range(150))
    met = (at for at in noons if all_hold(owner.when, Facts(**fact_at(program, fact, at))))
    fact["at"] = next(met, START)
    amounts, instants = owner_bounds(owner)
    yield fact
    yield from ({**fact, "amount": amount} for amount in around(amounts))
    yield from ({**fact, "at": at} for at in around(instants))


def fact_at(program: CompiledProgram, fact: dict[str, Any], at: int) -> dict[str, Any]:
    """What conditions look at."""
    asked = {name: value for name, value in fact.items() if name != "grade"}
    return {**asked, "at": at, "day": program.day_for(at, "Asia/Shanghai")}


def nearly_used_up(program: CompiledProgram, first: Evaluation) -> Iterator[dict[str, Any]]:
    """What is left of each shared budget and of each limit of the member, so that it just suffices, or just not."""
    for limit_id, units in first[5]:
        yield from ({"counters": {}, "available": {limit_id: left}} for left in (-1, *around({0, units})))
    most = maxima(program)
    for key, period, _, delta in first[3]:
        for used in around({most[key], most[key] - delta}) if key in most else ():
            yield {"counters": {key: Counter(period, used)}}
            yield {"counters": {key: Counter(period + 1, 0, ((period, used),))}}


@given(program_files())
def test_generated_code_equals_the_interpreter_at_every_boundary_of_every_rule(program: ProgramFile) -> None:
    """To the second, to the cent and to the point, for each rule and campaign with its other conditions met."""
    compiled, walked = CompiledProgram(program), CompiledProgram(program, interpreted=True)
    plan = compiled.plan
    for owner in (*plan.purchase_rules, *plan.behaviour_rules, *plan.campaigns):
        for number, fact in enumerate(owner_edges(compiled, owner)):
            asked = {**fact, "day": compiled.day_for(fact["at"], "Asia/Shanghai")}
            first = compiled.evaluate(**asked, counters={})
            assert first == walked.evaluate(**asked, counters={})
            for left in nearly_used_up(compiled, first) if number == 0 else ():
                assert compiled.evaluate(**asked, **left) == walked.evaluate(**asked, **left)


@st.composite
def programs_and_facts(draw: st.DrawFn) -> tuple[ProgramFile, list[dict[str, Any]]]:
    program = draw(program_files())
    return program, draw(st.lists(facts(*edges(program)), min_size=1, max_size=30))


class Left(dict[str, int]):
    """What is left of each budget, all of it at first."""

    def __init__(self, program: CompiledProgram) -> None:
        super().__init__()
        self._program = program

    def get(self, limit_id: str, _default: object = None) -> int:  # type: ignore[override]
        return self.setdefault(limit_id, self._program.capacity_of(limit_id))


@given(programs_and_facts())
def test_generated_code_equals_the_interpreter(drawn: tuple[ProgramFile, list[dict[str, Any]]]) -> None:
    """DESIGN §9: the interpreter is the oracle; counters and budgets are carried on, so that limits bind."""
    program, life = drawn
    compiled, walked = CompiledProgram(program), CompiledProgram(program, interpreted=True)
    counters: dict[str, Counter] = {}
    left = Left(compiled)
    total: dict[tuple[str, int], int] = {}
    for fact in life:
        day = compiled.day_for(fact["at"], "Asia/Shanghai")
        shared = {"available": left, "budget_day": local_day(fact["at"], compiled.timezone)}
        generated = compiled.evaluate(**fact, day=day, counters=counters, **shared)
        assert generated == walked.evaluate(**fact, day=day, counters=counters, **shared)
        base, bonus, growth, changed, trace, limits = generated
        assert min(base, bonus, growth) >= 0
        for key, period, used, _ in changed:
            counters[key] = after_use(counters.get(key), period, used)
            assert total.setdefault((key, period), 0) < used
            total[key, period] = used
        for limit_id, units in limits:
            assert units > 0
            left[limit_id] -= units
            assert left[limit_id] >= 0
        assert base + bonus == sum(step[2] for step in trace if not grows(step, program))
    for (key, _), used in total.items():
        assert key.startswith("streak/") or used <= maxima(compiled)[key]


def maxima(program: CompiledProgram) -> dict[str, int]:
    """The maximum of every limit."""
    plan = program.plan
    owners = (*plan.purchase_rules, *plan.behaviour_rules, *plan.campaigns)
    return {limit.key: limit.maximum for owner in owners for limit in owner.limits}


def grows(step: tuple[str, str, int, tuple[int, ...]], program: ProgramFile) -> bool:
    """Whether a step belongs to a growth rule."""
    return step[0] in {rule.id for rule in program.growth.rules}


shapes = st.tuples(
    st.lists(st.integers(0, 9), min_size=1, max_size=5).map(sorted).map(tuple),
    st.dictionaries(st.integers(2, 7), st.integers(1, 50), max_size=2).map(lambda found: tuple(found.items())),
    st.just(0),
)


@given(shapes, st.lists(st.integers(0, KEPT_PERIODS), min_size=1, max_size=12))
def test_check_ins_give_the_same_in_any_order_of_arrival(shape: Any, days: list[int]) -> None:
    """R-EARN-3 with late events: what is given in all depends on the days alone. A bonus that two runs gave before a
    late day joined them is not taken back."""
    counter: Counter | None = None
    given_points = 0
    for day in days:
        changed: list[Any] = []
        given_points += streak(counter, "streak/s", day, shape, ("s", ""), changed, [])
        for _, period, used, _ in changed:
            counter = after_use(counter, period, used)
    expected = run = 0
    for day in range(KEPT_PERIODS + 1):
        run = run + 1 if day in days else 0
        expected += sum(day_points(run, *shape)) if run else 0
    assert given_points >= expected
    assert given_points == expected or shape[1]
