"""Routes that start the jobs over all members and show the tier monitor. Members are served meanwhile."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints import jobs
from alliance_node.entrypoints.api import schemas, views_jobs
from alliance_node.entrypoints.api.dependencies import Admin, IdempotencyKey, NodeOf, answer, instant_or_now
from alliance_node.entrypoints.api.once import once, request_digest
from alliance_node.entrypoints.api.problems import invalid_fields
from alliance_node.entrypoints.composition import Node

router = APIRouter(tags=["jobs"])
RecallPath = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)]


@router.post("/v1/jobs/expiry-sweep")
def sweep(
    body: schemas.Through, request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey
) -> Response:
    """Books what expired until the cut-off: one entry per member; lots are not touched."""

    def act() -> Any:
        through = _cut_off(body, node)
        report = jobs.sweep(node, through)
        return {"through": format_instant(through), "members": report.members, "points": report.points}

    return once(node, key, idempotency_key, request_digest(request, body), act, 200)


@router.post("/v1/jobs/tier-evaluation")
def evaluate(
    body: schemas.Through, request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey
) -> Response:
    """Moves members whose protection has ended to the tier they earned."""

    def act() -> Any:
        at = _cut_off(body, node)
        report = jobs.tiers(node, at)
        return {"at": format_instant(at), "members": report.members, "changed": report.changed}

    return once(node, key, idempotency_key, request_digest(request, body), act, 200)


@router.post("/v1/jobs/recalls/{recall}")
def recall(recall: RecallPath, request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey) -> Response:
    """Carries out a clearing event that the program announced (R-VAL-4); refused before its date."""

    def act() -> Any:
        report = jobs.recall(node, recall)
        return {"recall": recall, "members": report.members, "changed": report.changed}

    return once(node, key, idempotency_key, request_digest(request, None), act, 200)


@router.post("/v1/jobs/notices")
def notices(request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey) -> Response:
    """Writes every notice that is due and not yet written; read them at `GET /v1/notices`."""

    def act() -> Any:
        report = jobs.notices(node)
        return {"members": report.members, "written": report.changed}

    return once(node, key, idempotency_key, request_digest(request, None), act, 200)


@router.get("/v1/tiers/monitor")
def monitor(node: NodeOf, key: Admin) -> Response:
    """Share of members and of spend by tier; alarms when the pyramid inverts or a tier grows too large (R-TIER-1)."""
    del key
    return answer(views_jobs.tier_report(jobs.tier_monitor(node), node.currency_scale))


def _cut_off(body: schemas.Through, node: Node) -> int:
    through = instant_or_now(body.through, node)
    if through > node.clock.now():
        raise invalid_fields([{"field": "through", "reason": "lies in the future"}])
    return through
