"""coffee-stars: more than two years of a member in New York, written down by hand from the program file.

Stars live 12 months, their last local day included. 2 stars per USD (3 for gold), rounded down; 5 for the first app
order of a local day; three purchases from Monday to Sunday give 50 once. Refunds clamp.
"""

from tests.golden.actions import (
    buys,
    cancels,
    does,
    evaluation,
    join,
    pays,
    redeems,
    refunds,
    sweep,
    uses,
    waits,
)
from tests.golden.runner import play, step

ZONE = "America/New_York"

FIRST_WEEKS = [
    step(
        "2027-01-04 08:00",  # a Monday
        join(),
        0,
        tier="green",
        says=[
            (
                "Welcome to Coffee Stars. You start as Green. Balance: 0 stars.",
                "欢迎加入咖啡星星，起始等级：绿星。余额 0 星星。",
            )
        ],
    ),
    step(
        "2027-01-04 08:05",
        does("register"),
        50,
        {1: "50 50 2028-01-04 behaviour"},
        says=[("+50 stars: Registration. Balance: 50 stars.", "+50 星星：注册。余额 50 星星。")],
    ),
    step(
        "2027-01-04 08:10",
        buys("a", "4.65", channel="app"),  # 4.65 × 2 = 9.3 → 9; 5 for the app
        64,
        {2: "9 9 2028-01-04 base", 3: "5 5 2028-01-04 bonus"},
        growth=4,
        says=[
            ("+14 stars for your purchase of 4.65 USD. Balance: 64 stars.", "消费 4.65 USD，+14 星星。余额 64 星星。"),
        ],
    ),
    step(
        "2027-01-06 12:00",
        buys("b", "5.25"),  # 10.5 → 10
        74,
        {4: "10 10 2028-01-06 base"},
        growth=9,
        says=[
            ("+10 stars for your purchase of 5.25 USD. Balance: 74 stars.", "消费 5.25 USD，+10 星星。余额 74 星星。"),
        ],
    ),
    step(
        "2027-01-10 23:30",  # Sunday in New York, Monday in UTC: still this week; the third purchase
        buys("c", "6.00", channel="app"),  # 12 + 5, then the goal's 50
        141,
        {5: "12 12 2028-01-10 base", 6: "5 5 2028-01-10 bonus", 7: "50 50 2028-01-10 bonus"},
        growth=15,
        says=[
            ("+17 stars for your purchase of 6.00 USD. Balance: 91 stars.", "消费 6.00 USD，+17 星星。余额 91 星星。"),
            (
                "Done: Three purchases a week. +50 stars. Balance: 141 stars.",
                "任务完成：一周消费三次，+50 星星。余额 141 星星。",
            ),
        ],
    ),
    step(
        "2027-01-10 23:45",  # the goal and the app's 5 are once
        buys("d", "3.10", channel="app"),  # 6.2 → 6
        147,
        {8: "6 6 2028-01-10 base"},
        growth=18,
        says=[
            ("+6 stars for your purchase of 3.10 USD. Balance: 147 stars.", "消费 3.10 USD，+6 星星。余额 147 星星。"),
        ],
    ),
    step(
        "2027-01-11 00:15",  # the next week
        buys("e", "4.00"),
        155,
        {9: "8 8 2028-01-11 base"},
        growth=22,
        says=[
            ("+8 stars for your purchase of 4.00 USD. Balance: 155 stars.", "消费 4.00 USD，+8 星星。余额 155 星星。"),
        ],
    ),
]

