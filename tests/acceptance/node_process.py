"""A real node for acceptance tests: the `alliance` program in a subprocess, its directory, its API.

Owns starting, waiting, stopping and the captured log. Fakes nothing.
"""

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import httpx

from alliance_node.adapters.identity import api_keys
from alliance_node.adapters.sql.engine import open_engine
from alliance_node.entrypoints.cli import main
from alliance_node.entrypoints.node_directory import create_node
from alliance_node.entrypoints.presets import preset_text
from alliance_node.entrypoints.settings import AllianceSettings, load_settings

PROJECT = Path(__file__).resolve().parents[2]
ALLIANCE = [sys.executable, "-c", "from alliance_node.entrypoints.cli import main; main()"]
ALL_SCOPES = (
    "events:write",
    "events:approve",
    "members:write",
    "members:read",
    "redeem",
    "convert",
    "admin",
    "simulate",
)
START_SECONDS = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Finished(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def call_alliance(*arguments: str, environment: Mapping[str, str] | None = None) -> Finished:
    """Runs the command line program to its end inside this process: no interpreter to start, everything else real."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, dict(environment or {})),
        mock.patch.object(sys, "argv", ["alliance", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Finished(code, out.getvalue(), err.getvalue())


def run_alliance(
    *arguments: str, environment: Mapping[str, str] | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Runs the command line program to its end in a process of its own."""
    return subprocess.run(
        [*ALLIANCE, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **(environment or {})},
        check=False,
    )


def rfc3339(moment: float | None = None) -> str:
    at = time.time() if moment is None else moment
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class NodeProcess:
    """One node directory and, while started, its server."""

    def __init__(self, directory: Path, database_url: str) -> None:
        self.directory = directory
        self.database_url = database_url
        self.port = free_port()
        self.log_path = directory.parent / f"{directory.name}.log"
        self.environment: dict[str, str] = {}
        self.program = ALLIANCE
        self._process: subprocess.Popen[bytes] | None = None
        self.key = ""
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def init(
        self,
        preset: str = "grocery-points",
        alliance: AllianceSettings | None = None,
        program: str | None = None,
        **changes: str | int,
    ) -> "NodeProcess":
        """What `alliance node init` does, without the cost of a process; `program` is a file's text, not a preset."""
        options: dict[str, str | int] = {"port": self.port, **changes}
        create_node(
            self.directory,
            "GROCER",
            preset_text(preset) if program is None else program,
            self.database_url,
            options=options,
            alliance=alliance,
            effective_from=0,
            now=int(time.time()),
        )
        self.key = self.create_key()
        return self

    def command(self, name: str, *arguments: str) -> Finished:
        """`alliance node NAME --dir … ARGUMENTS`."""
        return call_alliance("node", name, "--dir", str(self.directory), *arguments, environment=self.environment)

    def create_key(self, *scopes: str, rate: int = 1_000_000) -> str:
        engine = open_engine(load_settings(self.directory, {}).resolved_database_url)
        try:
            with engine.begin() as connection:
                return api_keys.create_key(connection, "test", scopes or ALL_SCOPES, int(time.time()), rate, rate)
        finally:
            engine.dispose()

    def start(self, *arguments: str) -> "NodeProcess":
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.program, "node", "serve", "--dir", str(self.directory), *arguments],
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                cwd=PROJECT,
            )
        self.wait_for("/healthz")
        return self

    def wait_for(self, path: str, seconds: float = START_SECONDS) -> None:
        """Waits until the path answers 200."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self._process is not None and self._process.poll() is None, self.log
            try:
                if self.http.get(path).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{path} did not answer: {self.log}")

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stops the server; returns its exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(30)
        self._process = None
        return code

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            self._process = None

    def close(self) -> None:
        self.kill()
        self.http.close()

    @property
    def log(self) -> str:
        return self.log_path.read_text() if self.log_path.exists() else ""

    def get(self, path: str, key: str | None = None, **headers: str) -> httpx.Response:
        return self.http.get(path, headers={"authorization": f"Bearer {key or self.key}", **headers})

    def post(
        self, path: str, body: Any = None, *, idempotency_key: str | None = None, key: str | None = None, **headers: str
    ) -> httpx.Response:
        """POST with a fresh idempotency key unless one is given; `body` may be bytes."""
        content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        sent = {
            "authorization": f"Bearer {key or self.key}",
            "content-type": "application/json",
            "idempotency-key": idempotency_key or uuid.uuid4().hex,
            **headers,
        }
        return self.http.post(path, content=content, headers=sent)

    def enrol(self, **personal: str) -> str:
        answer = self.post("/v1/members", {"personal": personal})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["member_id"])

    def purchase(self, member_id: str, amount: str = "20.00", **changes: Any) -> dict[str, Any]:
        """The body of a purchase that happens now."""
        return {
            "member_id": member_id,
            "source": "till-1",
            "source_event_id": uuid.uuid4().hex,
            "amount": amount,
            "occurred_at": rfc3339(),
            **changes,
        }

    def at(self, moment: str) -> None:
        """Moves the clock of a simulation."""
        answer = self.post("/v1/simulation/clock", {"now": moment})
        assert answer.status_code == 200, answer.text

    def alliance(self, group: str, command: str, *arguments: str) -> Finished:
        """`alliance GROUP COMMAND --dir … ARGUMENTS`."""
        return call_alliance(group, command, "--dir", str(self.directory), *arguments, environment=self.environment)

    def spendable(self, member_id: str) -> int:
        return int(self.get(f"/v1/members/{member_id}/balance").json()["balance"]["spendable"])
