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
        restock: bool = True,
    ) -> int:
        """No items: everything left; shipping None: all that is left."""
        wanted = None if items is None else {str(name): quantity for name, quantity in items.items()}
        amounts = {"shipping": shipping, "positive": positive, "negative": negative}
        return int(self.call("refund", order=order, items=wanted, restock=restock, **amounts))

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

    # The shop

    def set_stock(self, sku: str, qty: float, source_code: str = "default") -> None:
        self.call("set_stock", sku=sku, qty=qty, source_code=source_code)

    def salable(self, sku: str) -> float:
        quantity: float = self.call("salable", sku=sku)
        return quantity

    def set_product(self, sku: str, **changes: Any) -> None:
        """`enabled`, `price`, `name`, `website_ids`, `required_option`, …"""
        self.call("set_product", sku=sku, **changes)

    def add_product(self, sku: str, name: str, price: float | str, qty: float = 50, **more: Any) -> int:
        return int(self.call("add_product", sku=sku, name=name, price=price, qty=qty, **more))

    def add_source(self, source_code: str, name: str, *, in_stock: bool = True) -> None:
        self.call("add_source", source_code=source_code, name=name, in_stock=in_stock)

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
        status: int | None = None,
        delay: float | None = None,
    ) -> None:
        """`path` is a regular expression searched in the full path; the kinds are those of `faults.Kind`."""
        self.call("faults_add", kind=kind, method=method, path=path, times=times, status=status, delay=delay)

    def faults(self) -> list[Json]:
        return list(self.call("faults"))

    def faults_clear(self) -> None:
        self.call("faults_clear")
