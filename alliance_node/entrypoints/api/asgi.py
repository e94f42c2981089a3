"""Small pieces of bare ASGI: reading a bounded body, headers, sending one response. Knows nothing of points."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from alliance_node.entrypoints.api.languages import language_asked
from alliance_node.entrypoints.api.problems import CONTENT_TYPE, Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
HotRoute = Callable[[Scope, bytes], Awaitable[tuple[int, Headers, bytes]]]

ACTOR = "alliance.actor"  # scope key: the API key's id, once the caller is known

JSON_HEADERS: Headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


class ClientGone(Exception):
    """The client closed the connection before the whole body arrived."""


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of this (lower-case) name."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


def language_in(scope: Scope) -> str:
    """The language that the caller reads."""
    return language_asked(header(scope, b"accept-language"), scope.get("query_string", b""))


async def read_body(
    scope: Scope, receive: Receive, limit: int, before_waiting: Callable[[], Awaitable[object]] | None = None
) -> bytes:
    """The whole body; raises Problem 413 beyond `limit` bytes, before reading more than that. `before_waiting` may
    refuse the caller when the body has not arrived in one piece: a stranger's is not kept."""
    declared = header(scope, b"content-length")
    if declared is not None and declared.isdigit() and int(declared) > limit:
        raise too_large(limit)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise too_large(limit)
        return body
    if before_waiting is not None and message["type"] == "http.request":
        await before_waiting()
    chunks: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise too_large(limit)
        if not message.get("more_body", False):
            return b"".join(chunks)
        message = await receive()


def too_large(limit: int) -> Problem:
    """413."""
    detail = f"The body is larger than {limit} bytes."
    return Problem(413, "body_too_large", detail, "Send smaller bulks.", headers={"Connection": "close"})


def replay(body: bytes, receive: Receive) -> Receive:
    """A receive channel that first gives the body that was read already."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def send_response(send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
    """One complete response."""
    lengths = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": lengths})
    await send({"type": "http.response.body", "body": body})


async def send_problem(send: Send, problem: Problem, scope: Scope) -> None:
    """A problem document with its headers, in the caller's language."""
    request_id: str = scope["request_id"]
    headers: Headers = [(b"content-type", CONTENT_TYPE.encode()), (b"cache-control", b"no-store")]
    headers.append((b"x-request-id", request_id.encode()))
    headers.extend((name.lower().encode(), value.encode()) for name, value in problem.headers.items())
    await send_response(send, problem.status, headers, problem.encode(request_id, language_in(scope)))
