"""card-rewards: five years of a card, written down by hand from the program file.

4 points per 10 CNY (gold 5, black 6) in exact proportion, rounded down, pending for 14 days. Campaigns multiply. Points
that were spent before a refund are owed and stop every redemption until they are earned back. Points live 36 months;
those of black members never end. Days are the program's: the member lives in New York, where it is twelve or thirteen
hours earlier, and no number may change for that.
"""

from tests.golden.actions import (
    buys,
    conversion_done,
    conversion_fails,
    converts,
    does,
    gives,
    join,
    pays,
    redeems,
    refunds,
    uses,
    waits,
)
from tests.golden.card_rewards_black import A_REFUND_AFTER_EVERYTHING, BLACK_AND_BACK
from tests.golden.runner import play, step

ZONE = "Asia/Shanghai"
HOME = "America/New_York"

PENDING = [
    step(
        "2027-03-01 10:00",
        join(),
        0,
        tier="classic",
        says=[
            (
                "Welcome to Card Rewards. You start as Classic. Balance: 0 points.",
                "欢迎加入信用卡积分，起始等级：普卡。余额 0 积分。",
            )
        ],
    ),
    step(
        "2027-03-01 10:05",
        does("activate"),
        0,
        {1: "1000 1000 2030-03-01 behaviour"},
        pending=1000,
        says=[
            (
                "+1000 points: Card activated, to spend from 2027-03-15. Balance: 0 points.",
                "+1000 积分：开卡激活，2027-03-15 起可用。余额 0 积分。",
            )
        ],
    ),
    step(
        "2027-03-02 12:00",  # 102.52 → 102, twice for dining
        buys("a", "256.30", "dining"),
        0,
        {2: "102 102 2030-03-02 base", 3: "102 102 2030-03-02 bonus"},
        pending=1204,
        growth=256,
        says=[
            (
                "+204 points for your purchase of 256.30 CNY, to spend from 2027-03-16. Balance: 0 points.",
                "消费 256.30 CNY，+204 积分，2027-03-16 起可用。余额 0 积分。",
            )
        ],
    ),
    step(
        "2027-03-06 12:00",  # Saturday: 120 + 120, a fifth of 240 more
        buys("b", "300.00", "dining"),
        0,
        {4: "120 120 2030-03-06 base", 5: "168 168 2030-03-06 bonus"},
        pending=1492,
        growth=556,
        says=[
            (
                "+288 points for your purchase of 300.00 CNY, to spend from 2027-03-20. Balance: 0 points.",
                "消费 300.00 CNY，+288 积分，2027-03-20 起可用。余额 0 积分。",
            )
        ],
    ),
    step("2027-03-07 12:00", buys("fee1", "100.00", "fee"), 0),
    step("2027-03-15 10:04", waits(), 0),
    step("2027-03-15 10:05", waits(), 1000, pending=492),  # matured, booked or not
    step(
        "2027-03-15 10:06",
        does("e-statement"),
        1000,
        {6: "200 200 2030-03-15 behaviour"},
        pending=692,
        says=[
            ("1000 points can be spent now. Balance: 1000 points.", "1000 积分现已可用。余额 1000 积分。"),
            (
                "+200 points: Electronic statement, to spend from 2027-03-29. Balance: 1000 points.",
                "+200 积分：电子账单，2027-03-29 起可用。余额 1000 积分。",
            ),
        ],
    ),
    step(
        "2027-03-16 09:00",  # half of it, while it is pending
        refunds("b", "150.00"),
        1000,
        {4: "60 60", 5: "84 84"},
        pending=548,
        growth=406,
        says=[
            (
                "Refund of 150.00 CNY: 144 points were taken back. Balance: 1000 points.",
                "退款 150.00 CNY，收回 144 积分。余额 1000 积分。",
            )
        ],
    ),
]

