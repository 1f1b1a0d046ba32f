"""A line of a return as the API shows it (walmart-api §3.2)."""

import random
from decimal import Decimal
from typing import Any

from channel_simulators.walmart.orders.charges import NOTHING, SHIPPING
from channel_simulators.walmart.returns import money, origin, progress
from channel_simulators.walmart.returns.kinds import CANCELLED
from channel_simulators.walmart.returns.money import ReturnedCharge
from channel_simulators.walmart.returns.state import Event, ReturnLine, ReturnOptions, ReturnOrder
from channel_simulators.walmart.state import Line, iso
from channel_simulators.walmart.world import World

JSON = dict[str, Any]
DESCRIPTIONS = {
    "RETURN_INITIATED": "Return initiated for MARKET_PLACE",
    "RETURN_IN_TRANSIT": "A MARKET_PLACE Return in Transit",
    "DELIVERED_AT_RETURN_CENTER": "A MARKET_PLACE Return delivered at return center",
    "REFUND_INITIATED": "Refund initiated for MARKET_PLACE",
    "REFUND_ISSUED": "Refund issued for MARKET_PLACE",
    CANCELLED: "A MARKET_PLACE Return cancelled",
    "INTRANSIT_AFTER_INVOICE": "A MARKET_PLACE Return in Transit after invoice",
    "DELIVERED_AFTER_INVOICE": "A MARKET_PLACE Return delivered after invoice",
}


def line(world: World, rma: ReturnOrder, held: ReturnLine, *, replacement_info: bool = False) -> JSON:
    """Members without a value are None; `rendering` decides how they are shown."""
    options = world.state.returns.options
    order, sold = origin.sold(world, held)
    return {
        "returnOrderLineNumber": held.number,
        "salesOrderLineNumber": held.sales_order_line,
        "sellerOrderId": sold.seller_order_id or order.seller_order_id,
        "returnReason": options.names.get(held.reason, held.reason),
        "returnDescription": None,
        "returnMethod": "KEEP_IT" if held.keep_it else "MAIL",
        "purchaseOrderId": held.purchase_order_id,
        "purchaseOrderLineNumber": int(held.line),
        "isReturnForException": held.exception_item_type is not None,
        "exceptionItemType": held.exception_item_type,
        "rechargeReason": None,
        "returnCancellationReason": rma.cancellation_reason if held.cancelled and replacement_info else None,
        "item": _item(sold),
        **_money(sold, held),
        **_quantities(held, sold, options),
        "returnExpectedFlag": held.expected,
        "isFastReplacement": rma.replacement_customer_order_id is not None,
        "isKeepIt": held.keep_it,
        "itemReturnSettings": _settings(held),
        "status": _word(progress.status(held, options), options),
        "statusTime": iso(held.events[-1].at),
        "currentTrackingStatuses": [_stage(stage, options) for stage in progress.stages(held)],
        "refundChannels": [_channel(position, held, options) for position in range(len(held.refunds))],
        "returnTrackingDetail": _tracking(rma, held, options),
        **(_flat(held, options) if options.flat_fields else {}),
    }


def dollars(amount: Decimal) -> JSON:
    return {"currencyAmount": float(amount), "currencyUnit": "USD"}


def _item(sold: Line) -> JSON:
    weight = {"unitOfMeasure": "POUND", "measurementValue": 1.0}
    return {"sku": sold.sku, "condition": "New", "productName": sold.product_name, "itemWeight": weight}


def _money(sold: Line, held: ReturnLine) -> JSON:
    charges = money.returned_charges(sold, held.units)
    price = next((charge for charge in charges if not charge.is_discount), None)
    unit_price = money.per_unit(price.amount, held.quantity)[0] if price else NOTHING
    return {
        "charges": [_charge(charge, held.quantity) for charge in charges],
        "unitPrice": dollars(unit_price),
        "chargeTotals": [{"name": name, "value": dollars(sum_)} for name, sum_ in _totals(sold, held, unit_price)],
    }


