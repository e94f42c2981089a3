"""Import of members: a pseudonym in the ledger, the person in the vault, the brand's own reference as the way to them.

Owns what a line of a members file means. A reference that is known already is left as it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
import uuid_utils
from sqlalchemy import Connection

from alliance_node.application.envelopes import Envelope
from alliance_node.application.importing.outcomes import refused_by_ledger, rejected
from alliance_node.application.importing.ports import People
from alliance_node.application.importing.rows import Column, Item, Outcome, Person, Row, RowRefused, refused_item
from alliance_node.application.importing.values import Reader
from alliance_node.application.ledger import Ledger
from alliance_node.domain.commands import EnrolMember
from alliance_node.domain.instants import Instant, zone

REFERENCE = "external_ref"
LOOKUPS = (REFERENCE, "phone", "email")
PERSONAL = ("name", "phone", "email", "birthday", "address")
COLUMNS = (
    Column(REFERENCE, "your own name of the member (card or customer number); kept encrypted", required=True),
    Column("timezone", "IANA name; the program's when empty"),
    Column("enrolled_at", "when the member joined; now when empty"),
    Column("name", "kept encrypted"),
    Column("phone", "kept encrypted; +<country><number>; one member each"),
    Column("email", "kept encrypted; one member each"),
    Column("birthday", "kept encrypted; YYYY-MM-DD"),
    Column("address", "kept encrypted"),
)
TOTALS = {"members": 1}


class NewMember(msgspec.Struct, frozen=True):
    """A line of a members file. `fields` are personal data in normal form, the reference among them."""

    fields: Mapping[str, str]
    timezone: str
    enrolled_at: Instant | None


class Members:
    """Implements `run.Kind`."""

    name = "members"
    columns = COLUMNS

    def __init__(self, ledger: Ledger, people: People, reader: Reader) -> None:
        self._ledger = ledger
        self._people = people
        self._reader = reader

    def items(self, rows: Iterable[Row]) -> Iterator[Item]:
        """Each line is a member."""
        for row in rows:
            if row.problem is not None:
                yield refused_item(row.line, *row.problem, TOTALS)
                continue
            try:
                yield Item((row.line,), self._member(row.values), totals=TOTALS)
            except RowRefused as refusal:
                yield refused_item(row.line, refusal.code, refusal.message, TOTALS)

    def _member(self, values: Mapping[str, str]) -> NewMember:
        self._reader.text(values, REFERENCE)
        given = {field: values[field] for field in (REFERENCE, *PERSONAL) if values.get(field)}
        fields = {field: self._people.normal(field, value) for field, value in given.items()}
        timezone = values.get("timezone") or self._reader.timezone
        try:
            zone(timezone)
        except ValueError:
            raise RowRefused("unknown_time_zone", "timezone is no IANA name such as Asia/Shanghai") from None
        return NewMember(fields, timezone, self._reader.instant(values, "enrolled_at"))

    def carry_out(self, connection: Connection, items: Sequence[Item], now: Instant, import_id: str) -> list[Outcome]:
        """Enrol whoever is not known, all in the caller's transaction."""
        del import_id
        known = {field: dict(self._people.known(connection, field, _values(items, field))) for field in LOOKUPS}
        fresh: dict[int, Person] = {}
        outcomes: dict[int, Outcome] = {}
        for place, item in enumerate(items):
            outcome = _judged(item, known, now)
            if outcome is not None:
                outcomes[place] = outcome
                continue
            person = Person(str(uuid_utils.uuid4()), item.content.fields)
            fresh[place] = person
            for field in LOOKUPS:
                if field in person.fields:
                    known[field][person.fields[field]] = person.member_id
        envelopes = [Envelope(_enrolment(fresh[place].member_id, items[place].content, now)) for place in fresh]
        results = self._ledger.execute_in(connection, envelopes, now)
        for place, result in zip(fresh, results, strict=True):
            outcomes[place] = refused_by_ledger(items[place], result) or Outcome("new", TOTALS)
        enrolled = [person for place, person in fresh.items() if outcomes[place].status == "new"]
        self._people.store(connection, enrolled, now)
        return [outcomes[place] for place in range(len(items))]


def _values(items: Sequence[Item], field: str) -> list[str]:
    return [item.content.fields[field] for item in items if item.content and field in item.content.fields]


def _judged(item: Item, known: Mapping[str, Mapping[str, str]], now: Instant) -> Outcome | None:
    """What is clear before the ledger is asked: a bad line, a known member, somebody else's phone or e-mail."""
    if item.rejections:
        return Outcome("rejected", item.totals, item.rejections)
    member: NewMember = item.content
    if member.fields[REFERENCE] in known[REFERENCE]:
        return Outcome("already", TOTALS)
    for field in LOOKUPS:
        if member.fields.get(field) in known[field]:
            return rejected(item, "identity_in_use", f"another member has this {field}")
    if member.enrolled_at is not None and member.enrolled_at > now:
        return rejected(item, "future_event", "enrolled_at is in the future")
    return None


def _enrolment(member_id: str, member: NewMember, now: Instant) -> EnrolMember:
    return EnrolMember(member_id, member.timezone, now if member.enrolled_at is None else member.enrolled_at)
