"""Settlement: every close, statement, payment and default, computed again from the ledger (`bridge.protocol`).

What a bank moved is only attested; everything that is booked for it is proven.
"""

from collections.abc import Iterator
from typing import Any

from bridge.audit.contract import ContractAudit, Expected, entry, packed
from bridge.audit.contracts.alliance_clock import Clock
from bridge.audit.contracts.alliance_point import Token
from bridge.audit.contracts.brand_registry import Registry
from bridge.audit.contracts.clearing_house import Positions
from bridge.audit.contracts.guarantee_fund import FundShares
from bridge.audit.contracts.settlement_state import Default, Epoch, Line, Phase, SettlementBooks
from bridge.audit.contracts.signed_words import signed
from bridge.audit.findings import Check, Finding
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.deploy.address_book import AddressBook
from bridge.protocol.netting import FEN, statement_hash
from bridge.protocol.netting import Line as StatementLine
from bridge.protocol.payments import PaymentKind
from bridge.protocol.words import parse_address, word

CLOSES = Check("epoch-close", "INV-13", "an epoch is closed after the one before is paid, and states the books then")
LINES = Check("statement-lines", "INV-13", "a statement names each brand once, with its position at the close")
BALANCED = Check(
    "statement-balance", "INV-13", "claims + supply = dues + cash + deficit; the hash is the recomputed one"
)
PAYMENTS = Check("payments", "INV-14", "each payment is of its epoch, in whole fen, and no more than what is open")
BACKED = Check("payouts-backed", "INV-15", "nobody is paid from what backs the points outstanding at the close")
REFERENCES = Check("bank-references", "INV-12", "each bank reference counts once")
STATED = Check("nobody-else-pays", "INV-14", "what brands paid is what settlement events say, brand by brand")
WATERFALL = Check("waterfall", "INV-16", "a default is overdue and falls in its order, to the unit")
CAPS = Check("assessments", "INV-14", "assessments are pro rata to the caps agreed and never above them")
CUSTODY = Check("custody", "INV-12", "pool cash, fund and collateral are what came in less what went out, in whole fen")
STORED = Check("storage-settlement", "INV-13", "epochs, lines and caps are what the events add up to")
_EPOCH_NUMBER = (0, 21)
_EPOCHS, _LINES, _OWED, _CAPS, _CAP_TOTAL, _USED, _RUNNING, _COLLATERAL, _REFERENCES = 1, 2, 3, 4, 5, 6, 8, 12, 13
_MASK_32 = ((1 << 32) - 1) << 8 * 21


def _same(scene: Scene, check: Check, expected: object, actual: object, what: str) -> None:
    differs = check.failed(f"{what} {expected}", f"{what} {actual}", scene.where)
    scene.run(check, [differs] if expected != actual else [])


def _closed(scene: Scene, values: list[int]) -> None:
    number, supply, cash, deficit, brands, closed_at = values
    books, positions = scene.alliance.of(SettlementBooks), scene.alliance.of(Positions)
    lawful = (
        books.number + 1,
        scene.alliance.of(Token).supply,
        positions.pool_cash,
        positions.deficit,
        len(scene.alliance.of(Registry).brands),
        scene.alliance.of(Clock).read(scene.timestamp),
    )
    _same(scene, CLOSES, lawful, tuple(values), "epoch, supply, cash, deficit, brands, date")
    ready = books.epoch.phase in (Phase.NONE, Phase.PAID)
    _same(scene, CLOSES, True, ready, "the epoch before is paid:")
    books.number = positions.epoch = number
    books.epochs[number] = Epoch(supply, cash, deficit, brands, closed_at)


