"""`alliance node` commands about keys: API keys and the vault's key generations."""

from typing import Annotated

import typer
from rich.progress import Progress

from alliance_node.adapters.identity import api_keys, audit_log
from alliance_node.adapters.identity.key_provider import FileKeyProvider, next_generation, without_old_generations
from alliance_node.adapters.identity.vault import SqlVault
from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints.cli.common import DirOption, audit, err, opened, out, table
from alliance_node.entrypoints.cli.errors import CommandRefused
from alliance_node.entrypoints.composition import Node

BATCH = 500


def register(app: typer.Typer) -> None:
    """Adds the commands to `alliance node`."""
    app.command("create-key")(create_key)
    app.command("revoke-key")(revoke_key)
    app.command("list-keys")(list_keys)
    app.command("rotate-keys")(rotate_keys)
    app.command("audit-log")(show_audit_log)


def create_key(
    directory: DirOption,
    name: Annotated[str, typer.Option(help="Who will use it, e.g. till-12.")],
    scope: Annotated[list[str], typer.Option(help=f"Repeatable: {', '.join(api_keys.SCOPES)}.")],
    rate: Annotated[int, typer.Option(min=1, help="Requests a second.")] = api_keys.DEFAULT_RATE_PER_SECOND,
    burst: Annotated[int, typer.Option(min=1, help="Requests at once.")] = api_keys.DEFAULT_BURST,
) -> None:
    """Create an API key and print it, once; only its digest is stored.

    Example: `alliance node create-key --dir shop --name till --scope events:write --scope members:read`
    """
    with opened(directory) as node:
        with node.store.write() as connection:
            text = api_keys.create_key(connection, name, scope, node.wall_clock.now(), rate, burst)
        audit(node, "key.create", name)
    typer.echo(text)


def revoke_key(
    directory: DirOption, key_id: Annotated[str, typer.Argument(help="See `alliance node list-keys`.")]
) -> None:
    """End an API key; a running node refuses it within seconds.

    Example: `alliance node revoke-key --dir shop 5f0c…`
    """
    with opened(directory) as node:
        with node.store.write() as connection:
            revoked = api_keys.revoke_key(connection, key_id, node.wall_clock.now())
        if not revoked:
            raise CommandRefused("there is no such living key", "See `alliance node list-keys`.", "unknown_key")
        audit(node, "key.revoke", key_id)
    out.print("Revoked.")


def list_keys(directory: DirOption) -> None:
    """List API keys; the keys themselves are not stored.

    Example: `alliance node list-keys --dir shop`
    """
    with opened(directory) as node, node.store.read() as connection:
        keys = api_keys.list_keys(connection)
    rows = [
        (key.key_id, key.name, " ".join(sorted(key.scopes)), key.rate_per_second, "revoked" if key.revoked_at else "")
        for key in keys
    ]
    table("API keys", ["id", "name", "scopes", "per second", ""], rows)


def rotate_keys(
    directory: DirOption,
    retire: Annotated[bool, typer.Option(help="Afterwards forget the old generations.")] = False,
) -> None:
    """Add a key-encryption key and re-wrap every member's data key with it. No field is encrypted anew.

    Stop the node first: it reads its keys once. An interrupted run can simply be repeated.

    Example: `alliance node rotate-keys --dir shop --retire`
    """
    with opened(directory) as node:
        if node.settings.vault_keys != "file":
            raise CommandRefused(
                "the keys come from the environment", "Rotate them where they are kept, then run this again.", "usage"
            )
        provider = FileKeyProvider(node.settings.path(node.settings.vault_file))
        ring = next_generation(provider.load())
        provider.replace(ring)
        count = _rewrap_all(node, SqlVault(ring))
        if retire:
            provider.replace(without_old_generations(ring))
        audit(node, "vault.rotate", f"generation {ring.active}")
    out.print(f"Generation {ring.active} is active; {count} data keys were re-wrapped. Restart the node.")


def show_audit_log(directory: DirOption, limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50) -> None:
    """The newest state-changing calls: who, what, to whom, with what result.

    Example: `alliance node audit-log --dir shop --limit 20`
    """
    with opened(directory) as node, node.store.read() as connection:
        entries = audit_log.entries(connection, limit)
    rows = [(format_instant(e.at), e.actor, e.action, e.subject, e.status) for e in entries]
    table("Audit log", ["at", "actor", "action", "subject", "status"], rows)


def _rewrap_all(node: Node, vault: SqlVault) -> int:
    total = 0
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task("re-wrapping data keys", total=None)
        while True:
            with node.store.write() as connection:
                count = vault.rewrap_some(connection, BATCH)
            if not count:
                return total
            total += count
            progress.update(task, completed=total)