def _charge(charge: ReturnedCharge, quantity: int) -> JSON:
    """Per unit, with the cents that do not divide as excess: a reading of "last penny calculations" (I)."""
    one, excess = money.per_unit(abs(charge.amount), quantity)
    one_tax, excess_tax = money.per_unit(charge.tax, quantity)
    tax = {"taxName": charge.of.tax_name, "excessTax": dollars(excess_tax), "taxPerUnit": dollars(one_tax)}
    return {
        "chargeCategory": charge.of.type,
        "chargeName": charge.of.name,
        "chargePerUnit": dollars(one),
        "isDiscount": charge.is_discount,
        "isBillable": charge.billable,
        "tax": [] if charge.of.tax is None else [tax],
        "excessCharge": dollars(excess),
        "references": [{"name": "isAdjustment", "value": "false"}],
    }


def _totals(sold: Line, held: ReturnLine, unit_price: Decimal) -> list[tuple[str, Decimal]]:
    """Of all units of the line; `lineTotal` is what a refund of the whole line gives back."""
    share = money.share(sold, held.units)
    totals = [
        ("lineUnitPrice", unit_price),
        ("lineProductTaxes", share.product_tax),
        ("lineTotalTaxes", share.product_tax + share.shipping_tax),
        ("lineSubTotal", share.product),
        ("lineTotal", share.total),
    ]
    has_shipping = any(charge.type == SHIPPING for charge in sold.charges)
    return [*totals[:3], ("lineShippingFee", share.shipping), *totals[3:]] if has_shipping else totals


def _quantities(held: ReturnLine, sold: Line, options: ReturnOptions) -> JSON:
    return {
        "quantity": _quantity(held.quantity, options),
        "cancellableQty": max(0, held.open - held.shipped),
        "refundedQty": float(held.refunded),
        "rechargeableQty": 0.0,
        "lastItem": sold.ordered - 1 in held.units,
    }


def _quantity(amount: int, options: ReturnOptions) -> JSON:
    return {"unitOfMeasure": options.unit_of_measure, "measurementValue": float(amount)}


def _stage(stage: progress.Stage, options: ReturnOptions) -> JSON:
    return {
        "status": _word(stage.status, options),
        "statusTime": iso(stage.at),
        "currentRefundStatus": stage.refund_status and _word(stage.refund_status, options),
        "quantity": _quantity(stage.quantity, options),
    }


def _channel(position: int, held: ReturnLine, options: ReturnOptions) -> JSON:
    refund = held.refunds[position]
    quantity = _quantity(refund.quantity, options)
    if options.channel_unit == "without" or (options.channel_unit == "alternate" and position % 2 == 0):
        del quantity["unitOfMeasure"]
    return {"refundChannelName": _word(refund.channel, options), "quantity": quantity}


def _flat(held: ReturnLine, options: ReturnOptions) -> JSON:
    """The deprecated forms know one value for all units: that of the latest refund."""
    refunded = [stage.refund_status for stage in progress.stages(held) if stage.refund_status]
    return {
        "currentDeliveryStatus": progress.delivery_status(held),
        "currentRefundStatus": _word(refunded[-1], options) if refunded else None,
        "refundChannel": _word(held.refunds[-1].channel, options) if held.refunds else None,
    }


def _settings(held: ReturnLine) -> list[JSON]:
    return [{"name": "keepIt", "value": str(held.keep_it).lower()}, {"name": "returnable", "value": "true"}]


def _tracking(rma: ReturnOrder, held: ReturnLine, options: ReturnOptions) -> list[JSON]:
    events = [_event(rma, number, event, options) for number, event in enumerate(held.events)]
    if options.tracking_order == "shuffled":
        random.Random(rma.return_order_id).shuffle(events)
    return events[::-1] if options.tracking_order == "newest_first" else events


def _event(rma: ReturnOrder, number: int, event: Event, options: ReturnOptions) -> JSON:
    return {
        "sequenceNo": number,
        "eventTag": _word(event.tag, options),
        "eventDescription": DESCRIPTIONS[event.tag],
        "eventTime": iso(event.at),
        "references": [{"name": "ReturnDate", "value": iso(rma.created_at)}],
    }


def _word(word: str, options: ReturnOptions) -> str:
    return options.names.get(word, word)
