"""Walmart tells, we read: with real deliveries to the real endpoint, and no poll before an hour has passed."""

import pytest
from asgiref.sync import async_to_sync
from test_life_of_an_order import first_skus

from channel_manager import gateways
from channel_manager.notifications import actions, addresses
from channel_manager.notifications.models import Hook, Notification
from channel_manager.notifications.queries import standing
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.messages import Platform
from channel_manager.sync import delivery, pulls, sql
from channel_manager.worker.kinds import KINDS
from channel_manager.worker.streams import STREAMS
from tests.factories import NOON

HOUR = 3600.0
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def quiet(world, live_server, settings):
    """Notifications are on, everything was read, and nothing is due for an hour."""
    settings.PUBLIC_URL = live_server.url
    actions.turn_on(world.store, by=None, at=NOON)
    attend(world)
    assert pulls.streams_due(STREAMS) == []
    return world


def attend(world):
    """What a worker does: it reads what is due and sends what waits."""
    async_to_sync(_attend)(world)
    sql.execute("UPDATE sync_stream_cursor SET started_at = now() - interval '10 s'")


async def _attend(world):
    try:
        for store_id, name in await sql.in_transaction(pulls.streams_due)(STREAMS):
            await pulls.run(STREAMS[name], store_id, gateways.gateways_for, poll_seconds=HOUR)
        for _ in range(20):
            for lane in await sql.in_transaction(world.due)():
                await delivery.run(lane, KINDS, gateways.gateways_for)
    finally:
        await gateways.close()


def place(world):
    """A buyer orders; nothing of ours hears of it but by Walmart's own doing."""
    line = {"sku": first_skus(world, 1)[0], "quantity": 1, "price": "9.99"}
    return world.walmart.place_order(lines=[line])


def statuses(world):
    """Of each delivery, the answers it got."""
    return [[attempt["status"] for attempt in one["attempts"]] for one in world.walmart.settle_deliveries()]


def state(world):
    return standing(world.store.pk, NOON)


def test_turned_on_walmart_lists_our_subscriptions(quiet):
    listed = quiet.walmart.subscriptions()
    assert {one["event_url"] for one in listed} == {addresses.of(Hook.objects.get())}
    assert {"PO_CREATED", "PO_LINE_AUTOCANCELLED", "INTENT_TO_CANCEL"} <= {one["event_type"] for one in listed}
    assert state(quiet).state == "on"


def test_an_order_appears_through_its_notification(quiet):
    number = place(quiet)
    assert statuses(quiet) == [[200]]
    assert Notification.objects.get().order_number == number

    attend(quiet)

    assert quiet.has_commerce_order(number)


def test_without_a_notification_it_waits_for_the_poll(quiet):
    actions.turn_off(quiet.store, by=None, at=NOON)
    attend(quiet)
    assert quiet.walmart.subscriptions() == []

    number = place(quiet)
    assert statuses(quiet) == []
    attend(quiet)
    assert not PurchaseOrder.objects.filter(number=number).exists()

    quiet.settle()
    assert quiet.has_commerce_order(number)


def test_duplicates_in_any_order_make_one_order_each(quiet):
    quiet.walmart.set_notification_options(copies=2, order="reversed")
    numbers = {place(quiet) for _ in range(3)}
    assert {answer for answers in statuses(quiet) for answer in answers} == {200}
    assert Notification.objects.count() == 3

    attend(quiet)
    for told in quiet.walmart.deliveries():
        quiet.walmart.redeliver(told["delivery_id"])
    assert {answer for answers in statuses(quiet) for answer in answers} == {200}
    attend(quiet)

    assert set(PurchaseOrder.objects.values_list("number", flat=True)) == numbers
    assert sorted(order["ext_order_id"] for order in quiet.commerce.orders()) == sorted(numbers)
    assert Notification.objects.count() == 3


def test_a_cancellation_by_walmart_is_told_too(quiet):
    number = place(quiet)
    quiet.walmart.settle_deliveries()
    attend(quiet)

    quiet.walmart.advance_clock(8 * 24 * HOUR)
    quiet.walmart.settle_deliveries()
    assert "PO_LINE_AUTOCANCELLED" in Notification.objects.values_list("event", flat=True)
    assert {name for _store, name in pulls.streams_due(STREAMS)} >= {"changes_seller"}
    attend(quiet)

    assert quiet.order(number).lines.get().reported_cancelled == 1


def test_a_lost_delivery_is_healed_by_the_poll(quiet, settings):
    settings.PUBLIC_URL = NOWHERE
    actions.turn_on(quiet.store, by=None, at=NOON)
    attend(quiet)
    number = place(quiet)
    assert statuses(quiet) == [[None]]
    attend(quiet)
    assert not PurchaseOrder.objects.filter(number=number).exists()

    quiet.settle()

    assert quiet.has_commerce_order(number)


def test_a_delivery_that_comes_after_the_poll_changes_nothing(quiet):
    quiet.walmart.set_notification_options(delay_seconds=HOUR)
    number = place(quiet)
    quiet.settle()
    before = len(quiet.commerce.orders()), PurchaseOrder.objects.get(number=number).status

    quiet.walmart.advance_clock(HOUR)
    assert statuses(quiet)[0] == [200]
    attend(quiet)

    assert (len(quiet.commerce.orders()), PurchaseOrder.objects.get(number=number).status) == before


def test_a_wrong_password_triggers_nothing(quiet):
    Hook.objects.update(secret=addresses.sealed(Platform.MARKETPLACE))
    number = place(quiet)

    assert statuses(quiet) == [[401]]
    assert not Notification.objects.exists()
    assert pulls.streams_due(STREAMS) == []
    attend(quiet)
    assert not PurchaseOrder.objects.filter(number=number).exists()


@pytest.mark.parametrize(("method", "kind"), [("POST", "lost_reply"), ("POST", "reset"), ("GET", "lost_reply")])
def test_a_subscription_survives_a_lost_reply(world, live_server, settings, method, kind):
    settings.PUBLIC_URL = live_server.url
    world.walmart.faults_add(kind, method=method, path="/v3/webhooks/subscriptions$")
    actions.turn_on(world.store, by=None, at=NOON)
    attend(world)
    assert state(world).state == "troubled"

    pulls.request(world.store.pk, "notifications")
    attend(world)

    events = [one["event_type"] for one in world.walmart.subscriptions()]
    assert len(events) == len(set(events)) == len(state(world).subscriptions)
    assert state(world).state == "on"


def test_a_renewed_password_replaces_every_subscription(quiet):
    before = {one["subscription_id"] for one in quiet.walmart.subscriptions()}
    actions.renew(quiet.store, by=None, at=NOON)
    attend(quiet)

    listed = quiet.walmart.subscriptions()
    assert {one["subscription_id"] for one in listed}.isdisjoint(before)
    assert {one["event_url"] for one in listed} == {addresses.of(Hook.objects.get())}
    number = place(quiet)
    assert statuses(quiet)[-1] == [200]
    attend(quiet)
    assert quiet.has_commerce_order(number)
