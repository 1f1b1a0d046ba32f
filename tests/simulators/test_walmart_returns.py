"""Returns at Walmart: the list, the seller's refund, the 48 hours, and what buyers and stores do."""

from decimal import Decimal
from itertools import pairwise

import pytest
from walmart_seller import seller

from channel_simulators.walmart.server import WalmartServer
from tests.contracts import CHECK, violations

HOUR = 3600
DAY = 24 * HOUR
LINE = {"sku": "MUG", "quantity": 3, "price": "9.99", "tax": "2.50", "shipping": "4.00", "shipping_tax": "0.35"}


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


@pytest.fixture
def po(shop):
    """Three mugs in parcels, all shipped."""
    return bought(shop, LINE)


def bought(shop, *lines, **more):
    placed = shop.control.place_order(lines=list(lines), **more)
    shop.control.ship_elsewhere(placed)
    return placed


def later(shop, seconds):
    """Time passes; the token of before is dead after 900 seconds."""
    shop.control.advance_clock(seconds)
    shop._token = None


def listed(shop, query=""):
    answer = shop.get(f"/v3/returns{query}")
    assert answer.status == 200, answer.text
    return answer.json["returnOrders"]


def shown(shop, rma, query=""):
    (found,) = listed(shop, f"?returnOrderId={rma}{query}")
    return found


def line_of(shop, rma, number=1):
    return shown(shop, rma)["returnOrderLines"][number - 1]


def refund(shop, rma, *lines, customer=None):
    customer = customer or shop.control.return_order(rma)["customer_order_id"]
    body = [{"returnOrderLineNumber": line, "quantity": amount(quantity)} for line, quantity in lines]
    return shop.post(f"/v3/returns/{rma}/refund", {"customerOrderId": customer, "refundLines": body})


def amount(quantity):
    return {"unitOfMeasure": "EACH", "measurementValue": quantity}


def cents(money):
    return Decimal(str(money["currencyAmount"]))


def totals(line):
    return {entry["name"]: cents(entry["value"]) for entry in line["chargeTotals"]}


def charges_of(shop, po):
    """Product, product tax, shipping and shipping tax of the first line, as the order shows them."""
    charges = shop.order(po)["orderLines"]["orderLine"][0]["charges"]["charge"]
    product = [charge for charge in charges if charge["chargeType"] == "PRODUCT"]
    shipping = [charge for charge in charges if charge["chargeType"] == "SHIPPING"]
    return [Decimal(str(value)) for value in (*_sums(product), *_sums(shipping))]


def _sums(charges):
    yield round(sum(charge["chargeAmount"]["amount"] for charge in charges), 2)
    yield round(sum(charge["tax"]["taxAmount"]["amount"] for charge in charges if charge["tax"]), 2)


def refunded_on_order(shop, po, line=0):
    """Sum of what the order's line shows as refunded."""
    refunded = shop.order(po)["orderLines"]["orderLine"][line]["refund"]
    parts = refunded["refundCharges"]["refundCharge"] if refunded else []
    charges = [part["charge"] for part in parts]
    given = [charge["chargeAmount"]["amount"] for charge in charges]
    taxes = [charge["tax"]["taxAmount"]["amount"] for charge in charges if charge["tax"]]
    return -sum((Decimal(str(value)) for value in given + taxes), Decimal())


def stages(line):
    return [
        (stage["status"], stage.get("currentRefundStatus"), stage["quantity"]["measurementValue"])
        for stage in line["currentTrackingStatuses"]
    ]


def tags(shop, rma, line=0):
    return shop.control.return_order(rma)["lines"][line]["events"]


def description(answer):
    assert answer.status == 400, answer.text
    return answer.error["description"]


# the list


def test_nothing_found_is_404(shop, po):
    nothing = shop.get("/v3/returns")
    assert (nothing.status, nothing.error["severity"]) == (404, "INFO")
    rma = shop.control.open_return(po)
    assert shop.get(f"/v3/returns?returnOrderId={rma}&status=DELIVERED").status == 404
    shop.control.add_account("bob", "secret")
    assert type(shop)(shop.server, client_id="bob", secret="secret").get("/v3/returns").status == 404


