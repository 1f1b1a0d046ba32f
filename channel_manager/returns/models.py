"""A return, its lines, and refunds: what goes back to a buyer, with or without a return. Facts are rows; status is
arithmetic (`lifecycle`); the database refuses a unit or a cent too much.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channel_manager.history.models import Actor
from channel_manager.orders.models import OrderLine, PurchaseOrder, money, units
from channel_manager.ports.messages import Fulfilment
from channel_manager.ports.returns import ReturnKind, ReturnState
from channel_manager.stores.models import REFUND_REASONS, Store


class Status(models.TextChoices):
    RECEIVED = "received", pgettext_lazy("return status", "Received")
    REFUNDED = "refunded", pgettext_lazy("return status", "Refunded")
    CLOSED = "closed", pgettext_lazy("return status", "Closed")


class Effect(models.TextChoices):
    """What a credit memo means at the marketplace."""

    RETURN = "return", _("Refunds a return")
    EXCEPTION = "exception", _("Refunds a return that the seller arranges, through the order")
    ORDER = "order", _("Refunds an order")
    CANCELLATION = "cancellation", _("Cancels units that have not shipped")
    MIRROR = "mirror", _("Follows a refund that Walmart has made")
    ASK = "ask", _("Waiting for a decision")
    NONE = "none", _("Nothing is sent")


class Return(models.Model):
    """One return of the marketplace. `status`, `has_error`, `needs_action`, `refund_by` and `details` are caches
    written by `state.refresh`; everything else is what the marketplace reported.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="returns")
    number = models.CharField(max_length=32)
    customer_order_number = models.CharField(max_length=32, blank=True)
    requested_at = models.DateTimeField()
    return_by = models.DateTimeField(null=True)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in ReturnKind])
    replacement_order_number = models.CharField(max_length=32, blank=True)
    fulfilment = models.CharField(max_length=16, choices=[(f.value, f.value) for f in Fulfilment])
    currency = models.CharField(max_length=3, default="USD")
    stated_total = money(null=True)
    tracking_numbers = models.JSONField(default=list)
    raw = models.JSONField(default=dict)
    problem = models.JSONField(null=True, help_text="Why the return cannot be worked with as it was received.")

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.RECEIVED)
    has_error = models.BooleanField(default=False)
    needs_action = models.BooleanField(default=False)
    refund_by = models.DateTimeField(null=True, help_text="When the marketplace refunds by itself.")
    details = models.JSONField(default=list)
    received_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "number"], name="return_received_once")]
        indexes = [
            models.Index(fields=["store", "-requested_at", "-id"], name="return_by_date"),
            models.Index(fields=["store", "status", "-requested_at", "-id"], name="return_by_status"),
            models.Index(fields=["store", "-requested_at", "-id"], condition=Q(has_error=True), name="return_error"),
            models.Index(fields=["store", "refund_by"], condition=Q(status="received"), name="return_by_deadline"),
            models.Index(fields=["customer_order_number"], name="return_by_customer_order"),
        ]

    @property
    def subject(self) -> str:
        """Names the return in events."""
        return f"return:{self.pk}"

    @property
    def read_only(self) -> bool:
        """Returns to the marketplace's own warehouse are shown only (walmart-api §3.3)."""
        return self.fulfilment == Fulfilment.MARKETPLACE


class ReturnLine(models.Model):
    """Units of one order line that come back, or are kept. Money is what the marketplace refunds for all of them."""

    parent = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines")
    number = models.CharField(max_length=16)
    position = models.PositiveSmallIntegerField(default=0)
    order_number = models.CharField(max_length=32)
    order_line_number = models.CharField(max_length=16)
    order = models.ForeignKey(PurchaseOrder, null=True, on_delete=models.SET_NULL, related_name="+")
    line = models.ForeignKey(OrderLine, null=True, on_delete=models.SET_NULL, related_name="+")
    sku = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=500, blank=True)
    quantity = models.PositiveIntegerField()
    reason = models.CharField(max_length=64, blank=True)

    state = models.CharField(max_length=16, choices=[(state.value, state.value) for state in ReturnState])
    delivered_at = models.DateTimeField(null=True, help_text="When the goods reached the return centre.")
    completed_at = models.DateTimeField(null=True)
    reported_refunded = units(help_text="Units that the marketplace shows as paid back, whoever did it.")
    refund_channel = models.CharField(max_length=64, blank=True)
    refund_state = models.CharField(max_length=64, blank=True)
    keep_it = models.BooleanField(default=False)
    goods_expected = models.BooleanField(default=True)
    exceptional = models.BooleanField(default=False, help_text="Refunded through the order, not the return.")

    product = money(default=0)
    product_tax = money(default=0)
    shipping = money(default=0)
    shipping_tax = money(default=0)
    fee = money(default=0)

    recorded = units(help_text="Units in refunds recorded here, whoever made them.")
    sent = units(help_text="Units that we have the marketplace pay back.")
    elsewhere = units(help_text="Units that the marketplace paid back without being asked by us.")
    paid_by_order = units(help_text="Units that we had paid back by refunds of the order: the return may not show it.")

    class Meta:
        ordering = ["position", "id"]
        indexes = [
            models.Index(fields=["order_number"], name="return_line_by_order_number"),
            models.Index(fields=["sku"], name="return_line_by_sku"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["parent", "number"], name="return_line_received_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_line_returns_something"),
            models.CheckConstraint(condition=Q(quantity__gte=F("recorded")), name="return_line_refunded_once"),
            models.CheckConstraint(condition=Q(recorded__gte=F("sent")), name="return_line_sends_what_is_recorded"),
        ]


