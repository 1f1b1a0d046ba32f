"""What the owner hears while platforms refuse us, and what goes on meanwhile."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core import mail
from django.utils import timezone
from test_life_of_an_order import UPS, first_skus, place

from channel_manager.alerts import actions, addresses
from channel_manager.alerts.models import Channel
from channel_manager.alerts.rules.ladder import DEADLINES, Kind
from channel_manager.sync import sql, writer
from channel_manager.sync.models import Installation, PlatformPause, StreamCursor
from channel_manager.worker import tasks


@pytest.fixture
def told(world, settings):
    """The subjects and bodies of what has arrived."""
    settings.EMAIL_HOST = "mail.example"
    kinds = [kind for kind in Kind if kind not in DEADLINES]
    channel = Channel(store=world.store, name="Owner", kinds=kinds, quiet_minutes=0, tells_solved=True)
    actions.save(channel, address=addresses.read("owner@example.com"), by=None, at=timezone.now())

    def listen():
        async_to_sync(tasks.watch_alerts)()
        async_to_sync(tasks.send_alerts)()
        return [message.body for message in mail.outbox]

    return listen


def order(world):
    return world.walmart.place_order(lines=[{"sku": first_skus(world, 1)[0], "quantity": 1, "price": "9.99"}])


def go_on(world):
    """A few rounds, each with a probe of what is paused."""
    for _ in range(3):
        world.turn()
        world.hurry()


def comes_due(world, number):
    """The time of the acknowledgement that is made before the deadline, whatever happens, has come."""
    subject = world.order(number).subject
    changed = sql.execute(
        "UPDATE sync_operation SET due_at = now() WHERE subject = %s AND kind = 'acknowledge'", [subject]
    )
    assert changed == 1


def acknowledged(world, number):
    return world.walmart.order(number)["lines"][0]["acknowledged"]


def test_while_commerce_refuses_the_keys_the_owner_is_told_once_and_walmart_goes_on(world, told):
    world.commerce.set_integration(active=False)
    first = order(world)
    world.settle()
    assert told()[0].startswith("Commerce does not answer as it should:")
    assert PlatformPause.objects.get().platform == "commerce"

    second = order(world)
    go_on(world)
    comes_due(world, first)
    comes_due(world, second)
    go_on(world)

    assert world.order(second).commerce_number == ""
    assert (acknowledged(world, first), acknowledged(world, second)) == (1, 1)
    assert [body.partition(":")[0] for body in told()] == ["Commerce does not answer as it should"]
    assert PlatformPause.objects.count() == 1

    world.commerce.set_integration(active=True)
    world.settle()

    assert world.order(first).commerce_number
    assert world.order(second).commerce_number
    assert PlatformPause.objects.count() == 0
    assert "Solved again:\n- Commerce does not answer as it should" in told()[-1]
    assert len(world.commerce.orders()) == 2


def test_while_walmart_refuses_the_keys_commerce_goes_on(world, told):
    number = place(world, 2)
    world.walmart.set_scopes(orders="no_access")
    world.commerce.ship(number, None, [UPS])
    go_on(world)

    assert PlatformPause.objects.get().platform == "marketplace"
    assert world.order(number).shipments.count() == 1
    read = StreamCursor.objects.filter(store=world.store, stream__startswith="commerce_")
    assert all(stream.error is None and stream.finished_at for stream in read)
    assert told()[0].startswith("Walmart does not answer as it should:")
    assert told() == told()[:1]

    world.walmart.set_scopes(orders="full_access")
    world.settle()

    assert PlatformPause.objects.count() == 0
    assert world.at_walmart(number) == {"1": ([(2, "UPS", UPS[2])], 0, 0)}
    assert "Solved again:" in told()[-1]


def test_a_copy_reads_on_and_sends_nothing_until_an_owner_says_so(world, told):
    number = place(world, 1)
    writer.recognise()
    Installation.objects.update(system="1")
    assert writer.recognise() == [world.store]
    sent = len(writes(world))

    arrived = order(world)
    world.commerce.ship(number, None, [UPS])
    world.turn()
    world.turn()

    assert len(writes(world)) == sent
    assert world.order(arrived).commerce_number == ""
    assert world.order(number).shipments.count() == 1
    assert told()[0].startswith("This store is read-only: This database was copied or moved")

    writer.take_over(world.store, by=world.alice, at=timezone.now())
    world.settle()

    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2])], 0, 0)}
    assert world.order(arrived).commerce_number
    assert "Solved again:\n- This store is read-only" in told()[-1]


def writes(world):
    """What was sent to Walmart and Commerce, but for tokens."""
    made = [*world.walmart.requests(), *world.commerce.requests()]
    return [one for one in made if one["method"] != "GET" and not one["path"].endswith("/token")]


def test_orders_that_somebody_else_acknowledges_are_a_sign_of_another_installation(world, told):
    for _ in range(4):
        number = order(world)
        world.walmart.acknowledge_elsewhere(number)
    world.settle()
    sql.execute("UPDATE stores_store SET confirmed_at = confirmed_at - %s", [timedelta(hours=1)])
    (body,) = told()
    assert "Somebody else works on this account: 4 of the last 4 orders were acknowledged by somebody else." in body
