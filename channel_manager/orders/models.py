"""A purchase order, its lines and the facts that happened to it. Facts are rows, status is arithmetic (`lifecycle`)."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Collate, Lower, Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channel_manager.history.models import Actor
from channel_manager.orders.page.models import BulkRun, CardCount, ListChoice  # noqa: F401 - of this app
from channel_manager.ports.messages import Fulfilment, Reason
from channel_manager.stores.models import Store


class Status(models.TextChoices):
    OPEN = "open", pgettext_lazy("order status", "Open")
    PARTIALLY_SHIPPED = "partially_shipped", pgettext_lazy("order status", "Partially shipped")
    SHIPPED = "shipped", pgettext_lazy("order status", "Shipped")
    CANCELED = "canceled", pgettext_lazy("order status", "Canceled")


UNFINISHED = (Status.OPEN, Status.PARTIALLY_SHIPPED)


class Treatment(models.TextChoices):
    """What becomes of an order in Commerce (glossary, rule 9)."""

    UNDECIDED = "undecided", _("Waiting until the store is confirmed")
    IMPORT = "import", _("Create it in Commerce")
    LINK = "link", _("Link it to the Commerce order that exists")
    IGNORE = "ignore", _("Leave it alone")


class Hold(models.TextChoices):
    """Why a shipment has not been sent to the marketplace."""

    NONE = "", _("Not held")
    TRACKING = "tracking", _("Waiting for tracking")
    CARRIER = "carrier", _("Waiting for a carrier")
    BUYER_REQUEST = "buyer_request", _("The buyer asked to cancel")


REASONS = [
    (Reason.PRICE.value, _("Price or other listing errors")),
    (Reason.STOCK.value, _("The item is out of stock")),
    (Reason.CARRIER.value, _("Unavailable carrier or shipping method")),
    (Reason.CREDIT.value, _("Additional information is needed by our Credit and Fraud Avoidance department")),
    (Reason.BUYER.value, _("The buyer asked to cancel")),
]


def money(**options: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=12, decimal_places=2, **options)


def typed(column: str) -> Collate:
    """A column as people type it, in any letter case; sorted by bytes, so that its beginnings are found as well."""
    return Collate(Lower(column), "C")


def units(**options: Any) -> models.PositiveIntegerField[Any, Any]:
    return models.PositiveIntegerField(default=0, **options)


class PurchaseOrder(models.Model):
    """One order of the marketplace. `status`, `has_error`, `needs_action` and `details` are caches written by
    `lifecycle`'s one caller, `refresh`; everything else is a fact or what a platform reported.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="orders", db_index=False)
    number = models.CharField(max_length=32)
    customer_order_number = models.CharField(max_length=32, blank=True)
    ordered_at = models.DateTimeField()
    ship_by = models.DateTimeField(null=True)
    deliver_by = models.DateTimeField(null=True)
    ship_method = models.CharField(max_length=32, blank=True)
    fulfilment = models.CharField(max_length=16, choices=[(f.value, f.value) for f in Fulfilment])
    replacement_for = models.CharField(max_length=32, blank=True)

    email = models.CharField(max_length=254, blank=True)
    buyer_name = models.CharField(max_length=300, blank=True)
    address = models.JSONField(default=dict)
    adjusted = models.JSONField(
        default=list, help_text="Address parts changed so that Commerce takes them: field, before, after."
    )
    corrections = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="Address parts that a person corrected, by part; `address` stays as the marketplace gave it.",
    )
    currency = models.CharField(max_length=3, default="USD")
    total = money(default=0)
    stated_total = money(null=True)
    raw_first = models.JSONField(default=dict)
    raw_latest = models.JSONField(default=dict)
    problem = models.JSONField(null=True, help_text="Why the order cannot be worked with as it was received.")

    treatment = models.CharField(max_length=16, choices=Treatment.choices, default=Treatment.UNDECIDED)
    commerce_order_id = models.PositiveBigIntegerField(null=True)
    commerce_number = models.CharField(max_length=50, blank=True)
    commerce_state = models.CharField(max_length=32, blank=True)
    commerce_total = money(null=True)

    reread = models.BooleanField(
        db_default=False, help_text="Its life in Commerce before it was adopted is still to be read."
    )
    linked_at = models.DateTimeField(
        null=True, help_text="When a Commerce order that existed before was adopted: its earlier life is not ours."
    )
    acknowledge_by = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    buyer_asked_at = models.DateTimeField(null=True, help_text="When we learnt that the buyer asks to cancel.")

    status = models.CharField(max_length=24, choices=Status.choices, default=Status.OPEN)
    has_error = models.BooleanField(default=False)
    needs_action = models.BooleanField(default=False)
    details = models.JSONField(default=list)
    questions = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="Sentences that ask a person to decide about this order's refunds.",
    )
    forgotten_at = models.DateTimeField(null=True, help_text="When the buyer's data was erased.")
    received_at = models.DateTimeField(db_default=Now())
    received_by = models.CharField(
        max_length=64, blank=True, db_default="", help_text="The stream that brought it first, or the reconciliation."
    )
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="order_received_once"),
            models.UniqueConstraint(
                fields=["store", "commerce_order_id"],
                condition=Q(commerce_order_id__isnull=False),
                name="commerce_order_belongs_to_one_order",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-ordered_at", "-id"], name="order_by_date"),
            models.Index(fields=["store", "status", "-ordered_at", "-id"], name="order_by_status"),
            models.Index(fields=["store", "-ordered_at", "-id"], condition=Q(has_error=True), name="order_with_error"),
            models.Index(
                fields=["store", "-ordered_at", "-id"], condition=Q(needs_action=True), name="order_needing_action"
            ),
            models.Index(
                fields=["store", "-ordered_at", "-id"],
                condition=Q(status__in=UNFINISHED, buyer_asked_at__isnull=False),
                name="order_buyer_asked",
            ),
            models.Index(fields=["store", "-updated_at", "-id"], name="order_by_update"),
            models.Index(fields=["store", "-total", "-id"], name="order_by_value"),
            models.Index(fields=["store", "id"], name="order_by_arrival"),
            models.Index(F("store"), typed("commerce_number"), name="order_by_commerce_number"),
            models.Index(F("store"), typed("buyer_name"), condition=~Q(buyer_name=""), name="order_by_buyer"),
            models.Index(
                fields=["store", "ship_by", "id"],
                condition=Q(status__in=UNFINISHED),
                include=["fulfilment", "treatment"],
                name="order_at_risk",
            ),
            models.Index(
                fields=["store", "acknowledge_by"],
                condition=Q(status__in=UNFINISHED, acknowledged_at__isnull=True),
                include=["ship_by", "fulfilment", "treatment"],
                name="order_to_acknowledge",
            ),
            models.Index(fields=["store"], condition=Q(reread=True), name="order_to_read_again"),
            models.Index(fields=["customer_order_number"], name="order_by_customer_order"),
        ]

    @property
    def subject(self) -> str:
        """Names the order in operations and events."""
        return f"order:{self.pk}"

    @property
    def read_only(self) -> bool:
        """Fulfilled by the marketplace itself (glossary, rule 5)."""
        return self.fulfilment == Fulfilment.MARKETPLACE


