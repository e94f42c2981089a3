"""Owns every refusal of the domain: one class per cause, with numbers and what to do next. Knows nothing of HTTP."""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """A command is refused. `code` is stable; the message carries the numbers and `next_step` the way out, each in
    English and in Chinese. Both languages name the same things."""

    code: ClassVar[str] = "domain_error"
    next_steps: ClassVar[tuple[str, str]] = ("Correct the request and send it again.", "请更正后重新提交。")

    def __init__(self, message: str, chinese: str, *, next_steps: tuple[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.chinese = chinese
        self.next_step, self.next_step_chinese = next_steps or self.next_steps


class InvariantBroken(Exception):
    """The engine's own promise does not hold. Never caught and carried on with: stop loudly."""


class UnknownMember(DomainError):
    code = "unknown_member"
    next_steps = ("Enrol the member first.", "请先办理入会。")


class MemberAlreadyEnrolled(DomainError):
    code = "member_already_enrolled"
    next_steps = ("Use the existing member; nothing was changed.", "无需重复入会。")


class UnknownTimeZone(DomainError):
    code = "unknown_time_zone"
    next_steps = ("Name an IANA time zone, e.g. Asia/Shanghai.", "请填写标准时区，例如 Asia/Shanghai。")


class TimezoneUnchanged(DomainError):
    code = "timezone_unchanged"
    next_steps = ("Nothing to do: the member is in that time zone already.", "无需更改。")


class TimezoneChangedRecently(DomainError):
    code = "timezone_changed_recently"
    next_steps = ("Wait until the stated time; a time zone changes at most once in 30 days.", "请稍后再改。")


class UnknownRecall(DomainError):
    code = "unknown_recall"
    next_steps = ("Name a recall of the program in force.", "请核对清零编号。")


class RecallNotYet(DomainError):
    code = "recall_not_yet"
    next_steps = ("Run the recall at or after its announced time.", "请在公布的日期之后执行。")


class NoProgramInForce(DomainError):
    code = "no_program_in_force"
    next_steps = ("Activate a program version that is effective at that time.", "请联系商家。")


class InvalidAmount(DomainError):
    code = "invalid_amount"
    next_steps = ("Send a whole number of minor units inside the stated range.", "请输入允许范围内的整数。")


class InvalidIdentifier(DomainError):
    code = "invalid_identifier"
    next_steps = ("Send a non-empty identifier inside the stated limits.", "请核对后重新提交。")


class LateEvent(DomainError):
    code = "late_event"
    next_steps = ("Ask the brand to approve the late event.", "请商家审批后再提交。")


class FutureEvent(DomainError):
    code = "future_event"
    next_steps = ("Check the sender's clock and send the event when it has happened.", "请检查设备时间，发生后再提交。")


class UnknownBehaviour(DomainError):
    code = "unknown_behaviour"
    next_steps = ("Use a behaviour that the program names.", "请查看可获积分的行为。")


class UnknownPurchase(DomainError):
    code = "unknown_purchase"
    next_steps = ("Record the purchase first, with the same source and source event id.", "请核对订单编号。")


class RefundExceedsPurchase(DomainError):
    code = "refund_exceeds_purchase"
    next_steps = ("Refund at most what is left of the purchase.", "请核对退款金额。")


class UnknownOption(DomainError):
    code = "unknown_redemption_option"
    next_steps = ("Choose an option that the program names.", "请选择目录中的项目。")


class OptionNotAvailable(DomainError):
    code = "redemption_option_not_available"
    next_steps = (
        "Choose another option, or redeem inside its dates and tiers.",
        "请查看兑换日期和适用等级，或选择其他项目。",
    )


class OffsetNotAllowed(DomainError):
    code = "offset_not_allowed"
    next_steps = ("Redeem fewer points, in the stated steps.", "请按规定的步长减少抵扣积分，并在订单可抵比例之内。")


class OutOfStock(DomainError):
    code = "out_of_stock"
    next_steps = ("Choose another option or a smaller quantity.", "请减少数量或选择其他项目。")


class MemberLimitReached(DomainError):
    code = "member_limit_reached"
    next_steps = ("Wait for the next period.", "请等到下一周期。")


class InsufficientPoints(DomainError):
    code = "insufficient_points"
    next_steps = ("Redeem fewer points, or earn more first.", "请减少兑换数量，或先获取更多积分。")


class DebtOutstanding(DomainError):
    code = "debt_outstanding"
    next_steps = ("Earn back the points owed after a refund first.", "请先通过消费补足欠分。")


class UnknownRedemption(DomainError):
    code = "unknown_redemption"
    next_steps = ("Use the id of a redemption of this member.", "请核对兑换编号。")


class RedemptionAlreadyCancelled(DomainError):
    code = "redemption_already_cancelled"
    next_steps = ("Nothing to do: the points were given back.", "无需操作。")


class DuplicateReference(DomainError):
    code = "duplicate_reference"
    next_steps = ("Use a fresh identifier.", "请换一个新的编号。")


class ConversionNotOffered(DomainError):
    code = "conversion_not_offered"
    next_steps = ("Convert from a brand whose program has an alliance section.", "请从已加入联盟的品牌转换。")


class BelowConversionMinimum(DomainError):
    code = "below_conversion_minimum"
    next_steps = ("Convert at least the stated minimum.", "请增加转换数量。")


class DailyConversionLimit(DomainError):
    code = "daily_conversion_limit"
    next_steps = ("Convert the rest tomorrow.", "其余部分请明日转换。")


class NotConvertible(DomainError):
    code = "not_convertible"
    next_steps = (
        "Convert fewer points: only matured, non-bonus points of the minimum age can be converted.",
        "仅已生效、非赠送且满足持有天数的积分可以转换，请减少数量。",
    )


class UnknownConversion(DomainError):
    code = "unknown_conversion"
    next_steps = ("Use the id of a conversion of this member.", "请核对转换编号。")


class ConversionAlreadySettled(DomainError):
    code = "conversion_already_settled"
    next_steps = ("Nothing to do: look up the conversion's state.", "请查看转换状态。")


class SweepMismatch(DomainError):
    code = "sweep_mismatch"
    next_steps = ("Recount the member's due points and sweep again.", "请重新核对后再处理。")


class UnknownTier(DomainError):
    code = "unknown_tier"
    next_steps = ("Name a tier of the program's ladder, or leave it out to have it computed.", "请核对等级名称。")


class InvalidOpening(DomainError):
    code = "invalid_opening"
    next_steps = ("Correct the member's opening balance and import it again.", "请更正后重新导入。")


class ExpiredOpeningLot(DomainError):
    code = "opening_lot_expired"
    next_steps = ("Leave out lots that have expired; import the member's other lots.", "请去掉已过期的部分再导入。")


class DonationFinal(DomainError):
    code = "donation_final"
    next_steps = ("Nothing to do: a donation is not given back.", "无需操作，感谢您的善意。")


class EntriesClosed(DomainError):
    code = "entries_closed"
    next_steps = ("Wait for the draw: tickets are final once the entries have closed.", "请等待开奖；截止后票不可退。")


class UnknownBenefit(DomainError):
    code = "unknown_benefit"
    next_steps = ("Use a benefit that the program names.", "请查看权益列表。")


class BenefitExhausted(DomainError):
    code = "benefit_exhausted"
    next_steps = (
        "Wait for the next period, or buy a use with points where the program offers it.",
        "请等到下一周期，或用积分兑换次数。",
    )


class BenefitAlreadyUsed(DomainError):
    code = "benefit_already_used"
    next_steps = ("Nothing to do: a benefit that was used is not taken back.", "无需操作。")


class GiftsNotOffered(DomainError):
    code = "gifts_not_offered"
    next_steps = ("Gifts between members need a member_gifts section in the program.", "请联系商家。")


class GiftNotAllowed(DomainError):
    code = "gift_not_allowed"
    next_steps = ("Give to another member, and at least the stated minimum.", "请赠送给其他会员，且不低于最低积分。")


class GiftLimitReached(DomainError):
    code = "gift_limit_reached"
    next_steps = ("Give less, or wait for the next period.", "请减少积分，或等到下一周期。")


class NotGiveable(DomainError):
    code = "not_giveable"
    next_steps = (
        "Give fewer points: only matured, non-bonus points of the minimum age can be given.",
        "仅已生效、非赠送且满足持有天数的积分可以赠送，请减少数量。",
    )


class UnknownPrize(DomainError):
    code = "unknown_prize"
    next_steps = ("Award a prize that the lottery's rules name.", "请核对抽奖规则中的奖品。")


class BonusNotDue(DomainError):
    code = "bonus_not_due"
    next_steps = ("Nothing to do: the redemption promises no bonus any more.", "无需操作。")


class NothingToAccelerate(DomainError):
    code = "nothing_to_accelerate"
    next_steps = ("Nothing to do: the membership adds no whole point to this purchase.", "无需操作。")
