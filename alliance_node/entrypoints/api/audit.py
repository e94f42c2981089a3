"""Writes the audit log of state-changing calls before their answer leaves: no answer without its entry.

Owns when an entry is written, not what the log holds. Single hot events are not repeated here: their idempotency row,
committed with the event, names client, key, time and answer already.
"""

import asyncio

from alliance_node.adapters.identity import audit_log
from alliance_node.application.ports import Database
from alliance_node.entrypoints.api.asgi import ACTOR, Headers, HotRoute, Scope
from alliance_node.entrypoints.composition import Node

READING = ("GET", "HEAD", "OPTIONS")


async def write_entry(node: Node, scope: Scope, action: str, status: int) -> None:
    """One entry for an authenticated call that may have changed something."""
    subject = (scope.get("path_params") or {}).get("member_id") or (scope.get("path_params") or {}).get("conversion_id")
    entry = audit_log.AuditEntry(node.clock.now(), scope[ACTOR], action, subject, status, scope["request_id"])
    await asyncio.to_thread(_record, node.store, entry)


def audited(node: Node, path: str, route: HotRoute) -> HotRoute:
    """A hot route that leaves one entry per call."""

    async def handle(scope: Scope, body: bytes) -> tuple[int, Headers, bytes]:
        status, headers, answer = await route(scope, body)
        await write_entry(node, scope, f"POST {path}", status)
        return status, headers, answer

    return handle


def must_be_audited(scope: Scope) -> bool:
    """Authenticated calls that are not mere reading."""
    return scope["method"] not in READING and ACTOR in scope


def _record(database: Database, entry: audit_log.AuditEntry) -> None:
    with database.write() as connection:
        audit_log.record(connection, entry)
