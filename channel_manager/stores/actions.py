"""What an owner decides about a store."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from channel_manager.ports.documents import StoreView
from channel_manager.stores import credentials
from channel_manager.stores.models import OrderRules, Store


@transaction.atomic
def connect(
    *,
    name: str,
    marketplace_url: str,
    marketplace: Mapping[str, str],
    commerce_url: str,
    commerce: Mapping[str, str],
    view: StoreView,
    signing_url: str = "",
    admin_url: str = "",
) -> Store:
    """Join a seller account to a store view. Nothing is written to either until the store is confirmed.

    Raises IntegrityError when the account, the store view or the name belongs to a store already.
    """
    store = Store.objects.create(
        name=name,
        marketplace_url=marketplace_url.rstrip("/"),
        marketplace_account=marketplace["client_id"],
        marketplace_credentials=credentials.seal(dict(marketplace)),
        commerce_url=commerce_url.rstrip("/"),
        commerce_signing_url=signing_url.rstrip("/"),
        commerce_admin_url=admin_url.rstrip("/"),
        commerce_credentials=credentials.seal(dict(commerce)),
        store_code=view.code,
        store_view_id=view.id,
        website_code=view.website_code,
        currency=view.currency,
    )
    OrderRules.objects.create(store=store)
    return store


def change_credentials(store: Store, *, marketplace: Mapping[str, str], commerce: Mapping[str, str]) -> None:
    """Seal new credentials. Raises IntegrityError when the account belongs to another store."""
    store.marketplace_account = marketplace["client_id"]
    store.marketplace_credentials = credentials.seal(dict(marketplace))
    store.commerce_credentials = credentials.seal(dict(commerce))
    store.save(update_fields=["marketplace_account", "marketplace_credentials", "commerce_credentials"])


def confirm(store: Store, *, orders_from: datetime, at: datetime) -> None:
    """Let the store write from now on. Orders placed before `orders_from` are the caller's to decide."""
    store.orders_from = orders_from
    store.confirmed_at = at
    store.save(update_fields=["orders_from", "confirmed_at"])
