"""Making the Commerce order, exactly once (docs/architecture.md; magento-observed §1)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils import timezone

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import state
from channel_manager.orders.models import CommerceItem, OrderLine, PurchaseOrder, Treatment
from channel_manager.orders.operations import acknowledgement
from channel_manager.orders.operations.cancellations import commerce_cancelled, request_mirror
from channel_manager.orders.operations.commerce_shipments import request_outside_shipments
from channel_manager.orders.operations.kind import OrderOperation
from channel_manager.orders.plans import CreationPlan, creation_plan
from channel_manager.orders.rules import allocation
from channel_manager.orders.rules.allocation import Bundle
from channel_manager.ports.commerce import CommercePlatform
from channel_manager.ports.documents import CartQuote, CommerceOrder
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Platform
from channel_manager.shared.errors import Ambiguous, NotFound, Postponed, Rejected, RemoteError
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync import outbox
from channel_manager.sync.kinds import Claim, Json, Progress, Sent, Skip
from channel_manager.sync.models import SyncOperation

IMPORTED = (Treatment.IMPORT, Treatment.LINK)
PLACING = ("placing", "order_id")
CartItems = dict[str, list[str]]


class CreateCommerceOrder(OrderOperation):
    """Find by external number and adopt, else cart, place, correct, read back and compare.

    Progress: `cart_id` once a cart exists; `units` by line number, `cart_items` (line numbers by cart item id) and
    `placing` before the order may exist; `order_id` and `number` once it does. From `placing` on the cart is never
    abandoned: the order is looked for by it.
    """

    name: ClassVar[str] = "create_commerce_order"
    platform: ClassVar[Platform] = Platform.COMMERCE
    family: ClassVar[str] = "orders"
    priority: ClassVar[int] = 3

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        ids = [claim.payload["order"] for claim in claims]
        related = ("lines", "store__sku_links")
        orders = PurchaseOrder.objects.select_related("store__rules").prefetch_related(*related).in_bulk(ids)
        return {claim.id: _plan(orders.get(claim.payload["order"]), claim) for claim in claims}

    async def send(self, claim: Claim, prepared: CreationPlan, gateways: Gateways, progress: Progress) -> Sent:
        commerce = gateways.commerce
        cart_items: CartItems = claim.progress.get("cart_items", {})
        if claim.progress.get("order_id"):
            placed = await commerce.order(claim.progress["order_id"])
        elif claim.progress.get("placing"):
            placed = await _settle_place(claim, prepared, commerce)
        elif found := await _existing(prepared, commerce):
            return Sent(_result(found, allocation.match_items(found.items, prepared.lines), prepared, adopted=True))
        elif prepared.adopt_only:
            raise Postponed(_nothing_to_link(prepared.number), side="Commerce")
        else:
            placed, cart_items = await _place_new(claim, prepared, commerce, progress)
        await progress.save(order_id=placed.order_id, number=placed.number)
        return await _correct(placed, prepared, cart_items, commerce)

    def apply(self, claim: Claim, result: Json) -> None:
        order = state.locked(claim.payload["order"])
        _link(order, result)
        _allocate(order, result["items"])
        number = result["number"]
        linked = say("Linked to Commerce order %(number)s.", number=number)
        created = say("Created in Commerce as %(number)s.", number=number)
        record(
            order.subject,
            "created_in_commerce",
            linked if result["adopted"] else created,
            store_id=order.store_id,
            actor=Actor.RULE,
        )
        acknowledgement.request_now(order)
        request_outside_shipments(order)
        if any(commerce_cancelled(order).values()):
            request_mirror(order)
        state.refresh(order)

    def stopped(self, claim: Claim, error: RemoteError | None, *, final: bool) -> None:
        """An order that exists but could not be corrected is shown with its number all the same."""
        order = state.locked(claim.payload["order"])
        saved = SyncOperation.objects.values_list("progress", flat=True).get(pk=claim.id)
        order.commerce_number = saved.get("number", order.commerce_number)
        state.refresh(order)


def intention(order: PurchaseOrder, *, whole: bool = False, by: int | None = None) -> outbox.NewOperation:
    """`whole`: with all its units, for an order that was finished when it was received."""
    return outbox.NewOperation(
        kind=CreateCommerceOrder,
        store_id=order.store_id,
        subject=order.subject,
        key=f"create:{order.pk}:whole" if whole else f"create:{order.pk}",
        payload={"order": order.pk, "whole": whole},
        deadline=order.acknowledge_by,
        by=by,
    )


def request(order: PurchaseOrder, *, whole: bool, by: int | None) -> None:
    """Ask for the creation of an order; one that was asked for before is tried again now."""
    outbox.enqueue_many([intention(order, whole=whole, by=by)])
    outbox.retry_subject(order.subject, [CreateCommerceOrder])


def supersede(order: PurchaseOrder) -> bool:
    """Nothing of the order is left to create; an order whose placing has begun is created and then cancelled."""
    reason = say("Canceled before it was created in Commerce.")
    return bool(outbox.supersede(kind=CreateCommerceOrder, subject=order.subject, reason=reason, begun=PLACING))


# ---- inside a transaction: what is to be made --------------------------------------------------------------------


def _plan(order: PurchaseOrder | None, claim: Claim) -> CreationPlan | Skip:
    if order is None or order.treatment not in IMPORTED:
        return Skip(say("The order is left alone."))
    if order.commerce_order_id:
        return Skip(say("The order exists in Commerce."))
    units = claim.progress.get("units")
    if claim.payload.get("whole") and not units:
        units = {line.number: line.quantity for line in order.lines.all()}
    plan = creation_plan(order, order.store.rules, units=units, adopt_only=order.treatment == Treatment.LINK)
    if not any(line.live for line in plan.lines):
        return Skip(say("Nothing of the order is left to ship."))
    return plan


# ---- on the wire -------------------------------------------------------------------------------------------------


async def _existing(plan: CreationPlan, commerce: CommercePlatform) -> CommerceOrder | None:
    """The order that carries our number; an edited order's number stays on the dead parent: follow its children."""
    found = await commerce.find_orders(external_number=plan.number)
    if not found:
        return None
    order = found[-1]
    while order.state == "canceled" and order.child_id:
        order = await commerce.order(order.child_id)
    return order


