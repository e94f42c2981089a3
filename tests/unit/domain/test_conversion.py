"""The local half of a conversion: who may convert what, and hold → capture, release or return."""

from typing import Any

import pytest

from alliance_node.domain.alliance import ALLIANCE_UNITS_PER_POINT, format_alliance_points, to_fen_down
from alliance_node.domain.commands import CaptureConversion, HoldForConversion, RecordPurchase
from alliance_node.domain.deciding.converting import convertible_points, left_today
from alliance_node.domain.errors import (
    BelowConversionMinimum,
    ConversionAlreadySettled,
    ConversionNotOffered,
    DailyConversionLimit,
    DuplicateReference,
    InsufficientPoints,
    InvalidAmount,
    NotConvertible,
    UnknownConversion,
)
from alliance_node.domain.events import ConversionReleased, ConversionReturned
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.quantities import held
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample

START = parse_instant("2026-03-02T12:00:00+08:00")


def aged(changes: dict[str, Any] | None = None, points: int = 1000) -> Life:
    member = Life(sample(changes), START, "Asia/Shanghai")
    member.purchase(points * 100)
    return member.days(7)


def test_one_alliance_point_is_worth_a_tenth_of_a_yuan() -> None:
    """R-ALL-1 golden."""
    assert to_fen_down(ALLIANCE_UNITS_PER_POINT) == 10
    assert to_fen_down(9) == 0
    assert format_alliance_points(1234) == "12.34"


def test_points_must_have_the_minimum_age_to_the_second() -> None:
    """R-ALL-9."""
    member = aged()
    member.now -= 1
    with pytest.raises(NotConvertible, match="10 points asked; 0 of 1000 spendable points are convertible"):
        member.hold(10)
    member.now += 1
    member.hold(10)


def test_bonus_behaviour_and_pending_points_cannot_be_converted() -> None:
    """R-ALL-9."""
    window = {"from": "2026-03-01T00:00", "until": "2026-03-10T00:00"}
    behaviour = {"id": "b", "on": "behaviour", "behaviours": ["b"], "amount": {"type": "fixed", "points": 500}}
    spend = {"id": "spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}
    changes = {
        "earn.campaigns": [{"id": "c", "label": {"en": "c", "zh": "c"}, "when": window, "multiplier": "2"}],
        "earn.rules": [spend, behaviour],
        "earn.pending_days": 10,
    }
    member = Life(sample(changes), START, "Asia/Shanghai")
    member.purchase(10000)
    member.behave("b")
    member.days(9)
    with pytest.raises(NotConvertible):
        member.hold(10)
    member.days(1)
    with pytest.raises(NotConvertible, match="100 of 700 spendable"):
        member.hold(101)
    member.hold(100)


def test_the_daily_maximum_counts_holds_of_the_local_day() -> None:
    """R-ALL-9."""
    member = aged(points=5000)
    member.hold(600)
    program = member.book.at(member.now)
    assert left_today(program, member.state(), member.now) == 400
    with pytest.raises(DailyConversionLimit, match="600 of 1000 points are converted today; 401 asked"):
        member.hold(401)
    member.hold(400)
    member.now = parse_instant("2026-03-10T00:00:00+08:00")
    member.hold(1000)


def test_minimum_duplicates_and_missing_alliance_are_refused() -> None:
    member = aged()
    with pytest.raises(BelowConversionMinimum, match="9 points are below the minimum of 10"):
        member.hold(9)
    member.hold(10, "c")
    with pytest.raises(DuplicateReference):
        member.hold(10, "c")
    with pytest.raises(InvalidAmount):
        member.do(HoldForConversion(member.member_id, "d", 10, 0, member.now))
    with pytest.raises(ConversionNotOffered):
        aged({"alliance": None}).hold(10)


def test_a_hold_keeps_points_out_of_reach_and_alive() -> None:
    """DESIGN §3: booked still contains the held points; expiry is judged when the hold is made."""
    member = aged()
    member.hold(900, "c")
    assert (member.spendable, held(member.state()), member.state().booked) == (100, 900, 1000)
    assert convertible_points(member.book.at(member.now), member.state(), member.now) == 100
    with pytest.raises(InsufficientPoints):
        member.offset(200, 10_000)
    member.days(400)
    assert [event.points for event in member.sweep()] == [100]
    member.capture("c")
    assert (member.state().booked, member.journal["conversion_clearing"]) == (0, 900)


def test_released_points_return_to_their_lot_while_it_lives() -> None:
    member = aged()
    member.hold(900, "c")
    event = member.release("c")[0]
    assert isinstance(event, ConversionReleased)
    assert (event.lots, member.spendable, member.state().holds) == ((), 1000, {})


def test_released_after_expiry_they_come_back_with_grace() -> None:
    member = aged()
    member.hold(900, "c")
    member.days(400).sweep()
    event = member.release("c")[0]
    assert isinstance(event, ConversionReleased)
    assert [(lot.amount, lot.kind, lot.expires_at) for lot in event.lots] == [
        (900, "reinstated", member.now + 30 * DAY)
    ]
    assert (member.spendable, member.journal["breakage"]) == (900, 100)


def test_a_captured_conversion_is_returned_once() -> None:
    member = aged()
    member.hold(900, "c")
    with pytest.raises(UnknownConversion, match="never captured"):
        member.give_back("c")
    member.capture("c")
    event = member.give_back("c")[0]
    assert isinstance(event, ConversionReturned)
    assert (member.spendable, member.journal["conversion_clearing"]) == (1000, 0)
    with pytest.raises(ConversionAlreadySettled):
        member.give_back("c")


def test_capture_and_release_exclude_each_other() -> None:
    """Pitfall 19."""
    member = aged()
    member.hold(100, "c")
    member.capture("c")
    for again in (member.capture, member.release):
        with pytest.raises(ConversionAlreadySettled):
            again("c")
    member.hold(100, "d")
    member.release("d")
    for again in (member.capture, member.release):
        with pytest.raises(ConversionAlreadySettled):
            again("d")
    with pytest.raises(ConversionAlreadySettled):
        member.give_back("d")
    for unknown in (member.capture, member.release, member.give_back):
        with pytest.raises(UnknownConversion):
            unknown("nobody")


def test_what_the_ledger_decided_is_never_too_late() -> None:
    """An indexer that was down for a month still captures and credits."""
    member = aged()
    member.hold(100, "c")
    member.days(40)
    state_before = member.state().booked
    member.do(CaptureConversion(member.member_id, "c", member.now - 39 * DAY))
    assert member.state().booked == state_before - 100


def test_received_points_are_a_lot_whose_term_begins_now() -> None:
    """R-ALL-3: owed unconditionally after the burn."""
    member = aged({"alliance.daily_maximum_points": 5000})
    events = member.receive(250, "in")
    lot = member.table[2]
    assert (lot.kind, lot.remaining, lot.convertible) == ("received", 250, True)
    assert (events[0].alliance_units, member.journal["conversion_clearing"]) == (17_500, -250)
    assert member.spendable == 1250
    with pytest.raises(NotConvertible, match="1000 of 1250 spendable"):
        member.do(HoldForConversion(member.member_id, "c", 1001, 70_070, member.now))
    assert aged({"alliance.received_convertible": False}).receive(10)[0].lots[0].convertible is False


def test_decide_never_changes_the_state_it_is_given() -> None:
    member = aged()
    before = member.state()
    command = RecordPurchase(member.member_id, "pos", "z", 100, member.now)
    _, state = member.decide(command)
    assert state == before
