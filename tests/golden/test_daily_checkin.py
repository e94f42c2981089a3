"""daily-checkin: a member who lives in Berlin, then in Shanghai; written down by hand from the program file.

Check-ins give 5, 6, 7, 8, 9, then 10 coins and 30 more on day 7; days are the member's. Coins of 2027 last through
2028, those of 2028 through 2029 (Shanghai). Growth: 10 a check-in, 200 a share (once a week), 300 to 800 for a text,
a fifth less at every New Year.
"""

from tests.golden.actions import does, join
from tests.golden.daily_checkin_later import (
    A_DRAW_DECAY_AND_THE_END_OF_A_YEAR,
    A_MOVE_TO_SHANGHAI,
    MEMBER_DAY_AND_A_REFUND,
)
from tests.golden.runner import play, step

BERLIN = "Europe/Berlin"

A_RUN_OF_DAYS = [
    step(
        "2027-03-22 07:00",  # a Monday
        join(),
        0,
        tier="sprout",
        says=[
            (
                "Welcome to Daily Coins. You start as Sprout. Balance: 0 coins.",
                "欢迎加入每日金币，起始等级：新芽。余额 0 金币。",
            )
        ],
    ),
    step(
        "2027-03-22 07:05",
        does("check-in"),
        5,
        {1: "5 5 2028-12-31 behaviour"},
        growth=10,
        says=[
            (
                "+5 coins: Daily check-in, day 1 in a row. Balance: 5 coins.",
                "+5 金币：每日签到，连续第 1 天。余额 5 金币。",
            ),
        ],
    ),
    step(
        "2027-03-23 23:50",
        does("check-in"),
        11,
        {2: "6 6 2028-12-31 behaviour"},
        growth=20,
        says=[
            (
                "+6 coins: Daily check-in, day 2 in a row. Balance: 11 coins.",
                "+6 金币：每日签到，连续第 2 天。余额 11 金币。",
            ),
        ],
    ),
    step(
        "2027-03-24 00:10",  # twenty minutes later, the next day
        does("check-in"),
        18,
        {3: "7 7 2028-12-31 behaviour"},
        growth=30,
        says=[
            (
                "+7 coins: Daily check-in, day 3 in a row. Balance: 18 coins.",
                "+7 金币：每日签到，连续第 3 天。余额 18 金币。",
            ),
        ],
    ),
    step(
        "2027-03-25 12:00",
        does("check-in"),
        26,
        {4: "8 8 2028-12-31 behaviour"},
        growth=40,
        says=[
            (
                "+8 coins: Daily check-in, day 4 in a row. Balance: 26 coins.",
                "+8 金币：每日签到，连续第 4 天。余额 26 金币。",
            ),
        ],
    ),
    step(
        "2027-03-26 12:00",  # the fifth of the week: + 20
        does("check-in"),
        55,
        {5: "9 9 2028-12-31 behaviour", 6: "20 20 2028-12-31 bonus"},
        growth=50,
        says=[
            (
                "+9 coins: Daily check-in, day 5 in a row. Balance: 35 coins.",
                "+9 金币：每日签到，连续第 5 天。余额 35 金币。",
            ),
            (
                "Done: Five check-ins a week. +20 coins. Balance: 55 coins.",
                "任务完成：一周签到五次，+20 金币。余额 55 金币。",
            ),
        ],
    ),
    step(
        "2027-03-27 12:00",
        does("check-in"),
        65,
        {7: "10 10 2028-12-31 behaviour"},
        growth=60,
        says=[
            (
                "+10 coins: Daily check-in, day 6 in a row. Balance: 65 coins.",
                "+10 金币：每日签到，连续第 6 天。余额 65 金币。",
            ),
        ],
    ),
    step(
        "2027-03-28 23:30",  # the day of 23 hours: 10 + 30 on day 7
        does("check-in"),
        105,
        {8: "40 40 2028-12-31 behaviour"},
        growth=70,
        says=[
            (
                "+40 coins: Daily check-in, day 7 in a row. Balance: 105 coins.",
                "+40 金币：每日签到，连续第 7 天。余额 105 金币。",
            ),
        ],
    ),
    step("2027-03-28 23:45", does("check-in"), 105),  # one a day counts
    step(
        "2027-03-29 00:15",
        does("check-in"),
        115,
        {9: "10 10 2028-12-31 behaviour"},
        growth=80,
        says=[
            (
                "+10 coins: Daily check-in, day 8 in a row. Balance: 115 coins.",
                "+10 金币：每日签到，连续第 8 天。余额 115 金币。",
            ),
        ],
    ),
]

