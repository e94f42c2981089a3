"""An RPC that lies gets findings, never a traceback and never a clean result (EVIDENCE-5): whatever the events say.

The fuzz runs every declared event with the edges of its values through the real replay, and asks that none of them
stops it; the named tests are what it, or a reader, found once.
"""

import dataclasses
import gzip
import os
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.audit.contracts.brand_registry import Brand, BrandStatus, Registry, cover_is_as_deployed
from bridge.audit.contracts.clearing_house import Positions
from bridge.audit.contracts.conversion_desk.batch import Desk
from bridge.audit.contracts.guarantee_fund import FundShares
from bridge.audit.contracts.settlement.state import Default, Epoch, Line, Phase, SettlementBooks
from bridge.audit.evidence import check_block
from bridge.audit.logs import EVENTS
from bridge.audit.model import Alliance
from bridge.audit.replay import Stop
from bridge.audit.report import canonical
from bridge.audit.slot_hints import SlotHints
from bridge.audit.source import RawBlock
from bridge.deploy.address_book import DeployParameters
from bridge.protocol.payments import PaymentKind
from bridge.protocol.rates import Rate, to_alliance_units_down, to_local_points_down
from tests.unit.audit.replaying import NOW, Audit, address, book_of, event_named

FULL = os.environ.get("TEST_PROFILE") == "full"
TAKEN = [(contract, event) for contract, events in EVENTS.items() for event in events.values() if event.take]
EDGES = (
    0,
    1,
    2,
    3,
    9,
    671,
    2**31,
    2**32 - 1,
    2**63,
    2**64 - 1,
    2**64,
    2**127,
    2**128 - 1,
    2**160 - 1,
    2**255,
    2**256 - 1,
)
DESK, SETTLEMENT = address("ConversionDesk"), address("Settlement")
ROWS: tuple[Any, ...] = (
    None,
    "text",
    {"type": "0x7f", "to": "hello", "input": "zz"},
    {"type": "0x7f", "to": DESK, "input": "zz"},
    {"to": DESK, "input": "0x"},
    {"to": SETTLEMENT, "input": "zz", "chainId": "0x1"},
    {"to": address("FounderMembership"), "input": 7},
    {"to": address("StatementRegistry"), "input": "0x"},
    {"to": 7, "input": None},
)

NOW_MONTH = 684  # January 2027


def statement_of(month: int) -> list[int]:
    """The event's values: a cut-off now, on a head that nobody anchored."""
    return [1, month, month, NOW, 1, 1, 5, 5, 0, 0, 0]


@st.composite
def events(draw: st.DrawFn) -> tuple[str, str, list[int], Any]:
    contract, event = draw(st.sampled_from(TAKEN))
    values = [draw(st.sampled_from([edge for edge in EDGES if edge <= most])) for most in event.limits]
    return contract, event.name, values, draw(st.sampled_from(ROWS))


@settings(max_examples=3_000 if FULL else 200)
@given(st.lists(events(), min_size=1, max_size=25))
def test_no_events_stop_the_replay_and_the_report_can_always_be_written(
    said: list[tuple[str, str, list[int], Any]],
) -> None:
    audit = Audit()
    for contract, name, values, transaction in said:
        audit.take(contract, name, values, transaction)
    assert audit.stops() == []
    orjson.loads(audit.end().to_json())


@pytest.mark.parametrize(("contract", "name"), [(contract, event.name) for contract, event in TAKEN])
def test_each_event_is_taken_with_each_edge_alone_and_after_itself(contract: str, name: str) -> None:
    limits = event_named(contract, name).limits
    for edge in EDGES:
        values = [min(edge, most) for most in limits]
        for said in (values, [1, *values[1:]]):  # of a brand that may be unknown, and of one that is known
            audit = Audit()
            for transaction in ROWS:
                audit.take(contract, name, said, transaction)
            assert audit.stops() == []
            orjson.loads(audit.end().to_json())


def test_a_value_above_its_type_is_a_malformed_event() -> None:
    audit = Audit()
    audit.take("ConversionDesk", "BatchPosted", [1, 1, 5, 10**9])
    assert audit.failed() == {"known-events"}
    assert audit.alliance.of(Desk).batches == 0


def test_a_batch_of_more_items_than_the_desk_takes_is_a_finding_and_is_not_counted_through() -> None:
    audit = Audit()
    audit.take("ConversionDesk", "BatchPosted", [1, 1, 5, 2**16 - 1])
    told = [found for found in audit.tally.kept if found.check == "one-outcome-per-item"]
    assert told[0].actual == f"{2**16 - 1} items"
    assert len(told) == 151


