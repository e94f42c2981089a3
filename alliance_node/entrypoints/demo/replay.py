"""The year, week by week: enrol, buy, sweep, redeem, convert, and wait until every conversion has come to its end.

Owns the order of things within a week. It may not compute points: whatever it knows of them, a node told it.
"""

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints.demo import behaviour
from alliance_node.entrypoints.demo.cast import BrandCast, Cast
from alliance_node.entrypoints.demo.clock import ReplayClock
from alliance_node.entrypoints.demo.conversions import Conversions
from alliance_node.entrypoints.demo.founders import Founders
from alliance_node.entrypoints.demo.node_client import NodeClient, NodeRefused, decimal_amount
from alliance_node.entrypoints.demo.people import enrolment
from alliance_node.entrypoints.demo.redemptions import redeem, redemption_of
from alliance_node.entrypoints.demo.sources.calendar import local_day, start_of_replay, week_ends
from alliance_node.entrypoints.demo.sponsored import Sponsored
from alliance_node.entrypoints.demo.statements import Statements
from alliance_node.entrypoints.demo.wallets import Wallets

_CHUNK = 1_000
_THREADS = 12
Advance = Callable[[str, int], None]
Shoppers = dict[str, int]
"""Members who bought this week, and what they paid last."""


@dataclass(slots=True)
class ReplayFigures:
    """What the replay itself counted and how long its parts took. `tiers`: each member's at the last purchase.
    `travellers`: at each brand a member who converted, worth looking at."""

    purchases: Counter[str] = field(default_factory=Counter)
    travellers: dict[str, str] = field(default_factory=dict)
    redemptions: Counter[str] = field(default_factory=Counter)
    conversions: Counter[str] = field(default_factory=Counter)
    tiers: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)


