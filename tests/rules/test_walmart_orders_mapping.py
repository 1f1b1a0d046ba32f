import copy
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from channel_manager.connectors.walmart.mapping.orders import incoming_order, orders_page
from channel_manager.connectors.walmart.mapping.reading import Unreadable
from channel_manager.ports.messages import (
    Address,
    Fulfilment,
    IncomingLine,
    IncomingOrder,
    LineCharges,
    LineState,
    ReportedQuantity,
    UnreadableOrder,
)

D = Decimal
ORDER = {
    "purchaseOrderId": "1796277083022",
    "customerOrderId": "5281956426648",
    "customerEmailId": "3A31@relay.walmart.com",
    "orderType": "REGULAR",
    "orderDate": 1795435200000,
    "shippingInfo": {
        "phone": "2175550100",
        "estimatedShipDate": 1795521600000,
        "estimatedDeliveryDate": 1795780800000,
        "methodCode": "Value",
        "postalAddress": {
            "name": "Alice Baker",
            "address1": "100 Main St",
            "address2": "Apt 2",
            "city": "Springfield",
            "state": "IL",
            "postalCode": "62701",
            "country": "USA",
            "addressType": "RESIDENTIAL",
        },
    },
    "orderLines": {
        "orderLine": [
            {
                "lineNumber": "4",
                "item": {"productName": "Teepee", "sku": "TEE/1 +"},
                "charges": {
                    "charge": [
                        {
                            "chargeType": "PRODUCT",
                            "chargeName": "ItemPrice",
                            "chargeAmount": {"currency": "USD", "amount": 19.99},
                            "tax": {"taxName": "Tax1", "taxAmount": {"currency": "USD", "amount": 1.6}},
                        }
                    ]
                },
                "orderLineQuantity": {"unitOfMeasurement": "EACH", "amount": "2"},
                "statusDate": -62135596800000,
                "orderLineStatuses": {
                    "orderLineStatus": [
                        {"status": "Created", "statusQuantity": {"unitOfMeasurement": "EACH", "amount": "2"}}
                    ]
                },
            }
        ]
    },
    "orderSummary": {"totalAmount": {"currencyAmount": 21.59, "currencyUnit": "USD"}},
    "shipNode": {"type": "SellerFulfilled", "name": "Main", "id": "10000003527"},
}


def changed(*path, to):
    """The order with one member replaced; a path through the first line needs only its name."""
    order = copy.deepcopy(ORDER)
    target = order
    for name in path[:-1]:
        target = target[name]
    target[path[-1]] = to
    return order


def line(**members):
    order = copy.deepcopy(ORDER)
    order["orderLines"]["orderLine"][0] |= members
    return order


def first_line(**members):
    return incoming_order(line(**members)).lines[0]


def charge(kind, amount, tax=None, name="x"):
    found = {"chargeType": kind, "chargeName": name, "chargeAmount": {"currency": "USD", "amount": amount}}
    return found | {"tax": tax and {"taxName": "t", "taxAmount": {"currency": "USD", "amount": tax}}}


def page(*orders, cursor=None):
    return {"list": {"meta": {"totalCount": 9, "nextCursor": cursor}, "elements": {"order": list(orders)}}}


