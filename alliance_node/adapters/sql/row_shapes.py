"""Column order of the rows that the hot statements read and write. Owns only these tuples."""

from typing import Any

from alliance_node.domain.codecs import MemberColumns

Row = tuple[Any, ...]

MEMBER = ("member_id", "snapshot", *MemberColumns._fields)
CHANGING = ("snapshot", *MemberColumns._fields[1:])
"""A member's columns that events change, in the order of `WriteSet.changed_members`."""
LOT = (
    "lot_no",
    "amount",
    "remaining",
    "earned_at",
    "matures_at",
    "expires_at",
    "kind",
    "convertible",
    "source_version",
)
EVENT = (
    "member_id",
    "version",
    "kind",
    "occurred_at",
    "received_at",
    "source",
    "source_event_id",
    "refers_to",
    "payload",
    "digest",
)
ANSWER = ("client_id", "key", "body_hash", "code", "body", "member_id", "version", "events")