def test_a_new_return_shows_everything_the_documents_name(shop, po):
    rma = shop.control.open_return(po, [("1", 2)], reason="WRONG_SIZE/POOR_FIT")
    found = shown(shop, rma)
    order = shop.control.order(po)
    assert (found["customerOrderId"], found["customerEmailId"]) == (order["customer_order_id"], order["buyer"]["email"])
    assert " ".join(found["customerName"].values()) == order["buyer"]["name"]
    assert (found["refundMode"], found["returnChannel"]) == ("POST_DELIVERY", {"channelName": "ONLINE"})
    assert found["returnByDate"] > found["returnOrderDate"]
    assert "returnType" not in found

    (group,) = found["returnLineGroups"]
    assert (group["returnLines"], group["returnExpectedFlag"]) == ([{"returnOrderLineNumber": 1}], True)
    (carrier,) = group["labels"][0]["carrierInfoList"]
    assert (carrier["carrierName"], carrier["serviceType"]) == ("FEDEX", "FedEx Ground")
    assert [carrier["trackingNo"]] == shop.control.return_order(rma)["tracking_numbers"]

    (line,) = found["returnOrderLines"]
    assert (line["purchaseOrderId"], line["purchaseOrderLineNumber"], line["salesOrderLineNumber"]) == (po, 1, 1)
    assert (line["returnReason"], line["item"]["sku"], line["quantity"]) == ("WRONG_SIZE/POOR_FIT", "MUG", amount(2))
    assert (line["refundedQty"], line["cancellableQty"], line["rechargeableQty"]) == (0, 2, 0)
    assert (line["status"], line["currentDeliveryStatus"]) == ("INITIATED", "NOT_SHIPPED")
    assert stages(line) == [("INITIATED", None, 2)]
    assert line["refundChannels"] == []
    assert [event["eventTag"] for event in line["returnTrackingDetail"]] == ["RETURN_INITIATED"]
    assert shop.order(po)["orderLines"]["orderLine"][0]["returnOrderId"] == rma


def test_dates_filter_in_pairs_only(shop, po):
    rma = shop.control.open_return(po)
    now = shop.control.now()
    day = f"{now:%Y-%m-%d}"
    for start, end in (
        ("returnCreationStartDate", "returnCreationEndDate"),
        ("returnLastModifiedStartDate", "returnLastModifiedEndDate"),
    ):
        for alone in (start, end):
            assert "given together" in description(shop.get(f"/v3/returns?{alone}={day}"))
        for until in (f"{now:%Y-%m-%dT%H:%M:%S}.999Z", f"{now:%Y-%m-%dT%H:%M}:59%2B00:00"):
            assert [found["returnOrderId"] for found in listed(shop, f"?{start}={day}&{end}={until}")] == [rma]
        assert shop.get(f"/v3/returns?{start}=2020-01-01&{end}=2020-02-01T00:00:00Z").status == 404
        for wrong in ("23.11.2026", "2026-02-31", "2026-11-23T10:30:15+01:00", "9999-12-31T23:59:59-12:00x"):
            assert description(shop.get(f"/v3/returns?{start}={wrong}&{end}={day}")) == "Invalid Date format value"


def test_a_change_moves_the_modification_date_and_not_the_creation(shop, po):
    rma = shop.control.open_return(po)
    later(shop, 2 * DAY)
    shop.control.deliver_return(rma)
    since = f"{shop.control.now():%Y-%m-%d}"
    window = f"StartDate={since}", f"EndDate={since}T23:59:59Z"
    assert shop.get("/v3/returns?returnCreation{}&returnCreation{}".format(*window)).status == 404
    assert listed(shop, "?returnLastModified{}&returnLastModified{}".format(*window))[0]["returnOrderId"] == rma


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=ten", "status=OPEN", "returnType=GIFT", "isWFSEnabled=yes"]
)
def test_values_outside_the_documents_are_refused(shop, query):
    assert shop.get(f"/v3/returns?{query}").status == 400


def test_pages_follow_the_literal_cursor(shop):
    rmas = {shop.control.open_return(bought(shop, {"sku": "A"})) for _ in range(12)}
    first = shop.get("/v3/returns?replacementInfo=true").json
    assert (first["meta"]["totalCount"], first["meta"]["limit"], len(first["returnOrders"])) == (12, 10, 10)
    cursor = first["meta"]["nextCursor"]
    assert cursor == "?sellerId=101650&limit=10&offset=10&replacementInfo=true"
    second = shop.get(f"/v3/returns{cursor}").json
    assert "nextCursor" not in second["meta"]
    assert {found["returnOrderId"] for page in (first, second) for found in page["returnOrders"]} == rmas
    assert second["returnOrders"][0]["returnType"] == "REFUND"

    reordered = "?limit=10&sellerId=101650&offset=10&replacementInfo=true"
    assert description(shop.get(f"/v3/returns{reordered}")) == "Invalid Request"
    assert shop.get("/v3/returns" + cursor.replace("101650", "7")).status == 401
    wrapped = shop.get("/v3/returns?nextCursor=" + cursor.replace("&", "%26")).json["returnOrders"]
    assert [found["returnOrderId"] for found in wrapped] == [found["returnOrderId"] for found in first["returnOrders"]]


