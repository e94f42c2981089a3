"""Puts the hot routes into the same OpenAPI document as the FastAPI routes, from the structs that decode them."""

from typing import Any

import msgspec
from fastapi import FastAPI

from alliance_node.entrypoints.api.event_models import BulkEvents
from alliance_node.entrypoints.api.hot import BULK, SINGLE
from alliance_node.entrypoints.api.problems import CONTENT_TYPE

REFERENCE = "#/components/schemas/{name}"
Json = dict[str, Any]


class Balance(msgspec.Struct):
    """A member's points."""

    spendable: int
    held: int
    pending: int


class EventName(msgspec.Struct):
    """Where the event stands in the member's stream."""

    member_id: str
    version: int


class EventAnswer(msgspec.Struct):
    """What an event did: points given or taken, the balance right after it, why, and what the member is told."""

    event: EventName
    points: int
    balance: Balance
    tier: str
    explanation: list[str]
    notices: list[str]


_SUMMARIES = {
    "/v1/purchases": "Record a purchase",
    "/v1/refunds": "Record a refund",
    "/v1/behaviours": "Record a behaviour",
    BULK: "Record many events in one commit",
}
_WHO = {"member_id": "0b6f1f5e-6a51-4c2e-9a0d-3f2b8f6f4d10", "source": "till-12", "source_event_id": "000731"}
_WHEN = "2026-03-01T09:30:00+08:00"
EXAMPLES: dict[str, Json] = {
    "/v1/purchases": {**_WHO, "amount": "42.50", "occurred_at": _WHEN, "tags": ["fresh"]},
    "/v1/refunds": {
        **_WHO,
        "source_event_id": "000732",
        "purchase_source": "till-12",
        "purchase_source_event_id": "000731",
        "amount": "12.50",
        "occurred_at": _WHEN,
    },
    "/v1/behaviours": {**_WHO, "source": "app", "behaviour": "review", "occurred_at": _WHEN, "grade": 80},
}
EXAMPLES[BULK] = {"events": [{"type": "purchase", **EXAMPLES["/v1/purchases"]}]}
_PROBLEMS = {
    "400": "malformed JSON or headers",
    "401": "no valid API key",
    "403": "the key lacks events:write",
    "404": "unknown member or purchase",
    "409": "the Idempotency-Key or the business key was used for something else",
    "413": "the body is too large",
    "422": "a field is not usable, or the rules refuse",
    "429": "too many requests",
    "503": "the database does not answer",
}


def install(app: FastAPI) -> None:
    """Replaces `app.openapi` by one that also knows the hot routes; the result is computed once."""
    plain = app.openapi

    def openapi() -> Json:
        if app.openapi_schema is None:
            document = plain()
            _add_hot_routes(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _add_hot_routes(document: Json) -> None:
    types = [*SINGLE.values(), BulkEvents, EventAnswer]
    references, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    document.setdefault("components", {}).setdefault("schemas", {}).update(components)
    paths = document.setdefault("paths", {})
    for (path, _), reference in zip(SINGLE.items(), references, strict=False):
        answers = {
            "201": _json("decided and committed", references[-1]),
            "200": _json("decided earlier", references[-1]),
        }
        paths[path] = {"post": _operation(path, reference, answers, key_required=True)}
    bulk_answers = {"200": _json("one result per item, in order", {"$ref": REFERENCE.format(name="BulkAnswer")})}
    paths[BULK] = {"post": _operation(BULK, references[-2], bulk_answers, key_required=False)}


def _operation(path: str, body: Json, answers: Json, *, key_required: bool) -> Json:
    problems = {status: _problem(words) for status, words in _PROBLEMS.items()}
    header = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": key_required,
        "schema": {"type": "string", "minLength": 1, "maxLength": 128},
    }
    return {
        "tags": ["events"],
        "summary": _SUMMARIES[path],
        "operationId": path.strip("/").replace("/", "_"),
        "security": [{"HTTPBearer": []}],
        "parameters": [header],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body, "example": EXAMPLES[path]}}},
        "responses": {**answers, **problems},
    }


def _json(words: str, schema: Json) -> Json:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _problem(words: str) -> Json:
    schema = {"$ref": REFERENCE.format(name="ProblemDocument")}
    return {"description": words, "content": {CONTENT_TYPE: {"schema": schema}}}
