"""What members are told of each sample event, word for word, in English and Chinese: notices without the balance, and
explanations. Written and read as texts; a change of wording is a change here."""

NOTICES: dict[str, list[tuple[str, str]]] = {
    "enrolled": [("Welcome to Sample. You start as base.", "欢迎加入样例，起始等级：base。")],
    "purchase": [
        (
            "+750 points for your purchase of 250.00 CNY, to spend from 2026-11-08.",
            "消费 250.00 CNY，+750 积分，2026-11-08 起可用。",
        ),
        ("Free with your purchase: 1 × gift.", "本次消费获赠：gift × 1。"),
    ],
    "purchase without gift": [],
    "streak": [("+62 points: check-in, day 7 in a row.", "+62 积分：check-in，连续第 7 天。")],
    "mended streak": [("+64 points: check-in, day 5 in a row.", "+64 积分：check-in，连续第 5 天。")],
    "streak again": [],
    "graded": [("+40 points: post.", "+40 积分：post。")],
    "goal": [("Done: thousand. +300 points.", "任务完成：thousand，+300 积分。")],
    "step": [("Done: newcomer: visit. +50 points.", "任务完成：newcomer：visit，+50 积分。")],
    "goal for growth": [("Done: posts. +20 growth value.", "任务完成：posts，成长值 +20。")],
    "revoked": [
        (
            "After a refund “thousand” no longer counts: 300 points were taken back.",
            "因退款，“thousand”不再计入，收回 300 积分。",
        )
    ],
    "refund": [
        (
            "Refund of 100.00 CNY: 180 points were taken back; 15 are still owed.",
            "退款 100.00 CNY，收回 180 积分，另欠 15。",
        ),
        ("Please bring back 1 × gift.", "请退还赠品：gift × 1。"),
    ],
    "extended": [("70 points are valid longer: through 2027-11-05.", "70 积分已延期，有效至 2027-11-05。")],
    "no end": [("Your 70 points no longer expire.", "您的 70 积分不再过期。")],
    "an end again": [("70 points are now valid through 2027-11-05.", "70 积分现有效至 2027-11-05。")],
    "matured": [("750 points can be spent now.", "750 积分现已可用。")],
    "debt": [("15 points repaid what a refund left owing.", "15 积分已用于偿还退款欠分。")],
    "upgrade": [("Congratulations: you are gold now.", "恭喜，您已升为gold。")],
    "downgrade": [("You are base now, no longer gold.", "您的等级由gold变为base。")],
    "refund tier": [("After a refund you are base now.", "因退款，您的等级变为base。")],
    "retained": [("You keep gold until 2027-11-06.", "您已保级：gold保留至 2027-11-06。")],
    "decay": [("Your growth value fell by 1200 at the yearly date.", "年度衰减：成长值减少 1200。")],
    "offset": [("300 points paid 3.00 CNY of your order.", "300 积分已抵扣订单 3.00 CNY。")],
    "award": [("2 × gift for 70 points and 0.40 CNY.", "已用 70 积分加 0.40 CNY 兑换：gift × 2。")],
    "coupon": [("1 × coupon for 50 points.", "已用 50 积分兑换：coupon × 1。")],
    "donation": [("Thank you: 300 points given to trees.", "感谢您向“trees”捐出 300 积分。")],
    "tickets": [("Tickets for draw: 5, for 50 points.", "已用 50 积分换得draw 5 张。")],
    "cancelled": [("Redemption cancelled: 40 points came back.", "兑换已取消，返还 40 积分。")],
    "benefit": [("Used: lounge.", "已使用权益：lounge。")],
    "bought benefit": [("Used: lounge.", "已使用权益：lounge。")],
    "gift": [("You gave 40 points to a member.", "您已赠送 40 积分给其他会员。")],
    "gift received": [("A member gave you 40 points.", "收到会员赠送的 40 积分。")],
    "prize": [("You won: phone.", "恭喜中奖：phone。")],
    "points won": [("You won: points, +500 points.", "恭喜中奖：points，+500 积分。")],
    "bonus paid": [("Bonus for points of a partner brand: 10 points.", "联盟品牌积分返利 10 积分。")],
    "bonus refused": [("The bonus of 10 points is not paid.", "10 积分返利未发放。")],
    "bonus revoked": [("A bonus of 10 points was taken back.", "已收回返利 10 积分。")],
    "promised": [("2 × coupon for 100 points.", "已用 100 积分兑换：coupon × 2。")],
    "award paid": [
        (
            "Award for redeeming points of partner brands this month: 50 points.",
            "当月使用联盟品牌积分达标，奖励 50 积分。",
        )
    ],
    "award refused": [("The month's award of 50 points is not paid.", "当月流通奖励 50 积分未发放。")],
    "award revoked": [
        (
            "After a cancellation the month's award of 50 points no longer stands.",
            "因取消兑换，当月流通奖励 50 积分不再有效。",
        )
    ],
    "award dropped": [
        (
            "After a cancellation the month's award of 50 points no longer stands.",
            "因取消兑换，当月流通奖励 50 积分不再有效。",
        )
    ],
    "accelerated": [("Your founder membership added 24 points.", "创始会员加赠 24 积分。")],
    "timezone": [("Your days follow Europe/Paris from 2026-11-06.", "自 2026-11-06 起按 Europe/Paris 时区计日。")],
    "recall": [("90 points lapsed: spring.", "90 积分已清零：spring。")],
    "opening": [("Welcome: you bring 900 points along.", "欢迎，您带来了 900 积分。")],
    "old purchase": [],
    "held": [("100 points are on their way to another brand.", "100 积分正在转往其他品牌。")],
    "captured": [("The conversion of 100 points is final.", "100 积分的转换已确认。")],
    "released": [("The conversion failed: 100 points are yours again.", "转换未成，100 积分已退回。")],
    "returned": [
        ("The other brand did not take them in time: 100 points came back.", "对方未按时领取，100 积分已退回。")
    ],
    "received": [("60 points arrived from coffee.", "从 coffee 转入 60 积分。")],
    "held for a wallet": [("100 points are on their way to your own wallet.", "100 积分正在转入您自己的钱包。")],
    "from a wallet": [("60 points came from your own wallet.", "从您自己的钱包转入 60 积分。")],
    "expired": [("25 points expired.", "25 积分已过期。")],
}
EXPLANATIONS: dict[str, list[tuple[str, str]]] = {
    "enrolled": [("Welcome: you start as base.", "欢迎加入，起始等级：base。")],
    "purchase": [
        ("This purchase of 250.00 CNY earned 750 points.", "本次消费 250.00 CNY，获得 750 分。"),
        ("spend: 250.00 CNY × 2 = 500 points.", "spend：250.00 CNY × 2 = 500 分。"),
        ("double: 500 × 1 extra = 500 points.", "double：500 × 1 加赠 = 500 分。"),
        ("double: limit of 1000 points a day, 750 used: -250 points.", "double：每日上限 1000 分，已用 750：-250 分。"),
        ("mug-for-200: 1 free with this purchase.", "mug-for-200：随单赠送 1 件。"),
        ("Growth value rose by 350.", "成长值增加 350。"),
        ("They can be used from 2026-11-08.", "2026-11-08 起可用。"),
        ("They are valid through 2027-11-05.", "有效期至 2027-11-05（含当日）。"),
        (
            "It came late and was approved (shop manager: till was offline).",
            "逾期记录，已获批准（shop manager: till was offline）。",
        ),
        ("Decided by program version 1.", "依据规则第 1 版。"),
    ],
    "purchase without gift": [
        ("This purchase of 10.00 CNY earned 0 points.", "本次消费 10.00 CNY，获得 0 分。"),
        ("mug-for-200: 1 would be free, but 0 are left.", "mug-for-200：应赠 1 件，库存仅剩 0 件。"),
        ("Decided by program version 1.", "依据规则第 1 版。"),
    ],
    "streak": [
        ("check-in earned 62 points.", "check-in 获得 62 分。"),
        ("check-in: day 7 in a row, 12 + 50 = 62 points.", "check-in：连续第 7 天，12 + 50 = 62 分。"),
        ("They are valid through 2027-11-05.", "有效期至 2027-11-05（含当日）。"),
        ("Decided by program version 1.", "依据规则第 1 版。"),
    ],
    "mended streak": [
        ("check-in earned 64 points.", "check-in 获得 64 分。"),
        ("check-in: day 5 in a row, 12 points.", "check-in：连续第 5 天，12 分。"),
        (
            "check-in: 2 later days follow on, up to day 7, 52 points.",
            "check-in：其后 2 天相连，至连续第 7 天，52 分。",
        ),
        ("They are valid through 2027-11-05.", "有效期至 2027-11-05（含当日）。"),
        ("Decided by program version 1.", "依据规则第 1 版。"),
    ],
    "streak again": [
        ("check-in earned 0 points.", "check-in 获得 0 分。"),
        ("check-in: this day was counted already.", "check-in：当日已计入。"),
        ("Decided by program version 1.", "依据规则第 1 版。"),
    ],
    "graded": [
        ("post earned 40 points.", "post 获得 40 分。"),
        ("post: grade 50 % between 20 and 80 = 50 points.", "post：评分 50 %（20 至 80）= 50 分。"),
        (
            "post: budget of all members, 10000 points a month, 9960 used: -10 points.",
            "post：全体会员预算每月 10000 分，已用 9960：-10 分。",
        ),
        ("They are valid through 2027-11-05.", "有效期至 2027-11-05（含当日）。"),
        ("Decided by program version 1.", "依据规则第 1 版。"),
    ],
    "goal": [
        ("“thousand” is done and gave 300 points.", "完成“thousand”，获得 300 分。"),
        (
            "thousand: 1000.00 CNY of 1000.00 CNY reached, 300 points.",
            "thousand：已达成 1000.00 CNY（目标 1000.00 CNY），300 分。",
        ),
        ("They are valid through 2027-11-05.", "有效期至 2027-11-05（含当日）。"),
    ],
    "step": [
        ("“newcomer: visit” is done and gave 50 points.", "完成“newcomer：visit”，获得 50 分。"),
        ("newcomer: step 2 of 2, 50 points.", "newcomer：第 2 步（共 2 步），50 分。"),
        ("newcomer: step 2 of 2, 5 growth.", "newcomer：第 2 步（共 2 步），5 成长值。"),
        ("Growth value rose by 5.", "成长值增加 5。"),
        ("They are valid through 2027-11-05.", "有效期至 2027-11-05（含当日）。"),
    ],
    "goal for growth": [
        ("“posts” is done.", "完成“posts”。"),
        ("posts: 5 of 5 reached, 20 growth.", "posts：已达成 5（目标 5），20 成长值。"),
        ("Growth value rose by 20.", "成长值增加 20。"),
    ],
    "revoked": [
        (
            "After the refund “thousand” no longer counts; 300 points were taken back.",
            "因退款，“thousand”不再计入，收回 300 分。",
        ),
        ("200 points were still unspent.", "其中未使用 200 分。"),
        ("100 points had been spent and are owed.", "其中已使用 100 分，记为欠分。"),
    ],
    "refund": [
        (
            "The refund of 100.00 CNY took back 200 points that the purchase had earned.",
            "退款 100.00 CNY，收回该笔消费所得的 200 分。",
        ),
        ("150 points were still unspent.", "其中未使用 150 分。"),
        ("30 points had not matured.", "其中尚未生效 30 分。"),
        ("5 points had already expired.", "其中已过期 5 分。"),
        ("15 points had been spent and are owed.", "其中已使用 15 分，记为欠分。"),
        ("mug-for-200: 1 to be brought back.", "mug-for-200：需退还 1 件。"),
        ("Growth value fell by 100.", "成长值减少 100。"),
    ],
    "extended": [
        (
            "70 points that would have expired soon are valid longer, the latest through 2027-11-05.",
            "70 分即将到期的积分已延期，最晚有效至 2027-11-05。",
        )
    ],
    "no end": [("70 points no longer expire in this tier.", "在该等级，70 分不再过期。")],
    "an end again": [
        (
            "70 points that did not expire in the former tier are now valid through 2027-11-05.",
            "原等级不过期的 70 分，现有效至 2027-11-05。",
        )
    ],
    "matured": [("750 points can be used now.", "750 分现已可用。")],
    "debt": [("15 points repaid what a refund had left owing.", "15 分用于偿还退款欠分。")],
    "upgrade": [("You rose from base to gold.", "等级由base升至gold。")],
    "downgrade": [("You moved from gold to base after evaluation.", "经评定，等级由gold变为base。")],
    "refund tier": [("You moved from gold to base after a refund.", "因退款，等级由gold变为base。")],
    "retained": [("You did enough to keep gold until 2027-11-06.", "已完成保级任务，gold保留至 2027-11-06。")],
    "decay": [("Growth value fell by 1200 at the yearly date 2026-01-01.", "2026-01-01 年度衰减：成长值减少 1200。")],
    "offset": [("300 points paid 3.00 CNY of an order of 20.00 CNY.", "使用 300 分抵扣 3.00 CNY（订单 20.00 CNY）。")],
    "award": [
        ("70 points were redeemed for 2 × gift, worth 3.20 CNY.", "使用 70 分兑换 gift × 2，价值 3.20 CNY。"),
        ("0.40 CNY are paid besides the points.", "另付 0.40 CNY。"),
        ("gift: 70 instead of 80 in your tier, -10 points.", "gift：您的等级价 70（原价 80），-10 分。"),
        ("half: 50 % of 70 points, -35 points.", "half：70 分的 50 %，-35 分。"),
    ],
    "coupon": [
        ("50 points were redeemed for 1 × coupon, worth 1.00 CNY.", "使用 50 分兑换 coupon × 1，价值 1.00 CNY。")
    ],
    "donation": [("300 points were donated: 6.00 CNY for trees.", "捐出 300 分，折合 6.00 CNY：trees。")],
    "tickets": [("50 points bought 5 tickets of draw.", "使用 50 分换得draw 5 张。")],
    "cancelled": [
        ("The redemption was cancelled; 40 points came back.", "兑换已取消，返还 40 分。"),
        ("20 of them had expired meanwhile and got a period of grace.", "其中 20 分原已到期，给予宽限期。"),
        ("10 points were kept for a refund that had been forgiven.", "10 分用于抵销此前退款中免除的部分。"),
    ],
    "benefit": [("lounge was used; it comes with gold.", "已使用lounge（gold权益）。")],
    "bought benefit": [("lounge was used; it was bought with points.", "已使用lounge（积分兑换）。")],
    "gift": [("40 points were given to a member.", "40 分已赠送给其他会员。")],
    "gift received": [("A member gave 40 points; they keep their dates.", "其他会员赠送 40 分，有效期不变。")],
    "prize": [("Ticket 17 of draw won: phone.", "draw第 17 号票中奖：phone。")],
    "points won": [
        ("Ticket 18 of draw won: points.", "draw第 18 号票中奖：points。"),
        ("They are valid through 2027-11-05.", "有效期至 2027-11-05（含当日）。"),
    ],
    "bonus paid": [
        (
            "10 bonus points for spending points of a partner brand; they cannot be converted.",
            "使用联盟品牌积分，返 10 分（不可转换）。",
        ),
    ],
    "bonus refused": [
        (
            "The bonus of 10 points is not paid: the sponsor's budget is used up.",
            "10 分返利未发放：赞助预算已用完。",
        ),
    ],
    "bonus revoked": [
        (
            "The redemption's bonus was taken back: 10 points, 3 of them owed.",
            "已收回该兑换的返利 10 分，其中欠 3 分。",
        ),
    ],
    "promised": [
        ("100 points were redeemed for 2 × coupon, worth 2.00 CNY.", "使用 100 分兑换 coupon × 2，价值 2.00 CNY。"),
        (
            "80 of them came from a partner brand: 8 bonus points follow when the sponsor has paid.",
            "其中 80 分来自联盟品牌：赞助方付款后返 8 分。",
        ),
        (
            "200 points of partner brands are redeemed this month: an award of 50 points follows when the sponsor "
            "has paid.",
            "本月兑换联盟品牌积分已满 200 分：赞助方付款后奖励 50 分。",
        ),
    ],
    "award paid": [
        (
            "Award of 50 points for redeeming points of partner brands this month; they cannot be converted.",
            "当月兑换联盟品牌积分达标，奖励 50 分（不可转换）。",
        ),
    ],
    "award refused": [
        (
            "The month's award of 50 points is not paid: the sponsor's budget is used up.",
            "当月流通奖励 50 分未发放：赞助预算已用完。",
        ),
    ],
    "award revoked": [
        (
            "The month's award was taken back: 50 points, 30 of them owed; too little stays redeemed in it.",
            "已收回当月流通奖励 50 分，其中欠 30 分：当月兑换不足。",
        ),
    ],
    "award dropped": [
        (
            "The promised award of 50 points is dropped: too little stays redeemed in its month.",
            "待发的流通奖励 50 分取消：当月兑换不足。",
        ),
    ],
    "accelerated": [
        ("Founder membership #7 added 24 points to a purchase.", "创始会员 #7 为消费加赠 24 分。"),
        ("founders: 120 × 20 % for #7 = 24 points.", "创始会员：120 × 20%（#7）= 24 分。"),
        ("They are valid through 2027-11-05.", "有效期至 2027-11-05（含当日）。"),
    ],
    "timezone": [
        (
            "Days are counted in Europe/Paris from 2026-11-06, until then in Asia/Shanghai.",
            "自 2026-11-06 起按 Europe/Paris 计日，此前按 Asia/Shanghai。",
        )
    ],
    "recall": [("90 old points lapsed: spring.", "90 分旧积分已清零：spring。")],
    "opening": [
        ("900 points and the tier gold were brought from the earlier system.", "从原系统转入 900 分，等级：gold。")
    ],
    "old purchase": [
        (
            "A purchase of 50.00 CNY in the earlier system, which gave 100 points there.",
            "原系统中的消费 50.00 CNY，当时获得 100 分。",
        )
    ],
    "held": [("100 points are held for a conversion into 10 alliance points.", "100 分已冻结，将转换为 10 联盟积分。")],
    "captured": [("The conversion of 100 points is final.", "100 分的转换已完成。")],
    "released": [
        ("The conversion did not happen (rejected); 100 points were released.", "转换未成（rejected），100 分已解冻。")
    ],
    "returned": [
        ("The conversion was not claimed in time; 100 points were returned.", "对方未按时领取，100 分已退回。")
    ],
    "received": [
        ("60 points arrived from coffee.", "从 coffee 转入 60 分。"),
        ("They are valid through 2027-11-05.", "有效期至 2027-11-05（含当日）。"),
    ],
    "held for a wallet": [
        (
            "100 points are held for 10 alliance points in your own wallet.",
            "100 分已冻结，将转换为您钱包中的 10 联盟积分。",
        )
    ],
    "from a wallet": [
        ("60 points came from your own wallet.", "从您自己的钱包转入 60 分。"),
        ("They are valid through 2027-11-05.", "有效期至 2027-11-05（含当日）。"),
    ],
    "expired": [("25 points expired.", "25 分已过期。")],
}
