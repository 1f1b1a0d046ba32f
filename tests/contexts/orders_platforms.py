"""The two platforms of one order as plain objects: they do what the real ones do, and refuse what those refuse."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from channel_manager.orders.rules import allocation
from channel_manager.ports.documents import Comment, CommerceItem, CommerceOrder, CommerceShipment, Track
from channel_manager.ports.messages import (
    Address,
    Capabilities,
    Fulfilment,
    IncomingLine,
    IncomingOrder,
    LineCharges,
    LineState,
    ReportedQuantity,
)
from channel_manager.shared.errors import Rejected
from channel_manager.shared.sentences import say

NUMBER = "1872846217683"
LINES = {"1": ("CAP", 3), "2": ("CAP", 1), "3": ("MUG", 2)}
PLACED = datetime.now(UTC) - timedelta(hours=1)


@dataclass
class WalmartLine:
    left: int
    shipped: list = field(default_factory=list)
    cancelled: int = 0
    acknowledged: bool = False
    asked: bool = False


class Walmart:
    """What the marketplace holds of one order. It refuses what is not open, as the real one does."""

    capabilities = Capabilities(carriers=("UPS",), ship_methods=("VALUE",), tracking_correction_hours=4)

    def __init__(self):
        self.lines = {number: WalmartLine(quantity) for number, (_, quantity) in LINES.items()}

    async def order(self, number):
        return self.shown()

    async def acknowledge(self, number):
        for line in self.lines.values():
            line.acknowledged = True
        return self.shown()

    async def ship(self, number, parcel):
        self._check({part.number: part.quantity for part in parcel.lines})
        for part in parcel.lines:
            self.take(part.number, part.quantity, parcel.tracking_number)
        return self.shown()

    async def cancel(self, number, lines):
        self._check({part.number: part.quantity for part in lines})
        for part in lines:
            self.lines[part.number].left -= part.quantity
            self.lines[part.number].cancelled += part.quantity
        return self.shown()

    def _check(self, wanted):
        if any(units > self.lines[number].left for number, units in wanted.items()):
            raise Rejected(say("Not open."), side="Walmart")

    def take(self, number, units, tracking_number):
        self.lines[number].left -= units
        self.lines[number].shipped.append((units, tracking_number))

    def shown(self):
        return IncomingOrder(
            number=NUMBER,
            customer_order_number="2000",
            ordered_at=PLACED,
            ship_by=None,
            deliver_by=None,
            ship_method="VALUE",
            fulfilment=Fulfilment.SELLER,
            replacement_for=None,
            email="buyer@relay.walmart.example",
            address=Address(
                name="Robin Doe", street=("1 Main",), city="X", state="IL", postcode="62701", country="US", phone="5"
            ),
            lines=tuple(self._line(number, line) for number, line in self.lines.items()),
            currency="USD",
            stated_total=None,
            raw={"as": repr(self.lines)},
        )

    def _line(self, number, line):
        sku, quantity = LINES[number]
        still = LineState.ACKNOWLEDGED if line.acknowledged else LineState.CREATED
        parts = [ReportedQuantity(state=still, quantity=line.left)]
        parts += [ReportedQuantity(state=LineState.CANCELLED, quantity=line.cancelled, reason="auto")]
        parts += [
            ReportedQuantity(state=LineState.SHIPPED, quantity=units, carrier="UPS", tracking_number=track)
            for units, track in line.shipped
        ]
        return IncomingLine(
            number=number,
            sku=sku,
            name=sku,
            quantity=quantity,
            charges=LineCharges(product=Decimal("10.00") * quantity),
            reported=tuple(part for part in parts if part.quantity),
            buyer_asked_to_cancel=line.asked and bool(line.left),
        )


class Shop:
    """The Commerce order: items by id with their units, and the shipments made of it."""

    def __init__(self):
        self.items = {}
        self.shipments = []
        self.moment = timezone.now()

    def place(self, plan):
        bundles = dict(enumerate(allocation.bundles(plan.lines), 501))
        self.items = {item_id: Counter(ordered=bundle.quantity) for item_id, bundle in bundles.items()}
        self.skus = {item_id: bundle.sku for item_id, bundle in bundles.items()}
        return {
            "order_id": 7,
            "number": "2000000007",
            "state": "new",
            "total": "60.00",
            "adopted": False,
            "adjusted": [],
            "items": [
                {
                    "item_id": item_id,
                    "sku": bundle.sku,
                    "ordered": bundle.quantity,
                    "lines": {line.number: line.live for line in bundle.lines},
                }
                for item_id, bundle in bundles.items()
            ],
        }

    def to_ship(self, item_id):
        item = self.items[item_id]
        return item["ordered"] - item["shipped"] - item["cancelled"]

    def make(self, quantities, tracks, comments=()):
        """Shipping more than there is ships what there is (magento-observed §2.5)."""
        shipped = {item_id: min(units, self.to_ship(item_id)) for item_id, units in quantities.items()}
        shipped = {item_id: units for item_id, units in shipped.items() if units > 0}
        if not shipped:
            raise Rejected(say("You can't create a shipment without products."), side="Commerce")
        for item_id, units in shipped.items():
            self.items[item_id]["shipped"] += units
        shipment_id = 900 + len(self.shipments)
        made = [
            Track(carrier_code=t.carrier_code, title=t.title, number=t.number, track_id=10 * shipment_id + n)
            for n, t in enumerate(tracks)
        ]
        self.shipments.append(
            CommerceShipment(
                shipment_id=shipment_id,
                number=f"S{shipment_id}",
                order_id=7,
                created_at=timezone.now(),
                quantities=shipped,
                tracks=tuple(made),
                comments=tuple(comments),
            )
        )
        return shipment_id

    async def shipments_of(self, order_id):
        return tuple(self.shipments)

    async def ship(self, order_id, new):
        return self.make(new.quantities, new.tracks, [new.marker])

    def read(self, ids):
        return tuple(shipment for shipment in self.shipments if shipment.shipment_id in ids)

    def cancel_rest(self):
        for item_id, item in self.items.items():
            item["cancelled"] += self.to_ship(item_id)

    def keep(self, wanted):
        """Where the planner of `keep` ends: proven apart, in the rules."""
        for item_id, units in wanted.items():
            item = self.items[item_id]
            if item["shipped"] + units > item["ordered"]:
                raise Rejected(say("Shipped already."), side="Commerce")
            item["cancelled"] = max(item["cancelled"], units)
        names = ("invoiced", "shipped", "cancelled", "refunded")
        items = [
            {"item_id": item_id, "refunded_unshipped": 0} | {name: item[name] for name in names}
            for item_id, item in self.items.items()
        ]
        return {"state": "processing", "items": items}

    def shown(self, *comments):
        return CommerceOrder(
            order_id=7,
            number="2000000007",
            external_number=NUMBER,
            cart_id=None,
            store_id=2,
            state="processing",
            status="processing",
            created_at=self.moment,
            updated_at=timezone.now(),
            email="",
            email_sent=True,
            items=tuple(
                CommerceItem(
                    item_id=item_id,
                    cart_item_id=None,
                    sku=self.skus[item_id],
                    ordered=item["ordered"],
                    shipped=item["shipped"],
                    cancelled=item["cancelled"],
                )
                for item_id, item in self.items.items()
            ),
            money={},
            payment_id=1,
            payment_lines=(),
            comments=tuple(Comment(text=text, created_at=self.moment) for text in comments),
        )
