"""Errors of the application layer: typed, with what to do next.

Owns everything that is refused before or around a domain decision. It may not carry HTTP status codes: an entry point
maps `code` to its own protocol.
"""

from collections.abc import Iterable
from typing import ClassVar

from alliance_node.application.chinese import CHINESE


class ApplicationError(Exception):
    """Base: `code` (snake_case, stable), a message with the numbers, `next_step` for the person who reads it."""

    code: ClassVar[str] = "application_error"
    next_step: str = "Ask the operator of this node."

    def __init__(self, message: str, next_step: str | None = None, *, chinese: tuple[str, str] = ("", "")) -> None:
        """`chinese` says message and next step where the words of the code alone would say less."""
        super().__init__(message)
        self.message = message
        self._chinese = chinese
        if next_step is not None:
            self.next_step = next_step

    @property
    def chinese(self) -> str:
        """The message in Chinese, with what the English one names; empty where only operators of the node read it."""
        words = CHINESE.get(self.code)
        return self._chinese[0] or (f"{words[0]}（{self.message}）" if words is not None else "")

    @property
    def next_step_chinese(self) -> str:
        """What to do, in Chinese."""
        words = CHINESE.get(self.code)
        return self._chinese[1] or (words[1] if words is not None else "")


class IdempotencyConflict(ApplicationError):
    """The key was used before with another body."""

    code = "idempotency_conflict"
    next_step = "Send the original body again, or use a new Idempotency-Key for the new request."


class BusinessKeyConflict(ApplicationError):
    """(source, source_event_id) was recorded before with another member, kind or amount."""

    code = "business_key_conflict"
    next_step = "Correct the source event id; to correct an amount send a refund and a new purchase."


class RecordedBefore(ApplicationError):
    """A preview of something that has been decided already."""

    code = "recorded_before"
    next_step = "Look it up in the member's history."


class UnknownMember(ApplicationError):
    """No member with this id is enrolled here."""

    code = "unknown_member"
    next_step = "Enrol the member first, or correct the member id."


def unknown_member(member_id: object) -> UnknownMember:
    """The one wording of it; an id that is none is cut."""
    name = str(member_id)[:64]
    return UnknownMember(f"no member {name!r} is enrolled here", chinese=(f"会员 {name!r} 未在本品牌入会", ""))


class MemberClosed(ApplicationError):
    """The member has left: nothing can be earned, spent or received any more."""

    code = "member_closed"
    next_step = "Enrol the person again as a new member."


class UnknownConversion(ApplicationError):
    """No conversion with this id."""

    code = "unknown_conversion"
    next_step = "Correct the conversion id."


class UnknownQuote(ApplicationError):
    """No quote with this id for this member."""

    code = "unknown_quote"
    next_step = "Ask for a new quote."


class QuoteExpired(ApplicationError):
    """The quote's time is over, or the rate it named can no longer be used."""

    code = "quote_expired"
    next_step = "Ask for a new quote."


class QuoteUsed(ApplicationError):
    """The quote has already been turned into a conversion."""

    code = "quote_used"
    next_step = "Look at the conversion; ask for a new quote to convert again."


class ConversionBroken(ApplicationError):
    """The chain reports a step that this database cannot follow: it was changed, or restored from an old backup."""

    code = "conversion_broken"
    next_step = "Stop the bridge and run `alliance chain reconcile` and `alliance node rebuild --check`."


class InvalidReceivingCode(ApplicationError):
    """The receiving code is malformed, expired, not signed by its brand, or for another chain or desk."""

    code = "invalid_receiving_code"
    next_step = "Ask the receiving brand for a new code."


class OwnReceivingCode(ApplicationError):
    """A brand's points cannot be converted into the same brand's points."""

    code = "own_receiving_code"
    next_step = "Use a receiving code of another brand."


class UnknownBrand(ApplicationError):
    """The alliance has no active brand with this id."""

    code = "unknown_brand"
    next_step = "Check the brand with `alliance chain status`."


class NoRatePublished(ApplicationError):
    """A brand has no usable rate (none published, or a worse one takes effect before the conversion would land)."""

    code = "no_rate_published"
    next_step = "Wait until the brand has published a rate that is in force."


class AllianceNotConnected(ApplicationError):
    """This node has no connection to the alliance, so it can neither quote nor convert."""

    code = "alliance_not_connected"
    next_step = (
        "Fill in [alliance] in node.toml (`alliance brand connect`), see that its ledger answers, start the node."
    )


class LedgerUnreachable(AllianceNotConnected):
    """The alliance's ledger doesn't answer this node now, or answers nonsense. What waits for it goes on waiting."""

    code = "ledger_unreachable"
    next_step = "Start the chain node (locally: `alliance chain up`) or correct `rpc_url` in node.toml, then try again."


class OutboxFull(ApplicationError):
    """As many conversions wait for the ledger as may: it is slow or dead. Nothing was held; everything else goes on."""

    code = "outbox_full"
    next_step = "Try again in 5 minutes; the points stay spendable meanwhile."


