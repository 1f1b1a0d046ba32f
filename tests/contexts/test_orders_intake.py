"""Receiving pages of purchase orders: durable, once, whole pages, and cheap."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channel_manager.history.models import Event
from channel_manager.orders import onboarding
from channel_manager.orders.intake import purchase_orders
from channel_manager.orders.intake.streams import ReleasedOrders
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import OrderLine, PurchaseOrder, Status, Treatment
from channel_manager.orders.operations.acknowledgement import MARGIN
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import (
    Address,
    Capabilities,
    Fulfilment,
    IncomingLine,
    IncomingOrder,
    LineCharges,
    LineState,
    OrdersPage,
    ReportedQuantity,
    UnreadableOrder,
)
from channel_manager.shared.sentences import say
from channel_manager.stores.models import AcknowledgePolicy, OrderRules
from channel_manager.sync import pulls
from channel_manager.sync.models import StreamCursor, SyncOperation
from tests import factories

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
QUERIES_OF_A_NEW_PAGE = 9
ADDRESS = Address(name="Robin Doe", street=("1 Main",), city="X", state="IL", postcode="62701", country="US", phone="5")


@pytest.fixture
def store(db):
    return factories.store()


def line(number="1", sku="CAP", quantity=2, *, price="10.00", asked=False, **states):
    """`states`: units by name of the line's state; the rest is created."""
    states = {"created": quantity - sum(states.values())} | states
    reported = [ReportedQuantity(state=LineState(name), quantity=units) for name, units in states.items() if units]
    return IncomingLine(
        number=number,
        sku=sku,
        name=sku,
        quantity=quantity,
        charges=LineCharges(product=Decimal(price) * quantity),
        reported=tuple(reported),
        buyer_asked_to_cancel=asked,
    )


def incoming(number="101", *lines, **facts):
    facts = {
        "number": number,
        "customer_order_number": f"2{number}",
        "ordered_at": NOW - timedelta(minutes=5),
        "ship_by": NOW + timedelta(days=2),
        "deliver_by": NOW + timedelta(days=5),
        "ship_method": "VALUE",
        "fulfilment": Fulfilment.SELLER,
        "replacement_for": None,
        "email": "buyer@relay.walmart.example",
        "address": ADDRESS,
        "lines": lines or (line(),),
        "currency": "USD",
        "stated_total": None,
    } | facts
    return IncomingOrder(**facts, raw={"number": number, "shown": repr(facts)})


def unreadable(number="666", **raw):
    return UnreadableOrder(number=number, problem=say("orderLines is missing."), raw={"bad": number} | raw)


def receive(store, *orders, now=NOW):
    purchase_orders.receive(store, orders, now=now)


def order(number="101"):
    return PurchaseOrder.objects.get(number=number)


def operations():
    return sorted(SyncOperation.objects.values_list("kind", "subject"))


def everything():
    models = (PurchaseOrder, OrderLine, Event, SyncOperation)
    return [[model_to_dict(row) for row in model.objects.order_by("pk")] for model in models]


# ---- a page ------------------------------------------------------------------------------------------------------


def test_a_new_order_has_its_facts_its_history_and_its_first_intentions(store):
    receive(store, incoming("101", line("1", "CAP", 2), line("2", "MUG", 1, price="4.50")))
    found = order()
    assert (found.total, found.status, found.treatment) == (Decimal("24.50"), Status.OPEN, Treatment.IMPORT)
    assert found.acknowledge_by == NOW - timedelta(minutes=5) + timedelta(hours=4)
    assert [(row.number, row.sku, row.quantity, row.reported_created) for row in found.lines.all()] == [
        ("1", "CAP", 2, 2),
        ("2", "MUG", 1, 1),
    ]
    assert [event.kind for event in Event.objects.all()] == ["received"]
    assert operations() == [("acknowledge", found.subject), ("create_commerce_order", found.subject)]


