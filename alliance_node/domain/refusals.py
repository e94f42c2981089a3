"""Owns what members read when a command is refused: for each code what is the matter and what to do, in Chinese; in
English the error's own words, which carry the numbers. Refuses nothing."""

from __future__ import annotations

import msgspec

from alliance_node.domain.errors import DomainError


class Refusal(msgspec.Struct, frozen=True):
    """Why it is refused, and what to do next."""

    code: str
    message: str
    next_step: str


CHINESE: dict[str, tuple[str, str]] = {
    "unknown_member": ("尚未加入会员。", "请先办理入会。"),
    "member_already_enrolled": ("已是会员。", "无需重复入会。"),
    "unknown_time_zone": ("时区无法识别。", "请填写标准时区，例如 Asia/Shanghai。"),
    "timezone_unchanged": ("已在该时区。", "无需更改。"),
    "timezone_changed_recently": ("时区 30 天内只能更改一次。", "请稍后再改。"),
    "unknown_recall": ("没有这项清零安排。", "请核对清零编号。"),
    "recall_not_yet": ("清零日期未到。", "请在公布的日期之后执行。"),
    "no_program_in_force": ("当时没有生效的会员规则。", "请联系商家。"),
    "invalid_amount": ("金额或积分数不正确。", "请输入允许范围内的整数。"),
    "invalid_identifier": ("编号不正确。", "请核对后重新提交。"),
    "late_event": ("记录提交过晚。", "请商家审批后再提交。"),
    "future_event": ("发生时间在未来。", "请检查设备时间，发生后再提交。"),
    "unknown_behaviour": ("该行为不在积分规则内。", "请查看可获积分的行为。"),
    "unknown_purchase": ("找不到对应的消费。", "请核对订单编号。"),
    "refund_exceeds_purchase": ("退款超过该笔消费余额。", "请核对退款金额。"),
    "unknown_redemption_option": ("没有这个兑换项目。", "请选择目录中的项目。"),
    "redemption_option_not_available": ("该项目目前不可兑换。", "请查看兑换日期和适用等级，或选择其他项目。"),
    "offset_not_allowed": ("积分抵扣不符合规则。", "请按规定的步长减少抵扣积分，并在订单可抵比例之内。"),
    "out_of_stock": ("库存不足。", "请减少数量或选择其他项目。"),
    "member_limit_reached": ("已达本期上限。", "请等到下一周期。"),
    "insufficient_points": ("可用积分不足。", "请减少兑换数量，或先获取更多积分。"),
    "debt_outstanding": ("退款后尚有欠分。", "请先通过消费补足欠分。"),
    "unknown_redemption": ("找不到该兑换记录。", "请核对兑换编号。"),
    "redemption_already_cancelled": ("该兑换已取消，积分已返还。", "无需操作。"),
    "duplicate_reference": ("编号已使用过。", "请换一个新的编号。"),
    "conversion_not_offered": ("该品牌未开通联盟转换。", "请从已加入联盟的品牌转换。"),
    "below_conversion_minimum": ("低于最低转换积分。", "请增加转换数量。"),
    "daily_conversion_limit": ("已达今日转换上限。", "其余部分请明日转换。"),
    "not_convertible": ("可转换积分不足。", "仅已生效、非赠送且满足持有天数的积分可以转换，请减少数量。"),
    "unknown_conversion": ("找不到该转换记录。", "请核对转换编号。"),
    "conversion_already_settled": ("该转换已有结果。", "请查看转换状态。"),
    "sweep_mismatch": ("到期积分核对不一致。", "请重新核对后再处理。"),
    "unknown_tier": ("没有这个等级。", "请核对等级名称。"),
    "invalid_opening": ("期初数据不正确。", "请更正后重新导入。"),
    "opening_lot_expired": ("期初积分已过期。", "请去掉已过期的部分再导入。"),
    "donation_final": ("捐赠不可撤回。", "无需操作，感谢您的善意。"),
    "entries_closed": ("抽奖已截止。", "请等待开奖；截止后票不可退。"),
    "unknown_benefit": ("没有这项权益。", "请查看权益列表。"),
    "benefit_exhausted": ("该权益本期次数已用完。", "请等到下一周期，或用积分兑换次数。"),
    "benefit_already_used": ("该权益已使用，不可退回。", "无需操作。"),
    "nothing_to_accelerate": ("创始会员加成不足一分。", "无需操作。"),
    "gifts_not_offered": ("本计划不支持会员互赠。", "请联系商家。"),
    "gift_not_allowed": ("此次赠送不符合规则。", "请赠送给其他会员，且不低于最低积分。"),
    "gift_limit_reached": ("已达赠送上限。", "请减少积分，或等到下一周期。"),
    "not_giveable": ("可赠送积分不足。", "仅已生效、非赠送且满足持有天数的积分可以赠送，请减少数量。"),
    "unknown_prize": ("没有这个奖品。", "请核对抽奖规则中的奖品。"),
}
"""Code → (message, next step)."""


def refusal(error: DomainError, language: str) -> Refusal:
    """The refusal as members read it."""
    if language == "zh" and error.code in CHINESE:
        return Refusal(error.code, *CHINESE[error.code])
    return Refusal(error.code, error.message, error.next_step)
