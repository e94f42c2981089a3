"""Checks on what operators, brands and the guardian publish: brands, keys, status, rates, the clock, the desks.

Each check is a small function over one fact and the model before it. They may not change the model.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bridge.audit.findings import Check, Finding
from bridge.audit.model import Alliance, Brand, BrandStatus
from bridge.audit.rates import RateVersion, gaining_pairs, guarantee_broken, needs_notice

BRAND_IDS = Check("brand-ids", "REGISTRY-1", "brand ids count from 1 and a registered brand keeps its id")
HOT_KEYS = Check("hot-key-of-one-brand", "REGISTRY-2", "a key is the hot key of at most one brand, ever")
STATUS = Check("status-change", "REGISTRY-3", "Closed is reached from ExitOnly only, settled, and never left")
RATE_VERSIONS = Check("rate-versions", "INV-9", "a brand's rate versions count from 1 without gap, one pending at most")
RATE_DATES = Check("rate-dates", "INV-9", "a rate is dated with its block's alliance time and not effective before it")
RATE_NOTICE = Check("rate-notice", "INV-9", "a worse rate, or a step above the maximum, waits for the notice period")
RATE_PROMISE = Check("rate-guarantee", "INV-9", "a rate does not get worse before the date its brand promised")
ROUND_TRIP = Check("rate-round-trip", "INV-8", "no in-rate and out-rate usable together let points grow")
CLOCK = Check("alliance-clock", "INV-10", "the clock's events state the block's alliance time and the paused seconds")
DESKS = Check("desks", "INV-1", "only the desk and the clearing house of the address book are admitted")
KNOWN = Check("known-events", "EVIDENCE-5", "every event of the alliance's contracts is one that this auditor reads")

ADMIN_CHECKS = (
    BRAND_IDS,
    HOT_KEYS,
    STATUS,
    RATE_VERSIONS,
    RATE_DATES,
    RATE_NOTICE,
    RATE_PROMISE,
    ROUND_TRIP,
    CLOCK,
    DESKS,
    KNOWN,
)


def brand_id_is_next(alliance: Alliance, brand_id: int, where: str) -> Iterator[Finding]:
    if brand_id != len(alliance.brands) + 1:
        yield BRAND_IDS.failed(f"brand {len(alliance.brands) + 1}", f"brand {brand_id}", where)


def brand_is_known(alliance: Alliance, brand_id: int, where: str) -> Iterator[Finding]:
    if brand_id not in alliance.brands:
        yield BRAND_IDS.failed("a registered brand", f"brand {brand_id}", where)


def hot_key_is_fresh(alliance: Alliance, brand_id: int, hot: int, where: str) -> Iterator[Finding]:
    """Free, or already this brand's present one."""
    holder = alliance.brand_of_hot_key.get(hot)
    brand = alliance.brands.get(brand_id)
    if holder is not None and not (holder == brand_id and brand is not None and brand.hot == hot):
        yield HOT_KEYS.failed("a key never used before", f"the key of brand {holder}", where)


def status_may_change(brand: Brand, status: int, where: str) -> Iterator[Finding]:
    unknown = not BrandStatus.ACTIVE <= status <= BrandStatus.SUSPENDED
    if unknown or brand.status is BrandStatus.CLOSED:
        yield STATUS.failed(f"a lawful change from {brand.status.name}", f"to {status}", where)
    elif status == BrandStatus.CLOSED and (brand.status is not BrandStatus.EXIT_ONLY or brand.position != 0):
        yield STATUS.failed(
            "closed from EXIT_ONLY with position 0", f"from {brand.status.name} with {brand.position}", where
        )


@dataclass(frozen=True, slots=True)
class Announcement:
    """A RateAnnounced event with the brand's history before it."""

    alliance: Alliance
    brand: Brand
    version: RateVersion
    clock: int
    where: str


def versions_have_no_gap(said: Announcement) -> Iterator[Finding]:
    history = said.brand.rates
    if said.version.version != len(history) + 1:
        yield RATE_VERSIONS.failed(f"version {len(history) + 1}", f"version {said.version.version}", said.where)
    if history and history[-1].effective_at > said.version.announced_at:
        pending = f"version {history[-1].version} pending until {history[-1].effective_at}"
        yield RATE_VERSIONS.failed("no version pending", pending, said.where)


def dates_are_the_blocks(said: Announcement) -> Iterator[Finding]:
    if said.version.announced_at != said.clock:
        yield RATE_DATES.failed(f"announced at {said.clock}", said.version.announced_at, said.where)
    if said.version.effective_at < said.version.announced_at:
        late = f"effective at {said.version.effective_at}"
        yield RATE_DATES.failed(f"effective from {said.version.announced_at} on", late, said.where)


def notice_is_kept(said: Announcement) -> Iterator[Finding]:
    rules = said.alliance.rules
    earliest = said.version.announced_at + rules.notice_period
    if needs_notice(said.version, said.brand.rates, rules) and said.version.effective_at < earliest:
        early = f"effective at {said.version.effective_at}"
        yield RATE_NOTICE.failed(f"effective from {earliest} on", early, said.where)


def guarantee_is_kept(said: Announcement) -> Iterator[Finding]:
    promised = guarantee_broken(said.version, said.brand.rates)
    if promised is not None:
        worse = f"worse from {said.version.effective_at}"
        yield RATE_PROMISE.failed(f"no worse before {promised}", worse, said.where)


def round_trips_never_gain(said: Announcement) -> Iterator[Finding]:
    for inward, outward in gaining_pairs(said.version, said.brand.rates, said.alliance.rules):
        pair = f"in by version {inward.version}, out by version {outward.version} gains"
        yield ROUND_TRIP.failed("out(in(x)) ≤ x", pair, said.where)


RateCheck = Callable[[Announcement], Iterator[Finding]]
RATE_CHECKS: tuple[tuple[Check, RateCheck], ...] = (
    (RATE_VERSIONS, versions_have_no_gap),
    (RATE_DATES, dates_are_the_blocks),
    (RATE_NOTICE, notice_is_kept),
    (RATE_PROMISE, guarantee_is_kept),
    (ROUND_TRIP, round_trips_never_gain),
)
