"""Acknowledging, shipping and cancelling; the stock; and what Walmart does by itself."""

from datetime import timedelta

import pytest
from walmart_seller import seller, statuses

DAY = 24 * 3600
OUT_OF_STOCK = "SELLER_CANCEL_OUT_OF_STOCK"
PRICING = "SELLER_CANCEL_PRICING_ERROR"
ASKED = "CUSTOMER_REQUESTED_SELLER_TO_CANCEL"


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


@pytest.fixture
def po(shop):
    """Two lines, 5 and 1 units, acknowledged."""
    placed = shop.control.place_order(lines=[{"sku": "A", "quantity": 5}, {"sku": "B"}])
    shop.acknowledge(placed)
    return placed


def test_acknowledging_moves_every_line_and_repeating_is_harmless(shop):
    po = shop.control.place_order(lines=[{"sku": "A", "quantity": 5}, {"sku": "B"}])
    for _ in range(2):
        answer = shop.acknowledge(po)
        assert answer.status == 200
        assert [statuses(answer.json["order"], line) for line in (0, 1)] == [
            [("Acknowledged", "5")],
            [("Acknowledged", "1")],
        ]
    assert [entry["action"] for entry in shop.control.order(po)["history"]] == ["acknowledge"]


def test_acknowledging_what_has_moved_on_is_refused(shop, po):
    shop.ship(po, shop.part("2"))
    refused = shop.acknowledge(po)
    assert (refused.status, refused.error["description"]) == (400, "Some or all qty in higher status")


def test_what_is_left_after_a_cancellation_can_be_acknowledged(shop):
    po = shop.control.place_order(lines=[{"sku": "A", "quantity": 2}])
    shop.control.cancel_at_walmart(po, [("1", 1)])
    assert statuses(shop.acknowledge(po).json["order"]) == [("Acknowledged", "1"), ("Cancelled", "1")]


def test_a_line_leaves_in_parcels(shop, po):
    first = shop.ship(po, shop.part("1", 2, trackingNumber="1Z1"))
    assert statuses(first.json["order"]) == [("Acknowledged", "3"), ("Shipped", "2")]
    second = shop.ship(po, {**shop.part("1", 3, trackingNumber="1Z2"), "sellerOrderId": "000000012"})
    line = second.json["order"]["orderLines"]["orderLine"][0]
    assert statuses(second.json["order"]) == [("Shipped", "2"), ("Shipped", "3")]
    tracking = line["orderLineStatuses"]["orderLineStatus"][1]["trackingInfo"]
    assert tracking["trackingURL"] == f"https://www.walmart.com/tracking?tracking_id=1Z2&order_id={po}"
    assert (line["sellerOrderId"], second.json["order"]["sellerOrderId"]) == ("000000012", "000000012")

    facts = shop.control.order(po)["lines"][0]
    assert [(parcel["quantity"], parcel["carrier"], parcel["number"]) for parcel in facts["shipped"]] == [
        (2, "UPS", "1Z1"),
        (3, "UPS", "1Z2"),
    ]
    assert facts["acknowledged"] == 0


def test_two_parcels_of_a_line_in_one_report(shop, po):
    part = shop.part("1", 2, trackingNumber="1Z1")
    part["orderLineStatuses"]["orderLineStatus"] += shop.part("1", 3, trackingNumber="1Z2")["orderLineStatuses"][
        "orderLineStatus"
    ]
    assert statuses(shop.ship(po, part).json["order"]) == [("Shipped", "2"), ("Shipped", "3")]


def test_a_wholly_shipped_order_loses_its_estimated_dates(shop, po):
    assert "estimatedShipDate" in shop.order(po)["shippingInfo"]
    shop.ship(po, shop.part("1", 5), shop.part("2"))
    assert "estimatedShipDate" not in shop.order(po)["shippingInfo"]


