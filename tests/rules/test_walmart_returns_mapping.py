import copy
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from channel_manager.connectors.walmart.mapping.reading import Unreadable
from channel_manager.connectors.walmart.mapping.returns import incoming_return, refund_request, returns_page
from channel_manager.ports.messages import Fulfilment, RefundedCharges
from channel_manager.ports.returns import (
    IncomingReturn,
    IncomingReturnLine,
    ReturnedUnits,
    ReturnKind,
    ReturnState,
    UnreadableReturn,
)

D = Decimal


def usd(amount):
    return {"currencyAmount": amount, "currencyUnit": "USD"}


def units(count, **unit):
    return {"measurementValue": count, **unit}


def event(tag, time, number=0):
    return {"sequenceNo": number, "eventTag": tag, "eventDescription": "x", "eventTime": time, "references": None}


def charge(category="PRODUCT", per_unit=119.95, tax=7.5, excess=0, excess_tax=0, **more):
    found = {
        "chargeCategory": category,
        "chargeName": "ItemPrice",
        "chargePerUnit": usd(per_unit),
        "isDiscount": False,
        "isBillable": True,
        "tax": [{"taxName": "Tax1", "excessTax": usd(excess_tax), "taxPerUnit": usd(tax)}],
        "excessCharge": usd(excess),
    }
    return found | more


def totals(**named):
    return [{"name": name, "value": usd(amount)} for name, amount in named.items()]


LINE = {
    "returnOrderLineNumber": 1,
    "salesOrderLineNumber": 1,
    "returnReason": "ARRIVED_LATE",
    "purchaseOrderId": "4790210558890",
    "sellerOrderId": "123",
    "purchaseOrderLineNumber": 1,
    "item": {"sku": "ANTL_GDL-0700", "condition": "New", "productName": "Antlion ModMic"},
    "charges": [charge()],
    "unitPrice": usd(119.95),
    "chargeTotals": totals(
        lineUnitPrice=119.95, lineProductTaxes=7.5, lineTotalTaxes=7.5, lineSubTotal=119.95, lineTotal=127.45
    ),
    "currentTrackingStatuses": [
        {"status": "INITIATED", "statusTime": "2026-11-20T01:01:08.000Z", "quantity": units(1, unitOfMeasure="EACH")}
    ],
    "cancellableQty": 1,
    "quantity": units(1, unitOfMeasure="EACH"),
    "returnExpectedFlag": True,
    "isKeepIt": False,
    "refundedQty": 0,
    "returnTrackingDetail": [
        event("RETURN_IN_TRANSIT", "2026-11-21T00:46:11.000Z", 1),
        event("RETURN_INITIATED", "2026-11-20T01:01:08.000Z"),
    ],
    "status": "INITIATED",
    "statusTime": "2026-11-20T01:01:08.000Z",
}
RETURN = {
    "returnOrderId": "103738048909818825",
    "customerEmailId": "3A31@relay.walmart.com",
    "customerName": {"firstName": "Alice", "lastName": "Baker"},
    "customerOrderId": "1234567891234",
    "refundMode": "POST_DELIVERY",
    "returnOrderDate": "2026-11-20T01:01:08.000Z",
    "returnByDate": "2026-12-20T01:01:06.000Z",
    "returnType": "REFUND",
    "totalRefundAmount": usd(127.45),
    "returnLineGroups": [
        {
            "groupNo": 1,
            "returnLines": [{"returnOrderLineNumber": 1}],
            "labels": [{"carrierInfoList": [{"carrierName": "FEDEX", "trackingNo": "785611449666"}]}],
            "returnExpectedFlag": True,
        }
    ],
    "returnOrderLines": [LINE],
    "returnChannel": {"channelName": "ONLINE"},
}


def read(fulfilment=Fulfilment.SELLER, **members):
    return incoming_return(copy.deepcopy(RETURN) | members, fulfilment=fulfilment)


def line(**members):
    return read(returnOrderLines=[copy.deepcopy(LINE) | members]).lines[0]


