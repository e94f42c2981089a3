"""The demo's client tells a refusal from a node that is gone, and never reads an error as an answer."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from alliance_node.entrypoints.demo.node_client import NodeClient, NodeGone, NodeRefused, decimal_amount
from alliance_node.entrypoints.demo.ports import free_port


class Answering(BaseHTTPRequestHandler):
    """422 for /refuse, 503 for /broken, otherwise one result per item of the body's list."""

    seen: list[str] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.seen.append(self.headers["idempotency-key"])
        status = {"/refuse": 422, "/broken": 503}.get(self.path, 200)
        body = b'{"results": [{"status": 201}]}' if status == 200 else b'{"code": "insufficient_points"}'
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def client() -> Iterator[NodeClient]:
    Answering.seen = []
    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    connection = NodeClient("groceries", f"http://127.0.0.1:{server.server_port}", "key")
    yield connection
    connection.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_refusal_is_an_error_with_status_and_body(client: NodeClient) -> None:
    with pytest.raises(NodeRefused, match=r"groceries answered POST /refuse with 422: .*insufficient_points"):
        client.post("/refuse", {})


def test_a_refusal_the_caller_asked_for_gives_its_code_but_a_broken_node_never_does(client: NodeClient) -> None:
    assert client.problem_code(client.try_post("/refuse", {})) == "insufficient_points"
    with pytest.raises(NodeRefused, match="503"):
        client.problem_code(client.try_post("/broken", {}))


def test_bulk_sends_chunks_under_a_key_each(client: NodeClient) -> None:
    assert len(client.bulk("/bulk", "events", [{}, {}, {}], chunk=1)) == 3
    assert len(set(Answering.seen)) == 3


def test_a_node_that_is_gone_is_named() -> None:
    gone = NodeClient("coffee", f"http://127.0.0.1:{free_port(0)}", "key")
    assert not gone.is_healthy()
    with pytest.raises(NodeGone, match="coffee does not answer GET /v1/totals"):
        gone.get("/v1/totals")


def test_amounts_are_written_exactly() -> None:
    assert [decimal_amount(minor) for minor in (0, 5, 100, 123_456)] == ["0.00", "0.05", "1.00", "1234.56"]