def test_what_is_not_acknowledged_cannot_ship(shop):
    po = shop.control.place_order()
    refused = shop.ship(po, shop.part("1"))
    assert refused.status == 400
    assert "CREATED status" in refused.error["description"]


def test_more_than_open_is_over_shipped(shop, po):
    refused = shop.ship(po, shop.part("1", 6))
    assert refused.status == 400
    assert refused.error["description"].startswith("Qty OverShipped : Some or All Line(s)/Qty cannot be Shipped")
    assert shop.ship(po, shop.part("1", 3), shop.part("1", 3)).status == 400, "entries of one line add up"
    assert shop.ship(po, shop.part("9")).error["description"].startswith("Qty OverShipped")


def test_repeating_a_shipment_looks_like_an_error(shop, po):
    assert shop.ship(po, shop.part("2")).status == 200
    refused = shop.ship(po, shop.part("2"))
    assert (refused.status, refused.error["description"]) == (400, f"The Line: 2 of PO: {po} is in SHIPPED status")


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("quantity", "doesn't have enough quantity to ship requested quantity :: 1 qtyAvailableToShip :: 0"),
        ("over_shipped", "Qty OverShipped : Some or All Line(s)/Qty cannot be Shipped"),
    ],
)
def test_a_repetition_is_refused_with_either_text(shop, po, told, text):
    """walmart-api §8.4"""
    shop.control.set_options(repeated_shipment_text=told)
    shop.ship(po, shop.part("2"))
    refused = shop.ship(po, shop.part("2"))
    assert (refused.status, refused.error["field"]) == (400, "statusQuantity")
    assert text in refused.error["description"]


def test_some_accounts_want_the_sellers_number(shop, po):
    shop.control.set_options(require_seller_order_id=True)
    assert shop.ship(po, shop.part("2")).error["field"] == "sellerOrderId"
    assert shop.ship(po, {**shop.part("2"), "sellerOrderId": "1" * 31}).error["field"] == "sellerOrderId"
    assert shop.ship(po, {**shop.part("2"), "sellerOrderId": "000000017"}).status == 200


def test_the_override_counts_in_the_body_only(shop, po):
    shop.control.buyer_requests_cancel(po, ["2"])
    body = {"orderShipment": {"orderLines": {"orderLine": [shop.part("2")]}}}
    assert shop.post(f"/v3/orders/{po}/shipping?intentToCancelOverride=true", body).status == 400
    for wrong in ("true", 1, False, None):
        assert shop.ship(po, {**shop.part("2"), "intentToCancelOverride": wrong}).status == 400


def test_freight_goes_with_its_packages_number(shop, po):
    part = shop.part("2")
    part["orderLineStatuses"]["orderLineStatus"][0]["asn"] = {"packageASN": "00007"}
    assert shop.ship(po, part).status == 200


def test_a_partners_order_is_the_sellers_to_ship_and_a_replacement_too(shop):
    for spec in (
        {"ship_node_type": "3PLFulfilled"},
        {"order_type": "REPLACEMENT", "lines": [{"sku": "A", "price": "0.00", "tax": None}]},
    ):
        po = shop.control.place_order(**spec)
        assert shop.acknowledge(po).status == 200
        assert shop.ship(po, shop.part("1")).status == 200


