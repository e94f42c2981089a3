"""The checks at the end, run as anybody would run them: `alliance audit`, `node rebuild --check`, `chain reconcile`.

Owns turning exit codes and reports into verdicts. May not check anything itself.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from alliance_node.entrypoints.demo.brands import BrandNode
from alliance_node.entrypoints.demo.summary import Verdict

COMMAND = (sys.executable, "-c", "from alliance_node.entrypoints.cli import main; main()")
"""The `alliance` command line of this installation, also where its script is not on the path."""

Command = Callable[[BrandNode], tuple[str, list[str]]]
_TIMEOUT_S = 900


class Checks:
    """All checks of one finished replay; every command's output is kept in the logs directory."""

    def __init__(self, rpc_url: str, address_book: Path, nodes: Sequence[BrandNode], logs: Path) -> None:
        self._rpc_url = rpc_url
        self._address_book = address_book
        self._nodes = nodes
        self._logs = logs

    def audit(self, block: int, report: Path) -> Verdict:
        """`alliance audit` up to a block: whatever failed or could not be checked is a finding."""
        report.unlink(missing_ok=True)
        arguments = ["audit", "--rpc", self._rpc_url, "--address-book", str(self._address_book)]
        done = self._run("audit", [*arguments, "--to-block", str(block), "--output", str(report)])
        if not report.exists():
            return Verdict(exit_code=done.returncode or 1, findings=["the auditor wrote no report"])
        document = msgspec.json.decode(report.read_bytes())
        rows = [*document["failures"], *document["unchecked"]]
        findings = [f"{row['check']} at {row['where']}: {row['expected']} ≠ {row['actual']}" for row in rows]
        return Verdict(exit_code=done.returncode, findings=findings)

    def rebuild(self) -> dict[str, Verdict]:
        """`alliance node rebuild --check` at every brand: the event log explains every row of the tables."""
        return self._each(lambda node: ("rebuild", ["node", "rebuild", "--check", "--dir", str(node.directory)]))

    def reconcile(self) -> dict[str, Verdict]:
        """`alliance node reconcile` at every brand: node and chain agree to the last unit."""
        return self._each(lambda node: ("reconcile", ["node", "reconcile", "--dir", str(node.directory)]))

    def _each(self, command: Command) -> dict[str, Verdict]:
        def check(node: BrandNode) -> Verdict:
            name, arguments = command(node)
            done = self._run(f"{name}-{node.brand}", arguments, node.environment)
            findings = done.stdout.strip().splitlines()[-5:] if done.returncode else []
            return Verdict(exit_code=done.returncode, findings=findings)

        with ThreadPoolExecutor(len(self._nodes)) as pool:
            return dict(zip((node.brand for node in self._nodes), pool.map(check, self._nodes), strict=True))

    def _run(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, *arguments],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
            env={**os.environ, **(environment or {})},
        )
        said = f"$ alliance {' '.join(arguments)}\n{done.stdout}{done.stderr}\nexit code {done.returncode}\n"
        (self._logs / f"{name}.log").write_text(said)
        return done
