"""Owns the published record of a draw and its verification by anyone, with nothing but the record (R-RED-3). Trusts
nothing in it; what no record can prove is said by `unproven`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import msgspec

from alliance_node.domain import lottery
from alliance_node.domain.instants import FAR_FUTURE, format_instant
from alliance_node.domain.lottery import NAME, Announcement, Beacon, Closing, Entry, Winner

MINIMUM_PARTIES = 2
HASH_DIGITS = 64


class LotteryRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything about one draw. `seeds` stand in the order of the parties, null where nothing was revealed in time;
    `beacon` is there exactly when one is missing."""

    announcement: Announcement
    closing: Closing
    entries: tuple[Entry, ...]
    seeds: tuple[str | None, ...]
    beacon: Beacon | None
    seed: str
    winners: tuple[Winner, ...]


class LotteryFinding(msgspec.Struct, frozen=True):
    """Something in a record that does not hold."""

    check: str
    where: str
    expected: str
    actual: str


def encode_record(record: LotteryRecord) -> bytes:
    """The record's bytes: canonical JSON, the same every time."""
    return msgspec.json.encode(record)


def make_record(
    announcement: Announcement,
    closing: Closing,
    entries: list[Entry],
    seeds: list[bytes | None],
    beacon: Beacon | None,
) -> LotteryRecord:
    """The record of a draw whose inputs are all there."""
    seed = lottery.mixed_seed(closing, _inputs(announcement, seeds, beacon))
    return LotteryRecord(
        announcement,
        closing,
        tuple(entries),
        tuple(seed.hex() if seed is not None else None for seed in seeds),
        beacon,
        seed.hex(),
        tuple(lottery.draw_winners(seed, entries, announcement.prizes)),
    )


def verify(
    record: bytes | str, announcement: bytes | str | None = None, closing: bytes | str | None = None
) -> list[LotteryFinding]:
    """Every difference between the record and what the protocol allows; empty: the draw was honest.

    `announcement` and `closing` are the documents that the verifier kept when they were published: with them it is
    proven that nothing was changed afterwards.
    """
    try:
        found = msgspec.json.decode(record, type=LotteryRecord)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        return [LotteryFinding("shape", "record", "a record of this format", str(error))]
    findings = list(_shape(found))
    if not findings:
        checks = (_times, _commitments, _list, _beacon, _seed, _winners)
        findings = [finding for check in checks for finding in check(found)]
    findings += _kept("announcement", announcement, found.announcement)
    findings += _kept("closing", closing, found.closing)
    return findings


def unproven(record: LotteryRecord, *, kept_announcement: bool, kept_closing: bool) -> list[str]:
    """What the record alone cannot show, in plain words."""
    said = []
    if not kept_announcement:
        said.append("That the commitments were published before the entries closed: compare an announcement you kept.")
    if not kept_closing:
        said.append("That the list was fixed before the seeds were shown: compare a closing document you kept.")
    if record.beacon is not None:
        ends = format_instant(lottery.reveal_ends(record.announcement, record.closing))
        said.append(
            f"That block {record.beacon.block_number} of the alliance's ledger is the first not before "
            f"{ends} and has this hash: ask a ledger node of your own."
        )
    said.append("That the list is complete: every member can look for their own pseudonym and number of tickets.")
    said.append("That the prizes were handed over, and that the parties did not share their seeds before the close.")
    return said


def _inputs(announcement: Announcement, seeds: list[bytes | None], beacon: Beacon | None) -> list[bytes]:
    """The seed of each party, or what the fallback puts in its place."""
    found = []
    for terms, seed in zip(announcement.parties, seeds, strict=True):
        if seed is not None:
            found.append(seed)
        elif beacon is not None:
            found.append(lottery.fallback_seed(beacon, terms.party))
        else:
            raise ValueError(f"party {terms.party} revealed nothing and there is no beacon")
    return found


def _kept(name: str, kept: bytes | str | None, part: Announcement | Closing) -> Iterator[LotteryFinding]:
    if kept is None:
        return
    text = kept.encode() if isinstance(kept, str) else kept
    if text.strip() != msgspec.json.encode(part):
        actual = msgspec.json.encode(part).decode()
        yield LotteryFinding(f"kept-{name}", name, text.decode(errors="replace"), actual)


def _shape(record: LotteryRecord) -> Iterator[LotteryFinding]:
    """What the other checks rely on: the format, names, lengths of hashes, whole numbers."""
    terms = record.announcement
    if terms.format != lottery.FORMAT:
        yield LotteryFinding("format", "announcement.format", lottery.FORMAT, terms.format)
    names = [party.party for party in terms.parties]
    if len(set(names)) < max(MINIMUM_PARTIES, len(names)):
        yield LotteryFinding("parties", "announcement.parties", "two or more, each once", ", ".join(names))
    if len(record.seeds) != len(names):
        yield LotteryFinding("parties", "seeds", f"{len(names)} seeds", f"{len(record.seeds)}")
    for name in (terms.draw, *names):
        if not NAME.fullmatch(name):
            yield LotteryFinding("names", "announcement", "lower-case letters, digits, - and _", name)
    hashes = [
        ("announcement.salt_commitment", terms.salt_commitment),
        ("closing.announcement", record.closing.announcement),
        ("closing.root", record.closing.root),
        ("closing.salt", record.closing.salt),
        ("seed", record.seed),
        *((f"announcement.parties.{party.party}", party.commitment) for party in terms.parties),
        *((f"seeds.{place}", seed) for place, seed in enumerate(record.seeds) if seed is not None),
        *((f"entries.{place}", entry.pseudonym) for place, entry in enumerate(record.entries)),
    ]
    for where, text in hashes:
        if len(text) != HASH_DIGITS or set(text) - set("0123456789abcdef"):
            yield LotteryFinding("hexadecimal", where, f"{HASH_DIGITS} lower-case hexadecimal digits", text)
    yield from _bounds(record)


