"""What a group takes of a shared limit, and when that still fits once others have taken too."""

from alliance_node.application.limits import Draw, is_leased
from alliance_node.domain.commands import order_limit


def drawn(*uses: tuple[int, int]) -> Draw:
    """A draw of (units, capacity) in order."""
    draw = Draw()
    for units, capacity in uses:
        draw.add(units, capacity)
    return draw


def test_the_ceiling_is_what_may_have_been_used_before_for_every_take_to_fit() -> None:
    assert drawn((3, 10), (2, 10)).ceiling == 5


def test_units_given_back_earlier_in_the_group_make_room_for_later_takes_only() -> None:
    assert drawn((6, 10), (-4, 0), (3, 10)).ceiling == 4
    assert drawn((-4, 0), (3, 10)).ceiling == 11


def test_takes_under_two_capacities_fit_both_and_no_slice_pays_for_them() -> None:
    """Late events are decided under the version of their time, with its own stock."""
    mixed = drawn((3, 10), (2, 8))
    assert mixed.capacity is None
    assert mixed.ceiling == 3
    assert drawn((3, 10), (2, 8), (1, 10)).capacity is None


def test_giving_back_needs_no_room() -> None:
    back = drawn((-4, 0))
    assert (back.taken, back.returned, back.ceiling) == (0, 4, None)


def test_an_orders_cap_is_one_row() -> None:
    assert not is_leased(order_limit("A-1"))
    assert is_leased("stock:mug")
    assert is_leased("budget:autumn/3")
