"""The control API for a test or the demo: synchronous, over HTTP, so that it works across processes too."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from channel_simulators.walmart.catalog.control_client import CatalogControl
from channel_simulators.walmart.control.calls import JSON, ControlCalls, ControlError
from channel_simulators.walmart.feeds.control_client import FeedsControl
from channel_simulators.walmart.notifications.control_client import NotificationsControl
from channel_simulators.walmart.returns.control_client import ReturnsControl

__all__ = ["ControlError", "WalmartControl"]


class WalmartControl(CatalogControl, FeedsControl, ReturnsControl, NotificationsControl, ControlCalls):
    """Methods without `account` mean the sandbox account (`sandbox-client`, `sandbox-secret`)."""

    def add_account(self, client_id: str, client_secret: str, partner_id: str | None = None) -> JSON:
        """Return partner_id and seller_id."""
        asked = {"client_id": client_id, "client_secret": client_secret, "partner_id": partner_id}
        return self._object("POST", "/accounts", asked)

    def place_order(
        self,
        *,
        lines: Sequence[Mapping[str, Any]] | None = None,
        ship_node_type: str = "SellerFulfilled",
        order_type: str = "REGULAR",
        method_code: str = "Standard",
        original_customer_order_id: str | None = None,
        placed_at: datetime | str | None = None,
        buyer: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> str:
        """Place an order as a buyer; return its purchaseOrderId.

        A line: sku, quantity=1, price (of a unit), tax (of the line, None for none), shipping, shipping_tax, discount,
        discount_name, fee, fee_name, product_name, intent_to_cancel, line (its number).
        buyer overrides name, address1, address2, city, state, postal_code, country, address_type, phone, email.
        An order placed more than six days ago is cancelled by Walmart at once, unless estimated_ship_date is given.
        more: purchase_order_id, customer_order_id, estimated_ship_date, estimated_delivery_date, ship_within_days,
        account.
        """
        asked = {
            "lines": lines,
            "ship_node_type": ship_node_type,
            "order_type": order_type,
            "method_code": method_code,
            "original_customer_order_id": original_customer_order_id,
            "placed_at": placed_at,
            "buyer": buyer,
            **more,
        }
        return str(self._object("POST", "/orders", asked)["purchase_order_id"])

    def shapes(self) -> list[str]:
        return self._list("GET", "/shapes")

    def place_shape(
        self, shape: str, catalogue: Sequence[tuple[str, str, Decimal | str]], *, account: str | None = None
    ) -> str:
        """Place an order of a named shape with products of the catalogue (SKU, name, price)."""
        asked = {"shape": shape, "catalogue": [list(product) for product in catalogue], "account": account}
        return str(self._object("POST", "/shapes", asked)["purchase_order_id"])

    def buyer_requests_cancel(self, po: str, lines: Sequence[str] | None = None) -> JSON:
        return self._act(po, "cancel-request", lines=lines)

    def cancel_at_walmart(
        self, po: str, lines: Sequence[tuple[str, int]] | None = None, reason: str = "Cancelled by customer"
    ) -> JSON:
        """Cancel (line, quantity) pairs, or all that is open, as Walmart or Seller Center does."""
        return self._act(po, "cancellation", lines=lines, reason=reason)

    def deliver(self, po: str) -> JSON:
        return self._act(po, "delivery")

    def acknowledge_elsewhere(self, po: str) -> JSON:
        return self._act(po, "acknowledgement")

    def ship_elsewhere(
        self,
        po: str,
        *,
        lines: Sequence[tuple[str, int]] | None = None,
        carrier: str = "UPS",
        number: str = "1Z999AA10123456784",
        url: str | None = None,
        ship_date: datetime | str | None = None,
    ) -> JSON:
        """Ship (line, quantity) pairs, or all that is open, as another tool of the seller does."""
        return self._act(po, "shipment", lines=lines, carrier=carrier, number=number, url=url, ship_date=ship_date)

    def refund_order_at_walmart(
        self,
        po: str,
        line: str,
        *,
        quantity: int | None = None,
        product: Decimal | str | None = None,
        product_tax: Decimal | str | None = None,
        shipping: Decimal | str | None = None,
        shipping_tax: Decimal | str | None = None,
        reason: str = "Finance -> Goodwill",
        comments: str | None = None,
        by: str = "walmart",
    ) -> JSON:
        """Refund as Walmart does: the share of `quantity` shipped units, or positive amounts.

        An amount may be given before anything shipped, as discounts that Walmart pays are.
        """
        sums = {"product": product, "product_tax": product_tax, "shipping": shipping, "shipping_tax": shipping_tax}
        return self._act(po, "refund", line=line, quantity=quantity, **sums, reason=reason, comments=comments, by=by)

    def set_scopes(self, *, account: str | None = None, **scopes: str) -> dict[str, str]:
        """What the account's keys may do from now on: no_access, view_only or full_access for orders, returns, …"""
        return self._object("POST", "/scopes", {"account": account, "scopes": scopes})

    def set_api_status(self, group: str, status: str) -> None:
        """For example Orders, SERVICE_OUTAGE: what `/v3/utilities/apiStatus` says."""
        self._object("POST", "/api-status", {"group": group, "status": status})

    def advance_clock(self, seconds: float) -> datetime:
        """Move the simulated clock; what became due (automatic cancellation, expiry of tokens) has then happened."""
        return datetime.fromisoformat(self._object("POST", "/clock", {"seconds": seconds})["now"])

    def now(self) -> datetime:
        return datetime.fromisoformat(self._object("GET", "/clock")["now"])

    def options(self) -> JSON:
        return self._object("GET", "/options")

    def set_options(self, **options: Any) -> JSON:
        """The fields of `options.Options`."""
        return self._object("POST", "/options", options)

    def expire_tokens(self) -> None:
        """Every token issued so far is dead."""
        self._object("DELETE", "/tokens")

    def order(self, po: str) -> JSON:
        return self._object("GET", f"/orders/{po}")

    def orders(self) -> list[JSON]:
        return self._list("GET", "/orders")

    def state(self) -> JSON:
        return self._object("GET", "/state")

    def requests(self) -> list[JSON]:
        """The latest exchanges of the API, oldest first; `fault` is the kind that met the call.

        Status 0: the caller got no answer.
        """
        return self._list("GET", "/requests")

    def clear_requests(self) -> None:
        self._object("DELETE", "/requests")

    def faults_add(
        self,
        kind: str,
        *,
        method: str | None = None,
        path: str | None = None,
        times: int = 1,
        status: int | None = None,
        delay: float | None = None,
        retry_after: float | None = None,
        shape: str | None = None,
        code: str | None = None,
        description: str | None = None,
        content_type: str | None = None,
        size: int | None = None,
    ) -> None:
        """Let the next `times` calls that match fail. Without `path` every call matches but that for a token.

        Before the call is executed: status_before (`status`, 500 by default; a 429 carries the headers for
        `retry_after` seconds) · html (the edge's page) · expired_token · reset.
        After it: status_after · lost_reply · slow (everything after `delay` seconds) · dribble_headers, dribble_body
        (in pieces during `delay`) · content_type (the right answer under a wrong `content_type`) · gigantic (blanks
        behind it up to `size` bytes) · partial (206, or `status`: the last row is missing, `errors` in the body).

        The two status kinds answer as Walmart usually does with that status; `shape` says otherwise: resource,
        gateway, list, message_list, sparse, oauth, xml, html, empty, truncated_json, not_json. So do `code`
        (NAME or NAME.SERVICE) and `description`; an outage that blames correct requests is status 400 with the code
        INVALID_REQUEST. `truncated_json` after the call and without a status cuts its own answer in the middle.
        """
        asked = {"kind": kind, "method": method, "path": path, "remaining": times, "status": status, "delay": delay}
        asked |= {"retry_after": retry_after, "shape": shape, "code": code, "description": description}
        self._object("POST", "/faults", {**asked, "content_type": content_type, "size": size})

    def faults_clear(self) -> None:
        self._object("DELETE", "/faults")

    def faults(self) -> list[JSON]:
        return self._list("GET", "/faults")

    def _act(self, po: str, action: str, **asked: Any) -> JSON:
        return self._object("POST", f"/orders/{po}/{action}", asked)
