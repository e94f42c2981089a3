"""The report's files: a signature that fits these bytes only, and a page that hides nothing and runs nothing."""

import re
from html import escape
from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

from bridge.audit import chinese
from bridge.audit.catalogue import ALL_CHECKS
from bridge.audit.command import verify_report
from bridge.audit.findings import Check
from bridge.audit.html import to_html
from bridge.audit.limits import limits
from bridge.audit.report import Report, Tally, build_report
from bridge.audit.signed_report import ReportRefused, read_signed, signed
from bridge.chain.keys import Signer
from bridge.protocol.words import format_address

KEY = Signer((7).to_bytes(32, "big"))
CHECK = Check("one", "X-1", "first <statement>")
app = typer.Typer()
app.command()(verify_report)


def test_every_check_and_every_limit_has_its_words_in_chinese() -> None:
    assert set(chinese.CHECKS) == {check.name for check in ALL_CHECKS}
    said = [
        limit["what"]
        for flags in (
            (False, False, "none", False, True),
            (True, True, "none"),
            (True, True, "qbft"),
            (True, True, "snowman"),
        )
        for limit in limits(*flags)
    ]
    assert set(chinese.LIMITS) == set(said)
    for text in (*chinese.CHECKS.values(), *(one for pair in chinese.LIMITS.values() for one in pair)):
        assert re.search(r"[\u4e00-\u9fff]", text)


def test_a_finding_is_told_in_both_languages() -> None:
    found = next(check for check in ALL_CHECKS if check.name == "storage-complete")
    tally = Tally(ALL_CHECKS)
    tally.add([found.failed("nothing there", "0x1", "Settlement at block 7, path 0xab")])
    chain = {"chain_id": 1, "from_block": 1, "to_block": 7, "to_block_hash": "0xab", "next_checkpoint": "7:0xab"}
    report = build_report(tally, chain, {"events": 3, "brands": []}, limits(checkpoint_given=True))
    page = to_html(report).decode()
    for words in ("没有隐藏的余额", "no hidden balance", "区块 7 的 Settlement", "Settlement at block 7", "您的检查点"):
        assert words in page
    assert "隐藏" not in report.to_json().decode()


def a_report(*wrong: str) -> Report:
    tally = Tally((CHECK,))
    tally.examine(CHECK)
    tally.add(CHECK.failed("right", text, "block 1") for text in wrong)
    tally.add([CHECK.unchecked("a proof", "refused", "block 2")] if wrong else [])
    chain = {"chain_id": 1, "from_block": 1, "to_block": 7, "to_block_hash": "0xab", "next_checkpoint": "7:0xab"}
    return build_report(tally, chain, {"events": 3, "brands": []}, limits(checkpoint_given=False))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "audit.json"
    path.write_bytes(signed(a_report().document(), KEY))
    return path


def verified(path: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(path), *options], env={"COLUMNS": "300"})
    return result.exit_code, result.output


def test_a_report_that_is_not_there_is_named_in_a_plain_sentence(tmp_path: Path) -> None:
    missing = tmp_path / "none.json"
    code, said = verified(missing)
    assert (code, said.strip()) == (4, f"Not verified: {missing} cannot be read: No such file or directory")


def test_a_signed_report_names_its_auditor_and_is_the_same_bytes_each_time(file: Path) -> None:
    found = read_signed(file)
    assert found.auditor == format_address(KEY.address)
    assert found.document["result"] == "clean"
    assert file.read_bytes() == signed(a_report().document(), KEY)
    code, said = verified(file, "--auditor", found.auditor)
    assert (code, found.auditor in said, "'clean'" in said) == (0, True, True)


def test_any_changed_value_is_refused(file: Path) -> None:
    document = orjson.loads(file.read_bytes())
    honest = file.read_bytes()
    for field, value in (("result", "failed"), ("limits", []), ("auditor", format_address(bytes(20)))):
        file.write_bytes(orjson.dumps(document | {field: value}, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2))
        with pytest.raises(ReportRefused):
            read_signed(file)
        assert verified(file)[0] == 1
    for changed in (honest + b" ", honest.replace(b'"clean"', b'"clean","result":"clean"'), honest[:-40], b"{}", b"[]"):
        file.write_bytes(changed)
        with pytest.raises(ReportRefused):
            read_signed(file)


def test_an_unsigned_report_another_auditor_and_a_missing_file_are_told_apart(file: Path, tmp_path: Path) -> None:
    code, said = verified(file, "--auditor", format_address(bytes(20)))
    assert (code, "not by" in said) == (1, True)
    assert verified(tmp_path / "none.json")[0] == 4
    file.write_bytes(a_report().to_json())
    assert verified(file)[0] == 1


def test_the_page_has_findings_first_limits_always_and_both_languages() -> None:
    page = to_html(a_report("wrong"), "0x12").decode()
    assert page.index("wrong") < page.index("next checkpoint")
    assert page.index("What this audit cannot prove") < page.index("All checks")
    for limit in limits(checkpoint_given=False):
        assert escape(limit["what"]) in page
    for words in ("积分联盟审计报告", "Points Alliance audit report", "未检查", "unchecked", "0x12"):
        assert words in page
    clean = to_html(a_report()).decode()
    assert "已证明" in clean
    assert "proven" in clean


def test_what_comes_from_a_chain_cannot_run_on_the_page_and_nothing_is_fetched() -> None:
    page = to_html(a_report("<script>alert(1)</script>")).decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "first &lt;statement&gt;" in page
    assert not re.findall(r"(?:src|href)=|url\(|@import", page)
