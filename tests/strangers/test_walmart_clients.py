"""Two strangers at the Walmart simulator: `python-walmart` (Fulfil.IO, last released in 2020) and APIMATIC's generated SDK."""

import inspect
import json

import pytest

walmart = pytest.importorskip("walmart", reason="python-walmart cannot be imported here")
requests = pytest.importorskip("requests")
_NAME = "inventorymanagementanditemmanagementandordermanagementandpricemanagement"
sdk = pytest.importorskip(f"{_NAME}.{_NAME}_client", reason="walmart-solutions-apimatic-sdk cannot be imported here")


@pytest.fixture
def fulfil(marketplace):
    """Signs in as soon as it is made."""
    return walmart.Walmart("sandbox-client", "sandbox-secret")


def parcel(line="1", quantity=1, **more):
    wanted = {"line_number": line, "quantity": quantity, "carrier": "UPS", "carrier_service": "Standard"}
    return {**wanted, "tracking_number": "1Z999AA10123456784", **more}


class TestPythonWalmart:
    def test_signs_in_once_and_reads_orders(self, marketplace, fulfil):
        po = marketplace.control.place_order(lines=[{"sku": "A", "quantity": 2, "price": "9.99"}])
        listed = fulfil.orders.all(limit=10, createdStartDate=marketplace.control.now().date().isoformat())
        assert fulfil.token_expires_in == 900
        assert [order["purchaseOrderId"] for order in listed["list"]["elements"]["order"]] == [po]
        assert fulfil.orders.get(po)["order"] == listed["list"]["elements"]["order"][0]

    def test_no_orders_are_an_empty_list(self, fulfil):
        """It knows that Walmart answers 404 (walmart-api §0)."""
        assert fulfil.orders.all(status="Shipped") == {"list": {"elements": {"order": []}}}

    def test_pages_by_the_cursor_as_it_stands(self, marketplace, fulfil):
        placed = {marketplace.control.place_order() for _ in range(5)}
        seen, address = [], f"{fulfil.orders.url}?limit=2"
        while len(seen) < 5:
            page = fulfil.send_request("GET", address)["list"]
            seen += [order["purchaseOrderId"] for order in page["elements"]["order"]]
            address = fulfil.orders.url + page["meta"].get("nextCursor", "")
        assert (len(seen), set(seen)) == (5, placed)

    def test_a_cursor_sent_as_a_parameter_is_ignored(self, marketplace, fulfil):
        """What its `all(nextCursor=…)` comes to: page 1 for ever (walmart-api §2.4)."""
        for _ in range(3):
            marketplace.control.place_order()
        first = fulfil.orders.all(limit=2)["list"]
        again = fulfil.orders.all(limit=2, nextCursor=first["meta"]["nextCursor"])["list"]
        assert again["elements"] == first["elements"]

    def test_cannot_acknowledge_or_cancel(self, marketplace, fulfil):
        """Wrong in itself: `Orders.send_request` exists on the connection only. Nothing leaves the machine."""
        po = marketplace.control.place_order()
        marketplace.control.clear_requests()
        with pytest.raises(AttributeError):
            fulfil.orders.acknowledge(po)
        with pytest.raises(AttributeError):
            fulfil.orders.cancel(po, ["1"])
        assert marketplace.control.requests() == []

    def test_its_shipment_is_refused_for_its_content_type(self, marketplace, fulfil):
        """The session's form type stays on a JSON body, which has to say application/json (walmart-api §1.3)."""
        po = marketplace.control.place_order()
        marketplace.control.acknowledge_elsewhere(po)
        with pytest.raises(requests.HTTPError) as refused:
            fulfil.orders.create_shipment(po, [parcel()])
        assert refused.value.response.status_code == 415
        assert marketplace.control.order(po)["lines"][0]["shipped"] == []

    def test_ships_once_its_session_says_json(self, marketplace, fulfil):
        po = marketplace.control.place_order(lines=[{"sku": "A", "quantity": 3}])
        marketplace.control.acknowledge_elsewhere(po)
        fulfil.session.headers["Content-Type"] = "application/json"
        shipped = marketplace.control.now().replace(tzinfo=None)
        answer = fulfil.orders.create_shipment(po, [parcel(quantity=2, ship_time=shipped)])
        statuses = answer["order"]["orderLines"]["orderLine"][0]["orderLineStatuses"]["orderLineStatus"]
        assert {(entry["status"], entry["statusQuantity"]["amount"]) for entry in statuses} == {
            ("Acknowledged", "1"),
            ("Shipped", "2"),
        }
        held = marketplace.control.order(po)["lines"][0]["shipped"]
        assert [(one["quantity"], one["carrier"], one["number"]) for one in held] == [(2, "UPS", "1Z999AA10123456784")]

    def test_a_shipment_without_a_ship_time_is_refused(self, marketplace, fulfil):
        """It then sends an empty string where a time in milliseconds belongs (walmart-api §2.13)."""
        po = marketplace.control.place_order()
        marketplace.control.acknowledge_elsewhere(po)
        fulfil.session.headers["Content-Type"] = "application/json"
        with pytest.raises(requests.HTTPError) as refused:
            fulfil.orders.create_shipment(po, [parcel()])
        assert refused.value.response.status_code == 400
        assert marketplace.control.order(po)["lines"][0]["shipped"] == []

    def test_reads_stock_and_is_refused_with_xml(self, marketplace, fulfil):
        """Its single update is XML, which the JSON route of today does not take (walmart-api §1.3)."""
        marketplace.control.set_stock("A", 7)
        assert fulfil.inventory.all(sku="A")["quantity"] == {"unit": "EACH", "amount": 7}
        with pytest.raises(requests.HTTPError) as refused:
            fulfil.inventory.update_inventory("A", 5)
        assert refused.value.response.status_code == 415
        assert marketplace.control.stock("A")["input"] == 7

    def test_reads_items(self, marketplace, fulfil):
        for number in range(3):
            marketplace.control.set_stock(f"SKU-{number}", number)
        listed = fulfil.items.all(limit=2, nextCursor="*")
        assert (len(listed["ItemResponse"]), listed["totalItems"]) == (2, 3)
        assert [item["sku"] for item in fulfil.items.get("SKU-1")["ItemResponse"]] == ["SKU-1"]

    def test_submits_an_inventory_feed_and_reads_its_rows(self, marketplace, fulfil):
        marketplace.control.set_stock("A", 7)
        fulfil.session.headers["Content-Type"] = "application/json"
        feed = fulfil.inventory.bulk_update([{"sku": "A", "quantity": 3}])["feedId"]
        marketplace.control.finish_feeds()
        done = fulfil.feed.get_status(feed, limit=50)
        rows = done["itemDetails"]["itemIngestionStatus"]
        assert (done["feedStatus"], [(row["sku"], row["ingestionStatus"]) for row in rows]) == (
            "PROCESSED",
            [("A", "SUCCESS")],
        )
        assert [one["feedId"] for one in fulfil.feed.all()["results"]["feed"]] == [feed]
        assert marketplace.control.stock("A")["input"] == 3

    def test_prices_and_reports_of_earlier_years_have_no_route(self, fulfil):
        """`/v3/prices` and `/v3/getReport` are in none of the published documents (walmart-api §4.2)."""
        for call in (fulfil.prices.all, fulfil.report.all):
            with pytest.raises(requests.HTTPError) as refused:
                call()
            assert refused.value.response.status_code == 404

    def test_bad_credentials_are_its_own_error(self, marketplace):
        with pytest.raises(walmart.exceptions.WalmartAuthenticationError):
            walmart.Walmart("sandbox-client", "wrong")

    def test_does_not_survive_the_end_of_its_token(self, marketplace, fulfil):
        """It renews on 400 INVALID_TOKEN, the answer of earlier years; today's is 401 (walmart-api §1.5)."""
        marketplace.control.expire_tokens()
        with pytest.raises(walmart.exceptions.WalmartAuthenticationError):
            fulfil.orders.all()


