"""What can happen in a golden life, in the words of its table. Each action becomes one command; times are arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from alliance_node.domain.commands import (
    AwardPrize,
    CancelRedemption,
    CaptureConversion,
    ChangeTimezone,
    Command,
    EnrolMember,
    EvaluateTier,
    HoldForConversion,
    ReceiveConversion,
    RecordBehaviour,
    RecordPurchase,
    RecordRefund,
    Redeem,
    ReleaseConversion,
    SendGift,
    SweepExpiry,
    UseBenefit,
)
from alliance_node.domain.instants import Instant
from alliance_node.domain.quantities import due_expiry
from alliance_node.domain.state import MemberState

OTHER_MEMBER = "7f3c1c52-5a0e-4c1d-9a51-1f6f0f8f0002"


@dataclass(frozen=True)
class Moment:
    """Who, when, and the state that a job would have read."""

    member_id: str
    timezone: str
    now: Instant
    state: MemberState
    instant: Callable[[str], Instant]


@dataclass(frozen=True)
class Action:
    """Something that happens; `make` gives its command, or None when only time passes."""

    name: str
    make: Callable[[Moment], Command | None]


def minor(amount: str) -> int:
    """Money with two decimals in minor units."""
    return int(Decimal(amount) * 100)


def join() -> Action:
    return Action("join", lambda m: EnrolMember(m.member_id, m.timezone, m.now))


def waits() -> Action:
    """Only time passes: no job ran."""
    return Action("time passes", lambda m: None)


def buys(
    key: str, amount: str, *tags: str, channel: str = "shop", source: str = "pos", at: str = "", approved: str = ""
) -> Action:
    """`at` is when it happened, when it is reported late; `approved` says who let it in after the window, and why."""

    def make(m: Moment) -> Command:
        when = m.instant(at) if at else m.now
        return RecordPurchase(m.member_id, source, key, minor(amount), when, tags, channel, approved)

    return Action(f"buys {key} for {amount}", make)


def refunds(key: str, amount: str, source: str = "pos", refund: str = "") -> Action:
    def make(m: Moment) -> Command:
        return RecordRefund(m.member_id, source, refund or f"refund-{key}", source, key, minor(amount), m.now)

    return Action(f"refunds {amount} of {key}", make)


def does(behaviour: str, grade: int = 0, at: str = "") -> Action:
    def make(m: Moment) -> Command:
        when = m.instant(at) if at else m.now
        return RecordBehaviour(m.member_id, "app", f"{behaviour}-{m.now}-{when}", behaviour, when, grade)

    return Action(behaviour, make)


def redeems(option: str, key: str = "", quantity: int = 1) -> Action:
    def make(m: Moment) -> Command:
        return Redeem(m.member_id, key or f"{option}-{m.now}", option, quantity, None, None, m.now)

    return Action(f"redeems {quantity} {option}", make)


def gives(option: str, points: int) -> Action:
    """A donation."""
    return Action(f"gives {points}", lambda m: Redeem(m.member_id, f"{option}-{m.now}", option, 1, None, points, m.now))


def pays(points: int, order: str, amount: str, option: str = "checkout") -> Action:
    def make(m: Moment) -> Command:
        return Redeem(m.member_id, f"{order}-{m.now}", option, 1, minor(amount), points, m.now, order)

    return Action(f"pays {points} on {order}", make)


def cancels(key: str) -> Action:
    return Action(f"cancels {key}", lambda m: CancelRedemption(m.member_id, key, m.now))


def uses(benefit: str) -> Action:
    return Action(f"uses {benefit}", lambda m: UseBenefit(m.member_id, f"{benefit}-{m.now}", benefit, m.now))


def sends(points: int) -> Action:
    """A gift to another member."""
    return Action(f"sends {points}", lambda m: SendGift(m.member_id, f"gift-{m.now}", OTHER_MEMBER, points, m.now))


def wins(option: str, prize: str, ticket: int) -> Action:
    def make(m: Moment) -> Command:
        return AwardPrize(m.member_id, option, f"draw-{option}", ticket, prize, m.now, 1)

    return Action(f"wins {prize}", make)


def converts(key: str, points: int, units: int) -> Action:
    """Holds the points for a conversion into so many alliance units."""
    return Action(f"converts {points}", lambda m: HoldForConversion(m.member_id, key, points, units, m.now))


def conversion_done(key: str) -> Action:
    return Action(f"conversion {key} is final", lambda m: CaptureConversion(m.member_id, key, m.now))


def conversion_fails(key: str) -> Action:
    return Action(f"conversion {key} fails", lambda m: ReleaseConversion(m.member_id, key, "rejected", m.now))


def receives(key: str, points: int, units: int, brand: str) -> Action:
    return Action(f"receives {points}", lambda m: ReceiveConversion(m.member_id, key, points, units, brand, m.now))


def moves(timezone: str) -> Action:
    return Action(f"moves to {timezone}", lambda m: ChangeTimezone(m.member_id, timezone, m.now))


def sweep() -> Action:
    """The nightly job books what has expired."""
    return Action("sweep", lambda m: SweepExpiry(m.member_id, m.now, due_expiry(m.state, m.now)))


def evaluation() -> Action:
    """The tier job looks at the member."""
    return Action("evaluation", lambda m: EvaluateTier(m.member_id, m.now))
