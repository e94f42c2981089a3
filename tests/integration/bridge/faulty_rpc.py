"""A proxy in front of a chain's RPC that misbehaves as told: the same HTTP, real answers, one fault per request.

Owns the faults; it invents no block or receipt. `FaultyRpc.choose` is asked for each request (a list of JSON-RPC calls)
and names a fault, or None.
"""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

import httpx
from eth_hash.auto import keccak

Call = dict[str, Any]
Choose = Callable[[list[Call]], str | None]
CHAOS = ("drop", "lose_answer", "cut", "delay", "duplicate", "reorder", "stale", "429", "500", "garbage")
LAG = 2
_BY_NUMBER = ("eth_getBlockByNumber", "eth_getBlockReceipts")


class FaultyRpc:
    """Listens on a port of its own; `counts` says how often each fault was shown."""

    def __init__(self, target: str, delay: float = 0.3) -> None:
        self.target, self.delay = target, delay
        self.choose: Choose = lambda calls: None
        self.counts: dict[str, int] = {}
        self._http = httpx.Client(timeout=30, trust_env=False)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._http.close()

    def heal(self) -> None:
        self.choose = lambda calls: None

    def always(self, fault: str) -> None:
        self.choose = lambda calls: fault

    def chaos(self, seed: int, percent: int, faults: Sequence[str] = CHAOS) -> None:
        """A fault for so many of a hundred requests, drawn from these."""
        random = Random(seed)
        self.choose = lambda calls: random.choice(faults) if random.randrange(100) < percent else None

    def answer(self, body: bytes) -> tuple[int, bytes] | None:
        """Status and body; None cuts the connection."""
        parsed = json.loads(body)
        calls = parsed if isinstance(parsed, list) else [parsed]
        fault = self.choose(calls)
        if fault is not None:
            self.counts[fault] = self.counts.get(fault, 0) + 1
        match fault:
            case "drop":
                return None
            case "429" | "500":
                return int(fault), b"busy"
            case "garbage":
                return 200, b"<html>Bad gateway</html>"
            case "swallow":
                return 200, json.dumps(
                    [_hash_of(call) for call in calls] if isinstance(parsed, list) else _hash_of(parsed)
                ).encode()
            case "delay":
                time.sleep(self.delay)
            case "duplicate":
                self._forward(body)
            case "stale":
                rows = [self._as_lagging(call) for call in calls]
                return 200, json.dumps(rows if isinstance(parsed, list) else rows[0]).encode()
        got = self._forward(body)
        if fault == "lose_answer":
            return None
        if fault == "cut":
            return -1, got[: len(got) // 2]
        if fault in ("reorder", "duplicate") and isinstance(parsed, list):
            rows = json.loads(got)
            return 200, json.dumps(rows[::-1] if fault == "reorder" else rows + rows).encode()
        return 200, got

    def _forward(self, body: bytes) -> bytes:
        return self._http.post(self.target, content=body, headers={"content-type": "application/json"}).content

    def _ask(self, method: str, params: list[Any]) -> Any:
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return json.loads(self._forward(json.dumps(call).encode()))

    def _as_lagging(self, call: Call) -> Call:
        """What a node says that is LAG blocks behind (pitfall 21): the same chain, a little earlier."""
        head = max(0, int(self._ask("eth_blockNumber", [])["result"], 16) - LAG)
        method, params = call["method"], list(call["params"])
        row = {"jsonrpc": "2.0", "id": call["id"]}
        if method == "eth_blockNumber":
            return {**row, "result": hex(head)}
        pinned = [value if value not in ("latest", "pending") else hex(head) for value in params]
        numbers = [int(value, 16) for value in pinned if isinstance(value, str) and 2 < len(value) < 12]
        if method in (*_BY_NUMBER, "eth_call", "eth_getTransactionCount") and any(number > head for number in numbers):
            missing = {"error": {"code": -32000, "message": "header not found"}}
            return {**row, **({"result": None} if method in _BY_NUMBER else missing)}
        answer = self._ask(method, pinned)
        answer["id"] = call["id"]
        found = answer.get("result")
        if method == "eth_getTransactionReceipt" and found and int(found["blockNumber"], 16) > head:
            answer["result"] = None
        return dict(answer)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                with contextlib.suppress(OSError):  # the client was killed
                    super().handle()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                answered = proxy.answer(body)
                if answered is None:
                    self._reset()
                    return
                status, content = answered
                self.send_response(200 if status < 0 else status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content) * (2 if status < 0 else 1)))
                self.end_headers()
                with contextlib.suppress(OSError):  # the client has given up
                    self.wfile.write(content)
                if status < 0:
                    self._reset()

            def _reset(self) -> None:
                """RST instead of FIN: a closed socket as a crashed server leaves it."""
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True

            def finish(self) -> None:
                with contextlib.suppress(OSError):
                    super().finish()

            def log_message(self, *arguments: object) -> None:
                """Nothing: the tests count."""

        return Handler


def _hash_of(call: Call) -> Call:
    """The answer to eth_sendRawTransaction by somebody who then forgets the transaction (pitfall 31)."""
    raw = bytes.fromhex(call["params"][0][2:])
    return {"jsonrpc": "2.0", "id": call["id"], "result": "0x" + bytes(keccak(raw)).hex()}
