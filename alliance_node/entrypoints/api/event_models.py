"""The event bodies of the hot routes: what is decoded is what /openapi.json shows. Owns shapes and checks, no rule.

Every text is bounded and plain, because it is stored for ever; an amount is a decimal string (see `parsing`).
"""

import re
from typing import Annotated

import msgspec

from alliance_node.domain.commands import RecordBehaviour, RecordPurchase, RecordRefund
from alliance_node.entrypoints.api.parsing import parse_amount, parse_instant
from alliance_node.entrypoints.api.problems import Problem, invalid_fields, not_json

MEMBER_ID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

MemberId = Annotated[
    str,
    msgspec.Meta(
        pattern=MEMBER_ID_PATTERN, min_length=36, max_length=36, description="the member's pseudonym, a lower-case UUID"
    ),
]
Source = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$",
        max_length=64,
        description="the system an event comes from, e.g. till-12",
    ),
]
SourceEventId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[!-~]+$",
        max_length=120,
        description="the event's id in its source: one sale is recorded once, under whatever Idempotency-Key",
    ),
]
Amount = Annotated[
    str,
    msgspec.Meta(
        max_length=24,
        description="decimal string in the program's currency, no more places than it has",
        examples=["12.34"],
    ),
]
Moment = Annotated[
    str,
    msgspec.Meta(max_length=40, description="RFC 3339 with offset", examples=["2026-03-01T09:30:00+08:00"]),
]
Word = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/ &-]*$", max_length=64)]
Tags = Annotated[tuple[Word, ...], msgspec.Meta(max_length=20)]
LateApproval = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^\x00-\x1f\x7f]*$",
        max_length=200,
        description="who approved an event older than the program's window, and why; needs the scope events:approve",
        examples=["shop manager, card terminal was offline"],
    ),
]
Grade = Annotated[
    int, msgspec.Meta(ge=0, le=100, description="how well it was done, in percent of the rule's range of points")
]


class PurchaseEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="purchase", tag_field="type"):
    """A member bought something."""

    member_id: MemberId
    source: Source
    source_event_id: SourceEventId
    amount: Amount
    occurred_at: Moment
    tags: Tags = ()
    channel: Word = "shop"
    late_approval: LateApproval = ""

    def command(self, scale: int) -> RecordPurchase:
        """Raises MalformedValue."""
        return RecordPurchase(
            self.member_id,
            self.source,
            self.source_event_id,
            parse_amount(self.amount, scale),
            parse_instant(self.occurred_at),
            self.tags,
            self.channel,
            self.late_approval,
        )


class RefundEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="refund", tag_field="type"):
    """All or part of a purchase was given back; the points it earned are clawed back from its own lots."""

    member_id: MemberId
    source: Source
    source_event_id: SourceEventId
    purchase_source: Source
    purchase_source_event_id: SourceEventId
    amount: Amount
    occurred_at: Moment
    late_approval: LateApproval = ""

    def command(self, scale: int) -> RecordRefund:
        """Raises MalformedValue."""
        return RecordRefund(
            self.member_id,
            self.source,
            self.source_event_id,
            self.purchase_source,
            self.purchase_source_event_id,
            parse_amount(self.amount, scale),
            parse_instant(self.occurred_at),
            self.late_approval,
        )


class BehaviourEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="behaviour", tag_field="type"):
    """A member did something the program rewards: checked in, wrote a review, completed the profile."""

    member_id: MemberId
    source: Source
    source_event_id: SourceEventId
    behaviour: Word
    occurred_at: Moment
    grade: Grade = 0
    late_approval: LateApproval = ""

    def command(self, scale: int) -> RecordBehaviour:
        """Raises MalformedValue."""
        del scale  # no money in it
        return RecordBehaviour(
            self.member_id,
            self.source,
            self.source_event_id,
            self.behaviour,
            parse_instant(self.occurred_at),
            self.grade,
            self.late_approval,
        )


EventBody = PurchaseEvent | RefundEvent | BehaviourEvent


class BulkEvents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Many events in one request; each is decided on its own (one bad item never spoils its neighbours)."""

    events: list[EventBody]


class RawBulk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same, with items still undecoded: the slow way, when one of them is malformed."""

    events: list[msgspec.Raw]


_WHERE = re.compile(r" - at `\$\.?(?:events)?(.*?)`$")
_UNKNOWN_FIELD = re.compile(r"unknown field `([A-Za-z0-9_]{1,40})`")
_MISSING_FIELD = re.compile(r"missing required field `(\w+)`")
_SAFE_REASONS = {
    "Expected `str`, got `int`": "must be a JSON string, not a number",
    "Expected `str`, got `float`": "must be a JSON string, not a number",
    "Expected `str`, got `bool`": "must be a JSON string, not true or false",
    "Expected `str`, got `null`": "must be a JSON string, not null",
}


def problem_of_decoding(error: msgspec.DecodeError) -> Problem:
    """400 for text that is not JSON, 422 for JSON of another shape; never repeats a value that was sent."""
    if not isinstance(error, msgspec.ValidationError):
        return not_json()
    text = str(error)
    where = _WHERE.search(text)
    field = (where.group(1) if where else "").lstrip(".") or "body"
    reason = text[: where.start()] if where else text
    for pattern, words in ((_MISSING_FIELD, "is missing"), (_UNKNOWN_FIELD, "is not a known field")):
        found = pattern.search(reason)
        if found:
            return invalid_fields([{"field": _joined(field, found.group(1)), "reason": words}])
    if reason.startswith("Invalid value"):
        reason = "is not one of the allowed values"
    elif reason.startswith("Object contains unknown field"):
        reason = "has a field that is not known"
    return invalid_fields([{"field": field, "reason": _SAFE_REASONS.get(reason, reason)}])


def _joined(parent: str, field: str) -> str:
    return field if parent == "body" else f"{parent}.{field}"
