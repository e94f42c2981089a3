"""Owns the shape of a notice and its one sentence in each language, with the new balance. Decides and sends nothing.

Placeholders are filled from the notice: {points} {unit} {money} {quantity} {name} {other} {day}; {day} is the last day
that counts for kinds that tell an end. Sentences are short and plain; the tests pin them word for word.
"""

from __future__ import annotations

import msgspec

from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.words import Words, words_of


class Notice(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message to a member, as numbers and ids. `balance` is what can be spent once it has happened.

    `name` and `other` are ids of the program (tier, option, task, brand); `other` holds the second one, when there is
    one. `until` is an instant of which the day is told. `said` is free text (English, Chinese) of an announcement.
    """

    kind: str
    balance: int
    points: int = 0
    money_minor: int = 0
    quantity: int = 0
    name: str = ""
    other: str = ""
    until: Instant = 0
    said: tuple[str, str] = ("", "")


JOB_KINDS = (
    "expiring_soon",
    "tier_at_risk",
    "recall_announced",
    "program_change",
)
"""Kinds that no event makes: jobs write them (points until; tier `name`, what it becomes `other`, until; recall `name`,
points, until; version `name`, until, `said`)."""

ENDS = frozenset({"extended", "expiring_soon", "term_begins"})
"""Kinds whose `until` is the first instant after the last day that counts."""

SENTENCES: dict[str, tuple[str, str]] = {
    "welcome": ("Welcome to {program}. You start as {name}.", "欢迎加入{program}，起始等级：{name}。"),
    "opening": ("Welcome: you bring {points} {unit} along.", "欢迎，您带来了 {points} {unit}。"),
    "earned": ("+{points} {unit} for your purchase of {money}.", "消费 {money}，+{points} {unit}。"),
    "earned_pending": (
        "+{points} {unit} for your purchase of {money}, to spend from {day}.",
        "消费 {money}，+{points} {unit}，{day} 起可用。",
    ),
    "gift_with_purchase": ("Free with your purchase: {quantity} × {name}.", "本次消费获赠：{name} × {quantity}。"),
    "done": ("+{points} {unit}: {name}.", "+{points} {unit}：{name}。"),
    "done_pending": ("+{points} {unit}: {name}, to spend from {day}.", "+{points} {unit}：{name}，{day} 起可用。"),
    "streak": (
        "+{points} {unit}: {name}, day {quantity} in a row.",
        "+{points} {unit}：{name}，连续第 {quantity} 天。",
    ),
    "task_done": ("Done: {name}. +{points} {unit}.", "任务完成：{name}，+{points} {unit}。"),
    "task_done_growth": ("Done: {name}. +{quantity} growth value.", "任务完成：{name}，成长值 +{quantity}。"),
    "task_revoked": (
        "After a refund “{name}” no longer counts: {points} {unit} were taken back.",
        "因退款，“{name}”不再计入，收回 {points} {unit}。",
    ),
    "matured": ("{points} {unit} can be spent now.", "{points} {unit}现已可用。"),
    "refunded": ("Refund of {money}: {points} {unit} were taken back.", "退款 {money}，收回 {points} {unit}。"),
    "refunded_owed": (
        "Refund of {money}: {points} {unit} were taken back; {quantity} are still owed.",
        "退款 {money}，收回 {points} {unit}，另欠 {quantity}。",
    ),
    "gift_due_back": ("Please bring back {quantity} × {name}.", "请退还赠品：{name} × {quantity}。"),
    "debt_repaid": ("{points} {unit} repaid what a refund left owing.", "{points} {unit}已用于偿还退款欠分。"),
    "redeemed": ("{quantity} × {name} for {points} {unit}.", "已用 {points} {unit}兑换：{name} × {quantity}。"),
    "redeemed_cash": (
        "{quantity} × {name} for {points} {unit} and {money}.",
        "已用 {points} {unit}加 {money} 兑换：{name} × {quantity}。",
    ),
    "paid": ("{points} {unit} paid {money} of your order.", "{points} {unit}已抵扣订单 {money}。"),
    "donated": ("Thank you: {points} {unit} given to {name}.", "感谢您向“{name}”捐出 {points} {unit}。"),
    "tickets": (
        "Tickets for {name}: {quantity}, for {points} {unit}.",
        "已用 {points} {unit}换得{name} {quantity} 张。",
    ),
    "cancelled": ("Redemption cancelled: {points} {unit} came back.", "兑换已取消，返还 {points} {unit}。"),
    "benefit_used": ("Used: {name}.", "已使用权益：{name}。"),
    "gift_sent": ("You gave {points} {unit} to a member.", "您已赠送 {points} {unit}给其他会员。"),
    "spending_bonus": ("Bonus for points of a partner brand: {points} {unit}.", "联盟品牌积分返利 {points} {unit}。"),
    "spending_bonus_refused": ("The bonus of {points} {unit} is not paid.", "{points} {unit}返利未发放。"),
    "spending_bonus_revoked": ("A bonus of {points} {unit} was taken back.", "已收回返利 {points} {unit}。"),
    "circulation_award": (
        "Award for redeeming points of partner brands this month: {points} {unit}.",
        "当月使用联盟品牌积分达标，奖励 {points} {unit}。",
    ),
    "circulation_award_refused": (
        "The month's award of {points} {unit} is not paid.",
        "当月流通奖励 {points} {unit}未发放。",
    ),
    "circulation_award_revoked": (
        "After a cancellation the month's award of {points} {unit} no longer stands.",
        "因取消兑换，当月流通奖励 {points} {unit}不再有效。",
    ),
    "accelerated": ("Your founder membership added {points} {unit}.", "创始会员加赠 {points} {unit}。"),
    "gift_received": ("A member gave you {points} {unit}.", "收到会员赠送的 {points} {unit}。"),
    "prize": ("You won: {name}.", "恭喜中奖：{name}。"),
    "prize_points": ("You won: {name}, +{points} {unit}.", "恭喜中奖：{name}，+{points} {unit}。"),
    "recalled": ("{points} {unit} lapsed: {name}.", "{points} {unit}已清零：{name}。"),
    "expired": ("{points} {unit} expired.", "{points} {unit}已过期。"),
    "extended": ("{points} {unit} are valid longer: through {day}.", "{points} {unit}已延期，有效至 {day}。"),
    "never_ends": ("Your {points} {unit} no longer expire.", "您的 {points} {unit}不再过期。"),
    "term_begins": ("{points} {unit} are now valid through {day}.", "{points} {unit}现有效至 {day}。"),
    "tier_up": ("Congratulations: you are {name} now.", "恭喜，您已升为{name}。"),
    "tier_down": ("You are {name} now, no longer {other}.", "您的等级由{other}变为{name}。"),
    "tier_refund": ("After a refund you are {name} now.", "因退款，您的等级变为{name}。"),
    "tier_kept": ("You keep {name} until {day}.", "您已保级：{name}保留至 {day}。"),
    "growth_decayed": ("Your growth value fell by {quantity} at the yearly date.", "年度衰减：成长值减少 {quantity}。"),
    "timezone": ("Your days follow {name} from {day}.", "自 {day} 起按 {name} 时区计日。"),
    "conversion_held": ("{points} {unit} are on their way to another brand.", "{points} {unit}正在转往其他品牌。"),
    "conversion_captured": (
        "The conversion of {points} {unit} is final.",
        "{points} {unit}的转换已确认。",
    ),
    "conversion_released": (
        "The conversion failed: {points} {unit} are yours again.",
        "转换未成，{points} {unit}已退回。",
    ),
    "conversion_returned": (
        "The other brand did not take them in time: {points} {unit} came back.",
        "对方未按时领取，{points} {unit}已退回。",
    ),
    "conversion_received": ("{points} {unit} arrived from {name}.", "从 {name} 转入 {points} {unit}。"),
    "wallet_held": ("{points} {unit} are on their way to your own wallet.", "{points} {unit}正在转入您自己的钱包。"),
    "wallet_received": ("{points} {unit} came from your own wallet.", "从您自己的钱包转入 {points} {unit}。"),
    "expiring_soon": (
        "{points} {unit} end on {day}. Use them until then.",
        "{points} {unit}将于 {day} 到期，请及时使用。",
    ),
    "tier_at_risk": (
        "{name} is yours until {day}, then {other}. See what keeps it.",
        "{name}保留至 {day}，之后将变为{other}。请查看保级任务。",
    ),
    "tier_at_risk_spend": (
        "{name} is yours until {day}, then {other}. Spending {money} more keeps it.",
        "{name}保留至 {day}，之后将变为{other}。再消费 {money} 可保级。",
    ),
    "tier_at_risk_purchases": (
        "{name} is yours until {day}, then {other}. Purchases that keep it: {quantity} more.",
        "{name}保留至 {day}，之后将变为{other}。再消费 {quantity} 次可保级。",
    ),
    "tier_at_risk_growth": (
        "{name} is yours until {day}, then {other}. Growth value that keeps it: {quantity} more.",
        "{name}保留至 {day}，之后将变为{other}。再得 {quantity} 成长值可保级。",
    ),
    "recall_announced": (
        "{name}: {points} {unit} lapse on {day}. Use them before.",
        "{name}：{points} {unit}将于 {day} 清零，请提前使用。",
    ),
    "program_change": ("New rules from {day}: {said}", "{day} 起执行新规则：{said}"),
}
"""Every kind: English, Chinese."""

_TIER_KINDS = frozenset({"welcome", "tier_up", "tier_down", "tier_refund", "tier_kept"})
_OFFER_KINDS = frozenset(
    {"gift_with_purchase", "gift_due_back", "redeemed", "redeemed_cash", "paid", "donated", "tickets"}
)


def render(notice: Notice, language: str, program: CompiledProgram) -> str:
    """The notice in one language, with the new balance. Raises `ValueError` for an unknown language."""
    words = words_of(language, program)
    sentence = words.pick(*SENTENCES[notice.kind]).format(
        program=program.file.name.in_language(language),
        points=notice.points,
        unit=words.unit,
        money=words.money(notice.money_minor),
        quantity=notice.quantity,
        name=_name(notice, words),
        other=words.tier(notice.other),
        day=words.day(
            notice.until - 1 if notice.kind in ENDS else notice.until, notice.other if notice.kind == "timezone" else ""
        ),
        said=words.pick(*notice.said),
    )
    joint = words.pick(" ", "")
    return (
        sentence
        + joint
        + words.pick(f"Balance: {notice.balance} {words.unit}.", f"余额 {notice.balance} {words.unit}。")
    )


def _name(notice: Notice, words: Words) -> str:
    kind, name = notice.kind, notice.name
    if kind in _TIER_KINDS or kind.startswith("tier_at_risk"):
        return words.tier(name)
    if kind in _OFFER_KINDS:
        return words.offer(name)
    if kind.startswith("task_"):
        return words.task(name, notice.other)
    if kind.startswith("prize"):
        return words.prize(notice.other, name)
    if kind.startswith("recall"):
        return words.recall(name)
    if kind == "benefit_used":
        return words.benefit(name)
    if kind in ("done", "done_pending", "streak"):
        labelled = words.rule(notice.other)
        return name if labelled == notice.other else labelled
    return name
