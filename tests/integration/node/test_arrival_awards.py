"""Points go straight into an award at the brand where they arrive, exactly once (R-ALL-3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance_node.application.arrival_awards import award_on_arrival, award_redemption_id
from alliance_node.application.conversions import AwardOnArrival, CodeRequest, Refused
from alliance_node.application.make_receiving_codes import make_receiving_codes
from bridge.protocol.rates import Rate
from tests.chain_fixtures import GENESIS, Alliance
from tests.integration.node import world as world_module
from tests.integration.node.brands import BrandNode, admit, settle
from tests.integration.node.world import DAY, program_text

pytestmark = pytest.mark.chain

PROGRAM = (
    program_text()
    .replace('points: 300, value: "4.00"', 'points: 300, cash: "1.00", value: "4.00"')
    .replace("minimum_age_days: 7", "minimum_age_days: 0")
    .replace('points: 600, value: "8.00", stock: 5000', 'points: 600, value: "8.00", stock: 1')
)


@pytest.fixture
def brands(
    chain: Alliance, two_database_urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[BrandNode, BrandNode]]:
    """Brands A and B; B's shopping bags are one piece, and points are worth the same at both."""
    monkeypatch.setattr(world_module, "START", GENESIS - 400 * DAY)
    nodes = [BrandNode(url, chain, admit(chain, Rate(10, 1, 1, 10)), tmp_path, PROGRAM) for url in two_database_urls]
    settle(*nodes, rounds=1)
    yield nodes[0], nodes[1]
    for node in nodes:
        node.close()


def member(node: BrandNode, points: int = 0) -> str:
    return node.world.member(points, node.alliance.now())


def awards(node: BrandNode, member_id: str) -> list[AwardOnArrival | None]:
    return [award_on_arrival(view.conversion) for view in node.world.queries.conversions(member_id)]


def movements(node: BrandNode, member_id: str) -> list[str]:
    return [item.kind for item in reversed(node.world.queries.history(member_id, None, 50).items)]


def test_points_that_arrive_are_redeemed_in_the_same_commit(brands: tuple[BrandNode, BrandNode]) -> None:
    a, b = brands
    receiver = member(b)
    a.convert(member(a, 900), b.receiving_code(receiver, "five-off"), 450)
    settle(a, b)
    [found] = awards(b, receiver)
    assert found is not None and (found.option, found.state) == ("five-off", "redeemed")
    assert movements(b, receiver)[-2:] == ["conversion_received", "redemption_made"]
    assert b.world.spendable(receiver, b.alliance.now()) == 0
    for node in brands:
        node.world.assert_clean()


def test_a_refused_award_leaves_the_points_and_says_why(brands: tuple[BrandNode, BrandNode]) -> None:
    """The last piece went to somebody else: out of stock, in both languages, and the indexer goes on."""
    a, b = brands
    first, second = member(b), member(b)
    for receiver in (first, second):
        a.convert(member(a, 900), b.receiving_code(receiver, "shopping-bag"), 600)
    settle(a, b)
    both = [awards(b, receiver)[0] for receiver in (first, second)]
    assert sorted(one.state for one in both if one is not None) == ["redeemed", "refused"]
    [refused] = [one for one in both if one is not None and one.state == "refused"]
    assert refused.refusal is not None and refused.refusal.code == "out_of_stock"
    assert refused.refusal.message and refused.refusal.chinese and refused.redemption_id is None
    left = sorted(b.world.spendable(receiver, b.alliance.now()) for receiver in (first, second))
    assert left == [0, 600]
    assert b.world.limit_used("stock:shopping-bag") == 1
    b.world.assert_clean()


def test_one_code_redeems_one_award_however_many_arrivals_it_collects(brands: tuple[BrandNode, BrandNode]) -> None:
    """Two arrivals gather enough, a third finds the award redeemed: it is not redeemed again."""
    a, b = brands
    receiver = member(b)
    code, commitment = b.receiving_code(receiver, "five-off"), None
    for points in (300, 200, 600):
        a.convert(member(a, 1_200), code, points)
        settle(a, b)
        commitment = b.world.queries.conversions(receiver)[0].conversion.commitment
    assert commitment is not None
    found = {
        view.conversion.points: award_on_arrival(view.conversion) for view in b.world.queries.conversions(receiver)
    }
    states = {points: (one.state, one.redemption_id) for points, one in found.items() if one is not None}
    redemption = award_redemption_id(commitment)
    assert states == {300: ("refused", None), 200: ("redeemed", redemption), 600: ("redeemed", redemption)}
    assert movements(b, receiver).count("redemption_made") == 1
    assert b.world.spendable(receiver, b.alliance.now()) == 300 + 200 + 600 - 450
    b.world.assert_clean()


def test_two_arrivals_of_one_code_in_one_block_redeem_one_award(brands: tuple[BrandNode, BrandNode]) -> None:
    a, b = brands
    receiver = member(b)
    code = b.receiving_code(receiver, "five-off")
    for _ in range(2):
        a.convert(member(a, 900), code, 450)
    settle(a, b)
    assert [one.state for one in awards(b, receiver) if one is not None] == ["redeemed", "redeemed"]
    assert movements(b, receiver).count("redemption_made") == 1
    assert b.world.spendable(receiver, b.alliance.now()) == 450
    b.world.assert_clean()


def test_points_that_go_back_redeem_nothing(brands: tuple[BrandNode, BrandNode]) -> None:
    """B slept until the deadline: A's member has the points again, B's member no award."""
    a, b = brands
    sender, receiver = member(a, 900), member(b)
    conversion = a.convert(sender, b.receiving_code(receiver, "five-off"), 450)
    settle(a)
    settle(a, at=a.conversion(conversion).conversion.deadline + 1)
    settle(b, a)
    assert a.status(conversion) == "returned"
    assert movements(b, receiver) == ["member_enrolled"]
    for node in brands:
        node.world.assert_clean()


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ("no-such", "unknown_redemption_option"),
        ("checkout", "redemption_option_not_available"),
        ("home-delivery", "redemption_option_not_available"),
    ],
)
def test_a_code_names_only_options_with_a_price_of_their_own(
    brands: tuple[BrandNode, BrandNode], option: str, code: str
) -> None:
    _, b = brands
    before = b.world.count("receiving_codes")
    [refused] = make_receiving_codes(b.desk, [CodeRequest(member(b), option)], b.alliance.now())
    assert isinstance(refused, Refused) and refused.error.code == code
    assert b.world.count("receiving_codes") == before
