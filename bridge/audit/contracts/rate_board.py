"""RateBoard: each brand's rate versions, and whether each was lawful to publish (rules in rates.py)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from bridge.audit.contract import ContractAudit, Expected, entry, packed, partners
from bridge.audit.contracts.alliance_clock import Clock
from bridge.audit.contracts.brand_registry import Registry, brand_named
from bridge.audit.contracts.rates import FOREVER, RateRules, RateVersion, gaining_pairs, guarantee_broken, needs_notice
from bridge.audit.findings import Check, Finding
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.deploy.address_book import AddressBook
from bridge.protocol.rates import Rate
from bridge.protocol.words import word

VERSIONS = Check("rate-versions", "INV-9", "a brand's rate versions count from 1 without gap, one pending at most")
DATES = Check("rate-dates", "INV-9", "a rate is dated with its block's alliance time and not effective before it")
NOTICE = Check("rate-notice", "INV-9", "a worse rate, or a step above the maximum, waits for the notice period")
PROMISE = Check("rate-guarantee", "INV-9", "a rate does not get worse before the date its brand promised")
ROUND_TRIP = Check("rate-round-trip", "INV-8", "no in-rate and out-rate usable together let points grow")
STORED = Check("storage-rate", "INV-6", "each brand's rate versions are those published")
_LATEST, _GUARANTEE, _VERSIONS = 0, 1, 2


@dataclass(slots=True)
class Board:
    """`versions[brand][v - 1]` is the brand's version v."""

    versions: dict[int, list[RateVersion]] = field(default_factory=dict)

    def of_brand(self, brand_id: int) -> list[RateVersion]:
        return self.versions.get(brand_id, [])

    def rate(self, brand_id: int, version: int) -> RateVersion | None:
        known = self.of_brand(brand_id)
        return known[version - 1] if 1 <= version <= len(known) else None

    def announce(self, brand_id: int, version: RateVersion) -> None:
        """Append; the version before it ends when this one takes effect."""
        known = self.versions.setdefault(brand_id, [])
        if known:
            known[-1].superseded_at = version.effective_at
        known.append(version)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A RateAnnounced event with the brand's history before it, and the alliance time of its block."""

    rules: RateRules
    history: list[RateVersion]
    version: RateVersion
    clock: int
    where: str


def versions_have_no_gap(said: Announcement) -> Iterator[Finding]:
    history = said.history
    if said.version.version != len(history) + 1:
        yield VERSIONS.failed(f"version {len(history) + 1}", f"version {said.version.version}", said.where)
    if history and history[-1].effective_at > said.version.announced_at:
        pending = f"version {history[-1].version} pending until {history[-1].effective_at}"
        yield VERSIONS.failed("no version pending", pending, said.where)


def dates_are_the_blocks(said: Announcement) -> Iterator[Finding]:
    if said.version.announced_at != said.clock:
        yield DATES.failed(f"announced at {said.clock}", said.version.announced_at, said.where)
    if said.version.effective_at < said.version.announced_at:
        late = f"effective at {said.version.effective_at}"
        yield DATES.failed(f"effective from {said.version.announced_at} on", late, said.where)


def notice_is_kept(said: Announcement) -> Iterator[Finding]:
    earliest = said.version.announced_at + said.rules.notice_period
    if needs_notice(said.version, said.history, said.rules) and said.version.effective_at < earliest:
        early = f"effective at {said.version.effective_at}"
        yield NOTICE.failed(f"effective from {earliest} on", early, said.where)


def guarantee_is_kept(said: Announcement) -> Iterator[Finding]:
    promised = guarantee_broken(said.version, said.history)
    if promised is not None:
        worse = f"worse from {said.version.effective_at}"
        yield PROMISE.failed(f"no worse before {promised}", worse, said.where)


def round_trips_never_gain(said: Announcement) -> Iterator[Finding]:
    parts = msgspec.structs.astuple(said.version.rate)
    if not all(parts):
        yield ROUND_TRIP.failed("numerators and denominators above 0", parts, said.where)
    for inward, outward in gaining_pairs(said.version, said.history, said.rules):
        pair = f"in by version {inward.version}, out by version {outward.version} gains"
        yield ROUND_TRIP.failed("out(in(x)) ≤ x", pair, said.where)


RATE_CHECKS: tuple[tuple[Check, Callable[[Announcement], Iterator[Finding]]], ...] = (
    (VERSIONS, versions_have_no_gap),
    (DATES, dates_are_the_blocks),
    (NOTICE, notice_is_kept),
    (PROMISE, guarantee_is_kept),
    (ROUND_TRIP, round_trips_never_gain),
)


def _announced(scene: Scene, values: list[int]) -> None:
    brand_id, number, *parts, announced_at, effective_at, guaranteed_until = values
    if brand_named(scene, brand_id) is None:
        return
    board, clock = scene.alliance.of(Board), scene.alliance.of(Clock).read(scene.timestamp)
    version = RateVersion(number, Rate(*parts), announced_at, effective_at, guaranteed_until)
    said = Announcement(scene.alliance.rules, board.of_brand(brand_id), version, clock, scene.where)
    for check, run in RATE_CHECKS:
        scene.run(check, run(said))
    board.announce(brand_id, version)


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    for brand_id in alliance.of(Registry).brands:
        known = alliance.of(Board).of_brand(brand_id)
        latest, guarantee = entry(_LATEST, brand_id), entry(_GUARANTEE, brand_id)
        yield Expected(STORED, "RateBoard", latest, len(known), f"latest version of brand {brand_id}")
        promised = max((version.guaranteed_until for version in known), default=0)
        yield Expected(STORED, "RateBoard", guarantee, promised, f"guarantee of brand {brand_id}")
        versions = entry(_VERSIONS, brand_id)
        for version in known:
            slot, what = entry(versions, version.version), f"rate version {version.version} of brand {brand_id}"
            yield Expected(STORED, "RateBoard", slot, _rate_word(version.rate), what)
            yield Expected(STORED, "RateBoard", slot + 1, _dates_word(version), f"dates of {what}")


def _rate_word(rate: Rate) -> int:
    return packed(
        (rate.in_numerator, 0), (rate.in_denominator, 8), (rate.out_numerator, 16), (rate.out_denominator, 24)
    )


def _dates_word(version: RateVersion) -> int:
    superseded = 0 if version.superseded_at == FOREVER else version.superseded_at
    return packed((version.announced_at, 0), (version.effective_at, 5), (superseded, 10))


def _constructor(book: AddressBook) -> bytes:
    rules = book.params
    periods = (rules.notice_period, rules.quote_grace, rules.claim_window, rules.max_step_ppm)
    return partners("BrandRegistry", "AllianceClock")(book) + b"".join(map(word, periods))


AUDIT = ContractAudit(
    name="RateBoard",
    events={
        "RateAnnounced(*uint32,*uint32,uint64,uint64,uint64,uint64,uint40,uint40,uint40)": _announced,
    },
    checks=(*(check for check, _ in RATE_CHECKS), STORED),
    constructor=_constructor,
    storage=_storage,
    layout={"latestVersion": (_LATEST, 0), "guaranteedUntil": (_GUARANTEE, 0), "_versions": (_VERSIONS, 0)},
    members={
        "RateBoard.Version": {"rate": (0, 0), "announcedAt": (1, 0), "effectiveAt": (1, 5), "supersededAt": (1, 10)},
        "Rate": {"inNumerator": (0, 0), "inDenominator": (0, 8), "outNumerator": (0, 16), "outDenominator": (0, 24)},
    },
)