A_DEBT = [
    step(
        "2027-03-29 18:00",  # 1,000 + 204 + 144 in lots 1 to 5, 152 of lot 6
        pays(1500, "bill-1", "100.00", "statement-credit"),
        48,
        {1: "1000 0", 2: "102 0", 3: "102 0", 4: "60 0", 5: "84 0", 6: "200 48"},
        pending=0,
        says=[
            ("548 points can be spent now. Balance: 1548 points.", "548 积分现已可用。余额 1548 积分。"),
            (
                "1500 points paid 60.00 CNY of your order. Balance: 48 points.",
                "1500 积分已抵扣订单 60.00 CNY。余额 48 积分。",
            ),
        ],
    ),
    step(
        "2027-04-05 10:00",  # all of it was spent; the other points stay
        refunds("a", "256.30"),
        48,
        debt=204,
        growth=150,
        says=[
            (
                "Refund of 256.30 CNY: 0 points were taken back; 204 are still owed. Balance: 48 points.",
                "退款 256.30 CNY，收回 0 积分，另欠 204。余额 48 积分。",
            )
        ],
    ),
    step("2027-04-05 10:05", gives("clean-water", 250), 48, refused="DebtOutstanding"),
    step(
        "2027-05-08 19:00",
        # Saturday in the anniversary: 400 + dining 400; × 1.5 on the 400: 200; × 1.2 on 400 + 400 + 200: 200
        buys("d", "1000.00", "dining"),
        48,
        {7: "400 400 2030-05-08 base", 8: "800 800 2030-05-08 bonus"},
        pending=1200,
        growth=1150,
        says=[
            (
                "+1200 points for your purchase of 1000.00 CNY, to spend from 2027-05-22. Balance: 48 points.",
                "消费 1000.00 CNY，+1200 积分，2027-05-22 起可用。余额 48 积分。",
            )
        ],
    ),
    step(
        "2027-05-09 19:00",
        # 2,000; dining 2,000, of which the month has 1,600 left; × 1.5: 1,000; × 1.2 on 4,600: 920, of which 300 left
        buys("e", "5000.00", "dining"),
        48,
        {9: "2000 2000 2030-05-09 base", 10: "2900 2900 2030-05-09 bonus"},
        pending=6100,
        growth=6150,
        says=[
            (
                "+4900 points for your purchase of 5000.00 CNY, to spend from 2027-05-23. Balance: 48 points.",
                "消费 5000.00 CNY，+4900 积分，2027-05-23 起可用。余额 48 积分。",
            )
        ],
    ),
    step(
        "2027-05-22 20:00",  # the first points that mature pay the debt; a card is activated once
        does("activate"),
        1044,
        {7: "400 196"},
        pending=4900,
        debt=0,
        says=[
            ("1200 points can be spent now. Balance: 1248 points.", "1200 积分现已可用。余额 1248 积分。"),
            (
                "204 points repaid what a refund left owing. Balance: 1044 points.",
                "204 积分已用于偿还退款欠分。余额 1044 积分。",
            ),
        ],
    ),
]