class CommerceItem(models.Model):
    """One item of the Commerce order and its quantities there, as last read. Several lines of one SKU share an item."""

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="commerce_items")
    item_id = models.PositiveBigIntegerField()
    sku = models.CharField(max_length=64)
    ordered = models.PositiveIntegerField()
    invoiced = units()
    shipped = units()
    cancelled = units()
    refunded = units()
    refunded_unshipped = units(help_text="Units that we took off an invoiced order by a credit memo.")
    written_off = units(help_text="Units cancelled in Commerce only: the marketplace refused, a person settled it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "item_id"], name="commerce_item_once")]


class OrderLine(models.Model):
    """One line with its charges, what the marketplace reports of it, and what we send.

    What is sent can never exceed what was ordered: the database refuses it. What is reported is kept as it is.
    """

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    number = models.CharField(max_length=16)
    position = models.PositiveSmallIntegerField(default=0)
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=500, blank=True)
    quantity = models.PositiveIntegerField()

    product = money(default=0)
    product_tax = money(default=0)
    shipping = money(default=0)
    shipping_tax = money(default=0)
    fee = money(default=0)
    fee_tax = money(default=0)
    discount = money(default=0)
    shipping_discount = money(default=0)
    charge_names = models.JSONField(default=list)

    buyer_asked_to_cancel = models.BooleanField(default=False)
    reported_created = units()
    reported_shipped = units(help_text="Delivered units included.")
    reported_delivered = units()
    reported_cancelled = units()
    reported_refunded = units()

    sent_shipped = units(help_text="Units in shipments that we send or have sent.")
    sent_cancelled = units(help_text="Units in cancellations that we send or have sent.")
    recorded_shipped = units(help_text="Units in shipments recorded here, whoever made them.")
    recorded_cancelled = units(help_text="Units in cancellations recorded here, whoever began them.")

    item = models.ForeignKey(CommerceItem, null=True, on_delete=models.SET_NULL, related_name="lines")
    commerce_quantity = units(help_text="Units of this line that the Commerce order was made with.")
    cancelled_before = units(help_text="Units cancelled before the Commerce order was made.")
    shipped_before = units(help_text="Units shipped before the Commerce order was made.")

    class Meta:
        ordering = ["position", "id"]
        indexes = [
            models.Index(fields=["sku"], name="line_by_sku"),
            models.Index(
                fields=["sku"],
                condition=Q(quantity__gt=models.F("reported_shipped") + models.F("reported_cancelled")),
                name="line_reserved",
            ),
            models.Index(typed("sku"), F("order"), name="line_by_typed_sku"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="line_received_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_orders_something"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("sent_shipped") + F("sent_cancelled")),
                name="line_sends_at_most_its_quantity",
            ),
            models.CheckConstraint(
                condition=Q(recorded_shipped__gte=F("sent_shipped"), recorded_cancelled__gte=F("sent_cancelled")),
                name="line_sends_only_what_is_recorded",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("commerce_quantity") + F("cancelled_before") + F("shipped_before")),
                name="line_allocated_at_most_its_quantity",
            ),
        ]


