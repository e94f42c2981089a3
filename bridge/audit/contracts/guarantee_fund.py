"""GuaranteeFund: each brand's share of what stands behind defaults."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.audit.contract import ContractAudit, Expected, entry, partners
from bridge.audit.contracts.access_manager import ACCESS, authority
from bridge.audit.contracts.signed_words import signed
from bridge.audit.findings import Check
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.deploy.address_book import AddressBook

FUND = Check("fund-shares", "INV-16", "a default takes the defaulter's own share first, then of all shares alike")
STORED = Check("storage-fund", "INV-12", "cash and shares of the guarantee fund are what its events add up to")
_AUTHORITY, _CASH, _TOTAL, _GENERATION, _SHARES = range(5)
_SHARES_PER_UNIT = 10**12


@dataclass(slots=True)
class FundShares:
    """Cash in units, and the shares by generation: a fund that was used up starts anew."""

    cash: int = 0
    total: int = 0
    generation: int = 0
    shares: dict[int, dict[int, int]] = field(default_factory=dict)

    @property
    def current(self) -> dict[int, int]:
        return self.shares.setdefault(self.generation, {})

    def worth(self, brand_id: int) -> int:
        """What a brand's share is worth now."""
        held = self.current.get(brand_id, 0)
        return held * self.cash // self.total if held and self.total else 0

    def contribute(self, brand_id: int, units: int) -> None:
        if self.cash == 0 and self.total:
            self.generation += 1
            self.total = 0
        added = units * self.total // self.cash if self.total else units * _SHARES_PER_UNIT
        self.total += added
        self.current[brand_id] = self.current.get(brand_id, 0) + added
        self.cash += units

    def withdraw(self, brand_id: int, units: int) -> None:
        self.burn(brand_id, units, self.worth(brand_id))
        self.cash -= units

    def cover(self, brand_id: int, due: int) -> tuple[int, int]:
        """What the defaulter's own share and everyone's give for a due; taken out."""
        worth = self.worth(brand_id)
        own = min(worth, due)
        self.burn(brand_id, own, worth)
        mutual = min(self.cash - own, due - own)
        self.cash -= own + mutual
        return own, mutual

    def burn(self, brand_id: int, units: int, worth: int) -> None:
        if units <= 0 or not self.cash:
            return
        held = self.current.get(brand_id, 0)
        burnt = held if units == worth else -(-units * self.total // self.cash)
        self.current[brand_id] = held - burnt
        self.total -= burnt


def _contributed(scene: Scene, values: list[int]) -> None:
    brand_id, units, cash = values[0], signed(values[1]), values[2]
    fund = scene.alliance.of(FundShares)
    if units < 0:
        fund.withdraw(brand_id, -units)
    else:
        fund.contribute(brand_id, units)
    _says(scene, f"cash {fund.cash}", f"cash {cash}")


def _covered(scene: Scene, values: list[int]) -> None:
    """The event says what was taken; that it is what was due is the settlement's check."""
    brand_id, own, mutual, cash = values
    fund = scene.alliance.of(FundShares)
    expected = (*fund.cover(brand_id, own + mutual), fund.cash)
    _says(scene, "own {}, mutual {}, cash {}".format(*expected), f"own {own}, mutual {mutual}, cash {cash}")


def _repaid(scene: Scene, values: list[int]) -> None:
    fund = scene.alliance.of(FundShares)
    fund.cash += values[0]
    _says(scene, f"cash {fund.cash}", f"cash {values[1]}")


def _says(scene: Scene, expected: str, actual: str) -> None:
    scene.run(FUND, [FUND.failed(expected, actual, scene.where)] if expected != actual else [])


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    fund = alliance.of(FundShares)
    yield Expected(ACCESS, "GuaranteeFund", _AUTHORITY, authority(book), "authority")
    yield Expected(STORED, "GuaranteeFund", _CASH, fund.cash, "cash")
    yield Expected(STORED, "GuaranteeFund", _TOTAL, fund.total, "shares")
    yield Expected(STORED, "GuaranteeFund", _GENERATION, fund.generation, "generation")
    for generation, shares in fund.shares.items():
        mapping = entry(_SHARES, generation)
        for brand_id, held in shares.items():
            what = f"shares of brand {brand_id}, generation {generation}"
            yield Expected(STORED, "GuaranteeFund", entry(mapping, brand_id), held, what)


AUDIT = ContractAudit(
    name="GuaranteeFund",
    events={
        "Contributed(*uint32,int256,uint256)": _contributed,
        "Covered(*uint32,uint128,uint128,uint256)": _covered,
        "Repaid(uint128,uint256)": _repaid,
        "AuthorityUpdated(address)": None,
    },
    checks=(FUND, STORED, ACCESS),
    constructor=partners("AccessManager"),
    storage=_storage,
    layout={
        "_authority": (_AUTHORITY, 0),
        "cash": (_CASH, 0),
        "_totalShares": (_TOTAL, 0),
        "_generation": (_GENERATION, 0),
        "_shares": (_SHARES, 0),
    },
)
