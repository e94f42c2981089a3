"""The body of an accepted command is written by hand for speed: the same bytes as its documented shape gives."""

import msgspec
import pytest

from alliance_node.application.answers import AcceptedBody, Balance, EventRef, accepted_body
from alliance_node.domain.state import Hold, Lot, PendingLot, new_member

MEMBER = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"


@pytest.mark.parametrize("tier", ["gold", "", 'a "quoted" one', "白金\n"])
def test_an_accepted_body_has_its_documented_shape(tier: str) -> None:
    state = new_member(MEMBER)
    state.tier, state.booked = tier, 100
    state.lots[1] = Lot(1, 70, 70, 5, 5, 50, "base", True, 1)
    state.lots[2] = Lot(2, 30, 30, 5, 20, 50, "base", True, 1)
    state.pending[2] = PendingLot(20, 30)
    state.holds["c"] = Hold("c", 7, (), 6)
    expected = AcceptedBody(EventRef(MEMBER, 3), 0, Balance(70, 7, 30), tier)
    assert accepted_body(state, 3, None, 10) == msgspec.json.encode(expected)
