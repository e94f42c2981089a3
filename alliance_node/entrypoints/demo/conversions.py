"""One week's conversions through the real path: receiving codes in bulk, conversions in bulk, blocks until all is done.

Owns the pairing of codes with requests. It may not look into a bridge: a node says what a conversion waits for.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from alliance_node.entrypoints.demo.behaviour import Wish, convertible_half
from alliance_node.entrypoints.demo.clock import ReplayClock
from alliance_node.entrypoints.demo.errors import DemoError
from alliance_node.entrypoints.demo.node_client import NodeClient, NodeRefused

_SETTLE_TIMEOUT_S = 120.0
_PAUSE_S = 0.02
_OPEN = frozenset(("held", "waiting", "returning", "claiming"))
"""States of a conversion that still waits for the chain."""


class ConversionsStuck(DemoError):
    """Conversions did not come to their end in time; the message says where they wait."""

    code = "conversions_stuck"
    next_step = "Look into the nodes' and the chain's logs in the demo's directory."

    def __init__(self, brand: str, path: str, status: str) -> None:
        super().__init__(f"{brand}: {path} is still {status!r} after {_SETTLE_TIMEOUT_S:.0f} s of blocks")


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A conversion that the source has accepted."""

    wish: Wish
    conversion_id: str


@dataclass(slots=True)
class Outcome:
    """Completed conversions by direction ("groceries → coffee"), others by reason; at each brand a member of one;
    `arrivals`: brand and member, for each that completed."""

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    travellers: dict[str, str] = field(default_factory=dict)
    arrivals: list[tuple[str, str]] = field(default_factory=list)


class Conversions:
    """Runs weeks of conversions between the nodes."""

    def __init__(self, nodes: Mapping[str, NodeClient], clock: ReplayClock, check: Callable[[], None]) -> None:
        self._nodes = nodes
        self._clock = clock
        self._check = check

    def run_week(self, pool: ThreadPoolExecutor, wishes: Sequence[Wish], wanted: int) -> Outcome:
        """Take wishes in order until `wanted` conversions are accepted or nobody is left; then wait for all."""
        outcome = Outcome()
        under_way: list[UnderWay] = []
        queue = iter(wishes)
        while missing := wanted - len(under_way):
            round_ = list(islice(queue, missing))
            if not round_:
                break
            under_way += self._ask(pool, round_, outcome)
        self._settle(under_way, outcome)
        return outcome

    def _ask(self, pool: ThreadPoolExecutor, wishes: Sequence[Wish], outcome: Outcome) -> list[UnderWay]:
        by_direction: dict[tuple[str, str], list[tuple[Wish, int]]] = defaultdict(list)
        for wish, points in zip(wishes, pool.map(self._points, wishes), strict=True):
            if points:
                by_direction[wish.source, wish.destination].append((wish, points))
        return [each for pairs in by_direction.values() for each in self._send(pairs, outcome)]

    def _points(self, wish: Wish) -> int:
        balance = self._nodes[wish.source].get(f"/v1/members/{wish.source_member}/balance")
        return convertible_half(wish.source, int(balance["balance"]["spendable"]))

    def _send(self, pairs: Sequence[tuple[Wish, int]], outcome: Outcome) -> list[UnderWay]:
        """Codes from the receiving brand, then the conversions at the source; all pairs go the same way."""
        first = pairs[0][0]
        source, destination = self._nodes[first.source], self._nodes[first.destination]
        receivers = [{"member_id": wish.destination_member} for wish, _points in pairs]
        codes = self._codes(destination, receivers)
        requests = [
            {"member_id": wish.source_member, "receiving_code": code, "points": points}
            for (wish, points), code in zip(pairs, codes, strict=True)
        ]
        results = source.bulk("/v1/conversions/bulk", "conversions", requests)
        accepted = []
        for (wish, _points), result in zip(pairs, results, strict=True):
            if "problem" in result:
                outcome.refused[f"conversion: {result['problem']['code']}"] += 1
            else:
                accepted.append(UnderWay(wish, result["conversion_id"]))
        return accepted

    def _codes(self, node: NodeClient, receivers: Sequence[dict[str, str]]) -> list[str]:
        """One receiving code a receiver; the demo asks only for enrolled members, so none may be refused."""
        results = node.bulk("/v1/receiving-codes/bulk", "members", receivers)
        for result in results:
            if "problem" in result:
                raise NodeRefused(node.brand, "a receiving code", int(result["status"]), str(result["problem"]))
        return [str(result["receiving_code"]) for result in results]

    def _settle(self, under_way: Sequence[UnderWay], outcome: Outcome) -> None:
        """Make blocks until every conversion has ended at its source, then until its receiver has the points."""
        give_up = time.monotonic() + _SETTLE_TIMEOUT_S
        for each in under_way:
            path = f"/v1/conversions/{each.conversion_id}"
            while (status := str(self._nodes[each.wish.source].get(path)["status"])) in _OPEN:
                self._wait(give_up, each.wish.source, path, status)
            if status == "completed":
                outcome.accepted[f"{each.wish.source} → {each.wish.destination}"] += 1
                outcome.travellers[each.wish.source] = each.wish.source_member
                outcome.travellers[each.wish.destination] = each.wish.destination_member
                outcome.arrivals.append((each.wish.destination, each.wish.destination_member))
            else:
                outcome.refused[f"conversion: {status}"] += 1
        for each in under_way:
            path = f"/v1/members/{each.wish.destination_member}/conversions"
            while any(row["status"] in _OPEN for row in self._nodes[each.wish.destination].get(path)["conversions"]):
                self._wait(give_up, each.wish.destination, path, "claiming")

    def _wait(self, give_up: float, brand: str, path: str, status: str) -> None:
        if time.monotonic() > give_up:
            raise ConversionsStuck(brand, path, status)
        self._check()
        self._clock.tick()
        time.sleep(_PAUSE_S)
