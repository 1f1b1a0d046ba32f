"""`channel-manager demo`: watch it, play it once, or throw its data away."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rich.panel import Panel

from channel_manager.cli import database, ports, serving
from channel_manager.cli.demo.arrivals import MOST, Arrivals
from channel_manager.cli.demo.stage import Folder, Ports, Stage, address
from channel_manager.cli.endings import Code, Stop
from channel_manager.cli.signals import Stopping
from channel_manager.cli.terminal import console, say

CHOOSE = "Stop it, or choose others: `make demo PORT=9000` takes 9000, 9001 and 9002."


def demonstrate(data: Path, port: int) -> None:
    """Until Ctrl-C, SIGTERM or a closed terminal."""
    chosen = Ports(web=port, walmart=port + 1, commerce=port + 2)
    wanted = {"pages": chosen.web, "Walmart simulator": chosen.walmart, "Commerce simulator": chosen.commerce}
    with Folder(data) as folder:
        ports.require_free("127.0.0.1", wanted, CHOOSE)
        folder.require_continuable()
        with _running(folder.path, chosen) as (stage, stopping):
            _welcome(chosen)
            _keep_arriving(stage, stopping)
    say("Stopped. `make demo` continues with the same data, `make demo-reset` starts afresh.")


def play_once() -> Code:
    """The same life without a browser, in a folder and on ports of its own. Whether both sides agree at the end."""
    path = Path(tempfile.mkdtemp(prefix="channel-manager-demo-"))
    try:
        web, walmart, commerce = ports.free(3)
        with Folder(path), _running(path, Ports(web, walmart, commerce), prices=True) as (stage, stopping):
            from channel_manager.cli.demo.playing import play  # noqa: PLC0415 - needs the settings

            agreed = play(stage, stopping)
        return Code.DONE if agreed else Code.PROBLEM
    finally:
        _leave(path)
        shutil.rmtree(path, ignore_errors=True)


def reset(data: Path) -> None:
    """Raises Stop while the demo runs."""
    if not data.exists():
        say(f"There is nothing to remove: {data} does not exist.")
        return
    if not (data / "demo.lock").exists():
        raise Stop(f"{data} is not the folder of a demo; it was left alone.", Code.USAGE)
    with Folder(data) as folder:
        if not database.embedded_has_stopped(folder.path):
            raise Stop(f"The demo's database is still in use in {folder.path}. Stop what uses it, then try again.")
        shutil.rmtree(folder.path)
    say(f"Removed {data}. The next `make demo` starts afresh.")


@contextmanager
def _running(folder: Path, chosen: Ports, *, prices: bool = False) -> Iterator[tuple[Stage, Stopping]]:
    """Everything up at the beginning and down at the end, in whatever way that comes."""
    stage = Stage(folder, chosen)
    with Stopping() as stopping:
        try:
            _start(stage, stopping, prices=prices)
            yield stage, stopping
        finally:
            if stopping.asked:
                say("\nStopping …")
            stage.stop(hurry=lambda: stopping.asked > 1)


def _start(stage: Stage, stopping: Stopping, *, prices: bool) -> None:
    """`prices`: they follow Commerce from the beginning; else their first comparison waits for whoever looks."""

    def asked() -> bool:
        return stopping.asked > 0

    say("Starting the simulators of Walmart and Commerce, the database, the web server and the worker …")
    stage.start_platforms()
    stage.open_installation()
    from django.utils import timezone  # noqa: PLC0415 - needs the settings

    from channel_manager.cli.demo import sandbox, stock  # noqa: PLC0415 - as above

    store = sandbox.prepare(stage.walmart.url, stage.commerce.url, at=timezone.now())
    stage.wait_until(stage.platforms_answer, "The simulators", asked)
    sold = stock.offer(stage.walmart, stage.commerce)
    stage.start_service()
    stage.wait_until(stage.pages_answer, "The web server", asked)
    stage.wait_until(sandbox.is_subscribed, "The notifications of Walmart", asked)
    stage.wait_until(partial(stock.is_matched, sold), "The listings", asked)
    stock.follow(store, ("stock", "price") if prices else ("stock",))


def _welcome(chosen: Ports) -> None:
    from channel_manager.cli.demo.sandbox import PASSWORD, USER  # noqa: PLC0415 - needs the settings

    words = (
        f"[bold]{address(chosen.web)}[/]    sign in as [bold]{USER}[/] with the password [bold]{PASSWORD}[/]\n\n"
        f"What Walmart shows:   {address(chosen.walmart)}\n"
        f"What Commerce shows:  {address(chosen.commerce)}\n\n"
        "Orders keep arriving. Ctrl-C stops everything; nothing is lost."
    )
    console().print(Panel(words, title="Channel Manager", expand=False, padding=(1, 2)))


def _keep_arriving(stage: Stage, stopping: Stopping) -> None:
    arrivals = Arrivals(stage.walmart, stage.commerce, placed=len(stage.walmart.orders()))
    for shape, number in arrivals.first():
        _tell(shape, number)
    serving.watch(stage.supervisor, stopping, partial(_let_one_arrive, arrivals))


def _let_one_arrive(arrivals: Arrivals) -> None:
    if not arrivals.due():
        return
    try:
        _tell(*arrivals.next())
    except Stop as problem:  # a simulator that was killed is being started again
        say(problem.sentence)
    if arrivals.finished():
        say(f"{MOST} orders have arrived; no more come.")


def _tell(shape: str, number: str) -> None:
    say(f"{time.strftime('%H:%M:%S')}  Walmart releases order {number} ({shape.replace('_', ' ')})")


def _leave(path: Path) -> None:
    """Give the database up, and wait until it has gone."""
    database.leave_embedded()
    database.embedded_has_stopped(path)
