"""What sending would change, who confirms it, and who may see and do what with listings."""

import csv
import io
from decimal import Decimal

import goods
import pages
import pytest
from django.utils import timezone

from channel_manager.catalog.models import CatalogRules
from channel_manager.history.models import Event
from channel_manager.sync.models import Level, SyncOperation
from tests import factories


@pytest.fixture
def rules(store):
    """Nothing is confirmed yet."""
    return goods.rules(store, stock=False, price=False)


@pytest.fixture
def owner(signed_in, carol):
    return signed_in(carol)


def address(store, kind="stock", rest=""):
    return f"/stores/{store.pk}/listings/comparison/{kind}{rest}"


def compared(store):
    """One of each: SKU and what would become of it."""
    for sku, wanted, sent in (("A-UP", 12, 10), ("B-DOWN", 3, 10), ("C-NEW", 5, None), ("D-SAME", 10, 10)):
        goods.level(goods.listing(store, sku, active=False), "stock", wanted=wanted, sent=sent, active=False)
    held = goods.HELD.as_json()
    goods.level(goods.listing(store, "E-HELD", active=False), "stock", wanted=0, sent=4, held=held, active=False)
    goods.level(goods.listing(store, "F-LEFT", paused=True, active=False), "stock", wanted=1, sent=9, active=False)


# ---- what would change -------------------------------------------------------------------------------------------


def test_the_comparison_counts_and_lists_what_would_change(browser, store, rules):
    compared(store)
    answer = browser.get(address(store))
    assert pages.cards(answer) == {"higher": 1, "lower": 2, "unknown": 1, "asks": 1, "same": 1}
    assert goods.skus(answer) == ["A-UP", "B-DOWN", "C-NEW", "E-HELD"]
    text = pages.text(answer)
    assert "A-UP" in text
    assert "10 12 10 salable, 0 for open orders" in text
    assert "Units were canceled as out of stock" in text
    shown = {card: goods.skus(browser.get(address(store, rest=f"?card={card}"))) for card in pages.cards(answer)}
    assert shown == {
        "higher": ["A-UP"],
        "lower": ["B-DOWN", "E-HELD"],
        "unknown": ["C-NEW"],
        "asks": ["E-HELD"],
        "same": ["D-SAME"],
    }


def test_the_comparison_of_prices_shows_money(browser, store, rules):
    goods.level(goods.listing(store, "A-1", active=False), "price", wanted="12.50", sent="10.00", active=False)
    text = pages.text(browser.get(address(store, "price")))
    assert "$10.00 $12.50" in text


def test_the_file_has_every_change(browser, store, rules):
    compared(store)
    answer = browser.get(address(store, rest="/changes.csv"))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[1][:5] == ["A-UP", rows[1][1], "10", "12", "2"]
    assert [row[0] for row in rows[1:]] == ["A-UP", "B-DOWN", "C-NEW", "E-HELD"]
    one = b"".join(browser.get(address(store, rest="/changes.csv?card=unknown")).streaming_content).decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(one))] == ["SKU", "C-NEW"]


def test_pages_of_changes_go_forth_and_back(browser, store, rules):
    made = []
    for number in range(60):
        found = goods.listing(store, f"P-{number:03d}", active=False)
        goods.level(found, "stock", wanted=1, sent=2, active=False)
        made.append(found.sku)
    first = browser.get(address(store, rest="?card=lower"))
    second = browser.get(pages.address(first, 'rel="next"'))
    assert goods.skus(first) + goods.skus(second) == made
    assert goods.skus(browser.get(pages.address(second, 'rel="prev"'))) == made[:50]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {"attribute_missing": True},
            "label “Connect to Channel Manager”, type Yes/No, code connect_to_channel_manager",
        ),
        ({"shop_read_at": None}, "The shop's products are not read yet."),
        ({"compared_at": timezone.now(), "compared": 7}, "for all 7 listings"),
        (
            {"compared_at": timezone.now(), "compared": 7, "disagreeing": 2},
            "Of 7 listings, Walmart holds back another number than our open orders for 2.",
        ),
        ({"compared_at": None}, "Walmart's own figures are not read yet"),
    ],
)
def test_what_the_comparison_cannot_say_yet_it_says(browser, store, facts, words):
    goods.rules(store, stock=False, price=False, **facts)
    assert words in pages.text(browser.get(address(store)))


def test_another_currency_is_said(browser, store):
    goods.rules(store, price=False, currency="EUR")
    assert "Commerce keeps prices in EUR, Walmart in USD" in pages.text(browser.get(address(store, "price")))


# ---- confirming --------------------------------------------------------------------------------------------------


def test_the_owner_confirms_once_and_stops_once(owner, store, rules, carol):
    goods.level(goods.listing(store, "A-UP", active=False), "stock", wanted=12, sent=10, active=False)
    first = owner.post(address(store, rest="/confirmation"), follow=True)
    second = owner.post(address(store, rest="/confirmation"), follow=True)
    assert "Confirmed: what differs is on its way to Walmart." in pages.text(first)
    assert "It was confirmed already: nothing was sent anew." in pages.text(second)
    rules.refresh_from_db()
    assert rules.stock_confirmed_by == carol
    assert rules.price_confirmed_at is None
    assert SyncOperation.objects.get().kind == "send_stock"
    for _ in range(2):
        owner.post(address(store, rest="/end"))
    rules.refresh_from_db()
    assert rules.stock_confirmed_at is None
    assert not Level.objects.filter(kind="stock", active=True).exists()
    assert list(Event.objects.values_list("kind", flat=True)) == ["stock_confirmed", "stock_stopped"]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"shop_read_at": None}, "The shop's products are not read yet."),
        ({"attribute_missing": True}, "no product is connected yet"),
        ({}, "Listings that are not measured yet: 1. Confirm when all are."),
    ],
)
def test_nothing_is_confirmed_before_everything_is_known(owner, store, facts, words):
    rules = goods.rules(store, stock=False, price=False, **facts)
    goods.level(goods.listing(store), "stock", wanted=None, sent=None, measured_at=None)
    assert "disabled" in owner.get(address(store)).content.decode()
    assert words in pages.text(owner.post(address(store, rest="/confirmation"), follow=True))
    rules.refresh_from_db()
    assert rules.stock_confirmed_at is None


