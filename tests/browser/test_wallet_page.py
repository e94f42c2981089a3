"""A member's own wallet on the page, in a real browser: with a wallet in the browser (EIP-1193, answered by viem in a
process of its own) and without one, by pasting signatures; in both languages (R-ALL-3, R-ALL-4, R-UX-2)."""

import re
import sqlite3
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.node_process import NodeProcess
from tests.acceptance.test_conversions import Pair, pair, sender
from tests.acceptance.viem import ViemWallet
from tests.browser.test_alliance_page import enter

__all__ = ["pair", "sender"]
pytestmark = pytest.mark.chain
FRIEND = "0x" + "0e" * 20


@pytest.fixture
def wallet() -> Iterator[ViemWallet]:
    made = ViemWallet(0x5A1E)
    yield made
    made.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(locale="en-GB")
    yield made
    made.close()


def with_wallet(context: BrowserContext, wallet: ViemWallet) -> Page:
    """A page whose browser has a wallet: what a wallet extension injects."""
    context.expose_function("askWallet", lambda method, params: wallet.request(method, *params))
    context.add_init_script(
        "window.ethereum = { request: ({ method, params }) => window.askWallet(method, params ?? []) };"
    )
    return context.new_page()


def conversion_done(pair: Pair, member: str) -> None:
    [newest] = pair.shop.get(f"/v1/members/{member}/conversions").json()["conversions"][:1]
    pair.wait(pair.shop, newest["conversion_id"], "completed")


def unlink(node: NodeProcess, member: str) -> None:
    answer = node.http.delete(f"/v1/members/{member}/wallet", headers={"authorization": f"Bearer {node.key}"})
    assert answer.status_code == 204


def test_a_browsers_wallet_links_signs_and_the_history_tells_each_leg(
    pair: Pair, sender: str, wallet: ViemWallet, context: BrowserContext
) -> None:
    page = with_wallet(context, wallet)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    enter(page, pair.shop, sender)
    page.locator("[data-link=wallet]").click()
    expect(page.get_by_text("You have linked no wallet.")).to_be_visible()
    page.get_by_role("button", name="Use this browser's wallet").click()
    expect(page.locator("[data-field=payload]")).to_have_value(re.compile("wants you to sign in with your Ethereum"))
    page.get_by_role("button", name="Sign with this browser's wallet").click()
    expect(page.locator("[data-field=account]")).to_have_text(wallet.address)
    expect(page.locator("[data-field=holds]")).to_have_text("It holds 0.00 alliance points.")

    page.locator("[data-form=quote] input[name=points]").fill("200")
    page.get_by_role("button", name="What are they worth?").click()
    expect(page.locator("[data-field=offer]")).to_contain_text("200 points become 20.00 alliance points in your wallet")
    page.get_by_role("button", name="Take them there").click()
    told = page.locator("[data-list=conversions] li").first
    expect(told).to_contain_text(re.compile("200 to your own wallet"))
    expect(told.locator("[data-field=under-way]")).to_contain_text("into your own wallet")
    conversion_done(pair, sender)

    page.goto(f"{pair.shop.url}/wallet?lang=en")
    expect(page.locator("[data-field=holds]")).to_have_text("It holds 20.00 alliance points.")
    page.locator("[data-form=convert_out] input[name=amount]").fill("5.5")
    page.locator("[data-form=convert_out] button").click()
    expect(page.locator("[data-field=how]")).to_contain_text("5.50 alliance points leave it and you get at least 55")
    page.get_by_role("button", name="Sign with this browser's wallet").click()
    expect(told).to_contain_text("5.50 alliance points from your own wallet")
    expect(told.locator("[data-field=under-way]")).to_contain_text("your signature ends and they stay in your wallet")
    conversion_done(pair, sender)
    page.reload()
    expect(told).to_contain_text("55 from your own wallet")
    expect(told.locator("[data-receipt]")).to_have_text(re.compile(r"taken from your wallet and credited: block \d+"))

    page.goto(f"{pair.shop.url}/wallet?lang=zh")
    page.locator("[data-form=transfer] input[name=to]").fill(FRIEND)
    page.locator("[data-form=transfer] input[name=amount]").fill("1")
    page.locator("[data-form=transfer] button").click()
    expect(page.locator("[data-field=how]")).to_contain_text("1.00 联盟积分将转至")
    page.get_by_role("button", name="用本浏览器的钱包签名").click()
    expect(told).to_contain_text(f"1.00 联盟积分 从您自己的钱包转至 {FRIEND}")
    conversion_done(pair, sender)
    page.reload()
    expect(told.locator("[data-receipt]")).to_have_text(re.compile(r"已转出: 区块 \d+"))
    assert problems == []
    with sqlite3.connect(pair.shop.directory / "node.sqlite") as raw:
        rows = raw.execute("SELECT action FROM audit_log WHERE actor = 'member' AND subject = ?", (sender,)).fetchall()
    assert {"POST /wallet/link", "POST /wallet/convert", "POST /wallet/intent"} <= {row[0] for row in rows}
    unlink(pair.shop, sender)


def test_without_a_wallet_in_the_browser_signatures_are_pasted(
    pair: Pair, sender: str, wallet: ViemWallet, browser: Browser
) -> None:
    """No script at all: what is to be signed is shown, signed elsewhere and pasted; what is wrong is said there."""
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    enter(page, pair.shop, sender)
    page.goto(f"{pair.shop.url}/wallet?lang=en")
    expect(page.get_by_role("button", name="Use this browser's wallet")).to_be_hidden()
    page.locator("input[name=address]").fill("0x1234")
    page.get_by_role("button", name="Link it").click()
    expect(page.locator("[data-field=problem]")).to_contain_text("Copy the whole address again")
    page.locator("input[name=address]").fill(wallet.address)
    page.get_by_role("button", name="Link it").click()
    page.locator("input[name=signature]").fill("0x" + "11" * 65)
    page.get_by_role("button", name="Hand it in").click()
    expect(page.locator("[data-field=problem]")).to_contain_text("Choose the account in your wallet")
    page.locator("input[name=address]").fill(wallet.address)
    page.get_by_role("button", name="Link it").click()
    message = page.locator("[data-field=payload]").input_value()
    page.locator("input[name=signature]").fill(wallet.personal_sign(message))
    page.get_by_role("button", name="Hand it in").click()
    expect(page.locator("[data-field=account]")).to_have_text(wallet.address)
    page.locator("[data-form=convert_out] input[name=amount]").fill("1.234")
    page.locator("[data-form=convert_out] button").click()
    expect(page.locator("[data-field=problem]")).to_contain_text("up to two decimals")
    page.get_by_role("button", name="Unlink it").click()
    expect(page.get_by_text("You have linked no wallet.")).to_be_visible()
    context.close()


def test_a_stranger_sees_no_wallet_page(pair: Pair, browser: Browser) -> None:
    page = browser.new_context().new_page()
    for path in ("/wallet", "/wallet/sign-in"):
        response = (
            page.request.post(pair.shop.url + path, form={"address": FRIEND})
            if "sign" in path
            else page.goto(pair.shop.url + path)
        )
        assert response is not None and response.status == 403
    page.close()
