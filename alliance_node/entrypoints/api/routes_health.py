"""Liveness, readiness, metrics. Open to whoever reaches the port: they say nothing about members."""

from typing import Any

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Request, Response

from alliance_node.application.errors import ApplicationError
from alliance_node.entrypoints.api.dependencies import NodeOf, answer
from alliance_node.entrypoints.api.metrics import CONTENT_TYPE
from alliance_node.entrypoints.api.problems import Problem

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(node: NodeOf) -> Response:
    """ready · degraded (earning works, the alliance does not) · 503 when the database does not answer."""
    try:
        with node.store.read() as connection:
            connection.execute(sa.text("SELECT 1"))
    except ApplicationError as error:
        raise Problem(503, error.code, "The database does not answer.", "Bring the database back.") from None
    parts: dict[str, Any] = {name: msgspec.structs.asdict(part) for name, part in node.health.parts().items()}
    status = "ready" if node.health.is_fine else "degraded"
    return answer({"status": status, "brand": node.settings.brand, "database": "ok", "workers": parts})


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Prometheus text."""
    return Response(request.app.state.metrics.render(), media_type=CONTENT_TYPE)
