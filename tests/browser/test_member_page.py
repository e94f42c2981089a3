"""The member's page in a real browser: from a one-time link to points, tier and language, without script or API key."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.node_process import NodeProcess


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(locale="en-GB", java_script_enabled=False)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def link_of(shop: NodeProcess, member: str) -> str:
    answer = shop.post(f"/v1/members/{member}/page-links")
    assert answer.status_code == 201
    return str(answer.json()["url"])


def test_a_member_sees_balance_lots_tier_and_what_comes_next(
    shop: NodeProcess, context: BrowserContext, page: Page
) -> None:
    """R-UX-1, R-EXP-5, R-TIER-8."""
    member = shop.enrol(name="Ann")
    shop.post("/v1/purchases", shop.purchase(member, "300.01"))
    shop.post("/v1/purchases", shop.purchase(member, "50.00"))
    spendable = shop.spendable(member)
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(shop.url) else None)

    response = page.goto(link_of(shop, member))

    assert response is not None and response.status == 200
    assert "link=" not in page.url
    expect(page.locator("[data-field=spendable]")).to_have_text(str(spendable))
    rows = page.locator("[data-table=lots] tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(re.compile(r"\d{4}-\d{2}-\d{2}"))
    expect(page.get_by_text(re.compile("more growth value and you are"))).to_be_visible()
    expect(page.get_by_text("You have not converted points yet", exact=False)).to_be_visible()
    expect(page.locator("[data-list=history] li")).to_have_count(3)
    assert foreign == []
    [cookie] = context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    assert shop.key not in cookie["value"]


def test_a_member_follows_tasks_tier_and_what_ends(club: NodeProcess, page: Page) -> None:
    """R-EARN-6, R-EARN-7, R-TIER-8, R-EXP-5: nothing yet; after a purchase; a year later; in both languages."""
    member = club.enrol(name="Eve")
    page.goto(link_of(club, member))
    expect(page.get_by_text("Nothing needs your attention.")).to_be_visible()
    expect(page.locator("[data-list=tasks] li")).to_have_count(2 + 1 + 4)
    expect(page.get_by_text("3 purchases to go until", exact=False)).to_be_visible()
    expect(page.get_by_text("Start a run of days: the first gives 10 points.", exact=False)).to_be_visible()
    club.post("/v1/purchases", club.purchase(member, "1000.00", occurred_at="2026-06-01T10:00:00+08:00"))
    page.reload()
    expect(page.locator("[data-field=spendable]")).to_have_text(str(3000 + 100 + 300))
    expect(page.locator("[data-field=tier]")).to_have_text("Gold")
    expect(page.get_by_text("2 purchases more and it stays yours", exact=False)).to_be_visible()
    expect(page.get_by_text("If nothing more is bought, you become Member", exact=False)).to_be_visible()
    expect(page.locator("[data-list=tasks] li[data-state=done]")).to_have_count(2)
    club.at("2027-05-20T10:00:00+08:00")
    assert club.post("/v1/jobs/notices").status_code == 200
    page.reload()
    expect(page.locator("[data-list=ending] p")).to_have_text("3400 points end on 2027-06-01.")
    expect(page.locator("[data-list=notices] li").first).to_contain_text("3400")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("[data-list=ending] p")).to_have_text("3400 分将于 2027年6月1日 到期。")
    expect(page.locator("[data-list=notices] li").first).to_contain_text("到期")
    expect(page.get_by_text("每周三次消费")).to_be_visible()


def test_the_page_speaks_chinese_when_asked(shop: NodeProcess, page: Page) -> None:
    member = shop.enrol(name="Bo")
    page.goto(link_of(shop, member))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(page.get_by_text("可用积分")).to_be_visible()
    expect(page.get_by_text("您还没有积分", exact=False)).to_be_visible()


def test_a_chinese_browser_gets_chinese_at_once(shop: NodeProcess, browser: Browser) -> None:
    context = browser.new_context(locale="zh-CN")
    opened = context.new_page()
    opened.goto(shop.url + "/")
    expect(opened.get_by_text("您的积分仅本人可见")).to_be_visible()
    context.close()


def test_a_link_opens_once_and_for_one_browser(shop: NodeProcess, browser: Browser, page: Page) -> None:
    link = link_of(shop, shop.enrol(name="Cy"))
    page.goto(link)
    expect(page.locator("[data-page=points]")).to_be_visible()
    page.reload()
    expect(page.locator("[data-page=points]")).to_be_visible()
    other = browser.new_context()
    thief = other.new_page()
    response = thief.goto(link)
    assert response is not None and response.status == 403
    expect(thief.locator("[data-page=closed]")).to_be_visible()
    expect(thief.get_by_role("alert")).to_be_visible()
    thief.goto(shop.url + "/")
    expect(thief.locator("[data-page=closed]")).to_be_visible()
    other.close()


def test_a_forged_link_and_a_forged_cookie_show_nothing(shop: NodeProcess, context: BrowserContext, page: Page) -> None:
    member = shop.enrol(name="Di")
    real = link_of(shop, member)
    response = page.goto(real[:-4] + "AAAA")
    assert response is not None and response.status == 403
    context.add_cookies([{"name": "alliance_member", "value": f"{member}.9999999999.AAAA", "url": shop.url}])
    page.goto(shop.url + "/")
    expect(page.locator("[data-page=closed]")).to_be_visible()


def test_the_page_allows_no_script_no_frame_and_nothing_from_elsewhere(shop: NodeProcess) -> None:
    headers = shop.http.get("/").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