def stage(status, count, refund=None, at="2026-11-22T10:00:00Z"):
    return {"status": status, "statusTime": at, "currentRefundStatus": refund, "quantity": units(count)}


def test_an_ordinary_return_is_read_whole():
    assert read() == IncomingReturn(
        number="103738048909818825",
        customer_order_number="1234567891234",
        requested_at=datetime(2026, 11, 20, 1, 1, 8, tzinfo=UTC),
        return_by=datetime(2026, 12, 20, 1, 1, 6, tzinfo=UTC),
        kind=ReturnKind.REFUND,
        replacement_order_number="",
        fulfilment=Fulfilment.SELLER,
        currency="USD",
        stated_total=D("127.45"),
        lines=(
            IncomingReturnLine(
                number="1",
                order_number="4790210558890",
                order_line_number="1",
                sku="ANTL_GDL-0700",
                name="Antlion ModMic",
                quantity=1,
                state=ReturnState.REQUESTED,
                reason="ARRIVED_LATE",
                charges=RefundedCharges(product=D("119.95"), product_tax=D("7.50")),
            ),
        ),
        tracking_numbers=("785611449666",),
        raw=RETURN,
    )


def test_numbers_may_be_text_or_numbers_and_quantities_bare():
    found = line(
        returnOrderLineNumber="1", purchaseOrderId=4790210558890, purchaseOrderLineNumber=4.0, quantity="2", charges=None,
        chargeTotals=None,
    )  # fmt: skip
    assert (found.number, found.order_number, found.order_line_number, found.quantity) == (
        "1",
        "4790210558890",
        "4",
        2,
    )
    assert found.charges == RefundedCharges()


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"status": "DELIVERED"}, ReturnState.DELIVERED),
        ({"status": "COMPLETED", "refundedQty": 1}, ReturnState.COMPLETED),
        ({"status": "COMPLETED"}, ReturnState.COMPLETED),
        ({"status": "COMPLETED", "returnCancellationReason": "Buyer"}, ReturnState.CANCELLED),
        ({"status": "COMPLETED", "refundedQty": 1, "returnCancellationReason": "Odd"}, ReturnState.COMPLETED),
        ({"status": "RECEIVED"}, ReturnState.REQUESTED),
        ({"status": "RECEIVED", "returnTrackingDetail": None}, ReturnState.UNKNOWN),
        ({"status": None, "returnTrackingDetail": [event("NEW_TAG", "2026-11-20T00:00:00Z")]}, ReturnState.UNKNOWN),
    ],
)
def test_an_answer_without_quantities_speaks_for_the_whole_line(members, expected):
    assert line(currentTrackingStatuses=None, **members).state is expected


@pytest.mark.parametrize(
    ("tags", "state"),
    [
        (["RETURN_CANCELLED", "RETURN_INITIATED"], ReturnState.CANCELLED),
        (["REFUND_ISSUED", "DELIVERED_AT_RETURN_CENTER"], ReturnState.COMPLETED),
        (["RETURN_CANCELLED", "REFUND_ISSUED"], ReturnState.COMPLETED),
        (["INTRANSIT_AFTER_INVOICE"], ReturnState.COMPLETED),
    ],
)
def test_the_events_tell_refunded_from_cancelled(tags, state):
    times = [event(tag, f"2026-11-2{9 - index}T00:00:00Z") for index, tag in enumerate(tags)]
    assert line(currentTrackingStatuses=[stage("COMPLETED", 1)], returnTrackingDetail=times).state is state


