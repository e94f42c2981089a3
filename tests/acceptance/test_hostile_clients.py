"""Strangers who send too much, too slowly or nonsense: the node keeps little of it and goes on serving."""

import socket
import time

import pytest

from tests.acceptance.node_process import NodeProcess

MEBIBYTE = 1024 * 1024


def sent(node: NodeProcess, *parts: bytes, seconds: float = 20.0) -> bytes:
    """What the node says to these bytes; stops sending when it closes the connection."""
    said = b""
    with socket.create_connection(("127.0.0.1", node.port), timeout=seconds) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            while chunk := connection.recv(65_536):
                said += chunk
        except (ConnectionError, BrokenPipeError):
            pass
    return said


def head(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: node", *headers, "", ""]).encode()


@pytest.mark.parametrize("part", [b"x-a: " + b"a" * 1_000 + b"\r\n", b"a" * 1_000], ids=["many", "one"])
def test_a_head_without_an_end_is_not_kept(node: NodeProcess, part: bytes) -> None:
    started = time.monotonic()
    said = sent(node, b"GET /healthz HTTP/1.1\r\nHost: node\r\nx-b: ", *[part] * 100_000)
    assert b"200 OK" not in said
    assert time.monotonic() - started < 10
    assert node.http.get("/healthz").status_code == 200


def test_a_strangers_body_is_not_waited_for(node: NodeProcess) -> None:
    """Answered after the first piece: nobody unknown makes the node keep megabytes."""
    for path in ("/v1/purchases", "/v1/events/bulk", "/v1/members"):
        said = sent(node, head(path, "content-length: 4000000", "content-type: application/json") + b" " * 70_000)
        assert b" 401 " in said.partition(b"\r\n")[0]


def test_a_page_takes_no_body_longer_than_its_forms(node: NodeProcess) -> None:
    for path in ("/receive", "/wallet/link"):
        said = sent(node, head(path, "content-length: 4000000", "content-type: application/x-www-form-urlencoded"))
        assert b" 413 " in said.partition(b"\r\n")[0]


def test_a_body_in_pieces_is_taken_from_a_caller_who_is_known(node: NodeProcess) -> None:
    body = b'{"events": []}'
    authorised = head(
        "/v1/events/bulk",
        f"authorization: Bearer {node.key}",
        "content-type: application/json",
        "transfer-encoding: chunked",
        "connection: close",
    )
    pieces = [b"1\r\n" + bytes([byte]) + b"\r\n" for byte in body]
    said = sent(node, authorised, *pieces, b"0\r\n\r\n")
    assert b" 422 " in said.partition(b"\r\n")[0]


def test_nesting_deeper_than_any_stack_is_malformed(node: NodeProcess) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    for path in ("/v1/events/bulk", "/v1/purchases", "/v1/members", "/v1/program/validation"):
        for body in (deep, b'{"events":' + deep + b"}", b'{"personal":' + deep + b"}"):
            assert node.post(path, body).status_code in (400, 422), path


@pytest.mark.parametrize("field", ["name", "external_ref", "address"])
def test_half_a_character_is_a_malformed_field(node: NodeProcess, field: str) -> None:
    answer = node.post("/v1/members", b'{"personal": {"%s": "\\ud800"}}' % field.encode())
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_personal_field")
