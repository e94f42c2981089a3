"""Members' own wallets as members and brands meet them: API and command line of real nodes on a real chain; every
signature is made by a wallet library that is not ours (R-ALL-3, R-PRV-1; INV-20; pitfalls 24, 27)."""

import itertools
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from alliance_node.domain.instants import parse_instant
from bridge.deploy.address_book import AddressBook
from bridge.protocol.receipt_files import read_receipt
from bridge.statements.receipts import check_receipt
from tests.acceptance.test_bad_input import assert_problem
from tests.acceptance.test_conversions import Pair, pair, sender
from tests.acceptance.test_privacy import dump
from tests.acceptance.viem import ViemWallet

__all__ = ["pair", "sender"]
pytestmark = pytest.mark.chain
_NUMBERS = itertools.count(1)


@pytest.fixture
def wallet() -> Iterator[ViemWallet]:
    """An account that nobody used before."""
    made = ViemWallet(next(_NUMBERS))
    yield made
    made.close()


def link(pair: Pair, member: str, wallet: ViemWallet) -> str:
    """The message that was signed."""
    asked = pair.shop.post(f"/v1/members/{member}/wallet/challenges", {"address": wallet.address})
    assert asked.status_code == 201, asked.text
    message: str = asked.json()["message"]
    body = {"message": message, "signature": wallet.personal_sign(message)}
    linked = pair.shop.post(f"/v1/members/{member}/wallet", body)
    assert linked.status_code == 201, linked.text
    return message


def put_in(pair: Pair, member: str, points: int) -> str:
    quote = pair.shop.post(f"/v1/members/{member}/wallet/quotes", {"points": points})
    assert quote.status_code == 201, quote.text
    made = pair.shop.post(f"/v1/members/{member}/conversions", {"quote_id": quote.json()["quote_id"]})
    assert made.status_code == 201, made.text
    conversion: str = made.json()["conversion_id"]
    pair.wait(pair.shop, conversion, "completed")
    return conversion


def signed(pair: Pair, member: str, wallet: ViemWallet, **wish: Any) -> dict[str, Any]:
    draft = pair.shop.post(f"/v1/members/{member}/wallet/intents/drafts", wish)
    assert draft.status_code == 201, draft.text
    made = draft.json()
    return {"kind": made["kind"], "message": made["message"], "signature": wallet.sign_typed_data(made["typed_data"])}


def send(pair: Pair, member: str, wallet: ViemWallet, **wish: Any) -> str:
    answer = pair.shop.post(f"/v1/members/{member}/wallet/intents", signed(pair, member, wallet, **wish))
    assert answer.status_code == 202, answer.text
    conversion: str = answer.json()["conversion_id"]
    return conversion


def held(pair: Pair, member: str) -> int:
    units: int = pair.shop.get(f"/v1/members/{member}/wallet").json()["alliance_units"]
    return units


def test_points_go_through_a_wallet_of_viem_and_each_step_verifies(
    pair: Pair, sender: str, wallet: ViemWallet, tmp_path: Path
) -> None:
    """In, to another account, out again; receipts, reconciliation, rebuild and audit agree."""
    shop = pair.shop
    message = link(pair, sender, wallet)
    read = wallet.request("siwe", message, shop.url.removeprefix("http://"), pair.now)
    assert (read["valid"], read["chainId"], read["uri"], read["version"]) == (True, 31_337, shop.url, "1")
    before = shop.spendable(sender)
    inward = put_in(pair, sender, 200)
    assert (shop.spendable(sender), held(pair, sender)) == (before - 200, 2_000)
    friend = "0x" + "0f" * 20
    moved = send(pair, sender, wallet, kind="transfer", units=300, to=friend)
    outward = send(pair, sender, wallet, kind="convert_out", units=1_000)
    told = shop.get(f"/v1/conversions/{outward}").json()
    assert (told["direction"], told["status"], told["counterparty_brand"]) == ("in", "claiming", 0)
    assert "in your own wallet" in told["under_way"]["where"]
    chinese = shop.get(f"/v1/conversions/{outward}", **{"accept-language": "zh"}).json()["under_way"]
    assert "您自己的钱包" in chinese["where"]
    for conversion in (moved, outward):
        pair.wait(shop, conversion, "completed")
    assert (shop.spendable(sender), held(pair, sender)) == (before - 100, 700)
    listed = shop.get(f"/v1/members/{sender}/conversions").json()["conversions"]
    by_id = {one["conversion_id"]: one for one in listed}
    assert [by_id[one]["receipts"][0]["step"] for one in (inward, moved, outward)] == ["minted", "transferred", "burnt"]
    assert (by_id[moved]["claim_address"], by_id[moved]["alliance_units"]) == (friend, 300)
    for conversion, step in ((inward, "minted"), (moved, "transferred"), (outward, "burnt")):
        verifies(pair, conversion, step, tmp_path)
    for command in (["reconcile"], ["rebuild", "--check"]):
        done = shop.command(*command)
        assert done.returncode == 0, done.stdout + done.stderr


