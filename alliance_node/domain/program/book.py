"""Owns the program versions of one brand and which is in force when. A compiled program is immutable and shared."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from alliance_node.domain.errors import NoProgramInForce
from alliance_node.domain.instants import (
    DAY_SECONDS,
    FAR_FUTURE,
    Instant,
    add_months_to_date,
    date_of_day,
    day_of_date,
    end_of_term,
    format_instant,
    local_day,
    start_of_day,
)
from alliance_node.domain.program.compile import compile_plan
from alliance_node.domain.program.interpret import Evaluator, interpreter
from alliance_node.domain.program.lifecycle_schema import NeverExpires, Rolling
from alliance_node.domain.program.lower import lower
from alliance_node.domain.program.offers import compile_day, compile_offer, stock_of
from alliance_node.domain.program.plan import Plan
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.tasks_plan import TasksPlan
from alliance_node.domain.program.values import to_instant, to_minor


class CompiledProgram:
    """One program version, ready to decide."""

    def __init__(self, file: ProgramFile, *, interpreted: bool = False) -> None:
        self.file = file
        self.version = file.version
        self.timezone = file.timezone
        self.plan: Plan = lower(file)
        self.tasks = TasksPlan(file, self.plan)
        self.evaluate: Evaluator = interpreter(self.plan) if interpreted else compile_plan(self.plan)
        self.pending_seconds = file.earn.pending_days * DAY_SECONDS
        self.late_seconds = file.earn.late_days * DAY_SECONDS
        self.day_of_member = file.earn.day_boundary == "member"
        named = {name for rule in self.plan.behaviour_rules for name in rule.behaviours}
        self.behaviours = frozenset(named | self.tasks.behaviours)
        self.budgets = {budget.id: budget.points for budget in file.earn.budgets}
        self.tier_ids = tuple(tier.id for tier in file.tiers.ladder)
        self.tier_ranks = {tier: rank for rank, tier in enumerate(self.tier_ids)}
        self.tier_on_growth = file.tiers.basis == "growth"
        self.tier_thresholds = [self._threshold(tier.at_least) for tier in file.tiers.ladder]
        self.extension = file.expiry.extension
        self.extension_window = self.extension.within_days * DAY_SECONDS if self.extension else 0
        self.grace_seconds = file.expiry.grace_days * DAY_SECONDS
        self.never_tiers = frozenset(file.expiry.never_for_tiers)
        self.offers = {offer.id: compile_offer(offer, file) for offer in file.redemption}
        self.redemption_days = tuple(compile_day(day, file) for day in file.redemption_days)
        self.bonus_ends = to_instant(file.spending_bonus.deadline, file.timezone) if file.spending_bonus else 0
        self.award_ends = to_instant(file.circulation_award.deadline, file.timezone) if file.circulation_award else 0
        self.benefits = {benefit.id: benefit for benefit in file.benefits}

    def _threshold(self, text: str) -> int:
        return int(text) if self.tier_on_growth else to_minor(text, self.file.currency_exponent)

    def expires_at(self, earned_at: Instant, tier: str) -> Instant:
        """When a lot that a member of the tier earned at the instant ends: its last local day counts in full (R-EXP-1,
        R-EXP-2); never in some tiers (R-EXP-4)."""
        term = self.file.expiry.term
        if isinstance(term, NeverExpires) or tier in self.never_tiers:
            return FAR_FUTURE
        months = term.by_tier.get(tier, term.months)
        day = local_day(earned_at, self.timezone)
        if isinstance(term, Rolling):
            return end_of_term(day, months, self.timezone)
        return _end_of_boundary(day, months, term.boundary, self.timezone)

    def extended(self, expires_at: Instant) -> Instant:
        """The later end of a lot that a purchase extends (R-EXP-3): the last day moves by the months, ends included."""
        if self.extension is None:
            return expires_at
        last_day = local_day(expires_at - 1, self.timezone)
        return end_of_term(last_day, self.extension.months, self.timezone)

    def earned_rank(self, growth: int, spend_minor: int) -> int:
        """The rank of the tier that the measured value has earned; 0 is the lowest."""
        value = growth if self.tier_on_growth else spend_minor
        return max(bisect_right(self.tier_thresholds, value) - 1, 0)

    def rank_of(self, tier: str) -> int:
        """The rank of a tier; one that this version does not name counts as the lowest."""
        return self.tier_ranks.get(tier, 0)

    def day_for(self, at: Instant, member_timezone: str) -> int:
        """The local day that limits and calendar conditions count in."""
        return local_day(at, member_timezone if self.day_of_member else self.timezone)

    def capacity_of(self, limit_id: str) -> int:
        """How much a shared limit holds in all under this version: stock, a budget of one period; else nothing."""
        kind, _, name = limit_id.partition(":")
        if kind == "stock" and name in self.offers:
            return stock_of(self.offers[name].offer) or 0
        return self.budgets.get(name.rpartition("/")[0], 0) if kind == "budget" else 0


class ProgramBook:
    """The versions of one program, by the instant from which each is in force."""

    def __init__(self, versions: Sequence[tuple[Instant, CompiledProgram]]) -> None:
        self._starts = [start for start, _ in versions]
        self._programs = [program for _, program in versions]
        self.decays = any(program.file.tiers.decay is not None for program in self._programs)
        """Whether growth value decays in any version."""
        self.never_tiers = any(program.never_tiers for program in self._programs)
        """Whether points of some tier never expire in any version."""

    @classmethod
    def from_versions(
        cls, versions: Sequence[tuple[Instant, ProgramFile]], *, interpreted: bool = False
    ) -> ProgramBook:
        """Compile the versions. Raises `ValueError` when they are not one program with rising versions and dates."""
        ordered = sorted(versions, key=lambda pair: (pair[0], pair[1].version))
        for (first_start, first), (second_start, second) in pairwise(ordered):
            if second.version <= first.version or second_start <= first_start:
                raise ValueError(
                    f"version {second.version} from {format_instant(second_start)} does not follow "
                    f"version {first.version} from {format_instant(first_start)}"
                )
            if (first.program, first.currency, first.points.code) != (
                second.program,
                second.currency,
                second.points.code,
            ):
                raise ValueError(f"version {second.version} changes the program's name, currency or points code")
        return cls([(start, CompiledProgram(file, interpreted=interpreted)) for start, file in ordered])

    def at(self, occurred_at: Instant) -> CompiledProgram:
        """The version in force at the instant. Raises `NoProgramInForce`."""
        position = bisect_right(self._starts, occurred_at) - 1
        if position < 0:
            first = format_instant(self._starts[0]) if self._starts else "never"
            raise NoProgramInForce(
                f"no program version is in force at {format_instant(occurred_at)}; the first begins {first}",
                f"{format_instant(occurred_at)} 没有生效的规则版本；首个版本自 {first} 起生效",
            )
        return self._programs[position]

    def terms(self) -> Iterator[tuple[Instant, Instant, CompiledProgram]]:
        """Every version with the instants from which and until which it is in force."""
        return zip(self._starts, [*self._starts[1:], FAR_FUTURE], self._programs, strict=True)

    def current_version(self, now: Instant) -> int:
        """The number of the version in force. Raises `NoProgramInForce`."""
        return self.at(now).version

    def version(self, number: int) -> CompiledProgram | None:
        """The version of that number, in force or not, or None."""
        return next((program for program in self._programs if program.version == number), None)

    def __len__(self) -> int:
        return len(self._programs)


@lru_cache(maxsize=65_536)
def _end_of_boundary(day: int, months: int, boundary: str, tz: str) -> Instant:
    ends_in = add_months_to_date(date_of_day(day), months)
    span = {"month": 1, "quarter": 3, "year": 12}[boundary]
    first_month = (ends_in.month - 1) // span * span + 1
    following = add_months_to_date(ends_in.replace(month=first_month, day=1), span)
    return start_of_day(day_of_date(following), tz)
