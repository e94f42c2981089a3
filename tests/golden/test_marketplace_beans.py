"""marketplace-beans: two years of a member in Shanghai who moves to New York; written down by hand from the file.

Beans live 24 months (Shanghai days). 2 beans per CNY, plus members 3, rounded down; the best campaign counts.
"""

from tests.golden.actions import buys, does, join, redeems, refunds, sends, wins
from tests.golden.marketplace_beans_abroad import (
    A_MOVE_TO_NEW_YORK,
    DECAY_AND_LEAP_DAY,
    EXPIRY_AND_A_DONATION,
    FESTIVAL,
)
from tests.golden.runner import play, step

ZONE = "Asia/Shanghai"

FIRST_SEVEN_DAYS = [
    step(
        "2027-01-20 09:00",  # a Wednesday
        join(),
        0,
        tier="regular",
        says=[
            (
                "Welcome to Marketplace Beans. You start as Regular. Balance: 0 beans.",
                "欢迎加入商城豆，起始等级：普通会员。余额 0 豆。",
            )
        ],
    ),
    step(
        "2027-01-20 09:01",
        does("register"),
        100,
        {1: "100 100 2029-01-20 behaviour"},
        says=[("+100 beans: Registration. Balance: 100 beans.", "+100 豆：注册。余额 100 豆。")],
    ),
    step(
        "2027-01-20 09:30",
        # 128.40 × 2 = 256.8 → 256; app 5; supermarket 128.40 × 0.5 = 64.2 → 64; fresh Wednesday 256 × 0.5 = 128
        buys("a", "128.40", "fresh", channel="app"),
        653,
        {2: "256 256 2029-01-20 base", 3: "197 197 2029-01-20 bonus", 4: "100 100 2029-01-20 bonus"},
        growth=228,  # 128 + 100
        says=[
            (
                "+453 beans for your purchase of 128.40 CNY. Balance: 553 beans.",
                "消费 128.40 CNY，+453 豆。余额 553 豆。",
            ),
            (
                "Done: First seven days: First order. +100 beans. Balance: 653 beans.",
                "任务完成：新人七日任务：首单，+100 豆。余额 653 豆。",
            ),
        ],
    ),
    step(
        "2027-01-21 08:00",
        does("check-in"),
        704,
        {5: "1 1 2029-01-21 behaviour", 6: "50 50 2029-01-21 bonus"},
        growth=238,
        says=[
            (
                "+1 beans: Daily check-in, day 1 in a row. Balance: 654 beans.",
                "+1 豆：每日签到，连续第 1 天。余额 654 豆。",
            ),
            (
                "Done: First seven days: Check-in. +50 beans. Balance: 704 beans.",
                "任务完成：新人七日任务：签到，+50 豆。余额 704 豆。",
            ),
        ],
    ),
    step("2027-01-21 20:00", does("check-in"), 704),
    step(
        "2027-01-22 08:00",
        does("check-in"),
        705,
        {7: "1 1 2029-01-22 behaviour"},
        growth=248,
        says=[
            (
                "+1 beans: Daily check-in, day 2 in a row. Balance: 705 beans.",
                "+1 豆：每日签到，连续第 2 天。余额 705 豆。",
            )
        ],
    ),
    step(
        "2027-01-22 09:00",
        does("profile"),
        835,
        {8: "50 50 2029-01-22 behaviour", 9: "80 80 2029-01-22 bonus"},
        says=[
            ("+50 beans: Complete profile. Balance: 755 beans.", "+50 豆：完善资料。余额 755 豆。"),
            (
                "Done: First seven days: Profile. +80 beans. Balance: 835 beans.",
                "任务完成：新人七日任务：完善资料，+80 豆。余额 835 豆。",
            ),
        ],
    ),
    step(
        "2027-01-22 12:00",  # 4 × 50
        redeems("spring-draw", "tickets", quantity=4),
        635,
        {1: "100 0", 2: "256 156"},
        says=[
            (
                "Tickets for Spring draw: 4, for 200 beans. Balance: 635 beans.",
                "已用 200 豆换得新春抽奖 4 张。余额 635 豆。",
            )
        ],
    ),
    step(
        "2027-01-23 08:00",
        does("check-in"),
        636,
        {10: "1 1 2029-01-23 behaviour"},
        growth=258,
        says=[
            (
                "+1 beans: Daily check-in, day 3 in a row. Balance: 636 beans.",
                "+1 豆：每日签到，连续第 3 天。余额 636 豆。",
            )
        ],
    ),
    step(
        "2027-01-24 08:00",
        does("check-in"),
        637,
        {11: "1 1 2029-01-24 behaviour"},
        growth=268,
        says=[
            (
                "+1 beans: Daily check-in, day 4 in a row. Balance: 637 beans.",
                "+1 豆：每日签到，连续第 4 天。余额 637 豆。",
            )
        ],
    ),
    step(
        "2027-01-25 08:00",
        does("check-in"),
        638,
        {12: "1 1 2029-01-25 behaviour"},
        growth=278,
        says=[
            (
                "+1 beans: Daily check-in, day 5 in a row. Balance: 638 beans.",
                "+1 豆：每日签到，连续第 5 天。余额 638 豆。",
            )
        ],
    ),
    step(
        "2027-01-26 08:00",
        does("check-in"),
        639,
        {13: "1 1 2029-01-26 behaviour"},
        growth=288,
        says=[
            (
                "+1 beans: Daily check-in, day 6 in a row. Balance: 639 beans.",
                "+1 豆：每日签到，连续第 6 天。余额 639 豆。",
            )
        ],
    ),
    step(
        "2027-01-26 23:59",  # the last minute of day 7: the chain is complete, 100 + 50 + 80 + 200 = 430
        buys("b", "60.00"),
        959,
        {14: "120 120 2029-01-26 base", 15: "200 200 2029-01-26 bonus"},
        growth=448,
        says=[
            (
                "+120 beans for your purchase of 60.00 CNY. Balance: 759 beans.",
                "消费 60.00 CNY，+120 豆。余额 759 豆。",
            ),
            (
                "Done: First seven days: Second order. +200 beans. Balance: 959 beans.",
                "任务完成：新人七日任务：复购，+200 豆。余额 959 豆。",
            ),
        ],
    ),
    step(
        "2027-01-27 08:00",  # 1 + 10
        does("check-in"),
        970,
        {16: "11 11 2029-01-27 behaviour"},
        growth=458,
        says=[
            (
                "+11 beans: Daily check-in, day 7 in a row. Balance: 970 beans.",
                "+11 豆：每日签到，连续第 7 天。余额 970 豆。",
            )
        ],
    ),
]

