"""Moving in from another system: members, openings, history from real files into real databases (pitfall 12)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest

from alliance_node.domain.commands import RecordRefund
from alliance_node.domain.instants import parse_instant
from tests.integration.node.imports import (
    Desk,
    csv_file,
    lots,
    parquet_file,
    reasons,
    references,
    rejections,
)
from tests.integration.node.world import T0, World, purchase


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_csv_and_parquet_bring_the_same(desk: Desk, tmp_path: Path) -> None:
    """What Parquet brought with types, CSV recognises lot for lot as there already."""
    assert desk.bring("members", csv_file(tmp_path / "m.csv", references(700))).tally.new == 700
    parquet = desk.bring("openings", parquet_file(tmp_path / "o.parquet", lots(700))).tally
    assert (parquet.new, parquet.already, parquet.rejected) == (1400, 0, 0)
    again = desk.bring("openings", csv_file(tmp_path / "o.csv", lots(700))).tally
    assert (again.new, again.already, again.rejected) == (0, 1400, 0)
    assert again.totals["already"] == parquet.totals["new"]
    totals = parquet.totals["new"]
    assert totals["members"] == totals["members.tier.silver"] == 700
    assert totals["points.kind.base"] == sum(range(101, 801))
    assert totals["points.kind.bonus"] == 4900
    assert totals["points.expires.2026-10"] == 35 * 7  # 1 May in Shanghai was still 30 April at the brand
    assert totals["points"] == sum(value for name, value in totals.items() if name.startswith("points.expires."))
    assert (totals["growth"], totals["spend_minor"]) == (sum(range(701)), 700 * 1250)
    member = desk.member("C-3")
    assert desk.world.spendable(member) == 110
    assert desk.world.spendable(member, parse_instant("2026-12-01T00:00:00-05:00")) == 103
    assert desk.world.queries.balance(member, T0).tier == "silver"
    desk.world.assert_clean()


def test_members_purchases_and_times_are_the_same_from_both_formats(desk: Desk, tmp_path: Path) -> None:
    people = [
        {"external_ref": str(number), "name": "王芳", "phone": f"+86138{number:08d}", "enrolled_at": date(2020, 2, 29)}
        for number in range(5)
    ]
    typed = pyarrow.schema(
        [("external_ref", pyarrow.int64()), ("name", "string"), ("phone", "string"), ("enrolled_at", "date32")]
    )
    desk.bring("members", csv_file(tmp_path / "m.csv", people))
    as_numbers = [{**person, "external_ref": int(str(person["external_ref"]))} for person in people]
    assert desk.bring("members", parquet_file(tmp_path / "m.parquet", as_numbers, typed)).tally.already == 5
    moments = [datetime(2024, 3, 1, 12, 0, tzinfo=UTC), datetime(2024, 7, 1, 12, 0, 1), datetime(1999, 1, 1)]
    bought = [
        {
            "external_ref": "1",
            "source": "till",
            "source_event_id": str(number),
            "occurred_at": moment,
            "amount": Decimal("42.50"),
            "currency": "USD",
            "tags": ["tea", "gift"],
            "points": 42,
        }
        for number, moment in enumerate([moments[0], *moments])
    ]
    zoned, naive = [bought[0]], bought[2:]
    assert desk.bring("history", parquet_file(tmp_path / "zoned.parquet", zoned)).tally.new == 1
    assert desk.bring("history", parquet_file(tmp_path / "naive.parquet", naive)).tally.new == 2
    tally = desk.bring("history", csv_file(tmp_path / "all.csv", bought)).tally
    assert (tally.new, tally.already, tally.rejected) == (1, 3, 0)
    assert tally.totals["already"]["amount_minor"] == 3 * 4250
    desk.world.assert_clean()


@pytest.mark.parametrize("name", ["members", "openings", "history"])
def test_a_dry_run_decides_everything_and_writes_nothing(name: str, desk: Desk, tmp_path: Path) -> None:
    """The same report as the import that follows; every table keeps its number of rows."""
    if name != "members":
        desk.bring("members", csv_file(tmp_path / "m.csv", references(600)))
    bought = [{"external_ref": f"C-{n}", "source": "till", "source_event_id": n % 590} for n in range(602)]
    bought = [{**line, "occurred_at": "2025-01-01", "amount": 5, "points": n} for n, line in enumerate(bought)]
    rows = {"members": [*references(600), *references(3)], "openings": lots(602), "history": bought}[name]
    file = csv_file(tmp_path / "data.csv", rows)
    before = desk.counts()
    tried = desk.bring(name, file, dry_run=True)
    told = rejections(file)
    assert desk.counts() == before
    assert tried.dry_run
    done = desk.bring(name, file)
    assert (done.tally, rejections(file)) == (tried.tally, told)
    assert tried.tally.lines == len(rows)
    assert desk.counts() != before
    settled = desk.counts()
    after = desk.bring(name, file, dry_run=True).tally
    assert (after.new, after.already) == (0, done.tally.new + done.tally.already)
    assert desk.counts() == settled


def test_every_rejected_line_is_reported_with_its_reason(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_bytes(
        b"external_ref,name,phone,timezone,enrolled_at\n"  # line 1
        b"C-1,Ann,+14155550101,America/New_York,2024-01-05\n"
        b"C-2,Bob,+14155550101,,\n"
        b"C-1,Ann again,,,\n"
        b",Nobody,,,\n"
        b"C-5,Eve,12345,,\n"
        b"\n"
        b"C-6,Fay,,Mars/Base,\n"
        b'C-7,"Gil,,,\n'
        b"C-8,Hal\n"
        b"C-9,\xff\xfe,,,\n"
        b"C-10,,,,05/01/2024\n"
        b"C-11,,,,2099-01-01\n"
        b"C-12,,,,2026-02-30\n"
        b"C-13,Ivy,+14155550102,,2026-02-28T10:00:00Z\n"
    )
    tally = desk.bring("members", file).tally
    assert (tally.new, tally.already, tally.rejected) == (2, 1, 10)
    assert reasons(file) == [
        (3, "identity_in_use"),
        (5, "missing_value"),
        (6, "malformed_personal_field"),
        (8, "unknown_time_zone"),
        (9, "malformed_csv"),
        (10, "column_count"),
        (11, "not_in_encoding"),
        (12, "not_a_time"),
        (13, "future_event"),
        (14, "not_a_time"),
    ]
    assert tally.reasons == {code: [c for _, c in reasons(file)].count(code) for _, code in reasons(file)}
    assert all(message and "Bob" not in message and "1415" not in message for _, _, message in rejections(file))


def test_an_opening_is_all_or_nothing(desk: Desk, tmp_path: Path) -> None:
    """One bad lot keeps the member's whole opening out, so that the corrected lines can be imported later."""
    desk.bring("members", csv_file(tmp_path / "m.csv", references(9)))
    file = tmp_path / "o.csv"
    file.write_text(
        "external_ref,amount,earned_at,expires_at,kind,tier,growth\n"
        "C-1,100,2026-05-01,2027-05-31,,,\n"
        "C-1,100.5,2026-05-01,2027-05-31,,,\n"  # 3
        "C-2,50,2026-05-01,2026-06-01,,,\n"
        "C-2,60,2026-05-01,2027-06-01,,,\n"
        "C-3,50,2026-05-01,,,platinum,\n"  # 6
        "C-4,50,2026-05-01,,,silver,\n"
        "C-4,50,2026-05-01,,,gold,\n"
        "C-X,50,2026-05-01,,,,\n"  # 9
        "C-5,50,,,,,\n"
        "C-6,,,,,,7\n"
        "C-6,50,2026-05-01,,cash,,\n"  # 12
        "C-7,1,2026-05-01,,,,\n"
        "C-8,1,2026-05-01,,,,\n"
        "C-7,2,2026-05-01,,,,\n"  # 15
        "C-9,1\n"
        "C-9,5,2026-05-01,,,,\n"
    )
    tally = desk.bring("openings", file).tally
    assert reasons(file) == [
        (2, "incomplete"),
        (3, "not_a_whole_number"),
        (4, "opening_lot_expired"),
        (5, "incomplete"),
        (6, "unknown_tier"),
        (7, "contradiction"),
        (8, "incomplete"),
        (9, "unknown_reference"),
        (10, "missing_value"),
        (11, "incomplete"),
        (12, "unknown_kind"),
        (15, "incomplete"),
        (16, "column_count"),
        (17, "incomplete"),
    ]
    assert tally.new == 2
    assert tally.totals["new"]["points"] == 2
    assert tally.totals["rejected"]["points"] == 100 + 110 + 50 + 100 + 50 + 50 + 50 + 7
    corrected = tmp_path / "corrected.csv"
    corrected.write_text("external_ref,amount,earned_at\nC-1,100,2026-05-01\nC-7,2,2026-05-01\n")
    assert desk.bring("openings", corrected).tally.new == 1
    assert reasons(corrected) == [(3, "imported_differently")]
    assert [desk.world.spendable(desk.member(name)) for name in ("C-1", "C-2", "C-7")] == [100, 0, 1]