def _bounds(record: LotteryRecord) -> Iterator[LotteryFinding]:
    """Numbers that a draw can have; a record with others is not worked through."""
    terms, beacon = record.announcement, record.beacon
    times = [terms.opened_at, terms.closes, terms.reveal_by, record.closing.closed_at]
    for at in (*times, *([beacon.timestamp] if beacon is not None else [])):
        if not 0 <= at < FAR_FUTURE - lottery.LEAST_REVEAL_SECONDS:
            yield LotteryFinding("bounds", "times", "an instant in seconds", str(at))
    for place, entry in enumerate(record.entries):
        if entry.tickets < 1:
            yield LotteryFinding("bounds", f"entries.{place}", "one ticket or more", str(entry.tickets))
    for name, count, most in (
        ("tickets", sum(entry.tickets for entry in record.entries), lottery.MAXIMUM_TICKETS),
        ("winners", sum(prize.winners for prize in terms.prizes), lottery.MAXIMUM_WINNERS),
    ):
        if count > most:
            yield LotteryFinding("bounds", name, f"at most {most}", str(count))
    if not terms.prizes or any(prize.winners < 1 for prize in terms.prizes):
        yield LotteryFinding("bounds", "announcement.prizes", "prizes with one winner or more", "none")


def _times(record: LotteryRecord) -> Iterator[LotteryFinding]:
    terms, closing = record.announcement, record.closing
    for earlier, later, where in (
        (terms.opened_at, terms.closes - 1, "announcement.opened_at before closes"),
        (terms.closes, closing.closed_at, "closing.closed_at not before announcement.closes"),
        (terms.closes, terms.reveal_by - 1, "announcement.closes before reveal_by"),
    ):
        if earlier > later:
            yield LotteryFinding("times", where, format_instant(earlier), format_instant(later))


def _commitments(record: LotteryRecord) -> Iterator[LotteryFinding]:
    terms = record.announcement
    yield from _same("announcement", "closing.announcement", lottery.digest(terms), record.closing.announcement)
    salt = bytes.fromhex(record.closing.salt)
    yield from _same("salt", "closing.salt", terms.salt_commitment, lottery.salt_commitment(salt, terms.draw))
    for party, seed in zip(terms.parties, record.seeds, strict=True):
        if seed is not None:
            opened = lottery.commitment(bytes.fromhex(seed), party.party, terms.draw)
            yield from _same("commitment", f"seeds of {party.party}", party.commitment, opened)


def _list(record: LotteryRecord) -> Iterator[LotteryFinding]:
    closing, entries = record.closing, record.entries
    for place, (first, second) in enumerate(pairwise(entries), start=1):
        if first.pseudonym >= second.pseudonym:
            yield LotteryFinding("order", f"entries.{place}", f"above {first.pseudonym}", second.pseudonym)
    yield from _same("members", "closing.members", str(len(entries)), str(closing.members))
    yield from _same("tickets", "closing.tickets", str(sum(entry.tickets for entry in entries)), str(closing.tickets))
    yield from _same("root", "closing.root", lottery.entries_root(entries), closing.root)


def _beacon(record: LotteryRecord) -> Iterator[LotteryFinding]:
    beacon, missing = record.beacon, record.seeds.count(None)
    if (beacon is not None) != (missing > 0):
        there = "a beacon" if beacon is not None else "none"
        yield LotteryFinding("beacon", "beacon", f"one exactly when a seed is missing ({missing} are)", there)
    if record.announcement.parties[0].party != lottery.BRAND_PARTY or record.seeds[0] is None:
        yield LotteryFinding("brand-first", "seeds.0", "the brand's seed, shown at the close", "missing")
    ends = lottery.reveal_ends(record.announcement, record.closing)
    if beacon is not None and beacon.timestamp < ends:
        earliest, actual = format_instant(ends), format_instant(beacon.timestamp)
        yield LotteryFinding("beacon", "beacon.timestamp", f"not before {earliest}", actual)


def _seed(record: LotteryRecord) -> Iterator[LotteryFinding]:
    if record.beacon is None and None in record.seeds:
        return
    seeds = [bytes.fromhex(seed) if seed is not None else None for seed in record.seeds]
    mixed = lottery.mixed_seed(record.closing, _inputs(record.announcement, seeds, record.beacon))
    yield from _same("seed", "seed", mixed.hex(), record.seed)


def _winners(record: LotteryRecord) -> Iterator[LotteryFinding]:
    drawn = lottery.draw_winners(bytes.fromhex(record.seed), record.entries, record.announcement.prizes)
    if tuple(drawn) != record.winners:
        yield LotteryFinding("winners", "winners", _tickets(tuple(drawn)), _tickets(record.winners))


def _tickets(winners: tuple[Winner, ...]) -> str:
    shown = [f"{winner.ticket_no}→{winner.prize}" for winner in winners[:20]]
    return f"{len(winners)} winners: {', '.join(shown)}"


def _same(check: str, where: str, expected: str, actual: str) -> Iterator[LotteryFinding]:
    if expected != actual:
        yield LotteryFinding(check, where, expected, actual)