MONTH_END = [
    step(
        "2027-01-31 22:00",  # Sunday, the last day: 1,280; weekend 10, large order 50, month end 1,280 × 0.2 = 256
        buys("c", "640.00"),
        2566,
        {17: "1280 1280 2029-01-31 base", 18: "316 316 2029-01-31 bonus"},
        growth=1198,
        says=[
            (
                "+1596 beans for your purchase of 640.00 CNY. Balance: 2566 beans.",
                "消费 640.00 CNY，+1596 豆。余额 2566 豆。",
            ),
        ],
    ),
    step(
        "2027-01-31 23:00",  # 343.2 → 343; 343 × 0.2 = 68.6 → 68; 128.40 + 60 + 640 + 171.60 = 1,000.00: + 300
        buys("d", "171.60"),
        3277,
        {19: "343 343 2029-01-31 base", 20: "68 68 2029-01-31 bonus", 21: "300 300 2029-01-31 bonus"},
        growth=1469,
        says=[
            (
                "+411 beans for your purchase of 171.60 CNY. Balance: 2977 beans.",
                "消费 171.60 CNY，+411 豆。余额 2977 豆。",
            ),
            (
                "Done: Spend 1000 in a month. +300 beans. Balance: 3277 beans.",
                "任务完成：月消费满 1000，+300 豆。余额 3277 豆。",
            ),
        ],
    ),
    step(
        "2027-02-02 10:00",  # Saturday's order, reported on Tuesday
        buys("e", "40.00", at="2027-01-30 20:00"),
        3357,
        {22: "80 80 2029-01-30 base"},
        growth=1609,
        says=[
            ("+80 beans for your purchase of 40.00 CNY. Balance: 3357 beans.", "消费 40.00 CNY，+80 豆。余额 3357 豆。")
        ],
    ),
    step(
        "2027-02-08 10:00",  # the plus day, but not for a regular member; 950 = 639 of lots 2 to 13, 120, 191 of lot 15
        redeems("coupon-10"),
        2407,
        {
            **dict.fromkeys((5, 7, 10, 11, 12, 13), "1 0"),
            2: "256 0",
            3: "197 0",
            4: "100 0",
            6: "50 0",
            8: "50 0",
            9: "80 0",
            14: "120 0",
            15: "200 9",
        },
        says=[
            (
                "1 × 10 yuan coupon for 950 beans. Balance: 2407 beans.",
                "已用 950 豆兑换：10 元优惠券 × 1。余额 2407 豆。",
            )
        ],
    ),
    step(
        "2027-02-12 10:00",
        wins("spring-draw", "beans", 3),
        2907,
        {23: "500 500 2029-02-12 prize"},
        says=[("You won: 500 beans, +500 beans. Balance: 2907 beans.", "恭喜中奖：500 豆，+500 豆。余额 2907 豆。")],
    ),
]

