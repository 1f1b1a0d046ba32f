"""Switches of the simulator, set by the control API."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(slots=True, kw_only=True)
class Options:
    """Switches for what the documents leave open or what varies between accounts and days."""

    zero_phones: bool = True
    """Show zeros for the phone once nothing of an order is Created any more (walmart-api §2.7)."""
    token_life: int = 900
    early_token_expiry: int | None = None
    """Seconds after which a token really dies, although `expires_in` says `token_life`."""
    bad_credentials_shape: Literal["gateway", "oauth", "header"] = "gateway"
    """401 in the gateway's envelope, 401 as OAuth says it, or 400 INVALID_REQUEST_HEADER (walmart-api §1.5)."""
    missing_header_code: Literal["MISSING_REQUEST_HEADER", "INVALID_REQUEST_HEADER"] = "MISSING_REQUEST_HEADER"
    channel_match: bool | None = True
    """`is_channel_match` of the token detail; None leaves it out."""
    replenish_header: Literal["x-next-replenishment-time", "x-next-replenish-time", "alternate"] = "alternate"
    replenish_format: Literal["epoch_ms", "epoch_s", "iso", "alternate"] = "epoch_ms"
    limit_factor: float = 1.0
    limits: dict[str, int] = field(default_factory=dict)
    """Requests a minute of single operations, for example {"orders.ship": 5}; their names: `gateway.limits.RATES`."""
    largest_body: int = 26 * 1024 * 1024
    """Bytes of a request; a larger one is answered 413 by the edge."""
    last_cursor: Literal["absent", "empty", "no_more", "empty_page", "repeated"] = "absent"
    """How the last page of orders says that it is the last (walmart-api §0.1)."""
    most_per_query: int = 10_000
    """Rows a search reaches, newest first; the older document says 20,000 (walmart-api §2.2)."""
    created_dates_required: bool = False
    """Refuse a search without createdStartDate, as older versions did (walmart-api §9 no. 6)."""
    list_order_date_drift: int = 0
    """Seconds by which `orderDate` in lists differs from the order's own (walmart-api §9 no. 32)."""
    ship_node_as: Literal["object", "array", "null"] = "object"
    optional_members: Literal["null", "absent"] = "null"
    """How an order shows what it does not have: both occur (walmart-api §2.6)."""
    charges_of: Literal["line", "unit"] = "line"
    """Whether the charges of a line cover the line or one unit of it: not established (walmart-api §2.9)."""
    order_summary: bool = True
    placeholder_email_seconds: int = 0
    status_names: dict[str, str] = field(default_factory=dict)
    """Names unknown to the documents for statuses of lines, for example {"Delivered": "OutForDelivery"}."""
    garbage_status_dates: bool = False
    """The year 1 or 1970, as connectors have seen them (walmart-api §2.8)."""
    intent_to_cancel_false: bool = False
    """Write "FALSE" where no buyer asked to cancel, instead of nothing."""
    refund_status: bool = False
    """Show units that were refunded as such as `Refund`, not as Shipped or Delivered (walmart-api §2.10)."""
    refund_reason_codes: bool = False
    """Spell refund reasons as codes, BILLING_ERROR for BillingError (walmart-api §2.18, read side)."""
    repeated_shipment_text: Literal["status", "quantity", "over_shipped"] = "status"
    """How a report for a wholly shipped line is refused: each of the texts of walmart-api §8.4 was seen."""
    require_seller_order_id: bool = False
    require_channel_type: bool = False
    block_default_agents: bool = False
    auto_cancel: bool = True
