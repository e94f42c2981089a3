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
        self._running: list[subprocess.Popen[str]] = []

    def audit(self, block: int, report: Path, statements: Path) -> Verdict:
        """`alliance audit` up to a block: whatever failed or could not be checked is a finding."""
        report.unlink(missing_ok=True)
        arguments = ["audit", "--rpc", self._rpc_url, "--address-book", str(self._address_book)]
        arguments += ["--statements", str(statements)]
        code, _ = self._run("audit", [*arguments, "--to-block", str(block), "--output", str(report)])
        if not report.exists():
            return Verdict(exit_code=code or 1, findings=["the auditor wrote no report"])
        document = msgspec.json.decode(report.read_bytes())
        rows = [*document["failures"], *document["unchecked"]]
        findings = [f"{row['check']} at {row['where']}: {row['expected']} ≠ {row['actual']}" for row in rows]
        return Verdict(exit_code=code, findings=findings)

    def rebuild(self) -> dict[str, Verdict]:
        """`alliance node rebuild --check` at every brand: the event log explains every row of the tables."""
        return self._each(lambda node: ("rebuild", ["node", "rebuild", "--check", "--dir", str(node.directory)]))

    def reconcile(self) -> dict[str, Verdict]:
        """`alliance node reconcile` at every brand: node and chain agree to the last unit."""
        return self._each(lambda node: ("reconcile", ["node", "reconcile", "--dir", str(node.directory)]))

    def _each(self, command: Command) -> dict[str, Verdict]:
        def check(node: BrandNode) -> Verdict:
            name, arguments = command(node)
            code, output = self._run(f"{name}-{node.brand}", arguments, node.environment)
            return Verdict(exit_code=code, findings=output.strip().splitlines()[-5:] if code else [])

        with ThreadPoolExecutor(len(self._nodes)) as pool:
            try:
                return dict(zip((node.brand for node in self._nodes), pool.map(check, self._nodes), strict=True))
            except KeyboardInterrupt:
                self._kill_running()
                raise

    def _kill_running(self) -> None:
        """Ctrl-C does not wait for a check: it only reads."""
        for process in self._running:
            process.kill()

    def _run(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Exit code and output."""
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self._running.append(process)
        try:
            output, _ = process.communicate(timeout=_TIMEOUT_S)
        except BaseException:
            process.kill()
            process.wait()
            raise
        said = f"$ alliance {' '.join(arguments)}\n{output}\nexit code {process.returncode}\n"
        (self._logs / f"{name}.log").write_text(said)
        return process.returncode, output
