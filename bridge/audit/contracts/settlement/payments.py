"""Payments: what may be paid in the moment, what is booked for it, and that nobody else paid.

What a bank moved is only attested; everything that is booked for it is proven.
"""

from collections.abc import Iterator

from bridge.audit.contracts.brand_registry import BrandStatus, Registry
from bridge.audit.contracts.clearing_house import Positions
from bridge.audit.contracts.guarantee_fund import FundShares
from bridge.audit.contracts.settlement.epochs import phase_is_lawful
from bridge.audit.contracts.settlement.same import same
from bridge.audit.contracts.settlement.signatures import SIGNED, attested_as_allowed, moved_as_allowed
from bridge.audit.contracts.settlement.state import Phase, SettlementBooks
from bridge.audit.findings import Check, Finding
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.protocol.netting import FEN
from bridge.protocol.payments import Payment, PaymentKind

PAYMENTS = Check("payments", "INV-14", "each payment is of its epoch, in whole fen, and no more than what is open")
BACKED = Check("payouts-backed", "INV-15", "nobody is paid from what backs the points outstanding at the close")
REFERENCES = Check("bank-references", "INV-12", "each bank reference counts once")
STATED = Check("nobody-else-pays", "INV-14", "what brands paid is what settlement events say, brand by brand")
CUSTODY = Check("custody", "INV-12", "pool cash, fund and collateral are what came in less what went out, in whole fen")


def confirmed(scene: Scene, values: list[int]) -> None:
    number, brand_id, epoch, units, reference, treasurer = values
    books = scene.alliance.of(SettlementBooks)
    books.touched = True
    kind = PaymentKind(number) if number in list(PaymentKind) else None
    scene.run(PAYMENTS, _is_lawful(scene.alliance, kind, brand_id, epoch, units, scene.where))
    if treasurer:
        used = REFERENCES.failed("a new bank reference", hex(reference), scene.where)
        scene.run(REFERENCES, [used] if reference in books.references else [])
        books.references.add(reference)
        books.attested += 1
    else:
        books.moved += 1
    if kind is None:
        return
    payment = Payment(kind, brand_id, epoch, units, reference.to_bytes(32, "big"))
    allowed = attested_as_allowed(scene, payment, treasurer) if treasurer else moved_as_allowed(scene, payment)
    scene.run(SIGNED, allowed)
    if kind.is_out:
        books.went_out += units
    else:
        books.came_in += units
    _book(scene, books, kind, brand_id, units)


def _is_lawful(
    alliance: Alliance, kind: PaymentKind | None, brand_id: int, epoch: int, units: int, where: str
) -> Iterator[Finding]:
    books = alliance.of(SettlementBooks)
    if kind is None or epoch != books.number or units <= 0 or units % FEN:
        yield PAYMENTS.failed(f"a payment of epoch {books.number} in whole fen", f"{units} units, epoch {epoch}", where)
        return
    at_most = {
        PaymentKind.DUE: books.line(brand_id).due + FEN - 1 if books.epoch.phase is Phase.PAYING else 0,
        PaymentKind.PAYOUT: 0
        if books.owed.get(brand_id)
        else min(books.payout_now(brand_id), _room(alliance, brand_id)),
        PaymentKind.FUND_OUT: alliance.of(FundShares).worth(brand_id),
        PaymentKind.RECOVERY: alliance.of(Positions).row(brand_id).written_off + books.owed.get(brand_id, 0) + FEN - 1,
    }.get(kind)
    if kind is PaymentKind.RECOVERY and books.running is not None and books.running.debtor == brand_id:
        at_most = 0
    if at_most is not None and units > at_most:
        yield PAYMENTS.failed(f"at most {at_most} units", f"{kind.name} of {units} by brand {brand_id}", where)


def _room(alliance: Alliance, brand_id: int) -> int:
    """How far a payout may take the position: an active brand's to its limit, any other's to zero."""
    room, brand = alliance.of(Positions).row(brand_id).balance, alliance.of(Registry).brands.get(brand_id)
    if brand is not None and brand.status is BrandStatus.ACTIVE:
        room += brand.credit_line + brand.collateral
    return max(0, room)


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
        books.reduce_owed(brand_id, units - to_pool)


def credit(scene: Scene, values: list[int]) -> None:
    number, brand_id, units = values
    books = scene.alliance.of(SettlementBooks)
    at_most = min(books.payout_now(brand_id), books.owed.get(brand_id, 0))
    same(scene, PAYMENTS, (books.number, at_most), (number, units), "epoch, credit")
    books.line(brand_id).paid_out += units
    books.expect(brand_id, -units)
    books.reduce_owed(brand_id, units)


def dust(scene: Scene, values: list[int]) -> None:
    brand_id, units = values
    books = scene.alliance.of(SettlementBooks)
    same(scene, PAYMENTS, True, 0 < units < FEN, "less than one fen:")
    books.expect(brand_id, -units)
    books.swept_here += units


def after_transaction(scene: Scene) -> None:
    """What the clearing house says that brands paid in this transaction, against what settlement says."""
    books, positions = scene.alliance.of(SettlementBooks), scene.alliance.of(Positions)
    if books.touched:
        phase_is_lawful(scene, books)
        books.touched = False
    expected, actual = books.expected_here, positions.paid_here
    if not expected and not actual:
        return
    nonzero = [{brand: units for brand, units in sorted(each.items()) if units} for each in (expected, actual)]
    same(scene, STATED, nonzero[0], nonzero[1], "paid by brand:")
    epoch = books.epoch
    # An assessment moves no cash, and odd units that a leaving brand gives up are no payout.
    paid_out = sum(actual.values()) + books.swept_here < 0
    below = paid_out and positions.pool_cash + books.swept < epoch.supply
    scene.run(
        BACKED, [BACKED.failed(f"{epoch.supply} units in the pool", positions.pool_cash, scene.where)] if below else []
    )
    books.swept += books.swept_here
    books.expected_here, positions.paid_here, books.swept_here = {}, {}, 0


def custody(alliance: Alliance) -> Iterator[Finding]:
    books = alliance.of(SettlementBooks)
    collateral = sum(brand.collateral for brand in alliance.of(Registry).brands.values())
    held = alliance.of(Positions).pool_cash + alliance.of(FundShares).cash + collateral
    if held != books.came_in - books.went_out or held % FEN:
        yield CUSTODY.failed(f"{books.came_in - books.went_out} units in whole fen", held, "end of replay")