def test_the_end_of_the_list_is_shown_in_three_ways(shop):
    for _ in range(3):
        shop.control.open_return(bought(shop, {"sku": "A"}))
    shop.control.set_return_options(last_cursor="empty")
    assert shop.get("/v3/returns").json["meta"]["nextCursor"] == ""

    shop.control.set_return_options(last_cursor="repeated")
    cursors, page = [], shop.get("/v3/returns?limit=2").json
    for _ in range(3):
        cursors.append(page["meta"]["nextCursor"])
        page = shop.get(f"/v3/returns{cursors[-1]}").json
        assert len(page["returnOrders"]) == 1
    assert cursors[0] == cursors[1] == cursors[2] == "?sellerId=101650&limit=2&offset=2"


def test_replacements_show_their_type_when_asked_for(shop, po):
    rma = shop.control.open_return(po, kind="replacement", replacement_customer_order_id="200012345678901")
    other = shop.control.open_return(bought(shop, {"sku": "B"}))
    found = shown(shop, rma, "&replacementInfo=true")
    assert (found["returnType"], found["replacementCustomerOrderId"]) == ("REPLACEMENT", "200012345678901")
    assert found["returnOrderLines"][0]["isFastReplacement"] is True
    assert [one["returnOrderId"] for one in listed(shop, "?replacementInfo=true&returnType=REFUND")] == [other]
    assert len(listed(shop, "?returnType=REFUND")) == 2


def test_what_walmart_fulfils_is_listed_only_on_request(shop, po):
    own = shop.control.open_return(po)
    wfs = bought(shop, {"sku": "W"}, ship_node_type="WFSFulfilled")
    rma = shop.control.open_return(wfs)
    assert [found["returnOrderId"] for found in listed(shop)] == [own]
    assert [found["returnOrderId"] for found in listed(shop, "?isWFSEnabled=Y")] == [rma]
    shop.control.set_return_options(wfs_listing="also")
    assert {found["returnOrderId"] for found in listed(shop, "?isWFSEnabled=Y")} == {own, rma}

    assert "fulfilled by Walmart" in description(refund(shop, rma, (1, 1)))
    shop.control.deliver_return(rma)
    later(shop, 10 * DAY)
    assert shop.control.return_order(rma)["lines"][0]["refunded"] == 0


# money


@pytest.mark.parametrize("price", ["9.99", "0.01", "3.33", "19.95"])
@pytest.mark.parametrize("steps", [(1, 1, 1), (2, 1), (3,)])
def test_returned_units_have_exact_shares_of_the_charges(shop, price, steps):
    po = bought(shop, {**LINE, "price": price, "discount": "0.02", "fee": "1.25"})
    lines = [line_of(shop, shop.control.open_return(po, [("1", quantity)])) for quantity in steps]
    product, product_tax, shipping, shipping_tax = charges_of(shop, po)
    sums = {name: sum(totals(line)[name] for line in lines) for name in totals(lines[0])}
    assert sums["lineSubTotal"] == product
    assert sums["lineProductTaxes"] == product_tax
    assert sums["lineTotalTaxes"] == product_tax + shipping_tax
    assert sums["lineShippingFee"] == shipping
    assert sums["lineTotal"] == product + product_tax + shipping + shipping_tax
    for line in lines:
        assert _billable(line) == totals(line)["lineTotal"]
    assert [line["lastItem"] for line in lines] == [*[False] * (len(steps) - 1), True]


def _billable(line):
    """Per unit times quantity plus excess, discounts subtracted, fees left out."""
    quantity, total = int(line["quantity"]["measurementValue"]), Decimal()
    for charge in line["charges"]:
        part = cents(charge["chargePerUnit"]) * quantity + cents(charge["excessCharge"])
        part = -part if charge["isDiscount"] else part
        part += sum(cents(tax["taxPerUnit"]) * quantity + cents(tax["excessTax"]) for tax in charge["tax"])
        total += part if charge["isBillable"] else 0
    return total


