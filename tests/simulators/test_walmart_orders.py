"""Searching, paging and reading orders."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from walmart_seller import Seller, each, seller, statuses

from tests.contracts import CHECK, violations

CATALOGUE = [("MUG-1", "Mug", Decimal("12.50")), ("CAP-2", "Cap", Decimal("19.99")), ("PEN/3", "Pen", Decimal("1.10"))]


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


@pytest.fixture
def unrecorded(monkeypatch):
    """What the published contracts do not have is not held against them."""
    monkeypatch.delenv("CHANNEL_EXCHANGES", raising=False)


def listed(answer):
    return [order["purchaseOrderId"] for order in answer.json["list"]["elements"]["order"]]


def days_ago(shop, days):
    return shop.control.now() - timedelta(days=days)


def date(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_empty_list_is_a_404(shop):
    for path in ("/v3/orders", "/v3/orders/released", "/v3/orders/1796277083022"):
        answer = shop.get(path)
        assert answer.status == 404
        assert (answer.error["code"], answer.error["severity"]) == ("CONTENT_NOT_FOUND.GMP_ORDER_API", "INFO")


def test_an_order_is_shown_as_walmart_shows_it(shop):
    po = shop.control.place_order(
        lines=[
            {
                "sku": "MUG-1",
                "product_name": "Mug",
                "quantity": 2,
                "price": "12.50",
                "tax": "2.00",
                "shipping": "5.99",
                "discount": "2.50",
                "fee": "1.25",
                "line": "4",
            }
        ],
        buyer={"name": "Alice Baker", "phone": "2175550100", "email": "A@relay.walmart.com", "city": "Springfield"},
    )
    order = shop.order(po)
    assert order["purchaseOrderId"] == po
    assert isinstance(order["orderDate"], int)
    assert order["shippingInfo"]["phone"] == "2175550100"
    assert order["shippingInfo"]["postalAddress"]["name"] == "Alice Baker"
    assert order["shippingInfo"]["postalAddress"]["country"] == "USA"
    assert order["shipNode"]["type"] == "SellerFulfilled"
    assert order["orderSummary"]["totalAmount"] == {"currencyAmount": 31.74, "currencyUnit": "USD"}
    (line,) = order["orderLines"]["orderLine"]
    assert (line["lineNumber"], line["item"]["sku"], line["orderLineQuantity"]) == ("4", "MUG-1", each(2))
    assert [
        (
            charge["chargeType"],
            charge["chargeName"],
            charge["chargeAmount"]["amount"],
            charge["tax"] and charge["tax"]["taxAmount"]["amount"],
        )
        for charge in line["charges"]["charge"]
    ] == [
        ("PRODUCT", "ItemPrice", 25.0, 2.0),
        ("PRODUCT", "SubscriptionDiscount", -2.5, None),
        ("SHIPPING", "Shipping", 5.99, None),
        ("FEE", "RecyclingFee", 1.25, None),
    ]
    assert statuses(order) == [("Created", "2")]
    assert "intentToCancel" not in line
    assert order["orderSummary"]["orderSubTotals"][0] == {
        "subTotalType": "FEE",
        "totalAmount": {"currencyAmount": 1.25, "currencyUnit": "USD"},
    }
    shop.control.set_options(intent_to_cancel_false=True)
    assert shop.order(po)["orderLines"]["orderLine"][0]["intentToCancel"] == "FALSE"


def test_replacement_and_product_members_come_only_when_asked_for(shop):
    po = shop.control.place_order(order_type="REPLACEMENT", original_customer_order_id="200012345678901")
    bare, full = shop.order(po), shop.order(po, "?replacementInfo=true&productInfo=true")
    assert "orderType" not in bare
    assert "imageUrl" not in bare["orderLines"]["orderLine"][0]["item"]
    assert (full["orderType"], full["originalCustomerOrderID"]) == ("REPLACEMENT", "200012345678901")
    assert full["orderLines"]["orderLine"][0]["item"]["weight"] == {"value": "1.0", "unit": "POUND"}

    shop.control.place_order()
    assert len(listed(shop.get("/v3/orders?orderType=REPLACEMENT"))) == 2, "ignored without replacementInfo"
    assert listed(shop.get("/v3/orders?orderType=REPLACEMENT&replacementInfo=true")) == [po]


def test_one_ship_node_type_per_query_and_the_sellers_own_by_default(shop):
    own = shop.control.place_order()
    walmarts = shop.control.place_order(ship_node_type="WFSFulfilled")
    partners = shop.control.place_order(ship_node_type="3PLFulfilled")
    assert listed(shop.get("/v3/orders")) == [own]
    assert listed(shop.get("/v3/orders?shipNodeType=WFSFulfilled")) == [walmarts]
    assert listed(shop.get("/v3/orders/released?shipNodeType=3PLFulfilled")) == [partners]
    assert shop.get("/v3/orders?shipNodeType=All").status == 400


def test_the_default_creation_window_hides_a_late_change(shop):
    """walmart-api §2.3"""
    po = shop.control.place_order(placed_at=days_ago(shop, 10), estimated_ship_date=days_ago(shop, -2))
    shop.acknowledge(po)
    changed = f"lastModifiedStartDate={date(days_ago(shop, 1))}"
    assert shop.get(f"/v3/orders?{changed}").status == 404
    assert listed(shop.get(f"/v3/orders?createdStartDate={date(days_ago(shop, 170))}&{changed}")) == [po]
    late = f"lastModifiedStartDate={date(days_ago(shop, -1))}"
    assert shop.get(f"/v3/orders?createdStartDate={date(days_ago(shop, 170))}&{late}").status == 404


def test_orders_out_of_reach_are_not_found(shop):
    shop.control.place_order(placed_at=days_ago(shop, 190), estimated_ship_date=days_ago(shop, -2))
    assert shop.get("/v3/orders?createdStartDate=2020-01-01").status == 404


@pytest.mark.parametrize(
    "wrong", ["2026-03-16T10:30:15.123Z", "16.03.2026", "2026-13-01", "1580821866000", "2026-03-16T10:30:15+00:00"]
)
def test_dates_without_milliseconds_or_nothing(shop, wrong):
    answer = shop.get(f"/v3/orders?createdStartDate={wrong}")
    assert (answer.status, answer.error["code"]) == (400, "INVALID_REQUEST.GMP_ORDER_API")
    assert answer.error["description"] == "Invalid Date format value"


def test_an_offset_must_be_encoded(shop):
    shop.control.place_order()
    assert shop.get("/v3/orders?createdStartDate=2026-03-16T10:30:15%2B00:00").status == 200


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=ten", "status=Open", "replacementInfo=yes", "shippingProgramType=SLOW"]
)
def test_values_out_of_range_are_refused(shop, query):
    assert shop.get(f"/v3/orders?{query}").status == 400


def test_filters(shop):
    a = shop.control.place_order(lines=[{"sku": "A/1 +b"}], customer_order_id="200011111111111")
    b = shop.control.place_order(lines=[{"sku": "B"}], method_code="Express")
    assert listed(shop.get(f"/v3/orders?sku={quote('A/1 +b', safe='')}")) == [a]
    assert listed(shop.get("/v3/orders?customerOrderId=200011111111111")) == [a]
    assert listed(shop.get(f"/v3/orders?purchaseOrderId={b}")) == [b]
    assert listed(shop.get("/v3/orders?shippingProgramType=TWO_DAY")) == [b]
    soon = date(days_ago(shop, -1.5))
    assert listed(shop.get(f"/v3/orders?fromExpectedShipDate={soon}")) == [a]
    assert listed(shop.get(f"/v3/orders?toExpectedShipDate={soon}")) == [b]
    assert shop.get(f"/v3/orders?createdEndDate={date(days_ago(shop, 1))}").status == 404


def test_the_status_filter_means_some_line(shop):
    po = shop.control.place_order(lines=[{"sku": "A"}, {"sku": "B"}])
    shop.control.acknowledge_elsewhere(po)
    shop.control.ship_elsewhere(po, lines=[("1", 1)])
    for status in ("Shipped", "Acknowledged", "Created,Shipped"):
        (order,) = shop.get(f"/v3/orders?status={status}").json["list"]["elements"]["order"]
        assert [statuses(order, 0), statuses(order, 1)] == [[("Shipped", "1")], [("Acknowledged", "1")]]
    assert shop.get("/v3/orders?status=Created").status == 404
    assert shop.get("/v3/orders/released").status == 404


def test_several_statuses_may_be_asked_for_in_either_form(shop):
    created, shipped = shop.control.place_order(), shop.control.place_order()
    shop.control.ship_elsewhere(shipped)
    for query in ("status=Created,Shipped", "status=Created&status=Shipped"):
        assert set(listed(shop.get(f"/v3/orders?{query}"))) == {created, shipped}
    assert listed(shop.get("/v3/orders?status=Shipped")) == [shipped]


def test_newer_parameters_are_taken_and_checked(shop):
    po = shop.control.place_order()
    assert listed(shop.get("/v3/orders?incentiveInfo=true&serviceInfo=false")) == [po]
    assert shop.get("/v3/orders?serviceInfo=maybe").status == 400


def test_older_versions_want_a_creation_date(shop):
    po = shop.control.place_order()
    shop.control.set_options(created_dates_required=True)
    refused = shop.get("/v3/orders")
    assert (refused.status, refused.error["code"]) == (400, "INVALID_REQUEST.GMP_ORDER_API")
    assert refused.error["description"] == "Order not found Bad request fromDate or toDate is missing"
    assert listed(shop.get(f"/v3/orders?createdStartDate={date(days_ago(shop, 1))}&limit=1")) == [po]


def test_a_query_reaches_only_so_many_rows(shop):
    placed = [shop.control.place_order(placed_at=days_ago(shop, n / 10)) for n in range(5)]
    shop.control.set_options(most_per_query=3)
    first = shop.get("/v3/orders?limit=2")
    assert first.json["list"]["meta"]["totalCount"] == 3
    second = shop.get("/v3/orders" + first.json["list"]["meta"]["nextCursor"])
    assert listed(first) + listed(second) == placed[:3]
    assert "nextCursor" not in second.json["list"]["meta"]


def test_accounts_do_not_see_each_other(shop):
    shop.control.add_account("bob", "secret")
    bob = Seller(shop.server, client_id="bob", secret="secret")
    his = shop.control.place_order(account="bob")
    assert listed(bob.get("/v3/orders")) == [his]
    assert shop.get("/v3/orders").status == 404
    assert shop.get(f"/v3/orders/{his}").status == 404
    assert shop.acknowledge(his).status == 404


def test_the_cursor_used_verbatim_leads_through_all_pages(shop):
    placed = [shop.control.place_order(placed_at=days_ago(shop, n / 10)) for n in range(5)]
    pages, path = [], "?limit=2&replacementInfo=true"
    while path:
        answer = shop.get(f"/v3/orders{path}")
        assert answer.status == 200
        assert answer.json["list"]["meta"]["totalCount"] == 5
        pages.append(listed(answer))
        path = answer.json["list"]["meta"].get("nextCursor")
    assert pages == [placed[:2], placed[2:4], placed[4:]]


def first_cursor(shop, count=3):
    for n in range(count):
        shop.control.place_order(placed_at=days_ago(shop, n / 10))
    cursor = shop.get("/v3/orders?limit=1&sku=SKU-1").json["list"]["meta"]["nextCursor"]
    assert cursor.startswith("?limit=1&hasMoreElements=true&soIndex=3&poIndex=1&partnerId=10020300000&sellerId=")
    return cursor


def test_a_cursor_that_was_re_encoded_or_added_to_is_refused(shop):
    cursor = first_cursor(shop)
    for spoilt in (
        cursor.replace(":", "%3A"),
        cursor + "&limit=1",
        cursor + "&productInfo=true",
        "?" + quote(cursor[1:], safe="=&"),
    ):
        assert shop.get(f"/v3/orders{spoilt}").status == 400
    assert shop.get("/v3/orders?" + quote(cursor[1:])).status in (200, 400, 404)
    foreign = cursor.replace("partnerId=10020300000", "partnerId=1")
    assert shop.get(f"/v3/orders{foreign}").status == 401


def test_a_cursor_wrapped_in_a_parameter_brings_page_one_for_ever(shop):
    cursor = first_cursor(shop)
    wrapped = shop.get(f"/v3/orders?limit=1&nextCursor={quote(cursor, safe='')}")
    assert listed(wrapped) == listed(shop.get("/v3/orders?limit=1"))


def test_pages_shift_when_rows_leave_between_them(shop):
    placed = [shop.control.place_order(placed_at=days_ago(shop, n / 10)) for n in range(4)]
    first = shop.get("/v3/orders/released?limit=2")
    assert listed(first) == placed[:2]
    shop.acknowledge(placed[0])
    second = shop.get("/v3/orders/released" + first.json["list"]["meta"]["nextCursor"])
    assert listed(second) == placed[3:], "the third order slipped to the page already read"


@pytest.mark.parametrize(("kind", "shown"), [("absent", None), ("empty", ""), ("no_more", "hasMoreElements=false")])
def test_the_last_page_says_so_in_several_ways(shop, kind, shown):
    shop.control.place_order()
    shop.control.set_options(last_cursor=kind)
    cursor = shop.get("/v3/orders").json["list"]["meta"].get("nextCursor")
    assert (cursor == shown) if not shown else (shown in cursor)


def test_the_end_may_be_the_same_cursor_again(shop):
    shop.control.set_options(last_cursor="repeated")
    first_cursor(shop)
    cursor = shop.get("/v3/orders?limit=2").json["list"]["meta"]["nextCursor"]
    last = shop.get(f"/v3/orders{cursor}")
    assert len(listed(last)) == 1
    assert last.json["list"]["meta"]["nextCursor"] == cursor
    assert listed(shop.get(f"/v3/orders{cursor}")) == listed(last)


def test_the_end_may_be_an_empty_page_although_more_was_promised(shop):
    shop.control.set_options(last_cursor="empty_page")
    shop.control.place_order()
    cursor = shop.get("/v3/orders").json["list"]["meta"]["nextCursor"]
    assert "hasMoreElements=true" in cursor
    after = shop.get(f"/v3/orders{cursor}")
    assert (after.status, listed(after), "nextCursor" in after.json["list"]["meta"]) == (200, [], False)


def test_a_row_of_the_list_may_have_another_date_than_the_order(shop):
    po = shop.control.place_order()
    shop.control.set_options(list_order_date_drift=7)
    (row,) = shop.get("/v3/orders").json["list"]["elements"]["order"]
    assert row["orderDate"] - shop.order(po)["orderDate"] == 7000


def test_what_an_order_does_not_have_is_null_or_absent(shop):
    po = shop.control.place_order(lines=[{"sku": "A", "tax": None}])
    shown = shop.order(po)["orderLines"]["orderLine"][0]
    assert (shown["refund"], shown["charges"]["charge"][0]["tax"]) == (None, None)
    shop.control.set_options(optional_members="absent")
    shown = shop.order(po)["orderLines"]["orderLine"][0]
    assert "refund" not in shown
    assert "tax" not in shown["charges"]["charge"][0]


def test_charges_may_be_those_of_one_unit(shop):
    """Which of both is true is not established: walmart-api §2.9."""
    po = shop.control.place_order(lines=[{"sku": "A", "quantity": 4, "price": "10.00", "tax": "3.20"}])
    shop.control.set_options(charges_of="unit")
    order = shop.order(po)
    (charge,) = order["orderLines"]["orderLine"][0]["charges"]["charge"]
    assert (charge["chargeAmount"]["amount"], charge["tax"]["taxAmount"]["amount"]) == (10.0, 0.8)
    assert order["orderSummary"]["totalAmount"]["currencyAmount"] == 43.2


def test_the_phone_is_zeroed_on_later_reads(shop):
    po = shop.control.place_order(buyer={"phone": "2175550100"})
    assert shop.order(po)["shippingInfo"]["phone"] == "2175550100"
    shop.acknowledge(po)
    assert shop.order(po)["shippingInfo"]["phone"] == "0000000000"
    shop.control.set_options(zero_phones=False)
    assert shop.order(po)["shippingInfo"]["phone"] == "2175550100"


def test_the_placeholder_address_is_replaced_in_time(shop):
    shop.control.set_options(placeholder_email_seconds=300)
    po = shop.control.place_order()
    assert shop.order(po)["customerEmailId"] == "nocxemail@walmartone.com"
    shop.control.advance_clock(301)
    assert shop.order(po)["customerEmailId"].endswith("@relay.walmart.com")


@pytest.mark.parametrize(("kind", "shown"), [("array", []), ("null", None)])
def test_the_ship_node_has_several_forms(unrecorded, shop, kind, shown):
    po = shop.control.place_order()
    shop.control.set_options(ship_node_as=kind)
    assert shop.order(po)["shipNode"] == shown


def test_values_outside_the_documents_occur(shop):
    po = shop.control.place_order(method_code="SameDay")
    shop.control.ship_elsewhere(po, carrier="FED_EX")
    shop.control.set_options(status_names={"Shipped": "InTransit"}, garbage_status_dates=True)
    order = shop.order(po)
    (line,) = order["orderLines"]["orderLine"]
    (entry,) = line["orderLineStatuses"]["orderLineStatus"]
    assert order["shippingInfo"]["methodCode"] == "SameDay"
    assert (entry["status"], entry["trackingInfo"]["carrierName"]["carrier"]) == ("InTransit", "FED_EX")
    assert line["statusDate"] < 0


def test_every_shape_can_be_placed_and_read(shop):
    placed = {shape: shop.control.place_shape(shape, CATALOGUE) for shape in shop.control.shapes()}
    orders = {shape: shop.order(po, "?replacementInfo=true") for shape, po in placed.items()}
    assert len(placed) == 17
    assert [line["item"]["sku"] for line in orders["duplicate_sku_lines"]["orderLines"]["orderLine"]].count(
        orders["duplicate_sku_lines"]["orderLines"]["orderLine"][0]["item"]["sku"]
    ) == 3
    assert [line["lineNumber"] for line in orders["several_lines"]["orderLines"]["orderLine"]] == ["1", "2", "4"]
    assert orders["cancel_request"]["orderLines"]["orderLine"][0]["intentToCancel"] == "TRUE"
    assert orders["replacement"]["orderSummary"]["totalAmount"]["currencyAmount"] == 0
    assert "phone" not in orders["odd_address"]["shippingInfo"]
    assert orders["puerto_rico"]["shippingInfo"]["postalAddress"]["state"] == "PR"
    assert statuses(orders["wfs"]) == [("Acknowledged", "1")]


def test_what_cannot_be_placed_is_refused_with_a_sentence(shop):
    with pytest.raises(ValueError, match="Unknown shape"):
        shop.control.place_shape("round", CATALOGUE)
    with pytest.raises(ValueError, match="at least one unit"):
        shop.control.place_order(lines=[{"sku": "A", "quantity": 0}])
    with pytest.raises(ValueError, match="'sku' is missing"):
        shop.control.place_order(lines=[{}])
    with pytest.raises(ValueError, match="No order 17"):
        shop.control.order("17")


@pytest.mark.skipif(not CHECK.exists(), reason=f"the published contracts are not at {CHECK}")
def test_every_answer_keeps_the_published_contract(shop):
    placed = [shop.control.place_shape(shape, CATALOGUE) for shape in shop.control.shapes()]
    shop.get("/v3/token/detail")
    listed(shop.get("/v3/orders?limit=3&productInfo=true&replacementInfo=true"))
    cursor = shop.get("/v3/orders/released?limit=3").json["list"]["meta"]["nextCursor"]
    shop.get(f"/v3/orders/released{cursor}")
    for po in placed:
        shop.acknowledge(po)
        shop.ship(po, shop.part("1"))
        shop.ship(po, shop.part("1", trackingNumber="1Z2"), processMode="PARTIAL_UPDATE")
        shop.cancel(po, ("2", 1, "SELLER_CANCEL_OUT_OF_STOCK"))
        shop.control.deliver(po)
        shop.order(po, "?productInfo=true&replacementInfo=true")
    body = {"sku": "MUG-1", "quantity": {"unit": "EACH", "amount": 3}}
    assert shop.post("/v3/inventory?sku=MUG-1", body, method="PUT").json == body
    assert shop.get("/v3/inventory?sku=MUG-1").json == body
    exchanges = shop.control.requests()
    assert len(exchanges) > 80
    assert {exchange["status"] for exchange in exchanges} == {200, 400}
    assert violations(exchanges) == []
