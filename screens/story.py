"""What happened in the store of the pictures, in the order in which it happened."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from channel_manager.catalog import actions as catalog
from channel_manager.catalog.models import Listing, Status
from channel_manager.orders.models import Hold, Shipment
from channel_manager.orders.page import bulk, runs
from channel_manager.ports.messages import Reason
from channel_manager.reconciliation import actions as reconciliation
from channel_manager.reconciliation.models import Run, RunState
from channel_manager.returns.models import Return
from channel_manager.sync import levels
from channel_manager.sync.models import Level
from channel_manager.web.forms.parcels import ParcelsForm
from screens import cast
from screens.moments import moment
from screens.stage import Stage, rma_of

UPS, FEDEX = ("ups", "United Parcel Service"), ("fedex", "Federal Express")
DRAFTS = 2
REFUSED = "INVALID_REQUEST_CONTENT"
Happening = Callable[[Stage], object]
PARCELS = """{first},,,UPS,1Z999AA10123456784
{second},WHISK-11,1,FedEx,794644790132
{third},,,UPS,1Z999AA101234
4711,,,UPS,1Z999AA10123456784
"""


def play(stage: Stage) -> None:
    """Everything that happens by hand or by machine; ends with the worker at rest."""
    for at, happens in SCENES:
        stage.calendar.mark(moment(at))
        happens(stage)
        stage.rest()


def placed(name: str) -> tuple[str, Happening]:
    return cast.CAST[name].at, lambda stage: stage.place(name)


def _offer(stage: Stage) -> None:
    """The shop's products are items at Walmart, but two; one is dearer there, one has no product, one is not shown."""
    products = [one for one in stage.commerce.products() if one["sku"] in cast.PRODUCTS][:-DRAFTS]
    items = [{"sku": one["sku"], "name": one["name"], "price": str(one["price"])} for one in products]
    items[0]["price"], items[3]["price"] = "41.50", "18.75"
    items[5] |= {"published_status": "SYSTEM_PROBLEM", "unpublished_reasons": ["Your item price is too low."]}
    items.append({"sku": "APRON-LINEN", "name": "Linen Apron, natural", "price": "26.00"})
    stage.walmart.set_items(items)
    catalog.refresh(stage.store)
    matched = Listing.objects.filter(store=stage.store, status=Status.MATCHED, measured_at__isnull=False)
    unmeasured = Level.objects.filter(store=stage.store, kind=levels.STOCK, wanted=None)
    stage.until(lambda: matched.count() >= len(products) and not unmeasured.exists(), "the listings")
    catalog.confirm(stage.store, levels.STOCK, by=stage.alice, at=datetime.now(UTC))


def _shipped(name: str, carrier: tuple[str, str], number: str, **units: int) -> Happening:
    """Units by “line_1” and so on."""
    lines = {line.removeprefix("line_"): quantity for line, quantity in units.items()}
    return lambda stage: stage.ship(name, lines, *carrier, number)


def _keeps(stage: Stage) -> None:
    stage.walmart.open_return(
        cast.number("kept"), [("1", 1)], kind="keep_it", reason="DAMAGED", return_order_id=rma_of("kept")
    )
    known = Return.objects.filter(number=rma_of("kept"))
    stage.until(known.exists, "the return of kept")


def _refused_refund(stage: Stage) -> None:
    stage.walmart.faults_add(
        "status_before",
        method="POST",
        path=r"/returns/[^/]+/refund",
        status=400,
        code=REFUSED,
        description="The return is being inspected.",
    )
    stage.refund("refused_refund")
    stage.until(Return.objects.filter(number=rma_of("refused_refund"), has_error=True).exists, "the refusal")


def _refused(stage: Stage) -> None:
    stage.walmart.faults_add(
        "status_before",
        method="POST",
        path="/shipping",
        status=400,
        code=REFUSED,
        description="The tracking number is not valid",
    )
    stage.ship("refused", {"1": 1}, *UPS, "1Z999AA10123456780")
    stage.until(lambda: stage.order("refused").has_error, "the refusal")


def _shipped_in_commerce(name: str, *tracks: tuple[str, str, str]) -> Happening:
    def happens(stage: Stage) -> None:
        stage.commerce.ship(cast.number(name), None, tracks)
        stage.until(Shipment.objects.filter(order__number=cast.number(name)).exclude(hold=Hold.NONE).exists, name)

    return happens


def _canceled_in_commerce(stage: Stage) -> None:
    stage.commerce.cancel(cast.number("no_reason"))
    stage.until(lambda: stage.order("no_reason").needs_action, "the cancellation without a reason")


