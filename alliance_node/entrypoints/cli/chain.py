"""`alliance chain …` of a node: the bridge's own commands, and the repairs that need the node's directory."""

import os
from typing import Annotated

import typer

from alliance_node.adapters.chain import repair
from alliance_node.adapters.chain.cli import chain_app as app
from alliance_node.entrypoints.cli.common import DirOption, audit, opened, table
from alliance_node.entrypoints.cli.errors import FINDINGS, CommandRefused

KeyOption = Annotated[
    str, typer.Option("--key", help="The signing key: env:NAME, keystore:PATH:PASSWORD_NAME or web3signer:URL:ADDRESS.")
]
NewHotOption = Annotated[str, typer.Option("--new-hot", help="Address of the new posting key.")]
MineOption = Annotated[bool, typer.Option("--mine", help="Mine a block after sending (local chains that do not mine).")]

__all__ = ["app"]


@app.command()
def recover(directory: DirOption) -> None:
    """Read back from the chain what a node restored from a backup forgot, and let its bridge go on.

    Example: `alliance chain recover --dir shop`
    """
    with opened(directory, connected=True) as node:
        link = node.alliance
        done = repair.recover_node(link.connection, link.desk, node.clock.now())
        audit(node, "chain.recover")
    typer.echo(f"{done.batches} batches with {done.items} items read back, {done.suspended} items in suspense")
    if done.suspended:
        typer.echo("→ `alliance chain suspense` lists them: their members must be asked, or their codes looked for.")


@app.command()
def adopt(
    directory: DirOption,
    seq: Annotated[int, typer.Option(help="The batch number, as the halted bridge says.")],
    key: KeyOption,
    new_hot: Annotated[str | None, typer.Option(help="Address of the new posting key.")] = None,
    mine: MineOption = False,
) -> None:
    """Approve a batch that somebody else posted with our key. Two operators must, one of them with the cold key; the
    second approval rotates the posting key, books the foreign items to suspense and lets the bridge go on.

    Example: `alliance chain adopt --dir shop --seq 7 --key env:COLD_KEY --new-hot 0x…`
    """
    with opened(directory, connected=True) as node:
        done = repair.adopt_batch(node.alliance.connection, key, os.environ, seq, new_hot, mine)
        audit(node, "chain.adopt", f"batch {seq}: approval {done.approvals} by {done.operator}")
    typer.echo(
        f"batch {done.seq}: {done.items} items, {done.foreign_items} not ours, issuing {done.foreign_units} units; "
        f"{done.approvals} approval(s)"
    )
    if not done.is_done:
        typer.echo("→ A second operator must approve with another key.")
        return
    typer.echo(f"{done.suspended} items in suspense; the bridge goes on with the new key")


@app.command()
def approvals(directory: DirOption) -> None:
    """Who approved which foreign batch: the trail of `adopt`, signatures checked again. Exit code 1: one is bad.

    Example: `alliance chain approvals --dir shop`
    """
    with opened(directory, connected=True) as node:
        rows = repair.approvals_given(node.alliance.connection)
    table("Approvals of foreign batches", ("batch", "operator", "content", "signature"), rows)
    if any(row[3] != "valid" for row in rows):
        raise typer.Exit(1)


@app.command("rotate-key")
def rotate_key(
    directory: DirOption,
    key: KeyOption,
    new_hot: NewHotOption,
    now: Annotated[bool, typer.Option("--now", help="Do not wait for signed batches: the key is stolen.")] = False,
    seconds: Annotated[float, typer.Option(help="How long to wait for them.")] = 60.0,
    mine: MineOption = False,
) -> None:
    """Replace the posting key with the cold key: what the running bridge has signed comes down first.

    Example: `alliance chain rotate-key --dir shop --key env:COLD_KEY --new-hot 0x…`
    """
    with opened(directory, connected=True) as node:
        connection = node.alliance.connection
        repair.rotate_key(connection, key, os.environ, new_hot, drain=not now, seconds=seconds, mine=mine)
        audit(node, "chain.rotate-key", new_hot)
    typer.echo(f"the posting key is {new_hot}; name it in node.toml and start the node again")


@app.command()
def requeue(directory: DirOption, item: Annotated[str, typer.Option("--item", help="The item's id.")]) -> None:
    """Give a quarantined item another try, once its cause is removed.

    Example: `alliance chain requeue --dir shop --item 0197…`
    """
    with opened(directory, connected=True) as node:
        if not repair.requeue_item(node.alliance.connection, item):
            raise CommandRefused(
                f"item {item} is not quarantined", "Look at its conversion's status.", "not_quarantined"
            )
        audit(node, "chain.requeue", item)
    typer.echo("requeued")


@app.command()
def suspense(directory: DirOption) -> None:
    """List the items that are on the brand's account at the chain and no member's. Exit code 1 when there are any.

    Example: `alliance chain suspense --dir shop`
    """
    with opened(directory, connected=True) as node:
        items = repair.suspense_of(node.alliance.connection)
    columns = ["item", "kind", "batch", "index", "counterparty", "points", "units", "state", "emptied in block"]
    rows = [
        (i.item_id, i.kind, i.seq, i.item_index, i.counterparty, i.amount, i.alliance_units, i.state, i.emptied_block)
        for i in items
    ]
    table("In suspense", columns, rows)
    if items:
        raise typer.Exit(FINDINGS)