def test_refunds_in_any_order_give_back_what_was_shown_and_nothing_more(shop, po):
    rmas = [shop.control.open_return(po, [("1", 1)]) for _ in range(3)]
    expected = {rma: totals(line_of(shop, rma))["lineTotal"] for rma in rmas}
    for rma in (rmas[2], rmas[0], rmas[1]):
        before = refunded_on_order(shop, po)
        assert refund(shop, rma, (1, 1)).status == 200
        assert refunded_on_order(shop, po) - before == expected[rma]
    assert refunded_on_order(shop, po) == sum(charges_of(shop, po))


def test_parts_of_a_return_line_add_up(shop, po):
    rma = shop.control.open_return(po)
    for quantity in (1, 2):
        assert refund(shop, rma, (1, quantity)).status == 200
    (line,) = shop.control.return_order(rma)["lines"]
    assert sum(Decimal(part["amount"]) for part in line["refunds"]) == Decimal(line["total"])
    assert Decimal(line["total"]) == sum(charges_of(shop, po))


# the seller's refund


def test_a_refund_is_initiated_and_completes_later(shop, po):
    rma = shop.control.open_return(po)
    shop.control.deliver_return(rma)
    customer = shop.control.order(po)["customer_order_id"]
    answer = refund(shop, rma, (1, 2))
    assert answer.json == {
        "returnOrderId": rma,
        "customerOrderId": customer,
        "refundLines": [{"returnOrderLineNumber": 1, "quantity": amount(2)}],
    }
    line = line_of(shop, rma)
    assert stages(line) == [("COMPLETED", "REFUND_INITIATED", 2), ("DELIVERED", None, 1)]
    assert (line["refundedQty"], line["status"], line["currentRefundStatus"]) == (2, "DELIVERED", "REFUND_INITIATED")
    assert line["refundChannels"] == [
        {"refundChannelName": "SELLER_SYSTEM_REFUND", "quantity": {"measurementValue": 2}}
    ]
    later(shop, 60)
    assert stages(line_of(shop, rma)) == [("COMPLETED", "REFUND_COMPLETED", 2), ("DELIVERED", None, 1)]

    refund(shop, rma, (1, 1))
    later(shop, 60)
    line = line_of(shop, rma)
    assert stages(line) == [("COMPLETED", "REFUND_COMPLETED", 2), ("COMPLETED", "REFUND_COMPLETED", 1)]
    assert line["refundChannels"][1]["quantity"] == amount(1)
    assert tags(shop, rma) == [
        "RETURN_INITIATED",
        "RETURN_IN_TRANSIT",
        "DELIVERED_AT_RETURN_CENTER",
        "REFUND_INITIATED",
        "REFUND_ISSUED",
        "REFUND_INITIATED",
        "REFUND_ISSUED",
    ]
    assert [found["returnOrderId"] for found in listed(shop, "?status=COMPLETED")] == [rma]


def test_a_refund_without_quantities_means_the_whole_line(shop, po):
    rma = shop.control.open_return(po)
    customer = shop.control.order(po)["customer_order_id"]
    body = {"customerOrderId": customer, "refundLines": [{"returnOrderLineNumber": 1}]}
    assert shop.post(f"/v3/returns/{rma}/refund", body).json["refundLines"][0]["quantity"]["measurementValue"] == 3
    assert "already refunded" in description(shop.post(f"/v3/returns/{rma}/refund", body))


def test_the_only_line_need_not_be_named(shop, po):
    rma = shop.control.open_return(po)
    body = {"customerOrderId": shop.control.order(po)["customer_order_id"], "refundLines": [{"quantity": amount(1)}]}
    assert shop.post(f"/v3/returns/{rma}/refund", body).json["refundLines"] == [
        {"returnOrderLineNumber": 1, "quantity": amount(1)}
    ]


