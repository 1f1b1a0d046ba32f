"""Two orders of one buyer with their returns at the marketplace, and their Commerce orders, as plain objects: they do
what the real ones do, and refuse what those refuse. Not one of their writes may be repeated without looking.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count

from django.db import transaction
from django.utils import timezone

from channel_manager.orders.intake import commerce_orders
from channel_manager.orders.models import CommerceItem as ItemRow
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.operations.cancellations import request_closing
from channel_manager.ports.documents import CommerceItem, CommerceMemo, CommerceOrder
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import (
    Address,
    Capabilities,
    Fulfilment,
    IncomingLine,
    IncomingOrder,
    LineCharges,
    LineState,
    RefundedCharges,
    ReportedQuantity,
)
from channel_manager.ports.returns import IncomingReturn, IncomingReturnLine, ReturnKind, ReturnsPage, ReturnState
from channel_manager.returns.intake import memos, returns
from channel_manager.returns.rules import amounts
from channel_manager.returns.rules.amounts import PARTS
from channel_manager.shared.errors import Ambiguous, Postponed, Rejected, Unavailable
from channel_manager.shared.money import ZERO, cents, share
from channel_manager.shared.sentences import say
from channel_manager.sync.kinds import Claim, Skip
from channel_manager.sync.models import State, SyncOperation
from channel_manager.worker.kinds import KINDS
from tests import factories

D = Decimal
CUSTOMER = "200011223344556"
ADDRESS = Address(name="Robin Doe", street=("1 Main",), city="X", state="IL", postcode="62701", country="US", phone="5")
CHARGES = {
    ("PO1", "1"): ("CAP", 3, LineCharges(product=D("10.00"), product_tax=D("0.85"), shipping=D("4.57"))),
    ("PO1", "2"): ("CAP", 1, LineCharges(product=D("3.50"), product_tax=D("0.29"))),
    ("PO2", "1"): ("MUG", 2, LineCharges(product=D("9.99"), product_tax=D("0.70"), shipping=D("1.01"))),
}
"""SKU, units and charges by order and line; two lines share an item of Commerce, nothing divides evenly."""
ITEMS = {("PO1", "CAP"): (1, 501), ("PO2", "MUG"): (2, 502)}
"""Commerce's order and item ids."""
COMMERCE_IDS = {"PO1": 1, "PO2": 2}


def take_orders(store):
    """Our rows of both orders, in Commerce and not shipped."""
    for number, commerce_id in COMMERCE_IDS.items():
        facts = {"commerce_order_id": commerce_id, "commerce_number": f"C{commerce_id}"}
        order = factories.order(store, number=number, customer_order_number=CUSTOMER, lines=(), **facts)
        for (po, line), (sku, units, charges) in CHARGES.items():
            if po != number:
                continue
            item_id = ITEMS[po, sku][1]
            item, _ = ItemRow.objects.get_or_create(order=order, item_id=item_id, defaults={"sku": sku, "ordered": 0})
            item.ordered += units
            item.save()
            columns = {name: getattr(charges, name) for name in PARTS}
            made = factories.line(order, int(line), sku, units, in_commerce=False, **columns)
            made.item, made.commerce_quantity = item, units
            made.save()


