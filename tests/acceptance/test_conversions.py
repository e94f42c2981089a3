"""Points cross between two real nodes over a real Anvil; codes, quotes and chains that are wrong are refused."""

import base64
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from alliance_node.adapters.chain.local_alliance import LocalAlliance, LocalBrand, LocalRate
from alliance_node.entrypoints.settings import AllianceSettings
from bridge.chain.keys import Signer
from bridge.deploy.address_book import AddressBook
from bridge.protocol import codes
from tests.acceptance.node_process import NodeProcess, rfc3339
from tests.acceptance.test_bad_input import assert_problem

pytestmark = pytest.mark.chain
NOW = 1_790_000_000
GENESIS = NOW - 3_600
DAY = 86_400


class Pair:
    """Two brands' nodes on one chain, all on one simulated clock."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.chain = LocalAlliance(directory / "chain", genesis=GENESIS)
        self.chain.start()
        self.now = NOW
        rate = LocalRate(10, 1, 1, 10)
        self.brands = [self.chain.add_brand(code, rate, 10**12) for code in ("SHOP", "HOTEL")]
        self.shop, self.hotel = [self._node(brand) for brand in self.brands]
        self.mine(0)

    def _node(self, brand: LocalBrand) -> NodeProcess:
        node = NodeProcess(self.directory / brand.code.lower(), "sqlite:///node.sqlite")
        node.environment = {"TEST_HOT_KEY": brand.hot_key}
        node.init(alliance=self.settings(brand), clock="manual").start()
        node.post("/v1/simulation/clock", {"now": rfc3339(self.now)})
        return node

    def settings(self, brand: LocalBrand) -> AllianceSettings:
        return AllianceSettings(
            rpc_url=self.chain.rpc_url,
            address_book=str(self.chain.address_book),
            brand_id=brand.brand_id,
            hot_key="env:TEST_HOT_KEY",
        )

    def mine(self, seconds: int = 5) -> None:
        """Lets time pass at both nodes and on the chain."""
        self.now += seconds
        self.chain.mine(self.now)
        for node in (self.shop, self.hotel):
            if node.is_running:
                assert node.post("/v1/simulation/clock", {"now": rfc3339(self.now)}).status_code == 200

    def member(self, node: NodeProcess, purchases: int = 0) -> str:
        member = node.enrol(name="Ann")
        for _ in range(purchases):
            answer = node.post("/v1/purchases", node.purchase(member, "299.00", occurred_at=rfc3339(self.now)))
            assert answer.status_code == 201, answer.text
        return member

    def code(self, member: str) -> str:
        answer = self.hotel.post(f"/v1/members/{member}/receiving-codes")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["receiving_code"])

    def wait(self, node: NodeProcess, conversion: str, status: str, seconds: float = 60) -> dict[str, object]:
        """Mines until the conversion has the status."""
        deadline = time.monotonic() + seconds
        while True:
            view: dict[str, object] = node.get(f"/v1/conversions/{conversion}").json()
            if view.get("status") == status:
                return view
            assert time.monotonic() < deadline, (view, node.log[-2000:])
            self.mine(2)
            time.sleep(0.3)

    def close(self) -> None:
        for node in (self.shop, self.hotel):
            node.close()
        self.chain.stop()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    made = Pair(tmp_path_factory.mktemp("pair"))
    for node in (made.shop, made.hotel):
        deadline = time.monotonic() + 60
        while "bridge" not in node.http.get("/readyz").json()["workers"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    yield made
    made.close()


@pytest.fixture
def sender(pair: Pair) -> str:
    """A member of the shop whose points are old enough to be converted."""
    member = pair.member(pair.shop, purchases=3)
    pair.mine(40 * DAY)
    return member


def test_points_cross_once_and_the_history_names_the_blocks(pair: Pair, sender: str) -> None:
    receiver = pair.member(pair.hotel)
    before = pair.shop.spendable(sender)
    quote = pair.shop.post(f"/v1/members/{sender}/quotes", {"receiving_code": pair.code(receiver), "points": 100})
    assert quote.status_code == 201, quote.text
    body = {"quote_id": quote.json()["quote_id"]}
    path = f"/v1/members/{sender}/conversions"
    requested = pair.shop.post(path, body, idempotency_key="convert-1")
    assert requested.status_code == 201, requested.text
    again = pair.shop.post(path, body, idempotency_key="convert-1")
    assert again.status_code == 200
    conversion = requested.json()["conversion_id"]
    assert again.json()["conversion_id"] == conversion
    under_new_key = pair.shop.post(path, body)  # one quote is one conversion, whatever the key
    assert (under_new_key.status_code, under_new_key.json()["conversion_id"]) == (200, conversion)
    assert pair.shop.spendable(sender) == before - 100
    view = pair.wait(pair.shop, conversion, "completed")
    assert view["receipts"][0]["step"] == "issued"  # type: ignore[index]
    deadline = time.monotonic() + 30
    while pair.hotel.spendable(receiver) == 0:
        assert time.monotonic() < deadline
        pair.mine(2)
        time.sleep(0.3)
    assert pair.hotel.spendable(receiver) == quote.json()["estimated_points"] == 100
    page = pair.hotel.get(f"/v1/members/{receiver}/conversions").json()["conversions"]
    assert [(one["direction"], one["status"], one["points"]) for one in page] == [("in", "completed", 100)]


def test_a_code_that_was_changed_or_is_not_a_code_is_refused(pair: Pair, sender: str) -> None:
    """Wrong signatures: pitfall 24."""
    code = pair.code(pair.member(pair.hotel))
    prefix, _, payload = code.partition(".")
    raw = bytearray(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    path = f"/v1/members/{sender}/quotes"
    for position in (4, len(raw) // 2, len(raw) - 2):
        changed = bytearray(raw)
        changed[position] ^= 1
        text = f"{prefix}.{base64.urlsafe_b64encode(bytes(changed)).rstrip(b'=').decode()}"
        answer = pair.shop.post(path, {"receiving_code": text, "points": 100})
        assert answer.status_code in (404, 422), answer.text
        assert answer.json()["code"] in ("invalid_receiving_code", "unknown_brand")
    for text in ("PA1.", "PA1.AAAA", "hello", code + "A"):
        assert_problem(pair.shop.post(path, {"receiving_code": text, "points": 100}), 422, "invalid_receiving_code")


def test_a_code_for_another_chain_is_refused(pair: Pair, sender: str) -> None:
    """Pitfall 24: signed by the right key, for the wrong chain and for the wrong desk."""
    book = AddressBook.load(pair.chain.address_book)
    desk, hotel = book.address("ConversionDesk"), pair.brands[1]
    signer = Signer(bytes.fromhex(hotel.hot_key))
    expires_at = pair.now + DAY
    path = f"/v1/members/{sender}/quotes"
    stranger = Signer(bytes(31) + b"\x05")
    wrong = [
        (signer, book.chain_id + 1, desk),
        (signer, book.chain_id, bytes(19) + b"\x07"),
        (stranger, book.chain_id, desk),
    ]
    for who, chain_id, address in wrong:
        code = codes.issue(
            who.sign_digest,
            brand_id=hotel.brand_id,
            commitment=bytes(32),
            expires_at=expires_at,
            chain_id=chain_id,
            desk=address,
        )
        answer = pair.shop.post(path, {"receiving_code": codes.encode(code), "points": 100})
        assert_problem(answer, 422, "invalid_receiving_code")


def test_points_nobody_claims_are_shown_as_waiting_and_come_back(pair: Pair, sender: str) -> None:
    code = pair.code(pair.member(pair.hotel))
    before = pair.shop.spendable(sender)
    pair.hotel.kill()  # B's process is gone, without a word: it costs the member nothing
    wanted = [{"member_id": sender, "receiving_code": code, "points": 100}]
    [made] = pair.shop.post("/v1/conversions/bulk", {"conversions": wanted}).json()["results"]
    pair.wait(pair.shop, made["conversion_id"], "waiting")
    page = page_of(pair.shop, sender)
    assert re.search(r"waiting for HOTEL until \d{4}-\d{2}-\d{2} \d{2}:\d{2}, then returned", page)
    assert "block " in page
    assert pair.shop.spendable(sender) == before - 100
    pair.now += 8 * DAY
    pair.wait(pair.shop, made["conversion_id"], "returned")
    assert pair.shop.spendable(sender) == before
    assert "returned to you" in page_of(pair.shop, sender)
    pair.hotel.start()


def test_points_go_straight_into_an_award_through_a_killed_node(pair: Pair, sender: str) -> None:
    """R-ALL-3: the receiving node dies while its claim is under way; the award is redeemed once."""
    receiver = pair.member(pair.hotel)
    wanted = {"members": [{"member_id": receiver, "award": "five-off"}]}
    [made] = pair.hotel.post("/v1/receiving-codes/bulk", wanted).json()["results"]
    assert made["award"] == "five-off"
    order = {"member_id": sender, "receiving_code": made["receiving_code"], "points": 450}
    [sent] = pair.shop.post("/v1/conversions/bulk", {"conversions": [order]}).json()["results"]

    def arrived() -> dict[str, Any]:
        [view] = pair.hotel.get(f"/v1/members/{receiver}/conversions").json()["conversions"] or [{"status": None}]
        return dict(view)

    deadline = time.monotonic() + 60
    while arrived()["status"] is None:
        assert time.monotonic() < deadline, pair.hotel.log[-2000:]
        pair.mine(2)
        time.sleep(0.1)
    if arrived()["status"] == "claiming":
        assert arrived()["award"] == {"option": "five-off", "state": "waiting", "redemption_id": None, "refusal": None}
    pair.hotel.kill()
    pair.mine(2)
    pair.hotel.start()
    pair.wait(pair.shop, sent["conversion_id"], "completed")
    while arrived()["status"] != "completed":
        assert time.monotonic() < deadline + 60, pair.hotel.log[-2000:]
        pair.mine(2)
        time.sleep(0.1)
    assert arrived()["award"]["state"] == "redeemed"
    history = pair.hotel.get(f"/v1/members/{receiver}/history").json()["items"]
    assert [item["kind"] for item in history].count("redemption_made") == 1
    assert pair.hotel.spendable(receiver) == 0
    cancelled = pair.hotel.post(
        f"/v1/members/{receiver}/redemptions/{arrived()['award']['redemption_id']}/cancellation"
    )
    assert cancelled.status_code == 201, "it is a redemption like any other"
    page = page_of(pair.hotel, receiver)
    assert "Redeemed on arrival: 5 USD coupon." in page


def page_of(node: NodeProcess, member: str) -> str:
    """The member's page as a browser gets it, through a fresh link."""
    link = node.post(f"/v1/members/{member}/page-links").json()["url"]
    with httpx.Client(follow_redirects=True, trust_env=False) as browser:
        return browser.get(link).text


