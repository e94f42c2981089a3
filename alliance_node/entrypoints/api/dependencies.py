"""What FastAPI routes share: the caller's key, the idempotency key, the language, and how answers are written.

Owns no route. Everything that can go wrong here is a Problem.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from alliance_node.adapters.identity.api_keys import ApiKey
from alliance_node.application.envelopes import Result
from alliance_node.entrypoints.api.asgi import ACTOR
from alliance_node.entrypoints.api.hot import refusal, required_key
from alliance_node.entrypoints.api.languages import language_of
from alliance_node.entrypoints.api.parsing import MalformedValue, parse_amount, parse_instant
from alliance_node.entrypoints.api.problems import invalid_fields
from alliance_node.entrypoints.composition import Node

bearer = HTTPBearer(auto_error=False, description="an API key from `alliance node create-key`")


def node_of(request: Request) -> Node:
    """The node this application serves."""
    node: Node = request.app.state.node
    return node


def scoped(scope: str) -> Callable[..., Awaitable[ApiKey]]:
    """A dependency that admits callers whose key has this scope."""

    async def admit(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> ApiKey:
        raw = request.headers.get("authorization")
        key: ApiKey = await request.app.state.access.admit(raw.encode("latin-1") if raw is not None else None, scope)
        request.scope[ACTOR] = key.key_id
        return key

    return admit


def _required_key(
    request: Request,
    _: Annotated[str | None, Header(alias="Idempotency-Key", description="required; 1 to 128 characters")] = None,
) -> str:
    return required_key(request.scope)


def _language(request: Request, lang: Annotated[str | None, Query(max_length=8, description="zh or en")] = None) -> str:
    raw = request.headers.get("accept-language")
    return language_of(raw.encode("latin-1") if raw is not None else None, lang)


NodeOf = Annotated[Node, Depends(node_of)]
IdempotencyKey = Annotated[str, Depends(_required_key)]
Language = Annotated[str, Depends(_language)]
EventsWriter = Annotated[ApiKey, Depends(scoped("events:write"))]
MembersWriter = Annotated[ApiKey, Depends(scoped("members:write"))]
MembersReader = Annotated[ApiKey, Depends(scoped("members:read"))]
Redeemer = Annotated[ApiKey, Depends(scoped("redeem"))]
Converter = Annotated[ApiKey, Depends(scoped("convert"))]
Admin = Annotated[ApiKey, Depends(scoped("admin"))]
Simulator = Annotated[ApiKey, Depends(scoped("simulate"))]


def answer(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; `document` may be bytes that are JSON already."""
    body = document if isinstance(document, bytes) else msgspec.json.encode(document)
    return Response(body, status, {"cache-control": "no-store", **(headers or {})}, "application/json")


def answer_of(result: Result, extra: Mapping[str, Any] | None = None) -> Response:
    """A ledger result: 201, 200 with Idempotency-Replayed, or the refusal as a Problem."""
    if not result.accepted:
        raise refusal(result)
    replayed = result.outcome == "replayed"
    body = {**msgspec.json.decode(result.body), **(extra or {})}
    return answer(body, 200 if replayed else 201, {"Idempotency-Replayed": "true"} if replayed else None)


def instant_or_now(text: str | None, node: Node) -> int:
    """The instant a caller named, or the node's clock."""
    return parse_instant(text) if text is not None else node.clock.now()


def amount_of(text: str, node: Node, field: str) -> int:
    """Minor units of the program's currency; raises Problem 422."""
    try:
        return parse_amount(text, node.currency_scale, field)
    except MalformedValue as error:
        raise invalid_fields([{"field": error.field, "reason": error.reason}]) from None
