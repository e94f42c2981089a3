"""Sponsored points in the demo: groceries pays members of coffee and music for redeeming what they brought along.

Owns the two budgets, who redeems what arrived (*simulated*, seeded), which of these redemptions is cancelled, and the
figures for the summary. Budgets, payments, refusals and returns are real on the demo's chain. The budget of music is
small on purpose: it runs empty.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints.demo.brands import BrandNode
from alliance_node.entrypoints.demo.cast import COFFEE, GROCERIES, MUSIC
from alliance_node.entrypoints.demo.clock import ReplayClock
from alliance_node.entrypoints.demo.errors import DemoError
from alliance_node.entrypoints.demo.node_client import NodeClient, decimal_amount
from alliance_node.entrypoints.demo.redemptions import redeem
from alliance_node.entrypoints.demo.sources.calendar import local_midnight
from alliance_node.entrypoints.demo.summary import SponsoredSummary

LAST_DAY = date(2026, 12, 29)
"""Two days after the replayed year."""
TERMS = "0x" + hashlib.sha256(b"Points Alliance demo: groceries pays for points spent at its partners").hexdigest()
BUDGETS = {COFFEE: 1_000_000, MUSIC: 3_000}
"""Units of 0.001 CNY."""
AWARDS = {COFFEE: (20, 50), MUSIC: (100, 500)}
"""Points of the circulation award, and the points that earn it in a month."""
PERCENT = 10
_STEPS = {COFFEE: (100, 150), MUSIC: (500, 100)}
"""Points and minor units of money of one step at checkout."""
_SHARE, _CANCELLED_EVERY = 0.5, 4
_TIMEOUT_S = 120.0
_PAUSE_S = 0.02
_KINDS = {
    "spending_bonus_paid": "bonuses_paid",
    "circulation_award_paid": "awards_paid",
    "spending_bonus_refused": "refused",
    "circulation_award_refused": "refused",
    "spending_bonus_revoked": "taken_back",
    "circulation_award_revoked": "taken_back",
}


class SponsorStuck(DemoError):
    """A budget or a promise did not come to its end."""

    code = "sponsor_stuck"
    next_step = "Look into the nodes' logs in the demo's directory."


def sections(brand: str, sponsor_id: int) -> str:
    """What the brand's program file says of its sponsor; nothing where there is none."""
    if brand not in BUDGETS:
        return ""
    points, threshold = AWARDS[brand]
    paid_by = f'  sponsor_brand: {sponsor_id}\n  terms: "{TERMS}"\n  deadline: "{LAST_DAY}T00:00"\n'
    bonus = f"spending_bonus:\n{paid_by}  percent: {PERCENT}\n  monthly_maximum_points: 2000\n"
    return f"\n{bonus}\ncirculation_award:\n{paid_by}  points: {points}\n  threshold_points: {threshold}\n"


@dataclass(slots=True)
class Sponsored:
    """Called the week after each conversion week with those who received points."""

    nodes: Sequence[BrandNode]
    clients: Mapping[str, NodeClient]
    clock: ReplayClock
    random: Random
    check: Callable[[], None]
    funded: bool = False
    redeemed: int = 0
    cancelled: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    members: set[tuple[str, str]] = field(default_factory=set)

    def spend(self, pool: ThreadPoolExecutor, arrivals: Sequence[tuple[str, str]]) -> None:
        """A seeded half of them pay with all their points at checkout; every fourth of these is cancelled again."""
        if not self.funded:
            self._fund()
        chosen = [each for each in dict.fromkeys(arrivals) if each[0] in BUDGETS and self.random.random() < _SHARE]
        keys = [str(UUID(int=self.random.getrandbits(128), version=4)) for _ in chosen]
        done = pool.map(self._redeem, chosen, keys)
        made = [(each, key) for each, key, fine in zip(chosen, keys, done, strict=True) if fine]
        self._settle()
        back = [each for number, each in enumerate(made, self.redeemed) if number % _CANCELLED_EVERY == 0]
        list(pool.map(self._cancel, back))
        self._settle()
        self.redeemed += len(made)
        self.cancelled += len(back)
        self.members.update(each for each, _key in made)

    def summary(self) -> SponsoredSummary:
        """What the members' histories and the sponsor's node say."""
        kinds: Counter[str] = Counter()
        for brand, member in sorted(self.members):
            items = self.clients[brand].get(f"/v1/members/{member}/history?limit=200")["items"]
            kinds.update(_KINDS[item["kind"]] for item in items if item["kind"] in _KINDS)
        paid_for = self.clients[GROCERIES].get("/v1/budgets")["paid_for"]
        left = {self._brand(one["beneficiary"]): one["left_units"] for one in paid_for}
        return SponsoredSummary(
            redemptions=self.redeemed,
            cancelled=self.cancelled,
            funded_units=dict(BUDGETS) if self.funded else {},
            left_units=left,
            **{name: kinds[name] for name in ("bonuses_paid", "awards_paid", "refused", "taken_back")},
        )

    def _brand(self, code: str) -> str:
        return next(node.brand for node in self.nodes if node.on_chain.code == code)

    def _fund(self) -> None:
        """What `alliance brand budget fund` does, by the sponsor's API."""
        deadline = format_instant(local_midnight(LAST_DAY))
        for node in self.nodes:
            if node.brand in BUDGETS:
                named = {"beneficiary": node.on_chain.brand_id, "terms": TERMS, "deadline": deadline}
                self.clients[GROCERIES].post("/v1/budgets/fundings", {**named, "units": BUDGETS[node.brand]})
        for brand in BUDGETS:
            self._until(f"the budget of {brand}", partial(self._budgets, brand, "to_spend"))
        self.funded = True

    def _redeem(self, each: tuple[str, str], key: str) -> bool:
        brand, member = each
        client = self.clients[brand]
        step, worth = _STEPS[brand]
        steps = int(client.get(f"/v1/members/{member}/balance")["balance"]["spendable"]) // step
        if not steps:
            return False
        order = decimal_amount(2 * steps * worth)
        body = {"redemption_id": key, "option": "checkout", "points": steps * step, "order_amount": order}
        refused = redeem(client, member, body)
        if refused is not None:
            self.refusals[f"redemption of arrived points: {refused}"] += 1
        return refused is None

    def _cancel(self, made: tuple[tuple[str, str], str]) -> None:
        (brand, member), key = made
        self.clients[brand].post(f"/v1/members/{member}/redemptions/{key}/cancellation", {})

    def _settle(self) -> None:
        """Make blocks until no promise waits for the ledger."""
        for brand in BUDGETS:
            self._until(f"the promises of {brand}", partial(self._none_waits, brand))

    def _none_waits(self, brand: str) -> bool:
        return not self._budgets(brand, "promises")

    def _budgets(self, brand: str, part: str) -> list[Any]:
        found: list[Any] = self.clients[brand].get("/v1/budgets")[part]
        return found

    def _until(self, title: str, done: Callable[[], object]) -> None:
        give_up = time.monotonic() + _TIMEOUT_S
        while not done():
            if time.monotonic() > give_up:
                raise SponsorStuck(f"{title} did not come to its end after {_TIMEOUT_S:.0f} s of blocks")
            self.check()
            self.clock.tick()
            time.sleep(_PAUSE_S)