@pytest.mark.parametrize("orders", [1, 50])
def test_a_new_page_costs_the_same_queries_however_long_it_is(store, orders, django_assert_num_queries):
    store = type(store).objects.select_related("rules").get(pk=store.pk)
    page = [incoming(str(number)) for number in range(101, 101 + orders)]
    with django_assert_num_queries(QUERIES_OF_A_NEW_PAGE):
        receive(store, *page)
    assert PurchaseOrder.objects.count() == OrderLine.objects.count() == orders
    assert SyncOperation.objects.count() == 2 * orders


def test_an_unchanged_page_writes_nothing(store):
    page = [incoming("101"), incoming("102", line(shipped=1, acknowledged=1)), unreadable()]
    receive(store, *page)
    before = everything()
    receive(store, *page, now=NOW + timedelta(hours=1))
    assert everything() == before


@settings(derandomize=True, max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=4))
def test_overlapping_pages_in_any_cut_receive_each_order_once(db, pages):
    known = [incoming(str(101 + number)) for number in range(6)]
    try:
        with transaction.atomic():
            store = factories.store()
            for page in pages:
                receive(store, *(known[number] for number in page))
            numbers = {str(101 + number) for page in pages for number in page}
            assert set(store.orders.values_list("number", flat=True)) == numbers
            assert store.orders.count() == Event.objects.filter(store=store).count() == len(numbers)
            assert SyncOperation.objects.filter(store=store).count() == 2 * len(numbers)
            raise RollBack
    except RollBack:
        pass


class RollBack(Exception):
    pass


def test_a_changed_order_is_brought_to_what_is_shown_and_keeps_what_vanished(store):
    receive(store, incoming())
    shipped = incoming("101", line(shipped=1, acknowledged=1), ship_by=None, deliver_by=None, email="")
    receive(store, shipped)
    found = order()
    assert found.status == Status.PARTIALLY_SHIPPED
    assert (found.ship_by, found.email) == (NOW + timedelta(days=2), "buyer@relay.walmart.example")
    assert found.acknowledged_at
    assert [event.kind for event in Event.objects.order_by("pk")] == ["received", "acknowledged", "shipped_outside"]


def test_charges_are_those_of_the_first_sight(store):
    """Cancelled lines come back with zero amounts (walmart-api §2.9)."""
    receive(store, incoming())
    receive(store, incoming("101", line(price="0.00", cancelled=2)))
    assert order().lines.get().product == Decimal("20.00")
    assert order().status == Status.CANCELED


def test_an_order_finished_before_it_was_seen_gets_no_commerce_order(store):
    receive(store, incoming("101", line(delivered=2)), incoming("102", line(cancelled=2)))
    assert [order("101").status, order("102").status] == [Status.SHIPPED, Status.CANCELED]
    assert operations() == []


def test_one_bad_order_beside_good_ones_is_stored_raw_and_shown(store):
    receive(store, incoming("101"), unreadable("666"), incoming("102"))
    bad = order("666")
    assert (bad.has_error, bad.needs_action, bad.raw_latest) == (True, True, {"bad": "666"})
    assert bad.details[0]["template"] == "orderLines is missing."
    assert {order("101").has_error, order("102").has_error} == {False}
    assert not SyncOperation.objects.filter(subject=bad.subject).exists()


def test_a_bad_order_without_a_number_is_shown_once(store):
    receive(store, unreadable("", seen=1))
    receive(store, unreadable("", seen=1))
    receive(store, unreadable("", seen=2))
    assert PurchaseOrder.objects.count() == 2


def test_an_unreadable_order_goes_on_by_itself_once_it_can_be_read(store):
    receive(store, unreadable("101"))
    receive(store, incoming("101"))
    found = order()
    assert (found.problem, found.has_error, found.lines.count()) == (None, False, 1)
    assert found.total == Decimal("20.00")
    assert found.treatment == Treatment.IMPORT
    assert operations() == [("acknowledge", found.subject), ("create_commerce_order", found.subject)]


def test_an_order_that_was_readable_and_no_longer_is_keeps_its_life(store):
    receive(store, incoming())
    receive(store, unreadable("101"))
    assert (order().lines.count(), order().total) == (1, Decimal("20.00"))


