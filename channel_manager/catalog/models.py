"""Listings with what either side says of them, a store's rules for stock and price, and feeds with their rows.

Rows are written by raw statements as well as by the ORM, so every default is the database's.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channel_manager.ports.catalog import FeedKind, Published
from channel_manager.sync import levels

EMPTY_LIST = models.Value([], models.JSONField())
FEED_KINDS = [(kind.value, kind.value) for kind in FeedKind]
ATTRIBUTE = "connect_to_channel_manager"


class Status(models.TextChoices):
    """Where a listing stands between the two sides."""

    MATCHED = "matched", pgettext_lazy("listing status", "Matched")
    DRAFT = "draft", pgettext_lazy("listing status", "Draft")
    UNLINKED = "unlinked", pgettext_lazy("listing status", "Only at Walmart")
    WFS = "wfs", pgettext_lazy("listing status", "Stocked by Walmart")
    GONE = "gone", pgettext_lazy("listing status", "Gone")


def money(**options: Any) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True, **options)


class Listing(models.Model):
    """One SKU of a store's marketplace account, or a product that is to become one.

    Stock and price are kept only while it is matched: connected in Commerce, there at the marketplace, and not stocked
    by the marketplace itself. `stated`, `reserved` and `available` are units as the marketplace counts them
    (walmart-api §4.1); `open_units` those that the latest measuring added to `salable`.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    sku = models.CharField(max_length=64)

    product_id = models.BigIntegerField(null=True, blank=True)
    commerce_sku = models.CharField(max_length=64, blank=True, db_default="")
    name = models.CharField(max_length=255, blank=True, db_default="")
    product_kind = models.CharField(max_length=32, blank=True, db_default="")
    enabled = models.BooleanField(db_default=False)
    connected = models.BooleanField(db_default=False)
    base_price = money()
    special_price = money()
    special_from = models.DateField(null=True, blank=True)
    special_until = models.DateField(null=True, blank=True)
    product_seen_at = models.DateTimeField(null=True, blank=True)

    at_marketplace = models.BooleanField(db_default=False)
    item_id = models.CharField(max_length=32, blank=True, db_default="")
    title = models.CharField(max_length=500, blank=True, db_default="")
    published = models.CharField(
        max_length=16, blank=True, db_default="", choices=[(state.value, state.value) for state in Published]
    )
    reasons = models.JSONField(db_default=EMPTY_LIST)
    item_price = money()
    item_currency = models.CharField(max_length=3, blank=True, db_default="")
    item_seen_at = models.DateTimeField(null=True, blank=True)
    marketplace_stocked = models.BooleanField(db_default=False)
    stated = models.IntegerField(null=True, blank=True)
    reserved = models.IntegerField(null=True, blank=True)
    available = models.IntegerField(null=True, blank=True)
    inventory_seen_at = models.DateTimeField(null=True, blank=True)
    disagreements = models.IntegerField(db_default=0, help_text="How often in a row the reservations did not agree.")

    salable = models.IntegerField(null=True, blank=True)
    open_units = models.IntegerField(db_default=0)
    measured_at = models.DateTimeField(null=True, blank=True)
    stock_confirmed_at = models.DateTimeField(
        db_default=Now(), help_text="Cancellations for want of stock before this moment hold it no more."
    )
    physical = models.IntegerField(null=True, blank=True, help_text="Fewest units at the sources while it was held.")

    paused = models.BooleanField(_("leave it alone"), db_default=False)
    buffer = models.PositiveIntegerField(_("keep back"), null=True, blank=True)
    minimum = models.PositiveIntegerField(_("show none below"), null=True, blank=True)
    cap = models.PositiveIntegerField(_("show at most"), null=True, blank=True)
    lowest_price = money(verbose_name=_("lowest price"))
    highest_price = money(verbose_name=_("highest price"))
    approved_price = money(help_text="A price that a person let through although a guard asked.")

    status = models.GeneratedField(
        expression=Case(
            When(Q(at_marketplace=True, marketplace_stocked=True), then=Value("wfs")),
            When(Q(at_marketplace=True, connected=True, product_id__isnull=False), then=Value("matched")),
            When(Q(at_marketplace=True), then=Value("unlinked")),
            When(Q(connected=True, product_id__isnull=False), then=Value("draft")),
            default=Value("gone"),
        ),
        output_field=models.CharField(max_length=16, choices=Status.choices),
        db_persist=True,
    )

    class Meta:
        db_table = "catalog_listing"
        constraints = [
            models.UniqueConstraint(fields=["store", "sku"], name="listing_once_per_sku"),
            models.CheckConstraint(condition=~Q(sku=""), name="listing_has_a_sku"),
            models.CheckConstraint(
                condition=Q(lowest_price__isnull=True)
                | Q(highest_price__isnull=True)
                | Q(lowest_price__lte=F("highest_price")),
                name="listing_price_bounds",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "status", "sku"], name="listing_by_status"),
            models.Index(fields=["store", "commerce_sku"], name="listing_by_commerce_sku"),
            models.Index(
                fields=["store", "sku"], opclasses=["int8_ops", "varchar_pattern_ops"], name="listing_by_sku_prefix"
            ),
            models.Index(fields=["store", "sku"], condition=Q(disagreements__gte=2), name="listing_disagrees"),
        ]

    @property
    def subject(self) -> str:
        """What events and operations on it are about."""
        return levels.subject(self.store_id, self.sku)