def verifies(pair: Pair, conversion: str, step: str, directory: Path) -> None:
    file = read_receipt(pair.shop.get(f"/v1/conversions/{conversion}/receipts/{step}").content)
    book = AddressBook.load(pair.chain.address_book)
    proven = check_receipt(file, book, trusted_hash=bytes.fromhex(file.header["hash"][2:]))
    assert proven.brand_id == pair.brands[0].brand_id


def test_every_call_has_its_entry_and_no_table_log_or_answer_keeps_whose_wallet_it_is(
    pair: Pair, sender: str, wallet: ViemWallet
) -> None:
    """R-PRV-1: in the vault, sealed; the bridge's outbox alone has what stands on the public ledger anyway."""
    link(pair, sender, wallet)
    answer = pair.shop.get(f"/v1/members/{sender}/wallet").json()
    assert (answer["address"], answer["masked"]) == (wallet.address, False)
    staff = pair.shop.get(f"/v1/members/{sender}/wallet", key=pair.shop.create_key("convert")).json()
    shown = f"{wallet.address[:6]}•••{wallet.address[-4:]}"
    assert (staff["address"], staff["masked"]) == (shown, True)
    assert shown in pair.shop.alliance("wallet", "status", sender, "--json").stdout
    address = wallet.address[2:].lower()
    assert address not in dump(pair.shop).lower()
    assert address not in pair.shop.log.lower()
    masked = pair.shop.get(f"/v1/members/{sender}/personal?reason=ticket+4711").json()["personal"]["wallet"]
    assert masked == f"{wallet.address[:6].lower()}•••{wallet.address[-4:].lower()}"
    for _ in range(2):  # the first answer may have been lost
        assert pair.shop.http.delete(f"/v1/members/{sender}/wallet", headers=authorized(pair)).status_code == 204
    assert pair.shop.get(f"/v1/members/{sender}/wallet").status_code == 404
    with sqlite3.connect(pair.shop.directory / "node.sqlite") as raw:
        rows = raw.execute("SELECT action, subject, status FROM audit_log").fetchall()
    entries = {(action, status) for action, subject, status in rows if subject == sender}
    assert {
        ("POST /v1/members/{member_id}/wallet/challenges", 201),
        ("POST /v1/members/{member_id}/wallet", 201),
        ("DELETE /v1/members/{member_id}/wallet", 204),
    } <= entries


def authorized(pair: Pair) -> dict[str, str]:
    return {"authorization": f"Bearer {pair.shop.key}"}


def test_refusals_are_typed_problems_in_both_languages(pair: Pair, sender: str, wallet: ViemWallet) -> None:
    shop, path = pair.shop, f"/v1/members/{sender}/wallet"
    assert_problem(shop.get(path), 404, "wallet_missing")
    assert_problem(shop.post(f"{path}/quotes", {"points": 100}), 404, "wallet_missing")
    assert_problem(shop.post(f"{path}/challenges", {"address": "0x12"}), 422, "invalid_fields")
    message = shop.post(f"{path}/challenges", {"address": wallet.address}).json()["message"]
    evil = message.replace(shop.url.removeprefix("http://"), "points.evil", 1)
    answer = shop.post(path, {"message": evil, "signature": wallet.personal_sign(evil)})
    assert_problem(answer, 422, "wallet_wrong_domain")
    wrong = {"message": message, "signature": wallet.personal_sign(evil)}
    assert_problem(shop.post(path, wrong), 422, "wallet_wrong_signer")
    right = {"message": message, "signature": wallet.personal_sign(message)}
    assert shop.post(path, right, idempotency_key="link-once").status_code == 201
    assert shop.post(path, right, idempotency_key="link-once").status_code == 200
    assert shop.post(path, right).status_code == 201  # the link stands: its answer may have been lost
    assert shop.http.delete(path, headers=authorized(pair)).status_code == 204
    used = shop.post(path, right, **{"accept-language": "zh"})
    assert "已使用过" in assert_problem(used, 409, "wallet_nonce_used")["detail"]
    other = pair.member(shop)
    link(pair, sender, wallet)
    theirs = shop.post(f"/v1/members/{other}/wallet/challenges", {"address": wallet.address}).json()["message"]
    answer = shop.post(f"/v1/members/{other}/wallet", {"message": theirs, "signature": wallet.personal_sign(theirs)})
    assert_problem(answer, 409, "wallet_in_use")
    put_in(pair, sender, 100)
    draft = shop.post(f"{path}/intents/drafts", {"kind": "convert_out", "units": 1_001})
    assert_problem(draft, 422, "wallet_balance_too_low")  # before anything is signed
    intent = signed(pair, sender, wallet, kind="convert_out", units=1_000)
    pair.wait(shop, send(pair, sender, wallet, kind="transfer", units=1, to="0x" + "0f" * 20), "completed")
    assert_problem(shop.post(f"{path}/intents", intent), 409, "wallet_intent_nonce_used")
    assert_problem(shop.post(f"{path}/intents", {**intent, "kind": "sale"}), 422, "invalid_fields")
    changed = {**intent, "message": {**intent["message"], "units": 1}}
    assert_problem(shop.post(f"{path}/intents", changed), 422, "wallet_wrong_signer")
    reader = shop.create_key("members:read")
    assert shop.get(path, key=reader).status_code == 403


