"""The options of `channel-manager store`. Django is loaded when a command runs."""

# ruff: noqa: PLC0415 - see above

from pathlib import Path
from typing import Annotated

import typer

from channel_manager.cli.endings import Code

stores = typer.Typer(no_args_is_help=True, help="Stores: a Walmart seller account joined to a Commerce store view.")

SECRETS = (
    "Secrets are never taken from the command line. They are read from the environment, from --secrets FILE (JSON, or "
    "lines NAME=value), or asked for: WALMART_CLIENT_SECRET, and of Commerce's integration COMMERCE_CONSUMER_KEY, "
    "COMMERCE_CONSUMER_SECRET, COMMERCE_ACCESS_TOKEN, COMMERCE_ACCESS_TOKEN_SECRET (or COMMERCE_ACCESS_TOKEN alone, "
    "with --bearer)."
)


@stores.command("add", epilog=SECRETS)
def add(
    *,
    name: Annotated[str, typer.Option(help="What people call the store.")] = "",
    client_id: Annotated[str, typer.Option(help="Client ID of Walmart's API keys.")] = "",
    channel_type: Annotated[str, typer.Option(help="Walmart's consumer channel type, where it was issued.")] = "",
    walmart_url: Annotated[str, typer.Option(help="Address of Walmart's API.")] = "https://marketplace.walmartapis.com",
    commerce_url: Annotated[str, typer.Option(help="Address of the shop, without /rest.")] = "",
    signing_url: Annotated[str, typer.Option(help="The address as the shop sees itself behind a proxy.")] = "",
    admin_url: Annotated[str, typer.Option(help="Address of the Commerce Admin, for links.")] = "",
    store_view: Annotated[str, typer.Option(help="Code of the store view that gets the orders.")] = "",
    bearer: Annotated[bool, typer.Option("--bearer", help="Sign in to Commerce with the access token alone.")] = False,
    secrets: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A file with the secrets.")] = None,
) -> None:
    """Connect a seller account with a store view. What is not given is asked for; both connections are tested first.

    Nothing is written to either platform before the first connection is confirmed on the store's page.
    """
    from channel_manager.cli.database import open_database

    open_database("cli")
    from channel_manager.cli.stores.connecting import Given, Secrets, add_store

    given = Given(
        name=name,
        client_id=client_id,
        channel_type=channel_type,
        walmart_url=walmart_url,
        commerce_url=commerce_url,
        signing_url=signing_url,
        admin_url=admin_url,
        store_view=store_view,
        bearer=bearer,
    )
    add_store(given, Secrets.of(secrets))


@stores.command("list")
def list_stores(*, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show all stores."""
    from channel_manager.cli.database import open_database

    open_database("cli")
    from channel_manager.cli.stores.showing import list_all

    list_all(as_json=as_json)


@stores.command("check")
def check(name: Annotated[str | None, typer.Argument(help="A store's name; all stores without it.")] = None) -> None:
    """Test the connections of a store. Reads only. Exit code 1 when a check fails."""
    from channel_manager.cli.database import open_database

    open_database("cli")
    from channel_manager.cli.stores.showing import check_stores

    raise typer.Exit(Code.DONE if check_stores(name) else Code.PROBLEM)


@stores.command("credentials", epilog=SECRETS)
def credentials(
    *,
    name: Annotated[str, typer.Argument(help="The store's name.")],
    client_id: Annotated[str, typer.Option(help="Client ID of Walmart's new API keys; unless it is the same.")] = "",
    channel_type: Annotated[str, typer.Option(help="Walmart's consumer channel type, where it was issued.")] = "",
    bearer: Annotated[bool, typer.Option("--bearer", help="Sign in to Commerce with the access token alone.")] = False,
    secrets: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A file with the secrets.")] = None,
) -> None:
    """Give a store new keys for both platforms. They are tested first; what waited for them goes on at once."""
    from channel_manager.cli.database import open_database

    open_database("cli")
    from channel_manager.cli.people import named_store
    from channel_manager.cli.stores.connecting import Given, Secrets, change_credentials

    given = Given(client_id=client_id, channel_type=channel_type, bearer=bearer)
    change_credentials(named_store(name), given, Secrets.of(secrets))


@stores.command("take-over")
def take_over(
    *,
    name: Annotated[str, typer.Argument(help="The store's name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Nobody else works on this account: do not ask.")] = False,
) -> None:
    """Let a store write again whose database was copied or moved. Only when no other installation is left."""
    from channel_manager.cli.database import open_database

    open_database("cli")
    from channel_manager.cli.people import named_store
    from channel_manager.cli.stores.taking_over import take_over_store

    take_over_store(named_store(name), yes=yes)


@stores.command("alerts")
def alerts(
    *,
    name: Annotated[str, typer.Argument(help="The store's name.")],
    test: Annotated[bool, typer.Option("--test", help="Send a test alert to every channel now.")] = False,
) -> None:
    """Show where alerts of a store go and what came of them. Exit code 1 while one of its channels fails."""
    from channel_manager.cli.database import open_database

    open_database("cli")
    from channel_manager.cli.people import named_store
    from channel_manager.cli.stores import alerts as commands

    store = named_store(name)
    if test:
        commands.test(store)
    raise typer.Exit(Code.DONE if commands.tell(store) else Code.PROBLEM)


@stores.command("notifications")
def notifications(
    *,
    name: Annotated[str, typer.Argument(help="The store's name.")],
    on: Annotated[bool | None, typer.Option("--on/--off", help="Have Walmart tell of news, or no longer.")] = None,
    renew: Annotated[bool, typer.Option("--renew", help="A new address and password at Walmart.")] = False,
    shop: Annotated[bool, typer.Option("--shop", help="A new address and secret for the shop, shown once.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Only show how it stands, as without options.")] = False,
) -> None:
    """Show how notifications of a store stand, or change it. Exit code 1 while something is wrong with them."""
    from channel_manager.cli.database import open_database

    open_database("cli")
    from channel_manager.cli.people import named_store
    from channel_manager.cli.stores import notifications as commands

    store = named_store(name)
    if on is not None and not status:
        commands.switch(store, on=on)
    if renew and not status:
        commands.renew(store)
    if shop and not status:
        commands.admit_shop(store)
    raise typer.Exit(Code.DONE if commands.tell(store) else Code.PROBLEM)
