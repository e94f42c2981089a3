"""The brands' heads and statements in the demo: made each month, on chain, written to files, one checked by its member.

Owns when they are asked for. What they hold is the nodes' business; whether it is true, the auditor's and the member's.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from alliance_node.entrypoints.demo.clock import ReplayClock
from alliance_node.entrypoints.demo.errors import DemoError
from alliance_node.entrypoints.demo.node_client import NodeClient
from alliance_node.entrypoints.demo.summary import StatementsSummary

_MOST_ROUNDS = 40


class StatementsUnpublished(DemoError):
    """Heads or statements did not become final on chain."""

    code = "statements_unpublished"
    next_step = "Look into the nodes' logs in the demo's directory."


class Statements:
    """Heads and statements of all brands."""

    def __init__(self, nodes: Mapping[str, NodeClient], clock: ReplayClock, directory: Path) -> None:
        self._nodes, self._clock, self.directory = nodes, clock, directory

    def month(self, pool: Executor) -> None:
        """Sweep, take the heads since the last time, make what is due, and put it on chain."""
        list(pool.map(lambda node: node.post("/v1/jobs/statements", {}), self._nodes.values()))
        for _ in range(_MOST_ROUNDS):
            waiting = list(pool.map(_publish, self._nodes.values()))
            if not any(waiting):
                return
            self._clock.tick()
        raise StatementsUnpublished(f"after {_MOST_ROUNDS} blocks {sum(waiting)} records are not final on chain")

    def write_files(self) -> StatementsSummary:
        """Every brand's statement files into the directory, as a brand would publish them."""
        made: dict[str, list[dict[str, Any]]] = {}
        heads = dict.fromkeys(self._nodes, 0)
        for brand, node in self._nodes.items():
            made[brand] = node.get("/v1/statements")["statements"]
            folder = self.directory / brand
            folder.mkdir(parents=True, exist_ok=True)
            for one in made[brand]:
                content = node.download(f"/v1/statements/{one['month']}")
                (folder / f"statement-{one['month']}.json").write_bytes(content)
                heads[brand] += len(msgspec.json.decode(content)["heads"])
        owed = {brand: rows[-1]["total_points"] for brand, rows in made.items() if rows}
        counted = {brand: len(rows) for brand, rows in made.items()}
        return StatementsSummary(heads=heads, statements=counted, owed_points=owed)

    def check_as_members(
        self, members: Mapping[str, str], made: StatementsSummary, verify: Callable[[Path], bool]
    ) -> StatementsSummary:
        """The members download their proofs of the newest statement and check them."""
        paths = [path for brand, member_id in members.items() if (path := self._proof(brand, member_id)) is not None]
        with ThreadPoolExecutor(max(1, len(paths))) as pool:
            verdicts = list(pool.map(verify, paths))
        return msgspec.structs.replace(made, member_checks=sum(verdicts), refused_checks=verdicts.count(False))

    def _proof(self, brand: str, member_id: str) -> Path | None:
        """A member's file; None when nothing was owed to this member at the cut-off."""
        node, folder = self._nodes[brand], self.directory / brand
        rows = node.get("/v1/statements")["statements"]
        if not rows:
            return None
        month = rows[-1]["month"]
        content = node.try_download(f"/v1/members/{member_id}/statements/{month}/inclusion")
        if content is None:
            return None
        path = folder / f"inclusion-{month}.json"
        path.write_bytes(content)
        return path


def verify_inclusion(rpc_url: str, address_book: Path, logs: Path) -> Callable[[Path], bool]:
    """`alliance verify-inclusion`, with nothing but `bridge`, as a member would run it."""

    def verify(path: Path) -> bool:
        command = [sys.executable, "-m", "bridge.verify_cli", "verify-inclusion", str(path)]
        command += ["--rpc", rpc_url, "--book", str(address_book)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        (logs / f"verify-{path.parent.name}.log").write_text(done.stdout + done.stderr)
        return done.returncode == 0

    return verify


def _publish(node: NodeClient) -> int:
    return int(node.post("/v1/jobs/publication", {})["waiting"])
