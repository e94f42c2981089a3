"""The bulk client sends each lane in order, counts what was created, and notices every other answer."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from benchmarks.bulk_client import Job, Outcome, Request, run

CREATED = b'{"status":201,"points":1}'
REFUSED = b'{"status":422,"problem":{"code":"invalid_amount"}}'


class Deciding(BaseHTTPRequestHandler):
    """Creates as many events as the body has letters, but refuses those called `x`; remembers the bodies."""

    protocol_version = "HTTP/1.1"
    seen: list[str] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        assert (self.path, self.headers["authorization"]) == ("/v1/events/bulk", "Bearer secret")
        self.seen.append(body)
        items = [REFUSED if letter == "x" else CREATED for letter in body]
        answer = b'{"results":[' + b",".join(items) + b"]}"
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def server() -> Iterator[int]:
    Deciding.seen = []
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Deciding)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    try:
        yield listening.server_port
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def job(port: int, *lanes: list[str]) -> Job:
    requests = [[Request(body.encode(), len(body)) for body in lane] for lane in lanes]
    return Job("127.0.0.1", port, "secret", 2, requests)


def test_every_request_is_sent_once_and_those_of_a_lane_in_their_order() -> None:
    with server() as port:
        outcome = asyncio.run(run(job(port, ["a", "aa", "aaa"], ["b", "bb"], ["c"], [])))
    assert (outcome.created, outcome.problem) == (10, "")
    assert sorted(Deciding.seen) == ["a", "aa", "aaa", "b", "bb", "c"]
    for letter in "ab":
        mine = [body for body in Deciding.seen if letter in body]
        assert mine == sorted(mine, key=len)


def test_an_event_that_was_not_created_is_told_and_not_counted() -> None:
    with server() as port:
        outcome = asyncio.run(run(job(port, ["aa", "axa"])))
    assert outcome.created == 4
    assert "invalid_amount" in outcome.problem


def test_it_runs_as_a_process_of_its_own() -> None:
    with server() as port:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.bulk_client"],
            input=msgspec.msgpack.encode(job(port, ["aaaa"])),
            capture_output=True,
            check=True,
            timeout=60,
        )
    assert msgspec.msgpack.decode(done.stdout, type=Outcome).created == 4
