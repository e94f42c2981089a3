"""Idempotency for calls that are not ledger commands (quotes, receiving codes, jobs): the first answer is kept.

Owns nothing of its own: answers live in the ledger's table of idempotency keys. Two simultaneous calls with one key may
both act; that is only used for acts which are harmless twice, and the first stored answer wins.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import Request, Response

from alliance_node.adapters.identity.api_keys import ApiKey
from alliance_node.application.envelopes import ACCEPTED
from alliance_node.application.errors import IdempotencyConflict
from alliance_node.application.records import StoredAnswer
from alliance_node.entrypoints.api.dependencies import answer
from alliance_node.entrypoints.composition import Node


def request_digest(request: Request, body: msgspec.Struct | Any) -> bytes:
    """What makes two requests the same: path and body."""
    text = body.model_dump_json() if hasattr(body, "model_dump_json") else ""
    return hashlib.sha256(f"{request.url.path}\n{text}".encode()).digest()


def once(
    node: Node, key: ApiKey, idempotency_key: str, digest: bytes, act: Callable[[], Any], status: int = 201
) -> Response:
    """Acts, or gives the first answer again; raises IdempotencyConflict for the same key with another body."""
    stored = _stored(node, key.key_id, idempotency_key)
    if stored is not None:
        if stored.body_hash != digest:
            raise IdempotencyConflict("this Idempotency-Key was used before with another body")
        return answer(stored.body.encode(), 200, {"Idempotency-Replayed": "true"})
    body = msgspec.json.encode(act())
    fresh = StoredAnswer(key.key_id, idempotency_key, digest, ACCEPTED, body.decode())
    with node.store.write() as connection:
        node.store.keep_answer(connection, fresh, node.clock.now())
    return answer(body, status)


def _stored(node: Node, client_id: str, key: str) -> StoredAnswer | None:
    with node.store.read() as connection:
        return node.store.answers(connection, [(client_id, key)]).get((client_id, key))