def test_one_bad_line_fails_the_whole_report(shop, po):
    refused = shop.ship(po, shop.part("1", 2), shop.part("2", methodCode="Ground"))
    assert [(error["field"], error["description"]) for error in refused.errors] == [
        ("methodCode", "Method code is not supported in line number 2")
    ]
    assert shop.control.order(po)["lines"][0]["shipped"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"methodCode": "Ground"}, "methodCode"),
        ({"methodCode": None}, "methodCode"),
        ({"carrierName": {"carrier": "ups"}}, "carrier"),
        ({"carrierName": {}}, "carrierName"),
        ({"carrierName": {"carrier": "UPS", "otherCarrier": "Bike"}, "trackingURL": "https://x"}, "carrierName"),
        ({"carrierName": {"otherCarrier": "Bike"}}, "trackingURL"),
        ({"trackingNumber": " "}, "trackingNumber"),
        ({"trackingNumber": None}, "trackingNumber"),
        ({"shipDateTime": 1580821866}, "shipDateTime"),
        ({"shipDateTime": 639_000_000_000_000_000}, "shipDateTime"),
        ({"shipDateTime": "2026-11-23"}, "shipDateTime"),
    ],
)
def test_tracking_is_checked(shop, po, change, field):
    refused = shop.ship(po, shop.part("2", **change))
    assert refused.status == 400
    assert [error["field"] for error in refused.errors] == [field]


def test_the_ship_date_lies_between_the_order_and_now(shop, po):
    now = round(shop.control.now().timestamp() * 1000)
    assert shop.ship(po, shop.part("2", shipDateTime=now - 3600_000)).error["field"] == "shipDateTime"
    assert shop.ship(po, shop.part("2", shipDateTime=now + 3600_000)).error["field"] == "shipDateTime"
    assert shop.ship(po, shop.part("2", shipDateTime=now + 60_000)).status == 200, "clocks differ a little"


def test_another_carrier_needs_its_tracking_page(shop, po):
    part = shop.part("2", carrierName={"otherCarrier": "Bike Couriers"}, trackingURL="https://bikes.example/17")
    assert shop.ship(po, part).status == 200
    (parcel,) = shop.control.order(po)["lines"][1]["shipped"]
    assert (parcel["carrier"], parcel["url"]) == ("Bike Couriers", "https://bikes.example/17")


def test_a_buyers_request_stops_the_shipment_unless_overridden(shop, po):
    shop.control.buyer_requests_cancel(po, ["2"])
    assert shop.order(po)["orderLines"]["orderLine"][1]["intentToCancel"] == "TRUE"
    refused = shop.ship(po, shop.part("2"))
    assert (refused.status, refused.error["field"]) == (400, "intentToCancelOverride")
    assert shop.ship(po, {**shop.part("2"), "intentToCancelOverride": True}).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"orderShipment": []},
        {"orderShipment": {"orderLines": {"orderLine": []}}},
        {"orderShipment": {"orderLines": {"orderLine": [{"lineNumber": 1}]}}},
        {"orderShipment": {"processMode": "FULL", "orderLines": {"orderLine": []}}},
    ],
)
def test_a_body_without_its_skeleton_is_refused(shop, po, body):
    assert shop.post(f"/v3/orders/{po}/shipping", body).status == 400


def test_a_body_that_is_no_json_is_refused(shop, po):
    headers = shop.headers(**{"WM_SEC.ACCESS_TOKEN": shop.token, "Content-Type": "application/json"})
    answer = shop.send("POST", f"/v3/orders/{po}/shipping", "{", headers)
    assert answer.json["error"][0]["code"] == "MALFORMED_REQUEST_CONTENT.GMP_GATEWAY_API"
    headers["Content-Type"] = "text/plain"
    assert shop.send("POST", f"/v3/orders/{po}/shipping", "{}", headers).status == 415


@pytest.mark.parametrize("amount", ["0", "-1", "1.5", "two", 1])
def test_quantities_are_whole_positive_strings(shop, po, amount):
    part = shop.part("2")
    part["orderLineStatuses"]["orderLineStatus"][0]["statusQuantity"]["amount"] = amount
    assert shop.ship(po, part).error["field"] == "amount"