class Apimatic:
    """Fills in the headers and the parameters a call leaves out: every one of the SDK's is positional."""

    def __init__(self, token, correlation):
        self.client = next(
            made() for name, made in vars(sdk).items() if name.endswith("Client") and name.lower() == f"{_NAME}client"
        )
        self.common = {
            "wm_sec_access_token": token,
            "wm_consumer_channel_type": None,
            "wm_qos_correlation_id": correlation,
            "wm_svc_name": "Walmart Marketplace",
            "accept": "application/json",
        }

    def __call__(self, controller, method, **given):
        call = getattr(getattr(self.client, controller), method)
        return call(**{name: given.get(name, self.common.get(name)) for name in inspect.signature(call).parameters})


@pytest.fixture
def apimatic(marketplace, fulfil, correlation):
    """With a token of the other client: the SDK has no call for one."""
    return Apimatic(fulfil.token, correlation)


def each(amount):
    return {"unitOfMeasurement": "EACH", "amount": str(amount)}


def lines(**entry):
    return {"orderLines": {"orderLine": [{"lineNumber": "1", "orderLineStatuses": {"orderLineStatus": [entry]}}]}}


def shown(answer):
    entries = answer.order.order_lines.order_line[0].order_line_statuses.order_line_status
    return [(entry.status, entry.status_quantity.amount) for entry in entries]