PLUS = [
    step(
        "2027-02-13 15:00",  # Saturday: 2,582; appliance 300, large order 50, weekend 10; the month's 1,000: + 300
        buys("g", "1291.00", "appliance"),
        6149,
        {24: "2582 2582 2029-02-13 base", 25: "360 360 2029-02-13 bonus", 26: "300 300 2029-02-13 bonus"},
        growth=3000,  # 1,609 + 1,291 + 100
        tier="plus",
        says=[
            (
                "+2942 beans for your purchase of 1291.00 CNY. Balance: 5849 beans.",
                "消费 1291.00 CNY，+2942 豆。余额 5849 豆。",
            ),
            (
                "Done: Spend 1000 in a month. +300 beans. Balance: 6149 beans.",
                "任务完成：月消费满 1000，+300 豆。余额 6149 豆。",
            ),
            ("Congratulations: you are Plus now. Balance: 6149 beans.", "恭喜，您已升为Plus 会员。余额 6149 豆。"),
        ],
    ),
    step(
        "2027-03-08 20:05",  # 9 + 11 + 80, 900 of lot 17; the half price is not for flash sales
        redeems("one-yuan-tissues"),
        5149,
        {15: "200 0", 16: "11 0", 22: "80 0", 17: "1280 380"},
        says=[
            (
                "1 × 1-yuan deal on tissues for 1000 beans and 1.00 CNY. Balance: 5149 beans.",
                "已用 1000 豆加 1.00 CNY 兑换：1 元秒杀抽纸 × 1。余额 5149 豆。",
            )
        ],
    ),
    step("2027-03-08 20:06", redeems("one-yuan-tissues"), 5149, refused="MemberLimitReached"),
    step(
        "2027-03-08 20:10",  # half of 950; 380 of lot 17, 95 of lot 18
        redeems("coupon-10"),
        4674,
        {17: "1280 0", 18: "316 221"},
        says=[
            (
                "1 × 10 yuan coupon for 475 beans. Balance: 4674 beans.",
                "已用 475 豆兑换：10 元优惠券 × 1。余额 4674 豆。",
            )
        ],
    ),
    step(
        "2027-03-08 20:20",  # 299.97 → 299, twice on the plus day
        buys("h", "99.99"),
        5272,
        {27: "299 299 2029-03-08 base", 28: "299 299 2029-03-08 bonus"},
        growth=3199,
        says=[
            (
                "+598 beans for your purchase of 99.99 CNY. Balance: 5272 beans.",
                "消费 99.99 CNY，+598 豆。余额 5272 豆。",
            )
        ],
    ),
    step("2027-03-08 22:00", redeems("one-yuan-tissues"), 5272, refused="OptionNotAvailable"),
    step(
        "2027-03-10 10:00",  # 299 × 49.99 / 99.99 = 149.49 → 149 of each lot; growth 199 × 49.99 / 99.99 = 99.49 → 99
        refunds("h", "49.99"),
        4974,
        {27: "150 150", 28: "150 150"},
        growth=3100,
        says=[
            (
                "Refund of 49.99 CNY: 298 beans were taken back. Balance: 4974 beans.",
                "退款 49.99 CNY，收回 298 豆。余额 4974 豆。",
            )
        ],
    ),
    step(
        "2027-03-10 10:10",  # neither bonus nor prize: 343 of lot 19, 157 of lot 24
        sends(500),
        4474,
        {19: "343 0", 24: "2582 2425"},
        says=[("You gave 500 beans to a member. Balance: 4474 beans.", "您已赠送 500 豆给其他会员。余额 4474 豆。")],
    ),
]

LIFE = [
    *FIRST_SEVEN_DAYS,
    *MONTH_END,
    *PLUS,
    *A_MOVE_TO_NEW_YORK,
    *FESTIVAL,
    *DECAY_AND_LEAP_DAY,
    *EXPIRY_AND_A_DONATION,
]


def test_a_life_at_the_mall() -> None:
    """R-EARN-3 (1 a day, +10 on day 7), R-EARN-4, R-EARN-5, R-EARN-6 (1,000 → 300), R-EARN-7 (430), R-TIER-3, R-TIER-5,
    R-RED-3, R-RED-4, R-RED-6 (50 %), R-ALL-10: the whole table holds."""
    assert play("marketplace-beans", LIFE, ZONE, ZONE) == []
