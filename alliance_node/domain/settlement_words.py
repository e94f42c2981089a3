"""What a settlement asks of a brand, in plain words for its staff, in Chinese and English.

Pure. Amounts come in fen; dates as text.
"""


def due_words(fen: int, date: str, overdue: bool) -> dict[str, str]:
    """What the brand must pay into the pool, and by when."""
    amount = money(fen)
    if overdue:
        return {
            "en": f"Overdue since {date}: pay {amount} CNY to the pool now. Anyone may declare the brand in default.",
            "zh": f"已于 {date} 逾期:请立即向资金池支付 {amount} 元。任何人都可以宣布品牌违约。",
        }
    return {
        "en": f"Pay {amount} CNY to the pool before {date}, then both sides sign the bank's reference.",
        "zh": f"请在 {date} 之前向资金池支付 {amount} 元,付款后双方对银行参考号签名确认。",
    }


def payout_words(fen: int, waiting_fen: int) -> dict[str, str]:
    """What the pool may pay the brand now, and what waits for others' payments."""
    now, waiting = money(fen), money(waiting_fen)
    if fen and waiting_fen:
        return {
            "en": f"The pool pays {now} CNY now; {waiting} CNY more once the other brands have paid.",
            "zh": f"资金池现在支付 {now} 元;其他品牌付款后再支付 {waiting} 元。",
        }
    if fen:
        return {"en": f"The pool pays {now} CNY now.", "zh": f"资金池现在支付 {now} 元。"}
    return {
        "en": f"{waiting} CNY are paid once the other brands have paid.",
        "zh": f"其他品牌付款后,将支付 {waiting} 元。",
    }


def settled_words(phase: str) -> dict[str, str]:
    """Nothing to pay and nothing to come."""
    if phase == "closing":
        return {
            "en": "The epoch is closed; the netting statement is being submitted.",
            "zh": "本期已截止,轧差清单正在提交。",
        }
    return {"en": "Nothing to pay and nothing to receive in this epoch.", "zh": "本期无应付款,也无应收款。"}


def money(fen: int) -> str:
    """CNY with two decimals."""
    return f"{fen // 100:,}.{fen % 100:02d}"
