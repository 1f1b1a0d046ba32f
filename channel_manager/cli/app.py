"""The commands and their options. What they do is imported when they run, so that `--help` loads no Django."""

# ruff: noqa: PLC0415 - see above

from pathlib import Path
from typing import Annotated

import typer

from channel_manager.cli.endings import Code, explain
from channel_manager.cli.orders.commands import orders
from channel_manager.cli.stores.commands import stores
from channel_manager.cli.terminal import complain, say

EPILOG = (
    "Exit codes: 0 done · 1 a check failed, or it could not be done · 2 wrong usage · 3 not found · "
    "4 the database cannot be reached or started · 5 wrong configuration, or the database needs `migrate`.\n\n"
    "Settings come from the environment: CHANNEL_MANAGER_DATA (folder of the installation, default var), DATABASE_URL "
    "(another PostgreSQL instead of the embedded one) and others in docs/operating.md."
)
app = typer.Typer(
    name="channel-manager",
    help="Connects an Adobe Commerce or Magento Open Source shop with Walmart Marketplace.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
people = typer.Typer(no_args_is_help=True, help="The people who may sign in.")
app.add_typer(stores, name="store")
app.add_typer(orders, name="orders")
app.add_typer(people, name="user")

Host = Annotated[
    str, typer.Option(help="Address to listen on. Others than this machine's also need CHANNEL_MANAGER_HOSTS.")
]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def run(arguments: list[str] | None = None) -> int:
    """The exit code. What is not foreseen keeps its traceback: that is our mistake."""
    try:
        app(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else Code.DONE
    except KeyboardInterrupt:
        return Code.PROBLEM
    except Exception as error:
        ending = explain(error)
        if ending is None:
            raise
        complain(ending.sentence)
        return ending.code
    return Code.DONE


@app.command()
def demo(
    *,
    port: Annotated[
        int, typer.Option(min=1, max=65533, help="Port of the pages; the two simulated platforms take the next two.")
    ] = 8000,
    once: Annotated[
        bool, typer.Option("--once", help="Play a dozen orders without a browser, compare both sides, and end.")
    ] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Throw the data of the demo away, and end.")] = False,
    data: Annotated[
        Path, typer.Option(help="Folder of the demo; a real installation's data are never touched.")
    ] = Path("var/demo"),
) -> None:
    """See it work: both platforms simulated, orders arriving. Ctrl-C stops it; the next time it continues."""
    from channel_manager.cli.demo import running

    if once and reset:
        raise typer.BadParameter("--once and --reset exclude each other.")
    if reset:
        running.reset(data)
    elif once:
        raise typer.Exit(running.play_once())
    else:
        running.demonstrate(data, port)


@app.command()
def up(*, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run everything on one machine: database, web server and worker. Brings the database up to date first."""
    from channel_manager.cli import serving

    serving.run_all(host, port)


@app.command()
def web(*, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run the web server."""
    from channel_manager.cli import serving

    serving.serve_pages(host, port)


@app.command()
def worker() -> None:
    """Run a worker. Any number may run, on any machine that reaches the database."""
    from channel_manager.cli import serving

    serving.work()


@app.command()
def reconcile(
    store: Annotated[str, typer.Argument(help="The store's name.")],
    *,
    days: Annotated[int, typer.Option(min=1, max=179, help="How far back: orders placed since then.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    findings: Annotated[Path | None, typer.Option(help="Write what was found to this file, as CSV.")] = None,
    orders: Annotated[
        Path | None, typer.Option(help="Write every order that was compared to this file, as CSV.")
    ] = None,
) -> None:
    """Compare Walmart, our record and Commerce order by order. Exit code 1 when something needs you."""
    from channel_manager.cli.database import open_database

    open_database("cli")
    from channel_manager.cli import reconciling

    raise typer.Exit(reconciling.reconcile(store, days=days, as_json=as_json, findings=findings, orders=orders))


@app.command()
def migrate() -> None:
    """Bring the database up to date with this release."""
    from channel_manager.cli import serving

    serving.migrate()


@app.command()
def key() -> None:
    """Print a new key for CHANNEL_MANAGER_CREDENTIAL_KEYS. Put it before the older ones, with a comma between."""
    from cryptography.fernet import Fernet

    say(Fernet.generate_key().decode())


@people.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="The name to sign in with.")],
    *,
    store: Annotated[list[str] | None, typer.Option(help="A store they may see. Repeat for several.")] = None,
    role: Annotated[str, typer.Option(help="On those stores: viewer, operator or owner.")] = "operator",
    superuser: Annotated[bool, typer.Option("--superuser", help="May do everything on every store.")] = False,
) -> None:
    """Add a person. The password is asked for, or read from CHANNEL_MANAGER_PASSWORD or standard input."""
    from channel_manager.cli.database import open_database

    open_database("cli")
    from channel_manager.cli.people import add_person

    add_person(name, stores=store or [], role=role, superuser=superuser)
