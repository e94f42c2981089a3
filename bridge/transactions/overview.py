"""The alliance at one block, for people: head, clock, brands, positions (`alliance chain status`)."""

from typing import Any

from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.admin import STATUSES
from bridge.deploy.deploy import view
from bridge.protocol.words import format_address

_STATUS_NAMES = {number: name for name, number in STATUSES.items()}


def chain_rows(rpc: Rpc, book: AddressBook, block: str) -> list[tuple[Any, ...]]:
    """Name and value pairs."""
    time, paused = view(rpc, book.address("AllianceClock"), "AllianceClock", "read", block=block)
    (supply,) = view(rpc, book.address("AlliancePoint"), "AlliancePoint", "totalSupply", block=block)
    (cash,) = view(rpc, book.address("ClearingHouse"), "ClearingHouse", "poolCash", block=block)
    return [
        ("chain id", book.chain_id),
        ("head", int(block, 16)),
        ("alliance time", f"{time}{' (paused)' if paused else ''}"),
        ("supply (units)", supply),
        ("pool cash (units)", cash),
    ]


def brand_rows(rpc: Rpc, book: AddressBook, block: str) -> list[tuple[Any, ...]]:
    """One row per brand: id, code, status, hot key, issued, redeemed, position, next batch, rate version."""
    (count,) = view(rpc, book.address("BrandRegistry"), "BrandRegistry", "brandCount", block=block)
    return [_brand_row(rpc, book, block, brand_id) for brand_id in range(1, count + 1)]


def _brand_row(rpc: Rpc, book: AddressBook, block: str, brand_id: int) -> tuple[Any, ...]:
    def ask(contract: str, function: str) -> tuple[Any, ...]:
        return view(rpc, book.address(contract), contract, function, brand_id, block=block)

    (brand,) = ask("BrandRegistry", "brand")
    issued, redeemed, paid = ask("ClearingHouse", "position")
    (next_seq,) = ask("ConversionDesk", "nextSeq")
    (version,) = ask("RateBoard", "currentVersion")
    hot = format_address(bytes.fromhex(brand[1][2:]))
    status = _STATUS_NAMES.get(brand[4], str(brand[4]))
    return brand_id, brand[0], status, hot, issued, redeemed, paid + redeemed - issued, next_seq, version