A_GAP_THAT_A_LATE_EVENT_FILLS = [
    step(
        "2027-03-31 12:00",  # nothing is known of the 30th: day 1 again
        does("check-in"),
        120,
        {10: "5 5 2028-12-31 behaviour"},
        growth=90,
        says=[
            (
                "+5 coins: Daily check-in, day 1 in a row. Balance: 120 coins.",
                "+5 金币：每日签到，连续第 1 天。余额 120 金币。",
            ),
        ],
    ),
    step(
        "2027-03-31 13:00",
        # The 30th was day 9: 10. So the 31st was day 10 and would have given 10 instead of 5: 5 more.
        does("check-in", at="2027-03-30 20:00"),
        135,
        {11: "15 15 2028-12-31 behaviour"},
        growth=100,
        says=[
            (
                "+15 coins: Daily check-in, day 9 in a row. Balance: 135 coins.",
                "+15 金币：每日签到，连续第 9 天。余额 135 金币。",
            ),
        ],
    ),
    step(
        "2027-04-01 09:00",
        does("check-in"),
        145,
        {12: "10 10 2028-12-31 behaviour"},
        growth=110,
        says=[
            (
                "+10 coins: Daily check-in, day 11 in a row. Balance: 145 coins.",
                "+10 金币：每日签到，连续第 11 天。余额 145 金币。",
            ),
        ],
    ),
    step(
        "2027-04-02 09:00",  # 29, 30, 31 March, 1 and 2 April: five in the week
        does("check-in"),
        175,
        {13: "10 10 2028-12-31 behaviour", 14: "20 20 2028-12-31 bonus"},
        growth=120,
        says=[
            (
                "+10 coins: Daily check-in, day 12 in a row. Balance: 155 coins.",
                "+10 金币：每日签到，连续第 12 天。余额 155 金币。",
            ),
            (
                "Done: Five check-ins a week. +20 coins. Balance: 175 coins.",
                "任务完成：一周签到五次，+20 金币。余额 175 金币。",
            ),
        ],
    ),
    step(
        "2027-04-04 10:00",  # the 3rd is missing
        does("check-in"),
        180,
        {15: "5 5 2028-12-31 behaviour"},
        growth=130,
        says=[
            (
                "+5 coins: Daily check-in, day 1 in a row. Balance: 180 coins.",
                "+5 金币：每日签到，连续第 1 天。余额 180 金币。",
            ),
        ],
    ),
]

GROWTH_BY_WHAT_ONE_DOES = [
    step(
        "2027-04-05 20:00",  # grade 70: 10 + 50 × 70 % = 45 coins; 300 + 500 × 70 % = 650
        does("content", grade=70),
        225,
        {16: "45 45 2028-12-31 behaviour"},
        growth=780,
        says=[("+45 coins: Wrote about a product. Balance: 225 coins.", "+45 金币：发布测评。余额 225 金币。")],
    ),
    step(
        "2027-04-06 20:00",  # 780 + 800 = 1,580: leaf
        does("content", grade=100),
        285,
        {17: "60 60 2028-12-31 behaviour"},
        growth=1580,
        tier="leaf",
        says=[
            ("+60 coins: Wrote about a product. Balance: 285 coins.", "+60 金币：发布测评。余额 285 金币。"),
            ("Congratulations: you are Leaf now. Balance: 285 coins.", "恭喜，您已升为绿叶。余额 285 金币。"),
        ],
    ),
    step("2027-04-07 20:00", does("content", grade=50), 285),  # twice a week
    step(
        "2027-04-08 12:00",
        does("share"),
        290,
        {18: "5 5 2028-12-31 behaviour"},
        growth=1780,
        says=[("+5 coins: Shared a product. Balance: 290 coins.", "+5 金币：分享商品。余额 290 金币。")],
    ),
    step(
        "2027-04-08 12:30",  # coins three times a day, growth once a week
        does("share"),
        295,
        {19: "5 5 2028-12-31 behaviour"},
        says=[("+5 coins: Shared a product. Balance: 295 coins.", "+5 金币：分享商品。余额 295 金币。")],
    ),
]

LIFE = [
    *A_RUN_OF_DAYS,
    *A_GAP_THAT_A_LATE_EVENT_FILLS,
    *GROWTH_BY_WHAT_ONE_DOES,
    *MEMBER_DAY_AND_A_REFUND,
    *A_MOVE_TO_SHANGHAI,
    *A_DRAW_DECAY_AND_THE_END_OF_A_YEAR,
]


def test_a_life_of_daily_visits() -> None:
    """R-EARN-3 (5–10 a day rising), R-EARN-5, R-TIER-2, R-TIER-3 (−20 %), R-EXP-1, R-RED-6, pitfall 11."""
    assert play("daily-checkin", LIFE, BERLIN, BERLIN) == []
