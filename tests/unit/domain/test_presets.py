"""The shipped presets: what every one must be, and short lives under grocery-points, coffee-stars and music-points.

Every number was written down by hand from the program's words; the long lives of the others are in `tests/golden`.
"""

import re

import pytest

from alliance_node.domain.errors import OptionNotAvailable
from alliance_node.domain.events import RedemptionMade
from alliance_node.domain.instants import format_instant, parse_instant
from alliance_node.domain.program.loading import warnings
from alliance_node.domain.program.redemption_schema import Award
from alliance_node.programs import PRESETS, load_preset, preset_text
from bridge.protocol.rates import Rate, to_alliance_units_down, to_local_points_down
from tests.unit.domain.life import Life

START = parse_instant("2026-03-02T12:00:00-05:00")


def ends(member: Life) -> list[str]:
    return [format_instant(lot.expires_at) for lot in member.table.values()]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_load_offer_five_channels_and_name_no_trade_mark(name: str) -> None:
    program = load_preset(name)
    assert warnings(program, preset_text(name)) == []
    assert program.program == name
    assert program.alliance is not None
    assert len({offer.kind for offer in program.redemption}) >= 5
    assert not re.search("starbucks|amazon|taobao|jingdong|星巴克|京东|淘宝|亚马逊", preset_text(name), re.IGNORECASE)


def test_five_presets_are_offered_beside_the_two_of_the_demo() -> None:
    """REQUIREMENTS §10; music-points and grocery-points are the demo's."""
    assert set(PRESETS) - {"grocery-points", "music-points"} == {
        "coffee-stars",
        "marketplace-beans",
        "daily-checkin",
        "airline-miles",
        "card-rewards",
    }


def test_the_mall_has_every_kind_of_channel_and_many_rules() -> None:
    """R-RED-1: all eight kinds in one program; its rules are those of the benchmarks."""
    program = load_preset("marketplace-beans")
    kinds = {offer.kind for offer in program.redemption}
    assert kinds == {"offset", "coupon", "gift", "experience", "donation", "lottery", "flash", "benefit"}
    for_purchases = [rule for rule in (*program.earn.rules, *program.growth.rules) if rule.on == "purchase"]
    assert len(for_purchases) + len(program.earn.campaigns) >= 20


def test_points_only_goods_cost_no_money() -> None:
    """R-RED-9: the mascot is 3,000 beans and nothing else, once a member."""
    member = Life(load_preset("marketplace-beans"), parse_instant("2027-02-01T12:00:00+08:00"), "Asia/Shanghai")
    offer = member.book.at(member.now).offers["bean-mascot"].offer
    assert isinstance(offer, Award)
    assert offer.points_only
    member.purchase(150_000)  # 3,000 beans and more
    member.limits["stock:bean-mascot"] = 1
    made = member.redeem("bean-mascot")[0]
    assert isinstance(made, RedemptionMade)
    assert (made.points, made.cash_minor, member.limits["stock:bean-mascot"]) == (3000, 0, 0)


@pytest.mark.parametrize("points", [1, 999, 1000, 123_457])
def test_one_card_point_becomes_one_mile(points: int) -> None:
    """R-ALL-8 golden 1:1: a card point leaves for 50 alliance units of 0.001 CNY, a mile arrives for 50."""
    card, airline = _published("card-rewards"), _published("airline-miles")
    units = to_alliance_units_down(card, points)
    assert (units, to_local_points_down(airline, units)) == (points * 50, points)


def _published(name: str) -> Rate:
    """The suggested rates of a preset, as a brand would publish them."""
    alliance = load_preset(name).alliance
    assert alliance is not None
    into, out = alliance.rate_in, alliance.rate_out
    return Rate(into.numerator, into.denominator, out.numerator, out.denominator)


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="grocery-points, coffee-stars, music-points"):
        preset_text("miles")


