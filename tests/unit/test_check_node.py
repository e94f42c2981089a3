"""Missing or old Node.js is one clear message with what to do next, before anything is installed."""

import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "hardhat" / "check-node.sh"


def check(path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["/bin/bash", SCRIPT], env={"PATH": path}, capture_output=True, text=True, check=False)


def fake_node(directory: Path, version: str) -> str:
    node = directory / "node"
    node.write_text(f"#!/bin/sh\necho {version}\n", encoding="ascii")
    node.chmod(0o755)
    return f"{directory}{os.pathsep}/usr/bin{os.pathsep}/bin"


def test_a_missing_node_is_named_with_what_to_do(tmp_path: Path) -> None:
    result = check(str(tmp_path))
    assert result.returncode == 3
    assert "was not found" in result.stderr
    assert "make setup" in result.stderr


def test_an_old_node_is_refused_and_a_new_one_accepted(tmp_path: Path) -> None:
    old = check(fake_node(tmp_path, "v20.19.4"))
    assert old.returncode == 3
    assert "20.19.4 is too old" in old.stderr
    assert check(fake_node(tmp_path, "v22.13.0")).returncode == 0
    assert check(fake_node(tmp_path, "v24.19.0")).returncode == 0
