"""Own wallets in the demo: a few people take groceries points into wallets of their own, one pays another, and all
bring points out at the coffee brand.

Owns who does it and the figures for the summary. Messages, signatures, relaying and the ledger are real; that these
people have wallets is simulated. It happens once, at the first month's turn at which enough people can.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from alliance_node.adapters.chain.local_founders import SimulatedWallet
from alliance_node.entrypoints.demo.behaviour import convertible_half
from alliance_node.entrypoints.demo.cast import COFFEE, GROCERIES, Person
from alliance_node.entrypoints.demo.clock import ReplayClock
from alliance_node.entrypoints.demo.errors import DemoError
from alliance_node.entrypoints.demo.node_client import NodeClient
from alliance_node.entrypoints.demo.summary import WalletsSummary

PEOPLE = 3
_ASKED = 60
"""So many people are asked at most, that the demo does not wait."""
_FIRST_WALLET = 1_000
"""The wallets' numbers begin here: those below hold founder memberships."""
_TIMEOUT_S = 120.0
_PAUSE_S = 0.02


class WalletsStuck(DemoError):
    """Something on its way to or from a wallet did not come to its end."""

    code = "wallets_stuck"
    next_step = "Look into the nodes' logs in the demo's directory."


@dataclass(slots=True)
class _Owner:
    """A person with a wallet: member ids at both brands, and the points taken along."""

    ids: dict[str, str]
    wallet: SimulatedWallet
    quote: dict[str, Any]

    @property
    def units(self) -> int:
        return int(self.quote["alliance_units"])


@dataclass(slots=True)
class Wallets:
    """Called by the monthly loop until it has happened. `people` are members of both brands."""

    clients: dict[str, NodeClient]
    clock: ReplayClock
    people: Sequence[Person]
    seed: int
    check: Callable[[], None]
    owners: list[_Owner] = field(default_factory=list)
    transferred_units: int = 0
    taken_out_units: int = 0

    def month(self, pool: ThreadPoolExecutor) -> None:
        """All of it, if there are people enough who can."""
        if self.owners:
            return
        found = (self._owner(number, person) for number, person in enumerate(self.people[:_ASKED]))
        owners = list(islice((owner for owner in found if owner is not None), PEOPLE))
        if len(owners) < PEOPLE:
            return
        self.owners = owners
        self._wait(pool, GROCERIES, list(pool.map(self._put_in, self.owners)))
        payer, receiver = self.owners[0], self.owners[1]
        self.transferred_units = payer.units // 2
        wish = {"kind": "transfer", "units": self.transferred_units, "to": receiver.wallet.address}
        self._wait(pool, GROCERIES, [self._send(GROCERIES, payer, wish)])
        self._wait(pool, COFFEE, list(pool.map(self._bring_out, self.owners)))

    def summary(self) -> WalletsSummary:
        """What went through the wallets and what they hold."""
        held = sum(int(self._wallet(GROCERIES, owner)["alliance_units"]) for owner in self.owners)
        return WalletsSummary(
            wallets=len(self.owners),
            taken_in_units=sum(owner.units for owner in self.owners),
            transferred_units=self.transferred_units,
            taken_out_units=self.taken_out_units,
            held_units=held,
        )

    def _owner(self, number: int, person: Person) -> _Owner | None:
        """A person who is enrolled at both brands and has points to take along; the wallet is linked at both."""
        if {GROCERIES, COFFEE} - person.ids.keys():
            return None
        if any(
            self.clients[brand].try_download(f"{_path(person.ids[brand])}/balance") is None
            for brand in (GROCERIES, COFFEE)
        ):
            return None
        balance = self.clients[GROCERIES].get(f"{_path(person.ids[GROCERIES])}/balance")["balance"]
        points = convertible_half(GROCERIES, int(balance["spendable"]))
        if not points:
            return None
        wallet = SimulatedWallet(self.seed, _FIRST_WALLET + number)
        for brand in (GROCERIES, COFFEE):
            self._link(brand, person.ids[brand], wallet)
        client = self.clients[GROCERIES]
        answer = client.try_post(f"{_path(person.ids[GROCERIES])}/wallet/quotes", {"points": points})
        return _Owner(person.ids, wallet, answer.json()) if answer.is_success else None

    def _link(self, brand: str, member_id: str, wallet: SimulatedWallet) -> None:
        client, path = self.clients[brand], f"{_path(member_id)}/wallet"
        message = client.post(f"{path}/challenges", {"address": wallet.address})["message"]
        client.post(path, {"message": message, "signature": wallet.sign_text(message)})

    def _put_in(self, owner: _Owner) -> str:
        path = f"{_path(owner.ids[GROCERIES])}/conversions"
        made = self.clients[GROCERIES].post(path, {"quote_id": owner.quote["quote_id"]})
        return str(made["conversion_id"])

    def _bring_out(self, owner: _Owner) -> str:
        """Half of what the wallet holds becomes points of the coffee brand."""
        units = int(self._wallet(COFFEE, owner)["alliance_units"]) // 2
        conversion = self._send(COFFEE, owner, {"kind": "convert_out", "units": units})
        self.taken_out_units += units
        return conversion

    def _send(self, brand: str, owner: _Owner, wish: dict[str, Any]) -> str:
        client, path = self.clients[brand], f"{_path(owner.ids[brand])}/wallet/intents"
        draft = client.post(f"{path}/drafts", wish)
        signature = owner.wallet.sign(draft["typed_data"])
        body = {"kind": draft["kind"], "message": draft["message"], "signature": signature}
        return str(client.post(path, body)["conversion_id"])

    def _wallet(self, brand: str, owner: _Owner) -> dict[str, Any]:
        return self.clients[brand].get(f"{_path(owner.ids[brand])}/wallet")

    def _wait(self, pool: ThreadPoolExecutor, brand: str, conversions: Sequence[str]) -> None:
        """Make blocks until all are done."""
        give_up, client = time.monotonic() + _TIMEOUT_S, self.clients[brand]

        def status(conversion: str) -> str:
            return str(client.get(f"/v1/conversions/{conversion}")["status"])

        while (found := set(pool.map(status, conversions))) != {"completed"}:
            if "rejected" in found or time.monotonic() > give_up:
                raise WalletsStuck(f"what {brand} relays for wallets is {', '.join(sorted(found))}")
            self.check()
            self.clock.tick()
            time.sleep(_PAUSE_S)


def _path(member_id: str) -> str:
    return f"/v1/members/{member_id}"