class Shipment(models.Model):
    """A parcel, or several under one Commerce shipment. It is sent to the marketplace unless it is held or came from
    there; `reported_at` says that the marketplace has it.
    """

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="shipments")
    origin = models.CharField(max_length=16, choices=Actor.choices)
    marker = models.UUIDField(unique=True, help_text="Written into the Commerce shipment's comment.")
    commerce_shipment_id = models.PositiveBigIntegerField(null=True)
    commerce_number = models.CharField(max_length=50, blank=True)
    shipped_at = models.DateTimeField()
    comment = models.CharField(max_length=1000, blank=True)
    source_code = models.CharField(max_length=64, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    override_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    hold = models.CharField(max_length=16, choices=Hold.choices, default=Hold.NONE, blank=True)
    is_sent = models.BooleanField(
        default=True, help_text="Counted in what we send; false when it contradicts the ledger."
    )
    dispatches = models.PositiveSmallIntegerField(default=0, help_text="How often its report was requested.")
    reported_at = models.DateTimeField(null=True)
    reported_number = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "commerce_shipment_id"],
                condition=Q(commerce_shipment_id__isnull=False),
                name="commerce_shipment_recorded_once",
            ),
            models.CheckConstraint(
                condition=~Q(origin=Actor.PERSON) | Q(requested_by__isnull=False), name="shipment_by_a_named_person"
            ),
        ]
        indexes = [
            models.Index(
                fields=["hold", "id"], condition=Q(reported_at__isnull=True) & ~Q(hold=""), name="shipment_held"
            ),
        ]


class ShipmentLine(models.Model):
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="shipped_in")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="shipment_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_line_ships_something"),
        ]


class ShipmentTrack(models.Model):
    """A tracking number. The first by position is reported; `track_id` is Commerce's, absent until it is there."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="tracks")
    position = models.SmallIntegerField(default=0)
    track_id = models.PositiveBigIntegerField(null=True)
    carrier_code = models.CharField(max_length=32, blank=True)
    title = models.CharField(max_length=255, blank=True)
    number = models.CharField(max_length=100)
    chosen_carrier = models.CharField(
        max_length=64, blank=True, db_default="", help_text="The marketplace's carrier that a person chose for it."
    )

    class Meta:
        ordering = ["position", "id"]
        indexes = [
            models.Index(fields=["number"], name="track_by_number"),
            models.Index(typed("number"), name="track_by_typed_number"),
        ]


class Cancellation(models.Model):
    """Units that will not be shipped. Begun by us it is sent to the marketplace, once it has a reason."""

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="cancellations")
    origin = models.CharField(max_length=16, choices=Actor.choices)
    reason = models.CharField(max_length=16, choices=REASONS, blank=True)
    is_sent = models.BooleanField(
        default=True, help_text="Counted in what we send; false when it contradicts the ledger."
    )
    marker = models.UUIDField(unique=True, default=uuid.uuid4)
    said = models.CharField(max_length=300, blank=True, help_text="The platform's or the person's own words.")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["reported_at"], condition=Q(reason="stock"), name="cancellation_out_of_stock"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(origin=Actor.PERSON) | Q(requested_by__isnull=False), name="cancellation_by_a_named_person"
            ),
        ]


class CancellationLine(models.Model):
    cancellation = models.ForeignKey(Cancellation, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="cancelled_in")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cancellation", "line"], name="cancellation_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cancellation_line_cancels_something"),
        ]
