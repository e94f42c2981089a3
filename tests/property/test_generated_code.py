"""The generated function and the interpreter give the same points, counters and trace, for any program and any fact."""

from hypothesis import given
from hypothesis import strategies as st

from alliance_node.domain.counters import Counter, after_use
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.program import CompiledProgram, ProgramFile
from tests.property.programs import BEHAVIOURS, CHANNELS, SOURCES, TAGS, TIERS, program_files

START = parse_instant("2026-02-20T00:00:00+00:00")

facts = st.fixed_dictionaries(
    {
        "behaviour": st.one_of(st.none(), st.none(), st.sampled_from((*BEHAVIOURS, "unknown"))),
        "amount": st.one_of(st.integers(0, 60_000), st.sampled_from((0, 1, 1999, 2000, 24_999, 25_000, 10**12))),
        "at": st.integers(START, START + 150 * 86_400),
        "channel": st.sampled_from((*CHANNELS, "other")),
        "source": st.sampled_from((*SOURCES, "other")),
        "tags": st.lists(st.sampled_from((*TAGS, "other")), max_size=3).map(tuple),
        "tier": st.sampled_from((*TIERS, "gone")),
    }
)


@given(program_files(), st.lists(facts, min_size=1, max_size=30))
def test_generated_code_equals_the_interpreter(program: ProgramFile, life: list[dict]) -> None:
    """DESIGN §9: the interpreter is the oracle; counters are carried on, so that limits bind."""
    compiled, walked = CompiledProgram(program), CompiledProgram(program, interpreted=True)
    counters: dict[str, Counter] = {}
    total: dict[tuple[str, int], int] = {}
    for fact in life:
        day = compiled.day_for(fact["at"], "Asia/Shanghai")
        generated = compiled.evaluate(**fact, day=day, counters=counters)
        assert generated == walked.evaluate(**fact, day=day, counters=counters)
        base, bonus, growth, changed, trace, _ = generated
        assert min(base, bonus, growth) >= 0
        for key, period, used, _ in changed:
            counters[key] = after_use(counters.get(key), period, used)
            assert total.setdefault((key, period), 0) < used
            total[key, period] = used
        assert base + bonus == sum(step[2] for step in trace if not grows(step, program))
    for (key, _), used in total.items():
        assert used <= maxima(compiled)[key]


def maxima(program: CompiledProgram) -> dict[str, int]:
    """The maximum of every limit."""
    plan = program.plan
    owners = (*plan.purchase_rules, *plan.behaviour_rules, *plan.campaigns)
    return {limit.key: limit.maximum for owner in owners for limit in owner.limits}


def grows(step: tuple[str, str, int, tuple[int, ...]], program: ProgramFile) -> bool:
    """Whether a step belongs to a growth rule."""
    return step[0] in {rule.id for rule in program.growth.rules}
