"""The lint against promises of return (R-NFT-4): both languages, and writing them apart, wide or odd hides nothing."""

import pytest

from alliance_node.domain.promises import forbidden_promises
from alliance_node.programs import PRESETS, preset_text

CHINESE = ["本产品保本。", "会员证只会升值", "年化 8%", "稳赚不赔", "高回报的投资", "每月分红", "无风险", "承诺回购"]
ENGLISH = [
    "A guaranteed return for everyone",
    "make a Profit",
    "Invest today",
    "The price will rise",
    "passive income every month",
    "pays a dividend",
    "You can't lose",
    "12% APY",
]
HIDDEN = [
    "保 本",
    "保·本",
    "保\u200b本",
    "保\u3000本",
    "升-值",
    "稳，赚",
    "穩賺",
    "無風險",
    "ＰＲＯＦＩＴ",
    "p r o f i t",
    "P.R.O.F.I.T",
    "pro\u00adfit",
    "prof\u200dit",
    "PrOfIt",
    "pr0fit",
    "prófit",
    "рrоfit",
    "guaranteed\n\nreturn",
    "guaranteed-return",
    "GuaranteedReturn",
    "guaranteed_return",
    "r o i",
    "１２％ ＡＰＹ",
    "ⓘⓝⓥⓔⓢⓣ",
    "𝐢𝐧𝐯𝐞𝐬𝐭",
]
HARMLESS = [
    "Membership of the first ten thousand members: 1,000 points a month and faster earning.",
    "Return your cup and get points back.",
    "Points have no cash value.",
    "Investigate our coffee, profiteroles included.",
    "A tap on the right side; charities collect in April.",
    "首批一万名会员：每月 1,000 积分，消费加赠。",
    "退货后积分收回。",
    "本店保证新鲜。",
]


@pytest.mark.parametrize("text", CHINESE)
def test_promises_in_chinese_are_found(text: str) -> None:
    assert [promise.language for promise in forbidden_promises(text)][:1] == ["zh"]


@pytest.mark.parametrize("text", ENGLISH)
def test_promises_in_english_are_found(text: str) -> None:
    assert [promise.language for promise in forbidden_promises(text)][:1] == ["en"]


@pytest.mark.parametrize("text", HIDDEN)
def test_spacing_width_case_and_look_alikes_hide_nothing(text: str) -> None:
    assert forbidden_promises(f"Founders: {text}!")


DENIED = [
    "There is no guaranteed return.",
    "It is not an investment and pays no dividend.",
    "Not an investment; no profit or yield is promised.",
    "We do not promise any profit.",
    "It doesn't pay interest; it does not guarantee a return on investment.",
    "Points are given without any guaranteed return or dividends.",
    "本会员证不保本，不升值。",
    "不构成投资，也没有分红或利息。",
    "并非理财产品，不承诺收益率。",
    "禁止炒作；不提供任何承诺回购。",
    "不承诺高回报、分红和利息。",
]
NOT_DENIED = {
    "Not only a guaranteed return but more": "guaranteed return",
    "No doubt: guaranteed return": "guaranteed return",
    "No fees, guaranteed return": "guaranteed return",
    "No. Guaranteed return!": "guaranteed return",
    "No dividend, but profit": "profit",
    "Why not invest today": "invest",
    "no investment needed for a guaranteed return": "guaranteed return",
    "You cannot lose": "cannot lose",
    "no risk": "no risk",
    "不仅保本": "保本",
    "不只分红": "分红",
    "无不盈利": "盈利",
    "不得不投资": "投资",
    "不用等，稳赚": "稳赚",
    "没有分红，但是会升值": "升值",
    "零风险": "零风险",
    "保证不亏": "不亏",
}


@pytest.mark.parametrize("text", DENIED)
def test_what_is_denied_is_no_promise(text: str) -> None:
    assert forbidden_promises(text) == []


@pytest.mark.parametrize("text", NOT_DENIED)
def test_a_denial_of_something_else_hides_no_promise(text: str) -> None:
    assert NOT_DENIED[text] in [promise.phrase for promise in forbidden_promises(text)]


@pytest.mark.parametrize("text", HARMLESS)
def test_honest_texts_pass(text: str) -> None:
    assert forbidden_promises(text) == []


def test_every_promise_of_a_text_is_named() -> None:
    found = [promise.phrase for promise in forbidden_promises("保本升值, guaranteed profit")]
    assert found == ["保本", "升值", "guaranteed profit", "profit"]


@pytest.mark.parametrize("name", PRESETS)
def test_the_shipped_programs_promise_nothing(name: str) -> None:
    assert forbidden_promises(preset_text(name)) == []
