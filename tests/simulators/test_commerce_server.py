import http.client
import json
import time
import urllib.error
from concurrent.futures import ThreadPoolExecutor

import pytest
from commerce_caller import ADDRESS, Caller, criteria

from channel_simulators.commerce.server import CommerceServer
from channel_simulators.commerce.store.persistence import UnreadableStateError
from tests.contracts import violations


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


PLACE = {"paymentMethod": {"method": "checkmo"}}
GONE = (http.client.RemoteDisconnected, ConnectionError, urllib.error.URLError)


def test_a_lost_reply_is_settled_by_the_cart_id(shop, alice):
    cart = alice.cart(("WHISK-11", 1))
    shop.control.faults_add("lost_reply", method="PUT", path=r"/order$")
    with pytest.raises(GONE):
        alice.send("PUT", f"carts/{cart}/order", PLACE)
    assert alice.get("orders", criteria(("quote_id", "eq", cart)))["total_count"] == 1
    last = [r for r in shop.control.requests() if r["method"] == "PUT"][-1]
    assert (last["status"], last["executed"]) == (None, True)


def test_a_reset_executes_nothing(shop, alice):
    shop.control.faults_add("reset", method="POST", path="carts")
    with pytest.raises(GONE):
        alice.send("POST", "carts")
    assert shop.control.state()["carts"] == []
    assert shop.control.faults() == []


@pytest.mark.parametrize(("kind", "status", "carts"), [("status_before", 500, 0), ("status_after", 504, 1)])
def test_errors_before_and_after_execution(shop, alice, kind, status, carts):
    shop.control.faults_add(kind, path="carts", status=status)
    assert alice.send("POST", "carts")[0] == status
    assert len(shop.control.state()["carts"]) == carts


def test_html_unauthorized_and_slow(shop, alice):
    for kind in ("html", "unauthorized"):
        shop.control.faults_add(kind, times=2)
        assert [alice.send("GET", "store/websites")[0] for _ in range(3)] == [{"html": 503}.get(kind, 401)] * 2 + [200]
    shop.control.faults_add("slow", delay=0.1)
    began = time.monotonic()
    assert alice.send("GET", "store/websites")[0] == 200
    assert time.monotonic() - began >= 0.1
    shop.control.faults_add("html", times=9)
    shop.control.faults_clear()
    assert alice.send("GET", "store/websites")[0] == 200


def test_maintenance_is_an_html_page(shop, alice):
    shop.control.set_options(maintenance=True)
    status, body = alice.send("GET", "store/websites")
    assert (status, body.startswith("<!doctype html>")) == (503, True)


def test_a_refused_write_leaves_nothing_behind(shop, alice):
    order = alice.place(("WHISK-11", 3), ("SPATULA", 2))
    shop.control.set_stock("SPATULA", 1)
    before = shop.control.state()
    assert alice.send("POST", f"order/{order}/ship", {})[0] == 400
    assert shop.control.state() == before


def test_a_slow_commit_shows_rows_later_than_their_timestamps_and_locks_the_cart(shop, alice):
    cart = alice.cart(("WHISK-11", 1))
    shop.control.set_options(commit_delay=0.3)
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        submits = [pool.submit(alice.send, "PUT", f"carts/{cart}/order", PLACE) for _ in range(2)]
        assert alice.get("orders", criteria())["total_count"] == 0
        (_, refusal), (placed, _) = sorted((submit.result() for submit in submits), reverse=True, key=lambda a: a[0])
    assert (placed, refusal["message"]) == (200, "The cart is locked for processing. Please try again later.")
    assert time.monotonic() - began >= 0.3
    assert alice.get("orders", criteria())["total_count"] == 1


def test_the_state_survives_a_restart(tmp_path):
    file = tmp_path / "commerce.json"
    with CommerceServer(state_file=file) as server:
        alice = Caller(server.url)
        order, item = alice.example_order()
        alice.invoice(order, **{f"_{item}": 2})
        server.control.ship(order, {"WHISK-11": 1}, tracks=[("ups", "UPS", "1Z1")])
        server.control.refund(order, {"WHISK-11": 1}, shipping=0)
        server.control.set_options(price_scope="website")
        server.control.set_price("SPATULA", 6, special=5, begins="2026-01-01 00:00:00", store_id=2)
        server.control.advance_clock(3600)
        before = server.control.state()
    with CommerceServer(state_file=file) as server:
        assert server.control.state() == before
        alice = Caller(server.url)
        assert alice.get("creditmemos", criteria(("order_id", "eq", order)))["total_count"] == 1
        assert alice.get("products", criteria(("sku", "eq", "SPATULA")))["items"][0]["price"] == 6
        assert alice.get("inventory/get-product-salable-quantity/WHISK-11/1") == 98
        assert alice.place(("WHISK-11", 1)) == order + 1
        assert server.control.order(order + 1)["created_at"] > server.control.order(order)["updated_at"]


def test_changes_reach_the_file_while_running(tmp_path):
    file = tmp_path / "commerce.json"
    with CommerceServer(state_file=file) as server:
        Caller(server.url).place(("WHISK-11", 1))
        deadline = time.monotonic() + 5
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert file.exists()


