"""The later part of the life under daily-checkin; times without an offset are Berlin's, see `test_daily_checkin.py`."""

from tests.golden.actions import buys, does, evaluation, gives, moves, redeems, refunds, sweep, waits
from tests.golden.runner import step

BERLIN = "Europe/Berlin"

MEMBER_DAY_AND_A_REFUND = [
    step(
        "2027-04-17 18:30",  # the 18th in Shanghai, not yet where the member lives
        buys("a", "100.00"),
        495,
        {20: "200 200 2028-12-31 base"},
        growth=1880,
        says=[
            (
                "+200 coins for your purchase of 100.00 CNY. Balance: 495 coins.",
                "消费 100.00 CNY，+200 金币。余额 495 金币。",
            ),
        ],
    ),
    step(
        "2027-04-18 00:30",  # 200.02 → 200, half as much again
        buys("b", "100.01"),
        795,
        {21: "200 200 2028-12-31 base", 22: "100 100 2028-12-31 bonus"},
        growth=1980,
        says=[
            (
                "+300 coins for your purchase of 100.01 CNY. Balance: 795 coins.",
                "消费 100.01 CNY，+300 金币。余额 795 金币。",
            ),
        ],
    ),
    step(
        "2027-04-18 00:40",  # 80 % of 450 = 360; lots 1 to 19 hold 295, 65 of lot 20
        redeems("coupon-5"),
        435,
        {
            **dict.fromkeys((1, 10, 15, 18, 19), "5 0"),
            **dict.fromkeys((7, 9, 12, 13), "10 0"),
            **dict.fromkeys((6, 14), "20 0"),
            2: "6 0",
            3: "7 0",
            4: "8 0",
            5: "9 0",
            8: "40 0",
            11: "15 0",
            16: "45 0",
            17: "60 0",
            20: "200 135",
        },
        says=[
            (
                "1 × 5 yuan coupon for 360 coins. Balance: 435 coins.",
                "已用 360 金币兑换：5 元优惠券 × 1。余额 435 金币。",
            )
        ],
    ),
    step(
        "2027-04-20 12:00",  # 135 unspent, 65 spent: paid by the other coins at once, nothing to forgive
        refunds("a", "100.00"),
        235,
        {20: "65 0", 21: "200 135"},
        growth=1880,
        says=[
            (
                "Refund of 100.00 CNY: 135 coins were taken back; 65 are still owed. Balance: 300 coins.",
                "退款 100.00 CNY，收回 135 金币，另欠 65。余额 300 金币。",
            ),
            (
                "65 coins repaid what a refund left owing. Balance: 235 coins.",
                "65 金币已用于偿还退款欠分。余额 235 金币。",
            ),
        ],
    ),
]

A_MOVE_TO_SHANGHAI = [
    step(
        "2027-04-25 09:00",
        does("check-in"),
        240,
        {23: "5 5 2028-12-31 behaviour"},
        growth=1890,
        says=[
            (
                "+5 coins: Daily check-in, day 1 in a row. Balance: 240 coins.",
                "+5 金币：每日签到，连续第 1 天。余额 240 金币。",
            ),
        ],
    ),
    step(
        "2027-04-25 10:00",
        moves("Asia/Shanghai"),
        240,
        says=[
            (
                "Your days follow Asia/Shanghai from 2027-04-26. Balance: 240 coins.",
                "自 2027-04-26 起按 Asia/Shanghai 时区计日。余额 240 金币。",
            )
        ],
    ),
    step(
        "2027-04-26 01:00",  # the 26th in both
        does("check-in"),
        246,
        {24: "6 6 2028-12-31 behaviour"},
        growth=1900,
        says=[
            (
                "+6 coins: Daily check-in, day 2 in a row. Balance: 246 coins.",
                "+6 金币：每日签到，连续第 2 天。余额 246 金币。",
            ),
        ],
    ),
    step(
        "2027-04-26 19:00",  # one in the morning of the 27th in Shanghai
        does("check-in"),
        253,
        {25: "7 7 2028-12-31 behaviour"},
        growth=1910,
        says=[
            (
                "+7 coins: Daily check-in, day 3 in a row. Balance: 253 coins.",
                "+7 金币：每日签到，连续第 3 天。余额 253 金币。",
            ),
        ],
    ),
    step("2027-05-01 10:00", moves(BERLIN), 253, refused="TimezoneChangedRecently"),
]

A_DRAW_DECAY_AND_THE_END_OF_A_YEAR = [
    step(
        "2027-05-02 10:00",
        gives("tree-planting", 100),
        153,
        {21: "200 35"},
        says=[
            (
                "Thank you: 100 coins given to Trees against the desert. Balance: 153 coins.",
                "感谢您向“公益植树”捐出 100 金币。余额 153 金币。",
            ),
        ],
    ),
    step(
        "2027-09-12 12:00+08:00",  # 35 of lot 21, 25 of lot 22
        redeems("autumn-draw", "tickets", quantity=3),
        93,
        {21: "200 0", 22: "100 75"},
        says=[
            (
                "Tickets for Autumn draw: 3, for 60 coins. Balance: 93 coins.",
                "已用 60 金币换得金秋抽奖 3 张。余额 93 金币。",
            )
        ],
    ),
    step("2027-09-12 12:05+08:00", redeems("autumn-draw"), 93, refused="MemberLimitReached"),
    step("2027-10-05 03:00+08:00", evaluation(), 93),  # protected, and earned
    step(
        "2028-01-05 03:00+08:00",  # 20 % of 1,910 = 382; 1,528 still earns leaf
        evaluation(),
        93,
        growth=1528,
        says=[
            (
                "Your growth value fell by 382 at the yearly date. Balance: 93 coins.",
                "年度衰减：成长值减少 382。余额 93 金币。",
            )
        ],
    ),
    step(
        "2028-02-29 12:00+08:00",
        does("check-in"),
        98,
        {26: "5 5 2029-12-31 behaviour"},
        growth=1538,
        says=[
            (
                "+5 coins: Daily check-in, day 1 in a row. Balance: 98 coins.",
                "+5 金币：每日签到，连续第 1 天。余额 98 金币。",
            ),
        ],
    ),
    step(
        "2028-03-01 00:01+08:00",  # the day after 29 February
        does("check-in"),
        104,
        {27: "6 6 2029-12-31 behaviour"},
        growth=1548,
        says=[
            (
                "+6 coins: Daily check-in, day 2 in a row. Balance: 104 coins.",
                "+6 金币：每日签到，连续第 2 天。余额 104 金币。",
            ),
        ],
    ),
    step("2028-12-31 23:59+08:00", waits(), 104),
    step("2029-01-01 00:00+08:00", waits(), 11, growth=1239),  # 20 % of 1,548 = 309.6 → 309
    step("2029-01-01 00:01+08:00", gives("tree-planting", 100), 11, refused="InsufficientPoints"),
    step(
        "2029-01-01 03:00+08:00",  # 75 of lot 22, 5 + 6 + 7 of lots 23 to 25
        sweep(),
        11,
        says=[("93 coins expired. Balance: 11 coins.", "93 金币已过期。余额 11 金币。")],
    ),
    step(
        "2029-01-02 03:00+08:00",  # long past the protection of six months, the task of 600 growth not met
        evaluation(),
        11,
        tier="sprout",
        says=[
            (
                "Your growth value fell by 309 at the yearly date. Balance: 11 coins.",
                "年度衰减：成长值减少 309。余额 11 金币。",
            ),
            ("You are Sprout now, no longer Leaf. Balance: 11 coins.", "您的等级由绿叶变为新芽。余额 11 金币。"),
        ],
    ),
]