def test_a_node_on_the_wrong_chain_says_so_and_goes_on_earning(pair: Pair, tmp_path: Path) -> None:
    book = json.loads(pair.chain.address_book.read_text())
    book["chain_id"] = book["chain_id"] + 1
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(book))
    brand = pair.brands[0]
    node = NodeProcess(tmp_path / "lost", "sqlite:///node.sqlite")
    node.environment = {"TEST_HOT_KEY": brand.hot_key}
    settings = msgspec.structs.replace(pair.settings(brand), address_book=str(wrong))
    try:
        node.init(alliance=settings).start()
        deadline = time.monotonic() + 60
        while node.http.get("/readyz").json()["status"] != "degraded":
            assert time.monotonic() < deadline
            time.sleep(0.2)
        bridge = node.http.get("/readyz").json()["workers"]["bridge"]
        assert "chain" in bridge["code"] and bridge["next_step"]
        member = node.enrol(name="Ann")
        assert node.post("/v1/purchases", node.purchase(member)).status_code == 201
    finally:
        node.close()


def test_a_code_of_the_same_brand_is_refused(pair: Pair, sender: str) -> None:
    own = pair.shop.post(f"/v1/members/{sender}/receiving-codes").json()["receiving_code"]
    path = f"/v1/members/{sender}/quotes"
    assert_problem(pair.shop.post(path, {"receiving_code": own, "points": 100}), 422, "own_receiving_code")


