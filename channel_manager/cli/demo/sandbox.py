"""The store of the demo: made on the first run, found again on the next."""

from datetime import datetime, timedelta

from channel_manager.accounts.models import User
from channel_manager.cli import database
from channel_manager.notifications.actions import turn_on
from channel_manager.notifications.models import Wanted
from channel_manager.orders import onboarding
from channel_manager.orders.models import Treatment
from channel_manager.ports.documents import StoreView
from channel_manager.stores.actions import connect
from channel_manager.stores.models import CarrierRule, Store
from channel_manager.sync import writer

STORE = "Kitchen & Home"
USER, PASSWORD = "demo", "walmart-demo"
VIEW = StoreView(id=2, code="walmart", name="Walmart", website_code="walmart", currency="USD")
# What every fresh simulator accepts; worthless anywhere else.
SELLER = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
INTEGRATION = {
    "consumer_key": "ck-sandbox-000000000000000000000",
    "consumer_secret": "cs-sandbox-000000000000000000000",
    "access_token": "at-sandbox-000000000000000000000",
    "access_token_secret": "ts-sandbox-000000000000000000000",
}
LOOK_BACK = timedelta(days=30)
RULES = (
    {"title": "United Parcel Service", "carrier": "UPS"},
    {"carrier_code": "custom", "number_pattern": "1Z*", "carrier": "UPS"},
    {"title": "City Bikes", "other_name": "City Bikes", "tracking_url": "https://citybikes.example/parcel/{number}"},
)


def prepare(walmart_url: str, commerce_url: str, *, at: datetime) -> Store:
    """The store, pointed at simulators that may have moved to other ports, and somebody who may sign in."""
    store = Store.objects.filter(name=STORE).first()
    if store is None:
        store = _connect(walmart_url, commerce_url, at)
    elif (store.marketplace_url, store.commerce_url) != (walmart_url, commerce_url):
        store.marketplace_url, store.commerce_url = walmart_url, commerce_url
        store.save(update_fields=["marketplace_url", "commerce_url"])
    database.recognise()
    writer.take_over(store, by=None, at=at)  # a folder that was moved has its simulators with it: nobody else is there
    turn_on(store, by=None, at=at)  # again, since our own address may have moved too
    if not User.objects.filter(username=USER).exists():
        User.objects.create_superuser(USER, "", PASSWORD)
    return store


def is_subscribed() -> bool:
    """Whether Walmart tells of new orders by itself."""
    return Wanted.objects.filter(store__name=STORE, compared_at__isnull=False).exists()


def person() -> User:
    return User.objects.get(username=USER)


def _connect(walmart_url: str, commerce_url: str, at: datetime) -> Store:
    store = connect(
        name=STORE,
        marketplace_url=walmart_url,
        marketplace=SELLER,
        commerce_url=commerce_url,
        commerce=INTEGRATION,
        view=VIEW,
    )
    for position, rule in enumerate(RULES):
        CarrierRule.objects.create(store=store, position=position, **rule)
    onboarding.confirm(store, orders_from=at - LOOK_BACK, open_orders=Treatment.IMPORT, by=None, at=at)
    return store
