"""The outermost layer of the API: request ids, bounded bodies, timing, audit, and a typed problem for what goes wrong.

Hot routes are dispatched here, before FastAPI; everything else goes on to it. No decision is made here.
"""

import time
from collections.abc import Mapping

from alliance_node.entrypoints.api.access import AccessControl
from alliance_node.entrypoints.api.asgi import (
    App,
    ClientGone,
    Headers,
    HotRoute,
    Message,
    Receive,
    Scope,
    Send,
    header,
    read_body,
    replay,
    send_problem,
    send_response,
)
from alliance_node.entrypoints.api.audit import must_be_audited, write_entry
from alliance_node.entrypoints.api.bugs import report_bug
from alliance_node.entrypoints.api.metrics import Metrics
from alliance_node.entrypoints.api.problems import Problem, internal_problem, problem_of_error
from alliance_node.entrypoints.api.request_ids import RequestIds
from alliance_node.entrypoints.composition import Node

CLIENT_CLOSED = 499
FORM_BYTES = 64 * 1024
SECURITY_HEADERS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]


class Edge:
    """ASGI application: hot routes by exact path, the FastAPI application for the rest."""

    def __init__(
        self, app: App, hot: Mapping[str, HotRoute], metrics: Metrics, node: Node, access: AccessControl
    ) -> None:
        self._app = app
        self._hot = hot
        self._metrics = metrics
        self._node = node
        self._access = access
        self._limit = node.settings.max_body_bytes
        self._ids = RequestIds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        scope["request_id"] = self._ids.next()
        path: str = scope["path"]
        hot = self._hot.get(path)
        if hot is not None:
            status = await self._serve_hot(hot, scope, receive, send)
        else:
            status = await self._serve_rest(scope, receive, send)
        self._metrics.request(path if hot is not None else template(scope), status, time.perf_counter() - started)

    async def _serve_hot(self, hot: HotRoute, scope: Scope, receive: Receive, send: Send) -> int:
        try:
            if scope["method"] != "POST":
                raise Problem(
                    405, "method_not_allowed", "This path takes POST.", "Use POST.", headers={"Allow": "POST"}
                )
            body = await self._body(scope, receive)
            status, headers, answer = await hot(scope, body)
        except ClientGone:
            return CLIENT_CLOSED
        except Exception as error:  # noqa: BLE001 - every failure becomes one typed answer, bugs are logged
            return await self._fail(error, scope, send)
        await send_response(send, status, [*headers, (b"x-request-id", scope["request_id"].encode())], answer)
        return status

    async def _serve_rest(self, scope: Scope, receive: Receive, send: Send) -> int:
        answer = _Answer(self._node, scope, send)
        try:
            body = await self._body(scope, receive) if scope["method"] not in ("GET", "HEAD") else b""
            if body and not _is_understood(scope):
                raise Problem(
                    415,
                    "unsupported_media_type",
                    "The body is not marked as JSON.",
                    "Send the header Content-Type: application/json.",
                )
            await self._app(scope, replay(body, receive), answer)
        except ClientGone:
            return CLIENT_CLOSED
        except Exception as error:  # noqa: BLE001 - every failure becomes one typed answer, bugs are logged
            if answer.status == 0:
                return await self._fail(error, scope, send)
            if answer.status < 500:
                report_bug(error, scope["request_id"], template(scope))
        return answer.status

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """What callers may make the node keep before they are known is small."""
        if not scope["path"].startswith("/v1/"):
            return await read_body(scope, receive, min(self._limit, FORM_BYTES))

        async def known() -> None:
            try:
                await self._access.recognise(header(scope, b"authorization"))
            except Problem as problem:
                problem.headers["Connection"] = "close"  # the rest of the body is not read
                raise

        return await read_body(scope, receive, self._limit, known)

    async def _fail(self, error: Exception, scope: Scope, send: Send) -> int:
        problem = problem_of_error(error)
        if problem is None:
            report_bug(error, scope["request_id"], template(scope))
            problem = internal_problem()
        await send_problem(send, problem, scope)
        return problem.status


class _Answer:
    """Passes FastAPI's answer on, after its audit entry was written; a failed entry replaces the answer by 503."""

    def __init__(self, node: Node, scope: Scope, send: Send) -> None:
        self.status = 0
        self._node = node
        self._scope = scope
        self._send = send
        self._replaced = False

    async def __call__(self, message: Message) -> None:
        if self._replaced:
            return
        if message["type"] == "http.response.start":
            problem = await self._audit(message["status"])
            if problem is not None:
                self.status, self._replaced = problem.status, True
                await send_problem(self._send, problem, self._scope)
                return
            self.status = message["status"]
            message["headers"] = _with_common_headers(message["headers"], self._scope["request_id"])
        await self._send(message)

    async def _audit(self, status: int) -> Problem | None:
        if not must_be_audited(self._scope):
            return None
        try:
            await write_entry(self._node, self._scope, f"{self._scope['method']} {template(self._scope)}", status)
        except Exception as error:  # noqa: BLE001 - an unaudited answer is not given
            problem = problem_of_error(error)
            if problem is None:
                report_bug(error, self._scope["request_id"], template(self._scope))
            return problem or internal_problem()
        return None


def _is_understood(scope: Scope) -> bool:
    """The API reads JSON; the forms of the member's page, outside it, are what browsers send."""
    declared = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    kind: bytes = declared.split(b";")[0].strip().lower()
    in_api: bool = scope["path"].startswith("/v1/")
    return kind == b"application/json" or (kind == b"application/x-www-form-urlencoded" and not in_api)


def template(scope: Scope) -> str:
    """The route's path template; unknown paths share one label."""
    return str(getattr(scope.get("route"), "path", None) or "unmatched")


def _with_common_headers(headers: Headers, request_id: str) -> Headers:
    present = {name.lower() for name, _ in headers}
    extra = [pair for pair in SECURITY_HEADERS if pair[0] not in present]
    return [*headers, *extra, (b"x-request-id", request_id.encode())]
