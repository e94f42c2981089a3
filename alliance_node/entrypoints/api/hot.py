"""The hot routes as bare ASGI: one event, or many, straight to the commit queue or the ledger.

Owns decoding, the envelope and the answer of POST /v1/purchases, /v1/refunds, /v1/behaviours and /v1/events/bulk. It
may not decide anything; `openapi.py` documents these routes from the same structs that decode them.
"""

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import msgspec

from alliance_node.adapters.identity.api_keys import ApiKey
from alliance_node.application.answers import RefusedBody
from alliance_node.application.envelopes import Envelope, Result
from alliance_node.domain.commands import RecordBehaviour, RecordPurchase, RecordRefund
from alliance_node.entrypoints.api import approvals
from alliance_node.entrypoints.api import event_models as models
from alliance_node.entrypoints.api.access import AccessControl
from alliance_node.entrypoints.api.asgi import ACTOR, JSON_HEADERS, Headers, HotRoute, Scope, header, language_in
from alliance_node.entrypoints.api.bugs import report_bug
from alliance_node.entrypoints.api.metrics import Metrics
from alliance_node.entrypoints.api.parsing import MalformedValue
from alliance_node.entrypoints.api.plain_events import ordinary_purchases
from alliance_node.entrypoints.api.problems import (
    Problem,
    internal_problem,
    invalid_fields,
    malformed,
    not_json,
    problem_of_error,
    problem_of_refusal,
    status_of,
)
from alliance_node.entrypoints.composition import Node

SCOPE = "events:write"
SINGLE: dict[str, type[models.PurchaseEvent | models.RefundEvent | models.BehaviourEvent]] = {
    "/v1/purchases": models.PurchaseEvent,
    "/v1/refunds": models.RefundEvent,
    "/v1/behaviours": models.BehaviourEvent,
}
BULK = "/v1/events/bulk"
REPLAYED: Headers = [*JSON_HEADERS, (b"idempotency-replayed", b"true")]

Body = TypeVar("Body")
_KEY = re.compile(rb"[\x21-\x7e]{1,128}")


class HotRoutes:
    """The handlers, bound to one node."""

    def __init__(self, node: Node, access: AccessControl, metrics: Metrics) -> None:
        self._node = node
        self._access = access
        self._metrics = metrics
        self._bulk = msgspec.json.Decoder(models.BulkEvents)
        self._raw_bulk = msgspec.json.Decoder(models.RawBulk)
        self._item = msgspec.json.Decoder(models.EventBody)
        self._threads = ThreadPoolExecutor(1 if node.settings.uses_sqlite else 4, thread_name_prefix="bulk")

    def by_path(self) -> dict[str, HotRoute]:
        """Path → handler, for the edge."""
        routes: dict[str, HotRoute] = {path: self._single(path, kind) for path, kind in SINGLE.items()}
        routes[BULK] = self.bulk
        return routes

    def close(self) -> None:
        """Lets running bulks finish."""
        self._threads.shutdown(wait=True)

    def _single(
        self, path: str, kind: type[models.PurchaseEvent | models.RefundEvent | models.BehaviourEvent]
    ) -> HotRoute:
        decoder = msgspec.json.Decoder(kind)
        salt = path.encode()

        async def handle(scope: Scope, body: bytes) -> tuple[int, Headers, bytes]:
            key = await self._access.admit(header(scope, b"authorization"), SCOPE)
            idempotency_key = required_key(scope)
            event = _decode(decoder, body)
            approvals.check(key, event)
            command = _command(event, self._node.currency_scale)
            digest = hashlib.sha256(salt + b"\n" + body).digest()
            envelope = Envelope(command, key.key_id, idempotency_key, digest)
            result = await committed(self._node.queue.submit(envelope))
            self._metrics.outcome(path, result.outcome)
            if event.late_approval:
                await approvals.record(self._node, key, scope["request_id"], [(event, _status(result))])
            if not result.accepted:
                raise refusal(result)
            headers, status = (REPLAYED, 200) if result.outcome == "replayed" else (JSON_HEADERS, 201)
            return status, headers, _in_words(result, self._node, language_in(scope))

        return handle

    async def bulk(self, scope: Scope, body: bytes) -> tuple[int, Headers, bytes]:
        """Decides every item; the answer has one result per item, in order."""
        key = await self._access.admit(header(scope, b"authorization"), SCOPE)
        scope[ACTOR] = key.key_id
        loop = asyncio.get_running_loop()
        answer, approved = await loop.run_in_executor(self._threads, self._decide_bulk, key, body, scope)
        if approved:
            await approvals.record(self._node, key, scope["request_id"], approved)
        return 200, JSON_HEADERS, answer

    def _decide_bulk(self, key: ApiKey, body: bytes, scope: Scope) -> tuple[bytes, list[approvals.Approved]]:
        events, language = self._decode_bulk(body), language_in(scope)
        limit = self._node.settings.max_bulk_events
        if not 1 <= len(events) <= limit:
            raise invalid_fields([{"field": "events", "reason": f"must hold 1 to {limit} events"}])
        answers: list[bytes] = [b""] * len(events)
        envelopes, positions, decided = [], [], []
        scale = self._node.currency_scale
        for position, event in enumerate(events):
            try:
                if isinstance(event, Problem):
                    raise event
                if event.late_approval:
                    approvals.check(key, event)
                envelopes.append(Envelope(_command(event, scale)))
                positions.append(position)
                decided.append(event)
            except Problem as problem:
                answers[position] = _problem_item(problem, language)
        results = self._node.ledger.execute(envelopes, self._node.clock.now()) if envelopes else []
        for position, result in zip(positions, results, strict=True):
            if result.failure is not None:
                report_bug(result.failure, scope["request_id"], BULK)
            answers[position] = _result_item(result, language)
        self._count(results, len(events) - len(results))
        approved = [(e, _status(r)) for e, r in zip(decided, results, strict=True) if e.late_approval]
        return b'{"results":[' + b",".join(answers) + b"]}", approved

    def _decode_bulk(self, body: bytes) -> Sequence[models.EventBody | Problem]:
        ordinary = ordinary_purchases(body)
        if ordinary is not None:
            return ordinary
        try:
            return self._bulk.decode(body).events
        except (msgspec.ValidationError, UnicodeDecodeError, RecursionError):
            return [self._decode_item(raw) for raw in _decode(self._raw_bulk, body).events]
        except msgspec.DecodeError as error:
            raise models.problem_of_decoding(error) from None

    def _decode_item(self, raw: msgspec.Raw) -> models.EventBody | Problem:
        try:
            event: models.EventBody = _decode(self._item, bytes(raw))
            return event
        except Problem as problem:
            return problem

    def _count(self, results: Sequence[Result], malformed_items: int) -> None:
        for outcome, count in Counter([result.outcome for result in results]).items():
            self._metrics.outcome(BULK, outcome, count)
        if malformed_items:
            self._metrics.outcome(BULK, "malformed", malformed_items)


