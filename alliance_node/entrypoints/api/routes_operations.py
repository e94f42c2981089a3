"""Routes for the operator and for simulations: the program, totals, jobs, the manual clock."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from alliance_node.adapters.clock import ManualClock
from alliance_node.adapters.sql.job_store import SqlJobStore
from alliance_node.application.errors import UnknownProgramVersion
from alliance_node.application.evaluate_tiers import evaluate_tiers
from alliance_node.application.member_jobs import MemberJobs
from alliance_node.application.sweep_expiry import sweep_expiry
from alliance_node.domain.program.summary import summary
from alliance_node.entrypoints.api import schemas
from alliance_node.entrypoints.api.dependencies import (
    Admin,
    IdempotencyKey,
    Language,
    MembersReader,
    NodeOf,
    Simulator,
    answer,
    instant_or_now,
)
from alliance_node.entrypoints.api.once import once, request_digest
from alliance_node.entrypoints.api.parsing import format_instant, parse_instant
from alliance_node.entrypoints.api.problems import Problem, invalid_fields
from alliance_node.entrypoints.composition import Node

router = APIRouter(tags=["operations"])


@router.get("/v1/program")
def program(
    node: NodeOf,
    key: MembersReader,
    language: Language,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="The one in force, if left out.")] = None,
) -> Response:
    """The program in force, or the version asked for, and what it says in plain words."""
    del key
    book = node.queries.program_book()
    compiled = book.at(node.clock.now()) if version is None else book.version(version)
    if compiled is None:
        raise UnknownProgramVersion(f"this brand has no program version {version}")
    file = compiled.file
    text = file.model_dump_json(by_alias=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    head = {
        "version": file.version,
        "name": file.name.zh if language == "zh" else file.name.en,
        "currency": file.currency,
        "summary": summary(file, language),
    }
    return answer({**head, "sha256": digest, "program": file.model_dump(mode="json", by_alias=True)})


@router.get("/v1/totals")
def totals(node: NodeOf, key: Admin) -> Response:
    """Points since the beginning, derived from the journal, and what the brand owes its members now."""
    del key
    return answer(node.queries.totals(node.clock.now()))


@router.post("/v1/jobs/expiry-sweep")
def sweep(
    body: schemas.Through, request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey
) -> Response:
    """Books what expired until the cut-off: one entry per member; lots are not touched."""

    def act() -> Any:
        through = _cut_off(body, node)
        report = sweep_expiry(_jobs(node), through, node.clock.now())
        return {"through": format_instant(through), "members": report.members, "points": report.points}

    return once(node, key, idempotency_key, request_digest(request, body), act, 200)


@router.post("/v1/jobs/tier-evaluation")
def evaluate(
    body: schemas.Through, request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey
) -> Response:
    """Moves members whose protection has ended to the tier they earned."""

    def act() -> Any:
        at = _cut_off(body, node)
        report = evaluate_tiers(_jobs(node), at, node.clock.now())
        return {"at": format_instant(at), "members": report.members, "changed": report.changed}

    return once(node, key, idempotency_key, request_digest(request, body), act, 200)


@router.post("/v1/simulation/clock")
def set_clock(body: schemas.NewClock, node: NodeOf, key: Simulator) -> Response:
    """Moves the manual clock forward; only on nodes made for simulation."""
    del key
    if not isinstance(node.clock, ManualClock):
        detail = "This node runs on the machine's clock."
        raise Problem(409, "not_a_simulation", detail, "Make a node with `--clock manual` for simulations.")
    node.clock.set(parse_instant(body.now))
    return answer({"now": format_instant(node.clock.now())})


def _cut_off(body: schemas.Through, node: Node) -> int:
    through = instant_or_now(body.through, node)
    if through > node.clock.now():
        raise invalid_fields([{"field": "through", "reason": "lies in the future"}])
    return through


def _jobs(node: Node) -> MemberJobs:
    return MemberJobs(node.ledger, SqlJobStore(node.engine))
