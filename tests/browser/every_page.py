"""A store with something on it of all that its pages can show, and the addresses of those pages."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from channel_manager.accounts.models import Role
from channel_manager.alerts import actions, addresses
from channel_manager.alerts.models import Channel, Message
from channel_manager.orders.models import Hold
from channel_manager.orders.page.models import BulkRun
from channel_manager.orders.troubles import troubles as groups_of
from channel_manager.reconciliation.models import Finding, Run
from channel_manager.shared.sentences import say
from channel_manager.sync.models import PlatformPause, ReadOnly, StreamCursor
from tests import factories
from tests.web import goods, troubles

LONG_SKU = "A-VERY-LONG-SKU-THAT-NEVER-ENDS-0123456789"


def walk(visit, addresses, **options):
    """Each address with a page that shows it, the one for signing in first."""
    stranger = visit(stranger=True, **options)
    stranger.goto("/sign-in")
    yield "/sign-in", stranger
    page = visit(**options)
    for address in addresses:
        answer = page.goto(address)
        assert answer.status == (404 if address == "/nothing" else 200), address
        yield address, page


def addresses_of(store):
    """Every page that people open, some in more than one state. Alice, who may do everything, looks at them."""
    alice = factories.user("alice", store=store, role=Role.OWNER, is_staff=True)
    StreamCursor.objects.create(store=store, stream="released", finished_at=timezone.now())
    PlatformPause.objects.create(
        store=store,
        platform="commerce",
        sentence=say("Walmart refused the tracking number.").as_json(),
        next_check_at=timezone.now(),
    )
    base = f"/stores/{store.pk}"
    parts = (_orders, _errors, _returns, _listings, _checks, _settings)
    own = [f"{base}{rest}" for part in parts for rest in part(store, alice)]
    return ["/", "/design", "/nothing", *own, f"/stores/{_copied(alice).pk}/take-over"]


def _copied(alice):
    """Another store, whose database was moved."""
    store = factories.store("Garden")
    factories.Membership.objects.create(user=alice, store=store, role=Role.OWNER)
    before = {"system": "1", "database": "16384", "host": "machine-1", "folder": "/srv/var"}
    ReadOnly.objects.create(store=store, found={"before": before, "here": before | {"system": "3"}})
    return store


def _orders(store, alice):
    now = timezone.now()
    order = factories.order(store, lines=[("SKU-1", 3), (LONG_SKU, 2)], ship_by=now)
    parcel = factories.shipment(order, quantities={"1": 1}, by=alice)
    factories.cancellation(order, quantities={"2": 1}, by=alice)
    factories.event(order, user=alice)
    operation = factories.operation(order)
    factories.attempt(operation)
    asking = factories.cancellation(factories.order(store), quantities={"1": 1}, reason="", origin="commerce")
    late = factories.order(store, ship_by=now - timedelta(hours=3), ship_method="EXPEDITED")
    run = BulkRun.objects.create(store=store, user=alice, kind="ship", rows=_rows(order, parcel), recorded_at=now)
    return [
        "/orders",
        "/orders?search=nothing",
        "/orders?card=at_risk",
        "/orders/shipments",
        f"/orders/runs/{run.pk}",
        f"/orders/{order.pk}",
        f"/orders/{order.pk}/shipment",
        f"/orders/{order.pk}/cancellation",
        f"/orders/{order.pk}/certificate",
        f"/orders/{order.pk}/shipments/{parcel.pk}/tracking",
        f"/orders/{asking.order_id}/cancellations/{asking.pk}/reason",
        f"/orders/{late.pk}",
        "/activity",
        f"/activity/{operation.pk}",
        f"/activity/{operation.pk}/settlement",
        f"/activity/{operation.pk}/case-file",
    ]


def _errors(store, alice):
    """What people mend, in place and many at once."""
    unknown = troubles.unknown_product(store)
    troubles.unknown_product(store)
    held = factories.shipment(factories.order(store), by=alice, hold=Hold.CARRIER)
    group = max(groups_of([store.pk])[store.pk], key=lambda one: one.orders)
    return [
        f"/activity/{unknown.pk}/fix",
        f"/activity/errors/{group.key}",
        f"/orders/{held.order_id}/shipments/{held.pk}/carrier",
    ]


def _rows(order, parcel):
    """One that is under way and one that was left out."""
    row = {"place": 1, "order": order.pk, "typed": order.number, "sku": "SKU-1", "quantity": "1", "units": {"1": 1}}
    row |= {"carrier": "UPS", "number": "1Z999AA10123456784", "parcel": str(parcel.marker), "refusal": None}
    refusal = say("No order of this store has this number.").as_json()
    return [row, row | {"place": 2, "order": None, "typed": "404", "parcel": None, "refusal": refusal}]


def _returns(store, alice):
    returned = factories.return_(factories.shipped_order(store), delivered=True)
    sold = returned.lines.first().order
    with transaction.atomic():
        refund = factories.refund(sold, parent=returned, lines={"1": 1}, by=alice)
    return [
        "/returns",
        "/returns?card=refunded",
        f"/returns/{returned.pk}",
        f"/returns/{returned.pk}/orders/{sold.pk}/credit-memo",
        f"/orders/{sold.pk}/refunds/{refund.pk}/decision",
    ]


def _listings(store, _alice):
    goods.rules(store)
    listing = goods.listing(store, "WHISK-11")
    goods.level(goods.listing(store), "price", wanted=20, sent=10, held=goods.ASKS.as_json())
    goods.level(goods.listing(store), "stock", error=factories.error(say("Walmart refused the tracking number.")))
    feed = goods.feed(store, [("WHISK-11", 10, "accepted"), ("KNIFE-8", 3, "refused")])
    return [
        "/listings",
        f"/listings/{listing.pk}",
        "/listings/comparison/stock",
        "/listings/comparison/price",
        f"/settings/stock-and-price/feeds/{feed.pk}",
    ]


def _checks(store, _alice):
    now = timezone.now()
    run = Run.objects.create(
        store=store,
        state="done",
        since=now - timedelta(days=30),
        until=now,
        begun_at=now,
        finished_at=now,
        actor="rule",
    )
    order = factories.order(store)
    found = Finding.objects.create(
        store=store,
        run=run,
        seen_in=run,
        order=order,
        number=order.number,
        kind="total",
        side="commerce",
        expected="21.60",
        found="20.00",
        severity="serious",
        sentence=say("Order %(number)s does not exist in Commerce.", number=order.number).as_json(),
        action="check",
        preview=[say("Nothing is written. Correct the order in Commerce, then have it checked again.").as_json()],
        state="proposed",
    )
    return ["/checks", f"/checks/{run.pk}", f"/checks/findings/{found.pk}/dismissal", "/account"]


def _settings(store, _alice):
    rule = factories.carrier_rule(store)
    made = Channel(store=store, name="Operations", kinds=["order_error"], rungs=[60])
    channel = actions.save(made, address=addresses.read("ops@example.com"), by=None, at=timezone.now())
    Message.objects.create(channel=channel, title="Kitchen & Home", body="ops@example.com")
    return [
        "/first-connection",
        "/settings/carriers",
        "/settings/carriers/new",
        f"/settings/carriers/{rule.pk}",
        "/settings/order-rules",
        "/settings/stock-and-price",
        "/settings/notifications",
        "/settings/alerts",
        "/settings/alerts/new",
        f"/settings/alerts/{channel.pk}",
    ]
