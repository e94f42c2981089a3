"""What to do with a signed transaction, decided from the receipt alone (pitfalls 18, 19, 20)."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.transactions.states import BatchState, InFlight, Receipt, Step, View, next_step

RESEND = 5


def flying(state: BatchState = BatchState.SENT, sent_at: int | None = 100, block_hash: bytes | None = None) -> InFlight:
    return InFlight(1, 1, 7, b"h" * 32, b"raw", state, block_hash, sent_at)


def decide(one: InFlight, receipt: Receipt | None, final: int = 10, nonce: int = 7, now: int = 101) -> Step:
    return next_step(one, receipt, View(final, nonce), now, RESEND)


def receipt(number: int, *, succeeded: bool = True, block_hash: bytes = b"b" * 32) -> Receipt:
    return Receipt(number, block_hash, succeeded)


def test_what_was_signed_is_sent() -> None:
    assert decide(flying(BatchState.SIGNED, None), None) == Step.SEND


def test_what_was_sent_waits_and_is_sent_again() -> None:
    assert decide(flying(), None, now=104) == Step.WAIT
    assert decide(flying(), None, now=105) == Step.SEND


def test_a_success_is_mined_first_and_final_at_the_final_block() -> None:
    assert decide(flying(), receipt(11)) == Step.MARK_MINED
    assert decide(flying(BatchState.MINED, block_hash=b"b" * 32), receipt(11)) == Step.WAIT
    assert decide(flying(BatchState.MINED, block_hash=b"b" * 32), receipt(11), final=11) == Step.MARK_FINAL


def test_a_mined_batch_in_another_block_is_mined_again() -> None:
    assert decide(flying(BatchState.MINED, block_hash=b"a" * 32), receipt(11)) == Step.MARK_MINED


def test_a_mined_batch_without_a_receipt_was_reorganised_away() -> None:
    assert decide(flying(BatchState.MINED, block_hash=b"a" * 32), None) == Step.BACK_TO_SENT


def test_a_failure_counts_only_at_a_final_block() -> None:
    assert decide(flying(), receipt(11, succeeded=False)) == Step.WAIT
    assert decide(flying(), receipt(10, succeeded=False)) == Step.MARK_REVERTED


def test_a_nonce_that_somebody_else_used_is_suspicious() -> None:
    assert decide(flying(), None, nonce=8) == Step.SUSPECT_NONCE


@given(
    st.sampled_from([BatchState.SIGNED, BatchState.SENT, BatchState.MINED]),
    st.integers(0, 2**40),
    st.integers(0, 2**40),
    st.integers(0, 100),
    st.none() | st.builds(Receipt, st.integers(0, 200), st.just(b"b" * 32), st.booleans()),
)
def test_time_alone_never_ends_a_transaction(
    state: BatchState, sent_at: int, now: int, final: int, seen: Receipt | None
) -> None:
    """Only a receipt at a final block ends it: success as FINAL, failure as REVERTED."""
    step = decide(flying(state, sent_at, b"a" * 32), seen, final=final, now=now)
    ended = step in (Step.MARK_FINAL, Step.MARK_REVERTED)
    assert ended == (seen is not None and seen.block_number <= final)
    if ended:
        assert seen is not None
        assert (step == Step.MARK_FINAL) == seen.succeeded
