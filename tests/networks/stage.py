"""An alliance of four brands on a network of validators, set up with the product's own commands.

Owns keys, nodes and what members do. Each brand's node uses a validator of its own, as in production; the last brand
has no node any more.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alliance_node.entrypoints.presets import preset_text
from alliance_node.entrypoints.settings import AllianceSettings
from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.protocol import claims, codes
from tests.acceptance.node_process import NodeProcess, call_alliance
from tests.chain_fixtures import key
from tests.networks.network import Network

ADMIN = key(9_101)  # deploys, and holds every role
CODES = ("SHOP", "HOTEL", "CAFE", "GONE")
NODES, GONE = 3, 3
CLAIM_WINDOW = 75
HOT = tuple(key(9_111 + number) for number in range(len(CODES)))
COLD = tuple(key(9_121 + number) for number in range(len(CODES)))
TIMER, STRANGER = key(9_141), key(9_142)
SENDERS = [signer.address for signer in (*HOT, *COLD, TIMER)]
PATIENCE = 90.0


class Stage:
    """`nodes` serve from `open` on; `rpc(number)` is a validator's RPC."""

    def __init__(self, directory: Path, network: Network) -> None:
        self.directory, self.network = directory, network
        self.book = directory / "address-book.json"
        self.nodes: list[NodeProcess] = []
        self._environment = {"TEST_ADMIN": _secret(9_101), "TEST_TIMER": _secret(9_141)} | {
            f"TEST_COLD_{number}": _secret(9_121 + number) for number in range(len(CODES))
        }

    def open(self) -> None:
        self.network.start()
        self.deploy()
        for number in range(len(CODES)):
            brand_id = self._join(number)
            if number < NODES:
                self.nodes.append(self._node(number, brand_id))
        for node in self.nodes:
            node.wait_for("/readyz")
        self._gone = brand_id

    def deploy(self) -> None:
        options = ("--admin", _text(ADMIN), "--claim-window", str(CLAIM_WINDOW), "--no-cover-rule")
        self.chain("deploy", *options, signer="TEST_ADMIN")

    def heartbeat(self, older_than: int) -> str:
        """`alliance chain heartbeat`, which needs no address book."""
        options = ["--rpc", self.url(0), "--key", "env:TEST_TIMER", "--older-than", str(older_than)]
        done = call_alliance("chain", "heartbeat", *options, environment=self._environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _join(self, number: int) -> int:
        keys = ["--hot", _text(HOT[number]), "--cold", _text(COLD[number]), "--settlement", _text(COLD[number])]
        limits = ["--credit-line", str(10**12), "--limiter-capacity", str(10**12)]
        answer = self.chain("register-brand", "--code", CODES[number], *keys, *limits, signer="TEST_ADMIN")
        brand_id = int(answer.strip())
        rate = ["--brand", str(brand_id), "--in", "10/1", "--out", "1/10"]
        self.chain("announce-rate", *rate, signer=f"TEST_COLD_{number}")
        return brand_id

    def _node(self, number: int, brand_id: int) -> NodeProcess:
        node = NodeProcess(self.directory / CODES[number].lower(), "sqlite:///node.sqlite")
        node.environment = {"TEST_HOT": _secret(9_111 + number)}
        settings = AllianceSettings(
            rpc_url=self.url(number), address_book=str(self.book), brand_id=brand_id, hot_key="env:TEST_HOT"
        )
        return node.init(alliance=settings, program=_program()).start()

    def code_of_the_gone(self) -> str:
        """A receiving code that the brand signed before its node went."""
        book, brand_id = AddressBook.load(self.book), self._gone
        code = codes.issue(
            HOT[GONE].sign_digest,
            brand_id=brand_id,
            commitment=claims.commitment(brand_id, 1, bytes(32)),
            expires_at=int(time.time()) + 3_600,
            chain_id=book.chain_id,
            desk=book.address("ConversionDesk"),
        )
        return codes.encode(code)

    def close(self) -> None:
        for node in self.nodes:
            node.close()

    def url(self, number: int) -> str:
        """The RPC of a brand's validator."""
        return self.network.urls[number % len(self.network.urls)]

    def rpc(self, number: int = 0) -> Rpc:
        return Rpc(self.url(number))

    def chain(self, command: str, *options: str, signer: str) -> str:
        """`alliance chain COMMAND`, as an operator types it; what it printed."""
        common = ["--rpc", self.url(0), "--book", str(self.book), "--key", f"env:{signer}"]
        done = call_alliance("chain", command, *common, *options, environment=self._environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def member(self, number: int, purchases: int = 0) -> str:
        """A new member of a brand, with 299 points or more for each purchase."""
        node = self.nodes[number]
        member = node.enrol(name="Ann")
        for _ in range(purchases):
            answer = node.post("/v1/purchases", node.purchase(member, "299.00"))
            assert answer.status_code == 201, answer.text
        return member

    def convert(self, sender: int, member: str, receiver: int, to_member: str, points: int = 100) -> str:
        """A member's conversion to another brand; its id at the sender."""
        code = self.nodes[receiver].post(f"/v1/members/{to_member}/receiving-codes").json()["receiving_code"]
        return self.request(sender, member, code, points)

    def request(self, sender: int, member: str, code: str, points: int = 100) -> str:
        node = self.nodes[sender]
        quote = node.post(f"/v1/members/{member}/quotes", {"receiving_code": code, "points": points})
        assert quote.status_code == 201, quote.text
        made = node.post(f"/v1/members/{member}/conversions", {"quote_id": quote.json()["quote_id"]})
        assert made.status_code == 201, made.text
        return str(made.json()["conversion_id"])

    def status(self, sender: int, conversion: str) -> str:
        return str(self.view(sender, conversion).get("status"))

    def view(self, sender: int, conversion: str) -> dict[str, Any]:
        found: dict[str, Any] = self.nodes[sender].get(f"/v1/conversions/{conversion}").json()
        return found

    def wait_for(self, sender: int, conversion: str, status: str) -> None:
        self.until(
            lambda: self.status(sender, conversion) == status, lambda: f"{self.view(sender, conversion)} {self.logs}"
        )

    def wait_for_points(self, number: int, member: str, points: int) -> None:
        self.until(lambda: self.nodes[number].spendable(member) == points, lambda: self.logs)

    def until(self, condition: Callable[[], bool], story: Callable[[], str]) -> None:
        """Waits; `story` tells what was there instead."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, story()
            time.sleep(0.2)

    def head_time(self) -> int:
        return int(self.rpc().call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    @property
    def logs(self) -> str:
        return "\n".join(node.log[-1_500:] for node in self.nodes)

    def head(self, number: int = 0) -> int:
        rpc = self.rpc(number)
        try:
            return int(rpc.call("eth_blockNumber"), 16)
        finally:
            rpc.close()


def _program() -> str:
    """A preset whose points may be converted at once: these networks' clocks are the wall clock."""
    text, changed = re.subn(r"minimum_age_days: \d+", "minimum_age_days: 0", preset_text("grocery-points"))
    assert changed == 1
    return text


def _secret(number: int) -> str:
    return number.to_bytes(32, "big").hex()


def _text(signer: Signer) -> str:
    return "0x" + signer.address.hex()
