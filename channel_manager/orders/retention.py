"""Erasing buyers' personal data once it serves nothing any more (glossary, rule 7)."""

from datetime import datetime, timedelta

from django.db import transaction

from channel_manager.orders.models import PurchaseOrder, Status

BATCH = 500
NOBODY = {"name": "", "street": [], "city": "", "state": "", "postcode": "", "country": "", "phone": ""}


@transaction.atomic
def forget_buyers(*, days: int, now: datetime) -> int:
    """Erase name, address, contacts and raw messages of one batch of orders that ended `days` ago; how many.

    Numbers, lines, money and history stay. The marketplace shows orders for 180 days: a shorter time would bring the
    data back with the next change.
    """
    ended = PurchaseOrder.objects.filter(
        status__in=[Status.SHIPPED, Status.CANCELED], updated_at__lt=now - timedelta(days=days), forgotten_at=None
    )
    batch = list(ended.select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
    return PurchaseOrder.objects.filter(pk__in=batch).update(
        buyer_name="",
        email="",
        address=NOBODY,
        corrections={},
        adjusted=[],
        raw_first={},
        raw_latest={},
        forgotten_at=now,
    )