async def _settle_place(claim: Claim, plan: CreationPlan, commerce: CommercePlatform) -> CommerceOrder:
    """An earlier attempt may have placed this cart: the order with its id says so (magento-observed §1, call 6)."""
    cart_id = claim.progress["cart_id"]
    if placed := await commerce.find_order_by_cart(cart_id):
        return placed
    cart = await commerce.cart(cart_id)
    if not cart.active:
        sentence = say("Commerce has taken the cart but shows no order yet; it is looked for again.")
        raise Ambiguous(sentence, side="Commerce")
    return await _place(cart_id, plan, commerce)


async def _place_new(
    claim: Claim, plan: CreationPlan, commerce: CommercePlatform, progress: Progress
) -> tuple[CommerceOrder, CartItems]:
    cart_id = await _fresh_cart(claim, commerce)
    await progress.save(cart_id=cart_id)
    cart_items: CartItems = {}
    for bundle in allocation.bundles(plan.lines):
        added = await commerce.add_to_cart(cart_id, sku=bundle.sku, quantity=bundle.quantity)
        cart_items.setdefault(str(added.item_id), []).extend(line.number for line in bundle.lines)
    _check_quote(await commerce.set_shipping(cart_id, plan.address, email=plan.cart_email))
    units = {line.number: line.live for line in plan.lines}
    await progress.save(placing=True, units=units, cart_items=cart_items)
    return await _place(cart_id, plan, commerce), cart_items


def _check_quote(quote: CartQuote) -> None:
    """The shop's own tax rows cannot be corrected afterwards, and its cart rules would be invoiced (observed §9)."""
    if quote.tax or quote.discount:
        raise Postponed(
            say(
                "The shop adds a tax of %(tax)s and a discount of %(discount)s of its own. Switch tax and cart rules "
                "off for the channel's store view; the order goes on by itself.",
                tax=quote.tax,
                discount=quote.discount,
            ),
            side="Commerce",
        )


