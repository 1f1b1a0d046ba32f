"""What a test or a shell does with returns."""

from collections.abc import Sequence
from typing import Any

from channel_simulators.walmart.control.calls import JSON, ControlCalls


class ReturnsControl(ControlCalls):
    def open_return(
        self,
        order: str,
        lines: Sequence[tuple[str, int] | tuple[str, str, int]] | None = None,
        *,
        kind: str = "ordinary",
        reason: str = "NO_LONGER_WANTED",
        channel: str | None = None,
        refunded: bool = True,
        refund_channel: str | None = None,
        **more: Any,
    ) -> str:
        """Open a return as a buyer does; return its returnOrderId.

        order: a purchase order, or a customer order with all its purchase orders.
        lines: (line, quantity) pairs of a purchase order, (purchase order, line, quantity) of several; all that was
        shipped and is in no return yet unless given.
        kind: ordinary, keep_it (refunded, nothing comes back), instant (refunded, the parcel comes later), in_store
        (refunded there), exception (hazmat, freight: the seller arranges it) or replacement.
        channel: ONLINE, IN_STORE or CUSTOMER_CARE, by the kind unless given. refunded: False leaves the refund of a
        kind that is refunded at once to the seller. refund_channel overrides who gave the money back.
        more: exception_item_type, replacement_customer_order_id, return_order_id.
        """
        asked = {
            "order": order,
            "lines": lines,
            "kind": kind,
            "reason": reason,
            "channel": channel,
            "refunded": refunded,
            "refund_channel": refund_channel,
            **more,
        }
        return str(self._object("POST", "/returns", asked)["return_order_id"])

    def ship_return(self, rma: str, lines: Sequence[tuple[int, int]] | None = None) -> JSON:
        """The buyer hands over (return line, quantity) pairs, or all."""
        return self._object("POST", f"/returns/{rma}/shipment", {"lines": lines})

    def deliver_return(self, rma: str, lines: Sequence[tuple[int, int]] | None = None) -> JSON:
        """It arrives at the return centre: the seller has 48 hours from now."""
        return self._object("POST", f"/returns/{rma}/delivery", {"lines": lines})

    def cancel_return(self, rma: str, reason: str | None = None) -> JSON:
        """What is not refunded; those units can be returned again."""
        return self._object("POST", f"/returns/{rma}/cancellation", {"reason": reason})

    def refund_at_walmart(
        self, rma: str, lines: Sequence[tuple[int, int]] | None = None, *, channel: str | None = None
    ) -> JSON:
        """Refund (return line, quantity) pairs, or all that is not, as in Seller Center; or as another channel does."""
        return self._object("POST", f"/returns/{rma}/refund", {"lines": lines, "channel": channel})

    def return_order(self, rma: str) -> JSON:
        return self._object("GET", f"/returns/{rma}")

    def returns(self) -> list[JSON]:
        return self._list("GET", "/returns")

    def return_options(self) -> JSON:
        return self._object("GET", "/returns/options")

    def set_return_options(self, **options: Any) -> JSON:
        """The fields of `returns.state.ReturnOptions`."""
        return self._object("POST", "/returns/options", options)
