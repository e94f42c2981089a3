"""When an operator is told that a clock is wrong: only about blocks that are known to be fresh."""

import pytest

from bridge.indexer.clock_watch import ClockWatch

TIME = 1_790_000_000


class Looks:
    """A watch, the machine's clock and the time that really passes."""

    def __init__(self, offset: int, tolerance: int = 60) -> None:
        self.passed = 0.0
        self.offset = offset
        self.watch = ClockWatch(tolerance, lambda: TIME + self.passed + self.offset, lambda: self.passed)

    def after(self, seconds: float, number: int, made_at: int) -> int | None:
        """The difference told after a look at this head, in seconds."""
        self.passed += seconds
        self.watch.look(number, TIME + made_at)
        return self.watch.wrong.seconds if self.watch.wrong is not None else None


@pytest.mark.parametrize(("offset", "told"), [(0, None), (59, None), (3_600, 3_599), (-3_600, -3_600)])
def test_a_fresh_block_shows_whether_the_clock_is_fast_or_slow(offset: int, told: int | None) -> None:
    looks = Looks(offset)
    assert looks.after(1, 7, 1) is None  # the first head may be of any age
    assert looks.after(1, 8, 2) == told  # fast: at least so much, the block may be a second old


def test_a_block_that_is_as_old_as_the_pause_accuses_nobody() -> None:
    looks = Looks(0)
    looks.after(1, 7, 1)
    assert looks.after(7_200, 8, 10) is None
    assert looks.after(1, 9, 7_202) is None


def test_a_clock_that_was_set_right_is_told_no_more_and_a_silent_chain_says_nothing() -> None:
    looks = Looks(3_600)
    looks.after(1, 7, 1)
    assert looks.after(1, 8, 2) == 3_599
    assert looks.after(50_000, 8, 2) == 3_599  # no new block: nothing new is known
    looks.offset = 0
    assert looks.after(1, 9, 50_003) is None


def test_a_tolerance_of_nought_watches_nothing() -> None:
    looks = Looks(3_600, tolerance=0)
    looks.after(1, 7, 1)
    assert looks.after(1, 8, 2) is None


def test_the_operator_is_told_which_way_and_what_to_do() -> None:
    looks = Looks(-90)
    looks.after(1, 7, 1)
    looks.after(1, 8, 2)
    wrong = looks.watch.wrong
    assert wrong is not None
    assert (wrong.code, "90 s behind" in wrong.next_step, "NTP" in wrong.next_step) == ("clock_wrong", True, True)
