"""Walmart's returns → our returns, and the units to be paid back (walmart-api §3.2, §3.3)."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from channel_manager.connectors.walmart.mapping.progress import Progress, progress
from channel_manager.connectors.walmart.mapping.reading import (
    Json,
    Unreadable,
    amount,
    flag,
    moment,
    names,
    needed,
    next_cursor,
    part,
    parts,
    text,
    units,
)
from channel_manager.connectors.walmart.mapping.repayments import repayment
from channel_manager.ports.messages import Fulfilment
from channel_manager.ports.returns import (
    IncomingReturn,
    IncomingReturnLine,
    ReturnedUnits,
    ReturnKind,
    ReturnsPage,
    UnreadableReturn,
)
from channel_manager.shared.sentences import say


def returns_page(data: Any, *, fulfilment: Fulfilment, cursor: str | None) -> ReturnsPage:
    """`fulfilment` is what was asked for: returns do not name theirs. `cursor` led to this page."""
    elements = part(data).get("returnOrders")
    found = elements if isinstance(elements, list) else [elements] if elements else []
    returns = tuple(_readable(item, fulfilment) for item in found)
    return ReturnsPage(returns=returns, next_cursor=next_cursor(part(data, "meta"), cursor) if returns else None)


def incoming_return(data: Any, *, fulfilment: Fulfilment) -> IncomingReturn:
    """Raises Unreadable."""
    found = part(data)
    number = needed(found, "returnOrderId", "returnOrderId")
    refund = part(found, "totalRefundAmount")
    lines = _lines(found)
    return IncomingReturn(
        number=number,
        customer_order_number=text(found, "customerOrderId"),
        requested_at=_requested_at(found),
        return_by=moment(found.get("returnByDate")),
        kind=ReturnKind.REPLACEMENT if text(found, "returnType").upper() == "REPLACEMENT" else ReturnKind.REFUND,
        replacement_order_number=text(found, "replacementCustomerOrderId"),
        fulfilment=fulfilment,
        currency=_currency(found),
        stated_total=_stated(refund),
        lines=lines,
        tracking_numbers=names(_tracking_numbers(found)),
        raw=found,
    )


def refund_request(customer_order_number: str, lines: tuple[ReturnedUnits, ...]) -> Json:
    """Raises ValueError for nothing to refund, or less than nothing."""
    if not lines or min(line.quantity for line in lines) < 1:
        raise ValueError("There is nothing to refund.")
    return {"customerOrderId": customer_order_number, "refundLines": [_refund_line(line) for line in lines]}


def _refund_line(line: ReturnedUnits) -> Json:
    number = int(line.number) if line.number.isdecimal() else line.number
    return {"returnOrderLineNumber": number, "quantity": {"unitOfMeasure": "EACH", "measurementValue": line.quantity}}


def _readable(data: Any, fulfilment: Fulfilment) -> IncomingReturn | UnreadableReturn:
    try:
        return incoming_return(data, fulfilment=fulfilment)
    except Unreadable as unreadable:
        raw = data if isinstance(data, dict) else {"returnOrder": data}
        problem = say(
            "Walmart sent this return in a form that cannot be understood: %(path)s is missing or wrong. "
            "Look at it in Seller Center and report it.",
            path=unreadable.path,
        )
        return UnreadableReturn(number=text(raw, "returnOrderId"), problem=problem, raw=raw)


def _requested_at(found: Json) -> datetime:
    """The return's own date, else the time of the first thing that happened to it."""
    events = (event for row in parts(found.get("returnOrderLines")) for event in parts(row.get("returnTrackingDetail")))
    times = (moment(found.get("returnOrderDate")), *sorted(filter(None, (moment(e.get("eventTime")) for e in events))))
    requested_at = next(filter(None, times), None)
    if requested_at is None:
        raise Unreadable("returnOrderDate")
    return requested_at


def _stated(refund: Json) -> Decimal | None:
    value = refund.get("currencyAmount", refund.get("amount"))
    return None if value is None else amount(value, "totalRefundAmount")


def _currency(found: Json) -> str:
    money = (
        part(found, "totalRefundAmount"),
        *(part(row, "unitPrice") for row in parts(found.get("returnOrderLines"))),
    )
    return next(filter(None, (text(each, "currencyUnit").upper() for each in money)), "USD")


def _tracking_numbers(found: Json) -> Iterable[str]:
    for group in parts(found.get("returnLineGroups")):
        for label in parts(group.get("labels")):
            yield from (text(carrier, "trackingNo") for carrier in parts(label.get("carrierInfoList")))


def _lines(found: Json) -> tuple[IncomingReturnLine, ...]:
    expected = _expected_by_group(found)
    rows = parts(found.get("returnOrderLines"))
    lines = tuple(_line(row, expected, f"returnOrderLines[{index}]") for index, row in enumerate(rows))
    if not lines or len({line.number for line in lines}) < len(lines):
        raise Unreadable("returnOrderLines")
    return lines


def _expected_by_group(found: Json) -> dict[str, bool | None]:
    """Whether the goods come back, by line, as the line's group says it."""
    return {
        text(line, "returnOrderLineNumber"): flag(group.get("returnExpectedFlag"))
        for group in parts(found.get("returnLineGroups"))
        for line in parts(group.get("returnLines"))
    }


def _line(row: Json, expected: dict[str, bool | None], path: str) -> IncomingReturnLine:
    number = needed(row, "returnOrderLineNumber", f"{path}.returnOrderLineNumber")
    quantity = units(row.get("quantity"), f"{path}.quantity")
    if not quantity:
        raise Unreadable(f"{path}.quantity")
    done: Progress = progress(row, quantity, path)
    money = repayment(row, quantity, path)
    keep_it = bool(flag(row.get("isKeepIt")))
    return IncomingReturnLine(
        number=number,
        order_number=needed(row, "purchaseOrderId", f"{path}.purchaseOrderId"),
        order_line_number=needed(row, "purchaseOrderLineNumber", f"{path}.purchaseOrderLineNumber"),
        sku=text(part(row, "item"), "sku"),
        name=text(part(row, "item"), "productName"),
        quantity=quantity,
        state=done.state,
        reason=text(row, "returnReason"),
        delivered_at=done.delivered_at,
        completed_at=done.completed_at,
        refunded=done.refunded,
        refund_channel=done.refund_channel,
        refund_state=done.refund_state,
        keep_it=keep_it,
        goods_expected=_goods_expected(flag(row.get("returnExpectedFlag")), expected.get(number), keep_it=keep_it),
        exceptional=_is_exceptional(row),
        charges=money.charges,
        fee=money.fee,
    )


def _goods_expected(*said: bool | None, keep_it: bool) -> bool:
    return next((value for value in said if value is not None), not keep_it) and not keep_it


def _is_exceptional(row: Json) -> bool:
    flagged = flag(row.get("isReturnForException"))
    return bool(text(row, "exceptionItemType")) if flagged is None else flagged