def test_units_of_one_line_may_stand_differently():
    """The line is not completed before all of it is; what has been paid back or is on its way counts as refunded."""
    found = line(
        quantity=units(6),
        refundedQty=1,
        currentTrackingStatuses=[
            stage("COMPLETED", 1, "REFUND_COMPLETED"),
            stage("COMPLETED", 2, "REFUND_INITIATED"),
            stage("DELIVERED", 2),
            stage("INITIATED", 1),
        ],
        refundChannels=[
            {"refundChannelName": "SELLER_MANUAL_REFUND", "quantity": units(2)},
            {"refundChannelName": "InstantRefund", "quantity": units(1, unitOfMeasure="EA")},
        ],
        refundChannel="SELLER_AUTO_REFUND",
    )
    assert (found.state, found.refunded) == (ReturnState.DELIVERED, 3)
    assert found.refund_channel == "SELLER_MANUAL_REFUND, InstantRefund"
    assert found.refund_state == "REFUND_COMPLETED, REFUND_INITIATED"
    assert (found.delivered_at, found.completed_at) == (datetime(2026, 11, 22, 10, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("members", "refunded", "channel"),
    [
        ({"currentRefundStatus": "REFUND_COMPLETED", "refundChannel": "WALMART_TRIGGERED_REFUND"}, 3,
         "WALMART_TRIGGERED_REFUND"),
        ({"currentRefundStatus": "REFUND_INITIATED", "refundedQty": 1}, 1, ""),
        ({"currentRefundStatus": "NONE"}, 0, ""),
        ({"refundedQty": "2"}, 2, ""),
        ({"refundedQty": None}, 0, ""),
        ({"refundedQty": 9}, 3, ""),
    ],
)  # fmt: skip
def test_the_deprecated_members_count_where_there_are_no_others(members, refunded, channel):
    found = line(currentTrackingStatuses=[], quantity=units(3), **members)
    assert (found.refunded, found.refund_channel) == (refunded, channel)


def test_the_clock_starts_when_the_first_goods_arrive():
    """Events may come in any order."""
    events = [
        event("DELIVERED_AT_RETURN_CENTER", "2026-11-23T08:00:00Z", 3),
        event("RETURN_INITIATED", "2026-11-20T01:01:08Z"),
        event("REFUND_ISSUED", "2026-11-23T09:00:00Z", 4),
        event("DELIVERED_AT_RETURN_CENTER", "2026-11-22T08:00:00Z", 2),
    ]
    found = line(status="COMPLETED", currentTrackingStatuses=None, returnTrackingDetail=events, statusTime="garbage")
    assert found.delivered_at == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert found.completed_at == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_goods_may_arrive_after_the_money_went():
    events = [
        event("DELIVERED_AFTER_INVOICE", "2026-11-24T08:00:00Z", 2),
        event("REFUND_ISSUED", "2026-11-20T09:00:00Z", 1),
    ]
    found = line(
        currentTrackingStatuses=[stage("COMPLETED", 1, "REFUND_COMPLETED", at="2026-11-20T09:00:00Z")],
        returnTrackingDetail=events,
    )
    assert (found.state, found.refunded) == (ReturnState.COMPLETED, 1)
    assert found.delivered_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert found.completed_at == datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("members", "group", "expected"),
    [
        ({"returnExpectedFlag": False}, True, (False, False)),
        ({"returnExpectedFlag": None}, False, (False, False)),
        ({"returnExpectedFlag": None}, None, (True, False)),
        ({"returnExpectedFlag": True, "isKeepIt": True}, True, (False, True)),
        ({"returnExpectedFlag": "false", "isKeepIt": "TRUE"}, None, (False, True)),
    ],
)
def test_what_the_buyer_keeps_is_not_expected_back(members, group, expected):
    groups = [{"returnLines": [{"returnOrderLineNumber": "1"}], "labels": None, "returnExpectedFlag": group}]
    (found,) = read(returnLineGroups=groups, returnOrderLines=[LINE | members]).lines
    assert (found.goods_expected, found.keep_it) == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"isReturnForException": True}, True),
        ({"exceptionItemType": "HAZMAT"}, True),
        ({"exceptionItemType": "FREIGHT", "isReturnForException": False}, False),
        ({"exceptionItemType": None, "isReturnForException": None}, False),
    ],
)
def test_items_that_the_seller_fetches_are_marked(members, expected):
    assert line(**members).exceptional is expected