async def _fresh_cart(claim: Claim, commerce: CommercePlatform) -> int:
    """A cart with nothing in it: adding twice adds up, so a cart that has items is abandoned."""
    if earlier := claim.progress.get("cart_id"):
        try:
            cart = await commerce.cart(earlier)
        except NotFound:
            return await commerce.create_cart()
        if cart.active and not cart.items:
            return cart.id
    return await commerce.create_cart()


async def _place(cart_id: int, plan: CreationPlan, commerce: CommercePlatform) -> CommerceOrder:
    try:
        return await commerce.order(await commerce.place(cart_id, payment_method=plan.payment_method))
    except NotFound:
        if placed := await commerce.find_order_by_cart(cart_id):
            return placed
        raise


async def _correct(
    placed: CommerceOrder, plan: CreationPlan, cart_items: CartItems, commerce: CommercePlatform
) -> Sent:
    """Repeatable: writes what Walmart charged, reads it back and compares it to the cent."""
    lines_of = {int(item_id): numbers for item_id, numbers in cart_items.items()}
    items = allocation.items_of_cart(placed.items, plan.lines, lines_of)
    money = allocation.money(items)
    await commerce.correct(plan.correction(placed, money))
    corrected = await commerce.order(placed.order_id)
    if wrong := allocation.differences(money, corrected):
        raise Rejected(_mismatch(wrong), side="Commerce", said="; ".join(map(str, wrong)))
    return Sent(_result(corrected, items, plan, adopted=False))


def _mismatch(wrong: list[Sentence]) -> Sentence:
    return say(
        "Commerce did not take Walmart's figures: %(first)s Switch cart rules and taxes off for the channel's store "
        "view, then retry.",
        first=wrong[0],
    )


def _nothing_to_link(number: str) -> Sentence:
    return say(
        "No Commerce order carries the external number %(number)s. Write it on the order that belongs to it, or have "
        "the order created.",
        number=number,
    )


def _result(order: CommerceOrder, items: Mapping[int, Bundle], plan: CreationPlan, *, adopted: bool) -> Json:
    quantities = {item.item_id: item for item in order.items}
    return {
        "order_id": order.order_id,
        "number": order.number,
        "state": order.state,
        "total": str(order.money.get("grand_total", 0)),
        "adopted": adopted,
        "adjusted": list(plan.adjusted),
        "items": [
            {
                "item_id": item_id,
                "sku": bundle.sku,
                "ordered": quantities[item_id].ordered,
                "lines": {line.number: line.live for line in bundle.lines},
            }
            for item_id, bundle in items.items()
        ],
    }


# ---- inside a transaction: what was made -------------------------------------------------------------------------


def _link(order: PurchaseOrder, result: Json) -> None:
    order.commerce_order_id = result["order_id"]
    order.commerce_number = result["number"]
    order.commerce_state = result["state"]
    order.commerce_total = result["total"]
    order.adjusted = result["adjusted"]
    order.reread = result["adopted"]
    order.linked_at = timezone.now() if result["adopted"] else None


def _allocate(order: PurchaseOrder, items: list[Json]) -> None:
    """Remember which units of which line became which item; what is not in it was finished before."""
    for entry in items:
        item, _ = CommerceItem.objects.update_or_create(
            order=order, item_id=entry["item_id"], defaults={"sku": entry["sku"], "ordered": entry["ordered"]}
        )
        for line in order.lines.filter(number__in=entry["lines"]):
            allocate_line(line, item, entry["lines"][line.number])


def allocate_line(line: OrderLine, item: CommerceItem, units: int) -> None:
    finished = line.quantity - units
    line.item = item
    line.commerce_quantity = units
    line.shipped_before = min(max(line.reported_shipped, line.recorded_shipped), finished)
    line.cancelled_before = finished - line.shipped_before
    line.save(update_fields=["item", "commerce_quantity", "shipped_before", "cancelled_before"])