def test_an_expired_quote_and_an_expired_code_are_refused(pair: Pair, sender: str) -> None:
    code = pair.code(pair.member(pair.hotel))
    quote = pair.shop.post(f"/v1/members/{sender}/quotes", {"receiving_code": code, "points": 100}).json()
    before = pair.shop.spendable(sender)
    pair.mine(16 * 60)
    answer = pair.shop.post(f"/v1/members/{sender}/conversions", {"quote_id": quote["quote_id"]})
    assert_problem(answer, 409, "quote_expired")
    chosen = f"/v1/members/{sender}/conversions?lang=zh"
    said = pair.shop.post(chosen, {"quote_id": quote["quote_id"]}).json()["detail"]
    assert said == f"报价已于 {quote['expires_at']} 失效"
    assert pair.shop.spendable(sender) == before
    pair.mine(8 * DAY)
    late = pair.shop.post(f"/v1/members/{sender}/quotes", {"receiving_code": code, "points": 100})
    assert_problem(late, 422, "invalid_receiving_code")


def test_more_points_than_there_are_can_not_be_converted(pair: Pair, sender: str) -> None:
    code = pair.code(pair.member(pair.hotel))
    quote = pair.shop.post(f"/v1/members/{sender}/quotes", {"receiving_code": code, "points": 4_000})
    if quote.status_code == 201:
        quote = pair.shop.post(f"/v1/members/{sender}/conversions", {"quote_id": quote.json()["quote_id"]})
    assert quote.status_code == 422, quote.text
    assert quote.json()["next_step"]


