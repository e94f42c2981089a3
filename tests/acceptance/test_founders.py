"""Founder memberships as members, brands and the administrator meet them: API, command line and page of a real node on
a real chain (R-NFT-1 to R-NFT-5; pitfalls 24, 29, 34). Wallets are a library's that is not ours."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account

from alliance_node.entrypoints.presets import preset_text
from alliance_node.entrypoints.settings import AllianceSettings
from bridge.deploy.deploy import view
from bridge.protocol.items import Item, ItemKind
from tests.acceptance.node_process import Finished, NodeProcess, call_alliance, rfc3339
from tests.acceptance.test_bad_input import assert_problem
from tests.chain_fixtures import key, make_alliance
from tests.integration.audit.posting import post

pytestmark = pytest.mark.chain

ANN, BEN = Account.from_key(b"\x0a" * 32), Account.from_key(b"\x0b" * 32)
ADMIN_KEY = (9_002).to_bytes(32, "big").hex()
GRANT_UNITS, GRANT_POINTS = 100_000, 10_000
NOBODY = "0x" + "00" * 32


class Founders:
    """A sponsor's node whose program has a founders section, and the chain; time passes only by `mine`."""

    def __init__(self, directory: Path) -> None:
        self.alliance = make_alliance(directory / "chain")
        self.book = directory / "address-book.json"
        self.alliance.book.save(self.book)
        brand = self.alliance.brands[0]
        self.node = NodeProcess(directory / "shop", "sqlite:///node.sqlite")
        self.node.environment = {"TEST_HOT_KEY": (101).to_bytes(32, "big").hex(), "TEST_ADMIN": ADMIN_KEY}
        self.settings = AllianceSettings(
            rpc_url=self.alliance.url,
            address_book=str(self.book),
            brand_id=brand.brand_id,
            hot_key="env:TEST_HOT_KEY",
        )
        program = preset_text("grocery-points") + "\nfounders:\n  extra_percent: 20\n"
        self.node.init(program=program, alliance=self.settings, clock="manual").start()
        self.mine(1)

    @property
    def now(self) -> int:
        return self.alliance.now()

    def mine(self, seconds: int = 2) -> None:
        self.alliance.mine(self.now + seconds)
        assert self.node.post("/v1/simulation/clock", {"now": rfc3339(self.now)}).status_code == 200

    def until(self, path: str, field: str, *values: object) -> dict[str, Any]:
        """Mines until the answer's field has one of the values."""
        deadline = time.monotonic() + 60
        while True:
            answer: dict[str, Any] = self.node.get(path).json()
            if answer.get(field) in values:
                return answer
            assert time.monotonic() < deadline, (answer, self.node.log[-2_000:])
            self.mine()
            time.sleep(0.1)

    def console(self, command: str, *arguments: str, signed: bool = True) -> Finished:
        """`alliance founder …` of the administrator."""
        where = ["--rpc", self.alliance.url, "--book", str(self.book)]
        by = ["--key", "env:TEST_ADMIN", "--mine"] if signed else []
        return call_alliance("founder", command, *where, *by, *arguments, environment=self.node.environment)

    def command(self, name: str, *arguments: str) -> str:
        """`alliance founder …` at the node; what it says."""
        done = self.node.alliance("founder", name, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def issue(self, holder: Any) -> int:
        done = self.console("issue", holder.address)
        assert done.returncode == 0, done.stderr
        token = int(done.stdout)
        self.until(f"/v1/founders/{token}", "holder", holder.address, holder.address.lower())
        return token

    def link(self, member: str, token: int, holder: Any) -> httpx.Response:
        asked = self.node.post(f"/v1/members/{member}/founder-challenges", {"token_id": token})
        assert asked.status_code == 201, asked.text
        answer = {"challenge": asked.json()["challenge"], "signature": signed(holder, asked.json()["typed_data"])}
        return self.node.post(f"/v1/members/{member}/founder-links", answer)

    def submit(self, holder: Any, draft: httpx.Response) -> httpx.Response:
        """Signs a draft and hands it in."""
        assert draft.status_code == 201, draft.text
        body = {name: draft.json()[name] for name in ("kind", "message")}
        return self.node.post("/v1/founder-orders", {**body, "signature": signed(holder, draft.json()["typed_data"])})

    def settled(self, order: httpx.Response) -> dict[str, Any]:
        """The order's end."""
        assert order.status_code == 202, order.text
        return self.until(f"/v1/founder-orders/{order.json()['digest']}", "state", "done", "refused")

    def status(self) -> dict[str, Any]:
        done = self.console("status", "--json", signed=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def page(self, member: str, language: str) -> str:
        link = self.node.post(f"/v1/members/{member}/page-links").json()["url"]
        with httpx.Client(follow_redirects=True, trust_env=False) as browser:
            return browser.get(link, headers={"accept-language": language}).text


def signed(holder: Any, typed_data: Any) -> str:
    return "0x" + bytes(holder.sign_typed_data(full_message=typed_data).signature).hex()


@pytest.fixture(scope="module")
def founders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Founders]:
    """Brand 1 sponsors."""
    made = Founders(tmp_path_factory.mktemp("founders"))
    try:
        terms = ("--sponsor", "1", "--treasury", "0x" + key(7_004).address.hex(), "--royalty-bps", "500")
        assert made.console("set-terms", *terms).returncode == 0
        yield made
    finally:
        made.node.close()
        made.alliance.rpc.close()
        made.alliance.anvil.kill()


def test_the_administrator_issues_describes_and_sees_what_the_vault_lacks(founders: Founders) -> None:
    before = founders.status()
    assert founders.console("describe", "--text", "Membership of the first members.").returncode == 0
    token = founders.issue(ANN)
    seen = founders.status()
    assert (seen["issued"], seen["sponsor_brand"], seen["royalty_bps"]) == (token, 1, 500)
    assert seen["description"] == "Membership of the first members."
    assert seen["missing_units"] - before["missing_units"] == GRANT_UNITS


def test_a_text_that_promises_return_never_reaches_the_chain(founders: Founders, tmp_path: Path) -> None:
    """R-NFT-4."""
    before = founders.status()["description"]
    refused = founders.console("describe", "--text", "Guaranteed profit for every holder.")
    assert (refused.returncode, "promising_text" in refused.stderr) == (1, True)
    assert founders.status()["description"] == before
    offer = tmp_path / "offer.txt"
    offer.write_text("First line.\n保证收益\n", encoding="utf-8")
    assert call_alliance("founder", "lint", str(offer)).returncode == 1
    offer.write_text("1,000 alliance points a month.\n", encoding="utf-8")
    assert call_alliance("founder", "lint", str(offer)).returncode == 0


def test_a_member_shows_a_membership_earns_faster_and_sees_it_on_the_page(founders: Founders) -> None:
    """R-NFT-1: the purchase never waits; what comes on top follows the ledger."""
    node, token = founders.node, founders.issue(ANN)
    member = node.enrol(name="Ann")
    assert "founders" not in founders.page(member, "en")
    linked = founders.link(member, token, ANN)
    assert (linked.status_code, linked.json()["token_id"]) == (201, token)
    bought = node.post("/v1/purchases", node.purchase(member, "100.00", occurred_at=rfc3339(founders.now)))
    assert bought.status_code == 201, bought.text
    view = f"/v1/members/{member}/founder"
    founders.until(view, "pending_points", 0)
    seen = node.get(view).json()
    assert seen["extra_percent"] == 20
    assert [(one["token_id"], one["held"]) for one in seen["holdings"]] == [(token, True)]
    assert node.spendable(member) == bought.json()["points"] * 120 // 100
    assert f"Membership #{token}: 20 % more points" in founders.page(member, "en")
    assert f"创始会员 #{token}：消费加赠 20%" in founders.page(member, "zh")
    assert node.http.delete(f"/v1/members/{member}/founder-links/{token}", headers=bearer(node)).status_code == 204
    gone = node.http.delete(f"/v1/members/{member}/founder-links/{token}", headers=bearer(node))
    assert_problem(gone, 404, "founder_link_missing")
    assert node.get(view).json()["holdings"] == []


def bearer(node: NodeProcess) -> dict[str, str]:
    return {"authorization": f"Bearer {node.key}"}


def test_a_grant_waits_for_the_vault_and_is_credited_once_a_month(founders: Founders) -> None:
    """R-NFT-2, INV-24, pitfall 34: the sponsor fills with points of its own; node and chain agree to the last unit."""
    node, token = founders.node, founders.issue(ANN)
    member = node.enrol(name="Ann")
    assert founders.link(member, token, ANN).status_code == 201
    draft = node.post(f"/v1/members/{member}/founder-grants", {"token_id": token})
    refused = founders.settled(founders.submit(ANN, draft))
    assert (refused["state"], refused["reason"]) == ("refused", "VaultEmpty")
    filling = ("fill", "--points", str(GRANT_POINTS), "--once", "first month")
    filled = json.loads(founders.command(*filling))
    assert filled["local_points"] == GRANT_POINTS
    assert json.loads(founders.command(*filling)) == filled  # a repeated command fills nothing more
    deadline = time.monotonic() + 60
    while founders.status()["grants_left"] != 1:
        assert time.monotonic() < deadline, node.log[-2_000:]
        founders.mine()
    assert founders.settled(founders.submit(ANN, draft))["state"] == "done"
    deadline = time.monotonic() + 60
    while node.spendable(member) != GRANT_POINTS:
        assert time.monotonic() < deadline, node.log[-2_000:]
        founders.mine()
        time.sleep(0.1)
    [paid] = node.get(f"/v1/members/{member}/founder").json()["grants"]
    assert (paid["token_id"], paid["units"], paid["sponsor_brand"]) == (token, GRANT_UNITS, 1)
    assert paid["month"] in founders.page(member, "en")
    again = node.post(f"/v1/members/{member}/founder-grants", {"token_id": token})
    assert founders.settled(founders.submit(ANN, again))["reason"] == "AlreadyGranted"
    assert founders.status()["vault_units"] == 0
    assert re.search(r"claimed . 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", founders.command("grants"))
    assert [one["state"] for one in node.get("/v1/founder-grants").json()["grants"]] == ["claimed"]
    body = {"points": 1}
    by_api = [node.post("/v1/founder-vault/fillings", body, idempotency_key="fill-1") for _ in range(2)]
    assert [one.status_code for one in by_api] == [202, 202] and by_api[0].json() == by_api[1].json()
    assert_problem(
        node.post("/v1/founder-vault/fillings", {"points": 2}, idempotency_key="fill-1"), 409, "idempotency_conflict"
    )
    deadline = time.monotonic() + 60
    while founders.status()["vault_units"] == 0:
        assert time.monotonic() < deadline
        founders.mine()
    assert founders.status()["vault_units"] == 10  # of both calls together
    reconciled = node.command("reconcile")
    assert reconciled.returncode == 0, reconciled.stdout + reconciled.stderr


def test_a_membership_is_offered_bought_and_given_away_without_gas(founders: Founders) -> None:
    """R-NFT-3, R-NFT-5."""
    node, token = founders.node, founders.issue(ANN)
    give_units(founders, BEN.address)
    draft = node.post("/v1/founder-orders/drafts", {"kind": "Sale", "token_id": token, "price_units": 2_000}).json()
    assert draft["message"]["minProceeds"] == 1_900
    body = {"message": draft["message"], "signature": signed(ANN, draft["typed_data"])}
    offer = node.post("/v1/founder-offers", body)
    assert offer.status_code == 201, offer.text
    digest = offer.json()["digest"]
    assert [one["digest"] for one in node.get("/v1/founder-offers").json()["offers"]] == [digest]
    payment = node.post(f"/v1/founder-offers/{digest}/payment", {"buyer": BEN.address}).json()["typed_data"]
    paid = {
        "buyer": BEN.address,
        "valid_before": payment["message"]["validBefore"],
        "signature": signed(BEN, payment),
    }
    by_another = {**paid, "signature": signed(ANN, payment)}
    assert_problem(node.post(f"/v1/founder-offers/{digest}/purchase", by_another), 422, "invalid_founder_signature")
    assert founders.settled(node.post(f"/v1/founder-offers/{digest}/purchase", paid))["state"] == "done"
    founders.until(f"/v1/founders/{token}", "holder", BEN.address, BEN.address.lower())
    assert node.get("/v1/founder-offers").json()["offers"] == []
    assert_problem(node.post(f"/v1/founder-offers/{digest}/purchase", paid), 409, "founder_offer_gone")
    back = node.post("/v1/founder-orders/drafts", {"kind": "Transfer", "token_id": token, "to": ANN.address})
    assert founders.settled(founders.submit(BEN, back))["state"] == "done"
    founders.until(f"/v1/founders/{token}", "holder", ANN.address, ANN.address.lower())
    for account in (ANN.address, BEN.address):
        assert int(founders.alliance.rpc.call("eth_getTransactionCount", account, "latest"), 16) == 0


def test_the_issuer_sells_a_new_membership_for_a_payment_that_the_buyer_signed(
    founders: Founders, tmp_path: Path
) -> None:
    """R-NFT-1, R-NFT-5: the price goes to the treasury; the payment can pay for nothing else, and only once."""
    node, alliance = founders.node, founders.alliance
    give_units(founders, BEN.address)
    treasury = key(7_004).address
    before = units_of(founders, BEN.address), units_of(founders, "0x" + treasury.hex())
    wanted = {"price_units": 3_000, "buyer": BEN.address}
    draft = node.post("/v1/founder-first-sales/drafts", wanted)
    assert draft.status_code == 201, draft.text
    offer = {**draft.json()["payment"], "signature": signed(BEN, draft.json()["typed_data"])}
    by_another = {**offer, "signature": signed(ANN, draft.json()["typed_data"])}
    assert_problem(node.post("/v1/founder-first-sales", by_another), 422, "invalid_founder_signature")
    assert_problem(node.post("/v1/founder-first-sales", {**offer, "price_units": 1}), 422, "invalid_founder_signature")
    purchase = node.post("/v1/founder-first-sales", offer)
    assert purchase.status_code == 201, purchase.text
    file = tmp_path / "purchase.json"
    file.write_text(purchase.text)
    cheaper = founders.console("sell-new", "--price", "2999", str(file))
    assert (cheaper.returncode, "pays 3000 units" in cheaper.stderr) == (2, True)
    sold = founders.console("sell-new", "--price", "3000", str(file))
    assert sold.returncode == 0, sold.stderr
    founders.until(f"/v1/founders/{int(sold.stdout)}", "holder", BEN.address, BEN.address.lower())
    assert (units_of(founders, BEN.address), units_of(founders, "0x" + treasury.hex())) == (
        before[0] - 3_000,
        before[1] + 3_000,
    )
    again = founders.console("sell-new", "--price", "3000", str(file))
    assert again.returncode != 0 and "Traceback" not in again.stderr
    assert int(alliance.rpc.call("eth_getTransactionCount", BEN.address, "latest"), 16) == 0

    drafted = json.loads(founders.command("draft-payment", "--price", "1000", "--buyer", BEN.address))
    terms = ("--payment", json.dumps(drafted["payment"]), "--signature", signed(BEN, drafted["typed_data"]))
    file.write_text(founders.command("sign-payment", *terms))
    assert founders.console("sell-new", "--price", "1000", str(file)).returncode == 0


def give_units(founders: Founders, account: str) -> None:
    """20,000 units out of brand 2's credit."""
    alliance, desk = founders.alliance, founders.alliance.book.address("ConversionDesk")
    (seq,) = view(alliance.rpc, desk, "ConversionDesk", "nextSeq", 2, block="latest")
    wallet = Item(ItemKind.TO_WALLET, 1, 0, 0, 1_000, bytes(32), bytes.fromhex(account[2:]).rjust(32, b"\0"))
    post(alliance, alliance.brands[1], seq, [wallet])


def units_of(founders: Founders, account: str) -> int:
    point = founders.alliance.book.address("AlliancePoint")
    (units,) = view(founders.alliance.rpc, point, "AlliancePoint", "balanceOf", account, block="latest")
    return int(units)


def test_the_account_that_relays_is_printed_for_the_ledgers_allowlist(founders: Founders) -> None:
    """Besu lets in only the accounts on its list; members' orders come from this one."""
    account = founders.command("relay-account").strip()
    draft = founders.node.post("/v1/founder-orders/drafts", {"kind": "Cancel", "token_id": founders.issue(ANN)})
    done = founders.settled(founders.submit(ANN, draft))
    sent = founders.alliance.rpc.call("eth_getTransactionByHash", done["transaction"])
    assert sent["from"].lower() == account.lower()


def test_what_is_not_the_holders_or_not_known_is_refused(founders: Founders) -> None:
    """Pitfall 24: each refusal says what to do."""
    node, token = founders.node, founders.issue(ANN)
    member = node.enrol(name="Ben")
    assert_problem(founders.link(member, token, BEN), 422, "invalid_founder_signature")
    unknown = {"challenge": NOBODY, "signature": "0x" + "1b" * 65}
    assert_problem(node.post(f"/v1/members/{member}/founder-links", unknown), 409, "founder_challenge_invalid")
    challenges = f"/v1/members/{member}/founder-challenges"
    assert_problem(node.post(challenges, {"token_id": 9_999}), 404, "unknown_founder")
    assert_problem(node.get("/v1/founders/9999"), 404, "unknown_founder")
    assert_problem(node.get(f"/v1/founder-orders/{NOBODY}"), 404, "unknown_founder_order")
    stranger = f"/v1/founder-offers/{NOBODY}/payment"
    assert_problem(node.post(stranger, {"buyer": BEN.address}), 404, "unknown_founder_order")
    drafts = "/v1/founder-orders/drafts"
    assert_problem(node.post(drafts, {"kind": "Sale", "token_id": token}), 422, "invalid_founder_order")
    assert node.post(challenges, {"token_id": 10_001}).status_code == 422
    draft = node.post(drafts, {"kind": "Transfer", "token_id": token, "to": BEN.address})
    assert_problem(founders.submit(BEN, draft), 422, "invalid_founder_signature")
    changed = {"kind": "Transfer", "message": {**draft.json()["message"], "to": "0x12"}, "signature": "0x" + "1b" * 65}
    assert_problem(node.post("/v1/founder-orders", changed), 422, "invalid_founder_order")
    reader = node.create_key("members:read")
    assert node.post(challenges, {"token_id": token}, key=reader).status_code == 403
    writer = node.create_key("convert")
    assert node.get(f"/v1/founders/{token}", key=writer).status_code == 403


def test_a_member_does_the_same_at_the_command_line(founders: Founders, monkeypatch: pytest.MonkeyPatch) -> None:
    node, token = founders.node, founders.issue(ANN)
    monkeypatch.setenv("TEST_ANN", "0a" * 32)
    member = node.enrol(name="Ann")

    def sign(typed_data: object) -> str:
        done = call_alliance("founder", "sign", "--key", "env:TEST_ANN", json.dumps(typed_data))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def submit(kind: str, draft: str) -> str:
        made = json.loads(draft)
        message, signature = json.dumps(made["message"]), sign(made["typed_data"])
        return founders.command("submit", "--kind", kind, "--message", message, "--signature", signature)

    asked = json.loads(founders.command("challenge", member, "--token", str(token)))
    proof = ("--challenge", asked["challenge"], "--signature", sign(asked["typed_data"]))
    assert founders.command("link", member, *proof).strip() == str(token)
    assert json.loads(founders.command("show", member))["holdings"][0]["token_id"] == token
    grant = json.loads(submit("Grant", founders.command("grant", member, "--token", str(token))))
    founders.until(f"/v1/founder-orders/{grant['digest']}", "state", "refused")
    assert json.loads(founders.command("order", grant["digest"]))["reason"] == "VaultEmpty"
    sale = founders.command("draft", "--kind", "Sale", "--token", str(token), "--price", "500")
    offer = submit("Sale", sale).strip()
    assert re.search(rf"{offer}.*20\d\d-\d\d-\d\dT", founders.command("offers"))
    payment = json.loads(founders.command("payment", offer, "--buyer", BEN.address))
    until = str(payment["message"]["validBefore"])
    terms = (offer, "--buyer", BEN.address, "--valid-before", until)
    assert node.alliance("founder", "buy", *terms, "--signature", sign(payment)).returncode == 1
    order = json.loads(founders.command("buy", *terms, "--signature", signed(BEN, payment)))
    assert order["kind"] == "Sale"
    founders.command("unlink", member, "--token", str(token))
    again = node.alliance("founder", "unlink", member, "--token", str(token))
    assert (again.returncode, "founder_link_missing" in again.stderr) == (1, True)
    log = node.command("audit-log").stdout
    assert "founder.link" in log and "founder.unlink" in log


def test_a_node_without_an_alliance_says_so(fresh_node: NodeProcess) -> None:
    refused = fresh_node.alliance("founder", "offers")
    assert (refused.returncode, "alliance_not_connected" in refused.stderr) == (1, True)