def test_an_ordinary_order_is_read_whole():
    assert incoming_order(ORDER) == IncomingOrder(
        number="1796277083022",
        customer_order_number="5281956426648",
        ordered_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
        ship_by=datetime(2026, 11, 24, 12, tzinfo=UTC),
        deliver_by=datetime(2026, 11, 27, 12, tzinfo=UTC),
        ship_method="Value",
        fulfilment=Fulfilment.SELLER,
        replacement_for=None,
        email="3A31@relay.walmart.com",
        address=Address(
            name="Alice Baker",
            street=("100 Main St", "Apt 2"),
            city="Springfield",
            state="IL",
            postcode="62701",
            country="US",
            phone="2175550100",
        ),
        lines=(
            IncomingLine(
                number="4",
                sku="TEE/1 +",
                name="Teepee",
                quantity=2,
                charges=LineCharges(product=D("19.99"), product_tax=D("1.60")),
                reported=(ReportedQuantity(state=LineState.CREATED, quantity=2),),
            ),
        ),
        currency="USD",
        stated_total=D("21.59"),
        raw=ORDER,
    )


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"type": "SellerFulfilled"}, Fulfilment.SELLER),
        ({"type": "3PLFulfilled"}, Fulfilment.PARTNER),
        ({"type": "WFSFulfilled"}, Fulfilment.MARKETPLACE),
        ({"type": "DroneFulfilled"}, Fulfilment.PARTNER),
        ([], Fulfilment.PARTNER),
        (None, Fulfilment.PARTNER),
    ],
)
def test_who_fulfils_is_told_by_the_order_else_by_the_question(node, expected):
    assert incoming_order(changed("shipNode", to=node), fulfilment=Fulfilment.PARTNER).fulfilment is expected


@pytest.mark.parametrize(
    ("phone", "expected"),
    [("0000000000", ""), ("000-000-0000", ""), (None, ""), (2175550100, "2175550100"), ("+1 800", "+1 800")],
)
def test_a_zeroed_phone_is_no_phone(phone, expected):
    assert incoming_order(changed("shippingInfo", "phone", to=phone)).address.phone == expected


@pytest.mark.parametrize(
    ("country", "expected"), [("USA", "US"), ("US", "US"), ("PRI", "PR"), ("XXX", "XXX"), (None, "")]
)
def test_countries_become_alpha_2(country, expected):
    order = incoming_order(changed("shippingInfo", "postalAddress", "country", to=country))
    assert order.address.country == expected


@pytest.mark.parametrize("missing", ["shippingInfo", "orderSummary", "customerEmailId", "customerOrderId", "orderType"])
@pytest.mark.parametrize("value", [None, [], {}])
def test_what_is_not_needed_may_be_null_or_of_another_shape(missing, value):
    assert incoming_order(changed(missing, to=value)).lines[0].sku == "TEE/1 +"


def test_unknown_members_and_values_pass():
    order = incoming_order(changed("somethingNew", to={"a": [1]}))
    assert order.raw["somethingNew"] == {"a": [1]}
    assert incoming_order(changed("shippingInfo", "methodCode", to="Drone")).ship_method == "Drone"
    statuses = {"orderLineStatus": [{"status": "Lost", "statusQuantity": {"amount": "2"}}]}
    assert first_line(orderLineStatuses=statuses).reported[0].state is LineState.UNKNOWN


def test_single_objects_stand_for_arrays_of_one():
    order = copy.deepcopy(ORDER)
    row = order["orderLines"]["orderLine"][0]
    row["charges"]["charge"] = row["charges"]["charge"][0]
    row["orderLineStatuses"]["orderLineStatus"] = row["orderLineStatuses"]["orderLineStatus"][0]
    order["orderLines"]["orderLine"] = row
    assert incoming_order(order).lines == incoming_order(ORDER).lines