class AmountTooSmall(ApplicationError):
    """The points are worth less than one alliance unit."""

    code = "amount_too_small"
    next_step = "Convert more points at once."


class QueueFull(ApplicationError):
    """More commands wait than the node accepts; nothing was done."""

    code = "queue_full"
    next_step = "Retry after a short pause; the request was not processed."


class QueueClosed(ApplicationError):
    """The node is stopping; nothing was done."""

    code = "shutting_down"
    next_step = "Retry when the node is up again; the request was not processed."


class DatabaseBusy(ApplicationError):
    """The database stayed locked or kept aborting the transaction; nothing was written."""

    code = "database_busy"
    next_step = "Retry with the same Idempotency-Key."


class DatabaseUnavailable(ApplicationError):
    """The database cannot be reached; if a commit was under way, its fate is unknown until the retry."""

    code = "database_unavailable"
    next_step = "Retry with the same Idempotency-Key when the database is back."


class TransactionAborted(ApplicationError):
    """The database undid the transaction (serialisation failure, deadlock); running it again is safe."""

    code = "transaction_aborted"
    next_step = "Retry with the same Idempotency-Key."


class LimitsMoved(TransactionAborted):
    """Another process took of a shared limit what this group had counted on; the next run locks `limit_ids` first."""

    code = "limits_moved"

    def __init__(self, limit_ids: Iterable[str]) -> None:
        self.limit_ids = frozenset(limit_ids)
        super().__init__(f"{', '.join(sorted(self.limit_ids))} moved while the group was decided")


class RowsRejected(ApplicationError):
    """The database refused a row (a key taken meanwhile, a value it cannot hold)."""

    code = "rows_rejected"
    next_step = "Check the identifiers of the request; nothing was written."


class JobBroken(ApplicationError):
    """A job's command was refused although the job's own count says it should not be."""

    code = "job_broken"
    next_step = "Run `alliance node rebuild --check`."


class InvalidProgram(ApplicationError):
    """A program version that cannot be activated."""

    code = "invalid_program"
    next_step = "Correct the program file; `alliance program validate` lists every error."


class NoticeTooShort(ApplicationError):
    """A program version is worse for members sooner than was promised (R-VAL-3, R-VAL-4)."""

    code = "notice_too_short"
    next_step = "Choose a later date, or take the worse points back."


class ClockMovedBack(ApplicationError):
    """A simulation clock only moves forward."""

    code = "clock_moved_back"
    next_step = "Set an instant that is not before the node's clock."


class InvalidCursor(ApplicationError):
    """A cursor that this node did not hand out."""

    code = "invalid_cursor"
    next_step = "Start again without a cursor."


class UnknownProgramVersion(ApplicationError):
    """The brand has no program version with this number."""

    code = "unknown_program_version"
    next_step = "Ask for the version in force by leaving the number out."


class UnknownEvent(ApplicationError):
    """The member's stream has no such version."""

    code = "unknown_event"
    next_step = "Take the version from the member's history."


class SealerBusy(ApplicationError):
    """Another process seals this log."""

    code = "sealer_busy"
    next_step = "Leave sealing to the other process, or stop it first."


class BrokenLog(ApplicationError):
    """The sealed log contradicts the event table: somebody changed what was sealed."""

    code = "broken_log"
    next_step = "Stop the node, keep the database as evidence and run `alliance node rebuild --check`."


class BudgetNotOpen(ApplicationError):
    """A sponsor's order comes too late, too early, or for nothing."""

    code = "budget_not_open"
    next_step = "`alliance brand budget list` shows every budget with its deadline and what is left."


class BudgetForItself(ApplicationError):
    """A brand as the sponsor of its own budget: the ledger would keep what nobody can close."""

    code = "budget_for_itself"
    next_step = "Name another brand of the alliance; what the brand gives by itself needs no budget."


class BudgetOrderConflict(ApplicationError):
    """The same order of a sponsor with other content."""

    code = "budget_order_conflict"
    next_step = "Use another order name, or send the first content again."


class UnknownLottery(ApplicationError):
    """The program has no lottery option of that name."""

    code = "unknown_lottery"
    next_step = "Name a redemption option of kind lottery of the program in force."


class UnknownDraw(ApplicationError):
    """No draw with this id, or no party of that name in it."""

    code = "unknown_draw"
    next_step = "Take the draw's id from the list of draws."


class DrawConflict(ApplicationError):
    """The draw cannot be opened with these terms."""

    code = "draw_conflict"
    next_step = "Choose another id, or send the first terms again."


class DrawNotReady(ApplicationError):
    """The draw's step is too early or too late."""

    code = "draw_not_ready"
    next_step = "Take the step at the stated time."


class SeedRejected(ApplicationError):
    """A commitment or seed that is malformed, or a seed that does not open its commitment."""

    code = "seed_rejected"
    next_step = "Send the seed whose commitment was announced, in hexadecimal."


class DrawBroken(ApplicationError):
    """The tickets in the ledger are not those of the published list: somebody changed what was frozen."""

    code = "draw_broken"
    next_step = "Stop the draw, keep the database as evidence and run `alliance node rebuild --check`."
