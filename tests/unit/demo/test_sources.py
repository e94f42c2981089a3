"""The data sets are what the summary claims they are: pinned counts, exact cents, whole weeks (DESIGN §2)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alliance_node.entrypoints.demo.sources import calendar
from alliance_node.entrypoints.demo.sources.cdnow import Cdnow, read_cdnow
from alliance_node.entrypoints.demo.sources.journey import Journey, read_journey

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def journey() -> Journey:
    return read_journey()


@pytest.fixture(scope="module")
def cdnow() -> Cdnow:
    return read_cdnow()


def test_the_grocery_file_holds_the_pinned_numbers_of_lines_baskets_and_households(journey: Journey) -> None:
    assert (journey.lines, journey.baskets, journey.households) == (1_469_307, 155_848, 2_469)


def test_coffee_lines_form_the_coffee_brand_and_leave_the_groceries(journey: Journey) -> None:
    assert journey.coffee_lines == 13_274
    assert len({purchase.customer for purchase in journey.coffee}) == 1_502
    total = sum(purchase.amount_minor for purchase in journey.groceries + journey.coffee)
    assert total == 459_603_958, "no cent is lost or counted twice by the split"


def test_a_basket_of_coffee_alone_is_no_grocery_purchase(journey: Journey) -> None:
    assert len(journey.groceries) == 155_464
    assert len({purchase.event_id for purchase in journey.groceries}) == 155_464


def test_the_music_file_holds_the_pinned_numbers_and_its_last_year_is_replayed(cdnow: Cdnow) -> None:
    assert (cdnow.orders, cdnow.customers) == (69_659, 23_570)
    assert len(cdnow.music) == 28_189
    assert len({purchase.event_id for purchase in cdnow.music}) == 28_189


def test_amounts_are_integers_and_never_negative(journey: Journey, cdnow: Cdnow) -> None:
    for purchases in (journey.groceries, journey.coffee, cdnow.music):
        assert all(type(purchase.amount_minor) is int and purchase.amount_minor >= 0 for purchase in purchases)


def test_every_source_ends_on_the_same_local_day(journey: Journey, cdnow: Cdnow) -> None:
    for purchases in (journey.groceries, journey.coffee, cdnow.music):
        assert calendar.local_day(purchases[-1].occurred_at) == calendar.LAST_DAY
        assert calendar.start_of_replay() <= purchases[0].occurred_at
        assert purchases == sorted(purchases, key=lambda purchase: (purchase.occurred_at, purchase.event_id))


def test_a_shift_keeps_weekday_and_wall_clock_across_daylight_saving() -> None:
    summer_night = datetime(2017, 3, 13, 0, 30, tzinfo=NEW_YORK)
    moved = calendar.shifted(int(summer_night.timestamp()), timedelta(weeks=469))
    local = datetime.fromtimestamp(moved, UTC).astimezone(NEW_YORK)
    assert (local.hour, local.minute, local.weekday()) == (0, 30, summer_night.weekday())
    # The last hours of summer time in both years: it ended on 5 November 2017 and on 1 November 2026.
    autumn = datetime(2017, 11, 4, 23, 59, tzinfo=NEW_YORK)
    moved = calendar.shifted(int(autumn.timestamp()), timedelta(weeks=469))
    assert datetime.fromtimestamp(moved, UTC).astimezone(NEW_YORK).strftime("%H:%M %A") == "23:59 Saturday"


def test_a_source_that_ends_on_another_weekday_is_refused() -> None:
    with pytest.raises(calendar.NotWholeWeeks, match="1998-06-30"):
        calendar.whole_weeks_shift(date(1998, 6, 30))


def test_weeks_cover_the_year_without_gap() -> None:
    ends = calendar.week_ends()
    assert len(ends) == 53
    assert ends == sorted(set(ends))
    assert ends[-1] == calendar.end_of_year()
    starts = [calendar.start_of_replay(), *ends[:-1]]
    assert max(end - start for start, end in zip(starts, ends, strict=True)) == 7 * 86_400