def test_what_cannot_be_refunded_is_refused_and_changes_nothing(shop):
    """The texts are the simulator's own: the documents show none."""
    po = bought(shop, LINE, {"sku": "CAP", "quantity": 2})
    rma = shop.control.open_return(po, [("1", 2), ("2", 1)])
    before = shop.control.state(), shop.control.returns()
    assert "missing or invalid" in description(refund(shop, rma, (3, 1)))
    assert "more than the refundable quantity 2" in description(refund(shop, rma, (1, 3)))
    assert "more than the refundable" in description(refund(shop, rma, (1, 2), (1, 1)))
    assert [error["field"] for error in refund(shop, rma, (1, 1), (2, 2), (9, 1)).errors] == [
        "returnOrderLineNumber",
        "quantity",
    ]
    assert "customerOrderId" in description(refund(shop, rma, (1, 1), customer="200000000000000"))
    customer = shop.control.order(po)["customer_order_id"]
    for lines in (None, [], "1", [7], [{}], [{"returnOrderLineNumber": "1"}], [{"returnOrderLineNumber": True}]):
        assert shop.post(f"/v3/returns/{rma}/refund", {"customerOrderId": customer, "refundLines": lines}).status == 400
    for quantity in (0, -1, 1.5, "1", True, None):
        assert refund(shop, rma, (1, quantity)).status == 400
    assert refund(shop, "123456789012345678", (1, 1), customer=customer).status == 404
    assert (shop.control.state(), shop.control.returns()) == before


def test_a_unit_refunded_through_any_channel_is_not_refunded_again(shop, po):
    rma = shop.control.open_return(po)
    shop.control.refund_at_walmart(rma, [(1, 1)])
    assert "more than the refundable quantity 2" in description(refund(shop, rma, (1, 3)))
    assert refund(shop, rma, (1, 2)).status == 200
    for _ in range(2):
        assert "already refunded" in description(refund(shop, rma, (1, 1)))
    assert [part["channel"] for part in shop.control.return_order(rma)["lines"][0]["refunds"]] == [
        "SELLER_MANUAL_REFUND",
        "SELLER_SYSTEM_REFUND",
    ]
    with pytest.raises(ValueError, match="Nothing is left to refund"):
        shop.control.refund_at_walmart(rma)


def test_a_line_refunded_on_the_order_is_not_refunded_again(shop, po):
    rma = shop.control.open_return(po)
    line = {"lineNumber": "1", "isFullRefund": True, "refunds": {"refund": [{"refundComments": "goodwill"}]}}
    line["refunds"]["refund"][0]["refundCharges"] = {"refundCharge": [{"refundReason": "Finance -> Goodwill"}]}
    body = {"orderRefund": {"purchaseOrderId": po, "orderLines": {"orderLine": [line]}}}
    answer = shop.post(f"/v3/orders/{po}/refund", body)
    assert answer.status == 200, answer.text
    assert "already refunded" in description(refund(shop, rma, (1, 1)))
    assert refunded_on_order(shop, po) == sum(charges_of(shop, po))


def test_what_was_given_as_goodwill_is_not_given_twice(shop, po):
    shop.control.refund_order_at_walmart(po, "1", product="25.00")
    rmas = [shop.control.open_return(po, [("1", 1)]) for _ in range(3)]
    answers = [refund(shop, rma, (1, 1)).status for rma in rmas]
    assert answers == [200, 200, 200]
    assert refunded_on_order(shop, po) == sum(charges_of(shop, po))


def test_a_refund_whose_answer_was_lost_has_happened_once(shop, po):
    rma = shop.control.open_return(po)
    shop.control.faults_add("lost_reply", method="POST", path="/v3/returns/.*/refund")
    with pytest.raises(ConnectionError):
        refund(shop, rma, (1, 2))
    assert line_of(shop, rma)["refundedQty"] == 2
    assert "more than the refundable quantity 1" in description(refund(shop, rma, (1, 2)))


def test_the_calls_are_throttled(shop, po):
    rma = shop.control.open_return(po)
    shop.control.set_options(limits={"returns.list": 1, "returns.refund": 1})
    assert [shop.get("/v3/returns").status for _ in range(2)] == [200, 429]
    assert [refund(shop, rma, (1, 1)).status for _ in range(2)] == [200, 429]
    assert shop.control.return_order(rma)["lines"][0]["refunded"] == 1


def test_replacements_and_exception_items_are_not_refunded_here(shop, po):
    replacement = shop.control.open_return(po, [("1", 1)], kind="replacement")
    assert "replacement" in description(refund(shop, replacement, (1, 1)))
    freight = shop.control.open_return(po, [("1", 1)], kind="exception", exception_item_type="HAZMAT")
    line = line_of(shop, freight)
    assert (line["isReturnForException"], line["exceptionItemType"]) == (True, "HAZMAT")
    assert "exception items" in description(refund(shop, freight, (1, 1)))
    assert shown(shop, freight)["returnLineGroups"][0]["labels"] == []


