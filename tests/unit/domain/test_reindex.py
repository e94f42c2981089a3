"""Re-indexing a program's thresholds and values by a percentage (R-VAL-3)."""

from __future__ import annotations

import pytest
import yaml

from alliance_node.domain.program import load_program
from alliance_node.domain.program.compare import worse_points
from alliance_node.domain.program.reindex import reindex
from alliance_node.domain.program.returns import effective_returns
from alliance_node.programs import PRESETS, preset_text
from tests.unit.domain.full_program import FULL
from tests.unit.domain.sample import sample_data


def test_thresholds_and_values_move_and_nothing_else() -> None:
    """3 % inflation on coffee-stars: the drink is worth 6.18 USD, gold begins at 576.80 USD; points stay."""
    old, new = preset_text("coffee-stars"), reindex(preset_text("coffee-stars"), "3", 2)
    changed = [(a, b) for a, b in zip(old.splitlines(), new.splitlines(), strict=True) if a != b]
    assert ("version: 1", "version: 2") in changed
    before, after = load_program(old), load_program(new)
    assert (before.tiers.ladder[1].at_least, after.tiers.ladder[1].at_least) == ("560.00", "576.80")
    drinks = [next(o for o in p.redemption if o.id == "drink") for p in (before, after)]
    assert [(drink.points, drink.value) for drink in drinks] == [(400, "6.00"), (400, "6.18")]
    assert all(a.split("#")[1:] == b.split("#")[1:] for a, b in changed)  # comments stay
    assert before.earn.rules == after.earn.rules


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_re_indexed(name: str) -> None:
    new = load_program(reindex(preset_text(name), "2.5", 2))
    assert new.version == 2 and effective_returns(new)


def test_nothing_moves_by_0_percent() -> None:
    text = preset_text("coffee-stars")
    assert worse_points(load_program(text), load_program(reindex(text, "0", 2))) == []


def test_higher_thresholds_are_a_devaluation_that_needs_notice() -> None:
    """R-VAL-3: re-indexing goes through an announced version like everything else."""
    text = preset_text("coffee-stars")
    found = worse_points(load_program(text), load_program(reindex(text, "3", 2)))
    assert "tiers.ladder.gold.at_least: 560.00 → 576.80 (higher)" in [str(change) for change in found]


def test_growth_thresholds_stay_whole_and_money_keeps_its_decimals() -> None:
    text = yaml.safe_dump(sample_data(FULL), sort_keys=False, allow_unicode=True)
    new = load_program(reindex(text, "2.5", 2))
    assert [tier.at_least for tier in new.tiers.ladder] == ["0", "5125"]
    assert new.earn.rules[0].when.amount_at_least == "10.25"
    assert new.tiers.retention[0].spend == "1025.00"
    assert new.tasks.goals[1].spend == "1025.00"
    assert [step.up_to for step in new.earn.rules[1].amount.brackets] == ["102.50", "307.50", None]  # type: ignore[union-attr]


@pytest.mark.parametrize(("percent", "version"), [("3", 1), ("-100", 2), ("1000", 2), ("much", 2)])
def test_what_makes_no_sense_is_refused(percent: str, version: int) -> None:
    with pytest.raises(ValueError):
        reindex(preset_text("coffee-stars"), percent, version)
