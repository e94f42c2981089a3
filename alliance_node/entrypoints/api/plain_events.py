"""The quick reading of a bulk of ordinary purchases: the same events as the strict decoder's, in half the time.

The strict decoder runs one pattern for each text of each event, which costs more than all the rest of decoding. Here a
body is decoded without patterns, and each event is held against one pattern that admits nothing that the strict
decoder would refuse. Whatever is out of the ordinary is left to the strict decoder, which alone says what is wrong.
"""

import re

import msgspec

from alliance_node.entrypoints.api.event_models import PurchaseEvent

_WORD = r"[A-Za-z0-9][A-Za-z0-9._:/ &-]{0,63}"
_ORDINARY = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # member_id
    r"\n[A-Za-z0-9][A-Za-z0-9._/-]{0,63}"  # source
    r"\n[!-~]{1,120}"  # source_event_id
    r"\n[0-9.]{1,24}"  # amount
    r"\n[0-9A-Za-z:.+-]{1,40}"  # occurred_at
    rf"(?:\n{_WORD}){{1,21}}"  # channel and tags
)


class PlainPurchase(PurchaseEvent, frozen=True, forbid_unknown_fields=True, tag="purchase", tag_field="type"):
    """A purchase whose texts nobody has looked at yet."""

    member_id: str
    source: str
    source_event_id: str
    amount: str
    occurred_at: str
    tags: tuple[str, ...] = ()
    channel: str = "shop"
    late_approval: str = ""


class _PlainBulk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    events: list[PlainPurchase]


_decoder = msgspec.json.Decoder(_PlainBulk)


def ordinary_purchases(body: bytes) -> list[PlainPurchase] | None:
    """The events of a bulk request when all are ordinary purchases, else None: ask the strict decoder."""
    try:
        events = _decoder.decode(body).events
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return events if all(map(_is_ordinary, events)) else None


def _is_ordinary(event: PlainPurchase) -> bool:
    tags = event.tags
    joined = "\n".join(
        (event.member_id, event.source, event.source_event_id, event.amount, event.occurred_at, event.channel, *tags)
    )
    # A line end inside a text would pass for the end of it: then there are more of them than there should be.
    return _ORDINARY.fullmatch(joined) is not None and joined.count("\n") == 5 + len(tags) and not event.late_approval
