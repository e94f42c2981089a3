"""What a member may use: each benefit of the program with its remaining uses (R-BEN-1, R-BEN-2).

Owns the list; how many uses are left is the domain's count.
"""

import msgspec

from alliance_node.application.ports import Programs, ReadStore
from alliance_node.application.states import load_state
from alliance_node.domain.deciding.benefits import uses_left
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.redemption_schema import Award


class BenefitView(msgspec.Struct, frozen=True):
    """`allowance` is what the tier still gives in the running `per` (None: as often as wanted), `bought` what was paid
    with points. `bought_through` names the options that sell more uses."""

    benefit: str
    name: str
    allowance: int | None
    per: str
    bought: int
    usable: bool
    bought_through: tuple[str, ...]


def member_benefits(
    store: ReadStore, programs: Programs, member_id: str, now: Instant, language: str = "en"
) -> list[BenefitView]:
    """Every benefit of the program in force, also those of which nothing is left. Raises UnknownMember."""
    with store.read() as connection:
        state = load_state(store, connection, member_id)
        program = programs.book(connection).at(now)
    sold: dict[str, list[str]] = {}
    for offer in program.file.redemption:
        if isinstance(offer, Award) and offer.benefit is not None:
            sold.setdefault(offer.benefit, []).append(offer.id)
    views = []
    for benefit in program.file.benefits:
        left = uses_left(program, state, benefit.id, now)
        usable = left.allowance is None or left.allowance + left.bought > 0
        name = benefit.name.in_language(language)
        options = tuple(sold.get(benefit.id, ()))
        views.append(BenefitView(benefit.id, name, left.allowance, left.per, left.bought, usable, options))
    return views
