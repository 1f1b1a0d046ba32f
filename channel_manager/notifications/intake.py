"""From a call to a row, and from the row to pulls. What a call says is never believed: it only says when to read."""

from django.db import transaction

from channel_manager.notifications import triggers
from channel_manager.notifications.models import Hook
from channel_manager.ports.messages import Platform
from channel_manager.ports.notifications import Notification
from channel_manager.stores.models import SkuLink
from channel_manager.sync import levels, pulls, sql

KEEP = """
    INSERT INTO notifications_notification
        (store_id, platform, event_id, event, topic, order_number, return_number, occurred_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (store_id, platform, event_id) DO NOTHING
    RETURNING id
"""


@transaction.atomic
def receive(hook: Hook, notification: Notification) -> bool:
    """Keep it, and have read what it is about; both are committed when this returns. False if it came before."""
    row = [
        hook.store_id,
        hook.platform,
        notification.event_id,
        notification.event,
        notification.topic or "",
        notification.order_number,
        notification.return_number,
        notification.occurred_at,
    ]
    if not sql.rows(KEEP, row):
        return False
    if hook.platform == Platform.COMMERCE:
        levels.doubt(hook.store_id, _at_marketplace(hook.store_id, notification.skus))
        pulls.bring_forward(hook.store_id, triggers.COMMERCE)
        pulls.bring_forward(hook.store_id, triggers.COMMERCE_LATER, after=triggers.LATER)
    elif notification.topic is not None:
        pulls.bring_forward(hook.store_id, triggers.STREAMS.get(notification.topic, ()))
    return True


def _at_marketplace(store_id: int, skus: tuple[str, ...]) -> list[str]:
    """SKUs of the shop as the marketplace spells them."""
    linked = SkuLink.objects.filter(store=store_id, commerce_sku__in=skus).values_list("sku", flat=True) if skus else ()
    return [*skus, *linked]
