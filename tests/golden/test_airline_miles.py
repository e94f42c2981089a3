"""airline-miles: three years of a flyer, written down by hand from the program file.

Five sources, each with its own rate. Miles live 24 months, 30 when earned as gold, 36 when earned as platinum. Growth
(1 per CNY flown, 100 a segment) begins anew every 1 January. Of several campaigns the extras add up. Days are the
program's: the member lives in Los Angeles, where a Shanghai morning is the evening before, and no number may change
for that.
"""

from tests.golden.actions import buys, does, join, redeems, uses
from tests.golden.airline_miles_elite import A_NEW_YEAR_AND_RETENTION, ENDS, GOLD, PLATINUM
from tests.golden.runner import play, step

ZONE = "Asia/Shanghai"
HOME = "America/Los_Angeles"

FIVE_SOURCES = [
    step(
        "2027-01-06 10:00",
        join(),
        0,
        tier="member",
        says=[
            (
                "Welcome to Airline Miles. You start as Member. Balance: 0 miles.",
                "欢迎加入航空里程，起始等级：普卡。余额 0 里程。",
            )
        ],
    ),
    step(
        "2027-01-06 10:05",
        does("register"),
        500,
        {1: "500 500 2029-01-06 behaviour"},
        says=[("+500 miles: Registration. Balance: 500 miles.", "+500 里程：注册。余额 500 里程。")],
    ),
    step(
        "2027-01-11 10:00",  # Monday: × 0.5
        buys("f1", "1234.00", source="flight"),
        1117,
        {2: "617 617 2029-01-11 base"},
        growth=1334,
        says=[
            (
                "+617 miles for your purchase of 1234.00 CNY. Balance: 1117 miles.",
                "消费 1234.00 CNY，+617 里程。余额 1117 里程。",
            ),
        ],
    ),
    step(
        "2027-01-12 10:00",  # Tuesday: a tenth more
        buys("f2", "2000.00", source="flight"),
        2217,
        {3: "1000 1000 2029-01-12 base", 4: "100 100 2029-01-12 bonus"},
        growth=3434,
        says=[
            (
                "+1100 miles for your purchase of 2000.00 CNY. Balance: 2217 miles.",
                "消费 2000.00 CNY，+1100 里程。余额 2217 里程。",
            ),
        ],
    ),
    step(
        "2027-01-20 09:00",  # 456 whole tens × 3
        buys("c1", "4567.89", source="card"),
        3585,
        {5: "1368 1368 2029-01-20 base"},
        says=[
            (
                "+1368 miles for your purchase of 4567.89 CNY. Balance: 3585 miles.",
                "消费 4567.89 CNY，+1368 里程。余额 3585 里程。",
            ),
        ],
    ),
    step(
        "2027-01-31 09:00",  # 355.552 → 355
        buys("h1", "888.88", source="hotel"),
        3940,
        {6: "355 355 2029-01-31 base"},
        says=[
            (
                "+355 miles for your purchase of 888.88 CNY. Balance: 3940 miles.",
                "消费 888.88 CNY，+355 里程。余额 3940 里程。",
            ),
        ],
    ),
    step(
        "2027-02-01 09:00",  # 120.5, half up: 121
        buys("v1", "301.25", source="car-hire"),
        4061,
        {7: "121 121 2029-02-01 base"},
        says=[
            (
                "+121 miles for your purchase of 301.25 CNY. Balance: 4061 miles.",
                "消费 301.25 CNY，+121 里程。余额 4061 里程。",
            ),
        ],
    ),
    step(
        "2027-02-02 09:00",  # 1,000 × 0.3 + 500 × 0.4; Tuesdays are for flights
        buys("s1", "1500.00", source="shop"),
        4561,
        {8: "500 500 2029-02-02 base"},
        says=[
            (
                "+500 miles for your purchase of 1500.00 CNY. Balance: 4561 miles.",
                "消费 1500.00 CNY，+500 里程。余额 4561 里程。",
            ),
        ],
    ),
    step("2027-02-03 09:00", buys("t1", "100.00", source="taxi"), 4561),  # no partner
    step(
        "2027-02-10 09:00",
        does("app-boarding"),
        4581,
        {9: "20 20 2029-02-10 behaviour"},
        says=[
            (
                "+20 miles: Checked in for a flight in the app. Balance: 4581 miles.",
                "+20 里程：应用内值机。余额 4581 里程。",
            )
        ],
    ),
]

