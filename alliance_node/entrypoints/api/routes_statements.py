"""Routes of statements: the published ones for anybody, a member's proof for the brand's own systems, the day's job."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from alliance_node.entrypoints import jobs
from alliance_node.entrypoints.api import views_statements
from alliance_node.entrypoints.api.dependencies import Admin, IdempotencyKey, MembersReader, NodeOf, answer
from alliance_node.entrypoints.api.once import once, request_digest
from alliance_node.entrypoints.api.routes_members import MemberPath

router = APIRouter(tags=["statements"])
MonthPath = Annotated[str, Path(pattern=r"^\d{4}-\d{2}$")]


@router.get("/v1/statements")
def statements(node: NodeOf) -> Response:
    """Every statement made, and since which block it is known to be on the ledger. Open to anybody: it is published."""
    return answer({"statements": [views_statements.statement(row) for row in node.statements.desk.all()]})


@router.get("/v1/statements/{month}")
def statement(month: MonthPath, node: NodeOf) -> Response:
    """The statement file for auditors: canonical JSON with heads and consistency proofs. Open to anybody."""
    content = node.statements.desk.file(views_statements.month_number(month))
    return answer(content, headers=_as_file(f"statement-{month}.json"))


@router.get("/v1/members/{member_id}/statements/{month}/inclusion")
def inclusion(member_id: MemberPath, month: MonthPath, node: NodeOf, key: MembersReader) -> Response:
    """The member's proof that the statement counts their points; `alliance verify-inclusion FILE` checks it."""
    del key
    content = node.statements.desk.inclusion(views_statements.month_number(month), member_id)
    return answer(content, headers=_as_file(f"inclusion-{month}.json"))


@router.post("/v1/jobs/statements")
def make(request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey) -> Response:
    """Sweeps until now, takes the day's head of the log and makes the statement of the month that ended, if due."""

    def act() -> Any:
        now = node.clock.now()
        jobs.sweep(node, now)
        made = node.statements.daily(now, node.timezone)
        return {"made": views_statements.statement(made) if made is not None else None}

    return once(node, key, idempotency_key, request_digest(request, None), act, 200)


@router.post("/v1/jobs/publication")
def publish(request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey) -> Response:
    """One step towards having every head and statement on the ledger; `waiting` counts those not final there yet."""

    def act() -> Any:
        step = node.statements.publish()
        return {"waiting": step.waiting, "sent": "0x" + step.sent.hex() if step.sent is not None else None}

    return once(node, key, idempotency_key, request_digest(request, None), act, 200)


def _as_file(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
