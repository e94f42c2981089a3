"""A dry run of an import on SQLite keeps no member waiting, and leaves nothing behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.acceptance.node_process import NodeProcess

ROWS = 40_000
ALLOWED_SECONDS = 1.5


def test_members_are_served_while_a_large_file_is_tried_out(fresh_node: NodeProcess, tmp_path: Path) -> None:
    fresh_node.start()
    member = fresh_node.enrol(name="Ann")
    file = tmp_path / "members.csv"
    file.write_text("external_ref\n" + "".join(f"C-{number}\n" for number in range(ROWS)))
    alliance = Path(sys.executable).with_name("alliance")
    arguments = [str(alliance), "import", "members", str(file), "--dir", str(fresh_node.directory), "--dry-run"]
    trying = subprocess.Popen(
        arguments, env={**os.environ, **fresh_node.environment}, stdout=subprocess.PIPE, text=True
    )
    slowest, served = 0.0, 0
    while trying.poll() is None:
        begun = time.monotonic()
        assert fresh_node.post("/v1/purchases", fresh_node.purchase(member, "1.00")).status_code == 201
        slowest, served = max(slowest, time.monotonic() - begun), served + 1
        time.sleep(0.02)
    told = trying.communicate()[0]
    assert trying.returncode == 0 and "nothing was written" in told and f"{ROWS}" in told
    assert slowest < ALLOWED_SECONDS and served > 20, f"{served} purchases, the slowest took {slowest:.1f} s"
    assert sorted(path.name for path in fresh_node.directory.iterdir() if path.name.startswith(".copy-")) == []