@pytest.mark.parametrize(
    ("charges", "expected", "names"),
    [
        ([charge("PRODUCT", 20, 1.6), charge("SHIPPING", "5.99", 0.48)],
         LineCharges(product=D("20.00"), product_tax=D("1.60"), shipping=D("5.99"), shipping_tax=D("0.48")), ()),
        ([charge("PRODUCT", 20, 1.6), charge("PRODUCT", -2, -0.16, "SubscriptionDiscount")],
         LineCharges(product=D("20.00"), product_tax=D("1.44"), discount=D("2.00")), ("SubscriptionDiscount",)),
        ([charge("PRODUCT", 20), charge("SHIPPING", 5), charge("SHIPPING", -5, name="FreeShipping")],
         LineCharges(product=D("20.00"), shipping=D("5.00"), shipping_discount=D("5.00")), ("FreeShipping",)),
        ([charge("PRODUCT", 20), charge("FEE", 1.25, 0.1, "Recycling")],
         LineCharges(product=D("20.00"), fee=D("1.25"), fee_tax=D("0.10")), ("Recycling",)),
        ([charge("PRODUCT", 20), charge("DISCOUNT", 3, name="")],
         LineCharges(product=D("20.00"), discount=D("3.00")), ("DISCOUNT",)),
        ([charge("PRODUCT", 20), charge("NOVELTY", -3)],
         LineCharges(product=D("20.00"), discount=D("3.00")), ("x",)),
        ([charge("PRODUCT", 0, 0)], LineCharges(product=D("0.00")), ()),
        ([], LineCharges(product=D("0.00")), ()),
        ([charge("PRODUCT", 10), charge("PRODUCT", 5)], LineCharges(product=D("15.00")), ()),
        ([charge("PRODUCT", None)], LineCharges(product=D("0.00")), ()),
    ],
)  # fmt: skip
def test_charges_add_up_to_what_the_buyer_paid(charges, expected, names):
    found = first_line(charges={"charge": charges})
    assert (found.charges, found.charge_names) == (expected, names)


def test_charges_may_be_null():
    assert first_line(charges=None).charges == LineCharges(product=D("0.00"))


def test_each_reported_quantity_is_kept_with_its_tracking():
    tracking = {
        "shipDateTime": 1795435200000,
        "carrierName": {"carrier": "FED_EX", "otherCarrier": None},
        "trackingNumber": "9 1",
    }
    statuses = [
        {"status": "Shipped", "statusQuantity": {"amount": "1"}, "trackingInfo": tracking},
        {
            "status": "Shipped",
            "statusQuantity": {"amount": 1},
            "trackingInfo": {"carrierName": {"otherCarrier": "Bob's"}},
        },
        {"status": "cancelled", "statusQuantity": {"amount": "1.0"}, "cancellationReason": "Auto-cancelled"},
        {"status": "Refund", "statusQuantity": {"amount": "0"}},
        {"status": "Delivered", "statusQuantity": {"amount": "1"}, "trackingInfo": None},
    ]
    found = first_line(orderLineStatuses={"orderLineStatus": statuses}).reported
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert found == (
        ReportedQuantity(state=LineState.SHIPPED, quantity=1, carrier="FED_EX", tracking_number="9 1", shipped_at=noon),
        ReportedQuantity(state=LineState.SHIPPED, quantity=1, carrier="Bob's"),
        ReportedQuantity(state=LineState.CANCELLED, quantity=1, reason="Auto-cancelled"),
        ReportedQuantity(state=LineState.DELIVERED, quantity=1),
    )


@pytest.mark.parametrize("statuses", [None, {}, {"orderLineStatus": None}, {"orderLineStatus": []}])
def test_a_line_without_statuses_is_in_an_unknown_state(statuses):
    expected = (ReportedQuantity(state=LineState.UNKNOWN, quantity=2),)
    assert first_line(orderLineStatuses=statuses).reported == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("TRUE", True), ("true", True), (True, True), ("FALSE", False), (None, False), ("", False)]
)
def test_the_buyers_request_is_a_string(value, expected):
    assert first_line(intentToCancel=value).buyer_asked_to_cancel is expected


@pytest.mark.parametrize("garbage", [-62135596800000, 0, 1, "soon", None, [], 10**30, float("1e300")])
def test_a_garbage_deadline_is_no_deadline(garbage):
    assert incoming_order(changed("shippingInfo", "estimatedShipDate", to=garbage)).ship_by is None


def test_a_date_may_be_written_out():
    order = incoming_order(changed("orderDate", to="2026-11-23T12:00:00.000Z"))
    assert order.ordered_at == datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "original", "expected"),
    [
        ("REPLACEMENT", "123", "123"),
        ("REPLACEMENT", None, "?"),
        ("REGULAR", "123", None),
        (None, "123", "123"),
        (None, None, None),
    ],
)
def test_a_replacement_names_the_order_it_replaces(kind, original, expected):
    order = changed("orderType", to=kind) | {"originalCustomerOrderID": original}
    assert incoming_order(order).replacement_for == expected


