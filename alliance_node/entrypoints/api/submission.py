"""One command of one caller on its way to the commit queue: key, idempotency key, body digest, and the answer in words.

Owns how FastAPI routes carry out commands; decides nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from alliance_node.adapters.identity.api_keys import ApiKey
from alliance_node.application.envelopes import Envelope, Result
from alliance_node.domain.commands import Command
from alliance_node.domain.events import Event, RedemptionMade
from alliance_node.entrypoints.api.command_bodies import derived_id
from alliance_node.entrypoints.api.dependencies import IdempotencyKey, Language, NodeOf, answer_of, scoped
from alliance_node.entrypoints.api.hot import committed
from alliance_node.entrypoints.api.once import request_digest
from alliance_node.entrypoints.api.parsing import format_amount
from alliance_node.entrypoints.composition import Node


class Submission:
    """What a state-changing call brings besides its body."""

    def __init__(self, node: Node, request: Request, key: ApiKey, idempotency_key: str, language: str) -> None:
        self.node = node
        self.request = request
        self.key = key
        self.idempotency_key = idempotency_key
        self.language = language

    def derived_id(self, kind: str) -> str:
        """An id for what this call makes, the same for a retry."""
        return derived_id(kind, self.key.key_id, self.idempotency_key)

    def envelope(self, command: Command, body: BaseModel | None) -> Envelope:
        """The command with what makes a retry of this call the same call."""
        return Envelope(command, self.key.key_id, self.idempotency_key, request_digest(self.request, body))

    async def carry_out(self, command: Command, body: BaseModel | None, **names: str) -> Response:
        """201 (200 for a replay) with points, balance, explanation and `names`; raises the refusal as a Problem."""
        result = await committed(self.node.queue.submit(self.envelope(command, body)))
        return self.answer(result, **names)

    def answer(self, result: Result, **names: str) -> Response:
        """The answer of a result."""
        if result.failure is not None:
            raise result.failure
        words = self.node.explain(result.events, self.language)
        said = {"explanation": words, "notices": self.node.tell(result, self.language)} if result.accepted else {}
        return answer_of(result, {**names, **money_of(result.events, self.node), **said})


def money_of(events: tuple[Event, ...], node: Node) -> Mapping[str, Any]:
    """For a redemption: what it is worth and what the member pays besides, as decimal strings."""
    made = next((event for event in events if isinstance(event, RedemptionMade)), None)
    if made is None:
        return {}
    scale = node.currency_scale
    return {"value": format_amount(made.value_minor, scale), "cash": format_amount(made.cash_minor, scale)}


def _submitting(scope: str) -> Callable[..., Awaitable[Submission]]:
    async def depend(
        node: NodeOf,
        request: Request,
        key: Annotated[ApiKey, Depends(scoped(scope))],
        idempotency_key: IdempotencyKey,
        language: Language,
    ) -> Submission:
        return Submission(node, request, key, idempotency_key, language)

    return depend


Redeeming = Annotated[Submission, Depends(_submitting("redeem"))]
ChangingMember = Annotated[Submission, Depends(_submitting("members:write"))]
