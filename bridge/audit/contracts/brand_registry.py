"""BrandRegistry: who takes part, with which keys, and what it may issue."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from bridge.audit.contract import ContractAudit, Expected, entry, packed, partners, text_words
from bridge.audit.contracts.access_manager import ACCESS, authority
from bridge.audit.contracts.admitted_desks import DESKS, desk_set, desk_words, same_address
from bridge.audit.contracts.admitted_desks import STORED as STORED_DESKS
from bridge.audit.contracts.alliance_point import Token
from bridge.audit.contracts.clearing_house import Positions
from bridge.audit.contracts.guarantee_fund import FundShares
from bridge.audit.contracts.limiter import Limiter
from bridge.audit.contracts.under_way import UnderWay
from bridge.audit.findings import Check, Finding
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.deploy.address_book import AddressBook
from bridge.protocol.keccak import keccak

BRAND_IDS = Check("brand-ids", "REGISTRY-1", "brand ids count from 1 and a registered brand keeps its id")
HOT_KEYS = Check("hot-key-of-one-brand", "REGISTRY-2", "a key is the hot key of at most one brand, ever")
STATUS = Check(
    "status-change",
    "REGISTRY-3",
    "Closed is reached from ExitOnly only, settled, and never left; nobody in default is active",
)
OWN_SUPPLY = Check(
    "closed-supply", "REGISTRY-3", "when a brand closes, nothing that it issued is under way: claimed or returned, all"
)
COVER = Check(
    "credit-cover", "INV-17", "no credit line is raised above what the fund covers, unless the deployment did without"
)
STORED_BRAND = Check("storage-brand", "REGISTRY-4", "keys, status and limits of each brand are those last published")
STORED_LIMITER = Check("storage-limiter", "INV-11", "each brand's limiter holds what its batches used")

_AUTHORITY, _DESKS, _COUNT_AND_CLEARING_HOUSE, _RECORDS = range(4)
_BRAND_OF_CODE, _BRAND_OF_HOT_KEY, _IN_DEFAULT, _FUND = range(4, 8)
# Words of a record, counted from its first slot.
_HOT_AND_STATUS, _COLD, _SETTLEMENT, _LIMITS, _LIMITER, _BUCKETS, _CODE = range(7)


class BrandStatus(IntEnum):
    """The contract's numbers."""

    NONE = 0
    ACTIVE = 1
    EXIT_ONLY = 2
    CLOSED = 3
    SUSPENDED = 4


@dataclass(slots=True)
class Brand:
    """One brand, as last published."""

    brand_id: int
    hot: int
    cold: int
    settlement: int
    code: bytes = b""
    status: BrandStatus = BrandStatus.NONE
    credit_line: int = 0
    collateral: int = 0
    in_default: bool = False
    limiter: Limiter = field(default_factory=Limiter)

    @property
    def issue_limit(self) -> int:
        return self.credit_line + self.collateral


@dataclass(slots=True)
class Registry:
    """All brands. `brand_of_hot_key` never forgets a key; `fund` covers credit lines, or is zero."""

    brands: dict[int, Brand] = field(default_factory=dict)
    brand_of_hot_key: dict[int, int] = field(default_factory=dict)
    fund: int = 0


def brand_named(scene: Scene, brand_id: int) -> Brand | None:
    """The brand that an event names; a finding if there is none."""
    brand = scene.alliance.of(Registry).brands.get(brand_id)
    unknown = BRAND_IDS.failed("a registered brand", f"brand {brand_id}", scene.where)
    scene.run(BRAND_IDS, [unknown] if brand is None else [])
    return brand


def brand_id_is_next(registry: Registry, brand_id: int, where: str) -> Iterator[Finding]:
    if brand_id != len(registry.brands) + 1:
        yield BRAND_IDS.failed(f"brand {len(registry.brands) + 1}", f"brand {brand_id}", where)


def hot_key_is_fresh(registry: Registry, brand_id: int, hot: int, where: str) -> Iterator[Finding]:
    """Free, or already this brand's present one."""
    holder = registry.brand_of_hot_key.get(hot)
    brand = registry.brands.get(brand_id)
    if holder is not None and not (holder == brand_id and brand is not None and brand.hot == hot):
        yield HOT_KEYS.failed("a key never used before", f"the key of brand {holder}", where)


def status_may_change(brand: Brand, status: int, position: int, where: str) -> Iterator[Finding]:
    unknown = not BrandStatus.ACTIVE <= status <= BrandStatus.SUSPENDED
    if unknown or brand.status is BrandStatus.CLOSED:
        yield STATUS.failed(f"a lawful change from {brand.status.name}", f"to {status}", where)
    elif status == BrandStatus.ACTIVE and brand.in_default:
        yield STATUS.failed("no brand in default becomes active", f"brand {brand.brand_id}", where)
    elif status == BrandStatus.CLOSED and (brand.status is not BrandStatus.EXIT_ONLY or position != 0):
        yield STATUS.failed("closed from EXIT_ONLY with position 0", f"from {brand.status.name} with {position}", where)


