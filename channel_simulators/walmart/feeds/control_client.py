"""The feeds' part of the control client. Methods without `account` mean the sandbox account."""

from collections.abc import Mapping
from typing import Any

from channel_simulators.walmart.control.calls import JSON, ControlCalls


class FeedsControl(ControlCalls):
    def feeds(self) -> list[JSON]:
        """Facts in the order of submission: feed_id, feed_type, status, received, fault, rows with sku and status."""
        return self._list("GET", "/feeds")

    def finish_feeds(self) -> None:
        """Process all that wait, without moving the clock."""
        self._object("POST", "/feed-processing", {})

    def fail_rows(
        self,
        rows: Mapping[str, Mapping[str, str]],
        *,
        times: int = 1,
        feed_type: str | None = None,
        account: str | None = None,
    ) -> None:
        """By SKU: type (DATA_ERROR, SYSTEM_ERROR, TIMEOUT_ERROR), code, description, field. The row changes nothing."""
        asked = {"rows": rows, "times": times, "feed_type": feed_type, "account": account}
        self._object("POST", "/feed-row-failures", asked)

    def fail_files(self, times: int = 1, **fault: str) -> None:
        """The next files end in ERROR with this type, code and description."""
        self._object("POST", "/feed-file-failures", {"fault": fault, "times": times})

    def feed_options(self) -> JSON:
        return self._object("GET", "/feed-options")

    def set_feed_options(self, **options: Any) -> JSON:
        """The fields of `feeds.state.FeedOptions`."""
        return self._object("POST", "/feed-options", options)
