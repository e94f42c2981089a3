"""An audit that is interrupted goes on from its last saved block, and its report is that of a run from the start."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bridge.audit import saved
from bridge.audit.anchors import Checkpoint
from bridge.audit.node_export import ExportedBrand
from bridge.audit.run import AuditImpossible, StateFile, run_audit
from bridge.audit.saved import SavedAuditRefused
from tests.chain_fixtures import key
from tests.integration.audit.posting import Story
from tests.integration.audit.tampering_proxy import tampering_proxy

pytestmark = pytest.mark.chain
AUDITOR = key(7001)


def last_block(story: Story) -> int:
    return int(story.alliance.rpc.call("eth_blockNumber"), 16)


def audit(story: Story, state: Path | None, to_block: int | None = None, **options: Any) -> bytes:
    file = StateFile(state, AUDITOR) if state is not None else None
    report = run_audit(story.alliance.url, story.alliance.book, to_block=to_block, state_file=file, **options)
    return report.to_json()


def test_going_on_from_every_block_gives_the_report_of_a_run_from_the_start(story: Story, tmp_path: Path) -> None:
    """One block at a time, the file being all that is carried from run to run."""
    state = tmp_path / "audit.state"
    for number in range(story.alliance.book.deployed_block, last_block(story) + 1):
        assert audit(story, state, number) == audit(story, None, number), f"block {number}"


def test_a_finished_audit_asked_again_needs_no_block_and_says_the_same(story: Story, tmp_path: Path) -> None:
    state = tmp_path / "audit.state"
    first = audit(story, state)
    fetched: list[str] = []

    def watch(method: str, params: list[Any], result: Any) -> Any:
        fetched.append(method)
        return None

    with tampering_proxy(story.alliance.url, watch) as url:
        again = run_audit(url, story.alliance.book, state_file=StateFile(state, AUDITOR)).to_json()
    assert again == first
    assert "eth_getBlockReceipts" not in fetched


def test_findings_of_the_first_part_are_in_the_report_of_the_last(story: Story, tmp_path: Path) -> None:
    """A lie that was told before the interruption is not forgotten by an honest RPC after it."""
    number = story.alliance.book.deployed_block

    def lie(method: str, params: list[Any], result: Any) -> Any:
        return result | {"hash": f"0x{'55' * 32}"} if method == "eth_getBlockByNumber" else None

    state = tmp_path / "audit.state"
    with tampering_proxy(story.alliance.url, lie) as url:
        run_audit(url, story.alliance.book, to_block=number, state_file=StateFile(state, AUDITOR))
    report = run_audit(story.alliance.url, story.alliance.book, state_file=StateFile(state, AUDITOR))
    assert {finding.check for finding in report.failures} == {"header-hash"}


@pytest.mark.parametrize("at", [0.0, 0.2, 0.5, 0.8, 0.999])
def test_a_file_with_one_byte_changed_is_refused(story: Story, tmp_path: Path, at: float) -> None:
    state = tmp_path / "audit.state"
    audit(story, state, story.alliance.book.deployed_block + 2)
    content = bytearray(state.read_bytes())
    content[int(at * len(content))] ^= 1
    state.write_bytes(content)
    with pytest.raises(SavedAuditRefused, match="remove it to audit from the start"):
        audit(story, state)


def test_a_file_signed_by_somebody_else_is_refused(story: Story, tmp_path: Path) -> None:
    state = tmp_path / "audit.state"
    run_audit(story.alliance.url, story.alliance.book, state_file=StateFile(state, key(7002)))
    with pytest.raises(SavedAuditRefused, match="not signed by your key"):
        audit(story, state)


def test_a_file_of_another_version_or_question_is_refused(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "audit.state"
    audit(story, state)
    with pytest.raises(SavedAuditRefused, match="another address book, node export or sources"):
        audit(story, state, export=[ExportedBrand(1, [], 0, 0)])
    with pytest.raises(AuditImpossible, match="of the state file"):
        audit(story, state, story.alliance.book.deployed_block)
    monkeypatch.setattr(saved, "_auditor_code", lambda: "older")
    with pytest.raises(SavedAuditRefused, match="another version"):
        audit(story, state)


def test_the_last_reports_checkpoint_fits_the_file_that_it_left(story: Story, tmp_path: Path) -> None:
    state = tmp_path / "audit.state"
    middle = story.alliance.book.deployed_block + 3
    header = story.alliance.rpc.call("eth_getBlockByNumber", hex(middle), False)
    audit(story, state, middle)
    anchor = Checkpoint(middle, bytes.fromhex(header["hash"][2:]))
    assert audit(story, state, checkpoint=anchor) == audit(story, None, checkpoint=anchor)
    with pytest.raises(SavedAuditRefused, match="has passed block"):
        audit(story, state, checkpoint=Checkpoint(middle - 1, bytes(32)))


def test_another_checkpoint_at_the_saved_block_is_named(story: Story, tmp_path: Path) -> None:
    state = tmp_path / "audit.state"
    middle = story.alliance.book.deployed_block + 3
    audit(story, state, middle)
    file = StateFile(state, AUDITOR)
    report = run_audit(
        story.alliance.url, story.alliance.book, state_file=file, checkpoint=Checkpoint(middle, bytes(32))
    )
    assert {finding.check for finding in report.failures} == {"checkpoint"}


def test_killed_in_the_middle_and_run_again_it_says_what_an_undisturbed_run_says(story: Story, tmp_path: Path) -> None:
    """SIGKILL while blocks are read slowly; the next run goes on from the saved block."""
    story.alliance.rpc.call("anvil_mine", hex(200))
    book = tmp_path / "book.json"
    story.alliance.book.save(book)
    environment = os.environ | {"AUDITOR_KEY": f"{7001:064x}"}
    asked: list[int] = []

    def command(url: str, name: str) -> list[str]:
        program = "from bridge.audit.command import audit; import typer; typer.run(audit)"
        files = ["--state", str(tmp_path / f"{name}.state"), "--output", str(tmp_path / f"{name}.json")]
        options = ["--rpc", url, "--book", str(book), "--key", "env:AUDITOR_KEY", "--save-every", "0"]
        return [sys.executable, "-c", program, *options, *files]

    def slowly(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber" and int(params[0], 16) > 130:
            time.sleep(0.1)

    def watch(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber":
            asked.append(int(params[0], 16))

    with tampering_proxy(story.alliance.url, slowly) as url:
        process = subprocess.Popen(command(url, "killed"), env=environment)
        give_up = time.monotonic() + 60
        while not (tmp_path / "killed.state").exists() and time.monotonic() < give_up:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (tmp_path / "killed.state").exists()
    assert not (tmp_path / "killed.json").exists()
    with tampering_proxy(story.alliance.url, watch) as url:
        subprocess.run(command(url, "killed"), env=environment, check=True, capture_output=True)
    assert min(asked) > story.alliance.book.deployed_block
    subprocess.run(command(story.alliance.url, "undisturbed"), env=environment, check=True, capture_output=True)
    assert (tmp_path / "killed.json").read_bytes() == (tmp_path / "undisturbed.json").read_bytes()
