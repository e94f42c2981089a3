"""The checks at the end, run as anybody would run them: `alliance audit`, `node rebuild --check`, `chain reconcile`.

Owns turning exit codes and reports into verdicts. May not check anything itself.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from alliance_node.entrypoints.demo.brands import BrandNode
from alliance_node.entrypoints.demo.summary import Verdict

_TIMEOUT_S = 600


def run_alliance(arguments: Sequence[str], environment: dict[str, str], log: Path) -> subprocess.CompletedProcess[str]:
    """Run the `alliance` command line in a process of its own; its output is kept in the log file too."""
    done = subprocess.run(
        [sys.executable, "-m", "alliance_node.entrypoints.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
        env=environment,
    )
    log.write_text(f"$ alliance {' '.join(arguments)}\n{done.stdout}{done.stderr}\nexit code {done.returncode}\n")
    return done


def audit_verdict(exit_code: int, report: Path) -> Verdict:
    """What the auditor's JSON report says: failures and unchecked rows are findings."""
    if not report.exists():
        return Verdict(exit_code=exit_code or 1, findings=["the auditor wrote no report"])
    document = msgspec.json.decode(report.read_bytes())
    rows = [*document["failures"], *document["unchecked"]]
    findings = [f"{row['check']} at {row['where']}: {row['expected']} ≠ {row['actual']}" for row in rows]
    return Verdict(exit_code=exit_code, findings=findings)
