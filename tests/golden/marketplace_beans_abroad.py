"""Life under marketplace-beans after the move to New York; times are Shanghai's, as in its first part."""

from tests.golden.actions import buys, cancels, does, evaluation, gives, moves, redeems, refunds, sends, sweep, waits
from tests.golden.runner import step

ZONE = "Asia/Shanghai"

A_MOVE_TO_NEW_YORK = [
    step(
        "2027-03-12 10:00",
        moves("America/New_York"),
        4474,
        says=[
            (
                "Your days follow America/New_York from 2027-03-13. Balance: 4474 beans.",
                "自 2027-03-13 起按 America/New_York 时区计日。余额 4474 豆。",
            )
        ],
    ),
    step(
        "2027-03-13 08:00",  # the evening of the 12th in New York
        does("check-in"),
        4475,
        {29: "1 1 2029-03-13 behaviour"},
        growth=3110,
        says=[
            (
                "+1 beans: Daily check-in, day 1 in a row. Balance: 4475 beans.",
                "+1 豆：每日签到，连续第 1 天。余额 4475 豆。",
            )
        ],
    ),
    step(
        "2027-03-14 11:00",  # 22:00 on the 13th in New York, before the clock jumps
        does("check-in"),
        4476,
        {30: "1 1 2029-03-14 behaviour"},
        growth=3120,
        says=[
            (
                "+1 beans: Daily check-in, day 2 in a row. Balance: 4476 beans.",
                "+1 豆：每日签到，连续第 2 天。余额 4476 豆。",
            )
        ],
    ),
    step(
        "2027-03-15 11:30",  # 23:30 on the 14th, a day of 23 hours
        does("check-in"),
        4477,
        {31: "1 1 2029-03-15 behaviour"},
        growth=3130,
        says=[
            (
                "+1 beans: Daily check-in, day 3 in a row. Balance: 4477 beans.",
                "+1 豆：每日签到，连续第 3 天。余额 4477 豆。",
            )
        ],
    ),
    step("2027-03-20 10:00", moves(ZONE), 4477, refused="TimezoneChangedRecently"),
]

FESTIVAL = [
    step(
        "2027-06-18 20:30",  # 1,050, twice; from 300 on with a coupon
        buys("i", "350.00"),
        6577,
        {32: "1050 1050 2029-06-18 base", 33: "1050 1050 2029-06-18 bonus"},
        growth=3580,
        says=[
            (
                "+2100 beans for your purchase of 350.00 CNY. Balance: 6577 beans.",
                "消费 350.00 CNY，+2100 豆。余额 6577 豆。",
            ),
            (
                "Free with your purchase: 1 × 10 yuan coupon. Balance: 6577 beans.",
                "本次消费获赠：10 元优惠券 × 1。余额 6577 豆。",
            ),
        ],
    ),
    step(
        "2027-06-18 20:31",  # 221 + 68 + 300 of 31 January, 500 of 12 February, 1,911 of lot 24
        redeems("one-yuan-earphones"),
        3577,
        {18: "316 0", 20: "68 0", 21: "300 0", 23: "500 0", 24: "2582 514"},
        says=[
            (
                "1 × 1-yuan deal on earphones for 3000 beans and 1.00 CNY. Balance: 3577 beans.",
                "已用 3000 豆加 1.00 CNY 兑换：1 元秒杀耳机 × 1。余额 3577 豆。",
            )
        ],
    ),
    step(
        "2027-07-01 10:00",
        refunds("i", "350.00"),
        1477,
        {32: "0 0", 33: "0 0"},
        growth=3130,
        says=[
            (
                "Refund of 350.00 CNY: 2100 beans were taken back. Balance: 1477 beans.",
                "退款 350.00 CNY，收回 2100 豆。余额 1477 豆。",
            ),
            (
                "Please bring back 1 × 10 yuan coupon. Balance: 1477 beans.",
                "请退还赠品：10 元优惠券 × 1。余额 1477 豆。",
            ),
        ],
    ),
]

DECAY_AND_LEAP_DAY = [
    step(
        "2028-01-05 03:00",  # 20 % of 3,130; plus is protected until 13 February
        evaluation(),
        1477,
        growth=2504,
        says=[
            (
                "Your growth value fell by 626 at the yearly date. Balance: 1477 beans.",
                "年度衰减：成长值减少 626。余额 1477 豆。",
            )
        ],
    ),
    step(
        "2028-02-29 12:00",  # still the 28th in New York: no month-end extra; 24 months later there is no 29th
        buys("j", "100.00"),
        1777,
        {34: "300 300 2030-02-28 base"},
        growth=2704,
        says=[
            (
                "+300 beans for your purchase of 100.00 CNY. Balance: 1777 beans.",
                "消费 100.00 CNY，+300 豆。余额 1777 豆。",
            )
        ],
    ),
    step(
        "2028-03-01 00:30",  # the 29th in New York, the last day of its month: 300 × 0.2
        buys("k", "100.00"),
        2137,
        {35: "300 300 2030-03-01 base", 36: "60 60 2030-03-01 bonus"},
        growth=2904,
        says=[
            (
                "+360 beans for your purchase of 100.00 CNY. Balance: 2137 beans.",
                "消费 100.00 CNY，+360 豆。余额 2137 豆。",
            )
        ],
    ),
    step(
        "2028-03-02 03:00",  # three orders instead of eight, 2,904 instead of 3,000
        evaluation(),
        2137,
        tier="regular",
        says=[
            (
                "You are Regular now, no longer Plus. Balance: 2137 beans.",
                "您的等级由Plus 会员变为普通会员。余额 2137 豆。",
            )
        ],
    ),
]

EXPIRY_AND_A_DONATION = [
    step("2029-02-13 23:59", waits(), 2137, growth=2324),  # 20 % of 2,904 = 580.8 → 580
    step("2029-02-14 00:00", waits(), 963),  # 514 + 360 + 300 = 1,174 ended, swept or not
    step(
        "2029-02-14 03:00",
        sweep(),
        963,
        says=[("1174 beans expired. Balance: 963 beans.", "1174 豆已过期。余额 963 豆。")],
    ),
    step(
        "2029-03-16 00:00",  # 150 + 150 + 1 + 1 + 1
        sweep(),
        660,
        says=[("303 beans expired. Balance: 660 beans.", "303 豆已过期。余额 660 豆。")],
    ),
    step(
        "2029-04-01 10:00",
        gives("school-books", 600),
        60,
        {34: "300 0", 35: "300 0"},
        says=[
            (
                "Thank you: 600 beans given to Books for village schools. Balance: 60 beans.",
                "感谢您向“乡村图书角”捐出 600 豆。余额 60 豆。",
            )
        ],
    ),
    step("2029-04-01 10:01", sends(100), 60, refused="NotGiveable"),
    step("2029-04-01 10:02", cancels("school-books-1869703200"), 60, refused="DonationFinal"),
]
