"""Owns what a member brings from another system: the opening balance with its lots' own dates, and old purchases.

An opening may come before or after the member's first purchase here: its lots, growth and spend are added, the higher
tier stays. An imported purchase earns nothing, counts for no goal or streak and is never too late (pitfall 12).
"""

from __future__ import annotations

from alliance_node.domain.commands import ImportOpening, ImportPurchase, OpeningLot
from alliance_node.domain.deciding.guards import check_amount, check_business_key, check_not_future, check_tags
from alliance_node.domain.errors import ExpiredOpeningLot, InvalidAmount, InvalidIdentifier, InvalidOpening, UnknownTier
from alliance_node.domain.events import Event, NewLot, OpeningImported, PurchaseImported, PurchaseRecorded
from alliance_node.domain.instants import FAR_FUTURE, Instant, add_months, format_instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.values import MAX_POINTS
from alliance_node.domain.state import MemberState

MAX_OPENING_LOTS = 1_000
OPENING_KINDS = ("base", "bonus", "behaviour", "gift", "prize", "opening")
CONVERTIBLE_KINDS = ("base", "opening")
MAX_IMPORT_ID = 128


def decide_opening(program: CompiledProgram, state: MemberState, command: ImportOpening, now: Instant) -> list[Event]:
    """Everything of the member's opening at once, or nothing.

    A lot without `expires_at` gets the program's term from the day it was earned. Without `tier` the growth and spend
    decide it; without `protected_until` the program's protection runs from `tier_since`.
    Raises `InvalidOpening`, `ExpiredOpeningLot`, `UnknownTier`, `InvalidAmount`.
    """
    check_not_future(command.occurred_at, now)
    if not 0 < len(command.import_id) <= MAX_IMPORT_ID:
        raise InvalidIdentifier(
            f"import_id has {len(command.import_id)} characters; 1 to {MAX_IMPORT_ID} are allowed",
            f"import_id 有 {len(command.import_id)} 个字符；允许 1 至 {MAX_IMPORT_ID} 个",
        )
    _check_bounds(command)
    tier, tier_since, protected_until = _tier(program, state, command)
    lots = [_lot(program, tier, number, lot, command, now) for number, lot in enumerate(command.lots, 1)]
    return [
        OpeningImported(
            command.occurred_at,
            program.version,
            command.import_id,
            tier,
            tuple(NewLot(state.next_lot_no + at, *lot) for at, lot in enumerate(lots)),
            tier_since,
            protected_until,
            command.growth,
            command.spend_minor,
            command.import_name,
        )
    ]


def decide_old_purchase(command: ImportPurchase, now: Instant) -> list[Event]:
    """A purchase of the time before the move, kept so that its refund finds it. It gives no points."""
    check_business_key(command.source, command.source_event_id)
    check_tags(command.tags, command.channel)
    check_amount(command.amount_minor, 0)
    check_not_future(command.occurred_at, now)
    _check_points("points", command.points)
    return [
        PurchaseImported(
            command.occurred_at,
            command.source,
            command.source_event_id,
            command.amount_minor,
            command.channel,
            command.tags,
            command.points,
        )
    ]


def is_repeated(command: ImportOpening | ImportPurchase, event: Event) -> bool:
    """Whether the event is what this command asked for; where the command leaves a choice, any choice fits."""
    match command, event:
        case ImportOpening(), OpeningImported():
            same_lots = len(command.lots) == len(event.lots) and all(map(_is_same_lot, command.lots, event.lots))
            return same_lots and (command.growth, command.spend_minor) == (event.growth, event.spend_minor)
        case ImportPurchase(), PurchaseImported():
            return (command.amount_minor, command.occurred_at, command.points) == (
                event.amount_minor,
                event.occurred_at,
                event.points,
            )
        case ImportPurchase(), PurchaseRecorded():  # bought after the move, known to both systems
            return command.amount_minor == event.amount_minor
        case _:
            return False


def _is_same_lot(asked: OpeningLot, lot: NewLot) -> bool:
    expires_at = lot.expires_at if asked.expires_at is None else asked.expires_at
    return asked._replace(expires_at=expires_at) == OpeningLot(
        lot.amount, lot.earned_at, lot.expires_at, lot.kind, lot.convertible
    )