def test_tracking_can_be_corrected_for_four_hours(shop, po):
    shop.ship(po, shop.part("2", trackingNumber="WRONG"))
    fixed = shop.part("2", trackingNumber="1Z2", carrierName={"carrier": "USPS"})
    assert shop.ship(po, fixed, processMode="PARTIAL_UPDATE").status == 200
    (parcel,) = shop.control.order(po)["lines"][1]["shipped"]
    assert (parcel["quantity"], parcel["carrier"], parcel["number"]) == (1, "USPS", "1Z2")

    shop.control.advance_clock(4 * 3600)
    shop._token = None
    refused = shop.ship(po, shop.part("2", trackingNumber="1Z3"), processMode="PARTIAL_UPDATE")
    assert (refused.status, refused.error["field"]) == (400, "processMode")


def test_one_of_several_parcels_is_corrected_by_its_number(shop, po):
    shop.ship(po, shop.part("1", 2, trackingNumber="1Z1"))
    shop.ship(po, shop.part("1", 3, trackingNumber="1Z2"))
    unnamed = shop.ship(po, shop.part("1", 2, trackingNumber="1Z9"), processMode="PARTIAL_UPDATE")
    assert unnamed.error["field"] == "currentTrackingInfo"
    named = shop.part("1", 3, trackingNumber="1Z9", current="1Z2")
    assert shop.ship(po, named, processMode="PARTIAL_UPDATE").status == 200
    assert [parcel["number"] for parcel in shop.control.order(po)["lines"][0]["shipped"]] == ["1Z1", "1Z9"]


def test_a_parcel_is_corrected_once_in_a_request(shop, po):
    shop.ship(po, shop.part("2", trackingNumber="1Z1"))
    both = [shop.part("2", trackingNumber=number) for number in ("1Z2", "1Z3")]
    assert shop.ship(po, *both, processMode="PARTIAL_UPDATE").error["field"] == "currentTrackingInfo"
    assert [parcel["number"] for parcel in shop.control.order(po)["lines"][1]["shipped"]] == ["1Z1"]


def test_what_has_not_shipped_has_no_tracking_to_correct(shop, po):
    assert shop.ship(po, shop.part("2"), processMode="PARTIAL_UPDATE").error["field"] == "lineNumber"


def test_cancelling_units_keeps_the_rest(shop, po):
    answer = shop.cancel(po, ("1", 2, PRICING))
    assert statuses(answer.json["order"]) == [("Acknowledged", "3"), ("Cancelled", "2")]
    amounts = [
        charge["chargeAmount"]["amount"]
        for charge in answer.json["order"]["orderLines"]["orderLine"][0]["charges"]["charge"]
    ]
    assert amounts == [50.0]
    gone = shop.cancel(po, ("1", 3, PRICING)).json["order"]["orderLines"]["orderLine"][0]
    assert gone["charges"]["charge"][0]["chargeAmount"]["amount"] == 0
    assert gone["charges"]["charge"][0]["tax"]["taxAmount"]["amount"] == 0


def test_created_units_can_be_cancelled(shop):
    po = shop.control.place_order()
    answer = shop.cancel(po, ("1", 1, PRICING))
    (entry,) = answer.json["order"]["orderLines"]["orderLine"][0]["orderLineStatuses"]["orderLineStatus"]
    assert (entry["status"], entry["cancellationReason"]) == ("Cancelled", PRICING)
    assert shop.get("/v3/orders/released").status == 404


def test_what_cannot_be_cancelled(shop, po):
    shop.ship(po, shop.part("2"))
    assert shop.cancel(po, ("2", 1, PRICING)).error["description"] == f"The Line: 2 of PO: {po} is in SHIPPED status"
    assert shop.cancel(po, ("1", 6, PRICING)).error["field"] == "statusQuantity"
    assert shop.cancel(po, ("7", 1, PRICING)).error["field"] == "lineNumber"
    assert shop.cancel(po, ("1", 1, "SELLER_CANCEL_CUSTOMER_CHANGE_ORDER")).error["field"] == "cancellationReason"
    assert shop.cancel(po, ("1", 1, PRICING), ("2", 1, PRICING)).status == 400
    assert shop.control.order(po)["lines"][0]["cancelled"] == []
    assert shop.cancel(po, *[("1", 1, PRICING)] * 101).error["field"] == "orderLines"