def test_requests_are_recorded_without_credentials(shop, alice):
    alice.get("store/websites")
    last = shop.control.requests()[-1]
    assert (last["platform"], last["method"], last["path"], last["status"]) == (
        "commerce",
        "GET",
        "/rest/walmart/V1/store/websites",
        200,
    )
    assert last["headers"]["Authorization"] == "OAuth ***"
    shop.control.clear_requests()
    assert shop.control.requests() == []


def whole_life(server):
    """Every call once, all of them well formed."""
    alice = Caller(server.url)
    order, item = alice.example_order()
    payment = alice.order(order)["payment"]["entity_id"]
    information = {"method_title": "Offline Channel Payment", "instructions": "External Order Number: 1"}
    alice.correct(
        order, payment={"entity_id": payment, "method": "banktransfer", "additional_information": information}
    )
    alice.invoice(order, **{f"_{item}": 2})
    alice.post(f"orders/{order}/cancel")
    shipment = alice.ship(order, item, 2, tracks=[{"track_number": "1", "title": "UPS", "carrier_code": "ups"}])
    alice.memo(order, item, 1)
    track = {"order_id": order, "parent_id": int(shipment), "track_number": "2", "title": "UPS", "carrier_code": "ups"}
    made = alice.post("shipment/track", {"entity": track})
    alice.ok("DELETE", f"shipment/track/{made['entity_id']}")
    alice.post(f"orders/{order}/comments", {"statusHistory": {"comment": "x", "status": alice.order(order)["status"]}})
    other = alice.place(("SPATULA", 1))
    alice.post(f"orders/{other}/hold")
    alice.post(f"orders/{other}/unhold")
    cart = alice.cart(("MUG+LID", 1))
    alice.post(f"carts/{cart}/estimate-shipping-methods", {"address": ADDRESS})
    for path in (
        f"carts/{cart}",
        f"carts/{cart}/items",
        f"carts/{cart}/payment-methods",
        f"carts/{cart}/shipping-methods",
    ):
        alice.get(path)
    alice.get(f"carts/{cart}/totals")
    stock_item = {"sku": "SPATULA", "source_code": "default", "quantity": 9, "status": 1}
    alice.post("inventory/source-items", {"sourceItems": [stock_item]})
    selection = {"stockId": 1, "items": [{"sku": "SPATULA", "qty": 1}]}
    alice.post(
        "inventory/source-selection-algorithm-result", {"inventoryRequest": selection, "algorithmCode": "priority"}
    )
    for path in (
        "orders",
        "orders/items",
        "shipments",
        "invoices",
        "creditmemos",
        "products",
        "inventory/source-items",
    ):
        alice.get(path, criteria())
    for path in ("inventory/sources", "inventory/stocks", "inventory/export-stock-salable-qty/website/walmart"):
        alice.get(path, criteria())
    alice.get("inventory/stock-source-links", criteria())
    for path in ("orders/1", "orders/items/1", "orders/1/comments", "shipment/1", "invoices/1", "creditmemo/1"):
        alice.get(path)
    for path in (
        "store/websites",
        "store/storeGroups",
        "store/storeViews",
        "store/storeConfigs",
        "directory/countries",
    ):
        alice.get(path)
    for path in (
        "directory/countries/US",
        "modules",
        "products/APRON",
        "inventory/stocks/1",
        "inventory/sources/default",
    ):
        alice.get(path)
    for path in (
        "stock-resolver/website/walmart",
        "get-product-salable-quantity/SPATULA/1",
        "is-product-salable/SPATULA/1",
    ):
        alice.get(f"inventory/{path}")
    for path in ("get-sources-assigned-to-stock-ordered-by-priority/1", "dump-stock-index-data/website/walmart"):
        alice.get(f"inventory/{path}")


def test_every_exchange_is_written_and_fits_the_published_contract(monkeypatch, tmp_path):
    """The contracts lie beside a checkout of the project; without them only the writing is tested."""
    file = tmp_path / "exchanges.jsonl"
    monkeypatch.setenv("CHANNEL_EXCHANGES", str(file))
    with CommerceServer() as server:
        whole_life(server)
        recorded = len(server.control.requests())
    exchanges = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(exchanges) == recorded - 2  # modules and source selection differ from the published contract
    assert violations(exchanges) == []


def test_a_file_of_another_version_says_so(tmp_path):
    file = tmp_path / "commerce.json"
    file.write_text('{"products": []}')
    with pytest.raises(UnreadableStateError, match="Remove it to begin anew"):
        CommerceServer(state_file=file).start()


def test_broken_answers_are_held_against_no_contract(monkeypatch, tmp_path):
    file = tmp_path / "exchanges.jsonl"
    monkeypatch.setenv("CHANNEL_EXCHANGES", str(file))
    with CommerceServer() as server:
        alice = Caller(server.url)
        server.control.faults_add("noise")
        alice.send("GET", "store/websites")
        alice.get("store/storeViews")
        assert len(server.control.requests()) == 2
    assert [json.loads(line)["path"] for line in file.read_text().splitlines()] == ["/rest/walmart/V1/store/storeViews"]
