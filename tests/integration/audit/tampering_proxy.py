"""A real JSON-RPC server that passes everything on to an honest node and changes what its owner wants changed.

What a lying RPC operator can do: any answer can be anything. Each tampering is one small function.
"""

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import orjson

# (method, parameters, honest result) -> the result that the proxy answers; None leaves it as it is.
Tamper = Callable[[str, list[Any], Any], Any]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer leaves at once, in one piece: without this each waits 40 ms for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    upstream: str
    tamper: Tamper
    refused: Collection[str]
    client: httpx.Client

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        asked = orjson.loads(body)
        answered = orjson.loads(self.client.post(self.upstream, content=body, headers=_JSON).content)
        if isinstance(asked, list):
            calls = {call["id"]: call for call in asked}
            answer: Any = [self._changed(calls[row["id"]], row) for row in answered]
        else:
            answer = self._changed(asked, answered)
        payload = orjson.dumps(answer)
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _changed(self, call: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
        if call["method"] in self.refused:
            return {"jsonrpc": "2.0", "id": row["id"], "error": {"code": -32000, "message": "missing trie node"}}
        if "result" in row:
            changed = type(self).tamper(call["method"], call.get("params", []), row["result"])
            if changed is not None:
                row["result"] = changed
        return row

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: tests read findings, not access logs."""


_JSON = {"content-type": "application/json"}


@contextmanager
def tampering_proxy(upstream: str, tamper: Tamper, refused: Collection[str] = ()) -> Iterator[str]:
    """The URL of a proxy in front of `upstream` that lies as told and refuses some methods, while the block runs."""
    with httpx.Client(timeout=60) as client:
        attributes = {"upstream": upstream, "tamper": staticmethod(tamper), "refused": refused, "client": client}
        handler = type("Handler", (_Handler,), attributes)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
