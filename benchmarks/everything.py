"""All measurements in one run, in an order in which none disturbs the next."""

from django.db import connection
from rich.console import Console

from benchmarks import arriving, delivering, listing, memory, receiving, reconciling, samples, serving, stock, waking
from benchmarks.installation import Installation
from benchmarks.table import Row, show
from channel_manager.accounts.models import User
from channel_manager.stores.models import Store
from channel_manager.sync.models import SyncOperation
from channel_simulators.commerce.control_client import CommerceControl
from channel_simulators.walmart.control_client import WalmartControl


def run(installation: Installation, *, quick: bool) -> None:
    """A receipt of 20,000 orders is also what the orders page is measured on."""
    console = Console(stderr=True)
    rows: list[Row] = []
    with console.status("Receiving …"):
        big = samples.store("big", "big-client")
        rows.append(receiving.measure(big, pages=2 if quick else 100, size=200))
        _put_to_rest(big)
    walmart_url = installation.serve("walmart", "channel_simulators", "walmart", "--port", "{port}")
    commerce_url = installation.serve("commerce", "channel_simulators", "commerce", "--port", "{port}")
    walmart, commerce = WalmartControl(walmart_url), CommerceControl(commerce_url)
    alice = User.objects.create_superuser("alice", "alice@example.com", "a long password of alice")
    with console.status("Delivering …"):
        told = samples.store("told", delivering.ACCOUNT, walmart_url, "http://127.0.0.1:2")
        rows.append(delivering.measure(told, walmart, operations=50 if quick else 1000))
        _put_to_rest(told)
    with console.status("Comparing …"):
        shop_url = installation.serve("shop", "channel_simulators", "commerce", "--port", "{port}")
        compared = samples.store("compared", reconciling.ACCOUNT, walmart_url, shop_url)
        rows.append(reconciling.measure(compared, walmart, orders=30 if quick else 2000))
        installation.stop("shop")
        _put_to_rest(compared)
    store = samples.store("lived", "sandbox-client", walmart_url, commerce_url)
    installation.start("worker", "channel_manager", "worker")
    with console.status("Waking …"):
        rows += waking.measure(store, walmart, commerce, alice, samples=5 if quick else 36)
    with console.status("Polling …"):
        rows += arriving.by_polling(store, walmart, commerce, samples=3 if quick else 20)
    url = installation.serve("web", "channel_manager", "web", "--port", "{port}", port=installation.web_port)
    with console.status("Notifying …"):
        rows += arriving.by_notification(installation, store, walmart, commerce, samples=3 if quick else 20)
        rows.append(arriving.answered(store, calls=40 if quick else 400))
    with console.status("Serving …"):
        rows.append(serving.measure(installation, big, alice, url, seconds=0.5 if quick else 5.0))
    with console.status("Listing …"):
        rows += listing.measure(alice, orders=20_000 if quick else 200_000, rounds=5 if quick else 40)
    rows += memory.measure(installation)
    installation.stop("worker")
    _put_to_rest(store)
    rows += stock.measure(installation, alice, quick=quick)
    show(rows)


def _put_to_rest(store: Store) -> None:
    """Its orders stay to be shown; nothing of it is to be done."""
    SyncOperation.objects.filter(store=store).delete()
    Store.objects.filter(pk=store.pk).update(is_active=False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("ANALYZE")
