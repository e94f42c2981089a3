"""Goals, chains, budgets and threshold gifts through the real ledger: one group or many, and back again."""

from collections.abc import Iterator

import pytest

from alliance_node.domain.commands import Command, EnrolMember, RecordBehaviour, RecordRefund
from tests.integration.node.world import DAY, T0, World, body, purchase
from tests.unit.domain.sample import sample_text

MEMBER = "7f3c1c52-5a0e-4c1d-9a51-1f6f0f8f0001"
LABEL = {"en": "l", "zh": "l"}
STEPS = [
    {"id": "order", "label": LABEL, "day": 1, "on": "purchase", "points": 100},
    {"id": "visit", "label": LABEL, "day": 2, "on": "behaviour", "behaviours": ["visit"], "points": 50},
]
PROGRAM = sample_text(
    {
        "earn.rules": [
            {"id": "spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}, "budget": "pot"},
            {
                "id": "daily",
                "on": "behaviour",
                "behaviours": ["visit"],
                "amount": {"type": "streak", "days": [5, 6, 7]},
            },
        ],
        "earn.budgets": [{"id": "pot", "points": 600}],
        "earn.gifts": [{"id": "mug", "label": LABEL, "when": {"amount_at_least": "300.00"}, "option": "gift"}],
        "tasks.goals": [{"id": "three", "label": LABEL, "per": "ever", "purchases": 3, "points": 80, "budget": "pot"}],
        "tasks.chains": [{"id": "new", "label": LABEL, "steps": STEPS}],
    }
)


def refund(name: str, amount_minor: int, at: int) -> RecordRefund:
    return RecordRefund(MEMBER, "pos", f"refund-{name}", "pos", name, amount_minor, at)


def visit(name: str, at: int) -> RecordBehaviour:
    return RecordBehaviour(MEMBER, "app", name, "visit", at)


NOW = T0 + 4 * DAY
LIFE: list[Command] = [
    purchase(MEMBER, "a", 30_000, T0),
    visit("v2", T0 + 2 * DAY),
    visit("v1", T0 + DAY),
    purchase(MEMBER, "b", 20_000, T0 + DAY),
    purchase(MEMBER, "c", 10_000, T0 + 3 * DAY),
]


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    one = World(database_url, PROGRAM)
    assert one.one(EnrolMember(MEMBER, "Asia/Shanghai", T0)).accepted
    yield one
    one.close()


@pytest.mark.parametrize("together", [True, False])
def test_a_life_gives_the_same_in_one_group_and_in_many(world: World, together: bool) -> None:
    """A budget of 600 gives 300 + 200 + 100 and leaves nothing for the goal; the chain's 150 and the streak's 5 + 6 are
    not of the budget. Refunds give all of it back."""
    for group in [LIFE] if together else [[command] for command in LIFE]:
        assert all(result.accepted for result in world.do(*group, now=NOW))
    assert world.spendable(MEMBER, NOW) == 600 + 150 + 5 + 6
    assert (world.limit_used("budget:pot/0"), world.limit_used("stock:gift")) == (600, 1)
    refunds = [refund("a", 30_000, NOW), refund("b", 20_000, NOW), refund("c", 10_000, NOW)]
    for group in [refunds] if together else [[command] for command in refunds]:
        assert all(result.accepted for result in world.do(*group, now=NOW))
    assert world.limit_used("budget:pot/0") == 0
    assert world.spendable(MEMBER, NOW) == 50 + 5 + 6
    world.assert_clean()


def test_the_budget_pays_the_goal_from_what_a_refund_gave_back(world: World) -> None:
    world.do(*LIFE[:4], now=NOW)
    world.do(refund("a", 15_000, NOW), now=NOW)
    [result] = world.do(LIFE[4], now=NOW)
    assert body(result)["points"] is not None
    assert world.limit_used("budget:pot/0") == 150 + 200 + 100 + 80
    world.do(refund("c", 10_000, NOW), now=NOW)
    assert world.limit_used("budget:pot/0") == 350
    world.assert_clean()
