"""Text of others on a terminal: shown as it is, obeyed never."""

import io

import pytest
from rich.table import Table

from bridge.audit.findings import Check
from bridge.audit.report import Tally, build_report
from bridge.audit.summary import print_summary
from bridge.terminal import PlainConsole

HOSTILE = ["[/]", "[red]x[/red]", "\\[red]x", "[link=http://evil.example]a[/link]", ":smile:", "积分 100％"]
COMMANDS = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\r\b\ud800"


def printed(*texts: str) -> str:
    """What comes out for strings and for cells of a table."""
    out = io.StringIO()
    console = PlainConsole(file=out, width=200, force_terminal=True, color_system="truecolor", highlight=False)
    drawn = Table()
    drawn.add_column(texts[0])
    for text in texts:
        console.print(text)
        drawn.add_row(text)
    console.print(drawn)
    return out.getvalue()


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_of_others_is_shown_and_not_obeyed(text: str) -> None:
    assert printed(text).count(text) == 3


def test_no_terminal_is_commanded() -> None:
    out = printed(f"before{COMMANDS}after")
    assert out.count("before]0;owned[2J31mafter") == 3
    assert "\x1b[2J" not in out
    assert not set(out) & {"\x07", "\x08", "\r", "\x9b", "\u202e", "\ud800"}


def test_a_finding_commands_no_terminal() -> None:
    check = Check("a-check", "INV-1", "nothing")
    tally = Tally((check,))
    tally.add([check.failed(f"[/]{COMMANDS}", COMMANDS, COMMANDS)])
    brands = {"brands": [], "events": 0, "batches": 0, "items": 0, "accepted_items": 0, "rejected_items": 0}
    sums = {f"{name}_alliance_units": "0" for name in ("sum_of_positions", "pool_cash", "supply")}
    chain = {"chain_id": 1, "from_block": 0, "to_block": 1, "to_block_hash": "0x", "next_checkpoint": "1:0x"}
    out = io.StringIO()
    print_summary(build_report(tally, chain, {**brands, **sums}, []), PlainConsole(file=out, width=200))
    assert "\x1b" not in out.getvalue()
    assert "[/]]0;owned" in out.getvalue()