def test_one_bad_conversion_of_a_bulk_fails_alone_and_a_retry_converts_nothing_twice(pair: Pair, sender: str) -> None:
    receiver = pair.member(pair.hotel)
    made = pair.hotel.post("/v1/receiving-codes/bulk", {"members": [{"member_id": receiver}] * 2}).json()["results"]
    wanted = [
        {"member_id": sender, "receiving_code": made[0]["receiving_code"], "points": 100},
        {"member_id": sender, "receiving_code": "PA1.nonsense", "points": 100},
        {"member_id": sender, "receiving_code": made[1]["receiving_code"], "points": 100},
    ]
    before = pair.shop.spendable(sender)
    first = pair.shop.post("/v1/conversions/bulk", {"conversions": wanted}, idempotency_key="bulk-1")
    assert [item["status"] for item in first.json()["results"]] == [201, 422, 201], first.text
    again = pair.shop.post("/v1/conversions/bulk", {"conversions": wanted}, idempotency_key="bulk-1")
    assert [item["status"] for item in again.json()["results"]] == [200, 422, 200], again.text
    said = pair.shop.post("/v1/conversions/bulk?lang=zh", {"conversions": wanted}, idempotency_key="bulk-1")
    assert said.json()["results"][1]["problem"]["detail"].startswith("接收码无效")
    assert pair.shop.spendable(sender) == before - 200


def test_every_brands_rates_can_be_read_and_an_announced_change_is_told(pair: Pair, sender: str) -> None:
    """R-ALL-2: history and notice, from the API, the command line and the member's page in both languages."""
    pair.mine(2)
    found = pair.shop.get("/v1/alliance/rates?brand=2").json()
    assert found["brand"] == 2
    assert [(one["version"], one["state"], one["alliance_units_per_point"]) for one in found["rates"]] == [
        (1, "in_force", [10, 1])
    ]
    assert_problem(pair.shop.get("/v1/alliance/rates?brand=77"), 404, "unknown_brand")
    assert pair.shop.get("/v1/alliance/rates?brand=0").status_code == 400
    assert "in_force" in pair.shop.alliance("brand", "rates").stdout
    assert "alliance points (now" not in page_of(pair.shop, sender)
    effective = pair.now + 40 * DAY
    pair.chain.announce_rate(pair.brands[0], LocalRate(9, 1, 1, 10), effective)
    deadline = time.monotonic() + 60
    while len(pair.shop.get("/v1/alliance/rates").json()["rates"]) < 2:
        assert time.monotonic() < deadline
        pair.mine(2)
        time.sleep(0.2)
    first, second = pair.shop.get("/v1/alliance/rates").json()["rates"]
    assert (first["state"], second["state"]) == ("announced", "in_force")
    assert first["effective_at"] == rfc3339(effective)
    assert "100 points sent to another brand become 9 alliance points (now 10)" in page_of(pair.shop, sender)


def test_without_the_chain_members_go_on_earning_and_readiness_says_degraded(pair: Pair) -> None:
    """RPC down. Runs last: it stops the chain, then starts it again."""
    member = pair.member(pair.shop)
    pair.chain.stop()
    deadline = time.monotonic() + 60
    while (ready := pair.shop.http.get("/readyz").json())["status"] != "degraded":
        assert time.monotonic() < deadline, ready
        time.sleep(0.3)
    assert ready["workers"]["bridge"]["state"] == "waiting"
    assert ready["workers"]["bridge"]["next_step"]
    booked = pair.shop.post("/v1/purchases", pair.shop.purchase(member, "299.00", occurred_at=rfc3339(pair.now)))
    assert booked.status_code == 201
    assert pair.shop.spendable(member) == booked.json()["points"]
    assert pair.shop.stop() == 0
