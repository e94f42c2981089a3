"""Owns every refusal of the domain: one class per cause, with numbers and what to do next. Knows nothing of HTTP."""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """A command is refused. `code` is stable, the message carries the numbers, `next_step` the way out."""

    code: ClassVar[str] = "domain_error"
    default_next_step: ClassVar[str] = "Correct the request and send it again."

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step or self.default_next_step


class InvariantBroken(Exception):
    """The engine's own promise does not hold. Never caught and carried on with: stop loudly."""


class UnknownMember(DomainError):
    code = "unknown_member"
    default_next_step = "Enrol the member first."


class MemberAlreadyEnrolled(DomainError):
    code = "member_already_enrolled"
    default_next_step = "Use the existing member; nothing was changed."


class UnknownTimeZone(DomainError):
    code = "unknown_time_zone"
    default_next_step = "Name an IANA time zone, e.g. Asia/Shanghai."


class TimezoneUnchanged(DomainError):
    code = "timezone_unchanged"
    default_next_step = "Nothing to do: the member is in that time zone already."


class TimezoneChangedRecently(DomainError):
    code = "timezone_changed_recently"
    default_next_step = "Wait until the stated time; a time zone changes at most once in 30 days."


class UnknownRecall(DomainError):
    code = "unknown_recall"
    default_next_step = "Name a recall of the program in force."


class RecallNotYet(DomainError):
    code = "recall_not_yet"
    default_next_step = "Run the recall at or after its announced time."


class NoProgramInForce(DomainError):
    code = "no_program_in_force"
    default_next_step = "Activate a program version that is effective at that time."


class InvalidAmount(DomainError):
    code = "invalid_amount"
    default_next_step = "Send a whole number of minor units inside the stated range."


class InvalidIdentifier(DomainError):
    code = "invalid_identifier"
    default_next_step = "Send a non-empty identifier inside the stated limits."


class LateEvent(DomainError):
    code = "late_event"
    default_next_step = "Ask the brand to approve the late event."


class FutureEvent(DomainError):
    code = "future_event"
    default_next_step = "Check the sender's clock and send the event when it has happened."


class UnknownBehaviour(DomainError):
    code = "unknown_behaviour"
    default_next_step = "Use a behaviour that the program names."


class UnknownPurchase(DomainError):
    code = "unknown_purchase"
    default_next_step = "Record the purchase first, with the same source and source event id."


class RefundExceedsPurchase(DomainError):
    code = "refund_exceeds_purchase"
    default_next_step = "Refund at most what is left of the purchase."


class UnknownOption(DomainError):
    code = "unknown_redemption_option"
    default_next_step = "Choose an option that the program names."


class OptionNotAvailable(DomainError):
    code = "redemption_option_not_available"
    default_next_step = "Choose another option, or redeem inside its dates and tiers."


class OffsetNotAllowed(DomainError):
    code = "offset_not_allowed"
    default_next_step = "Redeem fewer points, in the stated steps."


class OutOfStock(DomainError):
    code = "out_of_stock"
    default_next_step = "Choose another option or a smaller quantity."


class MemberLimitReached(DomainError):
    code = "member_limit_reached"
    default_next_step = "Wait for the next period."


class InsufficientPoints(DomainError):
    code = "insufficient_points"
    default_next_step = "Redeem fewer points, or earn more first."


class DebtOutstanding(DomainError):
    code = "debt_outstanding"
    default_next_step = "Earn back the points owed after a refund first."


class UnknownRedemption(DomainError):
    code = "unknown_redemption"
    default_next_step = "Use the id of a redemption of this member."


class RedemptionAlreadyCancelled(DomainError):
    code = "redemption_already_cancelled"
    default_next_step = "Nothing to do: the points were given back."


class DuplicateReference(DomainError):
    code = "duplicate_reference"
    default_next_step = "Use a fresh identifier."


class ConversionNotOffered(DomainError):
    code = "conversion_not_offered"
    default_next_step = "Convert from a brand whose program has an alliance section."


class BelowConversionMinimum(DomainError):
    code = "below_conversion_minimum"
    default_next_step = "Convert at least the stated minimum."


class DailyConversionLimit(DomainError):
    code = "daily_conversion_limit"
    default_next_step = "Convert the rest tomorrow."


class NotConvertible(DomainError):
    code = "not_convertible"
    default_next_step = "Convert fewer points: only matured, non-bonus points of the minimum age can be converted."


class UnknownConversion(DomainError):
    code = "unknown_conversion"
    default_next_step = "Use the id of a conversion of this member."


class ConversionAlreadySettled(DomainError):
    code = "conversion_already_settled"
    default_next_step = "Nothing to do: look up the conversion's state."


class SweepMismatch(DomainError):
    code = "sweep_mismatch"
    default_next_step = "Recount the member's due points and sweep again."


class UnknownTier(DomainError):
    code = "unknown_tier"
    default_next_step = "Name a tier of the program's ladder, or leave it out to have it computed."


class InvalidOpening(DomainError):
    code = "invalid_opening"
    default_next_step = "Correct the member's opening balance and import it again."


class ExpiredOpeningLot(DomainError):
    code = "opening_lot_expired"
    default_next_step = "Leave out lots that have expired; import the member's other lots."


class DonationFinal(DomainError):
    code = "donation_final"
    default_next_step = "Nothing to do: a donation is not given back."


class EntriesClosed(DomainError):
    code = "entries_closed"
    default_next_step = "Wait for the draw: tickets are final once the entries have closed."


class UnknownBenefit(DomainError):
    code = "unknown_benefit"
    default_next_step = "Use a benefit that the program names."


class BenefitExhausted(DomainError):
    code = "benefit_exhausted"
    default_next_step = "Wait for the next period, or buy a use with points where the program offers it."


class BenefitAlreadyUsed(DomainError):
    code = "benefit_already_used"
    default_next_step = "Nothing to do: a benefit that was used is not taken back."


class GiftsNotOffered(DomainError):
    code = "gifts_not_offered"
    default_next_step = "Gifts between members need a member_gifts section in the program."


class GiftNotAllowed(DomainError):
    code = "gift_not_allowed"
    default_next_step = "Give to another member, and at least the stated minimum."


class GiftLimitReached(DomainError):
    code = "gift_limit_reached"
    default_next_step = "Give less, or wait for the next period."


class NotGiveable(DomainError):
    code = "not_giveable"
    default_next_step = "Give fewer points: only matured, non-bonus points of the minimum age can be given."


class UnknownPrize(DomainError):
    code = "unknown_prize"
    default_next_step = "Award a prize that the lottery's rules name."


class NothingToAccelerate(DomainError):
    code = "nothing_to_accelerate"
    default_next_step = "Nothing to do: the membership adds no whole point to this purchase."
