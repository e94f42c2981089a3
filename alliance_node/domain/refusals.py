"""Owns what members and staff read when a command is refused: the error's own words in one language. The same for a
preview and for the refusal of the real call. Refuses nothing."""

from __future__ import annotations

import msgspec

from alliance_node.domain.errors import DomainError


class Refusal(msgspec.Struct, frozen=True):
    """Why it is refused, and what to do next."""

    code: str
    message: str
    next_step: str


def refusal(error: DomainError, language: str) -> Refusal:
    """The refusal as it is read in the language."""
    if language == "zh":
        return Refusal(error.code, error.chinese, error.next_step_chinese)
    return Refusal(error.code, error.message, error.next_step)