def run(coroutine):
    """The answer of a coroutine that never waits: these platforms answer at once, and no loop is needed."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("It waits for something.")


class Wire:
    """What may happen to a write: `lose` the answer of the n-th from now, or be `down` before it."""

    def __init__(self):
        self.lose = self.down = 0

    def before(self):
        if self.down:
            self.down -= 1
            raise Unavailable(say("Busy."), side="Test")

    def after(self):
        self.lose -= 1
        if self.lose == 0:
            raise Ambiguous(say("The answer was lost."), side="Test")


@dataclass
class SoldLine:
    quantity: int
    charges: LineCharges
    shipped: int = 0
    cancelled: int = 0
    in_returns: int = 0
    refunded: RefundedCharges = field(default_factory=RefundedCharges)

    @property
    def left(self):
        return amounts.minus(amounts.charged(self.charges), self.refunded)


@dataclass
class ReturnedLine:
    order: str
    line: str
    quantity: int
    charges: RefundedCharges
    kind: str
    by_us: int = 0
    by_others: int = 0
    cancelled: bool = False
    delivered: bool = False

    @property
    def refunded(self):
        return self.by_us + self.by_others

    @property
    def left(self):
        return 0 if self.cancelled else self.quantity - self.refunded


class Walmart(Wire):
    """Both orders and their returns. Each unit has its own share of its line's charges."""

    capabilities = Capabilities(carriers=("UPS",), refund_hours=48)

    def __init__(self):
        super().__init__()
        self.lines = {key: SoldLine(quantity, charges) for key, (_, quantity, charges) in CHARGES.items()}
        self.rmas = {}
        self.order_refunds = []
        self.watch = lambda number, lines: None

    # -- the buyer, Walmart itself, Seller Center --

    def open(self, wanted, kind="ordinary"):
        """`wanted`: units by order and line; as many of them as were shipped and are in no return. The return's number,
        None when there is nothing to return.
        """
        lines = {}
        for (order, line), most in wanted.items():
            sold = self.lines[order, line]
            units = min(most, sold.shipped - sold.in_returns)
            if units > 0:
                money = amounts.part_of(
                    amounts.charged(sold.charges), before=sold.in_returns, units=units, whole=sold.quantity
                )
                sold.in_returns += units
                lines[str(len(lines) + 1)] = ReturnedLine(order, line, units, money, kind)
        if not lines:
            return None
        number = f"R{len(self.rmas) + 1}"
        self.rmas[number] = lines
        return number

    def deliver(self, number):
        for line in self.rmas[number].values():
            line.delivered = True

    def call_off(self, number):
        """What is not refunded; the units can be returned again."""
        for line in self.rmas[number].values():
            if not line.cancelled and not line.refunded:
                line.cancelled = True
                self.lines[line.order, line.line].in_returns -= line.quantity

    def refund(self, number, line_number, units):
        """By whoever is not us."""
        line = self.rmas[number][line_number]
        units = min(units, line.left)
        if units > 0:
            self._pay(line, units)
            line.by_others += units

    def _pay(self, line, units):
        sold = self.lines[line.order, line.line]
        given = amounts.part_of(line.charges, before=line.refunded, units=units, whole=line.quantity)
        left = sold.left
        given = RefundedCharges(**{name: min(getattr(given, name), getattr(left, name)) for name in PARTS})
        sold.refunded = amounts.plus(sold.refunded, given)

    # -- the port --

    async def order(self, number):
        return self.shown_order(number)

    async def return_order(self, number):
        return self.shown(number)

    async def returns(self, *, fulfilment, until, requested_since=None, changed_since=None, cursor=None):
        return ReturnsPage(returns=tuple(self.shown(number) for number in self.rmas), next_cursor=None)

    async def refund_return(self, number, *, customer_order_number, lines):
        self.before()
        assert customer_order_number == CUSTOMER
        for part in lines:
            line = self.rmas[number][part.number]
            if line.kind == "exception" or not 0 < part.quantity <= line.left:
                raise Rejected(say("Nothing to refund."), side="Walmart")
        for part in lines:
            line = self.rmas[number][part.number]
            self._pay(line, part.quantity)
            line.by_us += part.quantity
        self.watch(number, lines)
        self.after()

    async def refund_order(self, number, refunds):
        self.before()
        for part in refunds:
            sold = self.lines[number, part.number]
            wanted = [getattr(part.charges, name) for name in PARTS]
            if not sold.shipped or any(amount < 0 for amount in wanted) or not part.charges.total:
                raise Rejected(say("Only what was shipped."), side="Walmart")
            if any(getattr(part.charges, name) > getattr(sold.left, name) for name in PARTS):
                raise Rejected(say("More than was charged."), side="Walmart")
        for part in refunds:
            sold = self.lines[number, part.number]
            sold.refunded = amounts.plus(sold.refunded, part.charges)
        self.order_refunds.append((number, refunds[0].comment, sum(part.charges.total for part in refunds)))
        self.after()
        return self.shown_order(number)

    async def cancel(self, number, lines):
        self.before()
        for part in lines:
            sold = self.lines[number, part.number]
            if part.quantity > sold.quantity - sold.shipped - sold.cancelled:
                raise Rejected(say("Not open."), side="Walmart")
        for part in lines:
            self.lines[number, part.number].cancelled += part.quantity
        self.after()
        return self.shown_order(number)

    # -- what it shows --

    def shown(self, number, **changes):
        lines = tuple(self._return_line(key, line) for key, line in self.rmas[number].items())
        facts = {
            "number": number,
            "customer_order_number": CUSTOMER,
            "requested_at": factories.NOON + timedelta(minutes=int(number[1:])),
            "return_by": None,
            "kind": ReturnKind.REFUND,
            "replacement_order_number": "",
            "fulfilment": Fulfilment.SELLER,
            "currency": "USD",
            "stated_total": None,
            "lines": lines,
            "tracking_numbers": (),
            "raw": {"as": repr(self.rmas[number]), "changes": repr(changes)},
        }
        return IncomingReturn(**facts | changes)

    def _return_line(self, number, line):
        state = ReturnState.DELIVERED if line.delivered else ReturnState.REQUESTED
        if line.cancelled:
            state = ReturnState.CANCELLED
        elif line.refunded >= line.quantity:
            state = ReturnState.COMPLETED
        return IncomingReturnLine(
            number=number,
            order_number=line.order,
            order_line_number=line.line,
            sku=CHARGES[line.order, line.line][0],
            name="",
            quantity=line.quantity,
            state=state,
            delivered_at=factories.NOON if line.delivered else None,
            refunded=line.refunded,
            keep_it=line.kind == "keep_it",
            exceptional=line.kind == "exception",
            charges=line.charges,
        )

    def shown_order(self, number):
        return IncomingOrder(
            number=number,
            customer_order_number=CUSTOMER,
            ordered_at=factories.NOON,
            ship_by=None,
            deliver_by=None,
            ship_method="VALUE",
            fulfilment=Fulfilment.SELLER,
            replacement_for=None,
            email="",
            address=ADDRESS,
            lines=tuple(self._order_line(key, sold) for key, sold in self.lines.items() if key[0] == number),
            currency="USD",
            stated_total=None,
            raw={},
        )

    def _order_line(self, key, sold):
        parts = {
            LineState.SHIPPED: sold.shipped,
            LineState.CANCELLED: sold.cancelled,
            LineState.ACKNOWLEDGED: sold.quantity - sold.shipped - sold.cancelled,
        }
        return IncomingLine(
            number=key[1],
            sku=CHARGES[key][0],
            name="",
            quantity=sold.quantity,
            charges=sold.charges,
            reported=tuple(ReportedQuantity(state=state, quantity=units) for state, units in parts.items() if units),
            refunded=sold.refunded,
        )


