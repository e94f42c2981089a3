"""The load generator: a process of its own that keeps N connections busy with ready-made requests over raw sockets.

Run as `python -m benchmarks.load_client` with a job (JSON) on stdin; prints what happened as JSON. It does nothing but
send and count, so that its share of the machine stays small and is the same for every product.
"""

import asyncio
import sys
import time
from typing import cast

import msgspec
import uvloop


class Job(msgspec.Struct, frozen=True):
    """Requests are bodies to POST to one path, each with its own idempotency key; the first `warm_up` don't count."""

    host: str
    port: int
    path: str
    key: str
    connections: int
    bodies: list[str]
    warm_up: int


class Outcome(msgspec.Struct, frozen=True):
    """Latencies in milliseconds, sorted; `statuses` counts every answer, also while warming up."""

    seconds: float
    latencies_ms: list[float]
    statuses: dict[str, int]
    first_problem: str


class Pool:
    """The shared work list of all connections."""

    def __init__(self, job: Job) -> None:
        self.requests = iter([_request(job, number, body) for number, body in enumerate(job.bodies)])
        self.warm_up = job.warm_up
        self.finished = 0
        self.latencies: list[float] = []
        self.statuses: dict[str, int] = {}
        self.started = 0.0
        self.first_problem = ""

    def note(self, status: str, seconds: float, body: bytes) -> None:
        """Book one answer."""
        self.finished += 1
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if not status.startswith("2") and not self.first_problem:
            self.first_problem = body.decode(errors="replace")[:500]
        if self.finished == self.warm_up:
            self.started = time.perf_counter()
        elif self.finished > self.warm_up:
            self.latencies.append(seconds * 1e3)


def _request(job: Job, number: int, body: str) -> bytes:
    head = (
        f"POST {job.path} HTTP/1.1\r\nhost: {job.host}\r\nauthorization: Bearer {job.key}\r\n"
        f"content-type: application/json\r\nidempotency-key: bench-{number}\r\n"
        f"content-length: {len(body.encode())}\r\n\r\n"
    )
    return (head + body).encode()


class Connection(asyncio.Protocol):
    """One keep-alive connection: a request, its whole answer, the next request."""

    def __init__(self, pool: Pool, done: asyncio.Future[None]) -> None:
        self._pool = pool
        self._done = done
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(rest) < _content_length(head):
            return
        self._pool.note(head[9:12].decode(), time.perf_counter() - self._sent_at, rest)
        self._buffer = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(ConnectionError(f"the server closed the connection: {exc}"))

    def _next(self) -> None:
        assert self._transport is not None
        request = next(self._pool.requests, None)
        if request is None:
            self._done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    raise ValueError("an answer without content-length")


async def run(job: Job) -> Outcome:
    """Send every request and wait for every answer."""
    pool = Pool(job)
    pool.started = time.perf_counter()
    loop = asyncio.get_running_loop()
    waits = []
    for _ in range(job.connections):
        done: asyncio.Future[None] = loop.create_future()
        await loop.create_connection(lambda done=done: Connection(pool, done), job.host, job.port)  # type: ignore[misc]
        waits.append(done)
    await asyncio.gather(*waits)
    seconds = time.perf_counter() - pool.started
    return Outcome(seconds, sorted(pool.latencies), pool.statuses, pool.first_problem)


if __name__ == "__main__":
    work = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(work))))
