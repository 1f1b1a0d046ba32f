"""Every call of the stock and price paths fails once, and both sides end as without it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from test_stock_follows import LIFE, SKU, UPS, reading

from channel_manager.catalog.models import ATTRIBUTE, Feed, Listing
from channel_manager.sync import levels, sql
from channel_manager.sync.models import Level, SyncOperation

MANY = [f"MANY-{n:02}" for n in range(60)]
STREAMS = ("products", "all_products", "items", "inventories", *LIFE, "new_stock", "all_stock", "feeds")
WALMART_STEPS = {
    "set stock": ("PUT", "/v3/inventory"),
    "set price": ("PUT", "/v3/price"),
    "submit a file": ("POST", "/v3/feeds"),
    "find a file": ("GET", r"/v3/feeds$"),
    "read a file": ("GET", r"/v3/feeds/.+"),
    "items": ("GET", r"/v3/items$"),
    "inventories": ("GET", r"/v3/inventories$"),
    "ship": ("POST", "/shipping"),
}
COMMERCE_STEPS = {
    "what can be sold": ("GET", "export-stock-salable-qty"),
    "products": ("GET", r"/V1/products$"),
    "settings": ("GET", "/storeConfigs"),
}
FAULTS = {
    "lost reply": {"kind": "lost_reply"},
    "500 after it was done": {"kind": "status_after", "status": 500},
    "503 before": {"kind": "status_before", "status": 503},
    "429": {"kind": "status_before", "status": 429},
    "connection reset": {"kind": "reset"},
}


def time_passes(world, span=timedelta(hours=1)):
    """Whatever waits for later is due: files, busy rows, a file that may not have shown yet, and Walmart's patience."""
    world.walmart.finish_feeds()
    sql.execute("UPDATE sync_lane SET measured_at = measured_at - interval '1 hour', throttled_at = NULL")
    Feed.objects.update(due_at=timezone.now(), created_at=timezone.now() - span)
    Level.objects.filter(again_at__lt=levels.NEVER).update(again_at=timezone.now())
    for operation in SyncOperation.objects.filter(progress__has_key="tried_at"):
        tried = datetime.fromisoformat(operation.progress["tried_at"]) - span
        operation.progress["tried_at"] = tried.isoformat()
        operation.save(update_fields=["progress"])


def quiet(world):
    """Until nothing is on its way any more."""
    for _ in range(6):
        world.settle(rounds=3)
        if not Level.objects.exclude(carrier="", dirty_since=None).filter(held__isnull=True).exists():
            return
        time_passes(world)


def open_shop(world):
    world.commerce.set_products(
        [{"sku": sku, "name": sku, "price": 10, "qty": 10, "attributes": {ATTRIBUTE: "1"}} for sku in MANY]
    )
    world.walmart.set_items([{"sku": sku, "name": sku, "price": 10} for sku in MANY])
    world.sell({SKU: 10}, confirm=False)
    reading(world, *STREAMS)


def live(world):
    """All stock is told by file; then one is sold, shipped and restocked, and prices change, few and many."""
    world.follow("stock")
    world.follow("price")
    quiet(world)
    order = world.walmart.place_order(lines=[{"sku": SKU, "quantity": 3, "price": "9.99"}])
    world.commerce.set_price(SKU, 11)
    quiet(world)
    world.ship(order, {"1": 2}, [UPS])
    quiet(world)
    world.commerce.set_stock(SKU, 28)
    for sku in MANY:
        world.commerce.set_price(sku, 12)
    quiet(world)


def end_state(world):
    items = {item["sku"]: item for item in world.walmart.items()}
    return {
        "stock": {world.stock_at_walmart(sku) for sku in MANY},
        "sold": world.stock_at_walmart(SKU),
        "prices": {Decimal(items[sku]["price"]) for sku in MANY} | {Decimal(items[SKU]["price"])},
        "levels": {
            (level.kind, level.active, level.carrier, level.dirty_since, str(level.error), level.again_at)
            for level in Level.objects.all()
        },
        "sent": all(level.sent == level.wanted for level in Level.objects.all()),
        "failed": SyncOperation.objects.filter(state="failed").count(),
        "disagree": Listing.objects.filter(disagreements__gt=1).count(),
    }


EXPECTED = {
    "stock": {(10, 0, 10)},
    "sold": (28, 1, 27),
    "prices": {Decimal(12), Decimal(11)},
    "levels": {("stock", True, "", None, "None", None), ("price", True, "", None, "None", None)},
    "sent": True,
    "failed": 0,
    "disagree": 0,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_end_is_the_same_though_every_call_failed_once(world, fault):
    open_shop(world)
    for control, steps in ((world.walmart, WALMART_STEPS), (world.commerce, COMMERCE_STEPS)):
        for method, path in steps.values():
            control.faults_add(method=method, path=path, times=1, **FAULTS[fault])
    live(world)
    time_passes(world)
    quiet(world)
    assert end_state(world) == EXPECTED, sql.rows("SELECT key, carrier, wanted, sent, error FROM sync_level")
    met = [one for one in world.walmart.faults() if one.get("remaining", 1)]
    assert [one["path"] for one in met] in ([], [r"/v3/feeds$"]), "the fault was never met"
    submitted = sorted(feed["feed_type"] for feed in world.walmart.feeds())
    assert submitted == ["inventory", "price"], "no file was sent twice"
