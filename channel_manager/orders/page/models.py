"""What the Orders page keeps beside the orders: counts of its cards, what each person chose for it, and what was done
with many orders at once.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


def change(**options: Any) -> models.BigIntegerField[Any, Any]:
    return models.BigIntegerField(default=0, db_default=0, **options)


class CardCount(models.Model):
    """A part of a store's counts by card: the sum of a store's rows is what its cards show.

    Written by triggers on the orders alone. Each transaction adds to a row that no other one holds, or to a new one:
    so nobody waits for a counter, and there are as many rows as there ever were writers at the same moment.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="card_counts")
    open = change()
    partially_shipped = change()
    shipped = change()
    canceled = change()
    errors = change()
    needs_action = change()
    buyer_asked = change()


class ListChoice(models.Model):
    """How one person wants the list of a store's orders. One row, so that a page asks once for it.

    `views` are names for what the page's address asks for: [{name, query}], `query` being the part behind the ?.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    hidden = models.JSONField(default=list, help_text="Names of the columns that are not shown.")
    views = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "store"], name="list_choice_once")]


class BulkRun(models.Model):
    """What one person asked of many orders at once. How each row stands is read from what is sent for it
    (`page.standings`), never kept here.

    `rows` of parcels: {place, order, typed, sku, quantity, units, carrier, number, parcel, refusal}, `parcel` being the
    marker of the shipment; of what is sent again: {order, typed, operations, refusal}. `recorded_at` says that all of
    them were gone through: a row without shipment was not recorded then.
    """

    class Kind(models.TextChoices):
        SHIP = "ship", "ship"
        RESEND = "resend", "resend"

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    marker = models.UUIDField(default=uuid.uuid4, help_text="Of the form that was sent: twice is once.")
    rows = models.JSONField()
    begun_at = models.DateTimeField(db_default=Now())
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "marker"], name="bulk_run_once")]
        indexes = [
            models.Index(fields=["store", "-id"], name="bulk_run_by_store"),
            models.Index(fields=["begun_at"], name="bulk_run_by_time"),
        ]
