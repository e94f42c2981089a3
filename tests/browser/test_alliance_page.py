"""The member's page of a node in an alliance, in a real browser: a receiving code to show, points under way told in
both languages, and files that verify without the brand (R-ALL-3, R-ALL-4, R-AUD-1, R-UX-2)."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bridge.deploy.address_book import AddressBook
from bridge.protocol import codes
from bridge.protocol.receipt_files import read_receipt
from bridge.protocol.statement_files import read_inclusion
from bridge.statements.check import check_inclusion
from bridge.statements.receipts import check_receipt
from tests.acceptance.node_process import NodeProcess
from tests.acceptance.test_conversions import DAY, Pair, pair, sender

__all__ = ["pair", "sender"]
pytestmark = pytest.mark.chain


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", java_script_enabled=False, accept_downloads=True)
    yield context.new_page()
    context.close()


def enter(page: Page, node: NodeProcess, member: str) -> None:
    answer = node.post(f"/v1/members/{member}/page-links")
    assert answer.status_code == 201
    page.goto(str(answer.json()["url"]))


def download(page: Page, selector: str, path: Path) -> bytes:
    with page.expect_download() as started:
        page.locator(selector).first.click()
    started.value.save_as(path)
    return path.read_bytes()


def block_hash(pair: Pair, header: dict[str, str]) -> bytes:
    """The chain's own answer, not the file's."""
    shown = pair.chain._rpc.call("eth_getBlockByNumber", header["number"], False)
    return bytes.fromhex(shown["hash"][2:])


def test_a_receiving_code_is_shown_as_text_and_picture(pair: Pair, page: Page) -> None:
    member = pair.member(pair.hotel)
    enter(page, pair.hotel, member)
    page.get_by_role("button", name="Show a receiving code").click()
    expect(page.locator("[data-field=picture] svg path")).to_have_count(1)
    box = page.locator("[data-field=picture] svg").bounding_box()
    assert box is not None and box["width"] > 100
    code = codes.parse(page.locator("[data-field=code]").inner_text().strip())
    assert code.brand_id == pair.brands[1].brand_id
    expect(page.get_by_text("It can be used until")).to_be_visible()
    answer = pair.hotel.post(f"/v1/members/{member}/receiving-codes").json()
    assert answer["qr_svg"].startswith("<svg")


def test_a_receiving_code_can_name_an_award_in_both_languages(pair: Pair, page: Page) -> None:
    """R-ALL-3: the member chooses what the points are for; options that need an order or cash are not offered."""
    member = pair.member(pair.hotel)
    enter(page, pair.hotel, member)
    choice = page.get_by_label("Use the points for")
    assert "checkout" not in choice.inner_html()
    choice.select_option(label="5 USD coupon (450 points)")
    page.get_by_role("button", name="Show a receiving code").click()
    expect(page.locator("[data-field=award]")).to_contain_text("redeemed for: 5 USD coupon")
    page.goto(f"{pair.hotel.url}/?lang=zh")
    page.get_by_text("积分在品牌之间转移时，谁会知道什么？").click()
    expect(page.locator("[data-field=who-learns-what] li")).to_have_count(3)
    page.get_by_label("积分用于").select_option("five-off")
    page.get_by_role("button", name="出示收款码").click()
    expect(page.locator("[data-field=award]")).to_contain_text("积分到账后立即兑换：5 美元优惠券")


def test_points_under_way_are_explained_and_receipts_verify_offline(
    pair: Pair, sender: str, page: Page, tmp_path: Path
) -> None:
    code = pair.code(pair.member(pair.hotel))
    pair.hotel.stop()
    wanted = [{"member_id": sender, "receiving_code": code, "points": 100}]
    [made] = pair.shop.post("/v1/conversions/bulk", {"conversions": wanted}).json()["results"]
    enter(page, pair.shop, sender)
    told = page.locator("[data-list=conversions] [data-field=under-way]").first
    expect(told).to_have_text(
        re.compile("held in your account.*This brand must act.*If the ledger has not taken them by")
    )

    view = pair.wait(pair.shop, made["conversion_id"], "waiting")
    assert "only HOTEL can empty" in view["under_way"]["where"]  # type: ignore[index]
    assert view["under_way"]["who"].startswith("HOTEL must act")  # type: ignore[index]
    page.reload()
    expect(told).to_have_text(
        re.compile(r"only HOTEL can empty.*HOTEL must act.*If it has not by \d{4}-\d{2}-\d{2} \d{2}:\d{2}")
    )
    page.goto(f"{pair.shop.url}/?lang=zh")
    expect(told).to_have_text(re.compile("只有 HOTEL 能从该地址取走.*由 HOTEL 处理.*本品牌会为您取回"))

    file = read_receipt(download(page, "[data-receipt]", tmp_path / "receipt.json"))
    step = check_receipt(file, AddressBook.load(pair.chain.address_book), trusted_hash=block_hash(pair, file.header))
    assert step.brand_id == pair.brands[0].brand_id
    assert codes.parse(code).commitment == step.item.payload, "the receipt is that of the member's own code"
    pair.hotel.start()
    pair.wait(pair.shop, made["conversion_id"], "completed")
    ended = pair.shop.get(f"/v1/conversions/{made['conversion_id']}").json()
    assert ended["under_way"] is None


def test_another_members_receipt_is_not_shown(pair: Pair, sender: str, page: Page) -> None:
    code = pair.code(pair.member(pair.hotel))
    wanted = [{"member_id": sender, "receiving_code": code, "points": 100}]
    [made] = pair.shop.post("/v1/conversions/bulk", {"conversions": wanted}).json()["results"]
    pair.wait(pair.shop, made["conversion_id"], "completed")
    address = f"{pair.shop.url}/receipts/{made['conversion_id']}/issued"
    response = page.goto(address)
    assert response is not None and response.status == 403
    enter(page, pair.shop, pair.member(pair.shop))
    response = page.goto(address)
    assert response is not None and response.status == 404


def test_a_statement_counts_the_member_and_the_file_verifies(
    pair: Pair, sender: str, page: Page, tmp_path: Path
) -> None:
    pair.mine(32 * DAY)
    made = pair.shop.post("/v1/jobs/statements").json()["made"]
    assert made["total_points"] >= pair.shop.spendable(sender)
    deadline = time.monotonic() + 60
    while pair.shop.post("/v1/jobs/publication").json()["waiting"]:
        assert time.monotonic() < deadline, pair.shop.log[-2000:]
        pair.mine(2)
    listed = pair.shop.http.get("/v1/statements").json()["statements"]
    assert [one["month"] for one in listed][-1] == made["month"]
    assert listed[-1]["published_block"] is not None

    enter(page, pair.shop, sender)
    expect(page.locator("[data-list=statements] li").first).to_contain_text("on the alliance ledger (block")
    data = download(page, "[data-list=statements] a", tmp_path / "inclusion.json")
    file = read_inclusion(data)
    assert file.witness is not None
    book = AddressBook.load(pair.chain.address_book)
    done = check_inclusion(file, book, trusted_hash=block_hash(pair, file.witness["header"]))
    assert done.points == pair.shop.spendable(sender)
    again = pair.shop.get(f"/v1/members/{sender}/statements/{made['month']}/inclusion")
    assert read_inclusion(again.content).points == file.points
    nobody = pair.shop.get(f"/v1/members/{pair.member(pair.shop)}/statements/{made['month']}/inclusion")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "not_in_statement")
