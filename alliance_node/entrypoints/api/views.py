"""The application's views as the API's JSON: instants as RFC 3339, bytes as hexadecimal, nothing computed anew."""

from typing import Any

import msgspec

from alliance_node.application.arrival_awards import award_on_arrival
from alliance_node.application.conversions import AwardOnArrival, CodeMade, Quote
from alliance_node.application.member_notices import NoticePage
from alliance_node.application.published_rates import PublishedRate
from alliance_node.application.queries import (
    BalanceView,
    ConversionView,
    HistoryItem,
    HistoryPage,
    LotPage,
    LotView,
)
from alliance_node.application.records import ChainReceipt
from alliance_node.domain.instants import FAR_FUTURE, format_instant

Json = dict[str, Any]


def instant(seconds: int | None) -> str | None:
    """RFC 3339, or None for "never"."""
    return None if seconds is None or seconds <= 0 or seconds >= FAR_FUTURE else format_instant(seconds)


def balance(view: BalanceView) -> Json:
    """`GET …/balance`."""
    return {
        "member_id": view.member_id,
        "version": view.version,
        "balance": {"spendable": view.spendable, "held": view.held, "pending": view.pending},
        "debt": view.debt,
        "tier": view.tier,
        "tier_since": instant(view.tier_since),
        "protected_until": instant(view.protected_until),
        "growth": view.growth,
        "next_expiry": {"at": instant(view.next_expiry_at), "points": view.next_expiry_points},
    }


def lot(view: LotView) -> Json:
    """One lot."""
    return {
        **msgspec.structs.asdict(view),
        "earned_at": instant(view.earned_at),
        "matures_at": instant(view.matures_at),
        "expires_at": instant(view.expires_at),
    }


def lot_page(page: LotPage) -> Json:
    """`GET …/lots`."""
    return {"lots": [lot(view) for view in page.lots], "next_cursor": page.next_cursor}


def notice_page(page: NoticePage) -> Json:
    """`GET …/notices` and `GET /v1/notices`."""
    notices = [
        {**msgspec.structs.asdict(view), "until": instant(view.until), "created_at": instant(view.created_at)}
        for view in page.notices
    ]
    return {"notices": notices, "next_cursor": page.next_cursor}


def receipt(row: ChainReceipt) -> Json:
    """Where on the chain a step can be looked up."""
    return {
        "step": row.step,
        "block": row.block_number,
        "transaction": "0x" + row.tx_hash.hex(),
        "batch": row.seq,
        "item": row.item_index,
        "at": instant(row.at),
    }


def history_item(item: HistoryItem) -> Json:
    """One event."""
    return {
        "version": item.version,
        "kind": item.kind,
        "occurred_at": instant(item.occurred_at),
        "received_at": instant(item.received_at),
        "points": item.points,
        "reference": item.reference,
        "receipts": [receipt(row) for row in item.receipts],
    }


def history_page(page: HistoryPage) -> Json:
    """`GET …/history`."""
    return {"items": [history_item(item) for item in page.items], "next_cursor": page.next_cursor}


def conversion(view: ConversionView, language: str = "en", paid: bytes | None = None) -> Json:
    """`GET /v1/conversions/{id}`; `paid`: the account of a transfer; `award`: what became of the award that the
    arriving points were meant for."""
    row = view.conversion
    address = paid or row.claim_address
    return {
        "conversion_id": row.conversion_id,
        "direction": row.direction,
        "member_id": row.member_id,
        "status": row.status,
        "points": row.points,
        "alliance_units": row.alliance_units,
        "rate_version": row.rate_version,
        "counterparty_brand": row.counterparty,
        "deadline": instant(row.deadline),
        "claim_address": "0x" + address.hex() if address else None,
        "created_at": instant(row.created_at),
        "updated_at": instant(row.updated_at),
        "reason": row.reason,
        "award": award(award_on_arrival(row), language),
        "receipts": [receipt(one) for one in view.receipts],
    }


def award(found: AwardOnArrival | None, language: str) -> Json | None:
    """Of a conversion that a member wanted an award for; `refusal` in the caller's language."""
    if found is None:
        return None
    shown: Json = {"option": found.option, "state": found.state, "redemption_id": found.redemption_id, "refusal": None}
    if found.refusal is not None:
        why, chinese = found.refusal, language == "zh"
        shown["refusal"] = {
            "code": why.code,
            "message": why.chinese if chinese else why.message,
            "next_step": why.next_step_chinese if chinese else why.next_step,
        }
    return shown


def rate(found: PublishedRate) -> Json:
    """One version; fractions as `[numerator, denominator]`."""
    one = found.rate
    return {
        "version": one.version,
        "state": found.state,
        "alliance_units_per_point": [one.in_numerator, one.in_denominator],
        "points_per_alliance_unit": [one.out_numerator, one.out_denominator],
        "announced_at": instant(one.announced_at),
        "effective_at": instant(one.effective_at),
        "guaranteed_until": instant(one.guaranteed_until),
    }


def quote(offer: Quote) -> Json:
    """`POST …/quotes`."""
    return {**msgspec.structs.asdict(offer), "expires_at": instant(offer.expires_at)}


def code(made: CodeMade) -> Json:
    """`POST …/receiving-codes`."""
    return {
        "member_id": made.member_id,
        "receiving_code": made.code,
        "expires_at": instant(made.expires_at),
        "award": made.award,
    }