def _memo_in_commerce(stage: Stage) -> None:
    stage.ship("memo", {"1": 1}, *FEDEX, "794644790201")
    stage.rest()
    stage.commerce.invoice(cast.number("memo"))
    stage.commerce.refund(cast.number("memo"), {"WHISK-11": 1}, shipping=0)
    stage.until(lambda: stage.order("memo").needs_action, "the credit memo")


def _bulk(stage: Stage) -> None:
    numbers = {name: cast.number(name) for name in ("first", "second", "third")}
    form = ParcelsForm({"rows": PARCELS.format(**numbers)})
    if not form.is_valid():
        raise ValueError(form.errors)
    checked = bulk.check(stage.store, form.parcels)
    runs.ship(stage.store, checked, marker=uuid.uuid4(), by=stage.alice, at=datetime.now(UTC))


def _checked(stage: Stage) -> None:
    run = reconciliation.check(stage.store, days=30, by=stage.alice)
    stage.until(Run.objects.filter(pk=run.pk).exclude(state=RunState.OPEN).exists, "the check of both sides")


def _connected(stage: Stage) -> None:
    stage.connect_more()
    for place, sku in enumerate(("LAMP-T1", "GLASS-6"), 1):
        name, price = cast.PRODUCTS[sku]
        stage.walmart.place_order(
            lines=[{"sku": sku, "product_name": name, "price": price}], account="garden-client",
            purchase_order_id=str(2_087_426_135_000 + place), customer_order_id=str(200_013_572_469_000 + place),
        )  # fmt: skip


SCENES: tuple[tuple[str, Happening], ...] = (
    ("11-12 09:00", _offer),
    placed("refunded"),
    placed("kept"),
    ("11-13 09:40", _shipped("refunded", UPS, "1Z999AA10123456784", line_1=2)),
    ("11-13 09:44", _shipped("kept", FEDEX, "794644790132", line_1=1)),
    placed("returned"),
    placed("sent_back"),
    placed("refused_refund"),
    ("11-14 10:02", _shipped("returned", UPS, "1Z999AA10123456785", line_1=1, line_2=3)),
    ("11-14 10:05", _shipped("sent_back", UPS, "1Z999AA10123456786", line_1=1)),
    ("11-14 10:09", _shipped("refused_refund", UPS, "1Z999AA10123456787", line_1=2)),
    placed("shipped"),
    placed("at_walmart"),
    ("11-16 17:20", _shipped("shipped", UPS, "1Z999AA10123456788", line_1=1, line_2=1)),
    ("11-16 18:31", lambda stage: stage.walmart.cancel_at_walmart(cast.number("at_walmart"), None)),
    placed("price"),
    ("11-17 09:58", lambda stage: stage.cancel("price", {"1": 1}, Reason.PRICE)),
    ("11-18 10:10", lambda stage: stage.send_back("refunded", [("1", 1)], reason="DEFECTIVE")),
    placed("no_reason"),
    ("11-18 16:25", lambda stage: stage.refund("refunded")),
    ("11-19 08:15", _keeps),
    placed("late"),
    placed("memo"),
    placed("partly"),
    ("11-20 10:30", _shipped("partly", UPS, "1Z999AA10123456789", line_1=2, line_2=1)),
    placed("wfs"),
    placed("replacement"),
    placed("refused"),
    placed("carrier"),
    placed("no_track"),
    ("11-21 18:02", lambda stage: stage.send_back("refused_refund", [("1", 1)])),
    ("11-22 08:20", lambda stage: stage.send_back("returned", [("1", 1), ("2", 2)], reason="DAMAGED")),
    placed("buyer_asks"),
    ("11-22 16:40", lambda stage: stage.send_back("sent_back", [("1", 1)], arrives=False)),
    placed("express"),
    placed("first"),
    placed("second"),
    placed("third"),
    ("11-23 11:20", _refused_refund),
    placed("unknown"),
    placed("unknown_too"),
    placed("large"),
    ("11-23 12:31", _memo_in_commerce),
    ("11-23 12:44", _canceled_in_commerce),
    ("11-23 13:02", _shipped_in_commerce("no_track")),
    ("11-23 13:05", _shipped_in_commerce("carrier", ("custom", "Colissimo", "6A12345678901"))),
    ("11-23 13:36", _refused),
    ("11-23 14:10", _bulk),
    ("11-23 14:20", _checked),
    ("11-23 14:35", _connected),
    placed("newest"),
)
