"""StatementRegistry: each brand's daily heads and monthly statements, who signed them, and what storage must hold."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from bridge.audit.contract import ContractAudit, Expected, entry, packed, partners
from bridge.audit.contracts.alliance_clock import Clock
from bridge.audit.contracts.brand_registry import Registry, brand_named
from bridge.audit.contracts.rate_board import Board
from bridge.audit.findings import Check, Finding
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.chain.hexadecimal import MalformedChainData, data_of, quantity_of
from bridge.deploy.address_book import AddressBook
from bridge.protocol.keccak import keccak
from bridge.protocol.statements import Head, Statement, heads_digest, statement_digest
from bridge.protocol.words import BadSignature, recover_signer, word
from bridge.statements.layout import HEAD_DIGESTS, LATEST, STATEMENT_DIGESTS, head_slot, statement_slot

HEADS = Check("log-heads", "INV-27", "a brand's heads are one a day, in order; its log never shrinks or is replaced")
STATEMENTS = Check("statements", "INV-28", "a brand's statements are one a month, in order, each on an anchored head")
DATES = Check("statement-dates", "INV-28", "a statement's month is over at its cut-off, and its rate was published")
SIGNED = Check("records-signed", "INV-29", "each head and statement is signed by the brand's hot key at that time")
STORED = Check("storage-statement", "INV-28", "heads and statements are what their events say")
# Written out: an auditor's machine has no build of the contracts.
_ANCHOR = ("uint32", "(uint32,uint64,bytes32)[]", "bytes")
_PUBLISH = ("uint32", "(uint32,uint40,uint32,uint64,bytes32,bytes32,uint128,uint64,uint32)", "bytes")
_DAY, _EARLIEST_ZONE = 86_400, 14 * 3_600
_FIRST_DAY = date(1970, 1, 1).toordinal()


@dataclass(slots=True)
class Records:
    """One brand's records: digests by day and month, sizes and roots by day, statements' fields by month."""

    heads: dict[int, list[int]] = field(default_factory=dict)
    statements: dict[int, list[int]] = field(default_factory=dict)
    day: int = 0
    size: int = 0
    month: int = 0
    cut_off: int = 0

    def head(self, day: int) -> Head | None:
        """The head of a day."""
        found = self.heads.get(day)
        return Head(day, found[0], found[1].to_bytes(32, "big")) if found else None

    def statement(self, month: int) -> Statement | None:
        """The statement of a month."""
        found = self.statements.get(month)
        return Statement.from_words(b"".join(map(word, found))) if found else None


@dataclass(slots=True)
class Publications:
    """All brands' records, and those of the transaction that is being taken."""

    of_brand: dict[int, Records] = field(default_factory=dict)
    open_heads: list[list[int]] = field(default_factory=list)
    open_statements: list[list[int]] = field(default_factory=list)

    def records(self, brand_id: int) -> Records:
        """A brand's records, to be changed."""
        return self.of_brand.setdefault(brand_id, Records())


def head_continues(last: Records, head: Head, timestamp: int, where: str) -> Iterator[Finding]:
    """INV-27, against the head before."""
    latest = (timestamp + _EARLIEST_ZONE) // _DAY
    if not last.day < head.day <= latest:
        yield HEADS.failed(f"a day after {last.day}, {latest} at most", f"day {head.day}", where)
    if head.size < last.size or not head.size:
        yield HEADS.failed(f"at least {max(1, last.size)} events", f"{head.size} events", where)
    before = last.head(last.day)
    if before is not None and before.size == head.size and before.root != head.root:
        yield HEADS.failed(f"the same root for {head.size} events", head.root, where)


def statement_follows(last: Records, made: Statement, timestamp: int, where: str) -> Iterator[Finding]:
    """INV-28, against the records before."""
    if made.month <= last.month or made.cut_off <= last.cut_off:
        expected = f"a month after {last.month}, a cut-off after {last.cut_off}"
        yield STATEMENTS.failed(expected, f"month {made.month}, cut-off {made.cut_off}", where)
    if made.cut_off > timestamp:
        yield STATEMENTS.failed(f"a cut-off until {timestamp}", made.cut_off, where)
    if last.head(made.head_day) != made.head:
        yield STATEMENTS.failed("an anchored head", f"day {made.head_day}, {made.log_size} events", where)


