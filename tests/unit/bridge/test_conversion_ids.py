"""Ids that name a member to the brand alone, so that a restored node knows whose points its forgotten items took."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from bridge.protocol.references import make_conversion_id, member_tag, open_reference, seal_reference, tag_of

KEY, OTHER_KEY = b"\x01" * 32, b"\x02" * 32
MEMBERS = st.uuids()


@given(member=MEMBERS, now=st.integers(0, (1 << 48) - 1), chance=st.integers(0, (1 << 34) - 1))
def test_the_brand_finds_its_member_again_in_the_sealed_reference(member: uuid.UUID, now: int, chance: int) -> None:
    made = make_conversion_id(KEY, member.bytes, now, chance)
    read = uuid.UUID(bytes=open_reference(KEY, seal_reference(KEY, made.bytes)))
    assert read == made
    assert (read.version, read.variant) == (8, uuid.RFC_4122)
    assert tag_of(read) == member_tag(KEY, member.bytes)


@given(now=st.integers(0, (1 << 48) - 2), chance=st.integers(0, (1 << 34) - 2))
def test_ids_of_a_member_differ_by_time_and_chance_and_sort_by_time(now: int, chance: int) -> None:
    member = uuid.UUID(int=7).bytes
    first, later = make_conversion_id(KEY, member, now, chance), make_conversion_id(KEY, member, now + 1, chance)
    assert first < later
    assert first != make_conversion_id(KEY, member, now, chance + 1)


def test_without_the_key_the_tag_says_nothing_and_other_ids_carry_none() -> None:
    member = uuid.UUID(int=7).bytes
    assert member_tag(KEY, member) != member_tag(OTHER_KEY, member)
    assert tag_of(uuid.uuid4()) is None
