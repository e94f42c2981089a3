"""Defaults: what is taken from whom and in which order, assessments, caps."""

from bridge.audit.contracts.alliance_clock import Clock
from bridge.audit.contracts.brand_registry import Brand, brand_named
from bridge.audit.contracts.guarantee_fund import FundShares
from bridge.audit.contracts.settlement.same import same
from bridge.audit.contracts.settlement.signatures import CALLERS, called_by_cold_key
from bridge.audit.contracts.settlement.state import Default, Phase, SettlementBooks
from bridge.audit.findings import Check
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene

WATERFALL = Check("waterfall", "INV-16", "a default is overdue and falls in its order, to the unit")
CAPS = Check("assessments", "INV-14", "assessments are pro rata to the caps agreed and never above them")


def defaulted(scene: Scene, values: list[int]) -> None:
    """Collateral and fund were taken by events before this one: their own checks followed them."""
    number, brand_id, collateral, own, mutual, assessed, rest = values
    books, alliance = scene.alliance.of(SettlementBooks), scene.alliance
    books.touched = True
    brand = brand_named(scene, brand_id)
    if brand is None:
        return
    due, now = books.line(brand_id).due, alliance.of(Clock).read(scene.timestamp)
    overdue = books.epoch.phase is Phase.PAYING and now >= books.epoch.due_at and due > 0
    same(scene, WATERFALL, (books.number, True), (number, overdue), "epoch, overdue")
    same(scene, WATERFALL, None, books.running.debtor if books.running else None, "assessments before a default:")
    expected = _expected_waterfall(alliance, brand, due, collateral, own, mutual)
    same(scene, WATERFALL, expected, (assessed, rest, True, True), "assessed, rest, collateral first, fund next")
    cash = collateral + own + mutual
    books.defaults += 1
    books.expect(brand_id, cash)
    books.epoch.collected += cash
    books.line(brand_id).due = due - cash
    books.owed[brand_id] = books.owed.get(brand_id, 0) + mutual
    if assessed:
        books.running = Default(brand_id, assessed, books.caps_left, books.shares_of(assessed))


def _expected_waterfall(
    alliance: Alliance, brand: Brand, due: int, collateral: int, own: int, mutual: int
) -> tuple[int, int, bool, bool]:
    """What is assessed and left over, and whether a later source was used only when the one before was empty."""
    books = alliance.of(SettlementBooks)
    left = due - collateral - own - mutual
    assessed = min(left, books.caps_left)
    collateral_first = brand.collateral == 0 or collateral == due
    fund_next = left == 0 or alliance.of(FundShares).cash == 0
    return assessed, left - assessed, collateral_first, fund_next


def assessed_one(scene: Scene, values: list[int]) -> None:
    """The next brand that has a share, in the order of ids."""
    number, debtor, brand_id, units = values
    books = scene.alliance.of(SettlementBooks)
    books.touched = True
    default = books.running
    if default is None:
        scene.find(CAPS.failed("a default that is assessed", f"brand {brand_id} assessed {units}", scene.where))
        return
    following = default.shares[0] if default.shares else (0, 0)
    expected = (books.number, default.debtor, *following)
    same(scene, CAPS, expected, (number, debtor, brand_id, units), "epoch, debtor, brand, share")
    default.shares = [share for share in default.shares if share[0] > brand_id]
    default.cursor = brand_id
    used = books.used.setdefault(books.number, {})
    used[brand_id] = used.get(brand_id, 0) + units
    books.owed[debtor] = books.owed.get(debtor, 0) + units
    books.line(debtor).due -= units
    books.expect(brand_id, -units)
    books.expect(debtor, units)


def default_closed(scene: Scene, values: list[int]) -> None:
    number, brand_id, units = values
    books = scene.alliance.of(SettlementBooks)
    books.touched = True
    line, default = books.line(brand_id), books.running
    same(scene, WATERFALL, (books.number, line.due), (number, units), "epoch, written off")
    if default is not None:
        same(scene, CAPS, (default.debtor, []), (brand_id, default.shares), "debtor, shares not assessed:")
    line.due = 0
    books.running = None
    books.due_is_over()


def cap_agreed(scene: Scene, values: list[int]) -> None:
    brand_id, cap = values
    books = scene.alliance.of(SettlementBooks)
    brand = brand_named(scene, brand_id)
    if brand is None:
        return
    lawful = books.epoch.phase in (Phase.NONE, Phase.PAID) or (brand.in_default and cap == 0)
    same(scene, CAPS, True, lawful, "agreed before the close:")
    books.caps[brand_id] = cap
    if not brand.in_default:
        scene.run(CALLERS, called_by_cold_key(scene, brand.cold))
    else:
        books.used.setdefault(books.number, {})[brand_id] = 0
