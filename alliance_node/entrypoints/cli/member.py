"""`alliance member`: one member, from the operator's chair. Personal data is read masked and leaves a log entry."""

import uuid
from typing import Annotated

import typer

from alliance_node.adapters.identity import page_links
from alliance_node.adapters.identity.fields import FIELDS
from alliance_node.application.budgets_view import member_promises
from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints.api import views
from alliance_node.entrypoints.api.hot import refusal
from alliance_node.entrypoints.cli.common import DirOption, JsonOption, audit, opened, out, pairs, show, table
from alliance_node.entrypoints.cli.errors import CommandRefused
from alliance_node.entrypoints.composition import Node
from alliance_node.entrypoints.enrolment import Enrolment, enrol, member_of, new_member_id
from alliance_node.entrypoints.erasure import erase as erase_person
from alliance_node.entrypoints.under_way import promise_under_way

app = typer.Typer(no_args_is_help=True, help="Members: enrol, balance, lots, history, explanations, page links.")
MemberArgument = Annotated[str, typer.Argument(help="The member's id (UUID).")]


@app.command("enrol")
def enrol_member(
    directory: DirOption,
    name: Annotated[str | None, typer.Option(help="Kept encrypted.")] = None,
    phone: Annotated[str | None, typer.Option(help="Kept encrypted, +86…")] = None,
    email: Annotated[str | None, typer.Option(help="Kept encrypted.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA name; the program's when absent.")] = None,
) -> None:
    """Enrol a member and print the new id.

    Example: `alliance member enrol --dir shop --phone "+86 138 0000 0000"`
    """
    fields = {"name": name, "phone": phone, "email": email}
    with opened(directory) as node:
        now = node.clock.now()
        given = {field: value for field, value in fields.items() if value is not None}
        [result] = enrol(node, [Enrolment(new_member_id(), timezone or node.timezone, now, given)], now)
        if result.failure is not None:
            raise result.failure
        if not result.accepted:
            problem = refusal(result)
            raise CommandRefused(problem.detail, problem.next_step, problem.code)
        member_id = member_of(result)
        audit(node, "member.enrol", member_id)
    typer.echo(member_id)


@app.command()
def balance(directory: DirOption, member_id: MemberArgument, json: JsonOption = False) -> None:
    """Spendable, held and pending points, tier, what expires next.

    Example: `alliance member balance --dir shop 0b6f…`
    """
    with opened(directory) as node:
        view = views.balance(node.queries.balance(checked_id(member_id), node.clock.now()))
    if json:
        show(view)
        return
    flat = {**view.pop("balance"), **view}
    flat["next_expiry"] = f"{flat['next_expiry']['points']} at {flat['next_expiry']['at'] or '-'}"
    pairs("Balance", flat)


@app.command()
def lots(directory: DirOption, member_id: MemberArgument, json: JsonOption = False) -> None:
    """Every lot with its dates.

    Example: `alliance member lots --dir shop 0b6f…`
    """
    with opened(directory) as node:
        page = views.lot_page(node.queries.lots(checked_id(member_id), node.clock.now(), None, 500))
    if json:
        show(page)
        return
    columns = ("lot_no", "remaining", "amount", "kind", "earned_at", "expires_at", "state")
    table("Lots", columns, [[lot[column] for column in columns] for lot in page["lots"]])


@app.command()
def history(directory: DirOption, member_id: MemberArgument, json: JsonOption = False) -> None:
    """What happened, newest first.

    Example: `alliance member history --dir shop 0b6f…`
    """
    with opened(directory) as node:
        page = views.history_page(node.queries.history(checked_id(member_id), None, 200))
    if json:
        show(page)
        return
    columns = ("version", "kind", "occurred_at", "points", "reference")
    table("History", columns, [[item[column] for column in columns] for item in page["items"]])


@app.command()
def explain(
    directory: DirOption,
    member_id: MemberArgument,
    version: Annotated[int, typer.Argument(help="The event's version; see `history`.")],
    lang: Annotated[str, typer.Option(help="en or zh.")] = "en",
) -> None:
    """Why an event gave those points.

    Example: `alliance member explain --dir shop 0b6f… 7 --lang zh`
    """
    with opened(directory) as node:
        for line in node.queries.explanation(checked_id(member_id), version, lang):
            out.print(line)


@app.command()
def promises(
    directory: DirOption, member_id: MemberArgument, lang: Annotated[str, typer.Option(help="en or zh.")] = "en"
) -> None:
    """Bonuses and awards that a sponsor has yet to pay: where they are, who must act, until when.

    Example: `alliance member promises --dir shop 0b6f…`
    """
    with opened(directory, connected=True) as node:
        _known(node, member_id)
        rows = member_promises(node.desk, checked_id(member_id)) if node.desk is not None else []
        if not rows:
            out.print("No sponsor has anything left to pay.")
        for row in rows:
            told = promise_under_way(row, node.brand_name(row.budget.sponsor), lang, format_instant)
            out.print(f"{told.where} {told.who} {told.until}")


@app.command("page-link")
def page_link(
    directory: DirOption,
    member_id: MemberArgument,
    base_url: Annotated[str | None, typer.Option(help="Where the member reaches this node.")] = None,
) -> None:
    """A link that opens the member's page once within 15 minutes.

    Example: `alliance member page-link --dir shop 0b6f…`
    """
    with opened(directory) as node:
        _known(node, member_id)
        with node.store.write() as connection:
            token = page_links.create_link(connection, node.page_key, member_id, node.wall_clock.now(), may_act=True)
        audit(node, "member.page-link", member_id)
        base = base_url or node.settings.page_address
    typer.echo(f"{base.rstrip('/')}/?link={token}")


@app.command()
def personal(
    directory: DirOption,
    member_id: MemberArgument,
    reason: Annotated[str, typer.Option(help="Why; kept in the read log.")],
) -> None:
    """Personal data, masked. The read is logged.

    Example: `alliance member personal --dir shop 0b6f… --reason "call 4711"`
    """
    with opened(directory) as node, node.store.write() as connection:
        found = node.vault.read_masked(
            connection, checked_id(member_id), FIELDS, reader="operator", reason=reason, now=node.wall_clock.now()
        )
    pairs("Personal data (masked)", found)


@app.command()
def erase(
    directory: DirOption,
    member_id: MemberArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Destroy a member's data key: personal data is gone for ever, points stay with the pseudonym.

    Example: `alliance member erase --dir shop 0b6f… --yes`
    """
    if not yes:
        typer.confirm("This can not be undone. Erase the personal data?", abort=True)
    with opened(directory) as node:
        erase_person(node, checked_id(member_id))
        audit(node, "member.erase", member_id)
    out.print("Erased.")


def _known(node: Node, member_id: str) -> None:
    node.queries.balance(checked_id(member_id), node.clock.now())


def checked_id(member_id: str) -> str:
    """The canonical form of a UUID; raises CommandRefused."""
    try:
        return str(uuid.UUID(member_id))
    except ValueError:
        raise CommandRefused("that is not an id", "Ids are UUIDs.", "usage") from None
