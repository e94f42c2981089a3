"""Where the contracts keep what the auditor reads: slots and packing, as the compiler lays them out.

Owns the constants; a test compiles the contracts and compares. It may not read a chain.
"""

from eth_hash.auto import keccak

from bridge.protocol.words import word

POINT_BALANCES, POINT_SUPPLY = 11, 12
REGISTRY_COUNT_AND_CLEARING_HOUSE, REGISTRY_RECORDS = 2, 3
CLEARING_POOL_CASH, CLEARING_POSITION = 2, 3
DESK_LAST_SEQ = 0
BOARD_LATEST, BOARD_GUARANTEE, BOARD_VERSIONS = 0, 1, 2
CLOCK = 0

# Words of a registry record, counted from its first slot.
RECORD_HOT_AND_STATUS, RECORD_COLD, RECORD_SETTLEMENT, RECORD_LIMITS, RECORD_LIMITER, RECORD_BUCKETS = range(6)

# What the test compares with the compiler: contract -> {variable: (slot, offset in bytes)}.
STORAGE: dict[str, dict[str, tuple[int, int]]] = {
    "AlliancePoint": {"_balances": (POINT_BALANCES, 0), "_supply": (POINT_SUPPLY, 0)},
    "BrandRegistry": {
        "brandCount": (REGISTRY_COUNT_AND_CLEARING_HOUSE, 0),
        "_clearingHouse": (REGISTRY_COUNT_AND_CLEARING_HOUSE, 4),
        "_records": (REGISTRY_RECORDS, 0),
    },
    "ClearingHouse": {"poolCash": (CLEARING_POOL_CASH, 0), "position": (CLEARING_POSITION, 0)},
    "ConversionDesk": {"_lastSeq": (DESK_LAST_SEQ, 0)},
    "RateBoard": {
        "latestVersion": (BOARD_LATEST, 0),
        "guaranteedUntil": (BOARD_GUARANTEE, 0),
        "_versions": (BOARD_VERSIONS, 0),
    },
    "AllianceClock": {"_pausedAt": (CLOCK, 21), "_pausedSeconds": (CLOCK, 26)},
}
MEMBERS: dict[str, dict[str, tuple[int, int]]] = {
    "BrandRegistry.Record": {
        "hot": (RECORD_HOT_AND_STATUS, 0),
        "status": (RECORD_HOT_AND_STATUS, 20),
        "cold": (RECORD_COLD, 0),
        "settlement": (RECORD_SETTLEMENT, 0),
        "creditLine": (RECORD_LIMITS, 0),
        "collateral": (RECORD_LIMITS, 16),
        "limiter": (RECORD_LIMITER, 0),
    },
    "RateLimiter.RefillingBucket": {"_capacity": (0, 0), "_window": (0, 26), "_items": (1, 0)},
    "RateLimiter.RefillingBucketItem": {"_lastUsed": (0, 0), "_lastTimepoint": (0, 26)},
    "ClearingHouse.Totals": {"issued": (0, 0), "redeemed": (0, 16), "paid": (1, 0)},
    "RateBoard.Version": {"rate": (0, 0), "announcedAt": (1, 0), "effectiveAt": (1, 5), "supersededAt": (1, 10)},
    "Rate": {"inNumerator": (0, 0), "inDenominator": (0, 8), "outNumerator": (0, 16), "outDenominator": (0, 24)},
}


def entry(slot: int, key: int) -> int:
    """The slot of `mapping[key]` for a mapping at `slot`."""
    return int.from_bytes(keccak(word(key) + word(slot)), "big")


def packed(*fields: tuple[int, int]) -> int:
    """One word from (value, offset in bytes) pairs."""
    return sum(value << 8 * offset for value, offset in fields)