@pytest.mark.parametrize(
    ("name", "values"),
    [("Defaulted", [1, 9, 1, 1, 1, 1, 1]), ("CapAgreed", [9, 5])],
)
def test_the_settlement_of_a_brand_that_nobody_registered_is_a_finding(name: str, values: list[int]) -> None:
    audit = Audit()
    audit.take("Settlement", name, values)
    assert "brand-ids" in audit.failed()
    assert audit.stops() == []


def test_a_default_assessed_without_caps_is_a_finding() -> None:
    audit = Audit()
    audit.take("Settlement", "CapAgreed", [1, 0])
    audit.take("Settlement", "Defaulted", [0, 1, 0, 0, 0, 7, 0])
    assert "waterfall" in audit.failed()
    assert audit.stops() == []


MINUS = 1 << 256


def unbacked(cash: int) -> Audit:
    """An epoch at whose close 1,000 units were out, with a pool of less; brand 2 is owed 906."""
    audit = Audit()
    books, positions = audit.alliance.of(SettlementBooks), audit.alliance.of(Positions)
    books.number = positions.epoch = 1
    books.epochs[1] = Epoch(supply=1_000, cash=cash, phase=Phase.PAYING, unpaid=1, claims=906)
    books.lines[2] = Line(1, claim=906)
    positions.row(1).paid = cash
    positions.row(2).redeemed = 906
    return audit


def paid(brand_id: int, units: int, total: int) -> tuple[str, str, list[int]]:
    return "ClearingHouse", "Paid", [brand_id, units % MINUS, total % MINUS]


def test_an_assessment_pays_nobody_from_what_backs_the_points() -> None:
    """INV-15: it moves no cash; while dues are open the pool may well hold less than the points outstanding."""
    audit = unbacked(100)
    audit.alliance.of(SettlementBooks).running = Default(1, 50, 50, [(2, 50)])
    audit.take_together([paid(2, -50, -50), paid(1, 50, 150), ("Settlement", "Assessed", [1, 1, 2, 50])])
    assert "payouts-backed" not in audit.failed()


def test_a_recovery_of_a_brand_that_is_being_assessed_is_a_finding() -> None:
    """INV-16: its default is not over before the last assessment is booked."""
    for running in (None, Default(1, 50, 50, [(2, 50)])):
        audit = unbacked(100)
        books = audit.alliance.of(SettlementBooks)
        books.running, books.owed[1] = running, 300
        audit.take("Settlement", "PaymentConfirmed", [PaymentKind.RECOVERY, 1, 1, 300, 7, 5])
        assert ("payments" in audit.failed()) is (running is not None)


def test_a_leaving_brands_odd_units_are_no_payout() -> None:
    """INV-15: also not when the next payout comes to what the pool held before."""
    audit = unbacked(100)
    swept = ("Settlement", "DustSwept", [3, 6])
    audit.take_together([paid(3, -6, -6), ("GuaranteeFund", "Repaid", [6, 6]), swept])
    assert "payouts-backed" not in audit.failed()
    audit = unbacked(1_100)
    audit.take_together([paid(3, -6, -6), ("GuaranteeFund", "Repaid", [6, 6]), swept])
    payout = ("Settlement", "PaymentConfirmed", [PaymentKind.PAYOUT, 2, 1, 100, 7, 5])
    audit.take_together([payout, paid(2, -100, -100)])
    assert not {"payments", "payouts-backed"} & audit.failed()


@pytest.mark.parametrize(("status", "issued", "open_"), [(1, 906, 10), (1, 816, 100), (2, 906, 0), (2, 896, 10)])
def test_a_claim_that_was_issued_away_is_paid_only_as_far_as_the_limit_goes(
    status: int, issued: int, open_: int
) -> None:
    """INV-3: an active brand with a credit line of 10, and one that is leaving."""
    for units in (open_, open_ + 10):
        audit = unbacked(1_100)
        audit.alliance.of(Registry).brands[2].status = BrandStatus(status)
        audit.alliance.of(Positions).row(2).issued = issued
        payout = ("Settlement", "PaymentConfirmed", [PaymentKind.PAYOUT, 2, 1, units, 7, 5])
        audit.take_together([payout, paid(2, -units, -units)])
        assert ("payments" in audit.failed()) is (units != open_ or units == 0)


def test_shares_of_a_fund_that_lies_about_its_total_are_worth_nothing() -> None:
    assert FundShares(cash=5, total=0, shares={0: {1: 3}}).worth(1) == 0