def test_lines_of_one_member_that_do_not_stand_together_are_not_lost_silently(desk: Desk, tmp_path: Path) -> None:
    """The second line says the same as the first: it could be a second lot of the same day."""
    desk.bring("members", csv_file(tmp_path / "m.csv", references(2)))
    file = tmp_path / "o.csv"
    line = "C-1,10,2026-05-01\n"
    file.write_text(f"external_ref,amount,earned_at\n{line}C-2,1,2026-05-01\n{line}")
    desk.bring("openings", file)
    assert reasons(file) == [(4, "imported_differently")]


def test_bad_types_spoil_their_row_and_not_the_file(desk: Desk, tmp_path: Path) -> None:
    """Floats never become points or money, wherever they come from."""
    desk.bring("members", csv_file(tmp_path / "m.csv", references(3)))
    columns = {"external_ref": ["C-1", "C-2", "C-3"], "source": ["t"] * 3, "source_event_id": [1, 2, 3]}
    times = pyarrow.array([0, 2**60, 0], pyarrow.timestamp("ms"))
    file = tmp_path / "h.parquet"
    table = pyarrow.table({**columns, "occurred_at": times, "amount": pyarrow.array([None, "5", "5"])})
    pyarrow.parquet.write_table(table, file)
    assert desk.bring("history", file).tally.new == 1
    assert reasons(file) == [(1, "missing_value"), (2, "unreadable_type")]
    floats = table.set_column(4, "amount", pyarrow.array([5.0, None, 0.1]))
    other = tmp_path / "floats.parquet"
    pyarrow.parquet.write_table(floats, other)
    assert desk.bring("history", other).tally.new == 0
    assert reasons(other) == [(1, "unreadable_type"), (2, "unreadable_type"), (3, "unreadable_type")]