class Refund(models.Model):
    """Money that goes back to a buyer: a credit memo in Commerce, and what it means at the marketplace.

    One memo that settles several returns is a refund for each. `commerce_memo_id` says that Commerce has it,
    `reported_at` that the marketplace has it. `expected` is what the marketplace pays for the returned units; `total`
    what the credit memo says.
    """

    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="refunds")
    parent = models.ForeignKey(Return, null=True, on_delete=models.PROTECT, related_name="refunds")
    marker = models.UUIDField(unique=True, default=uuid.uuid4, help_text="Written into the credit memo's comment.")
    origin = models.CharField(max_length=16, choices=Actor.choices)
    effect = models.CharField(max_length=16, choices=Effect.choices)
    reason = models.CharField(max_length=24, choices=REFUND_REASONS, blank=True)
    comment = models.CharField(max_length=1000, blank=True)
    shipping = money(default=0)
    plus = money(default=0, help_text="Adjustment refund: more for the buyer.")
    minus = money(default=0, help_text="Adjustment fee: less for the buyer.")
    fit = models.BooleanField(default=False, help_text="Adjust the credit memo to what the marketplace pays.")
    repair = models.BooleanField(default=False, help_text="A person agreed to reopen the canceled Commerce order.")
    expected = money(null=True)
    charges = models.JSONField(null=True, help_text="What an order refund pays back, by line number and kind.")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    commerce_memo_id = models.PositiveBigIntegerField(null=True)
    commerce_number = models.CharField(max_length=50, blank=True)
    total = money(null=True)
    reported_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "commerce_memo_id", "parent", "effect"],
                condition=Q(commerce_memo_id__isnull=False),
                name="credit_memo_recorded_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~Q(origin=Actor.PERSON) | Q(requested_by__isnull=False), name="refund_by_a_named_person"
            ),
            models.CheckConstraint(
                condition=Q(shipping__gte=0, plus__gte=0, minus__gte=0), name="refund_of_positive_amounts"
            ),
        ]


class RefundLine(models.Model):
    """`sent` of the units are paid back because we ask; the others the marketplace had paid back by itself."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="refunded_in")
    return_line = models.ForeignKey(ReturnLine, null=True, on_delete=models.PROTECT, related_name="refunded_in")
    quantity = models.PositiveIntegerField()
    restock = models.BooleanField(default=False)
    sent = units()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["refund", "line", "return_line"], name="refund_line_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, quantity__gte=F("sent")), name="refund_line_refunds_something"
            ),
        ]


class LineMoney(models.Model):
    """What the buyer was charged for a line, and what we pay back of it by refunds of the order, by kind of charge."""

    line = models.OneToOneField(OrderLine, on_delete=models.CASCADE, primary_key=True, related_name="refunded_money")
    product = money(default=0)
    product_tax = money(default=0)
    shipping = money(default=0)
    shipping_tax = money(default=0)
    sent_product = money(default=0)
    sent_product_tax = money(default=0)
    sent_shipping = money(default=0)
    sent_shipping_tax = money(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    product__gte=F("sent_product"),
                    product_tax__gte=F("sent_product_tax"),
                    shipping__gte=F("sent_shipping"),
                    shipping_tax__gte=F("sent_shipping_tax"),
                ),
                name="never_a_cent_above_what_was_charged",
            ),
            models.CheckConstraint(
                condition=Q(
                    sent_product__gte=0, sent_product_tax__gte=0, sent_shipping__gte=0, sent_shipping_tax__gte=0
                ),
                name="refunds_are_positive",
            ),
        ]
