"""`alliance audit` as a user runs it: exit codes, files, and what the screen says."""

from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

from bridge.audit.command import audit
from tests.integration.audit.forged_chain import ForgedChain
from tests.integration.audit.posting import Story
from tests.integration.audit.tampering_proxy import tampering_proxy

pytestmark = pytest.mark.chain
app = typer.Typer()
app.command()(audit)
WIDE = {"COLUMNS": "200", "NO_COLOR": "1"}


@pytest.fixture
def book(story: Story, tmp_path: Path) -> Path:
    path = tmp_path / "book.json"
    story.alliance.book.save(path)
    return path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), env=WIDE)
    return result.exit_code, result.output


def test_a_clean_audit_ends_with_0_a_report_and_its_limits(story: Story, book: Path, tmp_path: Path) -> None:
    output = tmp_path / "new" / "audit.json"
    code, said = run("--rpc", story.alliance.url, "--address-book", str(book), "--output", str(output))
    assert code == 0
    assert "Clean" in said
    assert "What this audit cannot prove" in said
    assert "--checkpoint" in said
    document = orjson.loads(output.read_bytes())
    assert (document["format"], document["result"]) == ("points-alliance-audit/1", "clean")


def test_a_failed_audit_ends_with_1_and_names_the_check(story: Story, book: Path, tmp_path: Path) -> None:
    forged = ForgedChain(story.alliance.rpc)
    forged.receipts[-1].clear()
    forged.remove_logs(lambda log: len(log["topics"]) == 1)
    output = tmp_path / "audit.json"
    with tampering_proxy(story.alliance.url, forged.tamper) as url:
        code, said = run("--rpc", url, "--address-book", str(book), "--output", str(output))
    assert code == 1
    assert "FAILED" in said
    assert "receipts-root (EVIDENCE-4) at block" in said
    assert orjson.loads(output.read_bytes())["result"] == "failed"


def test_an_incomplete_audit_ends_with_3(story: Story, book: Path) -> None:
    with tampering_proxy(story.alliance.url, lambda *_: None, refused={"eth_getProof"}) as url:
        code, said = run("--rpc", url, "--address-book", str(book))
    assert code == 3
    assert "INCOMPLETE" in said


def test_what_cannot_be_run_ends_with_4_and_says_what_to_do(story: Story, book: Path, tmp_path: Path) -> None:
    url = story.alliance.url
    questions = {
        "does not answer": ("http://127.0.0.1:9", str(book)),
        "cannot be read": (url, str(tmp_path / "none.json")),
        "is not a checkpoint": (url, str(book), "--checkpoint", "latest"),
        "does not exist yet": (url, str(book), "--to-block", "999999"),
        "node export": (url, str(book), "--node-export", str(tmp_path / "none.json")),
    }
    for text, (rpc, path, *rest) in questions.items():
        code, said = run("--rpc", rpc, "--address-book", path, *rest)
        assert (code, text in said) == (4, True), said


def test_a_missing_block_is_a_clear_refusal(story: Story, book: Path) -> None:
    with tampering_proxy(story.alliance.url, _hide_block_3) as url:
        code, said = run("--rpc", url, "--address-book", str(book))
    assert code == 4
    assert "does not have the header of block 3" in said


def _hide_block_3(method: str, params: list[object], result: object) -> object:
    hidden = method == "eth_getBlockByNumber" and params[0] == "0x3"
    return "null" if hidden else None
