"""Staff read what to pay, by when, and what they get, in both languages (R-ALL-7)."""

from typing import Any

import pytest

from alliance_node.application.settlement_view import SettlementState, settlement_view

QUIET: dict[str, Any] = {
    "block": 7,
    "epoch": 2,
    "phase": "paying",
    "closed_at": 1_750_000_000,
    "due_at": 1_750_864_000,
    "now": 1_750_000_100,
    "position": 0,
    "due": 0,
    "claim": 0,
    "paid_out": 0,
    "payout_now": 0,
    "owed_after_default": 0,
    "collateral": 0,
    "fund_contribution": 0,
    "assessment_cap": 0,
}


def view(**changes: Any) -> dict[str, Any]:
    return settlement_view(SettlementState(**{**QUIET, **changes}))


def test_a_due_is_rounded_up_to_a_fen_and_dated() -> None:
    seen = view(position=-1_234_561, due=1_234_561)
    assert seen["due_fen"] == 123_457
    assert "1,234.57 CNY" in seen["explanation"]["en"]
    assert "2025-06-25T15:06:40Z" in seen["explanation"]["en"]
    assert "1,234.57 元" in seen["explanation"]["zh"]


def test_from_its_date_on_a_due_is_overdue() -> None:
    assert "Pay" in view(due=10, now=1_750_863_999)["explanation"]["en"]
    assert "Overdue" in view(due=10, now=1_750_864_000)["explanation"]["en"]
    assert "逾期" in view(due=10, now=1_750_864_000)["explanation"]["zh"]


@pytest.mark.parametrize(
    ("changes", "now", "later"),
    [
        ({"claim": 1_009}, 0, 100),
        ({"claim": 1_009, "payout_now": 1_000}, 100, 0),
        ({"claim": 1_009, "payout_now": 300, "paid_out": 200}, 30, 50),
    ],
)
def test_a_claim_says_what_is_paid_now_and_what_waits(changes: dict[str, Any], now: int, later: int) -> None:
    seen = view(**changes)
    assert (seen["payout_now_fen"], seen["payout_later_fen"]) == (now, later)
    for language in ("zh", "en"):
        assert (f"{later // 100}.{later % 100:02d}" in seen["explanation"][language]) == (later > 0)


def test_nothing_to_do_is_said_too() -> None:
    assert "Nothing to pay" in view(phase="paid")["explanation"]["en"]
    assert "being submitted" in view(phase="closing")["explanation"]["en"]
    assert view(epoch=0, phase="none", closed_at=0, due_at=0)["due_at"] is None
