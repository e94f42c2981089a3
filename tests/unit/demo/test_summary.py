"""The summary names every fault: points that no flow explains, positions that do not add up, checks with findings."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from alliance_node.entrypoints.demo import summary as results
from alliance_node.entrypoints.demo import table
from alliance_node.entrypoints.demo.clock import ReplayClock
from alliance_node.entrypoints.demo.summary import (
    AllianceSummary,
    BrandSummary,
    FoundersSummary,
    SponsoredSummary,
    StatementsSummary,
    Summary,
    Verdict,
    WalletsSummary,
)

CLEAN = Verdict(exit_code=0, findings=[])


def brand(**changes: Any) -> BrandSummary:
    sound: dict[str, Any] = {
        "members": 2,
        "purchases": 9,
        "issued": 1_000,
        "clawed_back": 10,
        "redeemed": 200,
        "expired": 30,
        "converted_in": 70,
        "converted_out": 300,
        "returned": 5,
        "sponsored": 4,
        "liability": 539,
        "held": 0,
        "unclaimed": 0,
        "tiers": {"member": 2},
        "simulated_redemptions": 3,
    }
    return BrandSummary(**{**sound, **changes})


def summary(**changes: Any) -> Summary:
    sound: dict[str, Any] = {
        "scale": 0.01,
        "seed": 1,
        "simulated": "redemptions",
        "brands": {"groceries": brand()},
        "conversions": {"groceries → coffee": 4},
        "refused": {},
        "alliance": AllianceSummary(supply=70, pool_cash=20, positions={"groceries": -90, "coffee": 40}, block=9),
        "statements": StatementsSummary(heads={}, statements={}, owed_points={}),
        "founders": FoundersSummary(memberships=50, grants=3, credited_points={"music": 21_000}, vault_units=7),
        "sponsored": SponsoredSummary(redemptions=5, bonuses_paid=3, left_units={"coffee": 60}),
        "wallets": WalletsSummary(wallets=3, taken_in_units=90, taken_out_units=40, held_units=50),
        "audit": CLEAN,
        "reconcile": {"groceries": CLEAN},
        "rebuild": {"groceries": CLEAN},
        "seconds": {"replay": 1.5},
        "rates": {"purchases a second": 6.0},
    }
    return Summary(**{**sound, **changes})


def test_a_sound_run_has_no_faults() -> None:
    assert summary().faults() == []


@pytest.mark.parametrize(
    "flow", ["issued", "clawed_back", "redeemed", "expired", "converted_in", "converted_out", "returned", "sponsored"]
)
def test_a_point_that_no_flow_explains_is_a_fault(flow: str) -> None:
    wrong = brand(**{flow: getattr(brand(), flow) + 1})
    [fault] = summary(brands={"groceries": wrong}).faults()
    assert "groceries" in fault
    assert "1 points" in fault


def test_positions_that_do_not_add_up_are_a_fault() -> None:
    wrong = AllianceSummary(supply=70, pool_cash=20, positions={"groceries": -90, "coffee": 41}, block=9)
    assert summary(alliance=wrong).faults() == ["positions and supply differ by 1 units"]


@pytest.mark.parametrize("check", ["audit", "reconcile", "rebuild"])
def test_a_finding_or_an_exit_code_of_a_check_is_a_fault(check: str) -> None:
    for verdict in (Verdict(exit_code=1, findings=[]), Verdict(exit_code=0, findings=["balance of 7 is 8"])):
        value = verdict if check == "audit" else {"groceries": verdict}
        [fault] = summary(**{check: value}).faults()
        assert check in fault


def test_the_file_holds_the_faults_beside_the_numbers(tmp_path: Path) -> None:
    path = tmp_path / "build" / "demo-summary.json"
    results.save(summary(audit=Verdict(exit_code=3, findings=["unread"])), path)
    document = json.loads(path.read_text())
    assert document["faults"] == ["audit: exit code 3, unread"]
    assert document["brands"]["groceries"]["liability"] == 539
    assert msgspec.convert({k: v for k, v in document.items() if k != "faults"}, Summary).faults() == document["faults"]


def test_the_table_shows_every_brand_the_equation_and_the_checks() -> None:
    shown = StringIO()
    table.show(summary(), Console(file=shown, width=120))
    for words in ("groceries", "points expired", "Σ positions", "= pool cash − supply", "no findings", "simulated"):
        assert words in shown.getvalue()


class Recorder:
    """A chain and a node at once: notes what the clock does to them."""

    brand = "recorder"

    def __init__(self) -> None:
        self.blocks: list[int] = []
        self.times: list[int] = []

    def mine(self, timestamp: int) -> None:
        self.blocks.append(timestamp)

    def set_clock(self, now: int) -> None:
        self.times.append(now)


def test_the_clock_never_gives_two_blocks_one_timestamp_nor_moves_a_node_back() -> None:
    recorder = Recorder()
    clock = ReplayClock(recorder, [recorder], now=0)
    clock.advance(100)
    for _ in range(5):
        clock.tick()
    clock.advance(103)
    clock.advance(103)
    clock.advance(200)
    assert recorder.blocks == sorted(set(recorder.blocks))
    assert recorder.times == [100, 103, 200]