class TestApimaticSdk:
    """Bodies are dictionaries: its request models refuse to leave an optional member out, so that none can be sent."""

    def test_reads_all_and_released_orders_as_models(self, marketplace, apimatic):
        po = marketplace.control.place_order(lines=[{"sku": "A", "quantity": 2, "price": "9.99", "tax": "0.80"}])
        for controller, method in (("orders", "allorders"), ("released", "allreleasedorders")):
            (order,) = apimatic(controller, method, limit=10, product_info=True).list.elements.order
            (line,) = order.order_lines.order_line
            charge = line.charges.charge[0]
            assert order.purchase_order_id == po
            assert (line.item.sku, line.item.weight.unit, line.order_line_quantity.amount) == ("A", "POUND", "2")
            assert (charge.charge_type, charge.charge_amount.amount, charge.tax.tax_amount.amount) == (
                "PRODUCT",
                19.98,
                0.8,
            )

    def test_an_empty_search_raises_its_404(self, apimatic):
        with pytest.raises(Exception, match="404"):
            apimatic("orders", "allorders", status="Shipped")

    def test_one_order_stays_empty_in_its_model(self, marketplace, apimatic):
        """Generated from a schema that shows the bare order; the answer is `{"order": …}` (walmart-api §2.5)."""
        po = marketplace.control.place_order()
        assert apimatic("purchase_order_id", "anorder", purchase_order_id=po).purchase_order_id is None
        assert marketplace.control.requests()[-1]["response"]["order"]["purchaseOrderId"] == po

    def test_acknowledges_ships_and_cancels(self, marketplace, apimatic):
        po = marketplace.control.place_order(lines=[{"sku": "A", "quantity": 3}])
        assert shown(apimatic("acknowledge", "acknowledge_orders", purchase_order_id=po)) == [("Acknowledged", "3")]
        tracking = {
            "shipDateTime": round(marketplace.control.now().timestamp() * 1000),
            "carrierName": {"carrier": "FedEx"},
            "methodCode": "Express",
            "trackingNumber": "794644790132",
        }
        shipment = lines(status="Shipped", statusQuantity=each(1), trackingInfo=tracking)
        body = {"orderShipment": shipment}
        assert set(shown(apimatic("shipping", "ship_order_lines", purchase_order_id=po, body=body))) == {
            ("Acknowledged", "2"),
            ("Shipped", "1"),
        }
        reason = "SELLER_CANCEL_OUT_OF_STOCK"
        cancellation = lines(status="Cancelled", cancellationReason=reason, statusQuantity=each(2))
        body = {"orderCancellation": cancellation}
        assert set(shown(apimatic("cancel", "cancel_order_lines", purchase_order_id=po, body=body))) == {
            ("Cancelled", "2"),
            ("Shipped", "1"),
        }
        (line,) = marketplace.control.order(po)["lines"]
        assert [(one["quantity"], one["carrier"], one["number"]) for one in line["shipped"]] == [
            (1, "FedEx", "794644790132")
        ]
        assert marketplace.control.stock("A")["input"] == 0

    def test_a_refused_shipment_raises_and_changes_nothing(self, marketplace, apimatic):
        po = marketplace.control.place_order()
        tracking = {
            "shipDateTime": 1,
            "carrierName": {"carrier": "UPS"},
            "methodCode": "Ground",
            "trackingNumber": "1Z",
        }
        shipment = lines(status="Shipped", statusQuantity=each(1), trackingInfo=tracking)
        body = {"orderShipment": shipment}
        before = marketplace.control.order(po)
        with pytest.raises(Exception, match="400"):
            apimatic("shipping", "ship_order_lines", purchase_order_id=po, body=body)
        assert marketplace.control.order(po) == before

    def test_writes_and_reads_stock(self, marketplace, apimatic):
        body = {"sku": "A 1/ü", "quantity": {"unit": "EACH", "amount": 12}}
        written = apimatic("inventory", "updateinventory", sku="A 1/ü", body=body)
        assert (written.sku, written.quantity.amount) == ("A 1/ü", 12)
        assert apimatic("inventory", "inventory", sku="A 1/ü").quantity.amount == 12
        assert marketplace.control.stock("A 1/ü")["input"] == 12

    def test_writes_and_reads_stock_by_ship_node(self, marketplace, apimatic):
        marketplace.control.set_stock("A", 7)
        po = marketplace.control.place_order(lines=[{"sku": "A", "quantity": 2}])
        (node,) = apimatic("sku", "single_item_inventoryby_ship_node", sku="A").nodes
        assert (node.input_qty.amount, node.avail_to_sell_qty.amount) == (7, 5)
        marketplace.control.cancel_at_walmart(po)
        wanted = {"shipNode": node.ship_node, "inputQty": {"unit": "EACH", "amount": 4}}
        apimatic("sku", "update_item_inventoryper_ship_node", sku="A", body={"inventories": {"nodes": [wanted]}})
        (row,) = apimatic("inventories", "multiple_item_inventoryfor_all_ship_nodes", limit=10).elements.inventories
        assert (row.sku, row.nodes[0].avail_to_sell_qty.amount) == ("A", 4)
        assert marketplace.control.stock("A")["input"] == 4

    def test_lists_items(self, marketplace, apimatic):
        marketplace.control.set_stock("A", 7)
        listed = apimatic("items", "allitems", limit=10)
        assert [(item.sku, item.published_status) for item in listed.item_response] == [("A", "PUBLISHED")]

    def test_one_item_stays_empty_in_its_model(self, marketplace, apimatic):
        """Generated from a schema that the answer does not follow: it is the list's envelope (walmart-api §9 no. 19)."""
        marketplace.control.set_stock("A", 7)
        assert apimatic("id", "anitem", id="A").response_record is None
        assert marketplace.control.requests()[-1]["response"]["ItemResponse"][0]["sku"] == "A"

    def test_writes_a_price(self, marketplace, apimatic):
        marketplace.control.set_stock("A", 7)
        price = {"currentPriceType": "BASE", "currentPrice": {"currency": "USD", "amount": 10.5}}
        answer = apimatic("price", "updatepricingforasingleitem", body={"sku": "A", "pricing": [price]})
        assert answer.item_price_response.sku == "A"

    def test_sends_a_feed_as_a_file(self, marketplace, apimatic, tmp_path):
        marketplace.control.set_stock("A", 7)
        rows = [{"sku": "A", "quantity": {"unit": "EACH", "amount": 5}}]
        (tmp_path / "feed.json").write_text(json.dumps({"InventoryHeader": {"version": "1.4"}, "Inventory": rows}))
        sent = {"feed_type": "inventory", "content_type": "multipart/form-data"}
        with (tmp_path / "feed.json").open("rb") as file:
            answer = apimatic("feeds", "bulk_item_inventory_update", **sent, file=file)
        marketplace.control.finish_feeds()
        assert [feed["feed_id"] for feed in marketplace.control.feeds()] == [answer.feed_id]
        assert marketplace.control.stock("A")["input"] == 5

    def test_refunds_a_line(self, marketplace, apimatic):
        po = marketplace.control.place_order(lines=[{"sku": "A", "quantity": 2, "price": "9.99", "tax": "0.80"}])
        marketplace.control.ship_elsewhere(po)
        charge = {
            "chargeType": "PRODUCT",
            "chargeName": "Item Price",
            "chargeAmount": {"currency": "USD", "amount": -5.0},
            "tax": {"taxName": "Item Price Tax", "taxAmount": {"currency": "USD", "amount": -0.2}},
        }
        refund = {"refundCharges": {"refundCharge": [{"refundReason": "CustomerChangedMind", "charge": charge}]}}
        line = {"lineNumber": "1", "isFullRefund": False, "refunds": {"refund": [refund]}}
        body = {"orderRefund": {"purchaseOrderId": po, "orderLines": {"orderLine": [line]}}}
        answer = apimatic("refund", "refund_order_lines", purchase_order_id=po, body=body)
        (made,) = answer.order.order_lines.order_line[0].refund.refund_charges.refund_charge
        assert (made.refund_reason, made.charge.charge_amount.amount) == ("CustomerChangedMind", -5.0)
