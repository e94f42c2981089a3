"""What the accounts of a life must hold, said account by account from its events: an oracle beside `posting_rules`,
which says it event by event. And the comparison of a replayed life with the stored one. Owns no rule of the product."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from alliance_node.domain.event_facts import points_of
from alliance_node.domain.events import (
    BehaviourRecorded,
    CirculationAwardPaid,
    CirculationAwardRevoked,
    ConversionCaptured,
    ConversionReceived,
    ConversionReleased,
    ConversionReturned,
    Event,
    GiftReceived,
    GiftSent,
    OpeningImported,
    PointsExpired,
    PointsRecalled,
    PrizeWon,
    PurchaseRecorded,
    PurchaseRefunded,
    RedemptionCancelled,
    RedemptionMade,
    SpendingBonusPaid,
    SpendingBonusRevoked,
    TaskRevoked,
    TaskRewarded,
)
from alliance_node.domain.quantities import due_expiry, due_maturity, held, spendable
from alliance_node.domain.state import MemberState
from tests.unit.domain.life import Life

NOT_REPLAYED = {"lots", "touched_lots", "unloaded_from"}
"""The lots are compared with the table; the others are about loading."""


def total(stream: Iterable[Event], kinds: Any, field: str) -> int:
    return sum(getattr(event, field) for event in stream if isinstance(event, kinds))


def given(stream: Iterable[Event], kinds: Any) -> int:
    return sum(points_of(event) for event in stream if isinstance(event, kinds))


def accounts(stream: list[Event]) -> dict[str, int]:
    """Every account but the member's own three, which `Life.check` holds against the state."""
    undone = PurchaseRefunded | TaskRevoked
    fields = ("available_points", "pending_points", "expired_points", "debt_points")
    taken_back = sum(total(stream, undone, field) for field in fields)
    lost = SpendingBonusRevoked | CirculationAwardRevoked
    unpaid = sum(total(stream, lost, field) for field in fields)
    recovered = total(stream, RedemptionCancelled | ConversionReturned | ConversionReleased, "recovered_points")
    made = [event for event in stream if isinstance(event, RedemptionMade)]
    donated = sum(event.points for event in made if event.kind == "donation")
    earned = given(stream, PurchaseRecorded | BehaviourRecorded | TaskRewarded | PrizeWon)
    return {
        "program_cost": taken_back + recovered - earned,
        "redemption": total(made, RedemptionMade, "points") - donated - total(stream, RedemptionCancelled, "points"),
        "donation_pot": donated,
        "breakage": total(stream, PointsExpired | PointsRecalled, "points")
        - total(stream, undone | lost, "expired_points"),
        "conversion_clearing": total(stream, ConversionCaptured, "points")
        - total(stream, ConversionReturned | ConversionReceived, "points"),
        "gift_clearing": total(stream, GiftSent, "points") - given(stream, GiftReceived),
        "sponsored_bonus": unpaid - given(stream, SpendingBonusPaid | CirculationAwardPaid),
        "opening_balance": -given(stream, OpeningImported),
    }


def accounts_hold_what_the_events_say(life: Life) -> None:
    """DESIGN §3: no event moves an account that it does not name."""
    expected = accounts(life.stream)
    others = {name: amount for name, amount in life.journal.items() if not name.startswith("member_") and amount}
    assert others == {name: amount for name, amount in expected.items() if amount}


def replay_gives_the_same(life: Life) -> None:
    """DESIGN §3: the events alone give every column, counter, lot and account again."""
    state, lots, journal = life.rebuild()
    stored = life.state()
    assert lots == life.table
    assert +journal == +life.journal and -journal == -life.journal
    for field in set(MemberState.__struct_fields__) - NOT_REPLAYED:
        assert getattr(state, field) == getattr(stored, field), field
    for quantity in (spendable, due_expiry, due_maturity, held):  # with every lot, and with the open ones alone
        assert told(quantity, state, life.now) == told(quantity, stored, life.now), quantity.__name__


def told(quantity: Any, state: MemberState, at: int) -> Any:
    return quantity(state) if quantity is held else quantity(state, at)
