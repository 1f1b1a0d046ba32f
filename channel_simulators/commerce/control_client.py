"""Speaks to a running shop's `/_control/`, from tests and from the demo. Standard library only, synchronous."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

Json = dict[str, Any]
Named = str | int  # an order's entity id, or its `ext_order_id`, or its increment id
Track = tuple[str, str, str]  # carrier code, title, number


class ControlError(Exception):
    """The shop refused; its message is the shop's own sentence."""


class CommerceControl:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")

    def call(self, action: str, **arguments: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address is the simulator's own
            f"{self.base_url}/_control/{action}",
            data=json.dumps(arguments).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310 - as above
                return json.load(reply)["result"]
        except urllib.error.HTTPError as error:
            with error:
                raise ControlError(json.load(error)["error"]) from None

    # The merchant inside the Admin

    def ship(
        self,
        order: Named,
        items: Mapping[Any, Any] | None = None,
        tracks: Sequence[Track] = (),
        source_code: str | None = None,
    ) -> int:
        """Ship quantities by SKU or item id, or everything; returns the shipment's entity id."""
        wanted = None if items is None else {str(name): quantity for name, quantity in items.items()}
        return int(self.call("ship", order=order, items=wanted, tracks=list(tracks), source_code=source_code))

    def add_track(self, shipment_id: int, carrier_code: str, title: str, number: str) -> int:
        """Returns the track's entity id."""
        arguments = {"carrier_code": carrier_code, "title": title, "track_number": number}
        return int(self.call("add_track", shipment_id=shipment_id, **arguments))

    def remove_track(self, track_id: int) -> None:
        self.call("remove_track", track_id=track_id)

    def cancel(self, order: Named) -> bool:
        return bool(self.call("cancel", order=order))

    def comment(self, order: Named, text: str) -> None:
        self.call("comment", order=order, text=text)

    def hold(self, order: Named) -> None:
        self.call("hold", order=order)

    def unhold(self, order: Named) -> None:
        self.call("unhold", order=order)

    def invoice(self, order: Named, items: Mapping[Any, Any] | None = None) -> int:
        wanted = None if items is None else {str(name): quantity for name, quantity in items.items()}
        return int(self.call("invoice", order=order, items=wanted))

    def refund(
        self,
        order: Named,
        items: Mapping[Any, Any] | None = None,
        *,
        shipping: float | None = None,
        positive: float = 0,
        negative: float = 0,
        restock: bool | Sequence[Named] = True,
        comment: str | None = None,
        notify: bool = False,
    ) -> int:
        """Refund Offline; returns the credit memo's entity id. No items: everything left; shipping None: all that is
        left; an item with quantity 0 for a refund of money only. `restock`: all items of the memo, none, or these.
        """
        wanted = None if items is None else {str(name): quantity for name, quantity in items.items()}
        amounts = {"shipping": shipping, "positive": positive, "negative": negative}
        back = restock if isinstance(restock, bool) else list(restock)
        return int(
            self.call("refund", order=order, items=wanted, restock=back, comment=comment, notify=notify, **amounts)
        )

    def edit(
        self,
        order: Named,
        quantities: Mapping[str, Any] | None = None,
        add: Mapping[str, Any] | None = None,
        *,
        confirm: bool = True,
    ) -> int:
        """Returns the child order's entity id; `confirm` False unticks the confirmation mail."""
        return int(
            self.call("edit", order=order, quantities=dict(quantities or {}), add=add and dict(add), confirm=confirm)
        )

    def reorder(self, order: Named, *, confirm: bool = True) -> int:
        return int(self.call("reorder", order=order, confirm=confirm))

    def comment_document(self, kind: str, entity_id: int, text: str) -> None:
        """`kind`: shipment, invoice or creditmemo."""
        self.call("comment_document", kind=kind, entity_id=entity_id, text=text)

    def change_address(self, order: Named, kind: str = "shipping", **parts: Any) -> None:
        """`kind`: shipping or billing; the order's `updated_at` stays."""
        self.call("change_address", order=order, kind=kind, **parts)

    # Stock

    def set_stock(self, sku: str, qty: float, source_code: str = "default", status: int | None = None) -> None:
        """`status` 0: out of stock whatever the quantity; an unknown SKU makes an orphan row."""
        self.call("set_stock", sku=sku, qty=qty, source_code=source_code, status=status)

    def drop_stock(self, sku: str, source_code: str = "default") -> None:
        """Take the SKU off the source."""
        self.call("drop_stock", sku=sku, source_code=source_code)

    def salable(self, sku: str, stock_id: int = 1) -> float:
        quantity: float = self.call("salable", sku=sku, stock_id=stock_id)
        return quantity

    def add_source(self, source_code: str, name: str, *, in_stock: bool = True, stock_id: int = 1) -> None:
        """`in_stock`: linked to the stock, with the lowest priority."""
        self.call("add_source", source_code=source_code, name=name, in_stock=in_stock, stock_id=stock_id)

    def set_source(self, source_code: str, *, enabled: bool) -> None:
        self.call("set_source", source_code=source_code, enabled=enabled)

    def add_stock(self, name: str, websites: Sequence[str], sources: Sequence[str]) -> int:
        """Returns the stock's id; the websites leave the stock they had."""
        return int(self.call("add_stock", name=name, websites=list(websites), sources=list(sources)))

    # The catalogue

    def set_product(self, sku: str, *, touch: bool = True, **changes: Any) -> None:
        """`enabled`, `price`, `name`, `website_ids`, `attributes`, `tier_prices`, `manage_stock`, …; `touch` False: as
        an import behind the shop's back, which leaves `updated_at`.
        """
        self.call("set_product", sku=sku, touch=touch, **changes)

    def set_price(
        self,
        sku: str,
        price: float | str | None = None,
        *,
        special: float | str | None = None,
        begins: str | None = None,
        ends: str | None = None,
        store_id: int = 0,
        touch: bool = False,
    ) -> None:
        """Base price (None: unchanged) and special price (None: none) with its dates, by default unseen in
        `updated_at`; of one store view only where the option `price_scope` is "website".
        """
        dates = {"begins": begins, "ends": ends}
        self.call("set_price", sku=sku, price=price, special=special, store_id=store_id, touch=touch, **dates)

    def add_product(self, sku: str, name: str, price: float | str, qty: float = 50, **more: Any) -> int:
        return int(self.call("add_product", sku=sku, name=name, price=price, qty=qty, **more))

    def set_products(self, products: Sequence[Mapping[str, Any]]) -> int:
        """Add or change many: rows of `sku`, `name`, `price`, `qty` and other fields of a product."""
        return int(self.call("set_products", products=[dict(product) for product in products]))

    def generate_products(self, count: int, prefix: str = "BULK-", qty: float = 10, **more: Any) -> int:
        """So many products with numbered SKUs (`BULK-000001` …), all with the other fields given."""
        return int(self.call("generate_products", count=count, prefix=prefix, qty=qty, **more))

    def remove_product(self, sku: str) -> None:
        self.call("remove_product", sku=sku)

    def add_attribute(
        self, code: str, label: str, frontend_input: str = "text", options: Mapping[str, str] | None = None
    ) -> None:
        """`options`: labels by value, of a select."""
        kind = {"frontend_input": frontend_input, "options": dict(options or {})}
        self.call("add_attribute", code=code, label=label, **kind)

    def remove_attribute(self, code: str) -> None:
        self.call("remove_attribute", code=code)

    # The shop

    def set_options(self, **changes: Any) -> Json:
        """Any field of the shop's Options; returns all of them."""
        options: Json = self.call("set_options", **changes)
        return options

    def set_acl(self, resources: Sequence[str] | None) -> None:
        """None: all."""
        self.call("set_acl", resources=None if resources is None else list(resources))

    def set_credentials(self, **changes: str) -> None:
        """`consumer_key`, `consumer_secret`, `access_token`, `token_secret`: as after a re-authorisation."""
        self.call("set_credentials", **changes)

    def set_integration(self, *, active: bool) -> None:
        """Revoke the integration's token, or let it be good again."""
        self.call("set_credentials", active=active)

    def advance_clock(self, seconds: float) -> datetime:
        return datetime.fromisoformat(self.call("advance_clock", seconds=seconds))

    def now(self) -> datetime:
        return datetime.fromisoformat(self.call("now"))

    # Looking

    def order(self, order: Named) -> Json:
        """All stored columns, with items, payment, comments, shipments, invoices, creditmemos, reservations."""
        found: Json = self.call("order", order=order)
        return found

    def orders(self) -> list[Json]:
        return list(self.call("orders"))

    def products(self) -> list[Json]:
        return list(self.call("products"))

    def product(self, sku: str) -> Json:
        found: Json = self.call("product", sku=sku)
        return found

    def mails(self) -> list[Json]:
        return list(self.call("mails"))

    def state(self) -> Json:
        found: Json = self.call("state")
        return found

    def requests(self) -> list[Json]:
        """The last exchanges; `status` None where the connection was closed without an answer."""
        return list(self.call("requests"))

    def clear_requests(self) -> None:
        self.call("clear_requests")

    # Faults

    def faults_add(
        self,
        kind: str,
        *,
        method: str | None = None,
        path: str | None = None,
        times: int = 1,
        skip: int = 0,
        status: int | None = None,
        delay: float | None = None,
        size: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> None:
        """`path` is a regular expression searched in the full path; the kinds are those of `faults.Kind`. So many calls
        that fit pass first as `skip` says; `size` is a huge body's, `headers` come besides the usual ones, `body` is an
        error status's: JSON, or a text for a page of HTML.
        """
        which = {"method": method, "path": path, "times": times, "skip": skip}
        how = {"status": status, "delay": delay, "size": size, "headers": headers and dict(headers), "body": body}
        self.call("faults_add", kind=kind, **which, **how)

    def faults(self) -> list[Json]:
        return list(self.call("faults"))

    def faults_clear(self) -> None:
        self.call("faults_clear")