REFUNDS_AND_A_LATE_PURCHASE = [
    step(
        "2027-01-12 09:00",  # a, b and d are left in that week: still three
        refunds("c", "6.00"),
        138,
        {5: "0 0", 6: "0 0"},
        growth=16,
        says=[
            (
                "Refund of 6.00 USD: 17 stars were taken back. Balance: 138 stars.",
                "退款 6.00 USD，收回 17 星星。余额 138 星星。",
            )
        ],
    ),
    step(
        "2027-01-12 09:30",  # now two: the reward goes with it
        refunds("b", "5.25"),
        78,
        {4: "0 0", 7: "0 0"},
        growth=11,
        says=[
            (
                "Refund of 5.25 USD: 10 stars were taken back. Balance: 128 stars.",
                "退款 5.25 USD，收回 10 星星。余额 128 星星。",
            ),
            (
                "After a refund “Three purchases a week” no longer counts: 50 stars were taken back. "
                "Balance: 78 stars.",
                "因退款，“一周消费三次”不再计入，收回 50 星星。余额 78 星星。",
            ),
        ],
    ),
    step(
        "2027-01-13 10:00",  # reported four days late: counts in the week in which it happened, which has three again
        buys("f", "2.50", at="2027-01-09 15:00"),
        133,
        {10: "5 5 2028-01-09 base", 11: "50 50 2028-01-09 bonus"},
        growth=13,
        says=[
            ("+5 stars for your purchase of 2.50 USD. Balance: 83 stars.", "消费 2.50 USD，+5 星星。余额 83 星星。"),
            (
                "Done: Three purchases a week. +50 stars. Balance: 133 stars.",
                "任务完成：一周消费三次，+50 星星。余额 133 星星。",
            ),
        ],
    ),
    step(
        "2027-01-13 10:05",
        does("survey"),
        153,
        {12: "20 20 2028-01-13 behaviour"},
        says=[("+20 stars: Taste survey. Balance: 153 stars.", "+20 星星：口味问卷。余额 153 星星。")],
    ),
    step(
        "2027-01-31 18:00",  # the last day of the month
        buys("g", "30.00"),
        213,
        {13: "60 60 2028-01-31 base"},
        growth=43,
        says=[
            (
                "+60 stars for your purchase of 30.00 USD. Balance: 213 stars.",
                "消费 30.00 USD，+60 星星。余额 213 星星。",
            ),
        ],
    ),
    step("2027-01-31 18:05", does("survey"), 213),  # once a month
    step(
        "2027-02-01 09:00",
        does("survey"),
        233,
        {14: "20 20 2028-02-01 behaviour"},
        says=[("+20 stars: Taste survey. Balance: 233 stars.", "+20 星星：口味问卷。余额 233 星星。")],
    ),
]

CLOCK_FORWARD = [
    step(
        "2027-03-14 01:30",  # half an hour before the clock jumps
        buys("h", "10.00", channel="app"),
        258,
        {15: "20 20 2028-03-14 base", 16: "5 5 2028-03-14 bonus"},
        growth=53,
        says=[
            (
                "+25 stars for your purchase of 10.00 USD. Balance: 258 stars.",
                "消费 10.00 USD，+25 星星。余额 258 星星。",
            ),
        ],
    ),
    step(
        "2027-03-14 03:30",  # one hour later, the same local day
        buys("i", "10.00", channel="app"),
        278,
        {17: "20 20 2028-03-14 base"},
        growth=63,
        says=[
            (
                "+20 stars for your purchase of 10.00 USD. Balance: 278 stars.",
                "消费 10.00 USD，+20 星星。余额 278 星星。",
            ),
        ],
    ),
    step(
        "2027-03-15 00:10",  # after the day of 23 hours
        buys("j", "10.00", channel="app"),
        303,
        {18: "20 20 2028-03-15 base", 19: "5 5 2028-03-15 bonus"},
        growth=73,
        says=[
            (
                "+25 stars for your purchase of 10.00 USD. Balance: 303 stars.",
                "消费 10.00 USD，+25 星星。余额 303 星星。",
            ),
        ],
    ),
]

