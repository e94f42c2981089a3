"""Points of several sources mature, are extended, never end for some, and end for others, on a real node.

One program (aging.yaml), one clock that only moves forward: the tests run in the order of their dates.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.node_process import NodeProcess

PROGRAM = Path(__file__).with_name("aging.yaml")


@pytest.fixture(scope="module")
def airline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    process = NodeProcess(tmp_path_factory.mktemp("aging") / "airline", "sqlite:///node.sqlite")
    try:
        process.init(program=PROGRAM.read_text(encoding="utf-8"), clock="manual").start()
        process.at("2026-01-31T10:00:00+08:00")
        yield process
    finally:
        process.close()


@pytest.fixture(scope="module")
def flyer(airline: NodeProcess) -> str:
    return airline.enrol(name="Flyer")


def fly(airline: NodeProcess, member: str, amount: str, at: str, source: str = "airline") -> dict[str, Any]:
    body = airline.purchase(member, amount, occurred_at=at, source=source)
    answer = airline.post("/v1/purchases", body)
    assert answer.status_code == 201, answer.text
    return {**answer.json(), "body": body}


def lots(airline: NodeProcess, member: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = airline.get(f"/v1/members/{member}/lots").json()["lots"]
    return found


def test_each_source_earns_at_its_own_rate_and_matures(airline: NodeProcess, flyer: str) -> None:
    """R-EARN-8, R-EARN-9: 5, 2 and 1 a CNY; pending for seven days, then spendable."""
    at = "2026-01-31T10:00:00+08:00"
    assert [fly(airline, flyer, "100.00", at, source)["points"] for source in ("airline", "hotel", "card")] == [
        500,
        200,
        100,
    ]
    balance = airline.get(f"/v1/members/{flyer}/balance").json()["balance"]
    assert balance == {"spendable": 0, "held": 0, "pending": 800}
    early = airline.post(f"/v1/members/{flyer}/redemptions", {"option": "five-off"})
    assert early.json()["code"] == "insufficient_points"
    airline.at("2026-02-07T10:00:00+08:00")
    assert airline.spendable(flyer) == 800


def test_a_partial_refund_takes_exactly_its_share_from_its_own_lot(airline: NodeProcess, flyer: str) -> None:
    """R-EARN-9: 40 of 100 back: 200 of 500."""
    bought = fly(airline, flyer, "100.00", "2026-02-07T10:00:00+08:00")
    refund = {
        "member_id": flyer, "source": "airline", "source_event_id": uuid.uuid4().hex, "purchase_source": "airline",
        "purchase_source_event_id": bought["body"]["source_event_id"], "amount": "40.00",
        "occurred_at": "2026-02-07T10:00:00+08:00",
    }  # fmt: skip
    answer = airline.post("/v1/refunds", refund)
    assert (answer.status_code, answer.json()["points"]) == (201, -200)
    assert answer.json()["balance"] == {"spendable": 800, "held": 0, "pending": 300}


def test_goods_for_points_only_cost_no_money(airline: NodeProcess, flyer: str) -> None:
    """R-RED-9."""
    airline.at("2026-02-15T10:00:00+08:00")
    made = airline.post(f"/v1/members/{flyer}/redemptions", {"option": "model-plane"}).json()
    assert (made["points"], made["cash"]) == (-1000, "0.00")
    assert airline.spendable(flyer) == 100


def test_a_lot_lives_its_term_and_a_purchase_extends_what_is_about_to_end(airline: NodeProcess, flyer: str) -> None:
    """R-EXP-1, R-EXP-2, R-EXP-3: 24 months from its own date (31 January to 31 January); six more within 30 days."""
    [left] = [lot for lot in lots(airline, flyer) if lot["remaining"]]
    assert left["expires_at"] == "2028-02-07T16:00:00Z"
    airline.at("2028-01-20T10:00:00+08:00")
    fly(airline, flyer, "1.00", "2028-01-20T10:00:00+08:00")
    extended = next(lot for lot in lots(airline, flyer) if lot["lot_no"] == left["lot_no"])
    assert extended["expires_at"] == "2028-08-07T16:00:00Z"
    airline.at("2028-08-07T23:59:59+08:00")
    assert airline.spendable(flyer) == 105
    airline.at("2028-08-08T00:00:00+08:00")
    assert airline.spendable(flyer) == 5, "expired before any sweep ran"


def test_points_of_the_top_tier_never_end(airline: NodeProcess) -> None:
    """R-EXP-4."""
    member = airline.enrol(name="Black card")
    fly(airline, member, "100.00", "2028-08-08T00:00:00+08:00")
    assert lots(airline, member)[0]["expires_at"] == "2030-08-08T16:00:00Z"
    fly(airline, member, "10000.00", "2028-08-08T00:00:00+08:00")
    assert {lot["expires_at"] for lot in lots(airline, member)} == {None}
    assert airline.alliance("node", "rebuild", "--check").returncode == 0
