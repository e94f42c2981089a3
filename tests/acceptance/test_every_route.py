"""Every route there is, new ones too: who may call it, and that calls which change something leave an entry."""

import re
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from fastapi.routing import APIRoute

from alliance_node.entrypoints.api.app import _ROUTERS
from alliance_node.entrypoints.api.hot import BULK, SINGLE
from alliance_node.entrypoints.member_web import files, page, wallet
from tests.acceptance.node_process import ALL_SCOPES, NodeProcess

OPEN = {"/healthz", "/readyz", "/metrics", "/v1/statements", "/v1/statements/{month}"}
SHAPES = {"month": "2026-01", "token_id": "7", "digest": "0x" + "11" * 32, "version": "1", "step": "minted"}
SOME_ID = "0b6f1f5e-6a51-4c2e-9a0d-3f2b8f6f4d10"


class Call(NamedTuple):
    """A method and a path template."""

    method: str
    template: str

    @property
    def path(self) -> str:
        return re.sub(r"{(\w+)}", lambda found: SHAPES.get(found[1], SOME_ID), self.template)


def calls() -> list[Call]:
    routers = [*_ROUTERS, page.router, files.router, wallet.router]
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    found = {Call(method, route.path) for route in routes for method in route.methods}
    return sorted(found | {Call("POST", path) for path in (*SINGLE, BULK)})


GUARDED = [call for call in calls() if call.template.startswith("/v1/") and call.template not in OPEN]
CHANGING = [call for call in GUARDED if call.method != "GET" and call.template not in SINGLE]
PAGES = [call for call in calls() if not call.template.startswith("/v1/") and call.template not in OPEN]


@pytest.fixture(scope="module")
def lonely(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A node of its own: its audit log is counted."""
    process = NodeProcess(tmp_path_factory.mktemp("routes") / "shop", "sqlite:///node.sqlite")
    yield process.init().start()
    process.close()


def entries(node: NodeProcess) -> list[tuple[str, str]]:
    with sqlite3.connect(node.directory / "node.sqlite") as raw:
        return list(raw.execute("SELECT actor, action FROM audit_log ORDER BY entry_no"))


def called(node: NodeProcess, call: Call, key: str | None) -> int:
    headers = {"idempotency-key": f"{call.method}-{call.template}", "content-type": "application/json"}
    if key is not None:
        headers["authorization"] = f"Bearer {key}"
    content = b'{"events": [{"type": "gift"}]}' if call.template == BULK else b"{}"
    content = None if call.method == "GET" else content
    return node.http.request(call.method, call.path, content=content, headers=headers).status_code


def test_the_list_is_not_empty() -> None:
    assert len(GUARDED) > 80
    assert {"/v1/budgets/fundings", "/v1/founder-orders", "/v1/settlement", "/v1/alliance/rates"} <= {
        call.template for call in GUARDED
    }


@pytest.mark.parametrize("call", GUARDED, ids=" ".join)
def test_nobody_calls_it_without_a_key_or_with_the_wrong_one(lonely: NodeProcess, call: Call) -> None:
    assert called(lonely, call, None) == 401
    admitting = [scope for scope in ALL_SCOPES if called(lonely, call, lonely.create_key(scope)) != 403]
    assert len(admitting) == 1, f"exactly one scope opens it, not {admitting}"


@pytest.mark.parametrize("call", CHANGING, ids=" ".join)
def test_what_changes_something_is_in_the_audit_log(lonely: NodeProcess, call: Call) -> None:
    before = len(entries(lonely))
    called(lonely, call, lonely.key)
    written = entries(lonely)[before:]
    assert written == [(lonely.key.split("_")[1], f"{call.method} {call.template}")]


@pytest.mark.parametrize("call", PAGES, ids=" ".join)
def test_pages_say_nothing_to_strangers_and_are_kept_nowhere(lonely: NodeProcess, call: Call) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    fields = "address=a&message=m&signature=s&points=1&quote_id=q&kind=transfer&amount=1"
    sent = (fields, form) if call.method == "POST" else (None, {})
    answer = lonely.http.request(call.method, call.path, content=sent[0], headers=sent[1])
    if call.template in ("/member.css", "/wallet.js"):
        assert answer.status_code == 200
        return
    assert answer.status_code == (200 if call.template == "/" else 403)
    assert 'data-page="closed"' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
