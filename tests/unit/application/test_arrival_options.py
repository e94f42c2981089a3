"""Which options arriving points may go straight into (R-ALL-3)."""

import pytest

from alliance_node.application.arrival_awards import check_award
from alliance_node.domain.errors import OptionNotAvailable
from alliance_node.domain.program.book import CompiledProgram
from tests.unit.domain.sample import BASE, sample
from tests.unit.domain.test_redemption_kinds import LOTTERY


def test_arriving_points_buy_no_lottery_ticket() -> None:
    """An arrival is dated by its block and may be read after the tickets were frozen (R-RED-3): a list that is
    published must not grow."""
    program = CompiledProgram(sample({"redemption": [*BASE["redemption"], LOTTERY]}))
    check_award(program, "coupon")
    with pytest.raises(OptionNotAvailable) as caught:
        check_award(program, "lottery")
    assert caught.value.chinese
