"""Every call of the stock and price paths fails once, and both sides end as without it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import test_killed_worker as killed
from django.db import transaction
from django.utils import timezone
from test_stock_follows import LIFE, SKU, UPS, reading

from channel_manager.catalog import actions as catalog_actions
from channel_manager.catalog import dispatch
from channel_manager.catalog.models import ATTRIBUTE, Feed, Listing
from channel_manager.sync import levels, sql
from channel_manager.sync.models import Level, SyncOperation

commerce, start_worker, walmart = killed.commerce, killed.start_worker, killed.walmart
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
    with transaction.atomic():
        dispatch.dispatch_all()


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


def told(world, method, path):
    return [call for call in world.walmart.requests() if call["method"] == method and call["path"].startswith(path)]


def test_a_shipment_without_an_answer_does_not_raise_the_figure(world):
    """Walmart has freed the units, and nobody knows it: what is measured meanwhile counts them in still."""
    world.sell({SKU: 10})
    reading(world, *LIFE)
    order = world.walmart.place_order(lines=[{"sku": SKU, "quantity": 3, "price": "9.99"}])
    world.settle()
    world.walmart.faults_add("lost_reply", method="POST", path="/shipping", times=1)
    world.ship(order, {"1": 3}, [UPS])
    reading(world, "stock_touched", "all_stock")
    for _ in range(3):
        levels.doubt(world.store.pk, [SKU])
        world.turn()
        assert world.stock_at_walmart(SKU) == (7, 0, 7)
    reading(world, *LIFE)
    world.settle()
    assert (world.stock_at_walmart(SKU), world.problems(order)) == ((7, 0, 7), [])


def test_a_file_with_refused_rows_and_a_refused_file(world):
    open_shop(world)
    refused = {"type": "DATA_ERROR", "code": "ERR_EXT_DATA_0101119", "description": "Wrong.", "field": "sku"}
    broken = {"type": "SYSTEM_ERROR", "code": "ERR_EXT_SYS_1", "description": "Try again.", "field": "sku"}
    world.walmart.fail_rows({MANY[0]: refused, MANY[1]: broken}, times=1)
    world.walmart.lock_items([MANY[2]], 600)
    world.follow("stock")
    world.settle(rounds=3)
    time_passes(world)
    world.settle(rounds=3)
    stated = [world.stock_at_walmart(sku)[0] for sku in MANY[:4]]
    assert stated == [None, None, None, 10]
    assert world.level(MANY[0]).error["code"] == "ERR_EXT_DATA_0101119"
    world.walmart.lock_items([MANY[2]], 0)
    time_passes(world)
    quiet(world)
    assert [world.stock_at_walmart(sku)[0] for sku in MANY[:3]] == [None, 10, 10]
    world.walmart.fail_files(1, type="DATA_ERROR", code="ERR_EXT_DATA_0503009", description="Wrong header.")
    for sku in MANY:
        world.commerce.set_stock(sku, 5)
    world.settle(rounds=3)
    time_passes(world)
    world.settle(rounds=3)
    assert Feed.objects.order_by("-id")[0].problem["said"] == "Wrong header."
    time_passes(world)
    quiet(world)
    assert {world.stock_at_walmart(sku) for sku in MANY} == {(5, 0, 5)}


def test_a_sku_that_walmart_does_not_know_says_so_and_keeps_nothing_waiting(world):
    world.sell({SKU: 10})
    reading(world, *LIFE, "all_stock")
    world.walmart.set_catalog_options(unknown_skus="refuse")
    world.walmart.remove_items([SKU])
    world.commerce.set_stock(SKU, 9)
    world.settle()
    assert world.level(SKU).error["status"] == 404
    assert len(told(world, "PUT", "/v3/inventory")) == 2
    world.settle()
    assert len(told(world, "PUT", "/v3/inventory")) == 2, "only another value is tried"


@pytest.mark.slow
def test_a_worker_killed_in_mid_send_loses_and_doubles_nothing(world, walmart, commerce, start_worker):
    """Of one SKU and of a file: it was executed, the answer kept, and the worker killed."""
    world.sell({SKU: 10})
    worker = start_worker()
    walmart.keep("PUT", "/v3/inventory")
    world.commerce.set_stock(SKU, 8)
    levels.doubt(world.store.pk, [SKU])
    assert walmart.executed.wait(30)
    killed.kill(worker)
    world.commerce.set_stock(SKU, 10)
    killed.time_passes()
    worker = start_worker()
    levels.doubt(world.store.pk, [SKU])
    killed.until(lambda: world.stock_at_walmart(SKU)[0] == 10, "what was sent before is sent again")

    walmart.keep("POST", "/v3/feeds")
    world.walmart.set_items([{"sku": sku, "name": sku, "price": 10} for sku in MANY])
    world.commerce.set_products(
        [{"sku": sku, "name": sku, "price": 10, "qty": 10, "attributes": {ATTRIBUTE: "1"}} for sku in MANY]
    )
    catalog_actions.refresh(world.store)
    assert walmart.executed.wait(30)
    killed.kill(worker)
    killed.time_passes()
    start_worker()
    killed.until(lambda: Feed.objects.exclude(feed_id="").exists(), "the file is found")
    assert len(world.walmart.feeds()) == walmart.times("POST", "/v3/feeds") == 1
