"""The elite years of the life under airline-miles; the same rules of writing as in `test_airline_miles.py`."""

from tests.golden.actions import (
    buys,
    cancels,
    conversion_done,
    converts,
    evaluation,
    receives,
    redeems,
    refunds,
    sweep,
    uses,
    waits,
)
from tests.golden.runner import step

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
