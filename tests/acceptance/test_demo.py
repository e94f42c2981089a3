"""`alliance demo` as a newcomer runs it: real processes, a killed run before it, Ctrl-C after it (issue: the main job).

The fast profile replays the first twelve weeks for a hundredth of the members; the full profile the whole year.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
FULL = os.environ.get("TEST_PROFILE") == "full"
pytestmark = [pytest.mark.chain, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Finished:
    """A run that ended by itself after the summary."""

    directory: Path
    code: int
    output: str
    summary: dict[str, Any]


def arguments(directory: Path, scale: float, weeks: int) -> list[str]:
    command = [sys.executable, "-c", "from alliance_node.entrypoints.cli import main; main()", "demo"]
    options = ["--scale", str(scale), "--weeks", str(weeks), "--dir", str(directory / "demo")]
    return [*command, *options, "--summary", str(directory / "summary.json")]


def _hear_interrupts() -> None:
    """A run of the tests in the background of a shell ignores Ctrl-C, and its children would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(directory: Path, scale: float = 0.004, weeks: int = 8) -> Iterator[subprocess.Popen[str]]:
    """A demo that stays up; whatever the test leaves of it is killed."""
    output = (directory / "output.txt").open("w")
    run = subprocess.Popen(
        arguments(directory, scale, weeks),
        stdout=output,
        stderr=output,
        cwd=ROOT,
        text=True,
        preexec_fn=_hear_interrupts,
    )
    try:
        yield run
    finally:
        output.close()
        for process in [run.pid, *processes_of(directory)]:
            if psutil.pid_exists(process):
                psutil.Process(process).kill()
        run.wait()


def wait_for(directory: Path, words: str, run: subprocess.Popen[str], seconds: float = 300) -> None:
    give_up = time.monotonic() + seconds
    while words not in (directory / "output.txt").read_text():
        assert run.poll() is None, (directory / "output.txt").read_text()
        assert time.monotonic() < give_up, (directory / "output.txt").read_text()
        time.sleep(0.1)


def processes_of(directory: Path) -> list[int]:
    """Every process whose command line names the directory: nodes and the chain."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        named = any(str(directory) in part for part in process.info["cmdline"] or [])
        if named and process.info["status"] != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
            found.append(process.pid)
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """First a run that is killed while its nodes are up, then, without any manual step, one that finishes."""
    directory = tmp_path_factory.mktemp("killed-then-finished")
    with started(directory) as killed:
        wait_for(directory, "music", killed)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert len(processes_of(directory)) >= 4, "the chain and three nodes outlive their killed parent"
        done = subprocess.run(
            arguments(directory, scale=0.01, weeks=53 if FULL else 12),
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "DEMO_EXIT": "1"},
            check=False,
        )
        assert processes_of(directory) == [], "nothing outlives a finished run, not even the killed one's children"
    assert (directory / "summary.json").exists(), done.stdout + done.stderr
    summary = json.loads((directory / "summary.json").read_text())
    return Finished(directory, done.returncode, done.stdout + done.stderr, summary)


def test_a_run_after_a_killed_one_needs_no_manual_step_and_finds_no_fault(finished: Finished) -> None:
    assert finished.summary["faults"] == []
    assert finished.code == 0, finished.output


def test_flows_explain_every_brand_s_liability(finished: Finished) -> None:
    for name, brand in finished.summary["brands"].items():
        flows = brand["issued"] - brand["clawed_back"] - brand["redeemed"] - brand["expired"]
        flows += brand["converted_in"] - brand["converted_out"] + brand["returned"]
        assert flows == brand["liability"], name
        assert brand["issued"] > 0
        assert brand["purchases"] > 0
        assert sum(brand["tiers"].values()) == brand["members"]


def test_positions_add_up_to_pool_cash_less_supply(finished: Finished) -> None:
    alliance = finished.summary["alliance"]
    assert sum(alliance["positions"].values()) == alliance["pool_cash"] - alliance["supply"]
    left = finished.summary["founders"]["vault_units"]
    assert alliance["supply"] == left < 100_000, "all is claimed before the audit but what no founder's grant took"
    assert alliance["epochs"] >= 2, "an epoch is settled at each month's turn"
    assert alliance["paid_in"] >= alliance["paid_out"] > 0


def test_points_really_crossed_between_brands(finished: Finished) -> None:
    assert sum(finished.summary["conversions"].values()) >= (50 if FULL else 20)
    brands = finished.summary["brands"].values()
    assert sum(brand["converted_out"] for brand in brands) > 0
    assert sum(brand["converted_in"] for brand in brands) > 0


def test_founders_were_granted_points_out_of_the_sponsors_vault(finished: Finished) -> None:
    """R-NFT-2: every membership once, three of them again in the next month."""
    founders = finished.summary["founders"]
    assert founders["memberships"] == 50
    assert founders["grants"] == 53
    assert founders["granted_units"] == founders["grants"] * 100_000
    assert founders["credited_points"]["music"] > 0
    assert founders["accelerated_points"]["music"] > 0, "R-NFT-1: who has shown a membership earns faster"
    assert "founder" in finished.summary["simulated"]


def test_auditor_reconciliation_and_rebuild_have_no_findings(finished: Finished) -> None:
    clean = {"exit_code": 0, "findings": []}
    assert finished.summary["audit"] == clean
    assert set(finished.summary["reconcile"]) == set(finished.summary["rebuild"]) == set(finished.summary["brands"])
    for verdict in [*finished.summary["reconcile"].values(), *finished.summary["rebuild"].values()]:
        assert verdict == clean


def test_every_purchase_of_the_sample_was_taken(finished: Finished) -> None:
    assert not [reason for reason in finished.summary["refused"] if reason.startswith("purchase")]


def test_ctrl_c_after_the_summary_stops_everything(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        wait_for(tmp_path, "Everything stays up", run)
        shown = [word for word in (tmp_path / "output.txt").read_text().split() if word.startswith("http://127.0.0.1:")]
        urls = [url for url in shown if "?link=" not in url]
        links = [url for url in shown if "?link=" in url]
        assert len(urls) == 4
        assert links
        with httpx.Client(trust_env=False, follow_redirects=True) as browser:
            assert [browser.get(link).status_code for link in links] == [200] * len(links)
        assert [httpx.get(f"{url}/healthz", trust_env=False).status_code for url in urls[1:]] == [200, 200, 200]
        second = subprocess.run(arguments(tmp_path, 0.004, 8), capture_output=True, text=True, cwd=ROOT, check=False)
        assert second.returncode == 3
        assert "another demo" in second.stderr
        assert [httpx.get(f"{url}/healthz", trust_env=False).status_code for url in urls[1:]] == [200, 200, 200]
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=60) == 0, (tmp_path / "output.txt").read_text()
        assert processes_of(tmp_path) == []


def test_ctrl_c_in_the_middle_of_the_replay_stops_everything(tmp_path: Path) -> None:
    with started(tmp_path, scale=0.05, weeks=53) as run:
        wait_for(tmp_path, "music", run)
        time.sleep(1)
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=60) == 130, (tmp_path / "output.txt").read_text()
        assert processes_of(tmp_path) == []
        assert not (tmp_path / "summary.json").exists()
