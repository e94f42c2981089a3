"""ClearingHouse: what each brand issued, redeemed and paid, and its position at the last close."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.audit.contract import ContractAudit, Expected, entry, packed, partners
from bridge.audit.contracts.access_manager import ACCESS, authority
from bridge.audit.contracts.admitted_desks import DESKS, desk_set, desk_words
from bridge.audit.contracts.admitted_desks import STORED as STORED_DESKS
from bridge.audit.contracts.signed_words import WORD, signed
from bridge.audit.findings import Check
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.deploy.address_book import AddressBook

STORED = Check("storage-position", "INV-2", "issued, redeemed, paid and pool cash are what the events add up to")
TOTALS = Check("payment-totals", "INV-2", "each payment and write-off event states the new total")
_AUTHORITY, _DESKS, _POOL_CASH, _TOTALS, _DEFICIT_AND_EPOCH, _FROZEN = range(6)


@dataclass(slots=True)
class Position:
    """One brand's running totals in alliance units."""

    issued: int = 0
    redeemed: int = 0
    paid: int = 0
    written_off: int = 0
    epoch: int = 0

    @property
    def balance(self) -> int:
        """Above zero: the alliance owes the brand."""
        return self.paid + self.redeemed + self.written_off - self.issued


@dataclass(slots=True)
class Positions:
    """One row for each registered brand; `epoch` counts the closes, `frozen` has positions at the last one, of brands
    that changed since. `paid_here` is what the events of the open transaction paid, for the settlement's check."""

    of_brand: dict[int, Position] = field(default_factory=dict)
    epoch: int = 0
    frozen: dict[int, int] = field(default_factory=dict)
    paid_here: dict[int, int] = field(default_factory=dict)

    def row(self, brand_id: int) -> Position:
        """The brand's totals, to be changed."""
        found = self.of_brand.get(brand_id)
        if found is None:
            found = self.of_brand[brand_id] = Position()
        return found

    def touch(self, brand_id: int) -> Position:
        """The brand's totals, about to change: the first change after a close keeps the position of the close."""
        row = self.row(brand_id)
        if row.epoch != self.epoch:
            self.frozen[brand_id] = row.balance
            row.epoch = self.epoch
        return row

    def frozen_position(self, brand_id: int) -> int:
        """The position at the last close."""
        row = self.row(brand_id)
        return self.frozen.get(brand_id, 0) if row.epoch == self.epoch else row.balance

    @property
    def pool_cash(self) -> int:
        return sum(position.paid for position in self.of_brand.values())

    @property
    def deficit(self) -> int:
        return sum(position.written_off for position in self.of_brand.values())


def _position_changed(scene: Scene, values: list[int]) -> None:
    """Belongs to the open batch, whose checks compare it with the items."""
    if scene.batch is not None:
        brand_id, issued, redeemed = values
        scene.batch.positions.append((brand_id, issued, redeemed))


def _paid(scene: Scene, values: list[int]) -> None:
    brand_id, units, total = values[0], signed(values[1]), signed(values[2])
    positions = scene.alliance.of(Positions)
    row = positions.touch(brand_id)
    row.paid += units
    positions.paid_here[brand_id] = positions.paid_here.get(brand_id, 0) + units
    differs = TOTALS.failed(f"paid {row.paid} by brand {brand_id}", total, scene.where)
    scene.run(TOTALS, [differs] if row.paid != total else [])


def _written_off(scene: Scene, values: list[int]) -> None:
    brand_id, units, deficit = values[0], signed(values[1]), values[2]
    positions = scene.alliance.of(Positions)
    positions.touch(brand_id).written_off += units
    differs = TOTALS.failed(f"a deficit of {positions.deficit}", deficit, scene.where)
    scene.run(TOTALS, [differs] if positions.deficit != deficit else [])


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    positions = alliance.of(Positions)
    yield Expected(ACCESS, "ClearingHouse", _AUTHORITY, authority(book), "authority")
    yield from desk_words(alliance, "ClearingHouse", _DESKS)
    yield Expected(STORED, "ClearingHouse", _POOL_CASH, positions.pool_cash, "pool cash")
    word = packed((positions.deficit, 0), (positions.epoch, 12))
    yield Expected(STORED, "ClearingHouse", _DEFICIT_AND_EPOCH, word, "pool deficit and epoch")
    for brand_id, row in positions.of_brand.items():
        slot = entry(_TOTALS, brand_id)
        totals = packed((row.issued, 0), (row.redeemed, 16))
        yield Expected(STORED, "ClearingHouse", slot, totals, f"issued and redeemed of brand {brand_id}")
        paid = packed((row.paid % (1 << 128), 0), (row.written_off, 16), (row.epoch, 28))
        yield Expected(STORED, "ClearingHouse", slot + 1, paid, f"paid and written off of brand {brand_id}")
    for brand_id, position in positions.frozen.items():
        slot, what = entry(_FROZEN, brand_id), f"position of brand {brand_id} at the last close"
        yield Expected(STORED, "ClearingHouse", slot, position % WORD, what)


AUDIT = ContractAudit(
    name="ClearingHouse",
    events={
        "PositionChanged(*uint32,uint128,uint128)": _position_changed,
        "Paid(*uint32,int128,int128)": _paid,
        "WrittenOff(*uint32,int96,uint96)": _written_off,
        "DeskSet(*address,bool)": desk_set,
        "AuthorityUpdated(address)": None,
    },
    checks=(DESKS, TOTALS, STORED, STORED_DESKS, ACCESS),
    constructor=partners("AccessManager", "BrandRegistry"),
    storage=_storage,
    layout={
        "_authority": (_AUTHORITY, 0),
        "isDesk": (_DESKS, 0),
        "poolCash": (_POOL_CASH, 0),
        "_totals": (_TOTALS, 0),
        "poolDeficit": (_DEFICIT_AND_EPOCH, 0),
        "epoch": (_DEFICIT_AND_EPOCH, 12),
        "_frozen": (_FROZEN, 0),
    },
    members={
        "ClearingHouse.Totals": {
            "issued": (0, 0),
            "redeemed": (0, 16),
            "paid": (1, 0),
            "writtenOff": (1, 16),
            "epoch": (1, 28),
        }
    },
)
