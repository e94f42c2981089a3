"""Signed values as logs and storage keep them."""

WORD = 1 << 256


def signed(value: int) -> int:
    """A value of a signed type, as its 256-bit word is read from a log."""
    return value - WORD if value >> 255 else value
