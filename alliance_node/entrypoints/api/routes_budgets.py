"""Sponsored budgets, for the brand's managers: what they hold, what is promised, orders of a sponsor. For members: what
they are promised and wait for."""

import re
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field

from alliance_node.application.bonus_records import SponsoredKey
from alliance_node.application.budgets_view import budgets_view, member_promises, order_view, promise_view
from alliance_node.application.sponsor_budgets import Funding, close_budget, fund_budget, give_back_again
from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints.api.dependencies import (
    Admin,
    IdempotencyKey,
    Language,
    MembersReader,
    NodeOf,
    answer,
)
from alliance_node.entrypoints.api.parsing import parse_instant
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.api.schemas import Body, Moment, example
from alliance_node.entrypoints.composition import Node
from alliance_node.entrypoints.under_way import promise_under_way

router = APIRouter(tags=["budgets"])
_TERMS = re.compile(r"^0x[0-9a-f]{64}$")
_EXAMPLE = {"beneficiary": 2, "terms": "0x" + "11" * 32, "deadline": "2027-01-01T00:00:00+08:00"}


class BudgetNamed(Body):
    """A budget that this brand pays for: the brand that may spend it, the hash of what was agreed, and until when."""

    model_config = example(**_EXAMPLE)

    beneficiary: Annotated[int, Field(ge=1, lt=1 << 32, description="the brand's number on the ledger")]
    terms: Annotated[str, Field(pattern=_TERMS.pattern)]
    deadline: Moment

    def key(self) -> SponsoredKey:
        """Raises MalformedValue."""
        return SponsoredKey(self.beneficiary, bytes.fromhex(self.terms[2:]), parse_instant(self.deadline))


class BudgetFunding(BudgetNamed):
    """Units to issue into the budget."""

    model_config = example(**_EXAMPLE, units=100_000)

    units: Annotated[int, Field(ge=1, le=10**15, description="alliance units (0.01 point)")]


@router.get("/v1/budgets")
def budgets(node: NodeOf, key: Admin) -> Response:
    """What sponsors' budgets hold for this brand, what is promised and under way; what this brand pays for."""
    del key
    return answer(budgets_view(node.alliance_desk, node.clock.now()))


@router.post("/v1/budgets/fundings", status_code=202)
def fund(body: BudgetFunding, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey) -> Response:
    """Orders a FUND; the same Idempotency-Key again is the same order."""
    wish = Funding(f"{key.key_id}/{idempotency_key}", body.key(), body.units)
    return answer(order_view(fund_budget(node.alliance_desk, wish, node.clock.now())), 202)


@router.post("/v1/budgets/closings", status_code=202)
def close(body: BudgetNamed, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey) -> Response:
    """Orders a CLOSE, from the deadline on; while one is waiting it is the answer."""
    del key, idempotency_key
    return answer(order_view(close_budget(node.alliance_desk, body.key(), node.clock.now())), 202)


@router.post("/v1/budgets/give-backs", status_code=202)
def give_back(node: NodeOf, key: Admin, idempotency_key: IdempotencyKey) -> Response:
    """Asks again for every return that the ledger refused; a repetition finds none."""
    del key, idempotency_key
    return answer({"asked_again": give_back_again(node.alliance_desk, node.clock.now())}, 202)


@router.get("/v1/members/{member_id}/promises")
def promises(member_id: MemberPath, node: NodeOf, key: MembersReader, language: Language) -> Response:
    """Bonuses and awards that wait for a sponsor; `under_way`: where they are, who must act, until when."""
    del key
    node.queries.balance(member_id, node.clock.now())
    rows = member_promises(node.desk, member_id) if node.desk is not None else []
    return answer({"promises": [_shown(node, row, language) for row in rows]})


def _shown(node: Node, row: Any, language: str) -> dict[str, Any]:
    told = promise_under_way(row, node.brand_name(row.budget.sponsor), language, format_instant)
    return {**promise_view(row), "under_way": msgspec.to_builtins(told)}