# time


def test_after_48_hours_at_the_return_centre_walmart_refunds(shop, po):
    rma = shop.control.open_return(po)
    shop.control.ship_return(rma)
    shop.control.deliver_return(rma, [(1, 2)])
    later(shop, 47 * HOUR)
    assert line_of(shop, rma)["refundedQty"] == 0
    refund(shop, rma, (1, 1))
    later(shop, 2 * HOUR)
    line = line_of(shop, rma)
    assert stages(line) == [
        ("COMPLETED", "REFUND_COMPLETED", 1),
        ("COMPLETED", "REFUND_COMPLETED", 1),
        ("INITIATED", None, 1),
    ]
    channels = [entry["refundChannelName"] for entry in line["refundChannels"]]
    assert channels == ["SELLER_SYSTEM_REFUND", "WALMART_TRIGGERED_REFUND"]
    shop.control.deliver_return(rma)
    later(shop, 49 * HOUR)
    assert line_of(shop, rma)["refundedQty"] == 3
    assert refunded_on_order(shop, po) == sum(charges_of(shop, po))


def test_walmarts_refund_has_the_time_it_was_due(shop, po):
    rma = shop.control.open_return(po)
    shop.control.deliver_return(rma)
    arrived = line_of(shop, rma)["returnTrackingDetail"][0]["eventTime"]
    later(shop, 30 * DAY)
    events = line_of(shop, rma)["returnTrackingDetail"]
    assert [event["eventTag"] for event in events[:2]] == ["REFUND_ISSUED", "REFUND_INITIATED"]
    assert events[1]["eventTime"][:10] > arrived[:10]
    assert shown(shop, rma)["returnOrderLines"][0]["statusTime"] == events[0]["eventTime"]
    assert shop.control.return_order(rma)["modified_at"] == events[0]["eventTime"]


def test_neither_kept_nor_replaced_goods_start_the_48_hours(shop, po):
    shop.control.set_return_options(walmart_refunds=False)
    off = shop.control.open_return(po, [("1", 1)])
    replaced = shop.control.open_return(po, [("1", 1)], kind="replacement")
    for rma in (off, replaced):
        shop.control.deliver_return(rma)
    later(shop, 5 * DAY)
    assert [one["lines"][0]["refunded"] for one in shop.control.returns()] == [0, 0]
    shop.control.set_return_options(walmart_refunds=True)
    assert [one["lines"][0]["refunded"] for one in shop.control.returns()] == [1, 0]


# what others do


def test_a_kept_item_is_refunded_and_does_not_come_back(shop, po):
    rma = shop.control.open_return(po, [("1", 1)], kind="keep_it")
    line = line_of(shop, rma)
    assert (line["isKeepIt"], line["returnExpectedFlag"], line["refundedQty"]) == (True, False, 1)
    assert (line["status"], line["currentRefundStatus"]) == ("COMPLETED", "REFUND_COMPLETED")
    with pytest.raises(ValueError, match="nothing travels"):
        shop.control.deliver_return(rma)
    left = shop.control.open_return(po, [("1", 1)], kind="keep_it", refunded=False)
    assert line_of(shop, left)["refundedQty"] == 0
    assert refund(shop, left, (1, 1)).status == 200


@pytest.mark.parametrize(
    ("kind", "by", "where"),
    [("instant", "InstantRefund", "ONLINE"), ("in_store", "WALMART_SETTLED_REFUND", "IN_STORE")],
)
def test_a_refund_at_once_is_followed_by_the_parcel(shop, po, kind, by, where):
    rma = shop.control.open_return(po, kind=kind)
    found = shown(shop, rma)
    assert found["returnChannel"]["channelName"] == where
    assert found["returnOrderLines"][0]["refundChannels"][0]["refundChannelName"] == by
    assert "already refunded" in description(refund(shop, rma, (1, 1)))
    shop.control.ship_return(rma)
    shop.control.deliver_return(rma)
    later(shop, 5 * DAY)
    assert tags(shop, rma) == [
        "RETURN_INITIATED",
        "REFUND_INITIATED",
        "REFUND_ISSUED",
        "INTRANSIT_AFTER_INVOICE",
        "DELIVERED_AFTER_INVOICE",
    ]
    assert line_of(shop, rma)["status"] == "COMPLETED"
    assert refunded_on_order(shop, po) == sum(charges_of(shop, po))