@dataclass
class ShopItem:
    sku: str
    row_total: Decimal = ZERO
    tax: Decimal = ZERO
    row_refunded: Decimal = ZERO
    tax_refunded: Decimal = ZERO
    units: Counter = field(default_factory=Counter)

    @property
    def to_ship(self):
        """A unit refunded before it left stays shippable (magento-observed §8)."""
        return self.units["ordered"] - self.units["shipped"] - self.units["cancelled"]

    def invoiced(self, whole):
        return share(whole, self.units["invoiced"], self.units["ordered"])

    def left(self, whole, gone):
        return self.invoiced(whole) - gone

    @property
    def refundable(self):
        return self.units["invoiced"] - self.units["refunded"]


@dataclass
class ShopOrder:
    number: str
    external: str
    items: dict
    shipping: Decimal
    shipping_refunded: Decimal = ZERO
    refunded: Decimal = ZERO
    payment_lines: tuple = ()
    comments: list = field(default_factory=list)

    @property
    def charged(self):
        return self.shipping + sum(item.row_total + item.tax for item in self.items.values())


class Shop(Wire):
    """Both Commerce orders and their credit memos, with the refusals of magento-observed §5 and the guards it lacks."""

    def __init__(self):
        super().__init__()
        self.orders, self.memos = {}, []
        self._ids = count(9001)
        for (po, sku), (order_id, item_id) in ITEMS.items():
            lines = [one for (number, _), one in CHARGES.items() if number == po and one[0] == sku]
            charges = [one[2] for one in lines]
            item = ShopItem(sku, sum(c.product for c in charges), sum(c.product_tax for c in charges))
            item.units["ordered"] = sum(one[1] for one in lines)
            self.orders[order_id] = ShopOrder(f"C{order_id}", po, {item_id: item}, sum(c.shipping for c in charges))

    # -- people --

    def ship(self, order_id, item_id, units):
        item = self.orders[order_id].items[item_id]
        assert units <= item.to_ship
        item.units["shipped"] += units

    def bill(self, order_id, quantities=None):
        """An invoice of everything, as the Admin offers it, unless `quantities` are given."""
        for item_id, item in self.orders[order_id].items.items():
            most = item.units["ordered"] - item.units["invoiced"] - item.units["cancelled"]
            units = most if quantities is None else quantities.get(item_id, 0)
            if units > most:
                raise Rejected(say("The invoice can't be created without products."), side="Commerce")
            item.units["invoiced"] += units

    def make_memo(self, order_id, quantities, *, shipping=ZERO, plus=ZERO, minus=ZERO, comments=()):
        order = self.orders[order_id]
        for item_id, units in quantities.items():
            item = order.items[item_id].units
            if not 0 <= units <= item["invoiced"] - item["refunded"]:
                raise Rejected(say("We found an invalid quantity to refund item."), side="Commerce")
        shares = self._shares(order, {item_id: units for item_id, units in quantities.items() if units})
        total = sum(sum(pair) for pair in shares.values()) + shipping + plus - minus
        if shipping > order.shipping - order.shipping_refunded or total < 0 or order.refunded + total > order.charged:
            raise Rejected(say("The most money available to refund is less."), side="Commerce")
        for item_id, (row, tax) in shares.items():
            item = order.items[item_id]
            item.units["refunded"] += quantities[item_id]
            item.row_refunded, item.tax_refunded = item.row_refunded + row, item.tax_refunded + tax
        order.shipping_refunded += shipping
        order.refunded += total
        memo_id = next(self._ids)
        memo = CommerceMemo(
            memo_id=memo_id,
            number=f"M{memo_id}",
            order_id=order_id,
            created_at=timezone.now(),
            quantities={item_id: units for item_id, units in quantities.items() if units},
            total=total,
            shipping=shipping,
            plus=plus,
            minus=minus,
            comments=tuple(comments),
        )
        self.memos.append(memo)
        return memo

    def _shares(self, order, quantities):
        """Row and tax by item: what is left by the units that are left; what a rounding drops is carried to the next."""
        found, carry = {item_id: [] for item_id in quantities}, ZERO
        for whole, gone in (("row_total", "row_refunded"), ("tax", "tax_refunded")):
            for item_id, units in quantities.items():
                item = order.items[item_id]
                exact = item.left(getattr(item, whole), getattr(item, gone)) / item.refundable * units
                if units < item.refundable:
                    exact, carry = cents(exact + carry), exact + carry - cents(exact + carry)
                found[item_id].append(cents(exact))
        return found

    # -- the port --

    async def order(self, order_id):
        return self.shown(order_id)

    async def memos_of(self, order_id):
        return tuple(memo for memo in self.memos if memo.order_id == order_id)

    async def invoice(self, order_id, quantities):
        self.before()
        self.bill(order_id, quantities)
        self.after()

    async def refund(self, order_id, memo):
        self.before()
        comments = [f"{memo.comment} {memo.marker}".strip()]
        amounts_ = {"shipping": memo.shipping, "plus": memo.plus, "minus": memo.minus}
        made = self.make_memo(order_id, memo.quantities, comments=comments, **amounts_)
        self.after()
        return made.memo_id

    async def cancel(self, order_id):
        self.before()
        for item in self.orders[order_id].items.values():
            item.units["cancelled"] += item.units["ordered"] - max(item.units["invoiced"], item.units["shipped"])
        self.after()
        return True

    async def close_phantom(self, order, cancelled):
        self.before()
        for item_id, units in cancelled.items():
            self.orders[order.order_id].items[item_id].units["cancelled"] = units
        self.after()

    async def describe_payment(self, order, lines):
        self.orders[order.order_id].payment_lines = lines

    async def comment(self, order, text):
        self.orders[order.order_id].comments.append(text)

    def shown(self, order_id):
        order = self.orders[order_id]
        now = timezone.now()
        return CommerceOrder(
            order_id=order_id,
            number=order.number,
            external_number=order.external,
            cart_id=None,
            store_id=2,
            state="closed" if order.refunded == order.charged else "processing",
            status="processing",
            created_at=now,
            updated_at=now,
            email="",
            email_sent=True,
            items=tuple(self._item(item_id, item) for item_id, item in order.items.items()),
            money={
                "shipping_amount": order.shipping,
                "shipping_refunded": order.shipping_refunded,
                "tax_refunded": sum(item.tax_refunded for item in order.items.values()),
                "total_refunded": order.refunded,
            },
            payment_id=1,
            payment_lines=order.payment_lines,
        )

    def _item(self, item_id, item):
        return CommerceItem(
            item_id=item_id,
            cart_item_id=None,
            sku=item.sku,
            **item.units,
            row_total=item.row_total,
            tax=item.tax,
            row_invoiced=item.invoiced(item.row_total),
            tax_invoiced=item.invoiced(item.tax),
            amount_refunded=item.row_refunded,
            tax_refunded=item.tax_refunded,
        )


