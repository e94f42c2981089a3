"""`alliance program`: look at, check, explain and compare program files. Touches no node; `program_versions` does."""

from pathlib import Path
from typing import Annotated

import typer

from alliance_node.domain.program import ProgramFile, ProgramInvalid, json_schema, load_program, warnings
from alliance_node.domain.program.compare import worse_points
from alliance_node.domain.program.reindex import reindex
from alliance_node.domain.program.summary import summary as summary_of
from alliance_node.entrypoints.api import views_programs
from alliance_node.entrypoints.cli.common import JsonOption, err, out, show, table
from alliance_node.entrypoints.cli.errors import FINDINGS, CommandRefused
from alliance_node.entrypoints.presets import preset_names, preset_text

app = typer.Typer(no_args_is_help=True, help="Program files: rules as data; and a node's versions of its program.")
FileArgument = Annotated[Path | None, typer.Argument(help="A program file; or use --preset.")]
PresetOption = Annotated[str | None, typer.Option(help="A shipped program; see `alliance program presets`.")]


@app.command()
def schema() -> None:
    """Print the JSON Schema for editors.

    Example: `alliance program schema > program.schema.json`
    """
    show(json_schema())


@app.command()
def presets() -> None:
    """List the shipped programs.

    Example: `alliance program presets`
    """
    for name in preset_names():
        out.print(name)


@app.command()
def validate(file: Annotated[Path, typer.Argument(help="A program file (YAML).")], json: JsonOption = False) -> None:
    """Check a program file; every error at once, with its line.

    Example: `alliance program validate program.yaml`
    """
    text = read_program(file)
    try:
        program = load_program(text, file.name)
    except ProgramInvalid as error:
        if json:
            show({"valid": False, "problems": views_programs.problems(error.problems)})
            raise typer.Exit(FINDINGS) from None
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        err.print(f"{len(error.problems)} problem(s)")
        raise typer.Exit(FINDINGS) from None
    advice = warnings(program, text, file.name)
    if json:
        show({"valid": True, "problems": [], "warnings": views_programs.problems(advice)})
        return
    for warning in advice:
        typer.echo(f"warning: {warning}", err=True)
    out.print(f"{file.name}: {program.name.en}, version {program.version}: valid")


@app.command()
def summary(
    file: FileArgument = None,
    preset: PresetOption = None,
    lang: Annotated[str, typer.Option(help="en or zh.")] = "en",
) -> None:
    """Say in plain words what a program does.

    Example: `alliance program summary --preset coffee-stars --lang zh`
    """
    typer.echo(summary_of(_program(file, preset), lang))


@app.command()
def returns(file: FileArgument = None, preset: PresetOption = None, json: JsonOption = False) -> None:
    """What a member gets back of each unit of money, per tier: best, typical and worst option; warns outside 1 to 5 %.

    Example: `alliance program returns --preset coffee-stars`
    """
    found = views_programs.returns(_program(file, preset))
    if json:
        show(found)
        return
    rows = [
        (tier["tier"], name, f"{tier[name]['percent']} %", tier[name]["option"], tier[name]["way"])
        for tier in found["tiers"]
        for name in ("best", "typical", "worst")
    ]
    table("Effective return", ("tier", "", "return", "option", "earned by"), rows)
    for warning in found["warnings"]:
        typer.echo(f"warning: {warning}", err=True)


@app.command()
def compare(
    old: Annotated[Path, typer.Argument(help="The program file as it is.")],
    new: Annotated[Path, typer.Argument(help="The program file as it would be.")],
    json: JsonOption = False,
) -> None:
    """Every point in which the new file is worse for members. Exit code 1 when there is one: it needs notice.

    Example: `alliance program compare program.yaml program-v2.yaml`
    """
    worse = worse_points(_loaded(old), _loaded(new))
    if json:
        show({"worse": views_programs.changes(worse)})
    else:
        for change in worse:
            typer.echo(f"{'devaluation' if change.devaluation else 'worse'}: {change}")
        out.print(f"{len(worse)} point(s) are worse for members")
    if worse:
        raise typer.Exit(FINDINGS)


@app.command("reindex")
def reindex_(
    file: Annotated[Path, typer.Argument(help="The program file as it is.")],
    percent: Annotated[str, typer.Option(help="By how much, e.g. 2.5 for a year's inflation.")],
    version: Annotated[int, typer.Option(min=2, help="The number of the new version.")],
) -> None:
    """Print the program as a new version with every money threshold and value moved by a percentage; points stay.

    Announce the result like any version: what is worse for members needs the notice period.

    Example: `alliance program reindex program.yaml --percent 2.5 --version 2 > program-v2.yaml`
    """
    try:
        text = reindex(read_program(file), percent, version)
    except ProgramInvalid as error:
        raise CommandRefused(str(error), "Run `alliance program validate` on the file.", "invalid_program") from None
    except ValueError as error:
        raise CommandRefused(str(error), "Write the percentage like 2.5.", "usage") from None
    typer.echo(text, nl=False)


def read_program(file: Path) -> str:
    """The text of a program file; raises CommandRefused."""
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise CommandRefused(f"{file}: {reason}", "Name a readable YAML file.", "file_missing") from None


def _program(file: Path | None, preset: str | None) -> ProgramFile:
    if (file is None) == (preset is None):
        raise CommandRefused("name a file or a preset, not both", "See `alliance program presets`.", "usage")
    return _loaded(file) if file is not None else load_program(preset_text(str(preset)), str(preset))


def _loaded(file: Path) -> ProgramFile:
    try:
        return load_program(read_program(file), file.name)
    except ProgramInvalid as error:
        raise CommandRefused(str(error), "Run `alliance program validate` on the file.", "invalid_program") from None