def test_history_is_checked_line_by_line(desk: Desk, tmp_path: Path) -> None:
    desk.bring("members", csv_file(tmp_path / "m.csv", references(2)))
    member = desk.member("C-1")
    assert desk.world.one(purchase(member, "overlap", 4250)).accepted
    file = tmp_path / "h.csv"
    file.write_text(
        "external_ref,source,source_event_id,occurred_at,amount,currency,points\n"
        "C-1,till,1,2025-03-01T10:00:00-05:00,42.50,USD,40\n"
        "C-1,till,1,2025-03-01T10:00:00-05:00,42.50,USD,40\n"  # 3: twice, alike
        "C-1,till,1,2025-03-01T10:00:00-05:00,42.50,USD,41\n"
        "C-2,till,1,2025-03-01T10:00:00-05:00,42.50,USD,40\n"  # 5: another member
        "C-1,till,2,2025-03-01 10:00,42.505,USD,40\n"
        "C-1,till,3,2025-03-01 10:00,42.5,CNY,40\n"
        "C-1,alliance:x,4,2025-03-01,1,,\n"
        "C-1,till,5,2025-03-01,1e3,,\n"
        "C-1,till,6,2025-03-01,-1,,\n"
        "C-1,till,7,2027-03-01,1,,\n"
        "C-1,pos,overlap,2026-09-21,42.50,,\n"  # 12: recorded live already
        "C-9,till,8,2025-03-01,1,,\n"
    )
    tally = desk.bring("history", file).tally
    assert (tally.new, tally.already) == (1, 2)
    assert reasons(file) == [
        (4, "business_key_conflict"),
        (5, "business_key_conflict"),
        (6, "not_an_amount"),
        (7, "wrong_currency"),
        (8, "invalid_identifier"),
        (9, "not_an_amount"),
        (10, "not_an_amount"),
        (11, "future_event"),
        (13, "unknown_reference"),
    ]
    assert tally.totals["new"] == {"purchases": 1, "amount_minor": 4250, "amount_minor.2025-03": 4250, "points": 40}


def test_a_refund_of_an_imported_purchase_claws_its_points_back(desk: Desk, tmp_path: Path) -> None:
    """Pitfall 4: what the old system gave for the purchase is part of the opening balance and goes with it."""
    desk.bring("members", csv_file(tmp_path / "m.csv", references(1)))
    opening = {"external_ref": "C-1", "amount": 100, "earned_at": "2026-05-01", "expires_at": "2027-05-31"}
    desk.bring("openings", csv_file(tmp_path / "o.csv", [opening]))
    bought = {"external_ref": "C-1", "source": "till", "source_event_id": "1", "occurred_at": "2026-06-01"}
    desk.bring("history", csv_file(tmp_path / "h.csv", [{**bought, "amount": "80.00", "points": 40}]))
    member = desk.member("C-1")
    assert desk.world.spendable(member) == 100
    half = RecordRefund(member, "till", "r1", "till", "1", 4000, T0)
    assert desk.world.one(half).accepted
    assert desk.world.spendable(member) == 80
    assert desk.world.one(RecordRefund(member, "till", "r2", "till", "1", 4000, T0)).accepted
    assert desk.world.spendable(member) == 60
    assert desk.world.one(RecordRefund(member, "till", "r3", "till", "1", 1, T0)).code == "refund_exceeds_purchase"
    desk.world.assert_clean()