GOLD = [
    step(
        "2027-04-10 12:00",  # 4.65 + 3.10 + 4.00 + 2.50 + 30 + 3 × 10 = 74.25 so far; + 485.25 = 559.50
        buys("k", "485.25"),  # 970.5 → 970
        1273,
        {20: "970 970 2028-04-10 base"},
        growth=558,
        says=[
            (
                "+970 stars for your purchase of 485.25 USD. Balance: 1273 stars.",
                "消费 485.25 USD，+970 星星。余额 1273 星星。",
            ),
        ],
    ),
    step("2027-04-10 12:05", redeems("early-tasting"), 1273, refused="OptionNotAvailable"),
    step(
        "2027-04-11 12:00",  # 560.00: gold from the next purchase on
        buys("l", "0.50"),
        1274,
        {21: "1 1 2028-04-11 base"},
        tier="gold",
        says=[
            (
                "+1 stars for your purchase of 0.50 USD. Balance: 1274 stars.",
                "消费 0.50 USD，+1 星星。余额 1274 星星。",
            ),
            ("Congratulations: you are Gold now. Balance: 1274 stars.", "恭喜，您已升为金星。余额 1274 星星。"),
        ],
    ),
    step(
        "2027-04-12 08:00",
        buys("m", "10.00"),  # × 3
        1304,
        {22: "30 30 2028-04-12 base"},
        growth=568,
        says=[
            (
                "+30 stars for your purchase of 10.00 USD. Balance: 1304 stars.",
                "消费 10.00 USD，+30 星星。余额 1304 星星。",
            ),
        ],
    ),
    step(
        "2027-04-12 08:30",  # the earliest ends first: 303 in lots 1 to 19, 697 of lot 20: 970 − 697 = 273
        redeems("early-tasting", "x1"),
        304,
        {
            **dict.fromkeys((1, 11), "50 0"),
            **dict.fromkeys((12, 14, 15, 17, 18), "20 0"),
            **dict.fromkeys((3, 10, 16, 19), "5 0"),
            2: "9 0",
            8: "6 0",
            9: "8 0",
            13: "60 0",
            20: "970 273",
        },
        says=[
            (
                "1 × Early tasting for 1000 stars. Balance: 304 stars.",
                "已用 1000 星星兑换：新品抢先品鉴 × 1。余额 304 星星。",
            )
        ],
    ),
    step(
        "2027-04-13 09:00",  # everything returns to the lot that it came from
        cancels("x1"),
        1304,
        {
            **dict.fromkeys((1, 11), "50 50"),
            **dict.fromkeys((12, 14, 15, 17, 18), "20 20"),
            **dict.fromkeys((3, 10, 16, 19), "5 5"),
            2: "9 9",
            8: "6 6",
            9: "8 8",
            13: "60 60",
            20: "970 970",
        },
        says=[
            (
                "Redemption cancelled: 1000 stars came back. Balance: 1304 stars.",
                "兑换已取消，返还 1000 星星。余额 1304 星星。",
            )
        ],
    ),
    step(
        "2027-04-13 09:10",
        uses("refill"),
        1304,
        says=[("Used: Free refill. Balance: 1304 stars.", "已使用权益：免费续杯。余额 1304 星星。")],
    ),
    step(
        "2027-04-13 09:11",
        uses("refill"),
        1304,
        says=[("Used: Free refill. Balance: 1304 stars.", "已使用权益：免费续杯。余额 1304 星星。")],
    ),
    step("2027-04-13 09:12", uses("refill"), 1304, refused="BenefitExhausted"),  # two a month for gold
    step(
        "2027-04-13 09:13",  # 50 + 9 + 5 of 4 January, 5 + 31 of 9 January
        redeems("refill"),
        1204,
        {1: "50 0", 2: "9 0", 3: "5 0", 10: "5 0", 11: "50 19"},
        says=[
            ("1 × Free refill for 100 stars. Balance: 1204 stars.", "已用 100 星星兑换：免费续杯 × 1。余额 1204 星星。")
        ],
    ),
    step(
        "2027-04-13 09:14",
        uses("refill"),
        1204,
        says=[("Used: Free refill. Balance: 1204 stars.", "已使用权益：免费续杯。余额 1204 星星。")],
    ),
    step(
        "2027-04-14 18:00",  # 3 × 1.50; 19 + 6 + 8 + 20 + 60 + 20 + 20 + 5 + 20 + 20 + 5 = 203, 97 of lot 20
        pays(300, "order-1", "10.00"),
        904,
        {
            **dict.fromkeys((12, 14, 15, 17, 18), "20 0"),
            **dict.fromkeys((16, 19), "5 0"),
            8: "6 0",
            9: "8 0",
            11: "50 0",
            13: "60 0",
            20: "970 873",
        },
        says=[
            (
                "300 stars paid 4.50 USD of your order. Balance: 904 stars.",
                "300 星星已抵扣订单 4.50 USD。余额 904 星星。",
            ),
        ],
    ),
    step(
        "2027-04-20 11:00",
        # 970 are taken back: 873 unspent, 97 spent. The other stars are 1 + 30 = 31: they pay, 66 are forgiven.
        # Spend 570.00 − 485.25 = 84.75: gold, reached after k, goes with it. Growth 568 − 485 = 83.
        refunds("k", "485.25"),
        0,
        {20: "97 0", 21: "1 0", 22: "30 0"},
        growth=83,
        tier="green",
        says=[
            (
                "Refund of 485.25 USD: 873 stars were taken back; 31 are still owed. Balance: 31 stars.",
                "退款 485.25 USD，收回 873 星星，另欠 31。余额 31 星星。",
            ),
            ("After a refund you are Green now. Balance: 31 stars.", "因退款，您的等级变为绿星。余额 31 星星。"),
            (
                "31 stars repaid what a refund left owing. Balance: 0 stars.",
                "31 星星已用于偿还退款欠分。余额 0 星星。",
            ),
        ],
    ),
]

