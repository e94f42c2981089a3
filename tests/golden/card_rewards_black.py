"""The later years of the life under card-rewards; the same rules of writing as in `test_card_rewards.py`."""

from tests.golden.actions import buys, converts, does, refunds, sweep, waits
from tests.golden.runner import step

BLACK_AND_BACK = [
    step(
        "2027-12-31 23:59",
        # 74,375.5 → 74,375 (still gold). Spend 51,249 + 148,751 = 200,000: black, and nothing that is left ends:
        # 504 + 3,000 + 2,000 + 50 + 499 + 198 + 74,375 = 80,626
        buys("i", "148751.00"),
        6251,
        {
            11: "17560 504 never",
            12: "3000 3000 never",
            13: "2000 2000 never",
            14: "50 50 never",
            15: "499 499 never",
            16: "198 198 never",
            17: "74375 74375 never base",
        },
        pending=74375,
        growth=199900,
        tier="black",
        says=[
            (
                "+74375 points for your purchase of 148751.00 CNY, to spend from 2028-01-14. Balance: 6251 points.",
                "消费 148751.00 CNY，+74375 积分，2028-01-14 起可用。余额 6251 积分。",
            ),
            ("Congratulations: you are Black now. Balance: 6251 points.", "恭喜，您已升为黑卡。余额 6251 积分。"),
            ("Your 80626 points no longer expire. Balance: 6251 points.", "您的 80626 积分不再过期。余额 6251 积分。"),
        ],
    ),
    step(
        "2028-02-29 12:00",
        buys("j", "10.00"),
        80626,
        {18: "6 6 never base"},
        pending=6,
        growth=199910,
        says=[
            ("74375 points can be spent now. Balance: 80626 points.", "74375 积分现已可用。余额 80626 积分。"),
            (
                "+6 points for your purchase of 10.00 CNY, to spend from 2028-03-14. Balance: 80626 points.",
                "消费 10.00 CNY，+6 积分，2028-03-14 起可用。余额 80626 积分。",
            ),
        ],
    ),
    step(
        "2029-01-10 10:00",
        # Black was reached with this purchase: 200,010 − 148,751 = 51,259 is gold, and what is left gets a term anew.
        refunds("i", "148751.00"),
        6257,
        {
            11: "17560 504 2032-01-10",
            12: "3000 3000 2032-01-10",
            13: "2000 2000 2032-01-10",
            14: "50 50 2032-01-10",
            15: "499 499 2032-01-10",
            16: "198 198 2032-01-10",
            17: "0 0 never",
            18: "6 6 2032-01-10",
        },
        pending=0,
        growth=51159,
        tier="gold",
        says=[
            ("6 points can be spent now. Balance: 80632 points.", "6 积分现已可用。余额 80632 积分。"),
            (
                "Refund of 148751.00 CNY: 74375 points were taken back. Balance: 6257 points.",
                "退款 148751.00 CNY，收回 74375 积分。余额 6257 积分。",
            ),
            ("After a refund you are Gold now. Balance: 6257 points.", "因退款，您的等级变为金卡。余额 6257 积分。"),
            (
                "6257 points are now valid through 2032-01-10. Balance: 6257 points.",
                "6257 积分现有效至 2032-01-10。余额 6257 积分。",
            ),
        ],
    ),
    step("2032-01-10 23:59", waits(), 6257),
    step("2032-01-11 00:00", waits(), 0),
    step(
        "2032-01-11 03:00",
        sweep(),
        0,
        says=[("6257 points expired. Balance: 0 points.", "6257 积分已过期。余额 0 积分。")],
    ),
    step("2032-01-12 03:00", sweep(), 0),  # twice changes nothing
    step("2032-01-12 10:00", buys("k", "100.00", at="2031-12-23 12:00"), 0, refused="LateEvent"),  # 14 days
    step(
        "2032-01-12 10:05",  # by then 14 days are over: to be spent at once; 36 months from the day it happened
        buys("k", "100.00", at="2031-12-23 12:00", approved="head of cards: lost file of 23 December"),
        50,
        {19: "50 50 2034-12-23 base"},
        growth=51259,
        says=[
            (
                "+50 points for your purchase of 100.00 CNY, to spend from 2032-01-06. Balance: 50 points.",
                "消费 100.00 CNY，+50 积分，2032-01-06 起可用。余额 50 积分。",
            )
        ],
    ),
]

A_REFUND_AFTER_EVERYTHING = [
    step(
        "2032-01-13 10:00",
        # Of f's 17,560 + 3,000: 504 + 3,000 had expired, 17,056 were spent or converted and are owed. Without it 2027
        # has 150 + 1,000 + 5,000 + 100 + 999: the reward, expired too, falls. Spend 51,359 − 43,900 = 7,459: classic.
        refunds("f", "43900.00"),
        50,
        {11: "17056 0", 12: "0 0", 13: "0 0"},
        debt=17056,
        growth=7359,
        tier="classic",
        says=[
            ("50 points can be spent now. Balance: 50 points.", "50 积分现已可用。余额 50 积分。"),
            (
                "Refund of 43900.00 CNY: 0 points were taken back; 17056 are still owed. Balance: 50 points.",
                "退款 43900.00 CNY，收回 0 积分，另欠 17056。余额 50 积分。",
            ),
            (
                "After a refund “Spend 20000 in a calendar year” no longer counts: 0 points were taken back. "
                "Balance: 50 points.",
                "因退款，“年消费满 20000”不再计入，收回 0 积分。余额 50 积分。",
            ),
            ("After a refund you are Classic now. Balance: 50 points.", "因退款，您的等级变为普卡。余额 50 积分。"),
        ],
    ),
    step("2032-01-14 10:00", converts("out4", 1000, 50_000), 50, refused="DebtOutstanding"),
    step(
        "2032-01-14 11:00",
        buys("l", "10.00"),
        50,
        {20: "4 4 2035-01-14 base"},
        pending=4,
        growth=7369,
        says=[
            (
                "+4 points for your purchase of 10.00 CNY, to spend from 2032-01-28. Balance: 50 points.",
                "消费 10.00 CNY，+4 积分，2032-01-28 起可用。余额 50 积分。",
            )
        ],
    ),
    step(
        "2032-01-29 10:00",  # what matures pays the debt, what was there stays
        does("activate"),
        50,
        {20: "4 0"},
        pending=0,
        debt=17052,
        says=[
            ("4 points can be spent now. Balance: 54 points.", "4 积分现已可用。余额 54 积分。"),
            (
                "4 points repaid what a refund left owing. Balance: 50 points.",
                "4 积分已用于偿还退款欠分。余额 50 积分。",
            ),
        ],
    ),
]