def fund_covers_the_two_largest(registry: Registry, cash: int, where: str) -> Iterator[Finding]:
    two = sum(sorted((brand.credit_line for brand in registry.brands.values()), reverse=True)[:2])
    if two > cash:
        yield COVER.failed(f"at most the fund's {cash} units", f"the two largest credit lines are {two}", where)


def _registered(scene: Scene, values: list[int]) -> None:
    brand_id, _, hot, cold, settlement = values
    registry = scene.alliance.of(Registry)
    scene.run(BRAND_IDS, brand_id_is_next(registry, brand_id, scene.where))
    scene.run(HOT_KEYS, hot_key_is_fresh(registry, brand_id, hot, scene.where))
    registry.brands[brand_id] = Brand(brand_id, hot, cold, settlement, scene.text(0))
    registry.brand_of_hot_key[hot] = brand_id
    scene.alliance.of(Positions).row(brand_id)


def _keys_set(scene: Scene, values: list[int]) -> None:
    brand_id, hot, cold, settlement = values
    registry = scene.alliance.of(Registry)
    brand = brand_named(scene, brand_id)
    scene.run(HOT_KEYS, hot_key_is_fresh(registry, brand_id, hot, scene.where))
    if brand is not None:
        brand.hot, brand.cold, brand.settlement = hot, cold, settlement
        registry.brand_of_hot_key[hot] = brand_id


def _status_set(scene: Scene, values: list[int]) -> None:
    brand_id, status = values
    brand = brand_named(scene, brand_id)
    if brand is not None:
        position = scene.alliance.of(Positions).row(brand_id).balance
        scene.run(STATUS, status_may_change(brand, status, position, scene.where))
        if status in list(BrandStatus):
            brand.status = BrandStatus(status)
        if status == BrandStatus.CLOSED:
            units = scene.alliance.of(UnderWay).units(brand_id, scene.alliance.of(Token).balances)
            waits = OWN_SUPPLY.failed("0 units under way", f"{units} units of brand {brand_id}", scene.where)
            scene.run(OWN_SUPPLY, [waits] if units else [])


def _credit_line_set(scene: Scene, values: list[int]) -> None:
    brand = brand_named(scene, values[0])
    if brand is not None:
        raised = values[1] > brand.credit_line
        brand.credit_line = values[1]
        registry = scene.alliance.of(Registry)
        if raised and (registry.fund or scene.alliance.book.params.cover_rule):
            scene.run(COVER, fund_covers_the_two_largest(registry, scene.alliance.of(FundShares).cash, scene.where))


def _collateral_set(scene: Scene, values: list[int]) -> None:
    brand = brand_named(scene, values[0])
    if brand is not None:
        brand.collateral = values[1]


def _limiter_set(scene: Scene, values: list[int]) -> None:
    brand = brand_named(scene, values[0])
    if brand is not None:
        brand.limiter.change(values[1], values[2], scene.timestamp)


def _clearing_house_set(scene: Scene, values: list[int]) -> None:
    same_address(scene, "ClearingHouse", values[0])


def _default_set(scene: Scene, values: list[int]) -> None:
    brand = brand_named(scene, values[0])
    if brand is not None:
        brand.in_default = bool(values[1])


def _fund_set(scene: Scene, values: list[int]) -> None:
    if values[0]:
        same_address(scene, "GuaranteeFund", values[0])
    elif scene.alliance.book.params.cover_rule:
        scene.find(COVER.failed("the guarantee fund covers", "the rule was switched off", scene.where))
    scene.alliance.of(Registry).fund = values[0]


