"""The member's page has words, in both languages, for everything that can appear on it."""

from typing import get_args

import pytest

from alliance_node.application.records import ConversionStatus, ConversionStep
from alliance_node.domain.events import Event
from alliance_node.entrypoints.member_web.words import CHINESE, ENGLISH, EVENT_NAMES, words_of

LOT_KINDS = ("base", "bonus", "behaviour", "received", "wallet", "reinstated")


def test_both_languages_have_the_same_texts() -> None:
    assert ENGLISH.keys() == CHINESE.keys()
    assert all(ENGLISH.values())
    assert all(CHINESE.values())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_status_and_step_of_a_conversion_and_every_kind_of_lot_has_words(language: str) -> None:
    words = words_of(language)
    wanted = [f"status_{status}" for status in get_args(ConversionStatus)]
    wanted += [f"step_{step}" for step in get_args(ConversionStep)]
    wanted += [f"lot_{kind}" for kind in LOT_KINDS]
    assert [name for name in wanted if name not in words] == []


def test_every_kind_of_event_has_a_name() -> None:
    kinds = {str(kind.__struct_config__.tag) for kind in get_args(Event)}
    assert kinds - EVENT_NAMES.keys() == set()
