"""`alliance member` commands about where a member stands: outlook, tasks, notices, time zone."""

from typing import Annotated, Any

import typer

from alliance_node.application.member_notices import member_notices
from alliance_node.application.member_standing import member_outlook, member_tasks
from alliance_node.domain.commands import ChangeTimezone, Command
from alliance_node.entrypoints.api import views, views_members
from alliance_node.entrypoints.cli.carry_out import LangOption, PreviewOption, run
from alliance_node.entrypoints.cli.common import DirOption, JsonOption, opened, pairs, show, table
from alliance_node.entrypoints.cli.member import MemberArgument, checked_id
from alliance_node.entrypoints.composition import Node


def register(app: typer.Typer) -> None:
    """Adds the commands to `alliance member`."""
    app.command()(outlook)
    app.command()(tasks)
    app.command()(notices)
    app.command()(timezone)


def outlook(directory: DirOption, member_id: MemberArgument, lang: LangOption = "en", json: JsonOption = False) -> None:
    """Will the member be downgraded, and what is still needed to stay or rise?

    Example: `alliance member outlook --dir shop 0b6f…`
    """
    with opened(directory) as node:
        found, program = member_outlook(node.store, node.programs, checked_id(member_id), node.clock.now())
        view = views_members.outlook(found, program, lang)
    if json:
        show(view)
        return
    flat = {name: value for name, value in view.items() if not isinstance(value, dict)}
    for part in ("next_tier", "retention", "downgrade"):
        flat |= {f"{part}: {name}": value for name, value in (view[part] or {}).items()}
    pairs("Outlook", flat)


def tasks(directory: DirOption, member_id: MemberArgument, lang: LangOption = "en", json: JsonOption = False) -> None:
    """Goals, task chains and streaks: what is done, what is left, what it gives.

    Example: `alliance member tasks --dir shop 0b6f…`
    """
    with opened(directory) as node:
        found, program = member_tasks(node.store, node.programs, checked_id(member_id), node.clock.now())
        view = views_members.tasks(found, program.file.currency_exponent, lang)
    if json:
        show(view)
        return
    _table("Goals", view["goals"], "goal", "label", "done", "target", "unit", "points", "ends_at")
    for chain in view["chains"]:
        title = f"{chain['label']}, until {chain['ends_at']}"
        _table(title, chain["steps"], "step", "label", "state", "points", "opens_at")
    _table("Streaks", view["streaks"], "rule", "length", "today", "next_points", "bonus_day", "bonus_points")


def _table(title: str, rows: list[dict[str, Any]], *columns: str) -> None:
    table(title, columns, [[row[column] for column in columns] for row in rows])


def notices(directory: DirOption, member_id: MemberArgument, lang: LangOption = "en", json: JsonOption = False) -> None:
    """What the member was told beforehand: points that end, a tier at risk, a recall; newest first.

    Example: `alliance member notices --dir shop 0b6f…`
    """
    with opened(directory) as node:
        now, known = node.clock.now(), checked_id(member_id)
        page = views.notice_page(member_notices(node.store, node.notices, node.programs, known, now, lang))
    if json:
        show(page)
        return
    _table("Notices", page["notices"], "created_at", "kind", "text")


def timezone(
    directory: DirOption,
    member_id: MemberArgument,
    name: Annotated[str, typer.Argument(help="IANA name, e.g. Europe/Lisbon.")],
    preview: PreviewOption = False,
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """Move a member to another time zone, from the next local day on; at most once in 30 days.

    Example: `alliance member timezone --dir shop 0b6f… Europe/Lisbon`
    """

    def build(node: Node) -> Command:
        return ChangeTimezone(checked_id(member_id), name, node.clock.now())

    run(directory, "member.timezone", build, preview=preview, json=json, lang=lang)