def test_a_store_that_is_not_confirmed_itself_follows_nothing(signed_in, db):
    store = factories.store(confirmed_at=None)
    owner = signed_in(factories.user("dora", store=store, role="owner"))
    goods.rules(store, stock=False)
    answer = owner.post(address(store, rest="/confirmation"), follow=True)
    assert "Confirm the store first" in pages.text(answer)


# ---- who may -----------------------------------------------------------------------------------------------------

PAGES = ["", "/export.csv", "/comparison/stock", "/comparison/price", "/comparison/stock/changes.csv"]


@pytest.fixture
def whisk(store, rules):
    return goods.listing(store, "WHISK-11")


def test_listings_of_others_do_not_exist(signed_in, store, whisk, mallory):
    browser = signed_in(mallory)
    feed = goods.feed(store)
    settings = "settings/stock-and-price"
    base, own = f"/stores/{store.pk}", f"/stores/{mallory.memberships.get().store_id}"
    paths = [f"{base}/listings{page}" for page in [*PAGES, f"/{whisk.pk}"]]
    paths += [f"{base}/{settings}", f"{base}/{settings}/feeds/{feed.pk}"]
    paths += [f"{own}/listings/{whisk.pk}", f"{own}/{settings}/feeds/{feed.pk}", f"{own}/listings/comparison/weight"]
    assert {path: browser.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)
    for listing in (f"{base}/listings/{whisk.pk}", f"{own}/listings/{whisk.pk}"):
        for action in ("rules", "price", "stock", "resending"):
            assert browser.post(f"{listing}/{action}", {"price": "10.00"}).status_code == 404
    browser.post(f"{own}/listings/selection", {"action": "leave-alone", "listing": [whisk.pk]})
    whisk.refresh_from_db()
    assert not whisk.paused


def test_a_viewer_looks_and_does_nothing(signed_in, store, whisk, bob, carol):
    browser = signed_in(bob)
    goods.level(whisk, "price", wanted="20.00", sent="10.00", held=goods.ASKS.as_json())
    for page in [*PAGES, f"/{whisk.pk}"]:
        assert browser.get(f"/stores/{store.pk}/listings{page}").status_code == 200
    assert "Approve" not in pages.text(browser.get(f"/stores/{store.pk}/listings/{whisk.pk}"))
    for action in (f"{whisk.pk}/rules", f"{whisk.pk}/price", f"{whisk.pk}/stock", f"{whisk.pk}/resending", "selection"):
        answer = browser.post(f"/stores/{store.pk}/listings/{action}", {"price": "20.00"})
        assert answer.status_code == 403
        assert "lets you look, not act. Ask: carol." in pages.text(answer)
    assert browser.post(f"/stores/{store.pk}/listings/refreshing").status_code == 403


@pytest.mark.parametrize("path", ["listings/comparison/stock/confirmation", "listings/comparison/stock/end"])
def test_only_an_owner_confirms_and_stops(browser, store, rules, carol, path):
    text = pages.text(browser.get(address(store)))
    assert "An owner of “Brand A” confirms it." in text
    answer = browser.post(f"/stores/{store.pk}/{path}")
    assert answer.status_code == 403
    assert "Ask: carol." in pages.text(answer)
    assert CatalogRules.objects.get(store=store).stock_confirmed_at is None


def test_what_changes_something_is_posted_with_its_token(signed_in, alice, store, whisk):
    browser = signed_in(alice, enforce_csrf_checks=True)
    for action in (f"{whisk.pk}/rules", f"{whisk.pk}/price", f"{whisk.pk}/stock", f"{whisk.pk}/resending", "selection"):
        assert browser.post(f"/stores/{store.pk}/listings/{action}", {"price": "1"}).status_code == 403
        asked_for = browser.get(f"/stores/{store.pk}/listings/{action}").status_code
        assert asked_for == (302 if action.endswith("rules") else 405)
    assert browser.post(address(store, rest="/confirmation")).status_code == 403


@pytest.mark.parametrize("pk", ["0", "-1", "abc", "9" * 30, "１"])
def test_an_id_that_is_none_is_not_found(browser, store, pk):
    assert browser.get(f"/stores/{store.pk}/listings/{pk}").status_code == 404
    assert browser.get(f"/stores/{store.pk}/settings/stock-and-price/feeds/{pk}").status_code == 404


def test_prices_are_measured_to_the_cent_when_a_guard_is_changed(owner, store, rules):
    found = goods.listing(store, base_price=Decimal("20.00"), active=False)
    owner.post(f"/stores/{store.pk}/listings/{found.pk}/rules", {"highest_price": "15"})
    level = Level.objects.get(kind="price")
    assert level.held["template"] == "%(new)s is above the highest price allowed, %(bound)s."


def test_once_confirmed_the_page_says_what_is_not_sent_yet(browser, store):
    goods.rules(store, stock=True, price=False)
    text = pages.text(browser.get(address(store)))
    assert "What is not sent yet: stock" in text
    assert "Stop following" not in text
    assert "What would change: prices" in pages.text(browser.get(address(store, "price")))
