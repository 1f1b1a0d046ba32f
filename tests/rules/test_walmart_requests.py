from datetime import UTC, datetime

import pytest

from channel_manager.connectors.walmart.carriers import CARRIERS, SHIP_METHODS, listed_carrier, ship_method
from channel_manager.connectors.walmart.mapping.cancellations import cancellations
from channel_manager.connectors.walmart.mapping.shipments import correction, shipment
from channel_manager.ports.messages import LineCancellation, Parcel, ParcelLine, Reason
from channel_manager.shared.errors import Rejected

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def parcel(**members):
    ordinary = {
        "lines": (ParcelLine(number="1", quantity=2),),
        "tracking_number": "1Z999",
        "carrier": "UPS",
        "shipped_at": NOON,
        "method": "Value",
        "seller_order_number": "000000123",
    }
    return Parcel(**ordinary | members)


def tracking_of(body):
    row = body["orderShipment"]["orderLines"]["orderLine"][0]
    return row["orderLineStatuses"]["orderLineStatus"][0]["trackingInfo"]


def test_a_parcel_is_one_entry_for_each_of_its_lines():
    lines = (ParcelLine(number="1", quantity=2), ParcelLine(number="4", quantity=1, override=True))
    tracking = {
        "shipDateTime": 1795435200123,
        "carrierName": {"carrier": "UPS"},
        "methodCode": "Value",
        "trackingNumber": "1Z999",
    }

    def row(number, amount, override):
        quantity = {"unitOfMeasurement": "EACH", "amount": amount}
        status = {"status": "Shipped", "statusQuantity": quantity, "trackingInfo": tracking}
        return {
            "lineNumber": number,
            "intentToCancelOverride": override,
            "sellerOrderId": "000000123",
            "orderLineStatuses": {"orderLineStatus": [status]},
        }

    expected = {"orderShipment": {"orderLines": {"orderLine": [row("1", "2", False), row("4", "1", True)]}}}
    assert shipment(parcel(lines=lines)) == expected


def test_a_correction_names_the_number_it_replaces():
    body = correction(parcel(), "OLD")["orderShipment"]
    assert body["processMode"] == "PARTIAL_UPDATE"
    status = body["orderLines"]["orderLine"][0]["orderLineStatuses"]["orderLineStatus"][0]
    assert (status["currentTrackingInfo"], status["trackingInfo"]["trackingNumber"]) == (
        {"trackingNumber": "OLD"},
        "1Z999",
    )


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"carrier": "ups"}, {"carrier": "UPS"}),
        ({"carrier": "", "other_carrier": "Bob's", "tracking_url": "https://bob/1"}, {"otherCarrier": "Bob's"}),
        ({"carrier": "", "other_carrier": "fedex"}, {"carrier": "FedEx"}),
    ],
)
def test_a_listed_carrier_is_never_sent_as_another_one(members, expected):
    assert tracking_of(shipment(parcel(**members)))["carrierName"] == expected


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"carrier": "Colissimo"}, "carrier"),
        ({"carrier": "", "other_carrier": ""}, "carrier"),
        ({"carrier": "", "other_carrier": "Bob's"}, "trackingURL"),
        ({"tracking_number": " "}, "trackingNumber"),
    ],
)
def test_what_walmart_would_refuse_is_not_sent(members, field):
    with pytest.raises(Rejected) as caught:
        shipment(parcel(**members))
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("shown", "sent"),
    [("Value", "Value"), ("ONE_DAY", "OneDay"), ("whiteglove", "WhiteGlove"), ("Drone", "Standard"), ("", "Standard")],
)
def test_an_unknown_method_never_blocks_a_shipment(shown, sent):
    assert ship_method(shown) == sent


def test_the_sellers_number_is_cut_to_thirty_characters():
    body = shipment(parcel(seller_order_number="9" * 40))
    assert body["orderShipment"]["orderLines"]["orderLine"][0]["sellerOrderId"] == "9" * 30
    assert (
        "sellerOrderId" not in shipment(parcel(seller_order_number=""))["orderShipment"]["orderLines"]["orderLine"][0]
    )


def test_there_are_75_carriers_and_six_methods():
    assert (len(CARRIERS), len(set(CARRIERS)), len(SHIP_METHODS)) == (75, 75, 6)
    assert [listed_carrier(name) for name in ("USPS", " dhl ecommerce - us ", "Nobody")] == [
        "USPS",
        "DHL Ecommerce - US",
        "",
    ]


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.PRICE, "SELLER_CANCEL_PRICING_ERROR"),
        (Reason.STOCK, "SELLER_CANCEL_OUT_OF_STOCK"),
        (Reason.CARRIER, "SELLER_CANCEL_ADDRESS_NOT_SERVICEABLE"),
        (Reason.CREDIT, "SELLER_CANCEL_FRAUD_STOP_SHIPMENT"),
        (Reason.BUYER, "CUSTOMER_REQUESTED_SELLER_TO_CANCEL"),
    ],
)
def test_each_reason_has_its_code(reason, code):
    status = {
        "status": "Cancelled",
        "cancellationReason": code,
        "statusQuantity": {"unitOfMeasurement": "EACH", "amount": "3"},
    }
    line = {"lineNumber": "7", "orderLineStatuses": {"orderLineStatus": [status]}}
    expected = [{"orderCancellation": {"orderLines": {"orderLine": [line]}}}]
    assert list(cancellations((LineCancellation(number="7", quantity=3, reason=reason),))) == expected


def test_a_line_with_two_reasons_is_one_line_with_two_entries():
    given = (("1", Reason.STOCK), ("2", Reason.STOCK), ("1", Reason.BUYER))
    (body,) = cancellations(tuple(LineCancellation(number=n, quantity=1, reason=r) for n, r in given))
    lines = body["orderCancellation"]["orderLines"]["orderLine"]
    assert [(row["lineNumber"], len(row["orderLineStatuses"]["orderLineStatus"])) for row in lines] == [
        ("1", 2),
        ("2", 1),
    ]


def test_more_than_a_hundred_lines_go_in_several_bodies():
    lines = tuple(LineCancellation(number=f"{n:03}", quantity=1, reason=Reason.STOCK) for n in range(250))
    sizes = [len(body["orderCancellation"]["orderLines"]["orderLine"]) for body in cancellations(lines)]
    assert sizes == [100, 100, 50]
