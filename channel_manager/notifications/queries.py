"""What the settings page and the command show."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from channel_manager.notifications import addresses
from channel_manager.notifications.models import Notification, Wanted
from channel_manager.notifications.subscriptions import NAME
from channel_manager.ports.messages import Platform
from channel_manager.sync.kinds import Json
from channel_manager.sync.models import StreamCursor

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one platform has told. `last` is its newest notification."""

    day: int
    last: Notification | None


@dataclass(frozen=True, slots=True)
class Standing:
    """`compared_at` is None until the marketplace was looked at after the latest change. `problem` is an error as sync
    keeps it: of the last comparison, or of one that is being tried again since `failing_since`. `shop_address` is empty
    when the shop may not call.
    """

    public_url: str
    is_on: bool
    compared_at: datetime | None
    subscriptions: list[Json]
    problem: Json | None
    failing_since: datetime | None
    shop_address: str
    marketplace: Traffic
    shop: Traffic

    @property
    def state(self) -> str:
        if self.problem:
            return "troubled"
        if not self.is_on:
            return "off"
        return "on" if self.compared_at else "beginning"


def standing(store_id: int, now: datetime) -> Standing:
    """Seven queries."""
    wanted = Wanted.objects.filter(store=store_id).first() or Wanted(store_id=store_id)
    cursor = StreamCursor.objects.filter(store=store_id, stream=NAME).first() or StreamCursor()
    shop = addresses.in_use(store_id, Platform.COMMERCE)
    return Standing(
        public_url=addresses.base(),
        is_on=wanted.is_on,
        compared_at=wanted.compared_at,
        subscriptions=wanted.found,
        problem=cursor.error or wanted.problem,
        failing_since=cursor.failed_since,
        shop_address=addresses.of(shop) if shop else "",
        marketplace=_traffic(store_id, Platform.MARKETPLACE, now),
        shop=_traffic(store_id, Platform.COMMERCE, now),
    )


def _traffic(store_id: int, platform: Platform, now: datetime) -> Traffic:
    told = Notification.objects.filter(store=store_id, platform=platform)
    return Traffic(
        day=told.filter(received_at__gte=now - DAY).count(), last=told.order_by("-received_at", "-pk").first()
    )
