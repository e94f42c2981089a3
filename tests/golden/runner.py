"""Plays a member's life that was written down by hand against the real domain, and lists every difference.

A step says when (local time of the table's zone), what happens, and what must be true afterwards. What a step does not
mention must be as the table had it before: every lot, balance, tier and growth value is compared after every step, and
the messages of a step are exactly those it lists, in both languages. A life is played with the generated rules and with
the interpreter, and its log is replayed. Knows no preset; computes no expected number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alliance_node.domain.errors import DomainError
from alliance_node.domain.evolve import evolve
from alliance_node.domain.growth import effective_growth
from alliance_node.domain.instants import FAR_FUTURE, Instant, local_date, zone
from alliance_node.domain.notices import notices, render
from alliance_node.domain.program import ProgramBook
from alliance_node.domain.quantities import pending
from alliance_node.programs import load_preset
from tests.golden.actions import Action, Moment
from tests.unit.domain.life import Life

Message = tuple[str, str]
"""English and Chinese."""


@dataclass(frozen=True)
class Step:
    """One line of the table. A lot is "amount remaining last-day kind"; of a known lot the changed words suffice."""

    when: str
    what: Action
    spendable: int
    lots: Mapping[int, str] = field(default_factory=dict)
    pending: int | None = None
    debt: int | None = None
    growth: int | None = None
    tier: str | None = None
    says: Sequence[Message] = ()
    refused: str = ""


def step(
    when: str,
    what: Action,
    spendable: int,
    lots: Mapping[int, str] | None = None,
    *,
    pending: int | None = None,
    debt: int | None = None,
    growth: int | None = None,
    tier: str | None = None,
    says: Sequence[Message] = (),
    refused: str = "",
) -> Step:
    """A line of the table; what is left out stays as it was."""
    return Step(when, what, spendable, lots or {}, pending, debt, growth, tier, says, refused)


def play(preset: str, steps: Sequence[Step], table_zone: str, member_zone: str) -> list[str]:
    """Every difference between the table and the engine."""
    generated = _Play(preset, table_zone, member_zone, interpreted=False)
    differences = generated.run(steps)
    interpreted = _Play(preset, table_zone, member_zone, interpreted=True)
    interpreted.run(steps)
    if interpreted.member.stream != generated.member.stream:
        differences.append("the interpreter and the generated rules decide differently")
    return differences


class _Play:
    """One life under way: what the table expects so far, and the engine's member."""

    def __init__(self, preset: str, table_zone: str, member_zone: str, *, interpreted: bool) -> None:
        self.zone = table_zone
        book = ProgramBook.from_versions([(0, load_preset(preset))], interpreted=interpreted)
        self.member = Life(book, 0, member_zone, enrol=False)
        self.program = self.member.book.at(0)
        self.expected: dict[str, object] = {"pending": 0, "debt": 0, "growth": 0, "tier": ""}
        self.lots: dict[int, list[str]] = {}
        self.differences: list[str] = []

    def run(self, steps: Sequence[Step]) -> list[str]:
        for number, line in enumerate(steps, start=1):
            self.member.now = self._instant(line.when)
            said, refused = self._do(line.what)
            self._expect(line)
            place = f"step {number}, {line.when}, {line.what.name}"
            pairs = {**self.expected, "messages": list(line.says), "refused": line.refused}
            found = {**self._found(), "messages": said, "refused": refused}
            self.differences += [
                f"{place}: {name}: the table has {pairs.get(name)}, the engine {found.get(name)}"
                for name in {**pairs, **found}
                if pairs.get(name) != found.get(name)
            ]
        return self.differences + self._replayed()

    def _replayed(self) -> list[str]:
        _, lots, journal = self.member.rebuild()
        same = lots == self.member.table and journal == self.member.journal
        return [] if same else ["replaying the log gives other lots or another journal"]

    def _instant(self, text: str) -> Instant:
        value = datetime.fromisoformat(text)
        return int((value if value.tzinfo else value.replace(tzinfo=zone(self.zone))).timestamp())

    def _do(self, what: Action) -> tuple[list[Message], str]:
        member = self.member
        command = what.make(Moment(member.member_id, member.timezone, member.now, member.state(), self._instant))
        if command is None:
            return [], ""
        state = member.state(frozenset(member.table))
        try:
            events = member.do(command)
        except DomainError as error:
            return [], type(error).__name__
        said = []
        for event in events:
            evolve(state, event)
            for notice in notices(event, state, member.book, member.now):
                said.append((render(notice, "en", self.program), render(notice, "zh", self.program)))
        return said, ""

    def _expect(self, line: Step) -> None:
        given = {
            "spendable": line.spendable,
            "pending": line.pending,
            "debt": line.debt,
            "growth": line.growth,
            "tier": line.tier,
        }
        self.expected.update({name: value for name, value in given.items() if value is not None})
        for number, text in line.lots.items():
            words = text.split()
            self.lots[number] = words + self.lots.get(number, [])[len(words) :]
            self.expected[f"lot {number}"] = " ".join(self.lots[number])

    def _found(self) -> dict[str, object]:
        member = self.member
        state = member.state()
        return {
            "spendable": member.spendable,
            "pending": pending(state, member.now),
            "debt": state.debt_points,
            "growth": effective_growth(member.book, state, member.now),
            "tier": state.tier,
        } | {
            f"lot {number}": f"{lot.amount} {lot.remaining} {self._last_day(lot.expires_at)} {lot.kind}"
            for number, lot in sorted(member.table.items())
        }

    def _last_day(self, expires_at: Instant) -> str:
        if expires_at >= FAR_FUTURE:
            return "never"
        return local_date(expires_at - 1, self.program.timezone).isoformat()
