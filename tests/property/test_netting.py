"""The netting statement and the waterfall, whatever the positions (INV-13…16).

The contract's side of the same equations is compared on a real chain in tests/integration/settlement."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.protocol.netting import FEN, Books, Statement, entitled_down, netting_statement, payouts, up_to_fen
from bridge.protocol.waterfall import waterfall

UNITS = st.integers(0, 10**12)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    """Positions of one instant: the cash is whatever makes the books balance."""
    positions = draw(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12))
    written_off = {at: draw(st.integers(0, 10**6)) for at in range(1, len(positions) + 1) if draw(st.booleans())}
    deficit = sum(written_off.values())
    need = sum(positions) - deficit  # = cash − supply
    supply = draw(st.integers(max(0, -need), max(0, -need) + 10**9))
    books = Books(7, len(positions), supply, need + supply, deficit)
    return netting_statement(books, dict(enumerate(positions, 1)), written_off)


@given(statements())
def test_when_every_due_is_paid_claims_are_paid_to_the_fen_and_points_are_backed(statement: Statement) -> None:
    books = statement.books
    collected = sum(up_to_fen(line.due) for line in statement.lines)
    paid = payouts(statement, collected)
    left = books.cash + collected - sum(paid.values())
    assert left >= books.supply or not any(paid.values())
    if statement.deficit == 0:
        assert left >= books.supply
        assert all(line.claim - paid[line.brand_id] < FEN for line in statement.lines if line.claim)


@given(statements(), UNITS, UNITS)
def test_more_cash_never_pays_anyone_less_and_never_more_than_the_claim(
    statement: Statement, some: int, more: int
) -> None:
    less, full = payouts(statement, some), payouts(statement, some + more)
    claims = {line.brand_id: line.claim for line in statement.lines}
    for brand, units in less.items():
        assert units <= full[brand] <= claims[brand]
        assert units % FEN == 0


@given(statements(), UNITS)
def test_payouts_never_touch_what_backs_the_points(statement: Statement, collected: int) -> None:
    books = statement.books
    assert sum(payouts(statement, collected).values()) <= max(0, books.cash + collected - books.supply)


@given(statements())
def test_each_brand_either_pays_or_is_paid_what_its_position_says(statement: Statement) -> None:
    for line in statement.lines:
        assert line.claim + line.made_good - line.due == line.position
        assert not (line.due and line.claim)


@given(UNITS, UNITS, UNITS, UNITS, st.dictionaries(st.integers(1, 200), st.integers(0, 10**9), max_size=20))
def test_the_waterfall_adds_up_keeps_its_order_and_its_caps(
    due: int, collateral: int, own: int, others: int, caps: dict[int, int]
) -> None:
    borne = waterfall(due, collateral, own, own + others, caps)
    assert borne.total == due
    assert all(units <= caps[brand] for brand, units in borne.assessments.items())
    if borne.own_contribution:
        assert borne.collateral == collateral
    if borne.mutual_fund:
        assert borne.own_contribution == own
    if borne.assessments:
        assert borne.mutual_fund == others
    if borne.written_off > len(caps):
        assert sum(borne.assessments.values()) >= sum(caps.values()) - len(caps)


def test_nothing_is_entitled_without_claims() -> None:
    assert entitled_down(0, 0, 5, 5, 0) == 0