def _line(scene: Scene, values: list[int]) -> None:
    number, brand_id, position, made_good = values[0], values[1], signed(values[2]), values[3]
    books, positions = scene.alliance.of(SettlementBooks), scene.alliance.of(Positions)
    epoch = books.epoch
    # The write-off that a claim makes good was booked by an event before this one.
    open_before = positions.row(brand_id).written_off + made_good
    expected = (
        books.number,
        epoch.submitted + 1,
        positions.frozen_position(brand_id),
        min(max(position, 0), open_before),
    )
    _same(scene, LINES, expected, (number, brand_id, position, made_good), "epoch, brand, position, made good")
    epoch.submitted = brand_id
    epoch.deficit -= made_good
    due, claim = max(0, -position), max(0, position - made_good)
    books.lines[brand_id] = Line(number, due, claim)
    epoch.dues += due
    epoch.claims += claim
    epoch.unpaid += due > 0
    previous = epoch.statement_hash.to_bytes(32, "big")
    line = StatementLine(brand_id, position, due, claim, made_good)
    epoch.statement_hash = int.from_bytes(statement_hash(number, (line,), previous), "big")


def _completed(scene: Scene, values: list[int]) -> None:
    number, dues, claims, due_at, digest = values
    books = scene.alliance.of(SettlementBooks)
    epoch = books.epoch
    expected = (books.number, epoch.dues, epoch.claims, hex(epoch.statement_hash), epoch.brands)
    _same(
        scene,
        BALANCED,
        expected,
        (number, dues, claims, hex(digest), epoch.submitted),
        "epoch, dues, claims, hash, brands",
    )
    _same(scene, BALANCED, epoch.claims + epoch.supply, epoch.dues + epoch.cash + epoch.deficit, "claims and supply")
    epoch.phase, epoch.due_at = Phase.PAYING, due_at


def _epoch_paid(scene: Scene, values: list[int]) -> None:
    books = scene.alliance.of(SettlementBooks)
    _same(scene, CLOSES, (books.number, 0), (values[0], books.epoch.unpaid), "epoch and dues that are open")
    books.epoch.phase = Phase.PAID


def _payment(scene: Scene, values: list[int]) -> None:
    number, brand_id, epoch, units, reference, treasurer = values
    books = scene.alliance.of(SettlementBooks)
    kind = PaymentKind(number) if number in list(PaymentKind) else None
    scene.run(PAYMENTS, _payment_is_lawful(scene.alliance, kind, brand_id, epoch, units, scene.where))
    if treasurer:
        used = REFERENCES.failed("a new bank reference", hex(reference), scene.where)
        scene.run(REFERENCES, [used] if reference in books.references else [])
        books.references.add(reference)
        books.attested += 1
    else:
        books.moved += 1
    if kind is None:
        return
    if kind.is_out:
        books.went_out += units
    else:
        books.came_in += units
    _book(scene, books, kind, brand_id, units)


def _payment_is_lawful(
    alliance: Alliance, kind: PaymentKind | None, brand_id: int, epoch: int, units: int, where: str
) -> Iterator[Finding]:
    books = alliance.of(SettlementBooks)
    if kind is None or epoch != books.number or units <= 0 or units % FEN:
        yield PAYMENTS.failed(f"a payment of epoch {books.number} in whole fen", f"{units} units, epoch {epoch}", where)
        return
    at_most = {
        PaymentKind.DUE: books.line(brand_id).due + FEN - 1 if books.epoch.phase is Phase.PAYING else 0,
        PaymentKind.PAYOUT: 0 if books.owed.get(brand_id) else books.payout_now(brand_id),
        PaymentKind.FUND_OUT: alliance.of(FundShares).worth(brand_id),
        PaymentKind.RECOVERY: alliance.of(Positions).row(brand_id).written_off + books.owed.get(brand_id, 0) + FEN - 1,
    }.get(kind)
    if at_most is not None and units > at_most:
        yield PAYMENTS.failed(f"at most {at_most} units", f"{kind.name} of {units} by brand {brand_id}", where)