CLOCK_BACK_LEAP_DAY_AND_EXPIRY = [
    step(
        "2027-11-07 01:30-04:00",
        buys("n", "20.00", channel="app"),
        45,
        {23: "40 40 2028-11-07 base", 24: "5 5 2028-11-07 bonus"},
        growth=103,
        says=[
            (
                "+45 stars for your purchase of 20.00 USD. Balance: 45 stars.",
                "消费 20.00 USD，+45 星星。余额 45 星星。",
            ),
        ],
    ),
    step(
        "2027-11-07 01:30-05:00",  # the same clock time an hour later: one local day of 25 hours
        buys("o", "20.00", channel="app"),
        85,
        {25: "40 40 2028-11-07 base"},
        growth=123,
        says=[
            (
                "+40 stars for your purchase of 20.00 USD. Balance: 85 stars.",
                "消费 20.00 USD，+40 星星。余额 85 星星。",
            ),
        ],
    ),
    step("2027-12-01 03:00", evaluation(), 85),  # green is earned
    step(
        "2028-02-29 12:00",  # 29 February + 12 months is 28 February
        buys("p", "50.00"),
        185,
        {26: "100 100 2029-02-28 base"},
        growth=173,
        says=[
            (
                "+100 stars for your purchase of 50.00 USD. Balance: 185 stars.",
                "消费 50.00 USD，+100 星星。余额 185 星星。",
            ),
        ],
    ),
    step("2028-11-07 23:59", waits(), 185),
    step("2028-11-08 00:00", waits(), 100),  # no sweep has run
    step("2028-11-08 00:01", redeems("bakery-coupon"), 100, refused="InsufficientPoints"),
    step(
        "2028-11-08 03:00",
        sweep(),
        100,
        says=[("85 stars expired. Balance: 100 stars.", "85 星星已过期。余额 100 星星。")],
    ),
    step(
        "2029-02-28 23:00",
        pays(100, "order-2", "1.50"),
        0,
        {26: "100 0"},
        says=[
            ("100 stars paid 1.50 USD of your order. Balance: 0 stars.", "100 星星已抵扣订单 1.50 USD。余额 0 星星。"),
        ],
    ),
    step("2029-03-01 03:00", sweep(), 0),
]

LIFE = [*FIRST_WEEKS, *REFUNDS_AND_A_LATE_PURCHASE, *CLOCK_FORWARD, *GOLD, *CLOCK_BACK_LEAP_DAY_AND_EXPIRY]


def test_a_life_in_the_coffee_club() -> None:
    """R-EARN-6 (3 a week → 50), R-RED-2, R-EXP-1, R-EXP-5, pitfalls 4, 6, 7 and 11: the whole table holds."""
    assert play("coffee-stars", LIFE, ZONE, ZONE) == []
