"""`alliance lottery`: open, close, reveal, draw, and verify a draw that anyone can check (docs/lottery.md)."""

import secrets
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import Progress

from alliance_node.application.lottery_close import close_draw
from alliance_node.application.lottery_draw import draw_prizes, draw_record
from alliance_node.application.lottery_open import open_draw
from alliance_node.application.lottery_records import DrawRequest
from alliance_node.application.lottery_reveal import reveal_seed
from alliance_node.application.lottery_views import draw_view, draw_views
from alliance_node.domain.lottery import SEED_SIZE, Beacon, PartyTerms, commitment
from alliance_node.domain.lottery_record import LotteryRecord, unproven, verify
from alliance_node.entrypoints.api import views_lotteries as views
from alliance_node.entrypoints.cli.common import DirOption, JsonOption, audit, err, opened, out, pairs, show, table
from alliance_node.entrypoints.cli.errors import FINDINGS, CommandRefused

app = typer.Typer(no_args_is_help=True, help="Lotteries that anyone can verify: open, close, reveal, draw, verify.")
DrawArgument = Annotated[str, typer.Argument(help="The draw's id.")]


@app.command()
def commit(draw: DrawArgument, party: Annotated[str, typer.Argument(help="Your name in the draw.")]) -> None:
    """Make a secret seed and its commitment, for a party of a draw. Touches no node; keep the seed until the close.

    Example: `alliance lottery commit summer-2026 notary`
    """
    seed = secrets.token_bytes(SEED_SIZE)
    show({"party": party, "commitment": commitment(seed, party, draw), "seed": seed.hex()})


@app.command("open")
def open_(
    directory: DirOption,
    draw: DrawArgument,
    option: Annotated[str, typer.Argument(help="A lottery option of the program.")],
    party: Annotated[list[str], typer.Option(help="NAME:COMMITMENT of a party besides the brand; repeatable.")],
) -> None:
    """Announce a draw before its entries close; publish what is printed, byte for byte.

    Example: `alliance lottery open --dir shop summer-2026 summer-draw --party notary:5f0c…`
    """
    parties = tuple(_party(text) for text in party)
    with opened(directory) as node:
        announcement = open_draw(node.lotteries, DrawRequest(draw, option, parties), node.clock.now())
        audit(node, "lottery.open", draw)
    typer.echo(msgspec.json.encode(announcement).decode())


@app.command()
def close(directory: DirOption, draw: DrawArgument) -> None:
    """Freeze the list of entries; publish what is printed, byte for byte, before anyone reveals.

    Example: `alliance lottery close --dir shop summer-2026`
    """
    with opened(directory) as node:
        closing = close_draw(node.lotteries, draw, node.clock.now())
        audit(node, "lottery.close", draw)
    typer.echo(msgspec.json.encode(closing).decode())


@app.command()
def reveal(
    directory: DirOption,
    draw: DrawArgument,
    party: Annotated[str, typer.Argument(help="Who reveals.")],
    seed: Annotated[str, typer.Argument(help="The seed, in hexadecimal.")],
) -> None:
    """Take a party's seed, once the list is frozen.

    Example: `alliance lottery reveal --dir shop summer-2026 notary 77aa…`
    """
    with opened(directory) as node:
        reveal_seed(node.lotteries, draw, party, seed, node.clock.now())
        audit(node, "lottery.reveal", draw)
    out.print(f"The seed of {party} opens its commitment.")


@app.command("draw")
def draw_(
    directory: DirOption,
    draw: DrawArgument,
    block: Annotated[
        str | None, typer.Option(help="NUMBER:HASH:UNIX_TIME of the ledger block that stands in for missing seeds.")
    ] = None,
) -> None:
    """Draw the winners and book their prizes. A killed run is simply run again.

    Example: `alliance lottery draw --dir shop summer-2026`
    """
    beacon = _beacon(block) if block is not None else None
    with opened(directory) as node, Progress(console=err, transient=True) as progress:
        task = progress.add_task("booking prizes", total=None)
        report = draw_prizes(
            node.lotteries, draw, node.clock.now(), beacon, lambda done: progress.update(task, completed=done)
        )
        audit(node, "lottery.draw", draw)
    pairs("Draw", msgspec.structs.asdict(report))


@app.command()
def record(
    directory: DirOption, draw: DrawArgument, output: Annotated[Path, typer.Option(help="The JSON file to write.")]
) -> None:
    """Write the record that anyone can verify.

    Example: `alliance lottery record --dir shop summer-2026 --output summer-2026.json`
    """
    with opened(directory) as node:
        text = draw_record(node.lotteries, draw)
    output.write_bytes(text)
    out.print(f"Written to {output}.")


@app.command("verify")
def verify_(
    file: Annotated[Path, typer.Argument(help="A draw's record.")],
    announcement: Annotated[Path | None, typer.Option(help="The announcement as you kept it.")] = None,
    closing: Annotated[Path | None, typer.Option(help="The closing document as you kept it.")] = None,
) -> None:
    """Check a draw from its record alone: commitments, list, seeds, winners. Exit code 1 when anything differs.

    Touches no node. What was kept from the announcement and the close proves that nothing was changed afterwards.

    Example: `alliance lottery verify summer-2026.json --announcement announced.json --closing closed.json`
    """
    text = _read(file)
    findings = verify(
        text,
        _read(announcement) if announcement is not None else None,
        _read(closing) if closing is not None else None,
    )
    for finding in findings:
        typer.echo(f"{finding.check}: {finding.where}: expected {finding.expected}, found {finding.actual}")
    if findings:
        out.print(f"{len(findings)} finding(s): this draw was not what its commitments promised.")
        raise typer.Exit(FINDINGS)
    found = msgspec.json.decode(text, type=LotteryRecord)
    out.print(f"{len(found.winners)} winner(s) follow from the frozen list and the seeds. Not proven by this:")
    for sentence in unproven(found, kept_announcement=announcement is not None, kept_closing=closing is not None):
        out.print(f"- {sentence}")


@app.command("list")
def list_(directory: DirOption, json: JsonOption = False) -> None:
    """All draws, the newest close first.

    Example: `alliance lottery list --dir shop`
    """
    with opened(directory) as node:
        found = [views.draw(view) for view in draw_views(node.lotteries)]
    if json:
        show({"draws": found})
        return
    columns = ("draw", "option", "status", "reveal_ends", "drawn_at")
    table("Draws", columns, [[view[column] for column in columns] for view in found])


@app.command("show")
def show_(directory: DirOption, draw: DrawArgument) -> None:
    """Where a draw stands, and what is published of it.

    Example: `alliance lottery show --dir shop summer-2026`
    """
    with opened(directory) as node:
        show(views.draw(draw_view(node.lotteries, draw)))


def _party(text: str) -> PartyTerms:
    name, _, promised = text.partition(":")
    return PartyTerms(name, promised)


def _beacon(text: str) -> Beacon:
    try:
        number, digest, moment = text.split(":")
        return Beacon(int(number), digest, int(moment))
    except ValueError:
        raise CommandRefused(f"{text[:80]!r} is no block", "Write NUMBER:HASH:UNIX_TIME.", "usage") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandRefused(f"{path}: {error.strerror}", "Name a readable file.", "file_missing") from None