class Replay:
    """One run over the year. `progress(what, n)` is told of purchases, weeks and conversions as they happen."""

    def __init__(
        self,
        cast: Cast,
        nodes: Mapping[str, NodeClient],
        clock: ReplayClock,
        conversions: Conversions,
        statements: Statements,
        random: Random,
        founders: Founders,
        sponsored: Sponsored,
        wallets: Wallets,
        progress: Advance,
        settle_month: Callable[[], None],
    ) -> None:
        self._cast = cast
        self._nodes = nodes
        self._clock = clock
        self._conversions = conversions
        self._statements = statements
        self._founders = founders
        self._sponsored = sponsored
        self._wallets = wallets
        self._random = random
        self._progress = progress
        self._settle_month = settle_month
        self._behaviour = behaviour.SimulatedBehaviour(random, cast.people)
        self._members = {
            brand: sorted(c.members.values(), key=lambda m: m.joins_at) for brand, c in cast.brands.items()
        }
        self._instants = {brand: [p.occurred_at for p in c.purchases] for brand, c in cast.brands.items()}
        self._spendable: dict[str, int] = {}
        self._enrolled: set[str] = set()
        self._arrivals: list[tuple[str, str]] = []
        self.figures = ReplayFigures(tiers={brand: {} for brand in nodes})

    def run(self, weeks: int, conversions_a_time: int) -> ReplayFigures:
        """Replay the weeks; on return chain and nodes stand at the end of the last one with nothing in flight."""
        start = start_of_replay()
        with ThreadPoolExecutor(_THREADS) as pool:
            for number, end in enumerate(week_ends()[:weeks]):
                shoppers = self._shop(pool, start, end)
                if local_day(start).month != local_day(end).month:
                    self._timed("monthly_jobs", lambda: list(pool.map(self._monthly_jobs, self._nodes.values())))
                    self._timed("statements", lambda: self._statements.month(pool))
                    self._timed("founders", lambda: self._founders.month(pool))
                    self._timed("wallets", lambda: self._wallets.month(pool))
                    self._timed("settlement", self._settle_month)
                self._timed("redemptions", lambda shoppers=shoppers: self._redeem(pool, shoppers))  # type: ignore[misc]
                if self._arrivals:  # a week old: a node's clock stands still while blocks are made
                    self._timed("sponsored", partial(self._sponsored.spend, pool, self._arrivals))
                    self._arrivals = []
                if behaviour.is_conversion_week(number):
                    self._arrivals = self._timed("conversions", lambda: self._convert(pool, conversions_a_time))
                self._progress("weeks", 1)
                start = end
        return self.figures

    def _shop(self, pool: ThreadPoolExecutor, start: int, end: int) -> dict[str, Shoppers]:
        """Newcomers enrol, then everybody's purchases of the week go to the three nodes at the same time."""
        enrolments = {brand: self._enrolments(brand, start, end) for brand in self._nodes}
        self._timed(
            "enrolment", lambda: list(pool.map(lambda brand: self._enrol(brand, enrolments[brand]), self._nodes))
        )
        self._clock.advance(end)
        casts = [self._cast.brands[brand] for brand in self._nodes]
        bought = self._timed("purchases", lambda: list(pool.map(lambda cast: self._purchases(cast, start, end), casts)))
        return dict(zip(self._nodes, bought, strict=True))

    def _timed(self, what: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        done = work()
        self.figures.seconds[what] += time.perf_counter() - began  # type: ignore[assignment]
        return done

    def _enrolments(self, brand: str, start: int, end: int) -> list[dict[str, Any]]:
        newcomers = [member for member in self._members[brand] if start <= member.joins_at < end]
        return [enrolment(self._random, brand, member) for member in newcomers]

    def _enrol(self, brand: str, bodies: list[dict[str, Any]]) -> None:
        results = self._nodes[brand].bulk("/v1/members/bulk", "members", bodies)
        for result in results:
            if "problem" in result:
                raise NodeRefused(brand, "an enrolment", int(result["status"]), str(result["problem"]))
        self._enrolled.update(body["member_id"] for body in bodies)

    def _purchases(self, cast: BrandCast, start: int, end: int) -> Shoppers:
        """Send one brand's week; returns its shoppers."""
        instants = self._instants[cast.brand]
        week = cast.purchases[bisect_left(instants, start) : bisect_left(instants, end)]
        node = self._nodes[cast.brand]
        shoppers: Shoppers = {}
        for first in range(0, len(week), _CHUNK):
            chunk = week[first : first + _CHUNK]
            members = [cast.members[purchase.customer].member_id for purchase in chunk]
            events = [
                {
                    "type": "purchase",
                    "member_id": member_id,
                    "source": cast.brand,
                    "source_event_id": purchase.event_id,
                    "amount": decimal_amount(purchase.amount_minor),
                    "occurred_at": format_instant(purchase.occurred_at),
                }
                for member_id, purchase in zip(members, chunk, strict=True)
            ]
            results = node.bulk("/v1/events/bulk", "events", events)
            self._count(cast.brand, results)
            for member_id, purchase, result in zip(members, chunk, results, strict=True):
                if "problem" not in result:
                    shoppers[member_id] = purchase.amount_minor
                    self._spendable[member_id] = int(result["balance"]["spendable"])
                    self.figures.tiers[cast.brand][member_id] = result["tier"]
        return shoppers

    def _count(self, brand: str, results: list[dict[str, Any]]) -> None:
        accepted = sum("problem" not in result for result in results)
        self.figures.purchases[brand] += accepted
        self.figures.refused.update(
            f"purchase: {result['problem']['code']}" for result in results if "problem" in result
        )
        self._progress("purchases", len(results))

    def _monthly_jobs(self, node: NodeClient) -> None:
        node.post("/v1/jobs/expiry-sweep", {})
        node.post("/v1/jobs/tier-evaluation", {})

    def _redeem(self, pool: ThreadPoolExecutor, shoppers: dict[str, Shoppers]) -> None:
        chosen = {brand: self._behaviour.who_redeems(shoppers[brand]) for brand in self._nodes}

        wanted = [
            (brand, member, body)
            for brand, members in chosen.items()
            for member in members
            if (body := redemption_of(brand, self._spendable[member], shoppers[brand][member])) is not None
        ]
        answers = list(pool.map(lambda each: redeem(self._nodes[each[0]], each[1], each[2]), wanted))
        self.figures.redemptions.update(each[0] for each, code in zip(wanted, answers, strict=True) if code is None)
        self.figures.refused.update(f"redemption: {code}" for code in answers if code is not None)

    def _convert(self, pool: ThreadPoolExecutor, wanted: int) -> list[tuple[str, str]]:
        wishes = [wish for wish in self._behaviour.wishes() if self._may_be_enough(wish)]
        outcome = self._conversions.run_week(pool, wishes, wanted)
        self.figures.conversions.update(outcome.accepted)
        self.figures.refused.update(outcome.refused)
        self.figures.travellers.update(outcome.travellers)
        self._progress("conversions", sum(outcome.accepted.values()))
        return outcome.arrivals

    def _may_be_enough(self, wish: behaviour.Wish) -> bool:
        """Whether asking the node for the balance is worth while; points that arrived since count only there."""
        return wish.destination_member in self._enrolled and self._enough(wish)

    def _enough(self, wish: behaviour.Wish) -> bool:
        return behaviour.convertible_half(wish.source, self._spendable.get(wish.source_member, 0)) > 0
