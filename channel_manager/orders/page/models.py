"""What the Orders page keeps beside the orders: counts of its cards, and what each person chose for it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


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
