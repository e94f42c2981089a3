"""The load client counts what a real server answered: every request once, errors by their status."""

import asyncio
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from benchmarks.load_client import Job, Outcome, run


class Counting(BaseHTTPRequestHandler):
    """Answers 201, and 409 for the body `bad`; counts the idempotency keys it saw."""

    protocol_version = "HTTP/1.1"
    seen: Counter[str] = Counter()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen[self.headers["idempotency-key"]] += 1
        assert self.headers["authorization"] == "Bearer secret"
        answer = b'{"ok": true}' if body != b"bad" else b'{"code": "conflict"}'
        self.send_response(201 if body != b"bad" else 409)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def server() -> Iterator[int]:
    Counting.seen = Counter()
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    try:
        yield listening.server_port
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def job(port: int, bodies: list[str]) -> Job:
    return Job("127.0.0.1", port, "/v1/purchases", "secret", connections=8, bodies=bodies, warm_up=10)


def test_every_request_is_sent_once_and_only_those_after_the_warm_up_are_measured() -> None:
    with server() as port:
        outcome = asyncio.run(run(job(port, ["{}"] * 200)))
    assert outcome.statuses == {"201": 200}
    assert len(outcome.latencies_ms) == 190
    assert outcome.latencies_ms == sorted(outcome.latencies_ms)
    assert len(Counting.seen) == 200
    assert set(Counting.seen.values()) == {1}


def test_refusals_are_counted_by_status_with_the_first_one_s_text() -> None:
    with server() as port:
        outcome = asyncio.run(run(job(port, ["{}"] * 20 + ["bad"] * 3)))
    assert outcome.statuses == {"201": 20, "409": 3}
    assert "conflict" in outcome.first_problem


def test_it_runs_as_a_process_of_its_own() -> None:
    with server() as port:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load_client"],
            input=msgspec.json.encode(job(port, ["{}"] * 50)),
            capture_output=True,
            check=True,
            timeout=30,
        )
    assert msgspec.json.decode(done.stdout, type=Outcome).statuses == {"201": 50}
