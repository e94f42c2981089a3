"""`alliance job`: the jobs over all members, with progress, and the tier monitor. Members are served meanwhile."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from alliance_node.application.member_jobs import JobReport
from alliance_node.application.member_jobs import Progress as Advance
from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints import jobs
from alliance_node.entrypoints.api import views_jobs
from alliance_node.entrypoints.cli.carry_out import instant_of
from alliance_node.entrypoints.cli.common import DirOption, JsonOption, audit, err, opened, out, show, table
from alliance_node.entrypoints.cli.errors import FINDINGS, CommandRefused
from alliance_node.entrypoints.composition import Node

app = typer.Typer(no_args_is_help=True, help="Jobs over all members: expiry, tiers, recalls, notices; tier monitor.")
AtOption = Annotated[str | None, typer.Option("--at", help="The cut-off, RFC 3339; the node's clock if absent.")]


@app.command()
def sweep(directory: DirOption, at: AtOption = None, json: JsonOption = False) -> None:
    """Book what expired until the cut-off. A second run changes nothing; a killed run goes on where it stopped.

    Example: `alliance job sweep --dir shop`
    """

    def work(node: Node, advance: Advance) -> JobReport:
        return jobs.sweep(node, _cut_off(at, node), advance)

    _run(directory, "sweeping expired points", "job.expiry-sweep", work, json)


@app.command()
def tiers(directory: DirOption, at: AtOption = None, json: JsonOption = False) -> None:
    """Move members whose protection has ended to the tier they earned. A second run changes nothing.

    Example: `alliance job tiers --dir shop`
    """

    def work(node: Node, advance: Advance) -> JobReport:
        return jobs.tiers(node, _cut_off(at, node), advance)

    _run(directory, "evaluating tiers", "job.tier-evaluation", work, json)


@app.command()
def recall(
    directory: DirOption,
    recall_id: Annotated[str, typer.Argument(help="A recall that the program announced.")],
    json: JsonOption = False,
) -> None:
    """Carry out an announced clearing event of old points; refused before its date.

    Example: `alliance job recall --dir shop spring-cleaning`
    """

    def work(node: Node, advance: Advance) -> JobReport:
        return jobs.recall(node, recall_id, advance)

    _run(directory, "recalling points", f"job.recall {recall_id}", work, json)


@app.command()
def notices(directory: DirOption, json: JsonOption = False) -> None:
    """Write every notice that is due: points that end, tiers at risk, recalls. A second run changes nothing.

    Example: `alliance job notices --dir shop`
    """
    _run(directory, "writing notices", "job.notices", jobs.notices, json)


@app.command("tier-monitor")
def tier_monitor(directory: DirOption, json: JsonOption = False) -> None:
    """Members and spend by tier. Exit code 1 when an alarm is raised: the pyramid inverts, or a tier grows too large.

    Example: `alliance job tier-monitor --dir shop`
    """
    with opened(directory) as node:
        report = views_jobs.tier_report(jobs.tier_monitor(node), node.currency_scale)
    if json:
        show(report)
    else:
        columns = ("tier", "members", "members_percent", "spend", "spend_percent")
        table(f"Tiers of {report['members']} members", columns, [[row[c] for c in columns] for row in report["tiers"]])
        for alarm in report["alarms"]:
            out.print(f"alarm: {alarm['message']}", style="bold red")
    if report["alarms"]:
        raise typer.Exit(FINDINGS)


def _run(directory: Path, words: str, action: str, work: Callable[[Node, Advance], JobReport], json: bool) -> None:
    with opened(directory) as node, Progress(console=err, transient=True) as progress:
        task = progress.add_task(words, total=None)
        report = work(node, lambda done: progress.update(task, completed=done))
        audit(node, action)
    if json:
        show(report)
        return
    out.print(f"{report.members} members looked at, {report.changed} changed, {report.points} points booked")


def _cut_off(at: str | None, node: Node) -> int:
    moment = instant_of(at, node)
    if moment > node.clock.now():
        raise CommandRefused(f"{format_instant(moment)} lies in the future", "Name one that has passed.", "usage")
    return moment
