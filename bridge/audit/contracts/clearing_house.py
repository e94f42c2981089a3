"""ClearingHouse: what each brand issued, redeemed and paid."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.audit.contract import ContractAudit, Expected, entry, nothing_else, packed, partners
from bridge.audit.contracts.access_manager import ACCESS, authority
from bridge.audit.contracts.admitted_desks import DESKS, Desks, desk_set, desk_words
from bridge.audit.contracts.admitted_desks import STORED as STORED_DESKS
from bridge.audit.findings import Check
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.deploy.address_book import AddressBook

STORED = Check("storage-position", "INV-2", "issued, redeemed, paid and pool cash are what the events add up to")
_AUTHORITY, _DESKS, _POOL_CASH, _POSITION = range(4)
_MASK_128 = (1 << 128) - 1


@dataclass(slots=True)
class Position:
    """One brand's running totals in alliance units."""

    issued: int = 0
    redeemed: int = 0
    paid: int = 0

    @property
    def balance(self) -> int:
        """Above zero: the alliance owes the brand."""
        return self.paid + self.redeemed - self.issued


@dataclass(slots=True)
class Positions:
    """One row for each registered brand."""

    of_brand: dict[int, Position] = field(default_factory=dict)

    def row(self, brand_id: int) -> Position:
        """The brand's totals, to be changed."""
        found = self.of_brand.get(brand_id)
        if found is None:
            found = self.of_brand[brand_id] = Position()
        return found

    @property
    def pool_cash(self) -> int:
        return sum(position.paid for position in self.of_brand.values())


def _position_changed(scene: Scene, values: list[int]) -> None:
    """Belongs to the open batch, whose checks compare it with the items."""
    if scene.batch is not None:
        brand_id, issued, redeemed = values
        scene.batch.positions.append((brand_id, issued, redeemed))


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    positions = alliance.of(Positions)
    yield Expected(ACCESS, "ClearingHouse", _AUTHORITY, authority(book), "authority")
    yield from desk_words(alliance, "ClearingHouse", _DESKS)
    yield Expected(STORED, "ClearingHouse", _POOL_CASH, positions.pool_cash, "pool cash")
    for brand_id, row in positions.of_brand.items():
        slot = entry(_POSITION, brand_id)
        totals = packed((row.issued, 0), (row.redeemed, 16))
        yield Expected(STORED, "ClearingHouse", slot, totals, f"issued and redeemed of brand {brand_id}")
        yield Expected(STORED, "ClearingHouse", slot + 1, row.paid, f"paid of brand {brand_id}", _MASK_128)


AUDIT = ContractAudit(
    name="ClearingHouse",
    events={
        "PositionChanged(*uint32,uint128,uint128)": _position_changed,
        "DeskSet(*address,bool)": desk_set,
        "AuthorityUpdated(address)": None,
    },
    states=(Desks, Positions),
    checks=(
        DESKS,
        STORED,
        STORED_DESKS,
        ACCESS,
    ),
    constructor=partners("AccessManager", "BrandRegistry"),
    storage=_storage,
    rest=nothing_else,
    layout={
        "_authority": (_AUTHORITY, 0),
        "isDesk": (_DESKS, 0),
        "poolCash": (_POOL_CASH, 0),
        "position": (_POSITION, 0),
    },
    members={"ClearingHouse.Totals": {"issued": (0, 0), "redeemed": (0, 16), "paid": (1, 0)}},
)