def _book(scene: Scene, books: SettlementBooks, kind: PaymentKind, brand_id: int, units: int) -> None:
    line, epoch = books.line(brand_id), books.epoch
    if kind is PaymentKind.DUE:
        books.expect(brand_id, units)
        epoch.collected += units
        if line.due and units >= line.due:
            books.due_is_over()
        line.due = max(0, line.due - units)
    elif kind is PaymentKind.PAYOUT:
        books.expect(brand_id, -units)
        line.paid_out += units
    elif kind is PaymentKind.RECOVERY:
        to_pool = min(units, scene.alliance.of(Positions).row(brand_id).written_off)
        books.expect(brand_id, to_pool)
        epoch.collected += to_pool
        _reduce_owed(books, brand_id, units - to_pool)


def _reduce_owed(books: SettlementBooks, brand_id: int, units: int) -> None:
    if units:
        books.owed[brand_id] = max(0, books.owed.get(brand_id, 0) - units)


def _defaulted(scene: Scene, values: list[int]) -> None:
    """Collateral and fund were taken by events before this one: their own checks followed them."""
    number, brand_id, collateral, own, mutual, assessed, rest = values
    books, alliance = scene.alliance.of(SettlementBooks), scene.alliance
    due, now = books.line(brand_id).due, alliance.of(Clock).read(scene.timestamp)
    overdue = books.epoch.phase is Phase.PAYING and now >= books.epoch.due_at and due > 0
    _same(scene, WATERFALL, (books.number, True), (number, overdue), "epoch, overdue")
    expected = _expected_waterfall(alliance, brand_id, due, collateral, own, mutual)
    _same(scene, WATERFALL, expected, (assessed, rest, True, True), "assessed, rest, collateral first, fund next")
    cash = collateral + own + mutual
    books.defaults += 1
    books.expect(brand_id, cash)
    books.epoch.collected += cash
    books.line(brand_id).due = due - cash
    books.owed[brand_id] = books.owed.get(brand_id, 0) + mutual
    if assessed:
        books.running = [Default(brand_id, assessed, books.caps_left)]


def _expected_waterfall(
    alliance: Alliance, brand_id: int, due: int, collateral: int, own: int, mutual: int
) -> tuple[int, int, bool, bool]:
    """What is assessed and left over, and whether a later source was used only when the one before was empty."""
    books = alliance.of(SettlementBooks)
    brand = alliance.of(Registry).brands[brand_id]
    left = due - collateral - own - mutual
    assessed = min(left, books.caps_left)
    collateral_first = brand.collateral == 0 or collateral == due
    fund_next = left == 0 or alliance.of(FundShares).cash == 0
    return assessed, left - assessed, collateral_first, fund_next


def _assessed(scene: Scene, values: list[int]) -> None:
    number, debtor, brand_id, units = values
    books = scene.alliance.of(SettlementBooks)
    if not books.running:
        scene.find(CAPS.failed("a default that is assessed", f"brand {brand_id} assessed {units}", scene.where))
        return
    default = books.running[0]
    left = books.caps.get(brand_id, 0) - books.used_now(brand_id)
    share = left * default.units // default.caps if default.caps else 0
    _same(scene, CAPS, (books.number, default.debtor, share), (number, debtor, units), "epoch, debtor, share")
    used = books.used.setdefault(books.number, {})
    used[brand_id] = used.get(brand_id, 0) + units
    books.owed[debtor] = books.owed.get(debtor, 0) + units
    books.line(debtor).due -= units
    books.expect(brand_id, -units)
    books.expect(debtor, units)


def _default_closed(scene: Scene, values: list[int]) -> None:
    number, brand_id, units = values
    books = scene.alliance.of(SettlementBooks)
    line = books.line(brand_id)
    _same(scene, WATERFALL, (books.number, line.due), (number, units), "epoch, written off")
    line.due = 0
    books.running = []
    books.due_is_over()


def _cap(scene: Scene, values: list[int]) -> None:
    brand_id, cap = values
    books = scene.alliance.of(SettlementBooks)
    in_default = scene.alliance.of(Registry).brands[brand_id].in_default
    lawful = books.epoch.phase in (Phase.NONE, Phase.PAID) or (in_default and cap == 0)
    _same(scene, CAPS, True, lawful, "agreed before the close:")
    books.caps[brand_id] = cap
    if in_default:
        books.used.setdefault(books.number, {})[brand_id] = 0


