"""`channel-manager orders show`."""

from django.db.models import Q

from channel_manager.cli.endings import Code, Stop
from channel_manager.cli.orders.listing import details, status_word
from channel_manager.cli.people import named_store
from channel_manager.cli.terminal import say, show
from channel_manager.orders import queries
from channel_manager.orders.models import PurchaseOrder, Shipment
from channel_manager.shared.sentences import Sentence
from channel_manager.sync.models import SyncOperation
from channel_manager.sync.queries import of_subject


def show_one(number: str, *, store: str) -> None:
    """Raises Stop when there is no such order, or one in several stores."""
    order = _find(number.strip().removeprefix("#"), store)
    screen = queries.order_screen(order)
    _head(order)
    _lines(screen)
    _shipments(screen.shipments)
    if screen.cancellations:
        say("\nCancellations")
        rows = [
            (
                f"{one.at:%Y-%m-%d %H:%M}",
                one.origin,
                one.get_reason_display() if one.reason else "no reason yet",
                ", ".join(f"{row.line.sku} × {row.quantity}" for row in one.lines.all()),
                "at Walmart" if one.reported_at else "on its way",
            )
            for one in screen.cancellations
        ]
        show(rows, "When (UTC)", "By", "Reason", "Items", "State")
    _operations(of_subject(order.subject))


def _find(number: str, store: str) -> PurchaseOrder:
    found = PurchaseOrder.objects.select_related("store").filter(Q(number=number) | Q(commerce_number=number))
    if store:
        found = found.filter(store=named_store(store))
    orders = list(found[:2])
    if not orders:
        raise Stop(f"There is no order {number}. It may not have been received yet.", Code.NOT_FOUND)
    if len(orders) > 1:
        raise Stop(f"Several stores have an order {number}: choose one with --store NAME.", Code.USAGE)
    return orders[0]


def _head(order: PurchaseOrder) -> None:
    say(f"Walmart Order # {order.number} · Commerce Order # {order.commerce_number or '–'} · {order.store.name}")
    say(f"{status_word(order)} · {order.total} {order.currency} · ordered {order.ordered_at:%Y-%m-%d %H:%M} UTC")
    if words := details(order):
        say(words)


def _lines(screen: queries.OrderScreen) -> None:
    say("")
    rows = [
        (
            row.line.number,
            row.line.sku,
            row.line.name,
            row.ledger.ordered,
            row.open,
            row.ledger.shipped,
            row.ledger.cancelled,
            row.total,
        )
        for row in screen.lines
    ]
    show(rows, "Line", "SKU", "Product", ">Ordered", ">Open", ">Shipped", ">Canceled", ">Total")


def _shipments(shipments: list[Shipment]) -> None:
    if not shipments:
        return
    say("\nShipments")
    rows = [
        (
            f"{one.shipped_at:%Y-%m-%d %H:%M}",
            one.origin,
            ", ".join(f"{row.line.sku} × {row.quantity}" for row in one.lines.all()),
            ", ".join(f"{track.title or track.carrier_code} {track.number}" for track in one.tracks.all()),
            "at Walmart" if one.reported_at else one.get_hold_display() if one.hold else "on its way",
        )
        for one in shipments
    ]
    show(rows, "When (UTC)", "By", "Items", "Tracking", "State")


def _operations(operations: list[SyncOperation]) -> None:
    if not operations:
        return
    say("\nOperations")
    rows = [
        (
            operation.pk,
            operation.kind.replace("_", " "),
            operation.get_state_display(),
            operation.attempt,
            f"{operation.created_at:%Y-%m-%d %H:%M:%S}",
            Sentence.from_json(operation.error["sentence"]) if operation.error else "",
        )
        for operation in operations
    ]
    show(rows, ">#", "What", "State", ">Tries", "Asked (UTC)", "Said")
