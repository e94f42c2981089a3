"""R-RED-3: the draw, its record, and a verifier that accepts no other."""

import copy
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_node.domain import lottery
from alliance_node.domain.lottery import (
    Announcement,
    Beacon,
    Closing,
    Entry,
    PartyTerms,
    PrizeTerms,
    commitment,
    digest,
    draw_winners,
    entries_root,
    frozen_list,
)
from alliance_node.domain.lottery_record import encode_record, make_record, unproven, verify

SALT, SEEDS = b"s" * 32, (b"a" * 32, b"b" * 32, b"c" * 32)
PARTIES = ("brand", "auditor", "partner")
OPENED, CLOSES, REVEAL_BY = 1_000_000, 2_000_000, 3_000_000
PRIZES = (PrizeTerms("car", 1, 0, "90000.00"), PrizeTerms("beans", 3, 500, "5.00"))
TICKETS = {"ann": 3, "bob": 1, "eve": 5, "zoe": 2}


def announcement() -> Announcement:
    terms = tuple(PartyTerms(name, commitment(seed, name, "may")) for name, seed in zip(PARTIES, SEEDS, strict=True))
    return Announcement(
        lottery.FORMAT,
        "may",
        "sample",
        4,
        "ticket",
        OPENED,
        CLOSES,
        REVEAL_BY,
        PRIZES,
        terms,
        lottery.salt_commitment(SALT, "may"),
    )


def closing(entries: list[Entry]) -> Closing:
    tickets = sum(entry.tickets for entry in entries)
    return Closing(digest(announcement()), CLOSES + 300, len(entries), tickets, entries_root(entries), SALT.hex())


def record(*, missing: bool = False, tickets: dict[str, int] = TICKETS) -> bytes:
    entries = frozen_list(tickets, SALT)
    seeds: list[bytes | None] = [*SEEDS[:2], None if missing else SEEDS[2]]
    beacon = Beacon(77, "0x" + "ab" * 32, REVEAL_BY + 5) if missing else None
    return encode_record(make_record(announcement(), closing(entries), entries, seeds, beacon))


def test_an_honest_record_is_verified_with_nothing_but_itself() -> None:
    assert verify(record()) == []
    assert verify(record(missing=True).decode()) == []
    assert record() == record()


def test_the_documents_that_somebody_kept_prove_that_nothing_was_changed_afterwards() -> None:
    entries = frozen_list(TICKETS, SALT)
    first, second = msgspec.json.encode(announcement()), msgspec.json.encode(closing(entries))
    assert verify(record(), first, second) == []
    other = msgspec.json.encode(msgspec.structs.replace(announcement(), option="other"))
    assert [finding.check for finding in verify(record(), other, second)] == ["kept-announcement"]
    found = msgspec.json.decode(
        record(missing=True), type=type(make_record(announcement(), closing(entries), [], [*SEEDS], None))
    )
    assert len(unproven(found, kept_announcement=False, kept_closing=False)) == 5
    assert len(unproven(found, kept_announcement=True, kept_closing=True)) == 3


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every leaf of a JSON document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))
    else:
        yield path