def test_a_rate_with_a_side_of_zero_is_a_finding_and_converts_nothing() -> None:
    audit = Audit()
    audit.take("RateBoard", "RateAnnounced", [1, 1, 0, 0, 0, 0, NOW, NOW, 0])
    assert "rate-round-trip" in audit.failed()
    nothing = Rate(1, 0, 1, 0)
    assert (to_alliance_units_down(nothing, 5), to_local_points_down(nothing, 5)) == (0, 0)


def test_an_event_that_the_model_cannot_take_in_is_one_finding_that_names_it_and_ends_the_replay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fault of the auditor's own stands in for what the fuzz does not know yet."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    event = event_named("BrandRegistry", "StatusSet")
    topic = next(topic for topic, one in EVENTS["BrandRegistry"].items() if one is event)
    monkeypatch.setitem(EVENTS["BrandRegistry"], topic, dataclasses.replace(event, take=broken))
    audit = Audit()
    audit.take("BrandRegistry", "StatusSet", [1, 1])
    audit.take("BrandRegistry", "CreditLineSet", [1, 77])
    assert audit.stops() == ["BrandRegistry.StatusSet leads to ZeroDivisionError"]
    assert audit.replay.stopped_at == "block 1, transaction 0"
    assert audit.replay.events == 1
    saved = audit.alliance.save()
    audit.alliance.restore(saved)
    assert audit.alliance.of(Stop).where == "block 1, transaction 0"


def test_numbers_that_json_readers_round_are_written_as_text() -> None:
    written = orjson.loads(canonical({"small": 5, "total": 2**100, "rows": [{"long": -(2**70)}], "huge": 10**5_000}))
    assert written["small"] == 5
    assert written["total"] == str(2**100)
    assert written["rows"] == [{"long": str(-(2**70))}]
    assert written["huge"] == hex(10**5_000)


@pytest.mark.parametrize(
    "row", ["text", {"type": "0x7f", "to": "hello", "input": "0x"}, {"type": "0x7f", "input": "zz"}]
)
def test_a_malformed_transaction_is_a_finding_about_its_block(row: Any) -> None:
    zero, empty = f"0x{0:064x}", f"0x{0:0512x}"
    header = dict.fromkeys(("parentHash", "sha3Uncles", "stateRoot", "transactionsRoot", "receiptsRoot", "hash"), zero)
    header |= dict.fromkeys(("difficulty", "number", "gasLimit", "gasUsed", "timestamp"), "0x1")
    header |= {"miner": f"0x{0:040x}", "logsBloom": empty, "extraData": "0x", "mixHash": zero, "nonce": f"0x{0:016x}"}
    verdict = check_block(RawBlock(1, {**header, "transactions": [row]}, []), None)
    assert "transactions-root" in {found.check for found in verdict.findings if found.level == "proven"}
    assert not verdict.readable


@pytest.mark.parametrize("month", [NOW_MONTH, 96_347, 2**32 - 1])
def test_a_statement_of_a_month_that_has_not_ended_is_a_finding(month: int) -> None:
    """INV-28: the contract takes none."""
    audit = Audit()
    audit.take("StatementRegistry", "StatementPublished", statement_of(month))
    assert [found.actual for found in audit.tally.kept if found.check == "statement-dates"] == [f"month {month}"]
    assert audit.stops() == []


def test_a_statement_of_the_month_before_is_dated_as_it_must_be() -> None:
    audit = Audit()
    audit.take("StatementRegistry", "StatementPublished", statement_of(NOW_MONTH - 1))
    assert "statement-dates" not in audit.failed()


def test_the_cover_rule_is_asked_for_once_there_is_a_brand() -> None:
    """Between the first deployment and `setGuaranteeFund` an honest chain has nothing to cover (INV-17)."""
    promised = book_of(DeployParameters(cover_rule=True))
    alliance = Alliance(promised)
    assert list(cover_is_as_deployed(alliance)) == []
    alliance.of(Registry).brands[1] = Brand(1, 101, 201, 301)
    assert [found.check for found in cover_is_as_deployed(alliance)] == ["credit-cover"]
    alliance.of(Registry).fund = 5
    assert list(cover_is_as_deployed(alliance)) == []


class Dump:
    """What an RPC says when it is asked for its state."""

    def __init__(self, slots: list[str]) -> None:
        state = {"accounts": {f"0x{7:040x}": {"storage": dict.fromkeys(slots, "0x1")}}}
        self.answer = f"0x{gzip.compress(orjson.dumps(state)).hex()}"

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        return [self.answer for _ in calls]


def test_a_slot_that_no_storage_has_is_dropped_from_the_hints() -> None:
    hints = SlotHints(Dump(["-0x1", "0x0", hex(2**256 - 1), hex(2**256), hex(2**300)]))
    assert hints.of((7).to_bytes(20, "big")) == [0, 2**256 - 1]
