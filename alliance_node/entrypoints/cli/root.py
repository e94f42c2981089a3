"""The tree of commands. Each group is imported when it is asked for: an auditor's machine has only what `bridge` needs,
and nobody waits for what is not used.
"""

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from alliance_node.entrypoints.cli.errors import CommandRefused

_CLI = "alliance_node.entrypoints.cli"
COMMANDS = {
    "audit": ("alliance_node.adapters.chain.cli", "audit"),
    "brand": (f"{_CLI}.brand", "app"),
    "chain": (f"{_CLI}.chain", "app"),
    "convert": (f"{_CLI}.convert", "app"),
    "demo": ("alliance_node.entrypoints.demo.command", "demo"),
    "event": (f"{_CLI}.event", "app"),
    "founder": (f"{_CLI}.founder", "app"),
    "import": (f"{_CLI}.importing", "app"),
    "job": (f"{_CLI}.jobs", "app"),
    "lottery": (f"{_CLI}.lottery", "app"),
    "member": (f"{_CLI}.member", "app"),
    "node": (f"{_CLI}.node", "app"),
    "program": (f"{_CLI}.program", "app"),
    "redeem": (f"{_CLI}.redeem", "app"),
    "settlement": ("alliance_node.adapters.chain.cli", "settlement_app"),
    "statement": (f"{_CLI}.statement", "app"),
    "verify-inclusion": ("alliance_node.adapters.chain.cli", "verify_inclusion"),
    "verify-receipt": ("alliance_node.adapters.chain.cli", "verify_receipt"),
    "verify-report": ("alliance_node.adapters.chain.cli", "verify_report"),
    "wallet": (f"{_CLI}.wallet", "app"),
}
# Modules that put more commands into a group.
ADDITIONS = {"member": f"{_CLI}.standing", "program": f"{_CLI}.program_versions"}


class LazyGroup(TyperGroup):
    """A group that imports its commands late."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        if cmd_name not in self.commands:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands[cmd_name]


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


@app.callback()
def _root() -> None:
    """A group, though no command is registered here."""


def _load(name: str) -> Any:
    """The command; where what it needs is not installed, one that says so."""
    module, attribute = COMMANDS[name]
    try:
        target = getattr(import_module(module), attribute)
        if name in ADDITIONS:
            import_module(ADDITIONS[name]).register(target)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("alliance_node", "bridge"):
            raise
        return _command(name, _not_installed(name, str(error.name)))
    return _command(name, target)


def _not_installed(name: str, missing: str) -> Any:
    def refuse(rest: Annotated[list[str] | None, typer.Argument(hidden=True)] = None) -> None:
        raise CommandRefused(
            f"`alliance {name}` needs the package {missing}",
            "Install the node as well: pip install 'points-alliance[node]'",
            "not_installed",
        )

    refuse.__doc__ = "Not installed here: needs `points-alliance[node]`."
    return refuse


def _command(name: str, target: Any) -> Any:
    """A click command of a Typer application or of a plain function."""
    if isinstance(target, typer.Typer):
        command: Any = typer.main.get_command(target)
    else:
        single = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode="markdown")
        single.command(name, context_settings={"ignore_unknown_options": target.__name__ == "refuse"})(target)
        command = typer.main.get_command(single)
    command.name = name
    return command