GOLD = [
    step(
        "2027-06-01 12:00",
        # 17,560; travel 8,780, of which 3,000 a month; the year's 150 + 1,000 + 5,000 + 43,900 pass 20,000: + 2,000.
        # Spend 150 + 100 + 1,000 + 5,000 + 43,900 = 50,150: gold.
        buys("f", "43900.00", "travel"),
        5944,
        {11: "17560 17560 2030-06-01 base", 12: "3000 3000 2030-06-01 bonus", 13: "2000 2000 2030-06-01 bonus"},
        pending=22560,
        growth=50050,
        tier="gold",
        says=[
            ("4900 points can be spent now. Balance: 5944 points.", "4900 积分现已可用。余额 5944 积分。"),
            (
                "+20560 points for your purchase of 43900.00 CNY, to spend from 2027-06-15. Balance: 5944 points.",
                "消费 43900.00 CNY，+20560 积分，2027-06-15 起可用。余额 5944 积分。",
            ),
            (
                "Done: Spend 20000 in a calendar year. +2000 points. Balance: 5944 points.",
                "任务完成：年消费满 20000，+2000 积分。余额 5944 积分。",
            ),
            ("Congratulations: you are Gold now. Balance: 5944 points.", "恭喜，您已升为金卡。余额 5944 积分。"),
        ],
    ),
    step(
        "2027-06-02 12:00",
        buys("g", "100.00"),
        5944,
        {14: "50 50 2030-06-02 base"},
        pending=22610,
        growth=50150,
        says=[
            (
                "+50 points for your purchase of 100.00 CNY, to spend from 2027-06-16. Balance: 5944 points.",
                "消费 100.00 CNY，+50 积分，2027-06-16 起可用。余额 5944 积分。",
            )
        ],
    ),
    step(
        "2027-06-02 13:00",  # 499.5 → 499; abroad 99 whole tens × 2
        buys("h", "999.00", "abroad"),
        5944,
        {15: "499 499 2030-06-02 base", 16: "198 198 2030-06-02 bonus"},
        pending=23307,
        growth=51149,
        says=[
            (
                "+697 points for your purchase of 999.00 CNY, to spend from 2027-06-16. Balance: 5944 points.",
                "消费 999.00 CNY，+697 积分，2027-06-16 起可用。余额 5944 积分。",
            )
        ],
    ),
    step(
        "2027-06-20 10:00",
        uses("lounge"),
        29251,
        pending=0,
        says=[
            ("23307 points can be spent now. Balance: 29251 points.", "23307 积分现已可用。余额 29251 积分。"),
            ("Used: Airport lounge. Balance: 29251 points.", "已使用权益：机场贵宾厅。余额 29251 积分。"),
        ],
    ),
    step(
        "2027-06-20 11:00",  # 48 + 196 + 800 + 2,000 + 2,900 = 5,944; 14,056 of lot 11
        redeems("chefs-table"),
        9251,
        {6: "200 0", 7: "400 0", 8: "800 0", 9: "2000 0", 10: "2900 0", 11: "17560 3504"},
        says=[
            (
                "1 × Chef's table for 20000 points. Balance: 9251 points.",
                "已用 20000 积分兑换：主厨餐桌 × 1。余额 9251 积分。",
            )
        ],
    ),
]

ONE_TO_ONE_INTO_MILES = [
    step(
        "2027-06-21 10:00",  # × 50 units: 3,000 miles at 50 units each
        converts("out1", 3000, 150_000),
        6251,
        {11: "17560 504"},
        says=[
            (
                "3000 points are on their way to another brand. Balance: 6251 points.",
                "3000 积分正在转往其他品牌。余额 6251 积分。",
            )
        ],
    ),
    step(
        "2027-06-21 10:10",
        conversion_done("out1"),
        6251,
        says=[
            ("The conversion of 3000 points is final. Balance: 6251 points.", "3000 积分的转换已确认。余额 6251 积分。")
        ],
    ),
    step(
        "2027-06-22 10:00",  # base points only: 504 + 50 + 446 of lot 15
        converts("out2", 1000, 50_000),
        5251,
        {11: "17560 0", 14: "50 0", 15: "499 53"},
        says=[
            (
                "1000 points are on their way to another brand. Balance: 5251 points.",
                "1000 积分正在转往其他品牌。余额 5251 积分。",
            )
        ],
    ),
    step(
        "2027-06-22 10:10",
        conversion_fails("out2"),
        6251,
        {11: "17560 504", 14: "50 50", 15: "499 499"},
        says=[
            (
                "The conversion failed: 1000 points are yours again. Balance: 6251 points.",
                "转换未成，1000 积分已退回。余额 6251 积分。",
            )
        ],
    ),
    step("2027-06-22 10:20", converts("out3", 500, 25_000), 6251, refused="BelowConversionMinimum"),
]

LIFE = [*PENDING, *A_DEBT, *GOLD, *ONE_TO_ONE_INTO_MILES, *BLACK_AND_BACK, *A_REFUND_AFTER_EVERYTHING]


def test_five_years_of_a_card() -> None:
    """R-EARN-4 (multiplicative), R-EARN-9 (pending, refunds), R-EARN-10 (caps), R-EXP-4, R-ALL-8, R-ALL-9."""
    assert play("card-rewards", LIFE, ZONE, HOME) == []