def test_charges_are_for_the_whole_quantity_and_lose_no_cent():
    found = line(
        quantity=units(3),
        charges=[
            charge(per_unit=3.33, excess=0.01, tax=0.27, excess_tax=-0.01),
            charge("SHIPPING", per_unit=2, tax=0.1, chargeName="Shipping"),
            charge(per_unit=1, tax=0.08, isDiscount=True, chargeName="SubscriptionDiscount"),
            charge("FEE", per_unit=99, tax=9, isBillable=False),
        ],
        chargeTotals=totals(lineTotal=13.86, lineProductTaxes=1, lineTotalTaxes=1, lineSubTotal=99),
    )
    assert found.charges == RefundedCharges(
        product=D("7.00"), product_tax=D("0.56"), shipping=D("6.00"), shipping_tax=D("0.30")
    )


def test_walmarts_totals_win_over_its_charges_per_unit():
    """As in Walmart's own example, whose line of three units has the totals of one (walmart-api §3.2)."""
    found = line(
        quantity=units(3),
        chargeTotals=totals(lineProductTaxes=7.5, lineTotalTaxes=8, lineShippingFee=5, lineTotal=132.95),
    )
    assert found.charges == RefundedCharges(
        product=D("119.95"), product_tax=D("7.50"), shipping=D("5.00"), shipping_tax=D("0.50")
    )


@pytest.mark.parametrize(
    "members",
    [
        {"chargeTotals": totals(lineRestockingFee=-12, lineTotal=115.45)},
        {
            "charges": [charge(), charge("FEE", per_unit=-12, tax=0, chargeName="RestockingFee")],
            "chargeTotals": totals(lineTotal=115.45),
        },
        {"charges": [charge(), charge("FEE", per_unit=12, tax=0, chargeName="Restocking Fee")], "chargeTotals": []},
    ],
)
def test_a_restocking_fee_is_told_and_taken_from_the_price(members):
    found = line(**members)
    assert (found.fee, found.charges) == (
        D("12.00"),
        RefundedCharges(product=D("107.95"), product_tax=D("7.50")),
    )


def test_totals_of_nothing_are_nothing_and_contradictory_ones_are_told():
    assert line(chargeTotals=totals(lineTotal=0, lineTotalTaxes=7.5)).charges == RefundedCharges()
    with pytest.raises(Unreadable, match=r"returnOrderLines\[0\].chargeTotals"):
        line(chargeTotals=totals(lineTotal=5, lineTotalTaxes=7.5))


def test_a_replacement_names_its_order():
    found = read(returnType="REPLACEMENT", replacementCustomerOrderId="77")
    assert (found.kind, found.replacement_order_number) == (ReturnKind.REPLACEMENT, "77")
    assert read(returnType="PREORDER").kind is ReturnKind.REFUND


def test_a_return_may_span_several_orders():
    found = read(returnOrderLines=[LINE, LINE | {"returnOrderLineNumber": 2, "purchaseOrderId": "5"}])
    assert [(each.number, each.order_number) for each in found.lines] == [("1", "4790210558890"), ("2", "5")]