# ---- a page as one transaction -----------------------------------------------------------------------------------


class Pages:
    """A marketplace that shows these pages, one after the other."""

    capabilities = Capabilities(acknowledge_hours=4)

    def __init__(self, *pages):
        self.pages = pages

    async def released_orders(self, *, cursor=None, **_):
        number = int(cursor or 0)
        following = str(number + 1) if number + 1 < len(self.pages) else None
        return OrdersPage(orders=tuple(self.pages[number]), next_cursor=following)


class Crashing(ReleasedOrders):
    """The process dies after the rows of the page that begins with this number."""

    def __init__(self, number):
        self.number = number

    def receive(self, store_id, page, now):
        super().receive(store_id, page, now)
        if page.orders[0].number == self.number:
            raise RuntimeError("killed")


def pull(stream, store, marketplace):
    async def gateways_for(store_id):
        return Gateways(marketplace=marketplace, commerce=SimpleNamespace())

    async_to_sync(pulls.run)(stream, store.pk, gateways_for, poll_seconds=0)


def test_a_crash_takes_the_rows_of_its_page_and_the_cursor_back(transactional_db, caplog):
    store = factories.store()
    shop = Pages([incoming("101")], [incoming("102"), incoming("103")])
    pull(Crashing("102"), store, shop)
    assert list(PurchaseOrder.objects.values_list("number", flat=True)) == ["101"]
    assert SyncOperation.objects.count() == 2
    assert StreamCursor.objects.get().cursor["next"] == "1"
    pull(ReleasedOrders(), store, shop)
    assert sorted(PurchaseOrder.objects.values_list("number", flat=True)) == ["101", "102", "103"]
    assert SyncOperation.objects.count() == 6
    assert StreamCursor.objects.get().cursor.get("next") is None


# ---- what becomes of an order ------------------------------------------------------------------------------------


@pytest.fixture
def unconfirmed(db):
    return factories.store(confirmed_at=None, orders_from=None)


def test_before_the_store_is_confirmed_orders_are_shown_and_nothing_is_sent(unconfirmed):
    receive(unconfirmed, incoming())
    assert order().treatment == Treatment.UNDECIDED
    assert order().details == [{"template": "Waiting until the store is confirmed.", "values": {}}]
    assert operations() == []


@pytest.mark.parametrize(
    ("open_orders", "of_the_old"),
    [
        (Treatment.IMPORT, ["acknowledge", "create_commerce_order"]),
        (Treatment.LINK, ["acknowledge", "create_commerce_order"]),
        (Treatment.IGNORE, []),
    ],
)
def test_the_merchant_decides_about_orders_that_are_open_already(unconfirmed, open_orders, of_the_old):
    receive(unconfirmed, incoming("101", ordered_at=NOW - timedelta(days=2)), incoming("102"))
    receive(unconfirmed, incoming("103", fulfilment=Fulfilment.MARKETPLACE))
    onboarding.confirm(unconfirmed, orders_from=NOW - timedelta(days=1), open_orders=open_orders, by=None, at=NOW)
    assert [order(number).treatment for number in ("101", "102", "103")] == [open_orders, "import", "ignore"]
    asked = {
        number: [kind for kind, subject in operations() if subject == order(number).subject]
        for number in ("101", "102", "103")
    }
    assert asked == {"101": of_the_old, "102": ["acknowledge", "create_commerce_order"], "103": []}


def test_a_mismatch_found_before_the_confirmation_is_acknowledged_after_it(unconfirmed):
    receive(unconfirmed, incoming("101", stated_total=Decimal("20.01")), unreadable("666"))
    onboarding.confirm(unconfirmed, orders_from=NOW - timedelta(days=1), open_orders=Treatment.IGNORE, by=None, at=NOW)
    assert (order("101").treatment, order("101").has_error) == (Treatment.IMPORT, True)
    assert operations() == [("acknowledge", order("101").subject)]
    assert order("666").treatment == Treatment.UNDECIDED


