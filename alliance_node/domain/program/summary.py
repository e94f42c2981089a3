"""Owns the 30-second summary of a program, generated from the program itself (R-UX-1): at most 120 English words or
250 Chinese characters, the most important first. A sentence that does not fit is left out whole, never cut."""

from __future__ import annotations

from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.summary_earning import campaign, earning, more_ways, streak, tasks
from alliance_node.domain.program.summary_life import (
    expiry,
    guarantee,
    notice,
    pending,
    recall,
    refund,
    tier_rules,
    tiers,
)
from alliance_node.domain.program.summary_spending import (
    alliance,
    benefits,
    budgets,
    circulation_award,
    first_reward,
    founders,
    gifts,
    offset,
    other_channels,
    redemption_day,
    spending_bonus,
)

MAX_WORDS_EN = 120
MAX_CHARACTERS_ZH = 250

_SENTENCES = (
    earning,
    offset,
    first_reward,
    expiry,
    recall,
    pending,
    tiers,
    refund,
    alliance,
    founders,
    spending_bonus,
    circulation_award,
    streak,
    tasks,
    tier_rules,
    campaign,
    redemption_day,
    guarantee,
    gifts,
    benefits,
    more_ways,
    other_channels,
    budgets,
    notice,
)
"""Each says one thing in both languages, or nothing; the most important first."""


def summary(program: ProgramFile, language: str = "en") -> str:
    """The program in plain words."""
    chinese = language == "zh"
    joint = "" if chinese else " "
    text = f"{program.name.zh}：" if chinese else f"{program.name.en}:"
    for sentence in _SENTENCES:
        said = sentence(program)
        if said is not None:
            longer = text + joint + said[chinese]
            if (len(longer) <= MAX_CHARACTERS_ZH) if chinese else (len(longer.split()) <= MAX_WORDS_EN):
                text = longer
    return text
