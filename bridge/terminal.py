"""A console for text that others wrote: nothing in it is markup, and no terminal obeys it.

Owns what a terminal may get from files, chains and tills. Styles are given by the caller (`style`, `rich.text.Text`).
"""

from typing import Any

from rich.console import Console
from rich.text import Text

_CONTROLS = (*range(0x00, 0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0))
_DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SURROGATES = range(0xD800, 0xE000)
_GONE = dict.fromkeys((*_CONTROLS, *_DIRECTIONS, *_SURROGATES))


def plain(text: str) -> str:
    """The text without characters that move the cursor, change colours or turn the direction of writing."""
    return text.translate(_GONE)


class PlainConsole(Console):
    """Prints strings, in tables too, as they are: without markup, emoji codes or control characters."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(plain(text), **{**options, "markup": False, "emoji": False})
