"""Late events that somebody approved: only keys with their own scope may, and each leaves an entry in the audit log.

Owns the scope and the entry; that an approved event may be late is the domain's rule.
"""

import asyncio
from collections.abc import Sequence

from alliance_node.adapters.identity import audit_log
from alliance_node.adapters.identity.api_keys import ApiKey
from alliance_node.entrypoints.api.event_models import EventBody
from alliance_node.entrypoints.api.problems import Problem
from alliance_node.entrypoints.composition import Node

SCOPE = "events:approve"
ACTION = "approve late event"
Approved = tuple[EventBody, int]
"""An event with `late_approval` and the HTTP status of its answer."""


def check(key: ApiKey, event: EventBody) -> None:
    """Raises Problem 403 when the event carries an approval that this key may not give."""
    if event.late_approval and SCOPE not in key.scopes:
        detail = f"late_approval needs a key with the scope {SCOPE}."
        raise Problem(
            403, "scope_missing", detail, f"Leave late_approval out, or use a key created with --scope {SCOPE}."
        )


async def record(node: Node, key: ApiKey, request_id: str, approved: Sequence[Approved]) -> None:
    """One entry per approved event, before the answer leaves; the words themselves are in the member's event."""
    now = node.clock.now()
    entries = [
        audit_log.AuditEntry(now, key.key_id, ACTION, event.member_id, status, request_id) for event, status in approved
    ]
    await asyncio.to_thread(_record, node, entries)


def _record(node: Node, entries: Sequence[audit_log.AuditEntry]) -> None:
    with node.store.write() as connection:
        for entry in entries:
            audit_log.record(connection, entry)