class CatalogRules(models.Model):
    """How a store's stock and prices follow Commerce. Each default is the cautious choice.

    Nothing is sent before `stock_confirmed_at` and `price_confirmed_at`: the owner has seen what would change.
    `currency`, `time_zone` and `has_sources` are the shop's own, as last read.
    """

    store = models.OneToOneField("stores.Store", on_delete=models.CASCADE, related_name="catalog", primary_key=True)
    attribute = models.CharField(
        _("attribute that connects a product"), max_length=60, blank=True, default=ATTRIBUTE, db_default=ATTRIBUTE
    )
    buffer = models.PositiveIntegerField(_("keep back of every product"), default=0, db_default=0)
    minimum = models.PositiveIntegerField(_("show none below"), default=0, db_default=0)
    cap = models.PositiveIntegerField(_("show at most"), default=9999, db_default=9999)
    use_special_price = models.BooleanField(_("use the special price in its days"), default=False, db_default=False)
    lowest_price = money(verbose_name=_("lowest price"))
    highest_price = money(verbose_name=_("highest price"))
    most_change = models.PositiveSmallIntegerField(
        _("ask when a price changes by more than (percent)"), default=30, db_default=30
    )

    stock_confirmed_at = models.DateTimeField(null=True, blank=True)
    stock_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    price_confirmed_at = models.DateTimeField(null=True, blank=True)
    price_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    currency = models.CharField(max_length=3, blank=True, db_default="")
    time_zone = models.CharField(max_length=64, blank=True, db_default="")
    has_sources = models.BooleanField(db_default=True)
    attribute_missing = models.BooleanField(db_default=False)
    shop_read_at = models.DateTimeField(null=True, blank=True)
    compared_at = models.DateTimeField(null=True, blank=True, help_text="When all reservations were last compared.")
    compared = models.IntegerField(db_default=0)
    disagreeing = models.IntegerField(db_default=0)

    class Meta:
        db_table = "catalog_rules"
        constraints = [
            models.CheckConstraint(
                condition=Q(lowest_price__isnull=True)
                | Q(highest_price__isnull=True)
                | Q(lowest_price__lte=F("highest_price")),
                name="catalog_rules_price_bounds",
            ),
            models.CheckConstraint(condition=Q(most_change__gte=1), name="catalog_rules_most_change"),
        ]


class FeedProgress(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SUBMITTED = "submitted", _("Submitted")
    FINISHED = "finished", _("Finished")
    REFUSED = "refused", pgettext_lazy("feed", "Refused")
    LOST = "lost", _("Not answered")


class Feed(models.Model):
    """Many levels sent at once. `feed_id` is the marketplace's; `due_at` when its end is looked for next.

    While it is under way, its levels carry `carrier`. `problem` is an error as operations keep it.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=FEED_KINDS)
    state = models.CharField(max_length=16, choices=FeedProgress.choices, db_default=FeedProgress.WAITING)
    feed_id = models.CharField(max_length=100, blank=True, db_default="")
    lines = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    looks = models.PositiveIntegerField(db_default=0)
    rows_read = models.PositiveIntegerField(db_default=0)
    accepted = models.PositiveIntegerField(db_default=0)
    refused = models.PositiveIntegerField(db_default=0)
    again = models.PositiveIntegerField(db_default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    problem = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "catalog_feed"
        constraints = [
            models.UniqueConstraint(fields=["store", "feed_id"], condition=~Q(feed_id=""), name="feed_known_once"),
            models.CheckConstraint(
                condition=~Q(state="submitted") | (~Q(feed_id="") & Q(submitted_at__isnull=False)),
                name="feed_submitted_with_an_id",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "due_at"], condition=Q(state="submitted"), name="feed_under_way"),
            models.Index(fields=["store", "kind", "-created_at"], name="feed_by_store"),
        ]

    @property
    def carrier(self) -> str:
        return f"feed:{self.pk}"

    @property
    def subject(self) -> str:
        """What events and operations on it are about."""
        return f"feed:{self.pk}"


class FeedRow(models.Model):
    """One line of a feed and what became of it; `index` is its place in the file, from 0."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="rows", db_index=False)
    index = models.PositiveIntegerField()
    key = models.CharField(max_length=64)
    value = models.DecimalField(max_digits=14, decimal_places=2)
    outcome = models.CharField(max_length=16, blank=True, db_default="")
    code = models.CharField(max_length=64, blank=True, db_default="")
    said = models.TextField(blank=True, db_default="")

    class Meta:
        db_table = "catalog_feed_row"
        constraints = [models.UniqueConstraint(fields=["feed", "index"], name="feed_row_once_per_place")]
        indexes = [models.Index(fields=["feed", "key"], name="feed_row_by_key")]
