"""A refusal reads the same before and after the call, in both languages, on the API and the command line."""

import json
import uuid

import pytest

from tests.acceptance.club import buy
from tests.acceptance.node_process import NodeProcess

ASKED = {
    "too-dear": ({"option": "tote-bag"}, "insufficient_points", ("points; 130 are spendable", "可用 130 分")),
    "offset": (
        {"option": "checkout", "points": 100, "order_id": "A-1", "order_amount": "0.50"},
        "offset_not_allowed",
        ("100 points are worth 1.00 CNY", "100 分值 1.00 CNY"),
    ),
    "unknown": (
        {"option": "moon"},
        "unknown_redemption_option",
        ("no redemption option 'moon'", "没有兑换项目 'moon'"),
    ),
}


@pytest.fixture(scope="module")
def poor(club: NodeProcess) -> str:
    member = club.enrol(name="Poor")
    buy(club, member, "10.00", "2026-06-01T09:00:00+08:00", source_event_id=uuid.uuid4().hex)
    return member


@pytest.mark.parametrize("case", ASKED)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_preview_and_the_real_call_refuse_in_the_same_words(
    club: NodeProcess, poor: str, case: str, lang: str
) -> None:
    """R-EARN-11: also for a retry, whose stored answer is read in another language."""
    body, code, words = ASKED[case]
    preview = club.post(f"/v1/members/{poor}/previews/redemption", body, **{"Accept-Language": lang}).json()["refusal"]
    key = uuid.uuid4().hex
    for _ in range(2):
        answer = club.post(f"/v1/members/{poor}/redemptions", body, idempotency_key=key, **{"Accept-Language": lang})
        problem = answer.json()
        assert (problem["code"], problem["detail"], problem["next_step"]) == tuple(preview.values())
    assert problem["code"] == code and words[lang == "zh"] in problem["detail"]
    path = f"/v1/members/{poor}/redemptions?lang={'en' if lang == 'zh' else 'zh'}"
    other = club.post(path, body, idempotency_key=key).json()
    assert other["detail"] != problem["detail"] and words[lang != "zh"] in other["detail"]


def test_tills_and_bulks_are_refused_in_the_language_that_they_ask_for(club: NodeProcess, poor: str) -> None:
    event = {**club.purchase(poor, "1.00"), "occurred_at": "2026-01-01T00:00:00+08:00"}
    said = club.post("/v1/purchases", event, **{"Accept-Language": "zh-CN,en;q=0.5"}).json()
    assert said["title"] == "请求已理解但被拒绝" and "早 7 天以上" in said["detail"]
    bulk = {"events": [{**event, "type": "purchase", "source_event_id": uuid.uuid4().hex}]}
    [item] = club.post("/v1/events/bulk", bulk, **{"Accept-Language": "zh"}).json()["results"]
    assert (item["status"], item["problem"]["detail"]) == (422, said["detail"])
    english = club.post("/v1/events/bulk", {"events": [{**bulk["events"][0], "source_event_id": "x"}]}).json()
    assert "more than 7 days before now" in english["results"][0]["problem"]["detail"]


def test_refused_members_of_a_bulk_are_told_why_in_the_language_that_was_asked_for(club: NodeProcess) -> None:
    members = [{"timezone": "UTC"}, {"timezone": "Moon/Base"}]
    chinese, english = (
        club.post("/v1/members/bulk", {"members": members}, **{"Accept-Language": lang}).json()["results"]
        for lang in ("zh", "en")
    )
    assert [item["status"] for item in chinese] == [item["status"] for item in english] == [201, 422]
    assert chinese[1]["problem"]["detail"] == "时区 'Moon/Base' 无法识别"
    assert english[1]["problem"]["detail"] == "unknown time zone 'Moon/Base'"


def test_an_unknown_member_is_named_in_both_languages(club: NodeProcess) -> None:
    nobody = str(uuid.uuid4())
    for lang, words in (("zh", f"会员 '{nobody}' 未在本品牌入会"), ("en", f"no member '{nobody}' is enrolled here")):
        assert club.post("/v1/purchases", club.purchase(nobody), **{"Accept-Language": lang}).json()["detail"] == words


def test_the_command_line_refuses_in_the_language_of_lang(club: NodeProcess, poor: str) -> None:
    arguments = ("redeem", "make", poor, "tote-bag")
    previewed = json.loads(club.alliance(*arguments, "--preview", "--lang", "zh", "--json").stdout)["refusal"]
    refused = club.alliance(*arguments, "--lang", "zh")
    assert refused.returncode == 1
    assert f"insufficient_points: {previewed['message']}\n→ {previewed['next_step']}" in refused.stderr
    assert "可用 130 分" in refused.stderr
