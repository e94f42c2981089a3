"""The tree of commands. Groups that pull in the chain or the demo are imported when they are asked for."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from alliance_node.entrypoints.cli import (
    brand,
    convert,
    event,
    jobs,
    lottery,
    member,
    node,
    program,
    program_versions,
    redeem,
    standing,
)

LAZY = {
    "chain": ("alliance_node.adapters.chain.cli", "chain_app"),
    "audit": ("alliance_node.adapters.chain.cli", "audit"),
    "verify-report": ("alliance_node.adapters.chain.cli", "verify_report"),
    "import": ("alliance_node.entrypoints.cli.importing", "app"),
    "demo": ("alliance_node.entrypoints.demo.command", "demo"),
}


class LazyGroup(TyperGroup):
    """A group that imports some of its commands late."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted([*super().list_commands(ctx), *LAZY])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in LAZY:
            return super().get_command(ctx, cmd_name)
        module, attribute = LAZY[cmd_name]
        return _command(cmd_name, getattr(import_module(module), attribute))


app = typer.Typer(
    name="alliance",
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Points Alliance: brand nodes, the alliance's ledger, and an auditor that trusts neither.\n\n"
    "Start with `alliance demo`, or make a node: "
    "`alliance node init --dir shop --brand GROCER --preset grocery-points`, then `alliance node serve --dir shop`.",
)
app.add_typer(node.app, name="node")
app.add_typer(brand.app, name="brand")
app.add_typer(member.app, name="member")
app.add_typer(event.app, name="event")
app.add_typer(redeem.app, name="redeem")
app.add_typer(convert.app, name="convert")
app.add_typer(program.app, name="program")
app.add_typer(jobs.app, name="job")
app.add_typer(lottery.app, name="lottery")
standing.register(member.app)
program_versions.register(program.app)


def _command(name: str, target: Any) -> Any:
    """A click command of a Typer application or of a plain function."""
    if isinstance(target, typer.Typer):
        command: Any = typer.main.get_command(target)
    else:
        single = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode="markdown")
        single.command(name)(target)
        command = typer.main.get_command(single)
    command.name = name
    return command
