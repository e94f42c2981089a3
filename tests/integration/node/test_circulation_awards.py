"""A sponsor's budget on a real chain pays the circulation award, once a member and month (R-ALL-6)."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chain_fixtures import GENESIS, Alliance
from tests.integration.node import world as world_module
from tests.integration.node.brands import settle
from tests.integration.node.sponsors import AWARD, BONUS, Brands, two_brands
from tests.integration.node.world import DAY

pytestmark = pytest.mark.chain


@pytest.fixture
def brands(
    chain: Alliance, two_database_urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Brands]:
    monkeypatch.setattr(world_module, "START", GENESIS - 400 * DAY)
    with two_brands(chain, two_database_urls, tmp_path, spending_bonus=BONUS, circulation_award=AWARD) as made:
        yield made


def test_bonus_and_award_of_one_redemption_are_paid_by_their_sponsor(brands: Brands) -> None:
    """Golden: 100 arrived points redeemed: +10 % and the month's 40 points, at 20 units each."""
    brands.fund(2_000)
    member = brands.member()
    brands.redeem(member)
    assert brands.promises() == [("award", 40, 800, "spending"), ("bonus", 10, 200, "spending")]
    settle(brands.a, brands.b)
    assert brands.promises() == [("award", 40, 800, "paid"), ("bonus", 10, 200, "paid")]
    assert brands.b.world.spendable(member, brands.now) == 50 + 10 + 40
    assert brands.budget_units() == 1_000
    brands.assert_clean()


def test_a_budget_for_one_of_them_pays_the_bonus_and_refuses_the_award(brands: Brands) -> None:
    brands.fund(900)
    member = brands.member()
    brands.redeem(member)
    settle(brands.a, brands.b)
    assert brands.promises() == [("bonus", 10, 200, "paid")]
    assert "circulation_award_refused" in brands.kinds(member)
    assert brands.budget_units() == 700
    brands.fund(1_000)
    brands.redeem(member, "later", 1)  # the month may still earn it
    settle(brands.a, brands.b)
    assert ("award", 40, 800, "paid") in brands.promises()
    brands.assert_clean()


def test_redemptions_at_once_promise_one_award(brands: Brands) -> None:
    """One a member and month, whatever comes at the same time."""
    brands.fund(10_000)
    member = brands.member(400)
    threads = [threading.Thread(target=brands.redeem, args=(member, f"r{number}")) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(brands.a, brands.b)
    assert [row for row in brands.promises() if row[0] == "award"] == [("award", 40, 800, "paid")]
    assert brands.kinds(member).count("circulation_award_paid") == 1
    brands.assert_clean()


def test_cancellations_below_the_threshold_give_the_budget_its_units_again(brands: Brands) -> None:
    """Once after the payment, once while the SPEND is under way; another redemption of the month keeps it."""
    brands.fund(5_000)
    member = brands.member(300)
    brands.redeem(member, "first")
    settle(brands.a, brands.b)
    brands.redeem(member, "second", 1)
    brands.cancel(member, "second")
    assert "circulation_award_revoked" not in brands.kinds(member)
    brands.cancel(member, "first")
    assert brands.kinds(member).count("circulation_award_revoked") == 1
    brands.redeem(member, "third")
    brands.cancel(member, "third")
    settle(brands.a, brands.b, rounds=6)
    assert {row[3] for row in brands.promises()} == {"returned"}
    assert brands.budget_units() == 5_000
    assert brands.b.world.spendable(member, brands.now) == 300
    brands.assert_clean()


DYING = Path(__file__).with_name("dying_indexer.py")


@pytest.mark.parametrize("when", ["spend", "unspend"])
def test_a_node_killed_while_it_applies_an_outcome_applies_it_once(brands: Brands, when: str) -> None:
    """SIGKILL after the points were written and before the indexer's commit: nothing of the block is there, and the
    next process pays, or takes back, once."""
    brands.fund(2_000)
    member = brands.member()
    brands.redeem(member)
    if when == "unspend":
        settle(brands.a, brands.b)
        brands.cancel(member)
    before = brands.promises(), brands.kinds(member)
    brands.post_without_reading()
    died = subprocess.run([sys.executable, str(DYING), *brands.arguments()], timeout=120, check=False)
    assert died.returncode == -signal.SIGKILL
    assert (brands.promises(), brands.kinds(member)) == before
    settle(brands.a, brands.b)
    settled = {"spend": "paid", "unspend": "returned"}[when]
    assert {row[3] for row in brands.promises()} == {settled}
    assert brands.kinds(member).count("circulation_award_paid") == 1
    assert brands.kinds(member).count("spending_bonus_paid") == 1
    assert brands.budget_units() == (1_000 if when == "spend" else 2_000)
    brands.assert_clean()


def test_an_award_on_arrival_earns_the_bonus_too(brands: Brands) -> None:
    """The redemption happens inside the indexer's commit, and so does its SPEND."""
    brands.fund(1_000)
    sender, receiver = brands.a.world.member(300, brands.now), brands.b.world.member(0, brands.now)
    brands.a.convert(sender, brands.b.receiving_code(receiver, "coupon"), 300)
    settle(brands.a, brands.b, rounds=8)
    assert brands.promises() == [("bonus", 5, 100, "paid")]
    assert brands.kinds(receiver)[-3:] == ["conversion_received", "redemption_made", "spending_bonus_paid"]
    assert brands.b.world.spendable(receiver, brands.now) == 150 - 50 + 5
    brands.assert_clean()