def test_the_buyers_reason_needs_the_buyers_request(shop, po):
    assert shop.cancel(po, ("2", 1, ASKED)).error["field"] == "cancellationReason"
    shop.control.buyer_requests_cancel(po)
    assert shop.cancel(po, ("2", 1, ASKED)).status == 200


def test_walmarts_own_orders_refuse_every_write(shop):
    po = shop.control.place_order(ship_node_type="WFSFulfilled")
    for answer in (shop.acknowledge(po), shop.ship(po, shop.part("1")), shop.cancel(po, ("1", 1, PRICING))):
        assert answer.status == 400
        assert "fulfilled by Walmart" in answer.error["description"]


def test_unshipped_units_are_cancelled_four_days_after_the_ship_date(shop, po):
    shop.ship(po, shop.part("1", 2))
    shop.control.advance_clock(6 * DAY - 60)
    assert shop.control.order(po)["lines"][0]["acknowledged"] == 3
    shop.control.advance_clock(61)
    shop._token = None
    order = shop.order(po)
    assert statuses(order, 0) == [("Shipped", "2"), ("Cancelled", "3")]
    assert statuses(order, 1) == [("Cancelled", "1")]
    entry = order["orderLines"]["orderLine"][1]["orderLineStatuses"]["orderLineStatus"][0]
    assert entry["cancellationReason"] == "Auto-cancelled due to expiry"


def test_others_act_on_the_order_too(shop):
    po = shop.control.place_order(lines=[{"sku": "A", "quantity": 3}, {"sku": "B"}])
    shop.control.ship_elsewhere(po, lines=[("1", 1)], number="9400")
    shop.control.cancel_at_walmart(po, [("1", 1)], reason="Customer changed mind")
    shop.control.deliver(po)
    order = shop.order(po)
    assert statuses(order, 0) == [("Acknowledged", "1"), ("Delivered", "1"), ("Cancelled", "1")]
    assert [entry["by"] for entry in shop.control.order(po)["history"]] == [
        "elsewhere",
        "elsewhere",
        "walmart",
        "walmart",
    ]
    with pytest.raises(ValueError, match="has 1 open, not 2"):
        shop.control.cancel_at_walmart(po, [("1", 2)])


def test_stock_is_gross_of_what_is_sold_and_not_shipped(shop, po):
    body = {"sku": "A", "quantity": {"unit": "EACH", "amount": 20}}
    assert shop.post("/v3/inventory?sku=A", body, method="PUT").json == body
    assert shop.control.stock("A") == {"input": 20, "reserved": 5, "available": 15}
    shop.ship(po, shop.part("1", 2))
    assert shop.control.stock("A") == {"input": 20, "reserved": 3, "available": 17}
    assert shop.get("/v3/inventory?sku=A").json == body


def test_cancelling_for_want_of_stock_zeroes_it(shop, po):
    shop.control.set_stock("A", 20)
    shop.control.set_stock("B", 7)
    shop.cancel(po, ("2", 1, PRICING))
    shop.cancel(po, ("1", 1, OUT_OF_STOCK))
    assert (shop.control.stock("A")["input"], shop.control.stock("B")["input"]) == (0, 7)


def test_stock_that_makes_no_sense_is_refused(shop):
    assert shop.get("/v3/inventory?sku=NEVER").status == 404
    assert shop.get("/v3/inventory").status == 400
    for sku, amount in (("B", 1), ("A", -1), ("A", "1"), ("A", None)):
        body = {"sku": sku, "quantity": {"unit": "EACH", "amount": amount}}
        assert shop.post("/v3/inventory?sku=A", body, method="PUT").status == 400


def test_the_clock_moves_forward(shop):
    before = shop.control.now()
    assert timedelta(seconds=99) < shop.control.advance_clock(100) - before < timedelta(seconds=110)
