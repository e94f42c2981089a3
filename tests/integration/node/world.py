"""A node's ledger over a real database, for tests: builders of members and commands, and looks into the tables.

Owns no expectation. Every part is the product's own.
"""

import uuid
from importlib import resources

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.sql.engine import open_engine
from alliance_node.adapters.sql.job_store import SqlJobStore
from alliance_node.adapters.sql.ledger_store import SqlLedgerStore
from alliance_node.adapters.sql.log_store import SqlLogStore
from alliance_node.adapters.sql.migrations import upgrade
from alliance_node.adapters.sql.program_store import SqlPrograms
from alliance_node.adapters.sql.rebuild_store import SqlRebuildStore
from alliance_node.application.activate_program import activate_program
from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.ledger import Ledger
from alliance_node.application.member_jobs import MemberJobs
from alliance_node.application.queries import Queries
from alliance_node.application.rebuild import RebuildReport, rebuild
from alliance_node.application.seal import Sealer
from alliance_node.domain.commands import Command, EnrolMember, RecordPurchase, Redeem

T0 = 1_790_000_000
DAY = 86_400
START = T0 - 400 * DAY


def program_text(preset: str = "grocery-points") -> str:
    """A shipped program."""
    return (resources.files("alliance_node.programs") / f"{preset}.yaml").read_text(encoding="utf-8")


class World:
    """One brand's ledger."""

    def __init__(self, url: str, text: str | None = None, busy_seconds: float = 10.0, *, migrate: bool = True) -> None:
        self.url = url
        self.engine = open_engine(url, busy_seconds=busy_seconds)
        self.store = SqlLedgerStore(self.engine)
        self.programs = SqlPrograms(self.engine)
        self.ledger = Ledger(self.store, self.programs)
        self.queries = Queries(self.store, self.programs)
        self.jobs = MemberJobs(self.ledger, SqlJobStore(self.engine), chunk=7, set_chunk=7)
        self.sealer = Sealer(SqlLogStore(self.engine))
        if migrate:
            upgrade(self.engine)
            activate_program(self.programs, text or program_text(), START, T0)

    def close(self) -> None:
        self.engine.dispose()

    def do(self, *commands: Command, now: int = T0) -> list[Result]:
        """One group; a broken command raises."""
        results = self.ledger.execute([Envelope(command) for command in commands], now)
        for result in results:
            if result.failure is not None:
                raise result.failure
        return results

    def one(self, command: Command, now: int = T0) -> Result:
        return self.do(command, now=now)[0]

    def member(self, points: int = 0, now: int = T0) -> str:
        """A member who has earned at least so many points in one purchase (1.5 per USD above 300)."""
        member_id = str(uuid.uuid4())
        assert self.one(EnrolMember(member_id, "America/New_York", now), now).accepted
        if points:
            bought = RecordPurchase(member_id, "setup", f"first-{member_id}", points * 100, now)
            assert self.one(bought, now).accepted
        return member_id

    def members(self, count: int) -> list[str]:
        ids = [str(uuid.uuid4()) for _ in range(count)]
        assert all(result.accepted for result in self.do(*(EnrolMember(name, "UTC", T0) for name in ids)))
        return ids

    def spendable(self, member_id: str, at: int = T0) -> int:
        return self.queries.balance(member_id, at).spendable

    def count(self, table: str) -> int:
        with self.store.read() as connection:
            return int(connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)

    def limit_used(self, limit_id: str) -> int:
        """What members have used of a shared limit."""
        with self.store.read() as connection:
            return self.store.limits_used(connection, [limit_id]).get(limit_id, 0)

    def purchases(self) -> int:
        return self.count("events WHERE kind = 'purchase_recorded'")

    def run(self, statement: str, **parameters: object) -> None:
        """Somebody changes the database behind the node's back."""
        with self.engine.begin() as connection:
            assert connection.execute(sa.text(statement), parameters).rowcount > 0

    def check(self) -> RebuildReport:
        return rebuild(SqlRebuildStore(self.engine), SqlLogStore(self.engine), check=True)

    def repair(self) -> RebuildReport:
        return rebuild(SqlRebuildStore(self.engine), SqlLogStore(self.engine), check=False)

    def assert_clean(self) -> None:
        report = self.check()
        assert report.clean, report.findings


def purchase(member_id: str, name: str, amount_minor: int = 5_000, at: int = T0) -> RecordPurchase:
    return RecordPurchase(member_id, "pos", name, amount_minor, at)


def redeem(member_id: str, option: str = "five-off", name: str | None = None, at: int = T0) -> Redeem:
    return Redeem(member_id, name or str(uuid.uuid4()), option, 1, None, None, at)


def body(result: Result) -> dict[str, object]:
    decoded = msgspec.json.decode(result.body)
    assert isinstance(decoded, dict)
    return decoded
