"""Points that go straight into an award at the brand where they arrive (R-ALL-3).

Owns which options a receiving code may name, and the redemption that follows the credit in the same commit: both or,
when the redemption is refused (stock, dates, points), only the credit, and the member is told why. It decides no
redemption itself.
"""

import uuid
from decimal import Decimal

import msgspec

from alliance_node.application.answers import RefusedBody
from alliance_node.application.conversions import AwardOnArrival
from alliance_node.application.records import ConversionRow
from alliance_node.domain.commands import Redeem
from alliance_node.domain.errors import OptionNotAvailable, UnknownOption
from alliance_node.domain.instants import Instant
from alliance_node.domain.program import CompiledProgram
from alliance_node.domain.program.redemption_schema import Award, Flash, Offer
from alliance_node.domain.words import both


def check_award(program: CompiledProgram, option: str) -> None:
    """Raises UnknownOption; OptionNotAvailable for an option that needs an order or an amount of its own."""
    compiled = program.offers.get(option)
    if compiled is None:
        raise UnknownOption(f"the program names no option {option!r}", f"目录中没有项目 {option!r}")
    if not redeems_on_arrival(compiled.offer):
        en, zh = both(program)
        raise OptionNotAvailable(
            f"{en.offer(option)} cannot follow an arrival by itself: its price is not points alone",
            f"{zh.offer(option)} 不是仅用积分即可兑换，不能在积分到账时自动兑换",
            next_steps=(
                "Choose an option that costs a fixed number of points and no cash.",
                "请选择只需固定积分、无需现金的项目。",
            ),
        )


def redeems_on_arrival(offer: Offer) -> bool:
    """Whether its price is its own and points alone: an offset needs an order, a donation an amount, and nobody is
    there to pay cash. A lottery's tickets are no award: an arrival is dated by its block, and one read late would add
    a ticket to a list that is frozen."""
    return isinstance(offer, Award | Flash) and not Decimal(offer.cash)


def award_of(row: ConversionRow, at: Instant) -> Redeem | None:
    """What the member wants as soon as these points are credited."""
    if row.award is None:
        return None
    return Redeem(row.member_id, award_redemption_id(row.commitment), row.award, 1, None, None, at)


def award_redemption_id(commitment: bytes) -> str:
    """The redemption that a receiving code leads to: one, whatever crashes and however many arrivals it collects."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{commitment.hex()}:award"))


def award_on_arrival(row: ConversionRow) -> AwardOnArrival | None:
    """What became of the award that a conversion was made for; None: it was made for none."""
    if row.award is None:
        return None
    if row.award_refusal is not None:
        return AwardOnArrival(row.award, "refused", None, msgspec.json.decode(row.award_refusal, type=RefusedBody))
    if row.status == "completed":
        return AwardOnArrival(row.award, "redeemed", award_redemption_id(row.commitment), None)
    return AwardOnArrival(row.award, "waiting" if row.status == "claiming" else "ended", None, None)
