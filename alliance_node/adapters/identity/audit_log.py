"""The audit log of state-changing calls: who did what to whom, when, and what came of it. No personal data, no bodies.

Owns the `audit_log` table. Purchases and other hot events are not repeated here: their idempotency row, committed with
the event, already names the client, the key, the time and the answer.
"""

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.identity.tables import audit_log

OPERATOR = "operator"


class AuditEntry(msgspec.Struct, frozen=True):
    """One call. `actor` is an API key's id or `operator`; `status` an HTTP status (200 for a command that worked)."""

    at: int
    actor: str
    action: str
    subject: str | None
    status: int
    request_id: str


def record(connection: sa.Connection, entry: AuditEntry) -> None:
    """Appends one entry in the caller's transaction."""
    connection.execute(audit_log.insert(), msgspec.structs.asdict(entry))


def entries(connection: sa.Connection, limit: int = 100) -> list[AuditEntry]:
    """The newest entries first."""
    columns = [audit_log.c[name] for name in AuditEntry.__struct_fields__]
    rows = connection.execute(sa.select(*columns).order_by(audit_log.c.entry_no.desc()).limit(limit))
    return [AuditEntry(*row) for row in rows]
