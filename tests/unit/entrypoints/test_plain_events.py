"""The quick reading of a bulk gives what the strict decoder gives, and leaves to it everything that it would refuse."""

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alliance_node.entrypoints.api.event_models import BulkEvents, PurchaseEvent
from alliance_node.entrypoints.api.plain_events import PlainPurchase, ordinary_purchases

PURCHASE: dict[str, Any] = {
    "type": "purchase",
    "member_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "source": "till-12",
    "source_event_id": "sale-1",
    "amount": "12.34",
    "occurred_at": "2026-03-01T09:30:00+08:00",
    "tags": ["fresh", "own brand"],
    "channel": "app",
}
strict = msgspec.json.Decoder(BulkEvents)
TEXTS = ("member_id", "source", "source_event_id", "amount", "occurred_at", "channel", "late_approval")


def body(*events: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"events": events})


def as_dicts(events: list[Any]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(event) for event in events]


def test_ordinary_purchases_come_out_as_the_strict_decoder_reads_them() -> None:
    without_options = {key: value for key, value in PURCHASE.items() if key not in ("tags", "channel")}
    sent = body(PURCHASE, without_options, {**PURCHASE, "tags": ["a"] * 20})
    quick = ordinary_purchases(sent)
    assert quick is not None
    assert as_dicts(quick) == as_dicts(strict.decode(sent).events)


def test_it_has_the_fields_of_the_documented_purchase() -> None:
    names = [field.name for field in msgspec.structs.fields(PurchaseEvent)]
    assert [field.name for field in msgspec.structs.fields(PlainPurchase)] == names


@pytest.mark.parametrize(
    "changed",
    [
        {"member_id": "6F9619FF-8B86-4D01-B42D-00CF4FC964FF"},
        {"source": ""},
        {"source_event_id": "x" * 121},
        {"source_event_id": "two words"},
        {"amount": 12},
        {"channel": "app\nevil"},
        {"tags": ["a"] * 21},
        {"tags": ["fresh\n"]},
        {"tags": [""]},
        {"unknown": "field"},
        {"late_approval": "shop manager"},
        {"type": "refund"},
        {"channel": "é"},
    ],
)
def test_one_event_out_of_the_ordinary_leaves_the_whole_bulk_to_the_strict_decoder(changed: dict[str, Any]) -> None:
    assert ordinary_purchases(body(PURCHASE, {**PURCHASE, **changed})) is None


@pytest.mark.parametrize("sent", [b"", b"[]", b'{"events": 1}', b'{"events": [], "more": 1}', b'\xff{"events": []}'])
def test_what_is_no_bulk_is_left_to_the_strict_decoder(sent: bytes) -> None:
    assert ordinary_purchases(sent) is None


@given(st.sampled_from([*TEXTS, "tags"]), st.one_of(st.text(max_size=70), st.from_regex(r"[ -~\n]{0,70}")))
@example("channel", "app\n")
@example("tags", "a\nb")
def test_it_admits_nothing_that_the_strict_decoder_refuses(field: str, text: str) -> None:
    sent = body({**PURCHASE, field: [text, "fresh"] if field == "tags" else text})
    quick = ordinary_purchases(sent)
    if quick is not None:
        assert as_dicts(quick) == as_dicts(strict.decode(sent).events)
