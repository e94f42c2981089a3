"""Every text of the member's page in Chinese and English. Pure data and small formats; no number is computed here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Words = Mapping[str, str]

ENGLISH: Words = {
    "html_lang": "en",
    "other_language": "中文",
    "title": "My points",
    "spendable": "points to spend",
    "held": "on their way to another brand",
    "pending": "not yet matured",
    "debt": "owed after a refund",
    "expires_next": "{points} of them expire on {date}.",
    "nothing_expires": "None of them expires soon.",
    "tier": "Tier",
    "tier_protected": "Yours at least until {date}.",
    "tier_top": "This is the highest tier.",
    "tier_next_growth": "{missing} more growth value and you are {tier}.",
    "tier_next_spend": "Spend {missing} more and you are {tier}.",
    "growth": "Growth value {value}",
    "lots": "Where your points come from",
    "lot_points": "Points",
    "lot_kind": "From",
    "lot_earned": "Earned",
    "lot_expires": "Expires",
    "lot_state": "State",
    "never": "never",
    "more_lots": "And {points} points in {count} later ones.",
    "no_lots": "You have no points yet. They appear here with your first purchase, each with its own expiry date.",
    "conversions": "Conversions with other brands",
    "no_conversions": "You have not converted points yet. Ask another brand for a receiving code to take them there.",
    "history": "Latest movements",
    "no_history": "Nothing has happened yet.",
    "to_brand": "to {brand}",
    "from_brand": "from {brand}",
    "block": "block {number}",
    "status_held": "held; on its way to the alliance ledger",
    "status_waiting": "waiting for {brand} until {deadline}, then returned",
    "status_completed": "done",
    "status_rejected": "refused by the alliance ledger; the points are yours again",
    "status_returning": "{brand} did not take them in time; they are being returned",
    "status_returned": "returned to you",
    "status_claiming": "arriving",
    "status_unclaimed": "arrived, waiting to be credited",
    "step_issued": "issued",
    "step_rejected": "refused",
    "step_arrived": "arrived",
    "step_claimed": "claimed",
    "step_credited": "credited",
    "step_returned": "returned",
    "lot_base": "purchase",
    "lot_bonus": "bonus",
    "lot_behaviour": "activity",
    "lot_received": "another brand",
    "lot_reinstated": "given back",
    "state_pending": "matures {date}",
    "state_spendable": "to spend",
    "state_spent": "spent",
    "state_expired": "expired",
    "closed_title": "Your points are private",
    "closed": "Open this page through a link from the shop's app or till. A link opens once and lasts 15 minutes.",
    "refused": "This link is too old, was opened before, or is incomplete. Ask the shop for a new one.",
    "as_of": "As of {moment}",
    "footer": "Balances follow the brand's sealed log; conversions can be checked on the alliance ledger.",
}

CHINESE: Words = {
    "html_lang": "zh",
    "other_language": "English",
    "title": "我的积分",
    "spendable": "可用积分",
    "held": "正在转往其他品牌",
    "pending": "尚未生效",
    "debt": "退款后待扣",
    "expires_next": "其中 {points} 分将于 {date} 到期。",
    "nothing_expires": "近期没有积分到期。",
    "tier": "会员等级",
    "tier_protected": "至少保留到 {date}。",
    "tier_top": "您已是最高等级。",
    "tier_next_growth": "再获得 {missing} 成长值即可升级为 {tier}。",
    "tier_next_spend": "再消费 {missing} 即可升级为 {tier}。",
    "growth": "成长值 {value}",
    "lots": "积分明细",
    "lot_points": "积分",
    "lot_kind": "来源",
    "lot_earned": "获得日期",
    "lot_expires": "到期日期",
    "lot_state": "状态",
    "never": "永不过期",
    "more_lots": "另有 {count} 笔较晚到期，共 {points} 分。",
    "no_lots": "您还没有积分。首次购物后，积分会显示在这里，每一笔都有自己的到期日。",
    "conversions": "与其他品牌的积分兑换",
    "no_conversions": "您还没有兑换过积分。向其他品牌索取收款码，即可把积分转过去。",
    "history": "最近变动",
    "no_history": "暂无记录。",
    "to_brand": "转至 {brand}",
    "from_brand": "来自 {brand}",
    "block": "区块 {number}",
    "status_held": "已冻结，正在提交到联盟账本",
    "status_waiting": "等待 {brand} 领取，至 {deadline} 未领取则退回",
    "status_completed": "已完成",
    "status_rejected": "联盟账本未接受，积分已退还",
    "status_returning": "{brand} 未按时领取，正在退回",
    "status_returned": "已退回",
    "status_claiming": "正在到账",
    "status_unclaimed": "已到达，等待入账",
    "step_issued": "发出",
    "step_rejected": "被拒",
    "step_arrived": "到达",
    "step_claimed": "领取",
    "step_credited": "入账",
    "step_returned": "退回",
    "lot_base": "购物",
    "lot_bonus": "奖励",
    "lot_behaviour": "互动",
    "lot_received": "其他品牌转入",
    "lot_reinstated": "退还",
    "state_pending": "{date} 生效",
    "state_spendable": "可用",
    "state_spent": "已用完",
    "state_expired": "已过期",
    "closed_title": "您的积分仅本人可见",
    "closed": "请通过品牌应用或收银台提供的链接打开本页。链接只能打开一次，15 分钟内有效。",
    "refused": "此链接无法打开：已过期、已被使用或不完整。请向品牌索取新的链接。",
    "as_of": "截至 {moment}",
    "footer": "余额以品牌的封存日志为准；兑换可在联盟账本上核对。",
}

EVENT_NAMES: Mapping[str, tuple[str, str]] = {
    "member_enrolled": ("Welcome", "入会"),
    "purchase_recorded": ("Purchase", "购物"),
    "behaviour_recorded": ("Activity", "互动"),
    "purchase_refunded": ("Refund", "退款"),
    "lots_extended": ("Validity extended", "有效期延长"),
    "points_matured": ("Points matured", "积分生效"),
    "debt_repaid": ("Debt repaid", "抵扣欠分"),
    "tier_changed": ("Tier changed", "等级变更"),
    "redemption_made": ("Redemption", "兑换礼遇"),
    "redemption_cancelled": ("Redemption cancelled", "取消兑换"),
    "conversion_held": ("Conversion to another brand", "转往其他品牌"),
    "conversion_captured": ("Conversion issued", "转出已上链"),
    "conversion_released": ("Conversion released", "转出已撤销"),
    "conversion_returned": ("Conversion returned", "转出已退回"),
    "conversion_received": ("Received from another brand", "其他品牌转入"),
    "points_expired": ("Expired", "过期"),
}


def words_of(language: str) -> Words:
    """The texts of `zh` or `en`."""
    return CHINESE if language == "zh" else ENGLISH


def event_name(kind: str, language: str) -> str:
    """What a kind of event is called."""
    names = EVENT_NAMES.get(kind)
    return kind.replace("_", " ") if names is None else names[language == "zh"]


def date_text(instant: int, timezone: str, language: str) -> str:
    """A local date: 2026-03-01 or 2026年3月1日."""
    moment = datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(timezone))
    return f"{moment.year}年{moment.month}月{moment.day}日" if language == "zh" else f"{moment:%Y-%m-%d}"


def moment_text(instant: int, timezone: str, language: str) -> str:
    """A local date and time."""
    moment = datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(timezone))
    return f"{date_text(instant, timezone, language)} {moment:%H:%M}"
