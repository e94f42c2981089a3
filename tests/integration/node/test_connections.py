"""Connections of slow clients end; slow answers and honest ones in pieces do not."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from alliance_node.entrypoints.connections import BoundedConnection

WAIT = 0.4


class Impatient(BoundedConnection):
    """The same with a short wait."""

    request_seconds = WAIT


async def slow_answer(scope: Any, receive: Any, send: Any) -> None:
    """Reads the whole body, then thinks longer than a request may take to arrive."""
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.disconnect":
        return
    await asyncio.sleep(2 * WAIT)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(slow_answer, http=Impatient, ws="none", lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield int(listener.getsockname()[1])
    server.should_exit = True
    thread.join(10)


def lasts(port: int, *pieces: bytes, pause: float = 0.0) -> tuple[float, bytes]:
    """Seconds until the server closes the connection, and what it said."""
    started, said = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
            while chunk := connection.recv(4_096):
                said += chunk
        except ConnectionError:
            pass
    return time.monotonic() - started, said


HEAD = b"POST / HTTP/1.1\r\nhost: node\r\ncontent-length: 10\r\nconnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "pieces", [[], [b"GET"], [HEAD], [HEAD, b"12345"], [b"\r\n"] * 3, [HEAD[:-2], *[b"x-a: 1\r\n"] * 20]]
)
def test_who_does_not_finish_a_request_is_left(port: int, pieces: list[bytes]) -> None:
    seconds, said = lasts(port, *pieces, pause=0.05)
    assert said == b""
    assert seconds < 10 * WAIT


def test_an_answer_may_take_longer_than_a_request(port: int) -> None:
    assert lasts(port, HEAD + b"1234567890")[1].startswith(b"HTTP/1.1 204")
    assert lasts(port, HEAD, b"12345", b"67890", pause=0.05)[1].startswith(b"HTTP/1.1 204")


def test_requests_one_after_another_in_one_connection_are_all_answered(port: int) -> None:
    kept = HEAD.replace(b"connection: close\r\n", b"") + b"1234567890"
    assert lasts(port, kept, kept, HEAD + b"1234567890")[1].count(b"HTTP/1.1 204") == 3
    assert lasts(port, kept * 2 + HEAD + b"1234567890")[1].count(b"HTTP/1.1 204") == 3


@pytest.mark.parametrize("trailer", [b"x: 1\r\n", b"a" * 1_000])
def test_a_trailer_without_an_end_is_not_kept(port: int, trailer: bytes) -> None:
    chunked = b"POST / HTTP/1.1\r\nhost: node\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx-b: "
    seconds, said = lasts(port, chunked, *[trailer] * 100_000)
    assert said == b""
    assert seconds < 10
