"""Reading files and their values: whatever they hold, a row is read exactly or refused; nothing is guessed or lost."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alliance_node.adapters.files.csv_rows import CsvRows
from alliance_node.application.importing.errors import FileUnusable
from alliance_node.application.importing.rows import Column, RowRefused
from alliance_node.application.importing.values import Money, Reader
from alliance_node.domain.instants import FAR_FUTURE, format_instant

READER = Reader(Money("CNY", 2), "Asia/Shanghai")
COLUMNS = (Column("a", "", required=True), Column("b", ""))
TEXTS = st.one_of(st.text(max_size=30), st.from_regex(r"[0-9./eE+\-:TZ ,]{0,30}", fullmatch=True))


def amount(text: str) -> int:
    return READER.amount({"x": text}, "x")


def instant(text: str, end: bool = False) -> str:
    found = READER.instant({"x": text}, "x", end=end)
    assert found is not None
    return format_instant(found)


@pytest.mark.parametrize(
    ("text", "minor"), [("42.50", 4250), ("42.5", 4250), ("42", 4200), ("0.01", 1), ("1.000000", 100), ("", 0)]
)
def test_money_is_read_exactly(text: str, minor: int) -> None:
    assert amount(text) == minor


@pytest.mark.parametrize(
    "text", ["1e3", "1,000", "-1", "+1", ".5", "1.", "1.005", "１", "1 000", "10000000000.01", "0x1"]
)
def test_what_is_no_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(RowRefused):
        amount(text)


def test_dates_and_local_times_are_those_of_the_program() -> None:
    """The last day of a lot counts in full (R-EXP-2)."""
    assert instant("2026-01-31") == "2026-01-30T16:00:00Z"
    assert instant("2026-01-31", end=True) == "2026-01-31T16:00:00Z"
    assert instant("2026-01-31 10:00") == instant("2026-01-31T10:00:00.999") == "2026-01-31T02:00:00Z"
    assert instant("2026-01-31T10:00:00Z", end=True) == "2026-01-31T10:00:00Z"
    assert instant("9999-12-31", end=True) == format_instant(FAR_FUTURE)


def test_a_day_of_23_hours_ends_when_it_ends() -> None:
    """Pitfall 11: 8 March 2026 in New York."""
    reader = Reader(Money("USD", 2), "America/New_York")
    day = {"x": "2026-03-08"}
    assert (reader.instant(day, "x", end=True) or 0) - (reader.instant(day, "x") or 0) == 23 * 3600


@given(TEXTS)
@example("9999-12-31T23:59:59-23:59")
@example("0001-01-01")
@example("2026-02-29")
def test_any_text_is_a_value_or_a_refusal(text: str) -> None:
    values = {"x": text}
    for read in (READER.whole, READER.amount, READER.instant, READER.flag, READER.text):
        try:
            found = read(values, "x")
        except RowRefused as refusal:
            told = refusal.message.partition(" such as ")[0]  # what follows is an example of a right value
            assert text not in told or len(text) < 4
        else:
            assert found is None or isinstance(found, int | str)


@given(st.integers(0, 10**12))
def test_amounts_survive_the_round_trip(minor: int) -> None:
    assert amount(f"{minor // 100}.{minor % 100:02}") == minor


@given(st.datetimes(datetime(1970, 1, 2), datetime(9998, 1, 1)))
def test_instants_survive_the_round_trip(moment: datetime) -> None:
    text = moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    assert instant(text) == text


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b" ")), max_size=8), st.integers(0, 9))
@example([b'"open,quote', b"x,y", b"\xff,y", b"\x00,y", b'a"b,c', b'"a""b",c', b" x , y ", b"\r"], 0)
def test_no_line_of_a_csv_file_is_lost(lines: list[bytes], skip: int) -> None:
    """Every line that is not blank is one row, readable or not; skipping skips whole rows."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "data.csv"
        file.write_bytes(b"\n".join([b"a,b", *lines]))
        rows = list(CsvRows(file, COLUMNS, {}, "utf-8").rows(0))
        assert list(CsvRows(file, COLUMNS, {}, "utf-8").rows(skip)) == rows[skip:]
    blank = {number for number, line in enumerate(lines, 2) if line in (b"", b"\r")}
    assert [row.line for row in rows] == [number for number in range(2, len(lines) + 2) if number not in blank]
    for row in rows:
        assert row.problem is not None or row.values.keys() == {"a", "b"}


@given(st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=20))
def test_chinese_encodings_keep_every_character(text: str) -> None:
    quoted = text.replace('"', '""')
    with TemporaryDirectory() as folder:
        file = Path(folder) / "data.csv"
        for encoding in ("utf-8", "utf-8-sig", "gb18030"):
            file.write_bytes(f'a,b\n"{quoted}",\n'.encode(encoding))
            [row] = CsvRows(file, COLUMNS, {}, encoding.removesuffix("-sig")).rows(0)
            assert row.values["a"] == text.strip() or "\ufffd" in text


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="utf-16"):
        CsvRows(tmp_path / "x.csv", COLUMNS, {}, "utf-16")
