"""The sources compiled by the auditor, apart from Hardhat, against the code on chain (DEPLOY-3)."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.audit import run
from bridge.audit.recompile import Compiled, SourcesMissing, recompile
from bridge.audit.report import Report
from bridge.audit.run import run_audit
from bridge.deploy.artifacts import load_artifact
from tests.integration.audit.posting import Story
from tests.integration.audit.tampering_proxy import tampering_proxy

pytestmark = pytest.mark.chain
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def compiled() -> dict[str, Compiled]:
    return recompile(ROOT)


def audit_with(
    story: Story, compiled: Mapping[str, Compiled], monkeypatch: pytest.MonkeyPatch, url: str | None = None
) -> Report:
    monkeypatch.setattr(run, "recompile", lambda root: compiled)
    return run_audit(url or story.alliance.url, story.alliance.book, sources=ROOT)


def failures(report: Report) -> set[tuple[str, str]]:
    return {(finding.check, finding.where.partition(" ")[0]) for finding in report.failures}


def test_both_compilers_make_the_same_code(compiled: dict[str, Compiled]) -> None:
    """Decision 0008: one settings file, two ways to call the compiler."""
    for name, row in compiled.items():
        assert row.creation == load_artifact(name).bytecode, name
        assert row.runtime == load_artifact(name).runtime, name


def test_the_code_on_chain_is_that_of_the_sources(
    story: Story, compiled: dict[str, Compiled], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = audit_with(story, compiled, monkeypatch)
    assert report.exit_code == 0
    (row,) = (row for row in report.checks if row["check"] == "contract-recompiled")
    assert (row["examined"], row["level"]) == (len(compiled), "proven")
    assert all("published sources" not in limit["what"] for limit in report.limits)


@pytest.mark.parametrize("name", ["ConversionDesk", "AccessManager"])
def test_one_other_instruction_is_named_with_its_contract(
    story: Story, compiled: dict[str, Compiled], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    code = bytearray(compiled[name].runtime)
    code[20] ^= 1
    other = compiled | {name: replace(compiled[name], runtime=bytes(code))}
    assert failures(audit_with(story, other, monkeypatch)) == {("contract-recompiled", name)}


def test_immutables_and_metadata_are_no_difference_but_what_surrounds_them_is(
    story: Story, compiled: dict[str, Compiled], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = compiled["ConversionDesk"]
    (start, length), *_ = row.masked
    code = bytearray(row.runtime)
    code[start : start + length] = b"\x77" * length
    code[-20] ^= 1
    same = compiled | {"ConversionDesk": replace(row, runtime=bytes(code))}
    assert audit_with(story, same, monkeypatch).exit_code == 0
    code[start - 1] ^= 1
    other = compiled | {"ConversionDesk": replace(row, runtime=bytes(code))}
    assert failures(audit_with(story, other, monkeypatch)) == {("contract-recompiled", "ConversionDesk")}


def test_code_that_an_rpc_makes_up_is_not_believed(
    story: Story, compiled: dict[str, Compiled], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lie(method: str, params: list[Any], result: Any) -> Any:
        return result[:-2] + "00" if method == "eth_getCode" else None

    with tampering_proxy(story.alliance.url, lie) as url:
        found = failures(audit_with(story, compiled, monkeypatch, url))
    assert found == {("contract-recompiled", name) for name in compiled}


def test_what_is_missing_is_said_with_what_to_do(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "contracts", tmp_path / "contracts")
    with pytest.raises(SourcesMissing, match="npm ci"):
        recompile(tmp_path)
