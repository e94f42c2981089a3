"""One command of a member from the operator's chair: carried out or only previewed, and told in plain words.

Owns how the command line runs commands and shows their answers; decides nothing.
"""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.rehearse import rehearse
from alliance_node.domain.commands import Command
from alliance_node.entrypoints.api import views_members
from alliance_node.entrypoints.api.hot import refusal
from alliance_node.entrypoints.api.parsing import MalformedValue, parse_amount, parse_instant
from alliance_node.entrypoints.api.submission import money_of
from alliance_node.entrypoints.cli.common import audit, opened, out, pairs, show
from alliance_node.entrypoints.cli.errors import CommandRefused
from alliance_node.entrypoints.composition import Node

Json = dict[str, Any]
LangOption = Annotated[str, typer.Option("--lang", help="en or zh.")]
PreviewOption = Annotated[bool, typer.Option("--preview", help="Only say what would happen; nothing is written.")]
AtOption = Annotated[str | None, typer.Option("--at", help="When it happened, RFC 3339; the node's clock if absent.")]


def run(
    directory: Path, action: str, build: Callable[[Node], Command], *, preview: bool, json: bool, lang: str
) -> None:
    """Builds the command on the opened node and carries it out (leaving an audit entry), or previews it."""
    with opened(directory) as node:
        command = build(node)
        if preview:
            shown = rehearse(node.store, node.programs, command, node.clock.now(), lang)
            tell(views_members.preview(shown, node.currency_scale), json)
            return
        [result] = node.ledger.execute([Envelope(command)], node.clock.now())
        answer = answer_of(node, result, lang)
        audit(node, action, command.member_id)
    tell({**answer, **names_of(command)}, json)


def answer_of(node: Node, result: Result, lang: str) -> Json:
    """The accepted answer with its explanation; raises CommandRefused for a refusal, and what broke a command."""
    if result.failure is not None:
        raise result.failure
    body: Json = msgspec.json.decode(result.body)
    if not result.accepted:
        raise refused_in(result, lang)
    said = {"explanation": node.explain(result.events, lang), "notices": node.tell(result, lang)}
    return {**body, **money_of(result.events, node), **said}


def refused_in(result: Result, lang: str) -> CommandRefused:
    """A decided refusal in the caller's language."""
    told = refusal(result).document(None, lang)
    return CommandRefused(told["detail"], told["next_step"], told["code"])


def names_of(command: Command) -> Json:
    """The ids by which what was made is found again."""
    names = ("redemption_id", "use_id", "gift_id", "source", "source_event_id")
    return {name: value for name in names if (value := getattr(command, name, None)) is not None}


def tell(answer: Json, json: bool) -> None:
    """JSON, or a table of the numbers and then the sentences."""
    if json:
        show(answer)
        return
    flat = {key: value for key, value in answer.items() if not isinstance(value, dict | list) and value is not None}
    flat |= answer.get("balance", {})
    pairs("Would be" if "allowed" in answer else "Done", flat)
    for sentence in answer.get("explanation", ()):
        out.print(sentence)
    for room in answer.get("limits", ()):
        out.print(f"{room['name']}: {room['left']} of {room['maximum']} {room['unit']} left")
    if answer.get("refusal"):
        out.print(f"Refused, {answer['refusal']['code']}: {answer['refusal']['message']}")
        out.print(f"→ {answer['refusal']['next_step']}")


def instant_of(text: str | None, node: Node, option: str = "--at") -> int:
    """The instant an option names, or the node's clock; raises CommandRefused."""
    if text is None:
        return node.clock.now()
    try:
        return parse_instant(text, option)
    except MalformedValue as error:
        raise CommandRefused(str(error), "Write it like 2026-03-01T09:30:00+08:00.", "usage") from None


def amount_of(text: str, node: Node, option: str = "--amount") -> int:
    """Minor units of the program's currency; raises CommandRefused."""
    try:
        return parse_amount(text, node.currency_scale, option)
    except MalformedValue as error:
        raise CommandRefused(str(error), 'Write it like "12.34".', "usage") from None


def fresh_id() -> str:
    """An id for what a command makes."""
    return str(uuid.uuid4())