def _credit(scene: Scene, values: list[int]) -> None:
    number, brand_id, units = values
    books = scene.alliance.of(SettlementBooks)
    at_most = min(books.payout_now(brand_id), books.owed.get(brand_id, 0))
    _same(scene, PAYMENTS, (books.number, at_most), (number, units), "epoch, credit")
    books.line(brand_id).paid_out += units
    books.expect(brand_id, -units)
    _reduce_owed(books, brand_id, units)


def _dust(scene: Scene, values: list[int]) -> None:
    brand_id, units = values
    books = scene.alliance.of(SettlementBooks)
    _same(scene, PAYMENTS, True, 0 < units < FEN, "less than one fen:")
    books.expect(brand_id, -units)


def _after(scene: Scene) -> None:
    """What the clearing house says that brands paid in this transaction, against what settlement says."""
    books, positions = scene.alliance.of(SettlementBooks), scene.alliance.of(Positions)
    expected, actual = books.expected_here, positions.paid_here
    if not expected and not actual:
        return
    nonzero = [{brand: units for brand, units in sorted(each.items()) if units} for each in (expected, actual)]
    _same(scene, STATED, nonzero[0], nonzero[1], "paid by brand:")
    epoch = books.epoch
    below = any(units < 0 for units in actual.values()) and positions.pool_cash < epoch.supply
    scene.run(
        BACKED, [BACKED.failed(f"{epoch.supply} units in the pool", positions.pool_cash, scene.where)] if below else []
    )
    books.expected_here, positions.paid_here = {}, {}


def _custody(alliance: Alliance) -> Iterator[Finding]:
    books = alliance.of(SettlementBooks)
    collateral = sum(brand.collateral for brand in alliance.of(Registry).brands.values())
    held = alliance.of(Positions).pool_cash + alliance.of(FundShares).cash + collateral
    if held != books.came_in - books.went_out or held % FEN:
        yield CUSTODY.failed(f"{books.came_in - books.went_out} units in whole fen", held, "end of replay")


def _constructor(book: AddressBook) -> bytes:
    order = ("AccessManager", "AllianceClock", "AlliancePoint", "BrandRegistry", "ClearingHouse", "GuaranteeFund")
    addresses = b"".join(book.address(name).rjust(32, b"\0") for name in order)
    asset = parse_address(book.params.settlement_asset) if book.params.settlement_asset else bytes(20)
    return addresses + word(book.params.payment_period) + asset.rjust(32, b"\0")


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    books = alliance.of(SettlementBooks)
    yield Expected(STORED, "Settlement", 0, books.number << 8 * 21, "epoch", _MASK_32)
    yield Expected(STORED, "Settlement", _CAP_TOTAL, sum(books.caps.values()), "caps")
    collateral = sum(brand.collateral for brand in alliance.of(Registry).brands.values())
    yield Expected(STORED, "Settlement", _COLLATERAL, collateral, "collateral of all")
    for number, epoch in books.epochs.items():
        for offset, value in enumerate(_epoch_words(epoch)):
            yield Expected(
                STORED, "Settlement", entry(_EPOCHS, number) + offset, value, f"epoch {number}, word {offset}"
            )
    for brand_id, line in books.lines.items():
        slot, of_brand = entry(_LINES, brand_id), f"line of brand {brand_id}"
        yield Expected(STORED, "Settlement", slot, packed((line.epoch, 0), (line.due, 4)), of_brand)
        yield Expected(
            STORED, "Settlement", slot + 1, packed((line.claim, 0), (line.paid_out, 16)), f"claim, {of_brand}"
        )
    for brand_id, units in books.owed.items():
        yield Expected(STORED, "Settlement", entry(_OWED, brand_id), units, f"owed to the fund by brand {brand_id}")
    for brand_id, cap in books.caps.items():
        yield Expected(STORED, "Settlement", entry(_CAPS, brand_id), cap, f"cap of brand {brand_id}")
    for number, used in books.used.items():
        for brand_id, units in used.items():
            slot = entry(entry(_USED, number), brand_id)
            yield Expected(STORED, "Settlement", slot, units, f"cap used by brand {brand_id} in epoch {number}")
    for reference in books.references:
        slot = entry(_REFERENCES, reference)
        yield Expected(STORED, "Settlement", slot, 1, f"bank reference 0x{reference:064x}")


