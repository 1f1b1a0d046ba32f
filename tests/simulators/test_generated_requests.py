"""Requests drawn from the published contracts, right and wrong ones, at both simulators.

None of them may drop the connection, break the simulator or be answered 500, but for what the references list; a right
one that succeeds is answered as the contract says. The same requests in every run; GENERATED_REQUESTS=200 draws that
many new ones a call instead.
"""

import http.client
import json
import os
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from commerce_caller import Caller, authorization
from contract_requests import Known, bare, operations, requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from walmart_seller import Seller

from channel_simulators.commerce.routes import ROUTES
from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.app import create_app
from channel_simulators.walmart.server import WalmartServer
from channel_simulators.walmart.state import State
from channel_simulators.walmart.world import World
from tests.contracts import CHECK, violations

ASKED = os.environ.get("GENERATED_REQUESTS")
GENERATED = settings(
    max_examples=int(ASKED or 8),
    derandomize=not ASKED,
    database=None,
    deadline=None,
    print_blob=bool(ASKED),
    suppress_health_check=list(HealthCheck),
)


def walmart_routes():
    """(METHOD, path with `{}` for parameters)"""
    return {
        (route.method, bare(route.resource.canonical))
        for route in create_app(World(State())).router.routes()
        if route.resource
    }


WALMART = list(operations("walmart", walmart_routes()))
COMMERCE = list(operations("commerce", {(route.method, bare(f"/V1/{route.pattern}")) for route in ROUTES}))
pytestmark = pytest.mark.skipif(not CHECK.exists(), reason=f"the published contracts are not at {CHECK}")


def named(operation):
    return f"{operation.method.upper()} {operation.template}"


def send(server, asked, headers):
    """Status, kind of content, body."""
    kind = {"Content-Type": asked.content_type} if asked.content_type and asked.body is not None else {}
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)) as connection:
        connection.request(asked.method, asked.target, asked.body, {**headers, **kind})
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read()


@pytest.fixture(scope="module")
def marketplace():
    with WalmartServer() as server:
        server.control.set_options(limit_factor=1_000_000)
        yield server


@pytest.fixture(scope="module")
def seller(marketplace):
    placed = [
        marketplace.control.place_order(lines=[{"sku": "SKU-1", "quantity": 5}, {"sku": "B/2"}]) for _ in range(6)
    ]
    for po in placed[3:]:
        marketplace.control.acknowledge_elsewhere(po)
    for po in placed[4:]:
        marketplace.control.ship_elsewhere(po)
    marketplace.control.set_stock("SKU-1", 9)
    seller = Seller(marketplace)
    seller.known = Known(
        values={
            "purchaseorderid": tuple(placed),
            "linenumber": ("1", "2"),
            "sku": ("SKU-1", "B/2"),
            "amount": ("1", "2"),
            "unit": ("EACH",),
            "carrier": ("UPS", "FedEx"),
            "methodcode": ("Standard", "Express"),
            "shipdatetime": (round(marketplace.control.now().timestamp() * 1000),),
        }
    )
    return seller


@pytest.mark.parametrize("operation", WALMART, ids=named)
def test_walmart_answers_whatever_is_asked(seller, operation):
    @GENERATED
    @given(st.data())
    def hold(data):
        asked = data.draw(requests(operation, seller.known))
        headers = seller.headers(**{"WM_SEC.ACCESS_TOKEN": seller.token, "Authorization": seller.basic})
        status, kind, body = send(seller.server, asked, headers)
        assert status < 500, body
        shown = json.loads(body) if body else None
        assert kind == "application/json" or not body
        assert 200 <= status < 300 or shown is None or {"error", "errors"} & shown.keys(), shown
        if asked.sound and status < 300:
            faults = violations([asked.exchange("walmart", status, shown)])
            assert [fault for fault in faults if ": response" in fault] == []
        assert seller.get("/v3/token/detail").status == 200

    hold()


@pytest.fixture(scope="module")
def callers():
    """Right requests go to one shop, wrong ones to another, so that no right one meets what a wrong one has left behind."""
    with CommerceServer() as right, CommerceServer() as wrong:
        yield {True: prepared(right), False: prepared(wrong)}


def prepared(shop):
    """A caller of a shop with orders in several states."""
    shop.control.set_options(second_factor=False)
    alice = Caller(shop.url)
    orders = [alice.place(("WHISK-11", 3), ("SPATULA", 2)) for _ in range(5)]
    items = [item for order in orders for item in alice.items(order)]
    alice.invoice(orders[3])
    shop.control.ship(orders[3])
    alice.invoice(orders[4])
    carts = [alice.cart(("WHISK-11", 1)) for _ in range(4)]
    alice.known = Known(prefix="/rest/walmart", values=of_shop(orders, items, carts))
    return alice


def of_shop(orders, items, carts):
    numbers = ("id", "orderid", "order_id", "entity_id", "shipmentid", "invoiceid", "parent_id", "parentid")
    return {
        **dict.fromkeys(numbers, (*orders, 1)),
        **dict.fromkeys(("cartid", "quoteid", "quote_id", "cart_id"), tuple(carts)),
        **dict.fromkeys(("item_id", "itemid", "order_item_id", "orderitemid"), tuple(items)),
        **dict.fromkeys(("sku", "skus"), ("WHISK-11", "SPATULA")),
        **dict.fromkeys(("qty", "quantity", "requested_qty"), (1, 2, 0)),
        **dict.fromkeys(("source_code", "sourcecode"), ("default",)),
        **dict.fromkeys(("type", "saleschanneltype"), ("website",)),
        **dict.fromkeys(("code", "saleschannelcode"), ("walmart",)),
        **dict.fromkeys(("country_id", "countryid"), ("US", "CA")),
        "stockid": (1,),
        "field": ("entity_id", "sku", "created_at", "status", "no_such_field"),
        "conditiontype": ("eq", "in", "like", "gteq", "null", "from", "no_such_condition"),
        "direction": ("ASC", "DESC"),
        "fields": ("items[sku],total_count", "entity_id"),
        "method": ("checkmo",),
        "username": ("admin",),
    }


def is_phps(asked, kind, body):
    """A 500 of the shop itself: an unknown filter or sort field, or PHP's one line of text (observed §5).

    A type error may answer what is wrong only: at a right request it would be the simulator's own mistake.
    """
    if kind == "application/json":
        return json.loads(body)["message"].startswith("Internal Error. Details are available in Magento log file.")
    one_line = kind == "text/plain" and b"\n" not in body.strip()
    return one_line and not (asked.sound and body.startswith(b"TypeError"))


@pytest.mark.parametrize("operation", COMMERCE, ids=named)
def test_commerce_answers_whatever_is_asked(callers, operation):
    @GENERATED
    @given(st.data())
    def hold(data):
        asked = data.draw(requests(operation, callers[True].known))
        alice = callers[asked.sound]
        signed = {"Authorization": authorization(asked.method, alice.url + asked.target), "User-Agent": "tests/1.0"}
        status, kind, body = send(alice, asked, signed)
        assert status < 500 or (status == 500 and is_phps(asked, kind, body)), body
        shown = json.loads(body) if kind == "application/json" else None
        assert status < 400 or status == 500 or isinstance(shown["message"], str), body
        if asked.sound and status == 200:
            faults = violations([asked.exchange("commerce", status, shown)])
            assert [fault for fault in faults if ": response" in fault] == []
        assert alice.send("GET", "store/websites")[0] == 200

    hold()
