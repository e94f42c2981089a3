"""airline-miles: three years of a flyer, written down by hand from the program file.

Five sources, each with its own rate. Miles live 24 months, 30 when earned as gold, 36 when earned as platinum. Growth
(1 per CNY flown, 100 a segment) begins anew every 1 January. Of several campaigns the extras add up.
"""

from tests.golden.actions import (
    buys,
    cancels,
    conversion_done,
    converts,
    does,
    evaluation,
    join,
    receives,
    redeems,
    refunds,
    sweep,
    uses,
    waits,
)
from tests.golden.runner import play, step

ZONE = "Asia/Shanghai"

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

GOLD = [
    step(
        "2027-04-15 10:00",  # 5,834 + 24,066 + 100 = 30,000; these miles were still a member's: 24 months
        buys("f3", "24066.00", source="flight"),
        13714,
        {16: "12033 12033 2029-04-15 base"},
        growth=30000,
        tier="gold",
        says=[
            (
                "+12033 miles for your purchase of 24066.00 CNY. Balance: 13714 miles.",
                "消费 24066.00 CNY，+12033 里程。余额 13714 里程。",
            ),
            ("Congratulations: you are Gold now. Balance: 13714 miles.", "恭喜，您已升为金卡。余额 13714 里程。"),
        ],
    ),
    step(
        "2027-04-16 10:00",  # × 0.6, 30 months
        buys("f4", "1000.00", source="flight"),
        14314,
        {17: "600 600 2029-10-16 base"},
        growth=31100,
        says=[
            (
                "+600 miles for your purchase of 1000.00 CNY. Balance: 14314 miles.",
                "消费 1000.00 CNY，+600 里程。余额 14314 里程。",
            ),
        ],
    ),
    step(
        "2027-04-30 10:00",
        buys("h2", "100.00", source="hotel"),
        14354,
        {18: "40 40 2029-10-30 base"},
        says=[
            (
                "+40 miles for your purchase of 100.00 CNY. Balance: 14354 miles.",
                "消费 100.00 CNY，+40 里程。余额 14354 里程。",
            ),
        ],
    ),
    step("2027-05-10 10:00", redeems("short-haul"), 14354, refused="InsufficientPoints"),  # 15,000 for gold
    step(
        "2027-05-11 10:00",  # 100,000 units ÷ 50
        receives("in1", 2000, 100_000, "card-rewards"),
        16354,
        {19: "2000 2000 2029-11-11 received"},
        says=[
            (
                "2000 miles arrived from card-rewards. Balance: 16354 miles.",
                "从 card-rewards 转入 2000 里程。余额 16354 里程。",
            )
        ],
    ),
    step(
        "2027-05-12 10:00",  # 1,681 of March, 12,033, then 600 + 40 + 646
        redeems("short-haul", "award"),
        1354,
        {
            11: "250 0",
            12: "250 0",
            13: "250 0",
            14: "100 0",
            15: "1000 0",
            16: "12033 0",
            17: "600 0",
            18: "40 0",
            19: "2000 1354",
        },
        says=[
            (
                "1 × Short-haul award ticket for 15000 miles and 50.00 CNY. Balance: 1354 miles.",
                "已用 15000 里程加 50.00 CNY 兑换：国内奖励机票 × 1。余额 1354 里程。",
            )
        ],
    ),
    step(
        "2027-05-20 10:00",
        cancels("award"),
        16354,
        {
            11: "250 81",
            12: "250 250",
            13: "250 250",
            14: "100 100",
            15: "1000 1000",
            16: "12033 12033",
            17: "600 600",
            18: "40 40",
            19: "2000 2000",
        },
        says=[
            (
                "Redemption cancelled: 15000 miles came back. Balance: 16354 miles.",
                "兑换已取消，返还 15000 里程。余额 16354 里程。",
            )
        ],
    ),
    step(
        "2027-10-05 10:00",  # Tuesday: 1,800; autumn 1,800 and Tuesday 180 add up
        buys("f5", "3000.00", "autumn-route", source="flight"),
        20134,
        {20: "1800 1800 2030-04-05 base", 21: "1980 1980 2030-04-05 bonus"},
        growth=34200,
        says=[
            (
                "+3780 miles for your purchase of 3000.00 CNY. Balance: 20134 miles.",
                "消费 3000.00 CNY，+3780 里程。余额 20134 里程。",
            ),
        ],
    ),
    step(
        "2027-10-20 10:00",  # 25 days late: of a Saturday before the campaign
        buys("f6", "1000.00", "autumn-route", source="flight", at="2027-09-25 10:00"),
        20734,
        {22: "600 600 2030-03-25 base"},
        growth=35300,
        says=[
            (
                "+600 miles for your purchase of 1000.00 CNY. Balance: 20734 miles.",
                "消费 1000.00 CNY，+600 里程。余额 20734 里程。",
            ),
        ],
    ),
    step(
        "2027-11-10 10:00",
        buys("f7", "1000.00", source="flight", at="2027-10-01 10:00"),
        20734,
        refused="LateEvent",
    ),
]