FOUR_FLIGHTS_IN_MARCH = [
    step(
        "2027-03-01 10:00",
        buys("m1", "500.00", source="flight"),
        4831,
        {10: "250 250 2029-03-01 base"},
        growth=4034,
        says=[
            (
                "+250 miles for your purchase of 500.00 CNY. Balance: 4831 miles.",
                "消费 500.00 CNY，+250 里程。余额 4831 里程。",
            ),
        ],
    ),
    step(
        "2027-03-03 10:00",
        buys("m2", "500.00", source="flight"),
        5081,
        {11: "250 250 2029-03-03 base"},
        growth=4634,
        says=[
            (
                "+250 miles for your purchase of 500.00 CNY. Balance: 5081 miles.",
                "消费 500.00 CNY，+250 里程。余额 5081 里程。",
            ),
        ],
    ),
    step(
        "2027-03-05 10:00",
        buys("m3", "500.00", source="flight"),
        5331,
        {12: "250 250 2029-03-05 base"},
        growth=5234,
        says=[
            (
                "+250 miles for your purchase of 500.00 CNY. Balance: 5331 miles.",
                "消费 500.00 CNY，+250 里程。余额 5331 里程。",
            ),
        ],
    ),
    step(
        "2027-03-08 10:00",  # 250, business 500 × 0.2 = 100, the fourth of the month 1,000
        buys("m4", "500.00", "business", source="flight"),
        6681,
        {13: "250 250 2029-03-08 base", 14: "100 100 2029-03-08 bonus", 15: "1000 1000 2029-03-08 bonus"},
        growth=5834,
        says=[
            (
                "+350 miles for your purchase of 500.00 CNY. Balance: 5681 miles.",
                "消费 500.00 CNY，+350 里程。余额 5681 里程。",
            ),
            (
                "Done: Four flights in a month. +1000 miles. Balance: 6681 miles.",
                "任务完成：一月四次飞行，+1000 里程。余额 6681 里程。",
            ),
        ],
    ),
    step(
        "2027-03-20 10:00",  # 4,581 in lots 1 to 9, 250 of lot 10, 169 of lot 11
        redeems("lounge"),
        1681,
        {
            1: "500 0",
            2: "617 0",
            3: "1000 0",
            4: "100 0",
            5: "1368 0",
            6: "355 0",
            7: "121 0",
            8: "500 0",
            9: "20 0",
            10: "250 0",
            11: "250 81",
        },
        says=[
            (
                "1 × One lounge visit for 5000 miles. Balance: 1681 miles.",
                "已用 5000 里程兑换：贵宾厅一次 × 1。余额 1681 里程。",
            ),
        ],
    ),
    step(
        "2027-03-21 10:00",
        uses("lounge"),
        1681,
        says=[("Used: Lounge. Balance: 1681 miles.", "已使用权益：贵宾厅。余额 1681 里程。")],
    ),
    step("2027-03-22 10:00", uses("lounge"), 1681, refused="BenefitExhausted"),
]

LIFE = [*FIVE_SOURCES, *FOUR_FLIGHTS_IN_MARCH, *GOLD, *A_NEW_YEAR_AND_RETENTION, *PLATINUM, *ENDS]


def test_three_years_of_flying() -> None:
    """R-EARN-8 (five sources), R-TIER-5, R-BEN-1, R-BEN-2, R-EXP-1 (2–3 years), R-EXP-2: the whole table holds."""
    assert play("airline-miles", LIFE, ZONE, HOME) == []
