"""The lint against promises of return (R-NFT-4): no text about points or memberships may promise that they pay off.

Pure. Owns the list of forbidden promises in Chinese and English and how a text is read before it is compared: width,
case, accents, invisible characters, spacing and punctuation between letters hide nothing. What is denied in the same
clause ("no guaranteed return", "不保本") is no promise; "not only" denies nothing. It may not judge a text's truth, and
it can't know every way to promise: a person still reads each offer.
"""

from __future__ import annotations

import re
import unicodedata

import msgspec

_CHINESE = (
    "保本",
    "保值",
    "增值",
    "升值",
    "涨价",
    "暴涨",
    "翻倍",
    "稳赚",
    "包赚",
    "必赚",
    "赚钱",
    "躺赚",
    "只赚不赔",
    "不亏",
    "零风险",
    "无风险",
    "回报率",
    "高回报",
    "投资回报",
    "收益率",
    "高收益",
    "预期收益",
    "保证收益",
    "固定收益",
    "年化",
    "分红",
    "派息",
    "利息",
    "盈利",
    "获利",
    "利润",
    "投资",
    "理财",
    "炒作",
    "回购承诺",
    "承诺回购",
    "兜底",
    "被动收入",
    "财富自由",
)
_ENGLISH = (
    "guaranteed return",
    "guaranteed profit",
    "guaranteed income",
    "guaranteed yield",
    "guaranteed buyback",
    "return on investment",
    "annual return",
    "high return",
    "fixed return",
    "expected return",
    "rate of return",
    "invest",
    "invests",
    "invested",
    "investing",
    "investment",
    "investments",
    "investor",
    "investors",
    "profit",
    "profits",
    "profitable",
    "dividend",
    "dividends",
    "interest rate",
    "yield",
    "yields",
    "apy",
    "roi",
    "passive income",
    "risk free",
    "riskfree",
    "no risk",
    "zero risk",
    "cannot lose",
    "can t lose",
    "never lose",
    "capital protected",
    "capital guarantee",
    "principal protected",
    "price will rise",
    "value will rise",
    "rise in value",
    "rises in value",
    "increase in value",
    "increases in value",
    "gain in value",
    "gains in value",
    "appreciate in value",
    "appreciates",
    "appreciation",
    "double your money",
    "make money",
    "to the moon",
    "get rich",
    "speculation",
)

_LOOKALIKES = str.maketrans(
    {
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ѕ": "s", "ԁ": "d",
        "α": "a", "ε": "e", "ο": "o", "ρ": "p", "ι": "i", "ν": "v", "τ": "t", "υ": "u",
        "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s",
        "證": "证", "報": "报", "資": "资", "賺": "赚", "漲": "涨", "價": "价", "風": "风", "險": "险", "紅": "红",
        "財": "财", "獲": "获", "潤": "润", "無": "无", "賠": "赔", "虧": "亏", "穩": "稳", "諾": "诺",
        "購": "购", "預": "预", "動": "动",
    }
)  # fmt: skip
_LONG = 10
"""From so many letters on a phrase of several words is also found when it is written as one."""
_CLAUSE = "|"
_CLAUSE_ENDS = frozenset(".,;:!?\n\r。，、；：！？…—")
# Between a denial and what it denies nothing else may stand: "not only" and "no doubt" deny nothing.
_BETWEEN_EN = (
    "a an any the of to be as is are it kind form way promise promises promised guarantee guarantees guaranteed offer "
    "offers offered pay pays give gives bring brings mean means imply implies constitute constitutes considered "
    "represent represents carry carries include includes bear bears entitle entitles for your"
)
_DENIED_EN = re.compile(
    r"(?<!why )\b(?:no|not|never|without|neither|nor|cannot|can not|(?:does|do|is|are|will|would) not|"
    r"(?:doesn|don|isn|aren|won|can) t)\b"
    + (between := rf"(?: (?:{'|'.join(_BETWEEN_EN.split())}))*")
    + (promise := rf" (?:{'|'.join(sorted(_ENGLISH, key=len, reverse=True))})\b")
    + rf"(?: (?:or|nor|and){between}{promise})*"
)
_BETWEEN_ZH = (
    "会 能 得 是 作为 作 任何 承诺 保证 构成 提供 支付 产生 进行 用于 存在 有 带来 意味着 包含 涉及 属于 代表 可 应 的 "
    "一种"
)
_DENIED_ZH = re.compile(
    r"(?<![不无没非未得])(?:并不|并非|绝不|从不|不|没有|没|无|非|勿|禁止|严禁|未)"
    + (between_zh := rf"(?:{'|'.join(_BETWEEN_ZH.split())})*")
    + (promise_zh := rf"(?:{'|'.join(sorted(_CHINESE, key=len, reverse=True))})")
    + rf"(?:(?:\|?[或和及与]|\|){between_zh}{promise_zh})*"
)
_LETTERS_APART = re.compile(r"(?:\b[a-z]\b ?){3,}")


class ForbiddenPromise(msgspec.Struct, frozen=True):
    """A promise found: what the list says, and the language of the list."""

    phrase: str
    language: str


def forbidden_promises(text: str) -> list[ForbiddenPromise]:
    """Every forbidden promise in the text that is not denied, in the list's order; empty when there is none."""
    read = _plain(text)
    words = _DENIED_EN.sub(f" {_CLAUSE} ", read)
    joined = _DENIED_ZH.sub(_CLAUSE, "".join(words.split())).replace(_CLAUSE, "")
    plain = " ".join(words.replace(_CLAUSE, " ").split())
    found = [ForbiddenPromise(phrase, "zh") for phrase in _CHINESE if phrase in joined]
    found += [ForbiddenPromise(phrase, "en") for phrase in _ENGLISH if _says(plain, phrase)]
    return found


def _plain(text: str) -> str:
    """Lower-case words with single spaces, and a mark between clauses: full width, accents, look-alikes, invisible
    signs and marks are gone."""
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_LOOKALIKES)
    kept = []
    for sign in folded:
        category = unicodedata.category(sign)
        if category[0] in "LN":
            kept.append(sign)
        elif sign in _CLAUSE_ENDS:
            kept.append(f" {_CLAUSE} ")
        elif category not in ("Cf", "Mn", "Me"):
            kept.append(" ")
    return " ".join("".join(kept).split())


def _says(plain: str, phrase: str) -> bool:
    """Whether the words stand in the text, also written with their letters apart."""
    if re.search(rf"\b{phrase}\b", plain):
        return True
    closed = phrase.replace(" ", "")
    if len(closed) >= _LONG and closed != phrase and closed in plain.replace(" ", ""):
        return True
    return any(closed in match.group().replace(" ", "") for match in _LETTERS_APART.finditer(plain))
