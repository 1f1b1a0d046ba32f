"""A caller of the simulated shop that signs its requests, written apart from the shop's own verification."""

import base64
import hashlib
import hmac
import itertools
import json
import time
import urllib.error
import urllib.request
from urllib.parse import quote, unquote

from channel_simulators.commerce import sandbox

ADDRESS = {
    "firstname": "Alice",
    "lastname": "Doe",
    "street": ["1 Main St", "Apt 4"],
    "city": "Austin",
    "region_code": "TX",
    "postcode": "78701",
    "country_id": "US",
    "telephone": "5125550100",
    "email": "po-1@channel.invalid",
}
_numbers = itertools.count(1)


def authorization(method, url, *, signed_path=None, **changes):
    """An OAuth header; `changes` override its parameters."""
    base, _, query = url.partition("?")
    if signed_path is not None:
        base = "/".join(base.split("/")[:3]) + signed_path
    oauth = {
        "oauth_consumer_key": sandbox.CONSUMER_KEY,
        "oauth_nonce": f"n{time.time_ns()}-{next(_numbers)}",
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(time.time())),
        "oauth_token": sandbox.ACCESS_TOKEN,
        "oauth_version": "1.0",
        **changes,
    }
    pairs = [tuple(unquote(part) for part in piece.split("=")) for piece in query.split("&") if piece.count("=") == 1]
    encoded = sorted((_encode(name), _encode(value)) for name, value in [*oauth.items(), *pairs])
    text = "&".join((method, _encode(base), _encode("&".join(f"{name}={value}" for name, value in encoded))))
    key = f"{sandbox.CONSUMER_SECRET}&{sandbox.TOKEN_SECRET}".encode()
    oauth["oauth_signature"] = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
    return "OAuth " + ",".join(f'{name}="{_encode(value)}"' for name, value in oauth.items())


def _encode(text):
    return quote(text, safe="~")


def criteria(*filters, size=None, page=None, sort=None, fields=None):
    """A query string; each filter is (field, condition, value) and makes its own AND group."""
    pairs = []
    for group, (field, condition, value) in enumerate(filters):
        name = f"searchCriteria[filterGroups][{group}][filters][0]"
        pairs += [(f"{name}[field]", field), (f"{name}[conditionType]", condition), (f"{name}[value]", str(value))]
    for number, (field, direction) in enumerate(sort or []):
        pairs += [(f"searchCriteria[sortOrders][{number}][field]", field)]
        pairs += [(f"searchCriteria[sortOrders][{number}][direction]", direction)] if direction else []
    pairs += [("searchCriteria[pageSize]", str(size))] if size else []
    pairs += [("searchCriteria[currentPage]", str(page))] if page else []
    pairs = pairs or [("searchCriteria", "all")]
    pairs += [("fields", fields)] if fields else []
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


class Caller:
    def __init__(self, url, prefix="/rest/walmart/V1/"):
        self.url, self.prefix = url, prefix

    def send(self, method, path, body=None, *, query="", headers=None):
        """Status and body; a body that is no JSON comes back as text."""
        url = self.url + (path if path.startswith("/") else self.prefix + path) + (f"?{query}" if query else "")
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(headers or {"Authorization": authorization(method, url)})}
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return reply.status, _read(reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _read(error.read())

    def ok(self, method, path, body=None, *, query=""):
        status, answer = self.send(method, path, body, query=query)
        assert status == 200, (status, answer)
        return answer

    def get(self, path, query=""):
        return self.ok("GET", path, query=query)

    def post(self, path, body=None):
        return self.ok("POST", path, body)

    def cart(self, *lines, address=ADDRESS):
        """A cart ready to be placed; lines are (SKU, quantity)."""
        cart = self.post("carts")
        for sku, quantity in lines:
            self.post(f"carts/{cart}/items", {"cartItem": {"quote_id": str(cart), "sku": sku, "qty": quantity}})
        self.post(f"carts/{cart}/shipping-information", shipping(address))
        return cart

    def place(self, *lines):
        return self.submit(self.cart(*lines))

    def submit(self, cart):
        return self.ok("PUT", f"carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}})

    def place_cart(self, cart, address=ADDRESS):
        """A cart that has its items already."""
        self.post(f"carts/{cart}/shipping-information", shipping(address))
        return self.submit(cart)

    def order(self, order):
        return self.get(f"orders/{order}")

    def items(self, order):
        return [item["item_id"] for item in self.order(order)["items"]]

    def correct(self, order, **columns):
        """Write columns and their `base_` twins where they are amounts."""
        entity = {"entity_id": order, "increment_id": self.order(order)["increment_id"], **twins(columns)}
        return self.post("orders", {"entity": entity})

    def example_order(self, sku="WHISK-11"):
        """Observed §8's order: 3 at 9.99, item tax 2.11, shipping 4.57 + 0.37 tax = 37.02."""
        order = self.place((sku, 3))
        item = self.items(order)[0]
        money = {"price": 9.99, "row_total": 29.97, "tax_amount": 2.11, "discount_amount": 0}
        self.correct(
            order,
            subtotal=29.97,
            shipping_amount=4.57,
            shipping_tax_amount=0.37,
            tax_amount=2.48,
            discount_amount=0,
            grand_total=37.02,
            items=[{"item_id": item, **twins(money)}],
        )
        return order, item

    def memo(self, order, item, quantity, *, shipping=0, restock=True, **arguments):
        """The credit memo's grand total."""
        extension = {"extension_attributes": {"return_to_stock_items": [item]}} if restock else {}
        body = {
            "items": [{"order_item_id": item, "qty": quantity}],
            "notify": False,
            "arguments": {"shipping_amount": shipping, "adjustment_positive": 0, "adjustment_negative": 0, **arguments}
            | extension,
        }
        return self.get(f"creditmemo/{self.post(f'order/{order}/refund', body)}")["grand_total"]

    def invoice(self, order, **quantities):
        """Quantities by item id (`_17=2`); nothing: all."""
        items = [{"order_item_id": int(name[1:]), "qty": quantity} for name, quantity in quantities.items()]
        return self.post(f"order/{order}/invoice", {"capture": False, "notify": False, "items": items})

    def ship(self, order, item, quantity, **more):
        return self.post(f"order/{order}/ship", {"items": [{"order_item_id": item, "qty": quantity}], **more})


def twins(columns):
    paired = ("amount", "total", "price", "_canceled")
    amounts = {name: value for name, value in columns.items() if name.endswith(paired) and not name.startswith("qty_")}
    return columns | {f"base_{name}": value for name, value in amounts.items()}


def shipping(address=ADDRESS):
    return {
        "addressInformation": {
            "shipping_address": {k: v for k, v in address.items() if k != "email"},
            "billing_address": address,
            "shipping_carrier_code": "flatrate",
            "shipping_method_code": "flatrate",
        }
    }


def _read(raw):
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return raw.decode()
