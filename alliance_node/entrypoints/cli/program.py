"""`alliance program`: look at, check and explain program files. Touches no node."""

from pathlib import Path
from typing import Annotated

import typer

from alliance_node.domain.program import ProgramInvalid, json_schema, load_program, warnings
from alliance_node.domain.program.summary import summary as summary_of
from alliance_node.entrypoints.cli.common import err, out, show
from alliance_node.entrypoints.cli.errors import CommandRefused
from alliance_node.entrypoints.presets import preset_names, preset_text

app = typer.Typer(no_args_is_help=True, help="Program files: rules as data.")


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
def validate(file: Annotated[Path, typer.Argument(help="A program file (YAML).")]) -> None:
    """Check a program file; every error at once, with its line.

    Example: `alliance program validate program.yaml`
    """
    text = read_program(file)
    try:
        program = load_program(text, file.name)
    except ProgramInvalid as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        err.print(f"{len(error.problems)} problem(s)")
        raise typer.Exit(1) from None
    for warning in warnings(program, text, file.name):
        typer.echo(f"warning: {warning}", err=True)
    out.print(f"{file.name}: {program.name.en}, version {program.version}: valid")


@app.command()
def summary(
    file: Annotated[Path | None, typer.Argument(help="A program file; or use --preset.")] = None,
    preset: Annotated[str | None, typer.Option(help="A shipped program.")] = None,
    lang: Annotated[str, typer.Option(help="en or zh.")] = "en",
) -> None:
    """Say in plain words what a program does.

    Example: `alliance program summary --preset coffee-stars --lang zh`
    """
    if (file is None) == (preset is None):
        raise CommandRefused("name a file or a preset, not both", "See `alliance program presets`.", "usage")
    text = preset_text(preset) if preset is not None else read_program(file or Path())
    try:
        program = load_program(text, preset or str(file))
    except ProgramInvalid as error:
        raise CommandRefused(str(error), "Run `alliance program validate` on the file.", "invalid_program") from None
    typer.echo(summary_of(program, lang))


def read_program(file: Path) -> str:
    """The text of a program file; raises CommandRefused."""
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise CommandRefused(f"{file}: {reason}", "Name a readable YAML file.", "file_missing") from None
