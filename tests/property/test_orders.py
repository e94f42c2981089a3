"""R-VAL-2: checkout offsets never exceed the order, in whatever order members ask and cancel."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from alliance_node.domain.errors import DomainError
from alliance_node.domain.events import RedemptionCancelled, RedemptionMade
from alliance_node.domain.instants import parse_instant
from tests.unit.domain.life import Life
from tests.unit.domain.sample import BASE, sample

START = parse_instant("2026-03-02T12:00:00+08:00")
ORDERS = {"o1": 999, "o2": 2_000}

steps = st.one_of(
    st.tuples(st.just("pay"), st.integers(0, 2), st.sampled_from(sorted(ORDERS)), st.integers(1, 12)),
    st.tuples(st.just("cancel"), st.integers(0, 2), st.integers(0, 30), st.just(0)),
)


@given(st.lists(steps, max_size=40), st.integers(1, 100), st.integers(10, 99))
def test_offsets_of_one_order_never_exceed_its_cap(
    script: list[tuple[str, int, object, int]], percent: int, day: int
) -> None:
    """Three members share two orders and their caps, on a redemption day, with cancellations in between."""
    offset = {**BASE["redemption"][0], "max_order_percent": percent}
    days = [{"id": "day", "label": {"en": "d", "zh": "d"}, "percent": day, "when": {"weekdays": [1]}}]
    program = sample({"redemption": [offset, *BASE["redemption"][1:]], "redemption_days": days})
    members = [Life(program, START, "Asia/Shanghai") for _ in range(3)]
    shared = members[0].limits
    for member in members:
        member.limits = shared
        member.purchase(1_000_000)
    for name, who, what, count in script:
        member = members[who]
        with suppress(DomainError):
            if name == "pay":
                member.offset(count * day, ORDERS[str(what)], order_id=str(what))
            else:
                paid = [event for event in member.stream if isinstance(event, RedemptionMade)]
                member.cancel(paid[int(str(what)) % len(paid)].redemption_id if paid else "none")
        for order_id, amount in ORDERS.items():
            assert 0 <= sum(paid_of(member, order_id) for member in members) == -shared.get(f"order:{order_id}", 0)
            assert -shared.get(f"order:{order_id}", 0) <= amount * percent // 100


def paid_of(member: Life, order_id: str) -> int:
    """What points of the member still pay of the order, from the events alone."""
    gone = {event.redemption_id for event in member.stream if isinstance(event, RedemptionCancelled)}
    return sum(
        event.value_minor
        for event in member.stream
        if isinstance(event, RedemptionMade) and event.order_id == order_id and event.redemption_id not in gone
    )
