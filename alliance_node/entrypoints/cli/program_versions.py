"""`alliance program` commands on a node: announce a version, list versions with their dates, withdraw one."""

from pathlib import Path
from typing import Annotated

import typer

from alliance_node.application.activate_program import activate_program, announced_versions, withdraw_program
from alliance_node.entrypoints.api import views_programs
from alliance_node.entrypoints.cli.carry_out import LangOption, instant_of
from alliance_node.entrypoints.cli.common import DirOption, JsonOption, audit, opened, out, show, table
from alliance_node.entrypoints.cli.program import read_program


def register(app: typer.Typer) -> None:
    """Adds the commands to `alliance program`."""
    app.command()(announce)
    app.command()(versions)
    app.command()(withdraw)


def announce(
    directory: DirOption,
    file: Annotated[Path, typer.Argument(help="The new version of the program.")],
    effective_from: Annotated[str, typer.Option(help="RFC 3339, e.g. 2026-06-01T00:00:00+08:00.")],
) -> None:
    """Announce a new version, in force from an instant on; what is worse for members needs the notice period.

    A refused version changes nothing; a running node takes an accepted one up by itself.

    Example: `alliance program announce --dir shop program-v2.yaml --effective-from 2026-06-01T00:00:00+08:00`
    """
    with opened(directory) as node:
        moment = instant_of(effective_from, node, "--effective-from")
        text, now = read_program(file), node.clock.now()
        version = activate_program(node.programs, text, moment, now, node.brand_id).version
        audit(node, "program.announce", f"version {version}")
    out.print(f"Version {version} takes effect at {effective_from}.")


def versions(directory: DirOption, lang: LangOption = "en", json: JsonOption = False) -> None:
    """Every version with its dates, what it takes from members, and how they are told.

    Example: `alliance program versions --dir shop`
    """
    with opened(directory) as node:
        found = [views_programs.version(v, lang) for v in announced_versions(node.programs, node.clock.now())]
    if json:
        show({"versions": found})
        return
    columns = ("version", "state", "announced_at", "effective_from")
    table("Versions", (*columns, "worse"), [[*(view[c] for c in columns), len(view["worse"])] for view in found])
    for view in found:
        if view["announcement"]:
            out.print(f"Version {view['version']}: {view['announcement']}")


def withdraw(directory: DirOption, version: Annotated[int, typer.Argument(min=1, help="Its number.")]) -> None:
    """Take back the last announced version before it is in force.

    Example: `alliance program withdraw --dir shop 2`
    """
    with opened(directory) as node:
        withdraw_program(node.programs, version, node.clock.now())
        audit(node, "program.withdraw", f"version {version}")
    out.print(f"Version {version} is withdrawn.")
