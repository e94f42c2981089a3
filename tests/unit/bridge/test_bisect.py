"""Finding the items that make a batch revert (pitfall 23)."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.transactions.bisect import find_culprits


@given(st.lists(st.booleans(), min_size=1, max_size=150).filter(any))
def test_every_culprit_is_found_and_nobody_else(bad: list[bool]) -> None:
    rounds = 0

    def passes(groups: list[list[int]]) -> list[bool]:
        nonlocal rounds
        rounds += 1
        return [not any(bad[index] for index in group) for group in groups]

    verdict = find_culprits(range(len(bad)), passes)
    assert verdict.culprits == [index for index, is_bad in enumerate(bad) if is_bad]
    assert verdict.keep is None
    assert rounds <= 8


@given(st.integers(2, 150), st.integers(1, 149))
def test_items_that_fail_only_together_are_made_fewer(count: int, most: int) -> None:
    def passes(groups: list[list[int]]) -> list[bool]:
        return [len(group) <= most for group in groups]

    if count <= most:
        return
    verdict = find_culprits(range(count), passes)
    assert verdict.culprits == []
    assert verdict.keep is not None
    assert 1 <= verdict.keep <= most
