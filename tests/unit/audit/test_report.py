"""The report: counting, levels, exit codes, deterministic bytes."""

import re
from pathlib import Path

import orjson

from bridge.audit.catalogue import ALL_CHECKS
from bridge.audit.findings import Check
from bridge.audit.limits import limits
from bridge.audit.report import KEPT_PER_CHECK, Report, Tally, build_report

ONE, TWO = Check("one", "X-1", "first statement"), Check("two", "X-2", "second statement")


def report_of(tally: Tally) -> Report:
    return build_report(tally, {"to_block": 7}, {"events": 0}, limits(checkpoint_given=False))


def test_nothing_examined_is_not_called_proven() -> None:
    tally = Tally((ONE, TWO))
    tally.examine(ONE)
    assert [row["level"] for row in report_of(tally).checks] == ["proven", None]


def test_exit_codes_tell_failed_from_incomplete() -> None:
    assert report_of(Tally((ONE,))).exit_code == 0
    incomplete = Tally((ONE, TWO))
    incomplete.add([ONE.unchecked("a proof", "refused", "block 1")])
    assert report_of(incomplete).exit_code == 3
    incomplete.add([TWO.failed(1, 2, "block 2")])
    assert report_of(incomplete).exit_code == 1


def test_every_finding_is_counted_and_the_first_ones_are_kept() -> None:
    tally = Tally((ONE,))
    tally.add(ONE.failed("a", "b", f"block {number}") for number in range(KEPT_PER_CHECK + 50))
    report = report_of(tally)
    assert report.checks[0]["failures"] == KEPT_PER_CHECK + 50
    assert len(report.failures) == KEPT_PER_CHECK


def test_the_json_is_the_same_bytes_and_holds_no_number_that_a_reader_would_round() -> None:
    tally = Tally((ONE,))
    tally.add([ONE.failed(2**200, b"\x01\x02", "block 1")])
    first, second = report_of(tally).to_json(), report_of(tally).to_json()
    assert first == second
    (row,) = orjson.loads(first)["failures"]
    assert (row["expected"], row["actual"], row["invariant"]) == (str(2**200), "0x0102", "X-1")


def test_checks_have_distinct_names_and_each_names_its_invariant() -> None:
    names = [check.name for check in ALL_CHECKS]
    assert len(set(names)) == len(names)
    assert all(check.invariant and check.statement for check in ALL_CHECKS)


def test_every_invariant_of_the_contracts_is_defended_by_a_check() -> None:
    text = (Path(__file__).resolve().parents[3] / "contracts" / "INVARIANTS.md").read_text()
    promised = set(re.findall(r"^## (INV-\d+)", text, re.MULTILINE))
    assert len(promised) >= 11
    assert promised <= {check.invariant for check in ALL_CHECKS}
