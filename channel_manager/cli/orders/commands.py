"""The options of `channel-manager orders`. Django is loaded when a command runs."""

# ruff: noqa: PLC0415 - see above

from typing import Annotated

import typer

orders = typer.Typer(no_args_is_help=True, help="Look at orders, and have both platforms read now.")

StoreName = Annotated[str, typer.Option("--store", help="A store's name; all stores without it.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@orders.command("list")
def list_orders(
    *,
    store: StoreName = "",
    status: Annotated[
        str,
        typer.Option(
            help="open, partially_shipped, shipped, canceled, errors, needs_action, at_risk or buyer_asked.",
        ),
    ] = "",
    search: Annotated[str, typer.Option(help="An order number of either side, a SKU or a tracking number.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most that many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show orders, the newest first."""
    from channel_manager.cli.database import open_database

    open_database("cli")
    from channel_manager.cli.orders.listing import list_newest

    list_newest(store=store, status=status, search=search, limit=limit, as_json=as_json)


@orders.command("show")
def show_order(
    number: Annotated[str, typer.Argument(help="Walmart's or Commerce's number of the order.")],
    *,
    store: StoreName = "",
) -> None:
    """Show one order: its lines with what was ordered, shipped and canceled, its shipments and operations."""
    from channel_manager.cli.database import open_database

    open_database("cli")
    from channel_manager.cli.orders.showing import show_one

    show_one(number, store=store)


@orders.command("sync")
def sync(
    *,
    store: StoreName = "",
    wait: Annotated[bool, typer.Option("--wait", help="Until everything has been read.")] = False,
    seconds: Annotated[int, typer.Option(min=1, help="With --wait: at most that long.")] = 60,
) -> None:
    """Have the worker read both platforms now instead of at the next poll."""
    from channel_manager.cli.database import open_database

    open_database("cli")
    from channel_manager.cli.orders.syncing import read_now

    read_now(store=store, seconds=seconds if wait else 0)
