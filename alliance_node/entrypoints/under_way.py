"""Where points under way are, who must act, and by when they come back: in plain words of both languages.

Owns the sentences, for the page and the API alike. Deadlines are alliance time: a pause of the alliance delays them.
"""

from collections.abc import Callable

import msgspec

from alliance_node.application.bonus_records import BonusRow
from alliance_node.application.records import ConversionRow
from alliance_node.domain.instants import Instant


class UnderWay(msgspec.Struct, frozen=True):
    """Three sentences."""

    where: str
    who: str
    until: str


_Texts = dict[tuple[str, str], tuple[str, str, str]]

_ENGLISH: _Texts = {
    ("out", "held"): (
        "They are held in your account here and are being written to the alliance ledger.",
        "This brand must act: its system does it by itself.",
        "If the ledger has not taken them by {deadline}, they are yours to spend again.",
    ),
    ("out", "waiting"): (
        "They are on the alliance ledger, at an address that only {brand} can empty.",
        "{brand} must act: its system takes them in.",
        "If it has not by {deadline}, this brand takes them back for you.",
    ),
    ("out", "returning"): (
        "They are on the alliance ledger; {brand} did not take them in and cannot any more.",
        "This brand must act: its system is taking them back.",
        "The time ended on {deadline}; you have them again as soon as the ledger has recorded the return.",
    ),
    ("in", "claiming"): (
        "They are on the alliance ledger for you.",
        "This brand must act: its system is taking them in.",
        "If it has not by {deadline}, they go back to {brand}, where you find them again.",
    ),
    ("to wallet", "held"): (
        "They are held in your account here and are being written to the alliance ledger, into your own wallet.",
        "This brand must act: its system does it by itself.",
        "If the ledger refuses them, they are yours to spend again at once.",
    ),
    ("from wallet", "claiming"): (
        "They are in your own wallet; what you signed is on its way to the alliance ledger.",
        "This brand must act: its system does it by itself.",
        "If the ledger has not recorded it by {deadline}, your signature ends and they stay in your wallet.",
    ),
    ("transfer", "sending"): (
        "They are in your own wallet; what you signed is on its way to the alliance ledger.",
        "This brand must act: its system does it by itself.",
        "If the ledger has not recorded it by {deadline}, your signature ends and they stay in your wallet.",
    ),
    ("in", "unclaimed"): (
        "They have arrived at this brand, but your account here was closed.",
        "This brand must act: ask its staff.",
        "There is no time limit: this brand owes them to you.",
    ),
}

_CHINESE: _Texts = {
    ("out", "held"): (
        "积分冻结在您本品牌的账户中，正在写入联盟账本。",
        "由本品牌处理：系统会自动完成。",
        "如果到 {deadline} 账本仍未接收，积分将恢复为可用。",
    ),
    ("out", "waiting"): (
        "积分在联盟账本上，只有 {brand} 能从该地址取走。",
        "由 {brand} 处理：其系统会自动接收。",
        "如果到 {deadline} 仍未接收，本品牌会为您取回。",
    ),
    ("out", "returning"): (
        "积分在联盟账本上；{brand} 未按时接收，且已无法再接收。",
        "由本品牌处理：系统正在取回。",
        "期限已于 {deadline} 结束；账本记录退回后，积分立即归还给您。",
    ),
    ("in", "claiming"): (
        "积分已在联盟账本上等待转入您的账户。",
        "由本品牌处理：系统正在接收。",
        "如果到 {deadline} 仍未接收，积分将退回 {brand}，您可在那里找到。",
    ),
    ("to wallet", "held"): (
        "积分冻结在您本品牌的账户中，正在写入联盟账本，转入您自己的钱包。",
        "由本品牌处理：系统会自动完成。",
        "如果账本拒绝，积分将立即恢复为可用。",
    ),
    ("from wallet", "claiming"): (
        "积分在您自己的钱包中；您签名的指令正在写入联盟账本。",
        "由本品牌处理：系统会自动完成。",
        "如果到 {deadline} 账本仍未记录，您的签名失效，积分留在您的钱包。",
    ),
    ("transfer", "sending"): (
        "积分在您自己的钱包中；您签名的指令正在写入联盟账本。",
        "由本品牌处理：系统会自动完成。",
        "如果到 {deadline} 账本仍未记录，您的签名失效，积分留在您的钱包。",
    ),
    ("in", "unclaimed"): (
        "积分已到达本品牌，但您在本品牌的账户已关闭。",
        "由本品牌处理：请联系工作人员。",
        "没有期限：本品牌始终欠您这些积分。",
    ),
}


_PROMISES: dict[str, dict[str, tuple[str, str, str]]] = {
    "en": {
        "bonus": (
            "{points} bonus points are promised: {brand} pays them from its budget on the alliance ledger.",
            "This brand must act: its system asks the budget by itself.",
            "If the budget has not paid by {deadline}, or is used up, they are not paid; your redemption stands.",
        ),
        "award": (
            "An award of {points} points is promised: {brand} pays it from its budget on the alliance ledger.",
            "This brand must act: its system asks the budget by itself.",
            "If the budget has not paid by {deadline}, or is used up, it is not paid; your redemption stands.",
        ),
    },
    "zh": {
        "bonus": (
            "待发返利 {points} 分：由 {brand} 在联盟账本上的预算支付。",
            "由本品牌处理：系统会自动申请。",
            "如果到 {deadline} 预算仍未支付或已用完，则不再发放；已兑换的礼遇不受影响。",
        ),
        "award": (
            "待发流通奖励 {points} 分：由 {brand} 在联盟账本上的预算支付。",
            "由本品牌处理：系统会自动申请。",
            "如果到 {deadline} 预算仍未支付或已用完，则不再发放；已兑换的礼遇不受影响。",
        ),
    },
}


def promise_under_way(row: BonusRow, brand: str, language: str, moment: Callable[[Instant], str]) -> UnderWay:
    """The sentences about a bonus or award that waits for its sponsor, whose code is `brand`."""
    texts = _PROMISES["zh" if language == "zh" else "en"][row.kind]
    return UnderWay(
        *(text.format(points=row.points, brand=brand, deadline=moment(row.budget.deadline)) for text in texts)
    )


def _way(row: ConversionRow) -> str:
    if row.counterparty or row.status == "unclaimed":
        return row.direction
    return {"out": "to wallet", "in": "from wallet"}.get(row.direction, row.direction)


def under_way(row: ConversionRow, brand: str, language: str, moment: Callable[[Instant], str]) -> UnderWay | None:
    """The sentences about a conversion that has not ended; None about one that has."""
    texts = (_CHINESE if language == "zh" else _ENGLISH).get((_way(row), row.status))
    if texts is None:
        return None
    return UnderWay(*(text.format(brand=brand, deadline=moment(row.deadline)) for text in texts))
