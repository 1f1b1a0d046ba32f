"""What Walmart lets pass: bodies of no interest, old headers, late calls, either spelling of a value, defaults."""

from datetime import timedelta

import pytest
from walmart_seller import seller, statuses

HOUR = 3600


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


def outcomes(shop, feed_type, body):
    """Statuses of the rows of a feed that is processed at once."""
    feed_id = shop.post(f"/v3/feeds?feedType={feed_type}", body).json["feedId"]
    shop.control.finish_feeds()
    detail = shop.get(f"/v3/feeds/{feed_id.replace('@', '%40')}?includeDetails=true").json
    return [row["ingestionStatus"] for row in detail["itemDetails"]["itemIngestionStatus"]]


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"orderAcknowledge": {"orderLines": {"orderLine": [{"lineNumber": "9"}]}}},
        {"orderLines": [{"lineNumber": "1", "methodCode": "standard"}]},
    ],
)
def test_the_body_of_an_acknowledgement_is_of_no_interest(shop, body):
    """The guides' samples are malformed (walmart-api §9 no. 45) and do no harm."""
    po = shop.control.place_order(lines=[{"sku": "A", "quantity": 2}])
    answer = shop.post(f"/v3/orders/{po}/acknowledge", body)
    assert (answer.status, statuses(answer.json["order"])) == (200, [("Acknowledged", "2")])


def test_a_late_acknowledgement_is_taken(shop):
    """After the four hours only the seller's metrics suffer (walmart-api §2.12)."""
    po = shop.control.place_order()
    shop.control.advance_clock(5 * HOUR)
    shop._token = None
    assert shop.acknowledge(po).status == 200


def test_an_authorization_beside_the_token_does_no_harm(shop):
    """Older documents asked for it (walmart-api §1.3)."""
    assert shop.get("/v3/token/detail", Authorization=shop.basic).status == 200


def test_a_page_of_orders_has_a_hundred_unless_another_size_is_asked_for(shop):
    for number in range(101):
        shop.control.place_order(placed_at=shop.control.now() - timedelta(minutes=number))
    page = shop.get("/v3/orders").json["list"]
    assert (page["meta"]["limit"], len(page["elements"]["order"]), page["meta"]["totalCount"]) == (100, 100, 101)
    assert len(shop.get("/v3/orders?limit=200").json["list"]["elements"]["order"]) == 101


def test_unknown_parameters_of_a_search_are_ignored(shop):
    po = shop.control.place_order()
    (found,) = shop.get("/v3/orders?colour=red&page=7").json["list"]["elements"]["order"]
    assert found["purchaseOrderId"] == po


def test_lag_times_are_taken_as_text_and_as_numbers(shop):
    """The sample has text, the schema a number (walmart-api §9 no. 24)."""
    shop.control.set_items([{"sku": "A"}, {"sku": "B"}])
    rows = [{"sku": "A", "fulfillmentLagTime": "0"}, {"sku": "B", "fulfillmentLagTime": 0}]
    assert outcomes(shop, "lagtime", {"LagTimeHeader": {"version": "1.0"}, "lagTime": rows}) == ["SUCCESS"] * 2
    assert [shop.control.item(sku)["lag_time"] for sku in "AB"] == [0, 0]


@pytest.mark.parametrize("version", ["4.1", "4.2"])
def test_a_match_is_taken_with_the_version_of_the_sample_and_with_that_of_its_name(shop, version):
    """The sample of 4.2 says "4.1" (walmart-api §9 no. 25)."""
    shop.control.set_products([{"gtin": "00012345678905", "title": "Mug"}])
    item = {"sku": "A", "condition": "New", "ShippingWeight": 0.4, "price": 14.76}
    item["productIdentifiers"] = {"productIdType": "GTIN", "productId": "00012345678905"}
    body = {"MPItemFeedHeader": {"version": version, "locale": "en"}, "MPItem": [{"Item": item}]}
    assert outcomes(shop, "MP_ITEM_MATCH", body) == ["SUCCESS"]


def test_the_list_of_feeds_tells_more_than_its_schema(shop):
    """walmart-api §9 no. 22"""
    shop.control.set_items([{"sku": "A"}])
    rows = [{"sku": "A", "quantity": {"unit": "EACH", "amount": 1}}]
    shop.post("/v3/feeds?feedType=inventory", {"InventoryHeader": {"version": "1.4"}, "Inventory": rows})
    (feed,) = shop.get("/v3/feeds").json["results"]["feed"]
    more = {"batchId", "fileName", "channelType", "orgId", "shipNode", "modifiedDtm", "itemDataErrorCount"}
    assert more <= feed.keys()


def test_what_the_api_does_not_have_is_no_path(shop):
    """The dynamic sandbox's simulations, other tools' reports and prices: none belongs to /v3 as it is published."""
    for path in ("/v3/prices", "/v3/getReport", "/v3/reports/payment"):
        assert shop.get(path).json["error"][0]["code"] == "URI_NOT_FOUND.GMP_GATEWAY_API"
    assert shop.post("/v1/simulations/orders", {}).status == 404