def test_the_placeholder_of_a_new_order_is_no_email():
    assert incoming_order(changed("customerEmailId", to="nocxemail@walmartone.com")).email == ""


@pytest.mark.parametrize(
    ("order", "path"),
    [
        (changed("purchaseOrderId", to=None), "purchaseOrderId"),
        (changed("orderDate", to=None), "orderDate"),
        (changed("orderLines", to=None), "orderLines"),
        (changed("orderLines", to={"orderLine": []}), "orderLines"),
        (line(lineNumber=""), "orderLine[0].lineNumber"),
        (line(item=None), "orderLine[0].item.sku"),
        (line(orderLineQuantity=None), "orderLine[0].orderLineQuantity"),
        (line(orderLineQuantity={"amount": "0"}), "orderLine[0].orderLineQuantity"),
        (line(orderLineQuantity={"amount": "-1"}), "orderLine[0].orderLineQuantity"),
        (line(orderLineQuantity={"amount": "1.5"}), "orderLine[0].orderLineQuantity"),
        (line(orderLineQuantity={"amount": "NaN"}), "orderLine[0].orderLineQuantity"),
        (line(orderLineQuantity={"amount": "9999999999"}), "orderLine[0].orderLineQuantity"),
        (line(charges={"charge": [charge("PRODUCT", "a lot")]}), "orderLine[0].charges[0].chargeAmount"),
        (line(charges={"charge": [charge("PRODUCT", 1, "x")]}), "orderLine[0].charges[0].tax"),
        (changed("orderSummary", to={"totalAmount": {"currencyAmount": "x"}}), "orderSummary.totalAmount"),
        ("no order", "purchaseOrderId"),
    ],
)
def test_what_an_order_cannot_be_understood_without_is_named(order, path):
    with pytest.raises(Unreadable) as caught:
        incoming_order(order)
    assert caught.value.path == path


def test_two_lines_of_one_number_are_not_understood():
    row = ORDER["orderLines"]["orderLine"][0]
    with pytest.raises(Unreadable):
        incoming_order(changed("orderLines", to={"orderLine": [row, row]}))


def test_one_unreadable_order_does_not_hide_the_others():
    bad = changed("orderLines", to=None)
    found = orders_page(page(bad, ORDER, None, 7), fulfilment=Fulfilment.SELLER, cursor=None).orders
    assert [type(order) for order in found] == [UnreadableOrder, IncomingOrder, UnreadableOrder, UnreadableOrder]
    assert (found[0].number, found[0].raw) == ("1796277083022", bad)
    assert "orderLines is missing or wrong" in str(found[0].problem)
    assert (found[2].number, found[3].raw) == ("", {"order": 7})


@pytest.mark.parametrize(
    "data", [{}, {"list": None}, {"list": {"elements": None}}, {"list": {"elements": {"order": None}}}, page()]
)
def test_an_empty_page_has_no_next_one(data):
    found = orders_page(data, fulfilment=Fulfilment.SELLER, cursor=None)
    assert (found.orders, found.next_cursor) == ((), None)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("?limit=200&hasMoreElements=true&soIndex=31", "?limit=200&hasMoreElements=true&soIndex=31"),
        ("?limit=200&hasMoreElements=false&soIndex=31", None),
        ("?this=page", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_the_last_page_is_recognised_in_each_of_its_forms(told, expected):
    found = orders_page(page(ORDER, cursor=told), fulfilment=Fulfilment.SELLER, cursor="?this=page")
    assert found.next_cursor == expected


def test_a_lone_order_stands_for_a_page_of_one():
    data = {"list": {"elements": {"order": ORDER}}}
    assert len(orders_page(data, fulfilment=Fulfilment.SELLER, cursor=None).orders) == 1