def _check_bounds(command: ImportOpening) -> None:
    if not (command.lots or command.growth or command.spend_minor or command.tier):
        raise InvalidOpening(
            "neither lots nor growth, spend or a tier: there is nothing to import",
            "既无积分批次，也无成长值、消费额或等级：没有可导入的内容",
        )
    if len(command.lots) > MAX_OPENING_LOTS:
        raise InvalidOpening(
            f"{len(command.lots)} lots; at most {MAX_OPENING_LOTS} are allowed",
            f"共 {len(command.lots)} 批积分；最多 {MAX_OPENING_LOTS} 批",
        )
    _check_points("growth", command.growth)
    _check_points("spend_minor", command.spend_minor)
    for number, lot in enumerate(command.lots, 1):
        if type(lot.amount) is not int or not 1 <= lot.amount <= MAX_POINTS:
            raise InvalidAmount(
                f"lot {number}: {lot.amount!r} is not a whole number from 1 to {MAX_POINTS}",
                f"第 {number} 批：{lot.amount!r} 不是 1 至 {MAX_POINTS} 的整数",
            )
    _check_points("the sum of all lots", sum(lot.amount for lot in command.lots))


def _check_points(name: str, value: int) -> None:
    if type(value) is not int or not 0 <= value <= MAX_POINTS:
        raise InvalidAmount(
            f"{name} {value!r} is not a whole number from 0 to {MAX_POINTS}",
            f"{name} {value!r} 不是 0 至 {MAX_POINTS} 的整数",
        )


def _lot(
    program: CompiledProgram, tier: str, number: int, lot: OpeningLot, command: ImportOpening, now: Instant
) -> tuple[int, Instant, Instant, Instant, str, bool]:
    if lot.kind not in OPENING_KINDS:
        raise InvalidOpening(
            f"lot {number}: kind {lot.kind!r} is none of {', '.join(OPENING_KINDS)}",
            f"第 {number} 批：类型 {lot.kind!r} 不在 {', '.join(OPENING_KINDS)} 之中",
        )
    if lot.convertible and lot.kind not in CONVERTIBLE_KINDS:
        raise InvalidOpening(
            f"lot {number}: points of kind {lot.kind} are never convertible",
            f"第 {number} 批：{lot.kind} 类积分不可转换",
        )
    if not 0 <= lot.earned_at <= command.occurred_at:
        raise InvalidOpening(
            f"lot {number}: earned_at is after the opening, {format_instant(command.occurred_at)}",
            f"第 {number} 批：earned_at 晚于期初时间 {format_instant(command.occurred_at)}",
        )
    expires_at = program.expires_at(lot.earned_at, tier) if lot.expires_at is None else lot.expires_at
    if not lot.earned_at < expires_at <= FAR_FUTURE:
        raise InvalidOpening(
            f"lot {number}: expires_at is not after earned_at {format_instant(lot.earned_at)}",
            f"第 {number} 批：expires_at 不晚于 earned_at {format_instant(lot.earned_at)}",
        )
    if expires_at <= max(now, command.occurred_at):
        raise ExpiredOpeningLot(
            f"lot {number}: {lot.amount} points expired at {format_instant(expires_at)}, before the import",
            f"第 {number} 批：{lot.amount} 分已于 {format_instant(expires_at)} 到期，早于导入",
        )
    return lot.amount, lot.earned_at, lot.earned_at, expires_at, lot.kind, lot.convertible


def _tier(program: CompiledProgram, state: MemberState, command: ImportOpening) -> tuple[str, Instant, Instant]:
    """The member's tier, since when, and until when it is protected: the imported one unless a higher is held."""
    if command.tier and command.tier not in program.tier_ranks:
        raise UnknownTier(
            f"tier {command.tier!r} is none of {', '.join(program.tier_ids)}",
            f"等级 {command.tier!r} 不在 {', '.join(program.tier_ids)} 之中",
        )
    if not 0 <= command.tier_since <= command.occurred_at:
        raise InvalidOpening(
            f"tier_since is after the opening, {format_instant(command.occurred_at)}",
            f"tier_since 晚于期初时间 {format_instant(command.occurred_at)}",
        )
    earned = program.earned_rank(state.growth + command.growth, state.spend_minor + command.spend_minor)
    tier = command.tier or program.tier_ids[earned]
    since = command.tier_since or (state.tier_since if tier == state.tier else command.occurred_at)
    if command.protected_until and not since <= command.protected_until <= FAR_FUTURE:
        raise InvalidOpening(
            f"protected_until is before tier_since {format_instant(since)}",
            f"protected_until 早于 tier_since {format_instant(since)}",
        )
    if program.rank_of(tier) < program.rank_of(state.tier):
        return state.tier, state.tier_since, state.protected_until
    if command.protected_until or not program.rank_of(tier):
        return tier, since, command.protected_until
    return tier, since, add_months(since, program.file.tiers.protection_months, program.timezone)
