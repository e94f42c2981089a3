"""Tells the operator of units that should be back in a sponsor's budget and are not. Owns the words only."""

from collections.abc import Callable

from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.sponsor_budgets import refused_returns
from alliance_node.entrypoints.health import State

PART = "budget-returns"
NEXT_STEP = "See `alliance brand budget list`; once the brand's limits allow it, run `alliance brand budget give-back`."
Report = Callable[[str, State, str | None, str | None], None]


def look_at_budgets(desk: ConversionDesk, report: Report) -> bool:
    """The node is degraded while a return is refused and nobody asked again; there is never more to do at once."""
    if refused_returns(desk):
        report(PART, "failed", "budget_return_refused", NEXT_STEP)
    else:
        report(PART, "ok", None, None)
    return False
