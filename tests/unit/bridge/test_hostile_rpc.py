"""An RPC that answers with whatever hurts: always one typed error, and never more memory than the limit."""

import gzip
import json
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bridge.chain import answers
from bridge.chain.rpc import ChainError, Rpc, RpcAnswerTooLarge, RpcError, RpcUnavailable

MEBIBYTE = 1024 * 1024


class Hostile:
    """A server of one port; `answer` gives headers and body for the requests it was sent."""

    def __init__(self) -> None:
        self.answer: Callable[[list[dict[str, Any]]], tuple[dict[str, str], bytes]] = lambda asked: ({}, b"null")
        self.asked: list[int] = []
        self.pause = 0.0
        self.status = 200
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                rows = asked if isinstance(asked, list) else [asked]
                owner.asked.append(len(rows))
                headers, body = owner.answer(rows)
                self.send_response(owner.status)
                for name, value in {"content-length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for start in range(0, len(body), len(body) if not owner.pause else 1):
                        self.wfile.write(body[start : len(body) if not owner.pause else start + 1])
                        time.sleep(owner.pause)
                except OSError:
                    return  # the client has had enough

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    made = Hostile()
    yield made
    made.close()


def bomb(size: int) -> bytes:
    """JSON of a long text, packed about a thousand times smaller."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(b'{"id":1,"result":"')]
    parts += [packer.compress(b"a" * MEBIBYTE) for _ in range(size // MEBIBYTE)]
    return b"".join([*parts, packer.compress(b'"}'), packer.flush()])


def test_a_decompression_bomb_is_refused_before_it_fills_the_memory(hostile: Hostile) -> None:
    packed = bomb(3 * answers.MAX_BYTES)
    assert len(packed) < 2 * MEBIBYTE
    hostile.answer = lambda asked: ({"content-encoding": "gzip"}, packed)
    rpc = Rpc(hostile.url)
    tracemalloc.start()
    try:
        with pytest.raises(RpcAnswerTooLarge):
            rpc.call("eth_chainId")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5 * answers.MAX_BYTES // 2
    assert hostile.asked == [1]  # not worth another try


def test_an_answer_that_was_packed_twice_is_not_unpacked(hostile: Hostile) -> None:
    twice = gzip.compress(bomb(2 * answers.MAX_BYTES))
    hostile.answer = lambda asked: ({"content-encoding": "gzip, gzip"}, twice)
    with pytest.raises(RpcUnavailable):
        Rpc(hostile.url, attempts=1).call("eth_chainId")


def test_a_batch_whose_answer_is_too_large_is_asked_for_in_parts(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks that are honest, and large together, can still be audited."""
    monkeypatch.setattr(answers.post, "__kwdefaults__", {**(answers.post.__kwdefaults__ or {}), "max_bytes": 3_000})

    def blocks(asked: list[dict[str, Any]]) -> tuple[dict[str, str], bytes]:
        rows = [{"id": one["id"], "result": one["params"][0] * 1_000} for one in asked]
        return {}, json.dumps(rows if len(rows) > 1 else rows[0]).encode()

    hostile.answer = blocks
    found = Rpc(hostile.url).batch([("eth_getBlockByNumber", [letter]) for letter in "abcde"])
    assert [one[0] for one in found] == list("abcde")
    assert max(hostile.asked[1:]) < 5


def test_an_answer_that_never_ends_is_not_waited_for(hostile: Hostile) -> None:
    hostile.pause = 0.01
    hostile.answer = lambda asked: ({}, b" " * 10_000)
    started = time.monotonic()
    with pytest.raises(RpcUnavailable, match="not whole"):
        Rpc(hostile.url, timeout=0.05, attempts=1).call("eth_chainId")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "body",
    [
        b'{"id":[1],"result":"0x1"}',
        b'{"id":1}',
        b'{"id":1,"error":null}',
        b'{"id":1,"error":"boom"}',
        b'{"id":1,"error":{"code":"x","message":5}}',
        b'{"id":1,"error":{"code":3,"message":"revert","data":"0xzz"}}',
        b'{"id":1,"result":5}',
        b'{"id":1,"result":"\\u001b[31mred"}',
        b'{"id":1,"result":"' + b"9" * 10_000 + b'"}',
        b"[" * 100_000,
        b"[1]",
        b"",
    ],
)
def test_nonsense_is_a_typed_error(hostile: Hostile, body: bytes) -> None:
    hostile.answer = lambda asked: ({}, body)
    with pytest.raises(ChainError) as caught:
        Rpc(hostile.url, attempts=1).require_chain(1)
    assert str(caught.value).isprintable()
    if isinstance(caught.value, RpcError):
        assert caught.value.revert_data in (b"", None)


def test_a_redirect_is_not_followed_and_its_address_commands_no_terminal(hostile: Hostile) -> None:
    hostile.status = 302
    hostile.answer = lambda asked: ({"location": "http://127.0.0.1:1/\x9b31m"}, b"")
    with pytest.raises(RpcUnavailable) as caught:
        Rpc(hostile.url, attempts=1).call("eth_chainId")
    assert "302" in str(caught.value)
    assert str(caught.value).isprintable()
