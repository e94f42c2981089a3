"""The README's walk-through is run as it stands, in an empty folder: a newcomer's first brand must work."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

README = Path(__file__).resolve().parents[2] / "README.md"
COMMANDS = Path(sys.executable).parent

pytestmark = pytest.mark.chain


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def walk_through(port: int) -> str:
    """The shell block of "Run a brand"; only the port differs, and the server's output is kept."""
    block = re.search(r"## Run a brand\n+```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    script = block[1].replace("make setup && . .venv/bin/activate\n", "")
    serve = "alliance node serve --dir build/coffee &\n"
    assert serve in script
    started = f"alliance node serve --dir build/coffee --port {port} >serve.log 2>&1 &\necho $! >node.pid\n"
    return "set -euo pipefail\n" + script.replace(serve, started)


def test_the_walk_through_of_the_readme_works_in_an_empty_folder(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": f"{COMMANDS}{os.pathsep}{os.environ['PATH']}"}
    port = free_port()
    try:
        done = subprocess.run(
            ["bash", "-c", walk_through(port)], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "spendable" in done.stdout
        assert "?link=" in done.stdout
        assert "Clean: nothing failed" in done.stdout
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    finally:
        if (tmp_path / "node.pid").exists():
            os.kill(int((tmp_path / "node.pid").read_text()), signal.SIGTERM)
        down = subprocess.run(["alliance", "chain", "down"], cwd=tmp_path, env=environment, check=False)
    assert down.returncode == 0
