"""Founder memberships in the demo: fifty simulated wallets, a vault that a sponsor fills, grants credited at a brand.

Owns who claims when, and the figures for the summary. Holders, signatures, vault and grants are real on the demo's
chain; that a member holds a membership is simulated. At the first month's turn with members all memberships claim, and
the first few of them again in the month after.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from typing import Any

from alliance_node.adapters.chain.local_alliance import LocalAlliance
from alliance_node.adapters.chain.local_founders import GRANT_UNITS, SimulatedWallet
from alliance_node.application.founders.vault import fill_vault
from alliance_node.entrypoints.composition import open_node
from alliance_node.entrypoints.demo.brands import BrandNode
from alliance_node.entrypoints.demo.cast import Member
from alliance_node.entrypoints.demo.clock import ReplayClock
from alliance_node.entrypoints.demo.errors import DemoError
from alliance_node.entrypoints.demo.node_client import NodeClient
from alliance_node.entrypoints.demo.summary import FoundersSummary
from alliance_node.entrypoints.settings import load_settings

MEMBERSHIPS = 50
AGAIN, MONTHS = 3, 2
"""So many memberships claim in so many months, the others once: each month's round trip costs the demo a second."""

_TIMEOUT_S = 120.0
_PAUSE_S = 0.02
_OPEN = frozenset(("held", "waiting", "returning", "claiming"))


class FoundersStuck(DemoError):
    """A grant, or what it needs, did not come to its end."""

    code = "founders_stuck"
    next_step = "Look into the nodes' logs in the demo's directory."


@dataclass(slots=True)
class Founders:
    """Called by the monthly loop. `sponsor` fills the vault; grants are credited at the brand of `client`, to its
    `members` in the order in which they join. `holders`: the member id of each membership."""

    alliance: LocalAlliance
    clock: ReplayClock
    sponsor: BrandNode
    client: NodeClient
    members: list[Member]
    seed: int
    check: Callable[[], None]
    holders: list[str] = field(default_factory=list)
    wallets: list[SimulatedWallet] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    claims: Counter[int] = field(default_factory=Counter)
    credited: int = 0

    def month(self, pool: ThreadPoolExecutor) -> None:
        """This month's grants, from the vault's filling to the members' points."""
        if not self.holders:
            self.holders = holders_among(self.members, self.clock.now)
            turn = range(len(self.holders))
        else:
            turn = range(AGAIN if self.claims[0] < MONTHS else 0)
        if not turn:
            return
        if not self.tokens:
            self._issue()
        self._fill(len(turn) * GRANT_UNITS)
        before = self._converted_in()
        orders = dict(zip(turn, pool.map(self._ask, turn), strict=True))
        for number, order in orders.items():
            self._wait_for_order(number, order)
        for number in turn:
            self._until(f"the grant of membership {self.tokens[number]}", partial(self._arrived, number))
        self.claims.update(turn)
        self.credited += self._converted_in() - before

    def summary(self) -> FoundersSummary:
        """What was issued, granted and is left in the vault."""
        left = self.alliance.vault_units() if self.tokens else 0
        return FoundersSummary(
            memberships=len(self.tokens),
            grants=self.claims.total(),
            granted_units=self.claims.total() * GRANT_UNITS,
            credited_points={self.client.brand: self.credited},
            accelerated_points={self.client.brand: sum(map(self._accelerated, sorted(set(self.holders))))},
            vault_units=left,
        )

    def _issue(self) -> None:
        self.wallets = [SimulatedWallet(self.seed, number) for number in range(MEMBERSHIPS)]
        holders = [wallet.address for wallet in self.wallets]
        self.tokens = self.alliance.open_founders(self.sponsor.on_chain, holders, self.clock.tick)
        last = f"/v1/founders/{self.tokens[-1]}"
        self._until("the issue of the memberships", lambda: self.client.try_download(last) is not None)

    def _fill(self, units: int) -> None:
        """The sponsor issues what the vault lacks, as `alliance founder fill` does."""
        missing = units - self.alliance.vault_units()
        if missing > 0:
            rate = self.sponsor.on_chain.rate
            points = -(-missing * rate.in_denominator // rate.in_numerator)
            environment: Mapping[str, str] = self.sponsor.environment
            node = open_node(load_settings(self.sponsor.directory, environment), environment)
            try:
                fill_vault(node.founders, points, node.clock.now(), f"month {self.claims.total()}")
            finally:
                node.close()
        self._until("the filling of the vault", lambda: self.alliance.vault_units() >= units)

    def _ask(self, number: int) -> dict[str, Any]:
        """The member shows the membership once, then signs the month's grant; the answer to the order."""
        member, wallet, token = self._path(number), self.wallets[number], {"token_id": self.tokens[number]}
        if not self.claims[number]:
            asked = self.client.post(f"{member}/founder-challenges", token)
            proof = {"challenge": asked["challenge"], "signature": wallet.sign(asked["typed_data"])}
            self.client.post(f"{member}/founder-links", proof)
        draft = self.client.post(f"{member}/founder-grants", token)
        order = {"kind": "Grant", "message": draft["message"], "signature": wallet.sign(draft["typed_data"])}
        return self.client.post("/v1/founder-orders", order)

    def _wait_for_order(self, number: int, order: dict[str, Any]) -> None:
        path, title = f"/v1/founder-orders/{order['digest']}", f"the order of membership {self.tokens[number]}"

        def is_over() -> bool:
            order.update(self.client.get(path))
            return order["state"] not in ("queued", "signed")

        self._until(title, is_over)
        if order["state"] != "done":
            raise FoundersStuck(f"{title} was refused: {order['reason']}")

    def _arrived(self, number: int) -> bool:
        """Whether the node has seen the grant and nothing of the member waits for the chain."""
        member = self._path(number)
        grants = [grant["token_id"] for grant in self.client.get(f"{member}/founder")["grants"]]
        if grants.count(self.tokens[number]) <= self.claims[number]:
            return False
        rows = self.client.get(f"{member}/conversions")["conversions"]
        return not any(row["status"] in _OPEN for row in rows)

    def _path(self, number: int) -> str:
        return f"/v1/members/{self.holders[number]}"

    def _converted_in(self) -> int:
        return int(self.client.get("/v1/totals")["converted_in"])

    def _accelerated(self, member_id: str) -> int:
        """What the member's purchases earned on top for the membership."""
        points, cursor = 0, ""
        while True:
            page = self.client.get(f"/v1/members/{member_id}/history?limit=500{cursor}")
            points += sum(int(one["points"]) for one in page["items"] if one["kind"] == "earning_accelerated")
            if page["next_cursor"] is None:
                return points
            cursor = f"&cursor={page['next_cursor']}"

    def _until(self, title: str, done: Callable[[], bool]) -> None:
        """Make blocks until it is done."""
        give_up = time.monotonic() + _TIMEOUT_S
        while not done():
            if time.monotonic() > give_up:
                raise FoundersStuck(f"{title} is not done after {_TIMEOUT_S:.0f} s of blocks")
            self.check()
            self.clock.tick()
            time.sleep(_PAUSE_S)


def holders_among(members: Sequence[Member], now: int) -> list[str]:
    """Who holds which membership: the members enrolled by now in turn, so that a few of a small sample hold several."""
    enrolled = [member.member_id for member in members if member.joins_at < now]
    return list(islice(cycle(enrolled), MEMBERSHIPS))
