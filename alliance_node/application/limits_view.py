"""What is left of everything that all members share: stock, tickets and budgets (R-EARN-10, R-RED-4).

Owns the list. What is used is what committed events took and gave back; nothing is locked for reading it.
"""

from typing import Literal

import msgspec

from alliance_node.application.ports import Programs, ReadStore
from alliance_node.domain.instants import Instant, local_day, period_of
from alliance_node.domain.program import CompiledProgram


class LimitView(msgspec.Struct, frozen=True):
    """A shared limit of the program in force. `unit` is pieces, tickets or points; a budget's numbers are those of its
    running period."""

    limit: str
    kind: Literal["stock", "budget"]
    name: str
    unit: Literal["pieces", "tickets", "points"]
    per: str
    capacity: int
    used: int
    left: int


def shared_limits(store: ReadStore, programs: Programs, now: Instant, language: str = "en") -> list[LimitView]:
    """Stock in the order of the options, then budgets. Raises NoProgramInForce."""
    with store.read() as connection:
        program = programs.book(connection).at(now)
        found = [*_stock(program, language), *_budgets(program, now)]
        used = store.limits_used(connection, [view.limit for view in found])
    return [_counted(view, used.get(view.limit, 0)) for view in found]


def _counted(view: LimitView, used: int) -> LimitView:
    return msgspec.structs.replace(view, used=used, left=max(0, view.capacity - used))


def _stock(program: CompiledProgram, language: str) -> list[LimitView]:
    return [
        LimitView(
            compiled.limit_id,
            "stock",
            compiled.offer.name.in_language(language),
            "tickets" if compiled.offer.kind == "lottery" else "pieces",
            "ever",
            program.capacity_of(compiled.limit_id),
            0,
            0,
        )
        for compiled in program.offers.values()
        if compiled.limit_id
    ]


def _budgets(program: CompiledProgram, now: Instant) -> list[LimitView]:
    day = local_day(now, program.timezone)
    views = []
    for budget in program.file.earn.budgets:
        limit = f"budget:{budget.id}/{period_of(budget.per, day)}"
        views.append(LimitView(limit, "budget", budget.id, "points", budget.per, program.capacity_of(limit), 0, 0))
    return views
