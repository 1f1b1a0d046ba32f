from datetime import timedelta

import pages
import pytest
from django.utils import timezone

from channel_manager.orders import queries
from channel_manager.orders.models import Status, Treatment
from channel_manager.web import formats
from tests import factories


@pytest.fixture
def address(store):
    return f"/stores/{store.pk}/orders"


@pytest.fixture
def assorted(store):
    """One order for each card, by the card's name."""
    now = timezone.now()
    far = now + timedelta(days=5)
    return {
        "open": factories.order(store, ship_by=far),
        "partially_shipped": factories.order(store, ship_by=far, status=Status.PARTIALLY_SHIPPED),
        "shipped": factories.order(store, ship_by=None, status=Status.SHIPPED),
        "canceled": factories.order(store, ship_by=now, status=Status.CANCELED),
        "errors": factories.order(store, ship_by=None, status=Status.SHIPPED, has_error=True),
        "needs_action": factories.order(store, ship_by=None, status=Status.SHIPPED, needs_action=True),
        "at_risk": factories.order(store, ship_by=now + timedelta(hours=20), status=Status.PARTIALLY_SHIPPED),
        "buyer_asked": factories.order(store, ship_by=far, status=Status.PARTIALLY_SHIPPED, buyer_asked_at=now),
    }


def test_each_card_counts_the_orders_it_shows(browser, address, assorted):
    page = browser.get(address)

    assert pages.cards(page) == {
        "open": 1,
        "partially_shipped": 3,
        "shipped": 3,
        "canceled": 1,
        "errors": 1,
        "needs_action": 1,
        "at_risk": 1,
        "buyer_asked": 1,
    }
    for card, order in assorted.items():
        shown = pages.row_numbers(browser.get(address, {"card": card}))
        assert order.number in shown
        assert len(shown) == pages.cards(page)[card]


def test_what_walmart_fulfils_or_the_merchant_ignores_is_never_at_risk(browser, store, address):
    late = timezone.now() - timedelta(hours=1)
    factories.order(store, ship_by=late, fulfilment="marketplace")
    factories.order(store, ship_by=late, treatment=Treatment.IGNORE)

    page = browser.get(address)

    assert pages.cards(page)["at_risk"] == 0
    assert len(pages.row_numbers(page)) == 2


def test_counts_are_exact_and_only_what_depends_on_the_clock_stops_at_a_limit(store, monkeypatch):
    monkeypatch.setattr("channel_manager.orders.queries.counting.MOST", 2)
    for _ in range(3):
        factories.order(store, ship_by=timezone.now())

    counts = queries.card_counts([store.pk], timezone.now())[store.pk]

    assert (counts["open"], counts["at_risk"]) == (3, 2)
    assert formats.number(9_999, 10_000) == "9,999"
    assert formats.number(10_000, 10_000) == "10,000+"


def test_all_columns_are_shown(browser, store, address):
    order = factories.order(store, lines=[("SKU-1", 2), ("SKU-2", 1), ("SKU-3", 1)], ship_method="EXPEDITED")
    factories.operation(order)

    text = pages.text(browser.get(address))

    for head in (
        (
            "Walmart Order # Commerce Order # Items Order value Ordered (UTC) Ship by (UTC) Deliver by (UTC)"
            " Ship method Last update (UTC) Status Status details"
        ),
        order.number,
        order.commerce_number,
        "SKU-1 × 2 SKU-2 × 1 and 1 more line",
        "$43.20",
        "EXPEDITED",
        "Error Open",
        "Walmart refused the tracking number.",
    ):
        assert head in text


@pytest.mark.parametrize("column", ["number", "commerce_number", "customer_order_number"])
def test_search_finds_an_order_by_each_of_its_numbers(browser, store, address, column):
    order = factories.order(store)
    factories.order(store)

    assert pages.row_numbers(browser.get(address, {"search": getattr(order, column)})) == [order.number]


