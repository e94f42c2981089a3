"""Builds the ASGI application of one node: FastAPI routes, the hot routes beside them, one edge around both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from alliance_node.adapters.identity.errors import IdentityError
from alliance_node.application.errors import ApplicationError
from alliance_node.domain.errors import DomainError
from alliance_node.entrypoints.api import (
    openapi,
    routes_alliance,
    routes_benefits,
    routes_budgets,
    routes_conversions,
    routes_founders,
    routes_health,
    routes_jobs,
    routes_lotteries,
    routes_members,
    routes_operations,
    routes_points,
    routes_previews,
    routes_programs,
    routes_redemptions,
    routes_settlement,
    routes_standing,
    routes_statements,
    routes_wallets,
)
from alliance_node.entrypoints.api.access import AccessControl
from alliance_node.entrypoints.api.asgi import language_in
from alliance_node.entrypoints.api.audit import audited
from alliance_node.entrypoints.api.bugs import report_bug
from alliance_node.entrypoints.api.edge import Edge
from alliance_node.entrypoints.api.hot import BULK, HotRoutes
from alliance_node.entrypoints.api.metrics import Metrics
from alliance_node.entrypoints.api.parsing import MalformedValue
from alliance_node.entrypoints.api.problems import (
    CONTENT_TYPE,
    Problem,
    internal_problem,
    invalid_fields,
    malformed,
    not_json,
    problem_of_error,
)
from alliance_node.entrypoints.api.schemas import ProblemDocument
from alliance_node.entrypoints.composition import Node
from alliance_node.entrypoints.member_web import files, page, wallet
from alliance_node.entrypoints.member_web.limits import ACTS, LOOKS, MemberLimits

_TYPED_ERRORS = (Problem, ApplicationError, DomainError, IdentityError, MalformedValue)
_ROUTERS = (
    routes_members.router,
    routes_points.router,
    routes_previews.router,
    routes_redemptions.router,
    routes_benefits.router,
    routes_standing.router,
    routes_conversions.router,
    routes_founders.router,
    routes_wallets.router,
    routes_programs.router,
    routes_operations.router,
    routes_jobs.router,
    routes_statements.router,
    routes_lotteries.router,
    routes_alliance.router,
    routes_settlement.router,
    routes_budgets.router,
    routes_health.router,
)


def create_app(node: Node) -> Edge:
    """The application; its life span starts and stops the node's commit queue."""
    metrics = Metrics()
    access = AccessControl(node.store, node.settings.key_cache_seconds)
    hot = HotRoutes(node, access, metrics)
    app = _fastapi(node, access, metrics, hot)
    _install_gauges(metrics, node)
    routes = hot.by_path()
    routes[BULK] = audited(node, BULK, routes[BULK])
    return Edge(app, routes, metrics, node, access)


def _fastapi(node: Node, access: AccessControl, metrics: Metrics, hot: HotRoutes) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        node.queue.start()
        yield
        hot.close()
        await asyncio.to_thread(node.queue.close)

    app = FastAPI(
        title=f"Points Alliance node of {node.settings.brand}",
        version=version("points-alliance"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={"default": {"model": ProblemDocument, "description": "RFC 9457 problem details"}},
    )
    app.state.node, app.state.access, app.state.metrics = node, access, metrics
    app.state.member_acts, app.state.member_looks = MemberLimits(*ACTS), MemberLimits(*LOOKS)
    for router in _ROUTERS:
        app.include_router(router)
    app.include_router(page.router)
    app.include_router(files.router)
    app.include_router(wallet.router)
    for kind in _TYPED_ERRORS:
        app.add_exception_handler(kind, _typed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)
    openapi.install(app)
    return app


def _install_gauges(metrics: Metrics, node: Node) -> None:
    metrics.gauge("alliance_queue_depth", "Commands waiting for their commit", lambda: node.queue.depth)
    metrics.gauge("alliance_ready", "1 while no worker waits or failed", lambda: float(node.health.is_fine))


def _respond(request: Request, problem: Problem) -> Response:
    body = problem.encode(request.scope.get("request_id"), language_in(request.scope))
    return Response(body, problem.status, {**problem.headers, "cache-control": "no-store"}, CONTENT_TYPE)


def _typed(request: Request, error: Exception) -> Response:
    problem = problem_of_error(error)
    return _respond(request, problem if problem is not None else internal_problem())


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"field": ".".join(str(part) for part in item["loc"][1:]) or "body", "reason": _reason(item)}
        for item in error.errors()[:20]
    ]
    kinds = {item["type"] for item in error.errors()}
    if "json_invalid" in kinds:
        return _respond(request, not_json())
    outside_body = any(item["loc"][0] != "body" for item in error.errors())
    problem = malformed("A path or query parameter is not usable.", errors) if outside_body else invalid_fields(errors)
    return _respond(request, problem)


def _reason(item: dict[str, object]) -> str:
    """Pydantic's words without what was sent."""
    kind = item["type"]
    if kind in ("missing", "extra_forbidden"):
        return {"missing": "is missing", "extra_forbidden": "is not a known field"}[str(kind)]
    return str(item["msg"]).removeprefix("Value error, ")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = {
        404: ("not_found", "There is nothing at this path.", "Look the path up in /openapi.json."),
        405: ("method_not_allowed", "This path does not know that method.", "See the header Allow."),
    }
    code, detail, next_step = words.get(
        error.status_code, ("malformed_request", "The request can not be read.", "Compare it with /openapi.json.")
    )
    return _respond(request, Problem(error.status_code, code, detail, next_step, headers=error.headers))


def _bug(request: Request, error: Exception) -> Response:
    report_bug(
        error, str(request.scope.get("request_id")), str(getattr(request.scope.get("route"), "path", "unmatched"))
    )
    return _respond(request, internal_problem())
