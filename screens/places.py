"""The numbers that addresses are made of, once everything was played."""

from channel_manager.alerts.models import Channel
from channel_manager.catalog.models import Feed, Listing
from channel_manager.orders.models import Cancellation, PurchaseOrder, Shipment
from channel_manager.orders.page.models import BulkRun
from channel_manager.orders.troubles import troubles
from channel_manager.reconciliation.models import Finding, FindingState, Run
from channel_manager.returns.models import Refund, Return
from channel_manager.stores.models import CarrierRule, Store
from channel_manager.sync.models import State, SyncOperation
from screens import cast
from screens.stage import rma_of


def found() -> dict[str, object]:
    """By the names that `pages` uses."""
    stores = dict(Store.objects.values_list("name", "pk"))
    store = stores["Kitchen & Home"]
    orders = dict(PurchaseOrder.objects.filter(store=store).values_list("number", "pk"))
    returns = dict(Return.objects.values_list("number", "pk"))
    places: dict[str, object] = {"store": store, "garden": stores["Garden & Patio"]}
    places["copy"] = stores["Kitchen & Home (copy)"]
    places |= {name: orders[cast.number(name)] for name in cast.CAST}
    places |= {f"return_{name}": returns[rma_of(name)] for name in ("refunded", "returned", "refused_refund")}
    for name in ("no_track", "refused", "carrier"):
        places[f"parcel_{name}"] = Shipment.objects.get(order=orders[cast.number(name)]).pk
    return places | _single(store, orders)


def _single(store: int, orders: dict[str, int]) -> dict[str, object]:
    def operation(name: str) -> int:
        of_order = SyncOperation.objects.filter(subject=f"order:{orders[cast.number(name)]}", error__isnull=False)
        return of_order.exclude(state__in=[State.DONE, State.SETTLED]).latest("pk").pk

    return {
        "operation_refused": operation("refused"),
        "operation_unknown": operation("unknown"),
        "cancellation_no_reason": Cancellation.objects.get(order=orders[cast.number("no_reason")]).pk,
        "refund_memo": Refund.objects.get(order=orders[cast.number("memo")]).pk,
        "listing": Listing.objects.get(store=store, sku="BOWL-L").pk,
        "feed": Feed.objects.latest("pk").pk,
        "finding": Finding.objects.filter(state=FindingState.PROPOSED).earliest("pk").pk,
        "check": Run.objects.filter(store=store).earliest("pk").pk,
        "bulk": BulkRun.objects.get().pk,
        "rule": CarrierRule.objects.filter(store=store).latest("position").pk,
        "channel": Channel.objects.get(name="Warehouse").pk,
        "group": max(troubles([store])[store], key=lambda one: one.orders).key,
    }
