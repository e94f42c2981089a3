"""Task chains and goals count by when things happened: the order of arrival changes nothing (R-EARN-6, R-EARN-7)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alliance_node.domain.events import TaskRewarded
from alliance_node.domain.instants import parse_instant
from tests.property.programs import BEHAVIOURS, chains, goals
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample, tiers

START = parse_instant("2026-03-02T12:00:00+08:00")
CALM = [{"id": "spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}]
OUT_OF_REACH = tiers(("base", 0), ("silver", 10**8), ("gold", 10**9), basis="spend")
BUDGETS = [{"id": name, "points": 10**6} for name in ("pot", "well")]

deeds = st.lists(
    st.tuples(st.integers(0, 25 * DAY), st.one_of(st.integers(1, 20_000), st.sampled_from(BEHAVIOURS))),
    min_size=1,
    max_size=8,
    unique_by=lambda deed: deed[0],
)


def program(tasks: dict[str, Any]) -> Any:
    changes = {"earn.rules": CALM, "earn.budgets": BUDGETS, "earn.late_days": 60, "tasks": tasks, "tiers": OUT_OF_REACH}
    return sample(changes)


def life(tasks: dict[str, Any]) -> Life:
    return Life(program(tasks), START, "Asia/Shanghai")


def do(member: Life, deed: tuple[int, Any]) -> None:
    offset, what = deed
    known = member.book.at(member.now).behaviours
    if isinstance(what, int):
        member.purchase(what, f"p{offset}", at=START + offset)
    elif what in known:
        member.behave(what, at=START + offset)


def rewarded(member: Life) -> set[str]:
    return {event.reward for event in member.stream if isinstance(event, TaskRewarded)}


@given(st.one_of(chains(), chains()), goals(), deeds, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_no_reward(
    chain: list[Any], goal: list[Any], script: list[tuple[int, Any]], random: Any
) -> None:
    """Everything in time, or all of it late and in any order."""
    tasks = {"goals": goal, "chains": chain}
    punctual, late = life(tasks), life(tasks)
    for deed in sorted(script):
        punctual.now = START + deed[0]
        do(punctual, deed)
    late.now = START + 30 * DAY
    random.shuffle(script)
    for deed in script:
        do(late, deed)
    assert rewarded(punctual) == rewarded(late)
    assert punctual.journal["program_cost"] == late.journal["program_cost"]
    assert punctual.state().growth == late.state().growth


@given(chains(), deeds, st.randoms(use_true_random=False))
def test_refunding_every_purchase_leaves_no_step_of_a_purchase(
    chain: list[Any], script: list[tuple[int, Any]], random: Any
) -> None:
    """In whatever order they came and go back; only steps done by behaviours stay."""
    member = life({"chains": chain})
    member.now = START + 30 * DAY
    random.shuffle(script)
    for deed in script:
        do(member, deed)
    random.shuffle(script)
    for offset, what in script:
        if isinstance(what, int):
            member.refund(f"p{offset}", what)
    by_purchase = {f"newcomer/{step['id']}" for each in chain for step in each["steps"] if step["on"] == "purchase"}
    assert not by_purchase & member.state().rewards.keys()
    assert member.state().spend_minor == 0
