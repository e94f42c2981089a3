"""Sponsored budgets as two brands' staff and a member meet them: API, command line, page, over a real chain (R-ALL-6).

The hotel's program offers +10 % and a circulation award, paid by the shop.
"""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from alliance_node.adapters.chain.local_alliance import LocalBrand
from tests.acceptance.node_process import Finished, NodeProcess, call_alliance, rfc3339
from tests.acceptance.test_bad_input import assert_problem
from tests.acceptance.test_conversions import DAY, NOW, Pair, page_of
from tests.unit.domain.sample import sample_text

pytestmark = pytest.mark.chain
TERMS = "0x" + "11" * 32
DEADLINE = "2027-03-01T00:00:00+08:00"
SECTION = {"sponsor_brand": 1, "terms": TERMS, "deadline": "2027-03-01T00:00"}
KEY = {"beneficiary": 2, "terms": TERMS, "deadline": DEADLINE}
OPTIONS = ("--beneficiary", "2", "--terms", TERMS, "--deadline", DEADLINE)


class Sponsored(Pair):
    """The hotel has a program of its own; the shop is brand 1."""

    def _node(self, brand: LocalBrand) -> NodeProcess:
        node = NodeProcess(self.directory / brand.code.lower(), "sqlite:///node.sqlite")
        node.environment = {"TEST_HOT_KEY": brand.hot_key}
        sections: dict[str, Any] = {
            "spending_bonus": {**SECTION, "percent": 10, "monthly_maximum_points": 500},
            "circulation_award": {**SECTION, "points": 40, "threshold_points": 100},
        }
        program = sample_text(sections) if brand.code == "HOTEL" else None
        node.init(program=program, alliance=self.settings(brand), clock="manual").start()
        node.post("/v1/simulation/clock", {"now": rfc3339(self.now)})
        return node

    def until(self, node: NodeProcess, path: str, name: str, wanted: Any) -> dict[str, Any]:
        """Mines until the answer's first entry of the list says so."""
        deadline = time.monotonic() + 60
        while True:
            body: dict[str, Any] = node.get(path).json()
            (kind, field) = name.split(".")
            if body[kind] and body[kind][0][field] == wanted:
                return body
            assert time.monotonic() < deadline, (body, node.log[-2_000:])
            self.mine(2)
            time.sleep(0.2)


def budget(node: NodeProcess, name: str, *arguments: str) -> Finished:
    """`alliance brand budget …` at the node."""
    where = ("--dir", str(node.directory))
    return call_alliance("brand", "budget", name, *where, *arguments, environment=node.environment)


@pytest.fixture(scope="module")
def brands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sponsored]:
    made = Sponsored(tmp_path_factory.mktemp("sponsored"))
    yield made
    made.close()


def test_a_budget_from_its_order_to_the_members_page_and_back(brands: Sponsored) -> None:
    shop, hotel = brands.shop, brands.hotel
    funding = {**KEY, "units": 4_000}
    ordered = shop.post("/v1/budgets/fundings", funding, idempotency_key="spring")
    assert ordered.status_code == 202, ordered.text
    again = shop.post("/v1/budgets/fundings", funding, idempotency_key="spring")
    assert again.json()["item_id"] == ordered.json()["item_id"]
    other = shop.post("/v1/budgets/fundings", {**funding, "units": 1}, idempotency_key="spring")
    assert_problem(other, 409, "budget_order_conflict")
    brands.until(hotel, "/v1/budgets", "to_spend.units", 4_000)

    member = brands.member(hotel)
    sender = brands.member(shop, purchases=3)
    brands.mine(40 * DAY)
    quote = shop.post(f"/v1/members/{sender}/quotes", {"receiving_code": brands.code(member), "points": 200})
    requested = shop.post(f"/v1/members/{sender}/conversions", {"quote_id": quote.json()["quote_id"]})
    brands.wait(shop, requested.json()["conversion_id"], "completed")
    while hotel.spendable(member) < 200:
        brands.mine(2)
        time.sleep(0.2)
    redeemed = hotel.post(
        f"/v1/members/{member}/redemptions", {"redemption_id": str(uuid.uuid4()), "option": "coupon", "quantity": 2}
    )
    assert redeemed.status_code == 201, redeemed.text
    waiting = hotel.get(f"/v1/members/{member}/promises?lang=zh").json()["promises"]
    assert sorted((one["kind"], one["points"], one["units"]) for one in waiting) == [
        ("award", 40, 400),
        ("bonus", 10, 100),
    ]
    assert "SHOP" in waiting[0]["under_way"]["where"] and "系统会自动申请" in waiting[0]["under_way"]["who"]
    assert "Promised by sponsors" in page_of(hotel, member)
    told = hotel.alliance("member", "promises", member)
    assert "An award of 40 points is promised: SHOP pays it" in told.stdout
    listed = budget(hotel, "list")
    assert listed.returncode == 0 and "Promised, and not settled" in listed.stdout, listed.stderr

    brands.until(hotel, "/v1/budgets", "to_spend.units", 3_500)
    assert hotel.spendable(member) == 100 + 10 + 40
    assert hotel.get(f"/v1/members/{member}/promises").json() == {"promises": []}
    assert "Promised by sponsors" not in page_of(hotel, member)
    brands.until(shop, "/v1/budgets", "paid_for.left_units", 3_500)


def test_commands_of_the_sponsor_say_what_is_wrong_and_do_things_once(brands: Sponsored) -> None:
    shop = brands.shop
    first = budget(shop, "fund", "--order", "june", *OPTIONS, "--units", "700")
    again = budget(shop, "fund", "--order", "june", *OPTIONS, "--units", "700")
    assert first.returncode == 0, first.stderr
    assert first.stdout == again.stdout
    early = budget(shop, "close", *OPTIONS)
    assert early.returncode != 0 and "can be closed from" in early.stderr
    wrong = budget(shop, "close", "--beneficiary", "2", "--terms", "0x12", "--deadline", DEADLINE)
    assert wrong.returncode != 0 and "64 hexadecimal digits" in wrong.stderr
    assert "0 return(s) asked for again" in budget(shop, "give-back").stdout
    assert shop.post("/v1/budgets/give-backs").json() == {"asked_again": 0}
    assert_problem(shop.post("/v1/budgets/closings", KEY), 409, "budget_not_open")
    brands.mine(1_772_294_400 + 400 * DAY - NOW)  # long after the deadline
    brands.until(shop, "/v1/budgets", "paid_for.ended", True)
    brands.until(shop, "/v1/budgets", "paid_for.funding_units", 0)
    closed = shop.post("/v1/budgets/closings", KEY)
    assert closed.status_code == 202, closed.text
    brands.until(shop, "/v1/budgets", "paid_for.left_units", 0)
    listed = budget(shop, "list", "--json")
    assert '"kind": "close"' in listed.stdout


def test_a_node_without_an_alliance_keeps_no_budgets(node: NodeProcess) -> None:
    assert_problem(node.get("/v1/budgets"), 503, "alliance_not_connected")
    member = node.enrol(name="Ann")
    assert node.get(f"/v1/members/{member}/promises").json() == {"promises": []}
