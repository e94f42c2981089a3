"""Owns the sentences of the summary about what points buy. Each is (English, Chinese)."""

from __future__ import annotations

from alliance_node.domain.program.redemption_schema import Award, Flash, Lottery, Offset
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.summary_earning import Said, dates, names, plain

_KINDS = {"lottery": ("draws", "抽奖"), "flash": ("flash sales", "限时抢兑"), "donation": ("donations", "公益捐赠")}


def offset(program: ProgramFile) -> Said | None:
    """What points pay at checkout."""
    found = next((offer for offer in program.redemption if isinstance(offer, Offset)), None)
    if found is None:
        return None
    unit, worth, most = program.points.name, f"{plain(found.value)} {program.currency}", found.max_order_percent
    up_to_en, up_to_zh = (f", up to {most} % of an order", f"，最高抵订单 {most}%") if most < 100 else ("", "")
    return (
        f"{found.points} {unit.en} pay {worth} at checkout{up_to_en}.",
        f"结账时 {found.points} {unit.zh}抵 {worth}{up_to_zh}。",
    )


def first_reward(program: ProgramFile) -> Said | None:
    """The cheapest thing that anybody can have."""
    awards = [offer for offer in program.redemption if isinstance(offer, Award | Flash)]
    open_to_all = [offer for offer in awards if offer.tiers is None]
    cheapest = min(open_to_all or awards, key=lambda offer: offer.points, default=None)
    if cheapest is None:
        return None
    unit = program.points.name
    return (
        f"Rewards start at {cheapest.points} {unit.en} ({cheapest.name.en}).",
        f"{cheapest.points} {unit.zh}起可兑换（{cheapest.name.zh}）。",
    )


def redemption_day(program: ProgramFile) -> Said | None:
    """The first day of lower prices (R-RED-6)."""
    day = next(iter(program.redemption_days), None)
    if day is None:
        return None
    english, chinese = dates(day.when)
    unit = program.points.name
    return (
        f"{day.label.en} ({english}): {day.percent} % of the {unit.en}.",
        f"{day.label.zh}（{chinese}）：{unit.zh}按 {day.percent}% 计。",
    )


def other_channels(program: ProgramFile) -> Said | None:
    """Draws, flash sales and donations, when there are any."""
    kinds = {offer.kind for offer in program.redemption}
    found = [said for kind, said in _KINDS.items() if kind in kinds]
    if not found:
        return None
    return f"Also: {', '.join(en for en, _ in found)}.", f"另有{'、'.join(zh for _, zh in found)}。"


def benefits(program: ProgramFile) -> Said | None:
    """What members may use."""
    if not program.benefits:
        return None
    english, chinese = names([benefit.name for benefit in program.benefits])
    return f"Benefits: {english}.", f"权益：{chinese}。"


def gifts(program: ProgramFile) -> Said | None:
    """Gifts between members (R-ALL-10)."""
    rules, unit = program.member_gifts, program.points.name
    if rules is None:
        return None
    most = rules.daily_maximum_points
    return (
        f"Up to {most} {unit.en} a day can be given to other members.",
        f"每日可向其他会员赠送至多 {most} {unit.zh}。",
    )


def alliance(program: ProgramFile) -> Said | None:
    """Conversion to partner brands."""
    if program.alliance is None:
        return None
    unit, least = program.points.name, program.alliance.minimum_points
    return (
        f"{unit.en.capitalize()} can be converted to partner brands, from {least}.",
        f"{least} {unit.zh}起可转换到联盟品牌。",
    )


def founders(program: ProgramFile) -> Said | None:
    """What founder members earn on top."""
    if program.founders is None:
        return None
    percent = program.founders.extra_percent
    return f"Founder members earn {percent}% more.", f"创始会员消费加赠 {percent}%。"


def spending_bonus(program: ProgramFile) -> Said | None:
    """What spending points from partner brands brings on top (R-ALL-6)."""
    bonus, unit = program.spending_bonus, program.points.name
    if bonus is None:
        return None
    most = bonus.monthly_maximum_points
    return (
        f"Redeeming {unit.en} from partner brands earns {bonus.percent}% back, up to {most} a month.",
        f"兑换来自联盟品牌的{unit.zh}返 {bonus.percent}%，每月至多 {most}。",
    )


def circulation_award(program: ProgramFile) -> Said | None:
    """What redeeming enough of them in a month brings (R-ALL-6)."""
    award, unit = program.circulation_award, program.points.name
    if award is None:
        return None
    needs, points = award.threshold_points, award.points
    return (
        f"Redeem {needs} {unit.en} from partner brands in a month for {points} more.",
        f"当月兑换联盟品牌{unit.zh}满 {needs}，奖 {points}。",
    )


def budgets(program: ProgramFile) -> Said | None:
    """That some of it ends when it is used up."""
    stocked = any(getattr(offer, "stock", None) is not None for offer in program.redemption)
    lotteries = any(isinstance(offer, Lottery) for offer in program.redemption)
    if not (program.earn.budgets or stocked or lotteries):
        return None
    return "Some offers end when they are used up.", "部分奖励数量有限，用完即止。"