def test_search_finds_sku_and_tracking_number_as_people_paste_them(browser, store, address, alice):
    by_sku = factories.order(store, lines=[("ABC-9", 1)])
    by_track = factories.order(store)
    factories.shipment(by_track, by=alice)

    assert pages.row_numbers(browser.get(address, {"search": " abc-9 "})) == [by_sku.number]
    assert pages.row_numbers(browser.get(address, {"search": "1Z999 AA1 01234 56784"})) == [by_track.number]
    assert pages.row_numbers(browser.get(address, {"search": f"#{by_sku.commerce_number}"})) == [by_sku.number]
    assert pages.row_numbers(browser.get(address, {"search": "ABC-9", "card": "shipped"})) == []


def test_search_never_leaves_the_store(browser, store, address, mallory):
    other = factories.order(mallory.memberships.get().store, lines=[("SECRET", 1)])

    for text in (other.number, other.commerce_number, "SECRET"):
        assert pages.row_numbers(browser.get(address, {"search": text})) == []


@pytest.mark.parametrize(
    "query",
    [
        {"after": "nonsense"},
        {"after": "2026-11-23T00:00:00_1"},
        {"after": "2026-99-99T00:00:00Z_1"},
        {"after": f"2026-11-23T00:00:00Z_{'9' * 40}"},
        {"card": "<script>", "sort": "'; DROP TABLE"},
        {"search": "\x00"},
        {"search": "x" * 5000},
    ],
)
def test_an_address_that_asks_for_nonsense_is_still_answered(browser, store, address, query):
    factories.order(store)

    assert browser.get(address, query).status_code == 200


def test_pages_stay_stable_while_orders_arrive(browser, store, address):
    start = timezone.now() - timedelta(days=1)
    orders = [factories.order(store, ordered_at=start + timedelta(minutes=n // 2)) for n in range(7)]
    newest_first = [order.number for order in reversed(orders)]
    first = queries.orders_page(store.pk, queries.Wanted(), timezone.now(), size=3)
    factories.order(store, ordered_at=timezone.now())

    second = queries.orders_page(store.pk, queries.Wanted(after=first.following), timezone.now(), size=3)
    third = queries.orders_page(store.pk, queries.Wanted(after=second.following), timezone.now(), size=3)

    seen = [order.number for page in (first, second, third) for order in page.orders]
    assert seen == newest_first
    assert third.following is None


def test_the_link_to_the_next_page_leads_to_the_rest(browser, store, address):
    orders = [factories.order(store) for _ in range(queries.PAGE + 2)]

    first = browser.get(address, {"card": "open"})
    second = browser.get(pages.address(first, 'rel="next"'))

    assert pages.row_numbers(first) == [order.number for order in orders[: queries.PAGE]]
    assert pages.row_numbers(second) == [order.number for order in orders[queries.PAGE :]]


def test_sorted_by_ship_by_the_most_urgent_comes_first_and_finished_ones_are_left_out(browser, store, address):
    now = timezone.now()
    later = factories.order(store, ship_by=now + timedelta(days=2))
    sooner = factories.order(store, ship_by=now + timedelta(days=1))
    factories.order(store, ship_by=now, status=Status.SHIPPED)

    assert pages.row_numbers(browser.get(address, {"sort": "ship_by"})) == [sooner.number, later.number]

    page = queries.orders_page(store.pk, queries.Wanted(sort="ship_by"), now, size=1)
    rest = queries.orders_page(store.pk, queries.Wanted(sort="ship_by", after=page.following), now, size=1)
    assert [order.id for order in (*page.orders, *rest.orders)] == [sooner.pk, later.pk]


def test_new_orders_are_announced(browser, store, address):
    ask = pages.address(browser.get(address), 'id="arrivals"', attribute="hx-get")
    assert pages.text(browser.get(ask)) == ""

    factories.order(store, ordered_at=timezone.now() - timedelta(minutes=1))

    assert pages.text(browser.get(ask)) == "1 new order: show it"
    assert pages.text(browser.get(f"{address}/arrivals", {"since": "nonsense"})) == ""


def test_a_countdown_names_what_is_late_and_what_is_soon(browser, store, address):
    now = timezone.now()
    factories.order(store, ship_by=now - timedelta(hours=2, minutes=1))
    factories.order(store, ship_by=now + timedelta(hours=3, minutes=1))

    text = pages.text(browser.get(address))

    assert "2 h 1 min late" in text
    assert "in 3 h 0 min" in text
