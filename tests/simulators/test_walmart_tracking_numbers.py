"""What a report may say of carrier, method, number and return centre, and how little Walmart looks at (walmart-api §2.13, §2.17)."""

import json

import pytest
from walmart_seller import each, seller

from channel_simulators.walmart.orders.carriers import CARRIERS, METHODS
from tests.contracts import CHECK

CENTRE = {"name": "Returns", "address1": "1 Dock Rd", "city": "Huntsville", "state": "AL", "postalCode": "35805"}


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


def placed(shop, *lines):
    po = shop.control.place_order(lines=list(lines) or [{"sku": "A"}])
    shop.acknowledge(po)
    return po


def parcels(shop, po, line=0):
    return shop.control.order(po)["lines"][line]["shipped"]


def test_every_listed_carrier_is_taken_by_its_exact_name(shop):
    po = placed(shop, {"sku": "A", "quantity": len(CARRIERS)})
    part = shop.part("1")
    part["orderLineStatuses"]["orderLineStatus"] = [
        entry
        for carrier in CARRIERS
        for entry in shop.part("1", carrierName={"carrier": carrier})["orderLineStatuses"]["orderLineStatus"]
    ]
    assert shop.ship(po, part).status == 200
    assert {parcel["carrier"] for parcel in parcels(shop, po)} == set(CARRIERS)
    assert (len(CARRIERS), len(METHODS)) == (75, 6)


@pytest.mark.parametrize("method", METHODS)
def test_each_of_the_six_methods_is_taken_whatever_the_order_asked_for(shop, method):
    assert shop.ship(placed(shop), shop.part("1", methodCode=method)).status == 200


def test_a_wrong_number_is_taken_and_only_the_sellers_metrics_suffer(shop):
    """Walmart lets it pass (walmart-api §2.17, inferred): with blanks, equal to the order's own number."""
    for number in ("1Z 999-AA", None):
        po = placed(shop)
        assert shop.ship(po, shop.part("1", trackingNumber=number or po)).status == 200
        assert [parcel["number"] for parcel in parcels(shop, po)] == [number or po]


def test_one_number_may_cover_several_lines_and_several_orders(shop):
    first, second = placed(shop, {"sku": "A"}, {"sku": "B"}), placed(shop)
    assert shop.ship(first, shop.part("1", trackingNumber="1Z1"), shop.part("2", trackingNumber="1Z1")).status == 200
    assert shop.ship(second, shop.part("1", trackingNumber="1Z1")).status == 200
    numbers = [parcels(shop, first)[0]["number"], parcels(shop, first, 1)[0]["number"]]
    assert [*numbers, parcels(shop, second)[0]["number"]] == ["1Z1"] * 3


def test_a_listed_carrier_named_as_another_one_is_taken(shop):
    """It counts as invalid tracking in the metrics only (walmart-api §9 no. 44)."""
    po = placed(shop)
    named = shop.part("1", carrierName={"otherCarrier": "UPS"}, trackingURL="https://www.ups.com/track?tracknum=1Z")
    assert shop.ship(po, named).status == 200
    shown = shop.order(po)["orderLines"]["orderLine"][0]["orderLineStatuses"]["orderLineStatus"][0]["trackingInfo"]
    assert shown["carrierName"] == {"otherCarrier": "UPS", "carrier": None}


def test_the_return_centre_is_shown_again_and_must_be_whole(shop):
    po = placed(shop)
    part = shop.part("1")
    (entry,) = part["orderLineStatuses"]["orderLineStatus"]
    entry["returnCenterAddress"] = CENTRE
    assert shop.ship(po, part).error["field"] == "returnCenterAddress"
    entry["returnCenterAddress"] = {**CENTRE, "country": "USA"}
    (line,) = shop.ship(po, part).json["order"]["orderLines"]["orderLine"]
    (shown,) = line["orderLineStatuses"]["orderLineStatus"]
    assert shown["returnCenterAddress"] == {**CENTRE, "country": "USA"}


def test_the_account_has_a_shorter_list_of_carriers_in_its_shipping_settings(shop):
    names = {row["carrierMethodName"] for row in shop.get("/v3/settings/shipping/carriers").json}
    assert 0 < len(names) < len(CARRIERS)


@pytest.mark.skipif(not CHECK.exists(), reason=f"the published contracts are not at {CHECK}")
def test_carriers_and_methods_are_the_published_ones():
    published = json.loads((CHECK.parent / "walmart" / "enums.json").read_text())
    assert (sorted(CARRIERS), sorted(METHODS)) == (sorted(published["carrier"]), sorted(published["shipMethodCode"]))


def test_what_was_cancelled_in_time_cannot_leave_late(shop):
    """The auto-cancellation is final for the units it took (walmart-api §2.10, §2.15)."""
    po = placed(shop, {"sku": "A", "quantity": 2})
    shop.ship(po, shop.part("1"))
    shop.control.advance_clock(7 * 24 * 3600)
    shop._token = None
    refused = shop.ship(po, shop.part("1"))
    assert refused.status == 400
    assert len(parcels(shop, po)) == 1
    assert shop.control.order(po)["lines"][0]["cancelled"][0]["quantity"] == 1


def test_quantities_are_each_or_ea(shop):
    po = placed(shop, {"sku": "A", "quantity": 2})
    for unit in ("EACH", "EA"):
        part = shop.part("1")
        part["orderLineStatuses"]["orderLineStatus"][0]["statusQuantity"] = {**each(1), "unitOfMeasurement": unit}
        assert shop.ship(po, part).status == 200
