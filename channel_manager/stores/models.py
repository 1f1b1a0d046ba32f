"""A store and what its merchant has set."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from channel_manager.ports.messages import Reason, RefundReason

REFUND_REASONS = [
    (RefundReason.GOODWILL.value, _("Goodwill")),
    (RefundReason.DAMAGED.value, _("Damaged")),
    (RefundReason.DEFECTIVE.value, _("Defective")),
    (RefundReason.NOT_RECEIVED.value, _("Not received")),
    (RefundReason.LATE.value, _("Received late")),
    (RefundReason.WRONG_ITEM.value, _("Wrong item received")),
    (RefundReason.NOT_AS_DESCRIBED.value, _("Not as described")),
    (RefundReason.MISSING_PARTS.value, _("Missing parts or instructions")),
    (RefundReason.CHANGED_MIND.value, _("The buyer changed their mind")),
    (RefundReason.RETURNED.value, _("The buyer returned the item")),
    (RefundReason.CANCELLED_YET_SHIPPED.value, _("Canceled, yet shipped")),
    (RefundReason.SHIPPING_PRICE.value, _("Shipping price")),
    (RefundReason.ADJUSTMENT.value, _("General adjustment")),
]


class Marketplace(models.TextChoices):
    WALMART = "walmart", "Walmart Marketplace"


class CommerceFlavour(models.TextChoices):
    ADOBE_COMMERCE = "adobe_commerce", _("Adobe Commerce or Magento Open Source")


class Store(models.Model):
    """One seller account joined one-to-one to one store view (glossary, the two sides).

    Nothing is written to either platform before `confirmed_at` (glossary, rule 9).
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(db_default=Now())

    marketplace = models.CharField(max_length=32, choices=Marketplace.choices, default=Marketplace.WALMART)
    marketplace_url = models.URLField(max_length=300)
    marketplace_account = models.CharField(max_length=100, help_text="The client id: names the seller account.")
    marketplace_credentials = models.BinaryField()

    commerce = models.CharField(max_length=32, choices=CommerceFlavour.choices, default=CommerceFlavour.ADOBE_COMMERCE)
    commerce_url = models.URLField(max_length=300)
    commerce_signing_url = models.URLField(max_length=300, blank=True)
    commerce_admin_url = models.URLField(max_length=300, blank=True)
    commerce_credentials = models.BinaryField()
    store_code = models.CharField(max_length=64)
    store_view_id = models.PositiveIntegerField()
    website_code = models.CharField(max_length=64)
    currency = models.CharField(max_length=3, default="USD")

    confirmed_at = models.DateTimeField(null=True, blank=True)
    orders_from = models.DateTimeField(null=True, blank=True, help_text="Orders placed earlier are left alone.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "marketplace_account"], name="store_once_per_account"),
            models.UniqueConstraint(fields=["commerce_url", "store_code"], name="store_once_per_store_view"),
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True) | models.Q(orders_from__isnull=False),
                name="store_confirmed_with_a_start",
            ),
        ]

    @property
    def may_write(self) -> bool:
        return self.is_active and self.confirmed_at is not None


class AcknowledgePolicy(models.TextChoices):
    CREATED = "created", _("When the Commerce order exists, at the latest before the deadline")
    RECEIVED = "received", _("As soon as the order is received")
    CREATED_ONLY = "created_only", _("Only when the Commerce order exists")


class OrderRules(models.Model):
    """How a store's orders are treated. Each default is the cautious choice."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="rules", primary_key=True)
    acknowledge = models.CharField(
        _("acknowledge"), max_length=16, choices=AcknowledgePolicy.choices, default=AcknowledgePolicy.CREATED
    )
    default_reason = models.CharField(
        _("reason of a cancellation without one"),
        max_length=16,
        blank=True,
        choices=[
            (Reason.PRICE, _("Price or other listing errors")),
            (Reason.STOCK, _("The item is out of stock")),
            (Reason.CARRIER, _("Unavailable carrier or shipping method")),
            (Reason.CREDIT, _("Additional information is needed by our Credit and Fraud Avoidance department")),
        ],
    )
    use_relay_address = models.BooleanField(_("write the buyer's relay address into the Commerce order"), default=False)
    placeholder_phone = models.CharField(_("telephone when there is none"), max_length=20, default="0000000000")
    shipping_method = models.CharField(_("Commerce shipping method"), max_length=120, default="flatrate_flatrate")
    payment_method = models.CharField(_("Commerce payment method"), max_length=64, default="checkmo")

    mirror_refunds = models.BooleanField(
        _("make a credit memo by itself when Walmart refunds a return by itself"), default=False, db_default=False
    )
    fit_refunds = models.BooleanField(
        _("fit credit memos to Walmart's refund by an adjustment"), default=True, db_default=True
    )
    restock_returns = models.BooleanField(_("return refunded units to stock"), default=False, db_default=False)
    refund_reason = models.CharField(
        _("reason of a refund without a return"),
        max_length=24,
        choices=REFUND_REASONS,
        default=RefundReason.GOODWILL.value,
        db_default=RefundReason.GOODWILL.value,
    )


class SkuLink(models.Model):
    """The Commerce product that a SKU of the marketplace means where the two are not spelt alike; said once by a
    person, it counts for every order that is created from then on.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="sku_links")
    sku = models.CharField(_("SKU at Walmart"), max_length=64)
    commerce_sku = models.CharField(_("SKU in Commerce"), max_length=64)
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    linked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "sku"], name="sku_linked_once"),
            models.CheckConstraint(condition=~models.Q(sku="") & ~models.Q(commerce_sku=""), name="sku_link_complete"),
        ]


class CarrierRule(models.Model):
    """One row of the carrier map, tried in order. Empty conditions match everything.

    `number_pattern` takes `*` for anything, `?` for one character and `#` for one digit. Without a `carrier` the parcel
    goes out as another carrier, which needs a tracking URL with the place `{number}` (walmart-api §2.16).
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="carrier_rules")
    position = models.PositiveSmallIntegerField(default=0)
    carrier_code = models.CharField(_("Commerce carrier code"), max_length=32, blank=True)
    title = models.CharField(_("title in Commerce"), max_length=100, blank=True)
    number_pattern = models.CharField(_("tracking number looks like"), max_length=64, blank=True)
    carrier = models.CharField(_("carrier at Walmart"), max_length=64, blank=True)
    other_name = models.CharField(_("name of the other carrier"), max_length=64, blank=True)
    tracking_url = models.CharField(_("tracking URL of the other carrier"), max_length=300, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(carrier="")
                | (~models.Q(other_name="") & models.Q(tracking_url__contains="{number}")),
                name="carrier_rule_has_a_target",
            ),
            models.CheckConstraint(
                condition=~models.Q(carrier_code="", title="", number_pattern=""), name="carrier_rule_has_a_condition"
            ),
        ]