def _month_at(timestamp: int) -> int:
    """The month of a time, in months since 1970; of one that no calendar holds, the last one that it does."""
    day = date.fromordinal(min(_FIRST_DAY + timestamp // _DAY, date.max.toordinal()))
    return (day.year - 1970) * 12 + day.month - 1


def statement_is_dated(
    alliance: Alliance, brand_id: int, made: Statement, timestamp: int, where: str
) -> Iterator[Finding]:
    """The month is over where calendars are ahead; the rate was announced and in force, as far as pauses tell."""
    begun = _month_at(timestamp + _EARLIEST_ZONE)
    if made.month >= begun:
        yield DATES.failed(f"a month before {begun}, the one that is running", f"month {made.month}", where)
        return
    following = date(1970 + (made.month + 1) // 12, (made.month + 1) % 12 + 1, 1)
    ended = (following - date(1970, 1, 1)).days * _DAY
    if made.cut_off < ended - _EARLIEST_ZONE:
        yield DATES.failed(f"a cut-off after the month ({ended})", made.cut_off, where)
    rates = alliance.of(Board).of_brand(brand_id)
    at = made.cut_off - alliance.of(Clock).paused_seconds
    in_force = [version for version in rates if version.effective_at <= made.cut_off]
    certain = [version for version in rates if version.effective_at <= at]
    least, most = (certain[-1].version if certain else 0), (in_force[-1].version if in_force else 0)
    if not least <= made.rate_version <= most:
        yield DATES.failed(f"rate version {least} to {most}", f"rate version {made.rate_version}", where)


def _head_anchored(scene: Scene, values: list[int]) -> None:
    brand_id, day, size, root = values
    if brand_named(scene, brand_id) is None:
        return
    publications = scene.alliance.of(Publications)
    records, head = publications.records(brand_id), Head(day, size, root.to_bytes(32, "big"))
    scene.run(HEADS, head_continues(records, head, scene.timestamp, scene.where))
    records.heads[day] = [size, root]
    records.day, records.size = day, size
    publications.open_heads.append(values)


def _statement_published(scene: Scene, values: list[int]) -> None:
    brand_id, month, *fields = values
    if brand_named(scene, brand_id) is None:
        return
    publications = scene.alliance.of(Publications)
    records, made = publications.records(brand_id), Statement.from_words(b"".join(map(word, fields)))
    scene.run(STATEMENTS, statement_follows(records, made, scene.timestamp, scene.where))
    scene.run(DATES, statement_is_dated(scene.alliance, brand_id, made, scene.timestamp, scene.where))
    if month != made.month:
        scene.find(STATEMENTS.failed(f"month {month} in the statement too", f"month {made.month}", scene.where))
    records.statements[month] = fields
    records.month, records.cut_off = month, made.cut_off
    publications.open_statements.append(values)


def _after_transaction(scene: Scene) -> None:
    """Signatures are in the calldata: one for all heads of a call, one for a statement."""
    publications = scene.alliance.of(Publications)
    heads, made = publications.open_heads, publications.open_statements
    if not heads and not made:
        return
    scene.run(SIGNED, _signatures(scene, heads, made), len(heads) + len(made))
    publications.open_heads, publications.open_statements = [], []


def _signatures(scene: Scene, heads: list[list[int]], made: list[list[int]]) -> Iterator[Finding]:
    registry = scene.addresses["StatementRegistry"]
    try:
        call = _Call.read(scene.transaction, registry)
    except (MalformedChainData, DecodingError, KeyError, ValueError) as error:
        yield SIGNED.unchecked("the call with its signature", f"the transaction can't be read: {error}", scene.where)
        return
    if call is None:
        yield SIGNED.unchecked("a call of the registry itself", "recorded through another contract", scene.where)
        return
    if (heads, made) != (call.heads, call.statements):
        yield SIGNED.failed("the records of the call", "other records in the events", scene.where)
    brand = scene.alliance.of(Registry).brands.get(call.brand_id)
    hot = brand.hot if brand is not None else 0
    try:
        signer = int.from_bytes(recover_signer(call.digest, call.signature), "big")
    except BadSignature as error:
        yield SIGNED.failed(f"a signature of hot key 0x{hot:040x}", str(error), scene.where)
        return
    if signer != hot:
        yield SIGNED.failed(f"a signature of hot key 0x{hot:040x}", f"signed by 0x{signer:040x}", scene.where)


def _selector(name: str, types: tuple[str, ...]) -> bytes:
    return keccak(f"{name}({','.join(types)})".encode())[:4]


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of the registry: its records as the events must show them, and what was signed."""

    brand_id: int
    heads: list[list[int]]
    statements: list[list[int]]
    digest: bytes
    signature: bytes

    @classmethod
    def read(cls, transaction: Any, registry: int) -> "_Call | None":
        if transaction is None:
            raise ValueError("the RPC does not show it")
        if int(str(transaction.get("to") or "0x0"), 16) != registry:
            return None
        data, chain_id = data_of(transaction, "input"), quantity_of(transaction, "chainId")
        address = registry.to_bytes(20, "big")
        if data[:4] == _selector("anchorHeads", _ANCHOR):
            brand_id, rows, signature = decode(_ANCHOR, data[4:])
            told = [Head(*row) for row in rows]
            digest = heads_digest(brand_id, told, chain_id, address)
            shown = [[brand_id, one.day, one.size, int.from_bytes(one.root, "big")] for one in told]
            return cls(brand_id, shown, [], digest, signature)
        if data[:4] != _selector("publish", _PUBLISH):
            return None
        brand_id, fields, signature = decode(_PUBLISH, data[4:])
        made = Statement(*fields)
        words = [int.from_bytes(one, "big") if isinstance(one, bytes) else one for one in made.words()]
        digest = statement_digest(brand_id, made, chain_id, address)
        return cls(brand_id, [], [[brand_id, made.month, *words]], digest, signature)


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    for brand_id, records in alliance.of(Publications).of_brand.items():
        newest = packed((records.day, 0), (records.size, 4), (records.month, 12), (records.cut_off, 16))
        slot = entry(LATEST, brand_id)
        yield Expected(STORED, "StatementRegistry", slot, newest, f"newest records of brand {brand_id}")
        for day in records.heads:
            head = records.head(day)
            digest = int.from_bytes(head.digest(), "big") if head is not None else 0
            what = f"head of day {day} of brand {brand_id}"
            yield Expected(STORED, "StatementRegistry", head_slot(brand_id, day), digest, what)
        for month in records.statements:
            made = records.statement(month)
            digest = int.from_bytes(made.digest(), "big") if made is not None else 0
            what = f"statement of month {month} of brand {brand_id}"
            yield Expected(STORED, "StatementRegistry", statement_slot(brand_id, month), digest, what)


def _figures(alliance: Alliance) -> dict[str, Any]:
    brands = alliance.of(Publications).of_brand
    return {
        "log_heads": sum(len(records.heads) for records in brands.values()),
        "statements": sum(len(records.statements) for records in brands.values()),
        "liabilities": {
            str(brand_id): made.total_points
            for brand_id, records in brands.items()
            if (made := records.statement(records.month)) is not None
        },
    }


AUDIT = ContractAudit(
    name="StatementRegistry",
    events={
        "HeadAnchored(*uint32,*uint32,uint64,bytes32)": _head_anchored,
        "StatementPublished(*uint32,*uint32,(uint32,uint40,uint32,uint64,bytes32,bytes32,uint128,uint64,uint32))": (
            _statement_published
        ),
        "EIP712DomainChanged()": None,
    },
    checks=(HEADS, STATEMENTS, DATES, SIGNED, STORED),
    constructor=partners("BrandRegistry", "RateBoard"),
    storage=_storage,
    after_transaction=_after_transaction,
    figures=_figures,
    layout={"latest": (LATEST, 0), "headDigest": (HEAD_DIGESTS, 0), "statementDigest": (STATEMENT_DIGESTS, 0)},
    members={"StatementRegistry.Latest": {"day": (0, 0), "size": (0, 4), "month": (0, 12), "cutOff": (0, 16)}},
)
