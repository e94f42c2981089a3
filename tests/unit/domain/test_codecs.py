"""Stored bytes live for ever: these pin the exact bytes of format 1."""

import msgspec
import pytest

from alliance_node.domain.codecs import (
    decode_event,
    decode_snapshot,
    encode_event,
    encode_snapshot,
    event_digest,
    member_columns,
)
from alliance_node.domain.event_facts import event_key, kind_of, reference_of
from alliance_node.domain.events import NewLot, PurchaseRecorded
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.state import MemberState, new_member
from alliance_node.programs import load_preset
from tests.unit.domain.life import Life

EVENT = PurchaseRecorded(
    1772424000,
    1,
    "pos",
    "r-1",
    10000,
    lots=(NewLot(1, 120, 1, 1, 2, "base", True),),
    trace=(("spend", "fixed", 120, ()),),
)
BYTES = (
    b'{"type":"purchase_recorded","occurred_at":1772424000,"program_version":1,"source":"pos","source_event_id":"r-1",'
    b'"amount_minor":10000,"lots":[[1,120,1,1,2,"base",true]],"trace":[["spend","fixed",120,[]]]}'
)


def test_an_event_is_always_the_same_bytes() -> None:
    assert encode_event(EVENT) == BYTES
    assert decode_event(BYTES) == EVENT
    assert kind_of(EVENT) == "purchase_recorded"


def test_the_digest_binds_member_version_time_and_bytes() -> None:
    digest = event_digest("m", 2, 5, BYTES)
    assert digest.hex() == "1be7ceb0a9d93cc668f6946c298f77b187db565782b02da0abe9716dc1bd0a99"
    others = [
        event_digest("n", 2, 5, BYTES),
        event_digest("m", 3, 5, BYTES),
        event_digest("m", 2, 6, BYTES),
        event_digest("m", 2, 5, BYTES[:-1]),
    ]
    assert len({digest, *others}) == 5


def test_what_is_no_event_is_refused() -> None:
    for payload in (b"{}", b'{"type":"unheard"}', b"[]", BYTES.replace(b"10000", b'"10000"')):
        with pytest.raises(msgspec.DecodeError):
            decode_event(payload)


def test_an_unknown_snapshot_format_is_refused() -> None:
    state = new_member("m")
    raw = msgspec.msgpack.decode(encode_snapshot(state))
    raw[0] = 99
    with pytest.raises(ValueError, match="snapshot format 99 is not known"):
        decode_snapshot("m", member_columns(state), msgspec.msgpack.encode(raw))


def test_columns_and_snapshot_together_are_the_whole_state() -> None:
    """Every field gets a value of its own, so that two that were swapped show."""
    state = MemberState("m")
    for number, field in enumerate(msgspec.structs.fields(MemberState), start=1):
        if field.type is int:
            setattr(state, field.name, number)
        elif field.type is str and field.name != "member_id":
            setattr(state, field.name, f"text {number}")
    state.unloaded_from = 0  # about one loading, not about the member
    assert decode_snapshot("m", member_columns(state), encode_snapshot(state)) == state


def test_a_busy_members_snapshot_and_purchase_stay_small() -> None:
    """WAL budget (DESIGN §9): a year of weekly purchases, every counter used, a conversion under way."""
    member = Life(load_preset("grocery-points"), parse_instant("2026-01-05T12:00:00-05:00"))
    for _ in range(52):
        event = member.purchase(12345, tags=("fresh",))[0]
        member.behave("check-in")
        member.behave("review")
        member.days(7)
    member.behave("profile")
    member.hold(60, "0197c3a4-5b7e-7c0a-9a51-1f6f0f8f0002")
    assert len(encode_snapshot(member.state())) < 600
    assert len(encode_event(event)) < 600


def test_every_later_event_names_the_event_that_it_belongs_to() -> None:
    member = Life(load_preset("coffee-stars"), parse_instant("2026-01-05T12:00:00-05:00"))
    member.purchase(50000, "a")
    member.redeem("bakery-coupon", "x")
    member.cancel("x")
    member.days(8).hold(100, "c")
    member.capture("c")
    member.give_back("c")
    member.refund("a", 100)
    keys = {event_key(event) for event in member.stream}
    later = [event for event in member.stream if reference_of(event) is not None]
    assert len(later) == 4
    assert all(reference_of(event) in keys for event in later)