def test_what_can_be_missed_may_be_missing():
    row = {"returnOrderLineNumber": 1, "purchaseOrderId": "1", "purchaseOrderLineNumber": 1, "quantity": units(1)}
    row |= {"returnTrackingDetail": [event("RETURN_INITIATED", "2026-11-20T01:01:08Z")]}
    bare = {"returnOrderId": 7, "returnOrderLines": row}
    found = incoming_return(bare, fulfilment=Fulfilment.MARKETPLACE)
    assert (found.number, found.currency, found.stated_total, found.return_by) == ("7", "USD", None, None)
    assert (found.requested_at, found.fulfilment) == (
        datetime(2026, 11, 20, 1, 1, 8, tzinfo=UTC),
        Fulfilment.MARKETPLACE,
    )
    everything_null = dict.fromkeys(RETURN) | bare | {"returnOrderLines": [dict.fromkeys(LINE) | row]}
    assert incoming_return(everything_null, fulfilment=Fulfilment.MARKETPLACE).lines == found.lines


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"returnOrderId": None}, "returnOrderId"),
        ({"returnOrderDate": "soon", "returnOrderLines": [LINE | {"returnTrackingDetail": []}]}, "returnOrderDate"),
        ({"returnOrderLines": []}, "returnOrderLines"),
        ({"returnOrderLines": [LINE, LINE]}, "returnOrderLines"),
        ({"returnOrderLines": [LINE | {"returnOrderLineNumber": None}]}, "returnOrderLines[0].returnOrderLineNumber"),
        ({"returnOrderLines": [LINE | {"purchaseOrderId": ""}]}, "returnOrderLines[0].purchaseOrderId"),
        ({"returnOrderLines": [LINE | {"purchaseOrderLineNumber": []}]}, "returnOrderLines[0].purchaseOrderLineNumber"),
        ({"returnOrderLines": [LINE | {"quantity": units(0)}]}, "returnOrderLines[0].quantity"),
        ({"returnOrderLines": [LINE | {"quantity": units(1.5)}]}, "returnOrderLines[0].quantity"),
        ({"returnOrderLines": [LINE | {"refundedQty": "few"}]}, "returnOrderLines[0].refundedQty"),
        ({"returnOrderLines": [LINE | {"charges": [charge(per_unit="x")]}]},
         "returnOrderLines[0].charges[0].chargePerUnit"),
        ({"totalRefundAmount": usd("much")}, "totalRefundAmount"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_named(members, path):
    with pytest.raises(Unreadable) as caught:
        read(**members)
    assert caught.value.path == path


def page(*returns, cursor=None):
    return {"meta": {"totalCount": 9, "limit": 200, "nextCursor": cursor}, "returnOrders": list(returns)}


def test_one_unreadable_return_never_hides_its_page():
    broken = RETURN | {"returnOrderId": "9", "returnOrderLines": None}
    found = returns_page(page(RETURN, broken, 7), fulfilment=Fulfilment.SELLER, cursor=None).returns
    assert [type(each) for each in found] == [IncomingReturn, UnreadableReturn, UnreadableReturn]
    assert (found[1].number, found[1].raw) == ("9", broken)
    assert "returnOrderLines is missing or wrong" in str(found[1].problem)
    assert (found[2].number, found[2].raw) == ("", {"returnOrder": 7})


NEXT = "?sellerId=151&limit=10&offset=10"


@pytest.mark.parametrize(
    ("data", "cursor", "expected"),
    [
        (page(RETURN, cursor=NEXT), None, NEXT),
        (page(RETURN, cursor=NEXT), NEXT, None),
        (page(RETURN, cursor=""), None, None),
        (page(RETURN), None, None),
        (page(cursor=NEXT), None, None),
        (page(RETURN, cursor=NEXT + "&hasMoreElements=false"), None, None),
        ({}, None, None),
        ({"meta": None, "returnOrders": RETURN}, None, None),
    ],
)
def test_each_way_of_the_end_is_understood(data, cursor, expected):
    assert returns_page(data, fulfilment=Fulfilment.SELLER, cursor=cursor).next_cursor == expected


def test_a_refund_names_units_and_no_money():
    body = refund_request(
        "1535274411287", (ReturnedUnits(number="1", quantity=2), ReturnedUnits(number="x", quantity=1))
    )
    assert body == {
        "customerOrderId": "1535274411287",
        "refundLines": [
            {"returnOrderLineNumber": 1, "quantity": {"unitOfMeasure": "EACH", "measurementValue": 2}},
            {"returnOrderLineNumber": "x", "quantity": {"unitOfMeasure": "EACH", "measurementValue": 1}},
        ],
    }


@pytest.mark.parametrize("lines", [(), (ReturnedUnits(number="1", quantity=0),)])
def test_a_refund_of_nothing_is_our_mistake(lines):
    with pytest.raises(ValueError, match="nothing to refund"):
        refund_request("1", lines)