def test_the_page_of_somebody_who_was_forgotten_shows_no_wallet(pair: Pair, wallet: ViemWallet) -> None:
    """R-PRV-1: the tie to the account goes with the person, and an open page learns nothing more."""
    member = pair.member(pair.shop)
    link(pair, member, wallet)
    with httpx.Client(follow_redirects=True, trust_env=False) as browser:
        browser.get(pair.shop.post(f"/v1/members/{member}/page-links").json()["url"])
        assert wallet.address in browser.get(f"{pair.shop.url}/wallet").text
        erased = pair.shop.http.delete(f"/v1/members/{member}/personal", headers=authorized(pair))
        assert erased.is_success
        answer = browser.get(f"{pair.shop.url}/wallet")
        assert (answer.status_code, wallet.address in answer.text) == (403, False)
        answer = browser.post(f"{pair.shop.url}/wallet/draft", data={"kind": "convert_out", "amount": "1"})
        assert answer.status_code == 403
    other = pair.member(pair.shop)
    link(pair, other, wallet)


def test_what_a_member_does_on_the_page_is_logged_and_bounded(pair: Pair) -> None:
    """No page session can fill the tables; another member's page goes on."""
    first, second = pair.member(pair.shop), pair.member(pair.shop)
    with httpx.Client(follow_redirects=True, trust_env=False) as browser:
        browser.get(pair.shop.post(f"/v1/members/{first}/page-links").json()["url"])
        answers = [browser.post(f"{pair.shop.url}/receive") for _ in range(60)]
        assert {answer.status_code for answer in answers} == {200, 429}
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert_problem(refused, 429, "rate_limited")
        assert browser.post(f"{pair.shop.url}/wallet/unlink").status_code == 429
    with httpx.Client(follow_redirects=True, trust_env=False) as browser:
        browser.get(pair.shop.post(f"/v1/members/{second}/page-links").json()["url"])
        assert browser.post(f"{pair.shop.url}/receive").status_code == 200
    with sqlite3.connect(pair.shop.directory / "node.sqlite") as raw:
        rows = raw.execute("SELECT actor, action, subject, status FROM audit_log").fetchall()
    assert ("member", "POST /receive", first, 200) in rows and ("member", "POST /receive", first, 429) in rows


def test_a_repeated_intent_is_one_whatever_the_key(pair: Pair, sender: str, wallet: ViemWallet) -> None:
    """Pitfall 35."""
    link(pair, sender, wallet)
    put_in(pair, sender, 100)
    intent = signed(pair, sender, wallet, kind="convert_out", units=500)
    path = f"/v1/members/{sender}/wallet/intents"
    answers: list[httpx.Response] = [
        pair.shop.post(path, intent, idempotency_key="once"),
        pair.shop.post(path, intent, idempotency_key="once"),
        pair.shop.post(path, intent),
    ]
    assert [answer.status_code for answer in answers] == [202, 200, 202]
    [conversion] = {answer.json()["conversion_id"] for answer in answers}
    pair.wait(pair.shop, conversion, "completed")
    assert held(pair, sender) == 500


def test_the_same_by_commands(pair: Pair, sender: str, tmp_path: Path) -> None:
    """`alliance wallet …`, with any wallet that signs texts and typed data."""
    shop, ann = pair.shop, Account.create()

    def run(command: str, *arguments: str, group: str = "wallet") -> str:
        done = shop.alliance(group, command, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    message, draft = tmp_path / "message.txt", tmp_path / "draft.json"
    message.write_text(run("sign-in", sender, "--address", ann.address))
    signature = "0x" + bytes(ann.sign_message(encode_defunct(text=message.read_text())).signature).hex()
    assert ann.address in run("link", sender, "--message", str(message), "--signature", signature)
    assert "wallet" in run("quote", sender, "--points", "100")
    put_in(pair, sender, 100)
    shown = json.loads(run("status", sender, "--json"))
    assert (shown["alliance_units"], parse_instant(shown["linked_at"]) > 0) == (1_000, True)
    draft.write_text(run("draft", sender, "--units", "400"))
    typed = json.loads(draft.read_text())["typed_data"]
    signature = "0x" + bytes(ann.sign_typed_data(full_message=typed).signature).hex()
    conversion = run("submit", sender, "--draft", str(draft), "--signature", signature).strip()
    pair.wait(shop, conversion, "completed")
    assert "burnt" in run("status", conversion, group="convert")
    run("unlink", sender)
    refused = shop.alliance("wallet", "status", sender)
    assert refused.returncode != 0
    assert "Link a wallet first" in refused.stderr
    broken = shop.alliance("wallet", "submit", sender, "--draft", str(message), "--signature", signature)
    assert "this is no draft" in broken.stderr
