"""What the auditor knows of the settlement: events, storage, figures."""

from collections.abc import Iterator
from typing import Any

from bridge.audit.contract import ContractAudit, Expected, entry, packed
from bridge.audit.contracts.access_manager import ACCESS, authority
from bridge.audit.contracts.brand_registry import Registry
from bridge.audit.contracts.clearing_house import Positions
from bridge.audit.contracts.guarantee_fund import FundShares
from bridge.audit.contracts.settlement import defaults, epochs, payments
from bridge.audit.contracts.settlement.signatures import CALLERS, SIGNED
from bridge.audit.contracts.settlement.state import Epoch, SettlementBooks
from bridge.audit.findings import Check
from bridge.audit.model import Alliance
from bridge.deploy.address_book import AddressBook
from bridge.protocol.words import parse_address, word

STORED = Check("storage-settlement", "INV-13", "epochs, lines, caps and assessments are what the events add up to")
_AUTHORITY_AND_EPOCH, _EPOCHS, _LINES, _OWED, _CAPS, _CAP_TOTAL, _USED, _USED_TOTAL, _RUNNING = range(9)
_COLLATERAL, _REFERENCES = 12, 13
_EPOCH_OFFSET = 21


def _constructor(book: AddressBook) -> bytes:
    order = ("AccessManager", "AllianceClock", "AlliancePoint", "BrandRegistry", "ClearingHouse", "GuaranteeFund")
    addresses = b"".join(book.address(name).rjust(32, b"\0") for name in order)
    asset = parse_address(book.params.settlement_asset) if book.params.settlement_asset else bytes(20)
    return addresses + word(book.params.payment_period) + asset.rjust(32, b"\0")


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    books = alliance.of(SettlementBooks)
    first = packed((authority(book), 0), (books.number, _EPOCH_OFFSET))
    yield Expected(ACCESS, "Settlement", _AUTHORITY_AND_EPOCH, first, "authority and epoch")
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
        total = sum(used.values())
        yield Expected(STORED, "Settlement", entry(_USED_TOTAL, number), total, f"caps used in epoch {number}")
    yield from _assessment(alliance)
    for reference in books.references:
        slot = entry(_REFERENCES, reference)
        yield Expected(STORED, "Settlement", slot, 1, f"bank reference 0x{reference:064x}")


def _assessment(alliance: Alliance) -> Iterator[Expected]:
    """How far it came between two brands that have a share is in no event."""
    running, brands = alliance.of(SettlementBooks).running, len(alliance.of(Registry).brands)
    what = "the running assessment"
    if running is None:
        yield Expected(STORED, "Settlement", _RUNNING, 0, what)
        yield Expected(STORED, "Settlement", _RUNNING + 1, 0, f"caps of {what}")
        return
    furthest = running.shares[0][0] - 1 if running.shares else brands - 1
    bounds = [packed((running.debtor, 0), (at, 4), (running.units, 8)) for at in (running.cursor, furthest)]
    yield Expected(STORED, "Settlement", _RUNNING, bounds[0], what, bounds[1])
    yield Expected(STORED, "Settlement", _RUNNING + 1, running.caps, f"caps of {what}")


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
        "EpochClosed(*uint32,uint128,uint128,uint128,uint32,uint40)": epochs.closed,
        "LineAccepted(*uint32,*uint32,int256,uint96)": epochs.line,
        "StatementCompleted(*uint32,uint128,uint128,uint40,bytes32)": epochs.completed,
        "EpochPaid(*uint32)": epochs.paid,
        "PaymentConfirmed(*uint8,*uint32,*uint32,uint128,bytes32,address)": payments.confirmed,
        "CapAgreed(*uint32,uint128)": defaults.cap_agreed,
        "Defaulted(*uint32,*uint32,uint128,uint128,uint128,uint128,uint128)": defaults.defaulted,
        "Assessed(*uint32,*uint32,*uint32,uint128)": defaults.assessed_one,
        "DefaultClosed(*uint32,*uint32,uint128)": defaults.default_closed,
        "CreditApplied(*uint32,*uint32,uint128)": payments.credit,
        "DustSwept(*uint32,uint128)": payments.dust,
        "EIP712DomainChanged()": None,
        "AuthorityUpdated(address)": None,
    },
    checks=(
        epochs.CLOSES,
        epochs.LINES,
        epochs.BALANCED,
        epochs.PHASES,
        payments.PAYMENTS,
        SIGNED,
        CALLERS,
        payments.BACKED,
        payments.REFERENCES,
        payments.STATED,
        defaults.WATERFALL,
        defaults.CAPS,
        payments.CUSTODY,
        STORED,
        ACCESS,
    ),
    constructor=_constructor,
    storage=_storage,
    at_end=((payments.CUSTODY, payments.custody),),
    after_transaction=payments.after_transaction,
    figures=_figures,
    layout={
        "_authority": (_AUTHORITY_AND_EPOCH, 0),
        "_epoch": (_AUTHORITY_AND_EPOCH, _EPOCH_OFFSET),
        "_epochs": (_EPOCHS, 0),
        "_lines": (_LINES, 0),
        "_owedToFund": (_OWED, 0),
        "_caps": (_CAPS, 0),
        "_capTotal": (_CAP_TOTAL, 0),
        "_used": (_USED, 0),
        "_usedTotal": (_USED_TOTAL, 0),
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
        "Assessment": {"debtor": (0, 0), "cursor": (0, 4), "units": (0, 8), "caps": (1, 0)},
        "Line": {"epoch": (0, 0), "due": (0, 4), "claim": (1, 0), "paidOut": (1, 16)},
    },
)
