"""`channel-manager store list` and `check`."""

import json

from channel_manager.cli.people import named_store
from channel_manager.cli.stores import checks
from channel_manager.cli.terminal import say, show
from channel_manager.stores.models import Store
from channel_manager.sync import writer
from channel_manager.sync.health import health


def list_all(*, as_json: bool) -> None:
    rows = [_row(store) for store in Store.objects.select_related("read_only").order_by("name")]
    if as_json:
        say(json.dumps(rows, indent=2))
    elif rows:
        heads = ("Store", "Walmart account", "Commerce", "Store view", "State", ">Failed", ">Waiting")
        show([list(row.values()) for row in rows], *heads)
    else:
        say("There are no stores. Connect one with `channel-manager store add`.")


def check_stores(name: str | None) -> bool:
    """Whether every check passed. Raises Stop for an unknown store."""
    stores = [named_store(name)] if name else list(Store.objects.filter(is_active=True).order_by("name"))
    if not stores:
        say("There are no stores to test.")
    passed = True
    for store in stores:
        say(f"{store.name}:")
        passed = checks.tell(checks.of_store(store.pk)) and passed
    return passed


def _row(store: Store) -> dict[str, str | int]:
    found = health(store.pk)
    state = _state(store, connected=found.connected)
    return {
        "name": store.name,
        "walmart_account": store.marketplace_account,
        "commerce_url": store.commerce_url,
        "store_view": store.store_code,
        "state": "read-only: see store take-over" if writer.of(store) else state,
        "failed_operations": found.failed,
        "waiting_operations": found.waiting,
    }


def _state(store: Store, *, connected: bool) -> str:
    if not store.is_active:
        return "switched off"
    if store.confirmed_at is None:
        return "waiting to be confirmed"
    return "connected" if connected else "a platform does not answer as it should"
