"""Owns the lottery's draw: commitments, pseudonyms, the frozen list's root, the mixed seed, the winners (R-RED-3).

Pure; the protocol and its record are described in docs/lottery.md.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

import msgspec

from alliance_node.domain.instants import Instant
from alliance_node.domain.merkle_hashes import leaf_hash, root_of

FORMAT = "alliance-lottery/1"
SEED_SIZE = 32
BRAND_PARTY = "brand"
"""The party that every draw has: the brand itself. Its seed is shown when the entries close, so it is never last."""

LEAST_REVEAL_SECONDS = 3_600
MAXIMUM_WINNERS = 5_000_000
MAXIMUM_TICKETS = 10_000_000

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""Names of draws and parties."""

_SPAN = 1 << 256


class PartyTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A party and the commitment to its seed; hashes and seeds are lower-case hexadecimal."""

    party: str
    commitment: str


class PrizeTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`winners` tickets win `points`, or a thing worth `value`, in the program's currency."""

    prize: str
    winners: int
    points: int
    value: str


class Announcement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is fixed and published before the entries close."""

    format: str
    draw: str
    program: str
    program_version: int
    option: str
    opened_at: Instant
    closes: Instant
    reveal_by: Instant
    prizes: tuple[PrizeTerms, ...]
    parties: tuple[PartyTerms, ...]
    salt_commitment: str


class Closing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is fixed and published when the entries have closed: the list by its root, and the salt of its names."""

    announcement: str
    closed_at: Instant
    members: int
    tickets: int
    root: str
    salt: str


class Entry(NamedTuple):
    """A member of the frozen list, by pseudonym, and how many tickets. Tickets are numbered through the list."""

    pseudonym: str
    tickets: int


class Beacon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first block of the alliance's ledger whose time is not before the end of the reveal period."""

    block_number: int
    block_hash: str
    timestamp: Instant


class Winner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ticket `ticket_no` (from 0) of the frozen list, the `ordinal`-th (from 1) of its holder, won the prize."""

    ticket_no: int
    pseudonym: str
    ordinal: int
    prize: str


def reveal_ends(announcement: Announcement, closing: Closing) -> Instant:
    """Seeds count when they are shown before this: `reveal_by`, but never sooner than an hour after the close."""
    return max(announcement.reveal_by, closing.closed_at + LEAST_REVEAL_SECONDS)


def digest(part: Announcement | Closing | Beacon) -> str:
    """SHA-256 of the part's canonical JSON (no spaces, keys in the order of the fields)."""
    return hashlib.sha256(msgspec.json.encode(part)).hexdigest()


def commitment(seed: bytes, party: str, draw: str) -> str:
    """What a party publishes before the entries close: SHA-256 over its seed, its name and the draw's."""
    return _hash("commitment", seed, party.encode(), draw.encode()).hex()


def salt_commitment(salt: bytes, draw: str) -> str:
    """What the brand publishes of the salt before the entries close."""
    return _hash("salt", salt, draw.encode()).hex()


def pseudonym(salt: bytes, member_id: str) -> str:
    """The member's name in one draw: nobody can foresee its place in the list, nor link it to another draw's."""
    return _hash("pseudonym", salt, member_id.encode()).hex()


def frozen_list(tickets: Mapping[str, int], salt: bytes) -> list[Entry]:
    """The entries (member id → tickets) under their pseudonyms, in the one order that a list may have."""
    return sorted(Entry(pseudonym(salt, member_id), count) for member_id, count in tickets.items() if count > 0)


def entries_root(entries: Sequence[Entry]) -> str:
    """The Merkle root (RFC 9162) over the entries: leaf = pseudonym ‖ number of tickets in 8 bytes."""
    return root_of([entry_leaf(entry) for entry in entries]).hex()


def entry_leaf(entry: Entry) -> bytes:
    """The leaf hash of an entry."""
    return leaf_hash(bytes.fromhex(entry.pseudonym) + entry.tickets.to_bytes(8, "big"))


def fallback_seed(beacon: Beacon, party: str) -> bytes:
    """What stands in for the seed of a party that did not reveal in time."""
    return _hash("fallback", digest(beacon).encode(), party.encode())


def mixed_seed(closing: Closing, seeds: Sequence[bytes]) -> bytes:
    """The draw's seed: over everything that was fixed at the close, and the seed of each party in order."""
    return _hash("seed", digest(closing).encode(), *seeds)


def draw_winners(seed: bytes, entries: Sequence[Entry], prizes: Sequence[PrizeTerms]) -> list[Winner]:
    """The winners, prize by prize in the announced order; a ticket wins at most once. With fewer tickets than prizes
    every ticket wins and the last prizes stay with the brand."""
    ends = list(accumulate(entry.tickets for entry in entries))
    total = ends[-1] if ends else 0
    numbers = _without_replacement(seed, total)
    winners = []
    for prize in prizes:
        for _, ticket_no in zip(range(prize.winners), numbers, strict=False):
            place = bisect_right(ends, ticket_no)
            entry = entries[place]
            ordinal = ticket_no - (ends[place] - entry.tickets) + 1
            winners.append(Winner(ticket_no, entry.pseudonym, ordinal, prize.prize))
    return winners


def _without_replacement(seed: bytes, total: int) -> Iterator[int]:
    """All numbers below `total` in random order (Fisher–Yates; only the places that were touched are kept)."""
    moved: dict[int, int] = {}
    words = _words(seed)
    for left in range(total, 0, -1):
        chosen = _below(left, words)
        yield moved.get(chosen, chosen)
        moved[chosen] = moved.pop(left - 1, left - 1)


def _words(seed: bytes) -> Iterator[int]:
    """Numbers of 256 bits: SHA-256 over the seed and a counter."""
    counter = 0
    while True:
        yield int.from_bytes(_hash("stream", seed, counter.to_bytes(8, "big")), "big")
        counter += 1


def _below(bound: int, words: Iterator[int]) -> int:
    """A number below the bound, each equally likely: words past the last whole multiple of it are rejected."""
    limit = _SPAN - _SPAN % bound
    while (word := next(words)) >= limit:
        pass
    return word % bound


def _hash(purpose: str, *parts: bytes) -> bytes:
    """SHA-256 over the purpose and the parts, each with its length, so that no two lists of parts look the same."""
    body = b"".join(len(part).to_bytes(4, "big") + part for part in (f"{FORMAT}/{purpose}".encode(), *parts))
    return hashlib.sha256(body).digest()