def flipped(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    if value is None:
        return "ab" * 32
    return value[:-1] + ("0" if value[-1] != "0" else "1")


def changed(document: Any, path: tuple[Any, ...], value: Any) -> bytes:
    copied = copy.deepcopy(document)
    place = copied
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(copied, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize("missing", [False, True])
def test_a_record_with_any_field_changed_is_rejected(missing: bool) -> None:
    document = json.loads(record(missing=missing))
    fields = list(places(document))
    assert len(fields) > 50
    for path in fields:
        original = document
        for step in path:
            original = original[step]
        assert verify(changed(document, path, flipped(original))), path


def test_a_record_with_anything_added_or_left_out_is_rejected() -> None:
    document = json.loads(record())
    for key in document:
        assert verify(json.dumps({name: value for name, value in document.items() if name != key}))
    assert verify(json.dumps({**document, "more": 1}))
    for key in ("entries", "seeds", "winners"):
        assert verify(changed(document, (key,), document[key][:-1])), key
        assert verify(changed(document, (key,), document[key][::-1])), key
        assert verify(changed(document, (key,), [*document[key], document[key][-1]])), key
    assert verify(b"not json") and verify(b"\xff")


def test_a_record_made_to_stall_the_verifier_is_refused_at_once() -> None:
    document = json.loads(record())
    huge = changed(document, ("announcement", "prizes", 0, "winners"), 10**15)
    assert {finding.check for finding in verify(huge)} == {"bounds"}
    assert verify(changed(document, ("entries", 0, 1), 10**30))
    assert verify(changed(document, ("announcement", "closes"), 10**40))


def test_one_party_cannot_be_the_only_one_nor_withhold_silently() -> None:
    """R-RED-3: at least two parties; a missing seed needs the beacon, which nobody knew when seeds were due."""
    entries = frozen_list(TICKETS, SALT)
    with pytest.raises(ValueError, match="partner revealed nothing"):
        make_record(announcement(), closing(entries), entries, [*SEEDS[:2], None], None)
    early = Beacon(77, "0x00", REVEAL_BY - 1)
    made = encode_record(make_record(announcement(), closing(entries), entries, [*SEEDS[:2], None], early))
    assert [finding.check for finding in verify(made)] == ["beacon"]
    single = msgspec.structs.replace(announcement(), parties=announcement().parties[:1])
    alone = msgspec.structs.replace(closing(entries), announcement=digest(single))
    assert [
        finding.check for finding in verify(encode_record(make_record(single, alone, entries, [SEEDS[0]], None)))
    ] == ["parties"]


def test_another_seed_or_another_beacon_draws_otherwise() -> None:
    entries = frozen_list({f"m{n}": 1 for n in range(1000)}, SALT)
    base = lottery.mixed_seed(closing(entries), SEEDS)
    for other in ((SEEDS[1], SEEDS[0], SEEDS[2]), (*SEEDS[:2], b"d" * 32)):
        assert lottery.mixed_seed(closing(entries), other) != base
    first, second = (lottery.fallback_seed(Beacon(n, "0x01", 5), "partner") for n in (1, 2))
    assert first != second != lottery.fallback_seed(Beacon(2, "0x01", 5), "auditor")


def second_hash(purpose: str, *parts: bytes) -> bytes:
    body = b""
    for part in (b"alliance-lottery/1/" + purpose.encode(), *parts):
        body += len(part).to_bytes(4, "big") + part
    return hashlib.sha256(body).digest()


def test_a_second_implementation_of_the_document_draws_the_same() -> None:
    """docs/lottery.md, written out plainly: list, root, seed, stream, winners."""
    document = json.loads(record(missing=True))
    names = sorted(second_hash("pseudonym", SALT, name.encode()).hex() for name in TICKETS)
    assert [entry[0] for entry in document["entries"]] == names
    text = json.dumps(document["closing"], separators=(",", ":")).encode()
    beacon = json.dumps(document["beacon"], separators=(",", ":")).encode()
    stand_in = second_hash("fallback", hashlib.sha256(beacon).hexdigest().encode(), b"partner")
    seed = second_hash("seed", hashlib.sha256(text).hexdigest().encode(), *SEEDS[:2], stand_in)
    assert document["seed"] == seed.hex()
    left, drawn, counter = list(range(11)), list[int](), 0
    while len(drawn) < 4:
        word = int.from_bytes(second_hash("stream", seed, counter.to_bytes(8, "big")), "big")
        counter += 1
        if word < 2**256 - 2**256 % len(left):
            place = word % len(left)
            drawn.append(left[place])
            left[place] = left[-1]
            left.pop()
    assert [winner["ticket_no"] for winner in document["winners"]] == drawn
    assert [winner["prize"] for winner in document["winners"]] == ["car", "beans", "beans", "beans"]


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=6), st.integers(0, 5)), st.binary(min_size=32, max_size=32)
)
def test_every_ticket_wins_at_most_once_and_belongs_to_its_holder(tickets: dict[str, int], seed: bytes) -> None:
    entries = frozen_list(tickets, SALT)
    winners = draw_winners(seed, entries, PRIZES)
    total = sum(tickets.values())
    assert len({winner.ticket_no for winner in winners}) == len(winners) == min(total, 4)
    holders = [(entry.pseudonym, ordinal) for entry in entries for ordinal in range(1, entry.tickets + 1)]
    for winner in winners:
        assert holders[winner.ticket_no] == (winner.pseudonym, winner.ordinal)
    assert [winner.prize for winner in winners] == ["car", "beans", "beans", "beans"][:total]


def test_every_ticket_is_equally_likely() -> None:
    """No bias: over 3,000 draws each of 6 tickets wins the car about 500 times (six standard deviations allowed)."""
    entries = frozen_list({"ann": 4, "bob": 2}, SALT)
    wins = Counter(
        draw_winners(hashlib.sha256(str(n).encode()).digest(), entries, PRIZES[:1])[0].ticket_no for n in range(3000)
    )
    assert sorted(wins) == list(range(6)) and all(abs(count - 500) < 125 for count in wins.values())


def test_words_past_the_last_whole_multiple_are_rejected() -> None:
    """Without rejection the small numbers would be likelier."""
    bound = 3 << 254
    words = iter([bound, (1 << 256) - 1, 5])
    assert lottery._below(bound, words) == 5


def test_a_lottery_of_many_tickets_is_drawn_without_a_list_of_them() -> None:
    entries = frozen_list({f"m{n}": 100_000 for n in range(100)}, SALT)
    assert len(draw_winners(b"x" * 32, entries, [PrizeTerms("p", 50, 0, "1")])) == 50
