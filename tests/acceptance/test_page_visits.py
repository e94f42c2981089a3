"""A member's page session: what it may do, for whom, how often and until when."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.acceptance.node_process import NodeProcess

FORM = {"content-type": "application/x-www-form-urlencoded"}
ACTS = [
    ("/receive", ""),
    ("/wallet/sign-in", "address=0x"),
    ("/wallet/link", "message=m&signature=s"),
    ("/wallet/unlink", ""),
    ("/wallet/quote", "points=1"),
    ("/wallet/convert", "quote_id=q"),
    ("/wallet/draft", "kind=transfer&amount=1"),
    ("/wallet/intent", "kind=transfer&message=%7B%7D&signature=s"),
]


@contextmanager
def visit(node: NodeProcess, member: str, key: str | None = None) -> Iterator[httpx.Client]:
    """A browser with the member's page open."""
    made = node.post(f"/v1/members/{member}/page-links", key=key)
    assert made.status_code == 201, made.text
    with httpx.Client(base_url=node.url, trust_env=False, timeout=30, headers={"accept-language": "en"}) as browser:
        assert browser.get("/" + made.json()["url"].rpartition("/")[2]).status_code == 303
        yield browser


@pytest.mark.parametrize(("path", "form"), ACTS)
def test_a_link_of_a_key_that_may_not_convert_only_shows(node: NodeProcess, path: str, form: str) -> None:
    """A till's key can show members their points, and cannot take them to a wallet by the way of the page."""
    till, member = node.create_key("members:write"), node.enrol()
    with visit(node, member, till) as browser:
        assert 'data-page="points"' in browser.get("/").text
        refused = browser.post(path, content=form, headers=FORM)
        assert (refused.status_code, browser.get("/wallet").status_code) == (403, 403)
        assert "only shows" in refused.text
        assert "仅供查看" in browser.post(path, content=form, headers={**FORM, "accept-language": "zh"}).text
    with visit(node, member) as browser:
        assert browser.post(path, content=form, headers=FORM).status_code != 403


@pytest.mark.parametrize(("path", "form"), ACTS)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_acts_for_nobody(node: NodeProcess, path: str, form: str, site: str) -> None:
    """Cookies keep strangers' sites out, not a neighbouring host; the browser says who asks."""
    with visit(node, node.enrol()) as browser:
        refused = browser.post(path, content=form, headers={**FORM, "sec-fetch-site": site})
        own = browser.post(path, content=form, headers={**FORM, "sec-fetch-site": "same-origin"})
    assert refused.status_code == 403
    assert "Another site" in refused.text
    assert own.status_code != 403


@pytest.mark.parametrize(("path", "form"), ACTS)
def test_without_a_session_nothing_is_done(node: NodeProcess, path: str, form: str) -> None:
    for cookie in ("", "x", f"{uuid.uuid4()}.99999999999.{'A' * 43}"):
        answer = node.http.post(path, content=form, headers={**FORM, "cookie": f"alliance_member={cookie}"})
        assert answer.status_code == 403
        assert 'data-page="closed"' in answer.text


def test_an_intent_that_is_no_draft_is_refused_in_words(node: NodeProcess) -> None:
    with visit(node, node.enrol()) as browser:
        for message in ("[" * 3_900, "5", "9" * 3_900, "{"):
            form = {"kind": "transfer", "message": message, "signature": "0x"}
            answer = browser.post("/wallet/intent", data=form)
            assert answer.status_code != 500, message[:5]


def test_a_visit_ends_with_the_membership(node: NodeProcess) -> None:
    member = node.enrol(name="Ida")
    unopened = node.post(f"/v1/members/{member}/page-links").json()["url"].rpartition("/")[2]
    with visit(node, member) as browser:
        assert 'data-page="points"' in browser.get("/").text
        assert node.http.delete(
            f"/v1/members/{member}/personal", headers={"authorization": f"Bearer {node.key}"}
        ).status_code == 204  # fmt: skip
        assert 'data-page="closed"' in browser.get("/").text
        assert browser.get("/wallet").status_code == 403
        assert browser.get("/statements/2026-01").status_code == 403
        assert browser.post("/receive", headers=FORM).status_code == 403
    assert node.post(f"/v1/members/{member}/page-links").status_code == 409
    with httpx.Client(base_url=node.url, trust_env=False) as late:
        late.get("/" + unopened)
        assert 'data-page="closed"' in late.get("/").text


def test_a_page_can_be_looked_at_often_and_not_endlessly(node: NodeProcess) -> None:
    """Each look costs reading or a question to the ledger; other members' pages and tills go on."""
    member, other = node.enrol(), node.enrol()
    with visit(node, member) as browser, visit(node, other) as neighbour:
        answers = [browser.get("/receipts/x/minted").status_code for _ in range(90)]
        assert answers[:50] == [404] * 50
        assert 429 in answers
        assert neighbour.get("/").status_code == 200


@pytest.fixture
def behind_a_proxy(tmp_path: Path) -> Iterator[NodeProcess]:
    """A node whose members come through TLS at another address."""
    process = NodeProcess(tmp_path / "shop", "sqlite:///node.sqlite")
    yield process.init(public_url="https://points.example/").start()
    process.close()


def test_behind_a_proxy_links_are_https_and_the_cookie_is_sent_over_nothing_else(behind_a_proxy: NodeProcess) -> None:
    node, member = behind_a_proxy, behind_a_proxy.enrol()
    made = node.post(f"/v1/members/{member}/page-links").json()["url"]
    shown = node.alliance("member", "page-link", member).stdout
    assert made.startswith("https://points.example/?link=")
    assert shown.startswith("https://points.example/?link=")
    opened = node.http.get("/" + made.rpartition("/")[2])
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(opened.headers["set-cookie"].split("; "))
    assert opened.headers["referrer-policy"] == "no-referrer"
    assert node.http.get("/" + made.rpartition("/")[2]).status_code == 403  # it opened once
