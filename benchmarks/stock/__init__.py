"""Stock that follows Commerce: how soon one SKU does, and what many cost."""

import os

from rich.console import Console

from benchmarks.installation import Installation
from benchmarks.stock import carrying, latency, sweeping
from benchmarks.stock.shops import close_shop, open_shop
from benchmarks.table import Row, show
from channel_manager.accounts.models import User

SKUS, QUICK = 20_000, 500


def run(installation: Installation, *, quick: bool) -> None:
    """This part alone."""
    alice = User.objects.create_superuser("alice", "alice@example.com", "a long password of alice")
    installation.serve("web", "channel_manager", "web", "--port", "{port}", port=installation.web_port)
    show(measure(installation, alice, quick=quick))


def measure(installation: Installation, by: User, *, quick: bool) -> list[Row]:
    """The web server runs; no worker does. `BENCH_SKUS` says how many SKUs."""
    skus = int(os.environ.get("BENCH_SKUS", QUICK if quick else SKUS))
    console = Console(stderr=True)
    with console.status("Following …"):
        shop = open_shop(installation, "followed", 3 if quick else 20)
        rows = latency.measure(installation, shop, by, samples=3 if quick else 40)
        close_shop(installation, shop)
    with console.status(f"Sweeping {skus:,} SKUs …"):
        rows += sweeping.measure(installation, by, skus=skus)
    with console.status("Carrying them through …"):
        rows += carrying.measure(installation, skus=skus)
    return rows