def test_a_return_of_several_purchase_orders(shop):
    customer = "200099887766554"
    first = bought(shop, {"sku": "A"}, {"sku": "B", "quantity": 2}, customer_order_id=customer)
    second = bought(shop, {"sku": "C", "line": "4"}, customer_order_id=customer)
    rma = shop.control.open_return(customer, [(first, "2", 1), (second, "4", 1)])
    found = shown(shop, rma)
    lines = found["returnOrderLines"]
    assert [
        (line["purchaseOrderId"], line["purchaseOrderLineNumber"], line["salesOrderLineNumber"]) for line in lines
    ] == [
        (first, 2, 2),
        (second, 4, 3),
    ]
    assert [group["returnLines"] for group in found["returnLineGroups"]] == [
        [{"returnOrderLineNumber": 1}],
        [{"returnOrderLineNumber": 2}],
    ]
    assert cents(found["totalRefundAmount"]) == sum(totals(line)["lineTotal"] for line in lines)
    assert refund(shop, rma, (1, 1), (2, 1)).status == 200
    assert (refunded_on_order(shop, first, 1), refunded_on_order(shop, second)) == (
        totals(lines[0])["lineTotal"],
        totals(lines[1])["lineTotal"],
    )
    with pytest.raises(ValueError, match="name each line's"):
        shop.control.open_return(customer, [("1", 1)])
    rest = shop.control.return_order(shop.control.open_return(customer))
    assert [(line["purchase_order_id"], line["line"], line["quantity"]) for line in rest["lines"]] == [
        (first, "1", 1),
        (first, "2", 1),
    ]


def test_never_more_comes_back_than_was_shipped(shop):
    po = shop.control.place_order(lines=[{"sku": "A", "quantity": 5}])
    with pytest.raises(ValueError, match="nothing to return"):
        shop.control.open_return(po)
    shop.control.ship_elsewhere(po, lines=[("1", 3)])
    first = shop.control.open_return(po, [("1", 2)])
    for quantity in (0, 2):
        with pytest.raises(ValueError, match="has 1 to return"):
            shop.control.open_return(po, [("1", quantity)])
    with pytest.raises(ValueError, match="has 0 to return"):
        shop.control.open_return(po, [("1", 1), ("1", 1)])
    assert shop.control.return_order(shop.control.open_return(po, [("1", 1)]))["lines"][0]["quantity"] == 1

    shop.control.refund_at_walmart(first, [(1, 1)])
    shop.control.cancel_return(first)
    again = shop.control.open_return(po)
    assert shop.control.return_order(again)["lines"][0]["quantity"] == 1
    assert shop.order(po)["orderLines"]["orderLine"][0]["returnOrderId"] == again


def test_a_cancelled_return_is_completed_without_a_refund(shop, po):
    rma = shop.control.open_return(po)
    shop.control.cancel_return(rma, "Buyer changed their mind")
    found = shown(shop, rma, "&replacementInfo=true")
    (line,) = found["returnOrderLines"]
    assert (line["status"], line["refundedQty"], line["cancellableQty"]) == ("COMPLETED", 0, 0)
    assert line["returnCancellationReason"] == "Buyer changed their mind"
    assert stages(line) == [("COMPLETED", None, 3)]
    assert line["returnTrackingDetail"][0]["eventTag"] == "RETURN_CANCELLED"
    assert "is cancelled" in description(refund(shop, rma, (1, 1)))
    with pytest.raises(ValueError, match="Nothing is left to cancel"):
        shop.control.cancel_return(rma)


def test_what_cannot_be_is_refused_with_a_sentence(shop, po):
    for wrong in ({"kind": "odd"}, {"reason": "BORED"}, {"channel": "FAX"}):
        with pytest.raises(ValueError, match="one of"):
            shop.control.open_return(po, **wrong)
    with pytest.raises(ValueError, match="No order 17"):
        shop.control.open_return("17")
    with pytest.raises(ValueError, match="none of the purchase orders"):
        shop.control.open_return(po, [("17", "1", 1)])
    with pytest.raises(ValueError, match="no line 9"):
        shop.control.open_return(po, [("9", 1)])
    with pytest.raises(ValueError, match="No return 17"):
        shop.control.deliver_return("17")
    with pytest.raises(ValueError, match="colour"):
        shop.control.set_return_options(colour="red")
    with pytest.raises(ValueError, match="17 or 18 digits"):
        shop.control.open_return(po, return_order_id="1")
    rma = shop.control.open_return(po)
    with pytest.raises(ValueError, match="has 3 to ship, not 4"):
        shop.control.ship_return(rma, [(1, 4)])
    with pytest.raises(ValueError, match="no line 2"):
        shop.control.ship_return(rma, [(2, 1)])


