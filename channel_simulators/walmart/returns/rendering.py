"""A return order as the API shows it (walmart-api §3.2)."""

from decimal import Decimal
from typing import Any

from channel_simulators.walmart.returns import line_rendering, money, origin
from channel_simulators.walmart.returns.kinds import KINDS
from channel_simulators.walmart.returns.line_rendering import dollars
from channel_simulators.walmart.returns.state import Label, ReturnOptions, ReturnOrder
from channel_simulators.walmart.state import Order, iso
from channel_simulators.walmart.world import World

JSON = dict[str, Any]


def return_order(world: World, rma: ReturnOrder, *, replacement_info: bool = False) -> JSON:
    options = world.state.returns.options
    shown: JSON = {
        "returnOrderId": rma.return_order_id,
        "customerEmailId": _buyer(world, rma).email,
        "customerName": _name(_buyer(world, rma).address.name),
        "customerOrderId": rma.customer_order_id,
        "refundMode": "POST_DELIVERY" if KINDS[rma.kind].refunded_by is None else "IMMEDIATE",
        "returnOrderDate": iso(rma.created_at),
        "returnByDate": iso(rma.return_by),
        "returnType": KINDS[rma.kind].return_type if replacement_info else None,
        "replacementCustomerOrderId": rma.replacement_customer_order_id if replacement_info else None,
        "totalRefundAmount": dollars(_total(world, rma)),
        "returnLineGroups": [_group(rma, label) for label in rma.labels],
        "returnOrderLines": [
            line_rendering.line(world, rma, line, replacement_info=replacement_info) for line in rma.lines
        ],
        "returnChannel": {"channelName": options.names.get(rma.channel, rma.channel)},
    }
    finished: JSON = _finish(shown, options)
    return finished


def _buyer(world: World, rma: ReturnOrder) -> Order:
    order, _ = origin.sold(world, rma.lines[0])
    return order


def _name(name: str) -> JSON:
    first, _, last = name.rpartition(" ")
    return {"firstName": first or last, "lastName": last if first else None}


def _total(world: World, rma: ReturnOrder) -> Decimal:
    shares = [money.share(origin.sold(world, line)[1], line.units) for line in rma.lines]
    return sum((share.total for share in shares), Decimal())


def _group(rma: ReturnOrder, label: Label) -> JSON:
    lines = [line for line in rma.lines if line.group == label.group]
    return {
        "groupNo": label.group,
        "returnLines": [{"returnOrderLineNumber": line.number} for line in lines],
        "labels": [_label(rma, label)] if label.number else [],
        "returnExpectedFlag": any(line.expected for line in lines),
    }


def _label(rma: ReturnOrder, label: Label) -> JSON:
    carrier = {
        "carrierId": label.carrier_id,
        "carrierName": label.carrier,
        "serviceType": label.service,
        "trackingNo": label.number,
    }
    image = f"https://i5.walmartimages.com/asr/{rma.return_order_id}_{label.group}.png"
    return {"labelImageURL": image, "carrierInfoList": [carrier]}


def _finish(value: Any, options: ReturnOptions) -> Any:
    """Members without a value are absent or null; every object may have members that nobody knows yet."""
    if isinstance(value, list):
        return [_finish(entry, options) for entry in value]
    if not isinstance(value, dict):
        return value
    absent = options.without_value == "absent"
    finished = {name: _finish(entry, options) for name, entry in value.items() if entry is not None or not absent}
    return finished | {"memberOfTomorrow": {"since": "2027"}} if options.extra_members else finished
