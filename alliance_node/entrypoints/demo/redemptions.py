"""One simulated redemption at each brand: what a member with enough points takes. Knows the presets' offers by name.

Groceries: pay at checkout with up to half of the points and half of the order, else a canvas bag. Coffee: a drink, else
a bakery coupon. Music: pay at checkout in steps of 500 points.
"""

import uuid
from typing import Any

from alliance_node.entrypoints.demo.cast import COFFEE, GROCERIES
from alliance_node.entrypoints.demo.node_client import NodeClient, decimal_amount

_BAG, _DRINK, _BAKERY = 600, 400, 200
_GROCERY_STEP, _MUSIC_STEP = 100, 500


def redemption_of(brand: str, spendable: int, order_minor: int) -> dict[str, Any] | None:
    """The body of the redemption that a member with these points takes beside this order; None for nothing."""
    if brand == COFFEE:
        return _award("drink", _DRINK, spendable) or _award("bakery-coupon", _BAKERY, spendable)
    if brand == GROCERIES:
        return _checkout(spendable, order_minor, _GROCERY_STEP) or _award("shopping-bag", _BAG, spendable)
    return _checkout(spendable, order_minor, _MUSIC_STEP)


def _award(option: str, price: int, spendable: int) -> dict[str, Any] | None:
    return {"option": option} if spendable >= price else None


def _checkout(spendable: int, order_minor: int, step: int) -> dict[str, Any] | None:
    """Whole steps, each worth one unit of money, up to half of the points and half of the order."""
    steps = min(spendable // 2 // step, order_minor // 2 // 100)
    if steps < 1:
        return None
    return {"option": "checkout", "points": steps * step, "order_amount": decimal_amount(order_minor)}


def redeem(node: NodeClient, member_id: str, body: dict[str, Any]) -> str | None:
    """Redeem; the problem's code when the node refuses (the estimate of the balance may be out of date).

    Each checkout is an order of its own.
    """
    if "order_amount" in body:
        body = {**body, "order_id": f"demo-{uuid.uuid4().hex}"}
    response = node.try_post(f"/v1/members/{member_id}/redemptions", body)
    return None if response.is_success else node.problem_code(response)
