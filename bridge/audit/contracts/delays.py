"""A delay that changes at a date, as OpenZeppelin's `Time.Delay` packs it: the value now, the next one, and from when.

Pure. The packed word is kept as it is: effect u48 | value before u32 | value after u32.
"""

_MASK_32 = 0xFFFFFFFF


def value_at(delay: int, timestamp: int) -> int:
    """The delay in force at a time, in seconds."""
    effect, before, later = delay >> 64, delay >> 32 & _MASK_32, delay & _MASK_32
    return later if effect <= timestamp else before


def after(delay: int, new_value: int, effect: int, timestamp: int) -> int:
    """The word once a new value was set at `timestamp`, to count from `effect` on."""
    return effect << 64 | value_at(delay, timestamp) << 32 | new_value