def _epoch_words(epoch: Epoch) -> tuple[int, ...]:
    state = packed(
        (epoch.phase, 0),
        (epoch.closed_at, 1),
        (epoch.due_at, 6),
        (epoch.brands, 11),
        (epoch.submitted, 15),
        (epoch.unpaid, 19),
    )
    return (
        state,
        packed((epoch.supply, 0), (epoch.cash, 16)),
        packed((epoch.deficit, 0), (epoch.dues, 16)),
        packed((epoch.claims, 0), (epoch.collected, 16)),
        epoch.statement_hash,
    )


def _figures(alliance: Alliance) -> dict[str, Any]:
    books = alliance.of(SettlementBooks)
    return {
        "epochs": books.number,
        "epoch_phase": books.epoch.phase.name.lower(),
        "payments_attested": books.attested,
        "payments_in_asset": books.moved,
        "defaults": books.defaults,
        "guarantee_fund_alliance_units": str(alliance.of(FundShares).cash),
        "pool_deficit_alliance_units": str(alliance.of(Positions).deficit),
    }


AUDIT = ContractAudit(
    name="Settlement",
    events={
        "EpochClosed(*uint32,uint128,uint128,uint128,uint32,uint40)": _closed,
        "LineAccepted(*uint32,*uint32,int256,uint96)": _line,
        "StatementCompleted(*uint32,uint128,uint128,uint40,bytes32)": _completed,
        "EpochPaid(*uint32)": _epoch_paid,
        "PaymentConfirmed(*uint8,*uint32,*uint32,uint128,bytes32,address)": _payment,
        "CapAgreed(*uint32,uint128)": _cap,
        "Defaulted(*uint32,*uint32,uint128,uint128,uint128,uint128,uint128)": _defaulted,
        "Assessed(*uint32,*uint32,*uint32,uint128)": _assessed,
        "DefaultClosed(*uint32,*uint32,uint128)": _default_closed,
        "CreditApplied(*uint32,*uint32,uint128)": _credit,
        "DustSwept(*uint32,uint128)": _dust,
        "EIP712DomainChanged()": None,
        "AuthorityUpdated(address)": None,
    },
    checks=(CLOSES, LINES, BALANCED, PAYMENTS, BACKED, REFERENCES, STATED, WATERFALL, CAPS, CUSTODY, STORED),
    constructor=_constructor,
    storage=_storage,
    at_end=((CUSTODY, _custody),),
    after_transaction=_after,
    figures=_figures,
    layout={
        "_epoch": _EPOCH_NUMBER,
        "_epochs": (_EPOCHS, 0),
        "_lines": (_LINES, 0),
        "_owedToFund": (_OWED, 0),
        "_caps": (_CAPS, 0),
        "_capTotal": (_CAP_TOTAL, 0),
        "_used": (_USED, 0),
        "running": (_RUNNING, 0),
        "collateralTotal": (_COLLATERAL, 0),
        "referenceUsed": (_REFERENCES, 0),
    },
    members={
        "Epoch": {
            "phase": (0, 0),
            "closedAt": (0, 1),
            "dueAt": (0, 6),
            "brands": (0, 11),
            "submitted": (0, 15),
            "open": (0, 19),
            "supply": (1, 0),
            "cash": (1, 16),
            "deficit": (2, 0),
            "dues": (2, 16),
            "claims": (3, 0),
            "collected": (3, 16),
            "statementHash": (4, 0),
        },
        "Line": {"epoch": (0, 0), "due": (0, 4), "claim": (1, 0), "paidOut": (1, 16)},
    },
)
