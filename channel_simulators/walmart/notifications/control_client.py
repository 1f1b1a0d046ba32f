"""What a test does with notifications."""

from collections.abc import Mapping
from typing import Any

from channel_simulators.walmart.control.calls import JSON, ControlCalls


class NotificationsControl(ControlCalls):
    def subscriptions(self) -> list[JSON]:
        return self._list("GET", "/notifications/subscriptions")

    def deliveries(self) -> list[JSON]:
        """Oldest first: event_id, event_type, subscription_id, body (text), due_at, outcome (waiting, delivered,
        dropped) and attempts (at, status, error).
        """
        return self._list("GET", "/notifications/deliveries")

    def settle_deliveries(self) -> list[JSON]:
        """Wait until nothing is due or on its way; the deliveries then. Raise ControlError after eight seconds."""
        return self._list("POST", "/notifications/settling")

    def redeliver(self, delivery_id: str) -> JSON:
        """Send it once more, whatever became of it."""
        return self._object("POST", f"/notifications/deliveries/{delivery_id}/redelivery", {})

    def send_event(self, event_type: str, payload: Mapping[str, Any], *, account: str | None = None) -> None:
        asked = {"event_type": event_type, "payload": payload, "account": account}
        self._object("POST", "/notifications/events", asked)

    def notification_options(self) -> JSON:
        return self._object("GET", "/notifications/options")

    def set_notification_options(self, **options: Any) -> JSON:
        """The fields of `notifications.state.NotificationOptions`."""
        return self._object("POST", "/notifications/options", options)
