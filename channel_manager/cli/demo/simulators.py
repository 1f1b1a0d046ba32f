"""The two simulated platforms, as a buyer, a merchant in the Commerce Admin or Walmart itself would use them."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from channel_manager.cli.endings import Stop

TIMEOUT = 15.0
WEBSITE = 2  # of the store view “walmart”
Json = dict[str, Any]
Product = tuple[str, str, str]
"""SKU, name and price."""
CommerceTrack = tuple[str, str, str]
"""Carrier code, title and number."""


@dataclass(frozen=True)
class Walmart:
    url: str

    def place(self, shape: str, products: Sequence[Product]) -> str:
        """A buyer orders; the purchase order's number."""
        answer = _call("POST", f"{self.url}/_control/shapes", {"shape": shape, "catalogue": products})
        return str(answer["purchase_order_id"])

    def cancel(self, number: str, lines: Sequence[tuple[str, int]] | None, reason: str) -> None:
        _call("POST", f"{self.url}/_control/orders/{number}/cancellation", {"lines": lines, "reason": reason})

    def send_back(self, number: str, lines: Sequence[tuple[str, int]], *, keeps: bool) -> None:
        """The buyer returns units and they arrive; or keeps them, and Walmart pays the buyer back by itself."""
        asked = {"order": number, "lines": lines, "kind": "keep_it" if keeps else "ordinary"}
        rma = _call("POST", f"{self.url}/_control/returns", asked)["return_order_id"]
        if not keeps:
            _call("POST", f"{self.url}/_control/returns/{rma}/delivery", {})

    def offer(self, items: Sequence[Json]) -> None:
        """Make items of the seller: sku, name and price."""
        _call("POST", f"{self.url}/_control/items", {"items": items, "account": None})

    def items(self) -> list[Json]:
        return list(_call("GET", f"{self.url}/_control/items"))

    def stock(self, sku: str) -> Json:
        """`input` as last stated, `reserved` for what is sold and not shipped."""
        return dict(_call("GET", f"{self.url}/_control/stock?{urllib.parse.urlencode({'sku': sku})}"))

    def orders(self) -> list[Json]:
        return list(_call("GET", f"{self.url}/_control/orders"))

    def returns(self) -> list[Json]:
        return list(_call("GET", f"{self.url}/_control/returns"))


@dataclass(frozen=True)
class Commerce:
    url: str

    def ship(self, order: str, items: Mapping[str, int], tracks: Sequence[CommerceTrack]) -> int:
        """The merchant ships in the Admin, quantities by SKU; the shipment's id."""
        return int(self._act("ship", order=order, items=items, tracks=tracks))

    def add_track(self, shipment: int, track: CommerceTrack) -> None:
        code, title, number = track
        self._act("add_track", shipment_id=shipment, carrier_code=code, title=title, track_number=number)

    def cancel(self, order: str) -> None:
        self._act("cancel", order=order)

    def comment(self, order: str, text: str) -> None:
        self._act("comment", order=order, text=text)

    def refund(self, order: str, items: Mapping[str, int]) -> None:
        """The merchant invoices and makes a credit memo in the Admin, quantities by SKU."""
        self._act("invoice", order=order)
        self._act("refund", order=order, items=items, shipping=0, restock=True)

    def connect(self, sku: str) -> None:
        """The merchant sets “Connect to Channel Manager” to Yes."""
        self._act("set_product", sku=sku, attributes={"connect_to_channel_manager": "1"})

    def set_stock(self, sku: str, quantity: int) -> None:
        self._act("set_stock", sku=sku, qty=quantity)

    def orders(self) -> list[Json]:
        return list(self._act("orders"))

    def products(self) -> list[Json]:
        return list(self._act("products"))

    def _act(self, action: str, **arguments: Any) -> Any:
        return _call("POST", f"{self.url}/_control/{action}", arguments)["result"]


def for_sale(products: Sequence[Json]) -> list[Product]:
    """What a buyer could order without surprises."""
    return [
        (product["sku"], product["name"], str(Decimal(str(product["price"])).quantize(Decimal("0.01"))))
        for product in products
        if product["enabled"]
        and product["type_id"] == "simple"
        and not product["required_option"]
        and WEBSITE in product["website_ids"]
        and product["source_quantity"] > 0
    ]


def answers(url: str) -> bool:
    """Whether a page comes back."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as reply:  # noqa: S310 - our own servers
            return bool(reply.status == 200)
    except OSError:
        return False


def _call(method: str, url: str, body: Any = None) -> Any:
    """Raises Stop with the simulator's own sentence."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data else {}
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - our own servers
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as reply:  # noqa: S310 - as above
            return json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            raise Stop(f"The simulator refused {url}: {error.read().decode(errors='replace')[:300]}") from None
    except OSError as error:
        raise Stop(f"The simulator does not answer at {url}: {error}") from error
