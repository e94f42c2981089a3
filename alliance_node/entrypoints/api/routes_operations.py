"""Routes for the operator and for simulations: totals, shared limits, the manual clock."""

from fastapi import APIRouter, Response

from alliance_node.adapters.clock import ManualClock
from alliance_node.application.limits_view import shared_limits
from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints.api import schemas, views_members
from alliance_node.entrypoints.api.dependencies import (
    Admin,
    Language,
    MembersReader,
    NodeOf,
    Simulator,
    answer,
)
from alliance_node.entrypoints.api.parsing import parse_instant
from alliance_node.entrypoints.api.problems import Problem

router = APIRouter(tags=["operations"])


@router.get("/v1/totals")
def totals(node: NodeOf, key: Admin) -> Response:
    """Points since the beginning, derived from the journal, and what the brand owes its members now."""
    del key
    return answer(node.queries.totals(node.clock.now()))


@router.get("/v1/limits")
def limits(node: NodeOf, key: MembersReader, language: Language) -> Response:
    """What all members share: stock, tickets and budgets, with what is used and left now."""
    del key
    found = shared_limits(node.store, node.programs, node.clock.now(), language)
    return answer({"limits": [views_members.limit(view) for view in found]})


@router.post("/v1/simulation/clock")
def set_clock(body: schemas.NewClock, node: NodeOf, key: Simulator) -> Response:
    """Moves the manual clock forward; only on nodes made for simulation."""
    del key
    if not isinstance(node.clock, ManualClock):
        detail = "This node runs on the machine's clock."
        raise Problem(409, "not_a_simulation", detail, "Make a node with `--clock manual` for simulations.")
    node.clock.set(parse_instant(body.now))
    return answer({"now": format_instant(node.clock.now())})