A_NEW_YEAR_AND_RETENTION = [
    step(
        "2028-01-10 03:00",
        evaluation(),
        20734,
        growth=0,
        says=[
            (
                "Your growth value fell by 35300 at the yearly date. Balance: 20734 miles.",
                "年度衰减：成长值减少 35300。余额 20734 里程。",
            )
        ],
    ),
    step(
        "2028-02-29 10:00",  # Tuesday: 10,800, a tenth more; 30 months from 29 February
        buys("f8", "18000.00", source="flight"),
        32614,
        {23: "10800 10800 2030-08-29 base", 24: "1080 1080 2030-08-29 bonus"},
        growth=18100,
        says=[
            (
                "+11880 miles for your purchase of 18000.00 CNY. Balance: 32614 miles.",
                "消费 18000.00 CNY，+11880 里程。余额 32614 里程。",
            ),
        ],
    ),
    step(
        "2028-04-15 10:00",  # since gold: 1,100 + 3,100 + 1,100 + 18,100 = 23,400 of the 20,000 asked
        evaluation(),
        32614,
        says=[
            (
                "You keep Gold until 2029-04-15. Balance: 32614 miles.",
                "您已保级：金卡保留至 2029-04-15。余额 32614 里程。",
            )
        ],
    ),
    step(
        "2028-05-01 10:00",  # half of it
        refunds("f8", "9000.00", source="flight"),
        26674,
        {23: "5400 5400", 24: "540 540"},
        growth=9050,
        says=[
            (
                "Refund of 9000.00 CNY: 5940 miles were taken back. Balance: 26674 miles.",
                "退款 9000.00 CNY，收回 5940 里程。余额 26674 里程。",
            )
        ],
    ),
]

PLATINUM = [
    step(
        "2028-06-01 10:00",  # a Thursday; 9,050 + 71,100 = 80,150
        buys("f9", "71000.00", source="flight"),
        69274,
        {25: "42600 42600 2030-12-01 base"},
        growth=80150,
        tier="platinum",
        says=[
            (
                "+42600 miles for your purchase of 71000.00 CNY. Balance: 69274 miles.",
                "消费 71000.00 CNY，+42600 里程。余额 69274 里程。",
            ),
            ("Congratulations: you are Platinum now. Balance: 69274 miles.", "恭喜，您已升为白金卡。余额 69274 里程。"),
        ],
    ),
    step(
        "2028-06-02 10:00",  # × 0.7, 36 months
        buys("f10", "1000.00", source="flight"),
        69974,
        {26: "700 700 2031-06-02 base"},
        growth=81250,
        says=[
            (
                "+700 miles for your purchase of 1000.00 CNY. Balance: 69974 miles.",
                "消费 1000.00 CNY，+700 里程。余额 69974 里程。",
            ),
        ],
    ),
    step(
        "2028-06-03 10:00",
        uses("upgrade"),
        69974,
        says=[("Used: Upgrade to business class. Balance: 69974 miles.", "已使用权益：升舱公务舱。余额 69974 里程。")],
    ),
    step(
        "2028-06-04 10:00",  # 9,000 for platinum: 81 + 250 + 250 + 100 + 1,000 of March, 7,319 of lot 16
        redeems("upgrade"),
        60974,
        {11: "250 0", 12: "250 0", 13: "250 0", 14: "100 0", 15: "1000 0", 16: "12033 4714"},
        says=[
            (
                "1 × Upgrade to business class for 9000 miles. Balance: 60974 miles.",
                "已用 9000 里程兑换：升舱公务舱 × 1。余额 60974 里程。",
            )
        ],
    ),
]

ENDS = [
    step("2029-04-15 23:59", waits(), 60974, growth=0),
    step("2029-04-16 00:00", waits(), 56260),
    step(
        "2029-04-16 03:00",
        sweep(),
        56260,
        says=[("4714 miles expired. Balance: 56260 miles.", "4714 里程已过期。余额 56260 里程。")],
    ),
    step(
        "2029-06-01 10:00",  # 1,100 since platinum of the 60,000 asked: one step down
        evaluation(),
        56260,
        tier="gold",
        says=[
            (
                "Your growth value fell by 81250 at the yearly date. Balance: 56260 miles.",
                "年度衰减：成长值减少 81250。余额 56260 里程。",
            ),
            (
                "You are Gold now, no longer Platinum. Balance: 56260 miles.",
                "您的等级由白金卡变为金卡。余额 56260 里程。",
            ),
        ],
    ),
    step(
        "2029-10-17 03:00",
        sweep(),
        55660,
        says=[("600 miles expired. Balance: 55660 miles.", "600 里程已过期。余额 55660 里程。")],
    ),
    step(
        "2029-11-30 03:00",  # 40 + 2,000
        sweep(),
        53620,
        says=[("2040 miles expired. Balance: 53620 miles.", "2040 里程已过期。余额 53620 里程。")],
    ),
    step(
        "2029-12-15 10:00",  # no bonus miles: 600 + 1,800 + 2,600 of lot 23; × 44 units
        converts("out1", 5000, 220_000),
        48620,
        {22: "600 0", 20: "1800 0", 23: "5400 2800"},
        says=[
            (
                "5000 miles are on their way to another brand. Balance: 48620 miles.",
                "5000 里程正在转往其他品牌。余额 48620 里程。",
            ),
        ],
    ),
    step(
        "2029-12-15 10:10",
        conversion_done("out1"),
        48620,
        says=[
            ("The conversion of 5000 miles is final. Balance: 48620 miles.", "5000 里程的转换已确认。余额 48620 里程。")
        ],
    ),
    step(
        "2030-04-06 03:00",
        sweep(),
        46640,
        says=[("1980 miles expired. Balance: 46640 miles.", "1980 里程已过期。余额 46640 里程。")],
    ),
]

LIFE = [*FIVE_SOURCES, *FOUR_FLIGHTS_IN_MARCH, *GOLD, *A_NEW_YEAR_AND_RETENTION, *PLATINUM, *ENDS]


def test_three_years_of_flying() -> None:
    """R-EARN-8 (five sources), R-TIER-5, R-BEN-1, R-BEN-2, R-EXP-1 (2–3 years), R-EXP-2: the whole table holds."""
    assert play("airline-miles", LIFE, ZONE, ZONE) == []
