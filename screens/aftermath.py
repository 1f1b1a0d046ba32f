"""What is written by hand once the life has been played: moments, addresses, and what takes days to come about."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from channel_manager.alerts import account, actions, addresses, gathering, watching
from channel_manager.alerts.models import Channel, Message, MessageAttempt, MessageState
from channel_manager.alerts.rules.ladder import DEFAULT, Kind
from channel_manager.catalog.models import CatalogRules, Feed, FeedRow, Listing
from channel_manager.connectors import registry
from channel_manager.notifications.models import Wanted
from channel_manager.orders.models import PurchaseOrder
from channel_manager.reconciliation.models import Run
from channel_manager.returns.models import Return
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync import levels
from channel_manager.sync.models import Level, ReadOnly, StreamCursor
from screens import cast, names
from screens.moments import NOW, ahead, moment
from screens.names import MARKETPLACE, SHOP
from screens.stage import Stage

DELIVERY = timedelta(days=5)
HEALTH_DAYS = 12


@transaction.atomic
def write(stage: Stage) -> None:
    _date_orders()
    _date_returns()
    _date_readings()
    names.settle(stage.urls)
    Store.objects.update(commerce_url=SHOP, commerce_admin_url=f"{SHOP}/admin", marketplace_url=MARKETPLACE)
    Store.objects.filter(pk=stage.copy.pk).update(
        is_active=True, confirmed_at=moment("10-01 09:00"), orders_from=moment("10-01 00:00")
    )
    found = {"system": "7", "database": "1", "host": "", "folder": ""}
    ReadOnly.objects.create(
        store=stage.copy, since=ahead(hours=-2), found={"before": found, "here": found | {"system": "8"}}
    )
    StreamCursor.objects.filter(finished_at__isnull=False).update(finished_at=ahead(seconds=-4))
    Run.objects.update(since=F("until") - timedelta(days=30))
    _feed(stage.store)
    _refusal(stage.store)
    _measure(stage.store)
    _alerts(stage)


def _date_orders() -> None:
    for name, part in cast.CAST.items():
        ordered, ship_by = moment(part.at), ahead(days=part.days).replace(minute=59, second=30)
        PurchaseOrder.objects.filter(number=cast.number(name)).update(
            ordered_at=ordered,
            ship_by=ship_by,
            deliver_by=ship_by + DELIVERY,
            acknowledge_by=ordered + timedelta(hours=4),
        )


def _date_returns() -> None:
    Return.objects.update(return_by=F("requested_at") + timedelta(days=30))
    for returned in Return.objects.filter(refund_by__isnull=False):
        arrived = min(line.delivered_at for line in returned.lines.all() if line.delivered_at)
        Return.objects.filter(pk=returned.pk).update(refund_by=arrived.replace(second=40) + timedelta(hours=48))


def _date_readings() -> None:
    """What is read once an hour or a day was read lately: that much time was not played."""
    Wanted.objects.filter(compared_at__isnull=False).update(compared_at=ahead(minutes=-12))
    CatalogRules.objects.filter(shop_read_at__isnull=False).update(shop_read_at=ahead(minutes=-3))
    Listing.objects.filter(measured_at__isnull=False).update(measured_at=ahead(minutes=-4))
    Listing.objects.filter(item_seen_at__isnull=False).update(item_seen_at=ahead(minutes=-22))


def _feed(store: Store) -> None:
    """Prices of many SKUs, one of which Walmart refused."""
    rows = [(sku, price) for sku, (_name, price) in list(cast.PRODUCTS.items())[:8]]
    made = Feed.objects.create(
        store=store, kind="price", state="finished", feed_id="F0A1B2C3D4@AQMBCgA", lines=len(rows),
        accepted=len(rows) - 1, refused=1, again=0, created_at=ahead(hours=-3), submitted_at=ahead(hours=-3),
        finished_at=ahead(hours=-2, minutes=-56),
    )  # fmt: skip
    for index, (sku, price) in enumerate(rows):
        said = {"code": "ERR_EXT_DATA_0101119", "said": "The SKU is not set up."} if index == 2 else {}
        FeedRow.objects.create(
            feed=made, index=index, key=sku, value=price, outcome="refused" if said else "accepted", **said
        )


def _refusal(store: Store) -> None:
    """A figure that Walmart refused: what a listing with an error looks like."""
    words = say("Walmart refused the stock of this SKU. Read what it said, then send it again.")
    error = {
        "class": "Rejected", "sentence": words.as_json(), "side": "Walmart", "field": "quantity", "traceback": "",
        "said": "The item is locked while its page is changed.", "code": "INVALID_REQUEST_CONTENT", "status": 400,
    }  # fmt: skip
    Level.objects.filter(store=store, kind=levels.STOCK, key="SPATULA").update(error=error)


def _measure(store: Store) -> None:
    carriers = registry.capabilities(store.marketplace).carriers
    for days in range(HEALTH_DAYS, -1, -1):
        account.measure(store, carriers=carriers, now=NOW - timedelta(days=days))


def _alerts(stage: Stage) -> None:
    """Two channels; what there is to tell goes to them, and has arrived, but once."""
    for name, address, language in (
        ("Warehouse", "warehouse@shop.example", "en"),
        ("On call", "ntfys://kitchen-and-home", "zh-hant"),
    ):
        channel = Channel(
            store=stage.store, name=name, language=language, kinds=[kind.value for kind in Kind], rungs=list(DEFAULT)
        )
        actions.save(channel, address=addresses.read(address), by=stage.alice, at=ahead(days=-8))
    watching.watch(ahead(minutes=-40))
    gathering.gather(ahead(minutes=-30))
    for message in Message.objects.order_by("pk"):
        MessageAttempt.objects.create(
            message=message, number=1, started_at=ahead(minutes=-30), finished_at=ahead(minutes=-30)
        )
    Message.objects.update(
        state=MessageState.SENT, attempt=1, created_at=ahead(minutes=-35), finished_at=ahead(minutes=-30)
    )