def test_a_store_is_confirmed_once_and_with_a_decision(unconfirmed):
    confirm = {"orders_from": NOW, "by": None, "at": NOW}
    with pytest.raises(NotPossible) as refused:
        onboarding.confirm(unconfirmed, open_orders=Treatment.UNDECIDED, **confirm)
    assert refused.value.field == "open_orders"
    onboarding.confirm(unconfirmed, open_orders=Treatment.IGNORE, **confirm)
    with pytest.raises(NotPossible):
        onboarding.confirm(unconfirmed, open_orders=Treatment.IMPORT, **confirm)


def test_orders_placed_before_the_start_are_left_alone(store):
    receive(store, incoming("101", ordered_at=store.orders_from - timedelta(seconds=1)))
    assert order().treatment == Treatment.IGNORE
    assert operations() == []


def test_wfs_orders_are_never_touched(store):
    receive(store, incoming("101", fulfilment=Fulfilment.MARKETPLACE))
    assert order().read_only
    assert operations() == []


def test_a_total_that_does_not_add_up_blocks_the_creation_but_not_the_acknowledgement(store):
    receive(store, incoming("101", stated_total=Decimal("20.01")), incoming("102", stated_total=Decimal("20.00")))
    wrong, right = order("101"), order("102")
    assert (wrong.has_error, right.has_error) == (True, False)
    assert wrong.problem["values"] == {"stated": "20.01", "charged": "20.00"}
    assert [kind for kind, subject in operations() if subject == wrong.subject] == ["acknowledge"]


def test_a_foreign_currency_blocks_the_creation(store):
    receive(store, incoming("101", currency="CAD"))
    assert order().has_error
    assert operations() == [("acknowledge", order().subject)]


@pytest.mark.parametrize(
    ("policy", "due"),
    [
        (AcknowledgePolicy.CREATED, NOW - timedelta(minutes=5) + timedelta(hours=4) - MARGIN),
        (AcknowledgePolicy.RECEIVED, "now"),
        (AcknowledgePolicy.CREATED_ONLY, None),
    ],
)
def test_acknowledge_policies(store, policy, due):
    OrderRules.objects.filter(store=store).update(acknowledge=policy)
    receive(type(store).objects.get(pk=store.pk), incoming())
    found = SyncOperation.objects.filter(kind="acknowledge").first()
    if due is None:
        assert found is None
    elif due == "now":
        assert found.due_at <= timezone.now()
    else:
        assert found.due_at == due
        assert found.due_at < found.deadline - timedelta(minutes=15), "time is left for retries"


def test_an_order_acknowledged_elsewhere_is_not_acknowledged_again(store):
    receive(store, incoming("101", line(acknowledged=2)))
    assert order().acknowledged_at
    assert operations() == [("create_commerce_order", order().subject)]


def test_a_buyers_request_is_seen_and_its_withdrawal_too(store):
    receive(store, incoming())
    receive(store, incoming("101", line(asked=True)))
    assert (order().needs_action, bool(order().buyer_asked_at)) == (True, True)
    receive(store, replace(incoming(), raw={"withdrawn": True}))
    assert (order().needs_action, order().buyer_asked_at) == (False, None)


def test_a_total_that_adds_up_later_is_created_then(store):
    receive(store, incoming("101", stated_total=Decimal("24.00")))
    receive(store, incoming("101", line(price="12.00"), stated_total=Decimal("24.00")))
    found = order()
    assert (found.has_error, found.total, found.lines.get().product) == (False, Decimal("24.00"), Decimal("24.00"))
    assert ("create_commerce_order", found.subject) in operations()


def test_a_known_order_that_cannot_be_read_any_more_says_so_until_it_can(store):
    receive(store, incoming("101"))
    receive(store, unreadable("101"))
    assert (order().has_error, order().details[0]["template"]) == (True, "orderLines is missing.")
    receive(store, incoming("101", line(shipped=1)))
    assert (order().has_error, order().status) == (False, Status.PARTIALLY_SHIPPED)