class Service:
    """Our side of both orders: what is read, and what is sent attempt by attempt."""

    def __init__(self, store):
        take_orders(store)
        self.store, self.walmart, self.shop = store, Walmart(), Shop()
        self.gateways = Gateways(marketplace=self.walmart, commerce=self.shop)

    @transaction.atomic
    def ship(self, number, parts):
        """`parts`: units by order and line, as far as Commerce has them open. Both sides show it."""
        order = PurchaseOrder.objects.get(number=number)
        quantities = {}
        for (_, line), most in parts.items():
            order_id, item_id = ITEMS[number, CHARGES[number, line][0]]
            units = min(most, self.shop.orders[order_id].items[item_id].to_ship)
            if units:
                self.shop.ship(order_id, item_id, units)
                self.walmart.lines[number, line].shipped += units
                quantities[line] = units
        if quantities:
            shipment = factories.shipment(order, quantities=quantities, tracks=(), reported_at=timezone.now())
            self.read_orders()
            request_closing(order, shipment)

    def ship_everything(self):
        for number in COMMERCE_IDS:
            self.ship(number, {key: units for key, (_, units, _) in CHARGES.items() if key[0] == number})

    def read_walmart(self):
        self.take_in(*(self.walmart.shown(number) for number in self.walmart.rmas))

    @transaction.atomic
    def take_in(self, *shown):
        returns.receive(self.store, list(shown), timezone.now())

    @transaction.atomic
    def read_orders(self):
        commerce_orders.receive(self.store, [self.shop.shown(order_id) for order_id in self.shop.orders])

    @transaction.atomic
    def read_commerce(self):
        self.read_orders()
        memos.receive(self.store, self.shop.memos)

    def failed(self):
        return list(SyncOperation.objects.filter(state=State.FAILED).order_by("id").values_list("id", flat=True))

    def due(self):
        """Ids of what may be sent: in the order of a subject on a platform."""
        heads = {}
        for operation in SyncOperation.objects.filter(state=State.WAITING).order_by("id"):
            heads.setdefault((operation.subject, operation.platform), operation.id)
        return sorted(heads.values())

    def postponed(self, operation_id):
        error = SyncOperation.objects.get(pk=operation_id).error
        return bool(error) and error["class"] == "Postponed"

    def deliver_all(self):
        """Until nothing is due, or all of it waits for something else."""
        for _ in range(60):
            for operation_id in self.due():
                self.deliver(operation_id)
            if all(self.postponed(operation_id) for operation_id in self.due()):
                return

    def settle(self):
        """Everything is read and sent until nothing is left to do."""
        for _ in range(3):
            self.read_walmart()
            self.read_commerce()
            self.deliver_all()

    @transaction.atomic
    def deliver(self, operation_id, fault=""):
        """One attempt; when its answer is lost or its worker dies after the call, the next one looks first."""
        operation = SyncOperation.objects.get(pk=operation_id)
        kind = KINDS[operation.kind]
        claim = Claim(
            id=operation.id,
            store_id=operation.store_id,
            kind=operation.kind,
            subject=operation.subject,
            payload=operation.payload,
            progress=operation.progress,
            attempt=1,
            ambiguous=operation.ambiguous,
        )
        prepared = kind.prepare([claim]).get(claim.id)
        if isinstance(prepared, Skip):
            _end(operation, State.SKIPPED, reason=prepared.reason.as_json())
            return
        for side in (self.walmart, self.shop):
            side.lose = {"lost": 1, "lost at the second write": 2}.get(fault, 0)
            side.down = int(fault == "down")
        progress = Saved(operation)
        try:
            looked = run(kind.find_existing(claim, prepared, self.gateways, progress)) if operation.ambiguous else None
            sent = looked or run(kind.send(claim, prepared, self.gateways, progress))
        except (Ambiguous, Unavailable, Postponed, Rejected) as error:
            _stopped(operation, kind, claim, error)
            return
        _end(operation, State.DONE, error=None)
        kind.apply(claim, sent.result)


class Saved:
    """Checkpoints of an attempt, kept whatever becomes of its answer."""

    def __init__(self, operation):
        self._operation = operation

    async def save(self, **facts):
        self._operation.progress = self._operation.progress | facts
        SyncOperation.objects.filter(pk=self._operation.pk).update(progress=self._operation.progress)


def _stopped(operation, kind, claim, error):
    final = isinstance(error, Rejected)
    written = {"class": type(error).__name__, "sentence": error.sentence.as_json()}
    if final:
        _end(operation, State.FAILED, error=written)
    else:
        doubt = operation.ambiguous or isinstance(error, Ambiguous)
        SyncOperation.objects.filter(pk=operation.pk).update(ambiguous=doubt, error=written)
    kind.stopped(claim, error, final=final)


def _end(operation, state, **facts):
    SyncOperation.objects.filter(pk=operation.pk).update(state=state, finished_at=timezone.now(), **facts)
