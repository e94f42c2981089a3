"""The load generator of bulk requests: a process of its own that sends ready-made requests over raw sockets.

Run as `python -m benchmarks.bulk_client` with a job (MessagePack) on stdin; prints what happened in the same form. A
lane is a list of requests in order: one is sent when the one before is answered, by whichever sender is free, so that
no lane is left over at the end. What it may not do is work that the product does not ask of a sender: an answer is
searched for its statuses, not parsed.
"""

import asyncio
import sys
import time
from collections import deque

import msgspec
import uvloop

PATH = "/v1/events/bulk"
_CREATED = b'{"status":201,'
_ITEM = b'{"status":'


class Request(msgspec.Struct, frozen=True, array_like=True):
    """A body and how many events it holds."""

    body: bytes
    events: int


class Job(msgspec.Struct, frozen=True, array_like=True):
    """Where to send which lanes, and how many requests are under way at a time."""

    host: str
    port: int
    key: str
    senders: int
    lanes: list[list[Request]]


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """`created` events were answered with 201 within `seconds`; `problem` is the first answer that said anything else
    of any event."""

    seconds: float
    created: int
    problem: str


class Work:
    """The lanes that wait for a sender, longest rest first."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lanes = [deque(lane) for lane in job.lanes if lane]
        self.created = 0
        self.problem = ""

    async def send_all(self) -> None:
        """One sender's share: a lane's next request, its whole answer, the next lane. Every request has a connection of
        its own: then whichever API process is free takes it, and none stays idle by the luck of a first connection."""
        while self._lanes:
            lane = max(self._lanes, key=len)
            self._lanes.remove(lane)
            request = lane.popleft()
            self._note(request, *await self._send(request.body))
            if lane:
                self._lanes.append(lane)

    async def _send(self, body: bytes) -> tuple[bytes, bytes]:
        """The answer's head and body."""
        reader, writer = await asyncio.open_connection(self._job.host, self._job.port, limit=2**24)
        writer.write(self._head(body))
        writer.write(body)
        head = await reader.readuntil(b"\r\n\r\n")
        answer = await reader.readexactly(_content_length(head))
        writer.close()
        return head, answer

    def _head(self, body: bytes) -> bytes:
        job = self._job
        return (
            f"POST {PATH} HTTP/1.1\r\nhost: {job.host}\r\nauthorization: Bearer {job.key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode()

    def _note(self, request: Request, head: bytes, answer: bytes) -> None:
        created = answer.count(_CREATED) if head[9:12] == b"200" else 0
        self.created += created
        if not self.problem and (created != request.events or answer.count(_ITEM) != created):
            self.problem = _first_other(head, answer)


def _first_other(head: bytes, answer: bytes) -> str:
    found = [item for item in answer.split(_ITEM)[1:] if not item.startswith(b"201,")]
    return (found[0] if found else head[:15] + answer)[:500].decode(errors="replace")


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    raise ValueError("an answer without content-length")


async def run(job: Job) -> Outcome:
    """Send every request and wait for every answer."""
    work = Work(job)
    began = time.perf_counter()
    await asyncio.gather(*[work.send_all() for _ in range(job.senders)])
    return Outcome(time.perf_counter() - began, work.created, work.problem)


if __name__ == "__main__":
    given = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.msgpack.encode(uvloop.run(run(given))))
