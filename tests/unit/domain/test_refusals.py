"""Refusals say the same things in both languages, the numbers too (issue: "in the same words, Chinese and English")."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import alliance_node.domain
from alliance_node.application import errors as application
from alliance_node.application.chinese import CHINESE
from alliance_node.domain import errors
from alliance_node.domain.refusals import Refusal, refusal

DOMAIN = Path(alliance_node.domain.__file__).parent
IDEOGRAPH = re.compile("[一-鿿]")
OPERATORS_ONLY = {"application_error", "transaction_aborted", "limits_moved", "rows_rejected", "job_broken"}
"""Never told to a caller."""


def below(kind: type[Exception]) -> set[type]:
    return {kind, *(found for child in kind.__subclasses__() for found in below(child))}


KINDS = {kind.__name__: kind for kind in below(errors.DomainError)}


def made() -> Iterator[tuple[str, ast.Call]]:
    """Every place in the domain where a refusal is made."""
    for path in sorted(DOMAIN.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                yield f"{path.relative_to(DOMAIN)}:{node.lineno}", node


def named(text: ast.expr) -> set[str]:
    """What a text names: the expressions in its braces, whatever the language of labels and lists."""
    holes = [ast.unparse(part.value) for part in ast.walk(text) if isinstance(part, ast.FormattedValue)]
    plain = [re.sub(r"\b(en|zh)\b|\[[01]\]|、|, ", "", hole.replace('"', "'")) for hole in holes]
    return set(plain)


def words(text: ast.expr) -> str:
    return "".join(str(part.value) for part in ast.walk(text) if isinstance(part, ast.Constant))


@pytest.mark.parametrize(("place", "call"), list(made()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_refusal_names_the_same_in_both_languages(place: str, call: ast.Call) -> None:
    english, chinese = call.args
    assert named(english) == named(chinese), place
    assert IDEOGRAPH.search(words(chinese)) and not IDEOGRAPH.search(words(english))


def test_there_are_refusals_to_look_at() -> None:
    assert len(list(made())) > 75


def test_every_refusal_has_its_way_out_in_both_languages() -> None:
    own = [kind for kind in KINDS.values() if kind is not errors.DomainError]
    assert all("next_steps" in vars(kind) for kind in own)
    for kind in own:
        english, chinese = kind.next_steps
        assert english.endswith(".") and not IDEOGRAPH.search(english)
        assert chinese.endswith("。") and IDEOGRAPH.search(chinese)


def test_errors_of_the_application_that_callers_read_have_chinese_words() -> None:
    codes = {kind.code for kind in below(application.ApplicationError)} - OPERATORS_ONLY
    assert codes == set(CHINESE)
    error = application.NoticeTooShort("3 points are worse; earliest 2027-01-31")
    assert error.chinese == "对会员不利的变更未提前足够时间公告（3 points are worse; earliest 2027-01-31）"
    assert error.next_step_chinese == "请选择更晚的日期，或撤回不利之处。"
    own = application.UnknownBrand("brand 7 is gone", "Choose another.", chinese=("品牌 7 已退出", "请另选。"))
    assert (own.chinese, own.next_step_chinese) == ("品牌 7 已退出", "请另选。")
    assert application.AmountTooSmall("1 point", chinese=("1 分", "")).next_step_chinese == "请一次转换更多积分。"


def test_a_refusal_is_read_in_one_language() -> None:
    error = errors.InsufficientPoints("latte needs 400 points; 12 are spendable", "拿铁 需要 400 分；可用 12 分")
    assert refusal(error, "zh") == Refusal(
        "insufficient_points", "拿铁 需要 400 分；可用 12 分", "请减少兑换数量，或先获取更多积分。"
    )
    assert refusal(error, "en").message == "latte needs 400 points; 12 are spendable"
