"""A document of Commerce that cannot be understood is told once and hides no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync

from channel_manager.history.models import Actor, Event
from channel_manager.orders.intake import streams
from channel_manager.ports.documents import ChangedOrders, Keyset, NewShipments, UnreadableDocument
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Capabilities
from channel_manager.shared.errors import Rejected
from channel_manager.shared.sentences import say
from tests import factories

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BROKEN = UnreadableDocument(
    document_id=12,
    order_id=12,
    number="2000000012",
    path="items[0].qty_ordered",
    problem=say("Order %(number)s: %(path)s is wrong.", number="2000000012", path="items[0].qty_ordered"),
    raw={"entity_id": 12},
)


@pytest.fixture
def store(db):
    return factories.store()


def told():
    return list(Event.objects.order_by("pk").values_list("subject", "kind", "actor"))


def test_an_unreadable_order_is_told_on_the_order_once(store, caplog):
    order = factories.order(store, commerce_order_id=12)
    Event.objects.all().delete()
    page = ChangedOrders(orders=(), cursor=Keyset(updated_at=NOW), more=False, unreadable=(BROKEN,))
    for _ in range(2):
        streams.CommerceOrders().receive(store.pk, page, NOW)
    assert told() == [(order.subject, "unreadable", Actor.COMMERCE)]
    assert "items[0].qty_ordered" in caplog.text
    other = replace(BROKEN, problem=say("Order %(number)s: it is wrong elsewhere.", number="2000000012"))
    streams.CommerceOrders().receive(store.pk, replace(page, unreadable=(BROKEN, other)), NOW)
    assert len(told()) == 2


def test_an_unreadable_shipment_of_an_unknown_order_is_told_on_the_store_once(store):
    unknown = replace(BROKEN, order_id=None)
    page = NewShipments(shipments=(), more=False, unreadable=(unknown,), last_id=12)
    for _ in range(2):
        streams.CommerceShipments().receive(store.pk, page, NOW)
    assert told() == [(f"store:{store.pk}", "unreadable", Actor.COMMERCE)]


def fetched(stream, cursor, **answers):
    async def answer(value):
        return value

    calls = {name: (lambda *_, value=value, **__: answer(value)) for name, value in answers.items()}
    gateways = Gateways(marketplace=SimpleNamespace(), commerce=SimpleNamespace(**calls))
    return async_to_sync(stream.fetch)(1, cursor, gateways, NOW)


def test_the_cursors_pass_what_cannot_be_read():
    page = NewShipments(shipments=(), more=True, unreadable=(BROKEN,), last_id=200)
    assert fetched(streams.CommerceShipments(), {"last": 150}, new_shipments=page).cursor == {"last": 200, "page": 200}
    after = Keyset(updated_at=NOW + timedelta(seconds=1), order_id=12)
    orders = ChangedOrders(orders=(), cursor=after, more=True, unreadable=(BROKEN,))
    got = fetched(streams.CommerceOrders(), {}, changed_orders=orders)
    assert got.cursor["keyset"]["order_id"] == 12
    assert got.page.unreadable == (BROKEN,)


@pytest.mark.django_db(transaction=True)
def test_a_document_that_is_gone_hides_no_other_of_the_watch():
    class Commerce:
        async def order(self, order_id):
            if order_id == 1:
                raise Rejected(say("Commerce does not know this document any more."))
            return SimpleNamespace(order_id=order_id)

        async def shipments_of(self, order_id):
            if order_id == 1:
                raise Rejected(say("Commerce answers in a form that cannot be understood."))
            return (f"shipment of {order_id}",)

    store = factories.store()
    for commerce_order_id in (1, 2, 3):
        factories.order(store, commerce_order_id=commerce_order_id, reread=True)
    marketplace = SimpleNamespace(capabilities=Capabilities(tracking_correction_hours=4))
    gateways = Gateways(marketplace=marketplace, commerce=Commerce())
    page = async_to_sync(streams.CommerceWatch().fetch)(store.pk, {}, gateways, NOW).page
    assert {order.order_id for order in page.orders} == {2, 3}
    assert sorted(page.shipments) == ["shipment of 2", "shipment of 3"]
