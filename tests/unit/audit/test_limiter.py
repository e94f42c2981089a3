"""The auditor's limiter arithmetic (pitfall 33)."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.audit.contracts.limiter import Limiter

amounts = st.integers(min_value=0, max_value=2**64 - 1)
seconds = st.integers(min_value=0, max_value=2**32)


def test_a_bucket_refills_in_a_straight_line_and_rounds_the_refill_down() -> None:
    bucket = Limiter(capacity=100, window=30)
    bucket.consume(100, at=1_000)
    assert bucket.available(1_000) == 0
    assert bucket.available(1_001) == 3
    assert bucket.available(1_029) == 96
    assert bucket.available(1_030) == 100


@given(amounts, seconds, amounts, seconds, seconds)
def test_a_change_of_limits_never_refills(
    capacity: int, window: int, raised: int, new_window: int, elapsed: int
) -> None:
    """Pitfall 33: what was used at the moment of the change stays used, whatever the new limits are."""
    bucket = Limiter(capacity, window)
    bucket.consume(capacity, at=10)
    used = bucket.used_now(10 + elapsed)
    bucket.change(raised, new_window, at=10 + elapsed)
    assert bucket.used_now(10 + elapsed) == used


def test_a_limiter_that_was_never_set_allows_nothing() -> None:
    assert Limiter().available(10**9) == 0