def cover_is_as_deployed(alliance: Alliance) -> Iterator[Finding]:
    """The rule that the address book promises was switched on, once there is a brand whose credit line it covers."""
    registry = alliance.of(Registry)
    if alliance.book.params.cover_rule and registry.brands and not registry.fund:
        yield COVER.failed("the guarantee fund covers credit lines", "the rule is off", "end of replay")


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    registry = alliance.of(Registry)
    brands = registry.brands
    yield Expected(ACCESS, "BrandRegistry", _AUTHORITY, authority(book), "authority")
    yield from desk_words(alliance, "BrandRegistry", _DESKS)
    house = int.from_bytes(book.address("ClearingHouse"), "big")
    word = packed((len(brands), 0), (house, 4))
    yield Expected(STORED_BRAND, "BrandRegistry", _COUNT_AND_CLEARING_HOUSE, word, "brand count and clearing house")
    yield Expected(STORED_BRAND, "BrandRegistry", _FUND, registry.fund, "guarantee fund")
    for hot, brand_id in registry.brand_of_hot_key.items():
        slot, what = entry(_BRAND_OF_HOT_KEY, hot), f"brand of hot key 0x{hot:040x}"
        yield Expected(STORED_BRAND, "BrandRegistry", slot, brand_id, what)
    for brand in brands.values():
        slot, what = entry(_IN_DEFAULT, brand.brand_id), f"default of brand {brand.brand_id}"
        yield Expected(STORED_BRAND, "BrandRegistry", slot, int(brand.in_default), what)
        slot, what = entry(_BRAND_OF_CODE, int.from_bytes(keccak(brand.code), "big")), f"code of brand {brand.brand_id}"
        yield Expected(STORED_BRAND, "BrandRegistry", slot, brand.brand_id, what)
        yield from _record(brand)


def _record(brand: Brand) -> Iterator[Expected]:
    first, of_brand = entry(_RECORDS, brand.brand_id), f"of brand {brand.brand_id}"
    words = {
        _HOT_AND_STATUS: (packed((brand.hot, 0), (brand.status, 20)), "hot key and status"),
        _COLD: (brand.cold, "cold key"),
        _SETTLEMENT: (brand.settlement, "settlement key"),
        _LIMITS: (packed((brand.credit_line, 0), (brand.collateral, 16)), "credit and collateral"),
    }
    for offset, (value, what) in words.items():
        yield Expected(STORED_BRAND, "BrandRegistry", first + offset, value, f"{what} {of_brand}")
    for slot, value in text_words(first + _CODE, brand.code):
        yield Expected(STORED_BRAND, "BrandRegistry", slot, value, f"code {of_brand}")
    limits = packed((brand.limiter.capacity, 0), (brand.limiter.window, 26))
    yield Expected(STORED_LIMITER, "BrandRegistry", first + _LIMITER, limits, f"limiter setting {of_brand}")
    used = packed((brand.limiter.used, 0), (brand.limiter.used_at, 26))
    yield Expected(STORED_LIMITER, "BrandRegistry", entry(first + _BUCKETS, 0), used, f"limiter use {of_brand}")


AUDIT = ContractAudit(
    name="BrandRegistry",
    events={
        "BrandRegistered(*uint32,string,address,address,address)": _registered,
        "KeysSet(*uint32,address,address,address)": _keys_set,
        "StatusSet(*uint32,uint8)": _status_set,
        "CreditLineSet(*uint32,uint128)": _credit_line_set,
        "CollateralSet(*uint32,uint128)": _collateral_set,
        "LimiterSet(*uint32,uint208,uint48)": _limiter_set,
        "ClearingHouseSet(*address)": _clearing_house_set,
        "GuaranteeFundSet(*address)": _fund_set,
        "DefaultSet(*uint32,bool)": _default_set,
        "DeskSet(*address,bool)": desk_set,
        "AuthorityUpdated(address)": None,
    },
    checks=(DESKS, BRAND_IDS, HOT_KEYS, STATUS, OWN_SUPPLY, COVER, STORED_BRAND, STORED_LIMITER, STORED_DESKS, ACCESS),
    constructor=partners("AccessManager"),
    storage=_storage,
    at_end=((COVER, cover_is_as_deployed),),
    layout={
        "_authority": (_AUTHORITY, 0),
        "isDesk": (_DESKS, 0),
        "brandCount": (_COUNT_AND_CLEARING_HOUSE, 0),
        "_clearingHouse": (_COUNT_AND_CLEARING_HOUSE, 4),
        "_records": (_RECORDS, 0),
        "_brandOfCode": (_BRAND_OF_CODE, 0),
        "_brandOfHotKey": (_BRAND_OF_HOT_KEY, 0),
        "inDefault": (_IN_DEFAULT, 0),
        "guaranteeFund": (_FUND, 0),
    },
    members={
        "BrandRegistry.Record": {
            "hot": (_HOT_AND_STATUS, 0),
            "status": (_HOT_AND_STATUS, 20),
            "cold": (_COLD, 0),
            "settlement": (_SETTLEMENT, 0),
            "creditLine": (_LIMITS, 0),
            "collateral": (_LIMITS, 16),
            "limiter": (_LIMITER, 0),
            "code": (_CODE, 0),
        },
        "RateLimiter.RefillingBucket": {"_capacity": (0, 0), "_window": (0, 26), "_items": (1, 0)},
        "RateLimiter.RefillingBucketItem": {"_lastUsed": (0, 0), "_lastTimepoint": (0, 26)},
    },
)