def test_a_year_of_groceries() -> None:
    """grocery-points: brackets, growth 1 per USD + 100 per purchase, six months rolling, +6 months on a purchase."""
    member = Life(load_preset("grocery-points"), START)
    member.purchase(9999, "a")  # 99 points, growth 199
    member.purchase(30001, "b", tags=("fresh",))  # 450 + 5 points, growth 400
    member.behave("profile")  # 80 points, growth 50
    state = member.state()
    assert (member.spendable, state.growth, state.tier) == (634, 649, "member")
    assert ends(member) == ["2026-09-03T04:00:00Z"] * 3  # through 2 September, New York
    member.offset(100, 200)  # 1.00 USD of 2.00
    assert (member.spendable, member.journal["redemption"]) == (534, 100)
    member.now = parse_instant("2026-08-20T09:00:00-04:00")
    member.purchase(10000, "c")  # 120 points; the rest of March lives until 2 March
    assert ends(member) == [
        "2026-09-03T04:00:00Z",  # spent: no need
        "2027-03-03T05:00:00Z",
        "2027-03-03T05:00:00Z",
        "2027-02-21T05:00:00Z",
    ]
    member.now = parse_instant("2026-10-12T09:00:00-04:00")
    member.purchase(5000, "d")  # 50 points, doubled by the harvest campaign
    assert (member.spendable, len(member.table)) == (754, 6)
    member.now = parse_instant("2027-02-21T00:00:00-05:00")
    member.sweep()
    assert (member.spendable, member.journal["breakage"]) == (634, 120)
    member.now = parse_instant("2027-04-14T00:00:00-04:00")
    member.sweep()  # 12 October + 6 months = 12 April
    assert (member.spendable, member.journal["breakage"], member.state().booked) == (0, 754, 0)


def test_grocery_tiers_and_their_extra() -> None:
    """Silver at growth 5,000: 0.1 point more per USD, as a bonus that cannot be converted."""
    member = Life(load_preset("grocery-points"), START)
    member.purchase(490_000)  # growth 4,900 + 100
    assert member.state().tier == "silver"
    member.purchase(20000)  # 240 + 20 bonus
    assert [(lot.amount, lot.kind, lot.convertible) for lot in list(member.table.values())[1:]] == [
        (240, "base", True),
        (20, "bonus", False),
    ]
    assert format_instant(member.state().protected_until) == "2027-03-02T17:00:00Z"


def test_the_coffee_club() -> None:
    """coffee-stars golden: 2 stars per USD, gold after 560.00 USD earns 3, 400 stars are a drink."""
    member = Life(load_preset("coffee-stars"), START)
    member.behave("register")  # 50
    member.purchase(465, channel="app")  # 9 + 5 bonus
    member.purchase(465, channel="app")  # 9; the bonus is once a day
    assert member.spendable == 73
    with pytest.raises(OptionNotAvailable, match="for tiers Gold; the member is in Green"):
        member.redeem("early-tasting")
    member.purchase(55070)  # 1,101 stars; 465 + 465 + 55,070 = 560.00; the week's third purchase: 50
    assert (member.spendable, member.state().tier) == (1224, "gold")
    member.purchase(1000)  # 30
    member.redeem("drink")
    assert (member.spendable, ends(member)[0]) == (854, "2027-03-03T05:00:00Z")


def test_the_music_shop() -> None:
    """music-points: 5 points per USD, collector at growth 1,500 earns 6, twelve months rolling."""
    member = Life(load_preset("music-points"), START)
    member.purchase(2933)  # 146 points, growth 129
    assert (member.spendable, member.state().growth) == (146, 129)
    member.purchase(127_100)  # 6,355 points, growth 1,371
    assert (member.state().growth, member.state().tier) == (1500, "collector")
    member.purchase(1000)  # 60
    assert member.spendable == 6561
    member.limits["stock:poster"] = 1
    member.redeem("poster")
    assert (member.spendable, member.limits["stock:poster"]) == (561, 0)
    member.days(400).sweep()
    assert (member.spendable, member.journal["breakage"]) == (0, 561)
