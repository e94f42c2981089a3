"""One week's conversions through the real path: receiving codes in bulk, conversions in bulk, blocks until all is done.

Owns the pairing of codes with requests. It may not look into a bridge: a node says what still waits for the chain.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from alliance_node.entrypoints.demo.behaviour import Wish, convertible_half
from alliance_node.entrypoints.demo.clock import ReplayClock
from alliance_node.entrypoints.demo.node_client import NodeClient

_SETTLE_TIMEOUT_S = 120.0
_PAUSE_S = 0.02


class ConversionsStuck(RuntimeError):
    """Conversions did not come to their end in time; the message says where they wait."""

    def __init__(self, waiting: Mapping[str, object]) -> None:
        super().__init__(f"conversions still wait after {_SETTLE_TIMEOUT_S:.0f} s: {dict(waiting)}; see the node logs")


@dataclass(slots=True)
class Outcome:
    """Accepted conversions by direction ("groceries → coffee"), refused ones by reason."""

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


class Conversions:
    """Runs weeks of conversions between the nodes."""

    def __init__(self, nodes: Mapping[str, NodeClient], clock: ReplayClock, check: Callable[[], None]) -> None:
        self._nodes = nodes
        self._clock = clock
        self._check = check

    def run_week(self, wishes: Sequence[Wish], wanted: int) -> Outcome:
        """Take wishes in order until `wanted` conversions are accepted or nobody is left; then wait for all."""
        outcome = Outcome()
        queue = iter(wishes)
        while missing := wanted - sum(outcome.accepted.values()):
            round_ = list(islice(queue, missing))
            if not round_:
                break
            self._ask(round_, outcome)
        if outcome.accepted:
            self.settle()
        return outcome

    def _ask(self, wishes: Sequence[Wish], outcome: Outcome) -> None:
        by_direction: dict[tuple[str, str], list[tuple[Wish, int]]] = defaultdict(list)
        for wish in wishes:
            balance = self._nodes[wish.source].get(f"/v1/members/{wish.source_member}/balance")
            if points := convertible_half(wish.source, int(balance["balance"]["spendable"])):
                by_direction[wish.source, wish.destination].append((wish, points))
        for (source, destination), pairs in by_direction.items():
            results = self._send(source, destination, pairs)
            accepted = sum("problem" not in result for result in results)
            if accepted:
                outcome.accepted[f"{source} → {destination}"] += accepted
            outcome.refused.update(
                f"conversion: {result['problem']['code']}" for result in results if "problem" in result
            )

    def _send(self, source: str, destination: str, pairs: Sequence[tuple[Wish, int]]) -> list[dict[str, Any]]:
        """Codes from the receiving brand, then the conversions at the source; one result per pair."""
        receivers = [{"member_id": wish.destination_member} for wish, _points in pairs]
        codes = self._nodes[destination].bulk("/v1/receiving-codes/bulk", "members", receivers)
        requests = [
            {"member_id": wish.source_member, "receiving_code": code["receiving_code"], "points": points}
            for (wish, points), code in zip(pairs, codes, strict=True)
            if "problem" not in code
        ]
        refused = [code for code in codes if "problem" in code]
        return refused + self._nodes[source].bulk("/v1/conversions/bulk", "conversions", requests)

    def settle(self) -> None:
        """Make blocks until no node has a conversion that waits for the chain; raises ConversionsStuck."""
        give_up = time.monotonic() + _SETTLE_TIMEOUT_S
        while waiting := self._waiting():
            if time.monotonic() > give_up:
                raise ConversionsStuck(waiting)
            self._check()
            self._clock.tick()
            time.sleep(_PAUSE_S)

    def _waiting(self) -> dict[str, int]:
        waiting = {brand: int(node.get("/v1/totals")["open_conversions"]) for brand, node in self._nodes.items()}
        return {brand: count for brand, count in waiting.items() if count}