# oddities on demand


def test_members_may_be_null_absent_unknown_or_new(shop, po):
    rma = shop.control.open_return(po)
    assert "currentRefundStatus" not in line_of(shop, rma)
    shop.control.set_return_options(without_value="null", extra_members=True, names={"INITIATED": "ASKED"})
    line = line_of(shop, rma)
    assert (line["currentRefundStatus"], line["status"]) == (None, "ASKED")
    assert "memberOfTomorrow" in line
    assert "memberOfTomorrow" in line["quantity"]
    shop.control.set_return_options(flat_fields=False, extra_members=False)
    assert not {"currentRefundStatus", "currentDeliveryStatus", "refundChannel"} & line_of(shop, rma).keys()


def test_events_are_newest_first_or_in_no_order(shop, po):
    rma = shop.control.open_return(po)
    for act in (shop.control.ship_return, shop.control.deliver_return, shop.control.refund_at_walmart):
        later(shop, HOUR)
        act(rma)
    times = [event["eventTime"] for event in line_of(shop, rma)["returnTrackingDetail"]]
    assert all(later >= earlier for later, earlier in pairwise(times))
    shop.control.set_return_options(tracking_order="shuffled")
    shuffled = line_of(shop, rma)["returnTrackingDetail"]
    assert sorted(event["eventTime"] for event in shuffled) == times[::-1]
    assert [event["sequenceNo"] for event in sorted(shuffled, key=lambda event: event["sequenceNo"])] == [0, 1, 2, 3]


def test_a_line_in_several_states_has_the_least_or_the_latest(shop, po):
    rma = shop.control.open_return(po)
    shop.control.refund_at_walmart(rma, [(1, 1)])
    assert line_of(shop, rma)["status"] == "INITIATED"
    shop.control.set_return_options(line_status="latest")
    assert line_of(shop, rma)["status"] == "COMPLETED"


def test_returns_survive_a_restart(tmp_path):
    file = tmp_path / "walmart.json"
    with WalmartServer(state_file=file) as server:
        po = server.control.place_order(lines=[LINE])
        server.control.ship_elsewhere(po)
        rma = server.control.open_return(po, [("1", 2)])
        server.control.deliver_return(rma)
        server.control.refund_at_walmart(rma, [(1, 1)])
        server.control.set_return_options(refund_seconds=9e6)
        before = server.control.returns()
    with WalmartServer(state_file=file) as server:
        assert server.control.returns() == before
        server.control.advance_clock(3 * DAY)
        assert server.control.return_order(rma)["lines"][0]["refunded"] == 2


@pytest.mark.skipif(not CHECK.exists(), reason=f"the published contracts are not at {CHECK}")
@pytest.mark.parametrize("without_value", ["absent", "null"])
def test_every_answer_keeps_the_published_contract(shop, without_value):
    shop.control.set_return_options(without_value=without_value, extra_members=True)
    for kind in ("ordinary", "keep_it", "instant", "in_store", "exception", "replacement"):
        po = bought(shop, {**LINE, "discount": "1.00", "fee": "1.25"}, {"sku": "B", "tax": None})
        rma = shop.control.open_return(po, [("1", 2), ("2", 1)], kind=kind)
        refund(shop, rma, (1, 1), (2, 1))
        if kind != "keep_it":
            shop.control.deliver_return(rma)
    listed(shop, "?limit=2&replacementInfo=true&returnType=REFUND&status=COMPLETED")
    cursor = shop.get("/v3/returns?limit=4&replacementInfo=true&isWFSEnabled=N").json["meta"]["nextCursor"]
    shop.get(f"/v3/returns{cursor}")
    shop.get("/v3/returns?returnLastModifiedStartDate=2020-01-01&returnLastModifiedEndDate=2099-01-01T00:00:00Z")
    exchanges = shop.control.requests()
    assert {exchange["status"] for exchange in exchanges} == {200, 400}
    assert violations(exchanges) == []