async def committed(future: "Future[Result]") -> Result:
    """The result once it is committed: `asyncio.wrap_future` without its way back (a commit is not undone)."""
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()

    def wake(_: "Future[Result]") -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_release, waiter)

    future.add_done_callback(wake)
    await waiter
    return future.result()


def _release(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)


def required_key(scope: Scope) -> str:
    """The Idempotency-Key header; raises Problem 400."""
    value = header(scope, b"idempotency-key")
    if value is None:
        raise malformed(
            "The header Idempotency-Key is missing.", [{"field": "Idempotency-Key", "reason": "is required"}]
        )
    if not _KEY.fullmatch(value):
        reason = "must be 1 to 128 visible ASCII characters"
        raise malformed("The header Idempotency-Key is not usable.", [{"field": "Idempotency-Key", "reason": reason}])
    return value.decode("ascii")


def refusal(result: Result) -> Problem:
    """A decided refusal as a problem; the same one for a replay."""
    told = msgspec.json.decode(result.body, type=RefusedBody)
    chinese = (told.chinese, told.next_step_chinese) if told.chinese else None
    problem = problem_of_refusal(told.code, told.message, told.next_step, chinese)
    if result.outcome == "replayed":
        problem.headers["Idempotency-Replayed"] = "true"
    return problem


def _decode(decoder: "msgspec.json.Decoder[Body]", body: bytes) -> Body:
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise models.problem_of_decoding(error) from None
    except (UnicodeDecodeError, RecursionError):
        raise not_json() from None


def _command(event: models.EventBody, scale: int) -> RecordPurchase | RecordRefund | RecordBehaviour:
    try:
        return event.command(scale)
    except MalformedValue as error:
        raise invalid_fields([{"field": error.field, "reason": error.reason}]) from None


def _status(result: Result) -> int:
    """The HTTP status that the item's answer carries."""
    if result.accepted:
        return 200 if result.outcome == "replayed" else 201
    if result.failure is not None:
        return (problem_of_error(result.failure) or internal_problem()).status
    return status_of(result.code)


def _in_words(result: Result, node: Node, language: str) -> bytes:
    """The answer with why, and with what the member is told."""
    why = msgspec.json.encode(node.explain(result.events, language))
    told = msgspec.json.encode(node.tell(result, language))
    return result.body[:-1] + b',"explanation":' + why + b',"notices":' + told + b"}"


def _result_item(result: Result, language: str) -> bytes:
    if result.failure is not None:
        return _problem_item(problem_of_error(result.failure) or internal_problem(), language)
    if not result.accepted:
        return _problem_item(refusal(result), language)
    status = b"200" if result.outcome == "replayed" else b"201"
    return b'{"status":' + status + b"," + result.body[1:]


def _problem_item(problem: Problem, language: str) -> bytes:
    document = msgspec.json.encode(problem.document(None, language))
    return b'{"status":' + str(problem.status).encode() + b',"problem":' + document + b"}"
