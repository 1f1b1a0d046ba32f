"""Channel settings › Stock and price: the store's rules, what follows, and the feeds of late."""

import re
from decimal import Decimal

import goods
import pages
import pytest

from channel_manager.catalog.models import CatalogRules
from channel_manager.history.models import Event
from channel_manager.shared.sentences import say
from channel_manager.sync.models import StreamCursor
from tests import factories

TYPED = {
    "attribute": "connect_to_channel_manager",
    "buffer": "1",
    "minimum": "0",
    "cap": "100",
    "lowest_price": "",
    "highest_price": "",
    "most_change": "30",
}


@pytest.fixture
def owner(signed_in, carol):
    return signed_in(carol)


def address(store):
    return f"/stores/{store.pk}/settings/stock-and-price"


def test_the_rules_are_saved_and_everything_is_measured_anew(owner, store):
    goods.rules(store, stock=True, price=False)
    for stream in ("all_stock", "all_products"):
        StreamCursor.objects.create(store=store, stream=stream, due_at=factories.NOON.replace(year=2100))
    typed = TYPED | {"use_special_price": "on", "lowest_price": "5.00"}
    assert "The rules are saved." in pages.text(owner.post(address(store), typed, follow=True))
    rules = CatalogRules.objects.get(store=store)
    assert (rules.buffer, rules.cap, rules.use_special_price) == (1, 100, True)
    assert rules.lowest_price == Decimal("5.00")
    assert rules.stock_confirmed_at
    assert Event.objects.get().kind == "catalog_rules_changed"
    assert not StreamCursor.objects.filter(due_at__year=2100).exists()


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("attribute", "Connect Me", "small letters, digits and underscores"),
        ("attribute", "x" * 61, "at most 60"),
        ("buffer", "", "This field is required"),
        ("buffer", "-1", "greater than or equal to 0"),
        ("cap", "9999999", "less than or equal to 999999"),
        ("minimum", "101", "None would ever be shown: at most 100 are."),
        ("most_change", "0", "greater than or equal to 1"),
        ("most_change", "1001", "less than or equal to 1000"),
        ("lowest_price", "-1", "greater than or equal to 0.01"),
    ],
)
def test_a_wrong_rule_is_said_beside_its_field_and_kept(owner, store, field, typed, words):
    answer = owner.post(address(store), TYPED | {field: typed})
    assert answer.status_code == 422
    assert words in pages.errors_beside(answer, field)
    assert pages.value(answer, field) == typed
    assert not Event.objects.exists()


def test_bounds_that_exclude_each_other_are_said(owner, store):
    answer = owner.post(address(store), TYPED | {"lowest_price": "9", "highest_price": "8"})
    assert "No price would be allowed" in pages.errors_beside(answer, "lowest_price")


def test_what_two_owners_change_in_two_windows_is_kept(owner, store):
    goods.rules(store)
    seen = pages.value(owner.get(address(store)), "seen")
    shown = TYPED | {"buffer": "0", "cap": "9999", "seen": seen}
    owner.post(address(store), shown | {"buffer": "3"})

    answer = owner.post(address(store), shown | {"minimum": "2"}, follow=True)

    assert "Somebody else changed meanwhile, and it is kept: Keep back of every product" in pages.text(answer)
    rules = CatalogRules.objects.get()
    assert (rules.buffer, rules.minimum) == (3, 2)


def test_a_rule_that_two_owners_change_is_asked_about(owner, store):
    goods.rules(store)
    seen = pages.value(owner.get(address(store)), "seen")
    shown = TYPED | {"buffer": "0", "cap": "9999", "seen": seen}
    owner.post(address(store), shown | {"buffer": "3", "use_special_price": "on"})

    answer = owner.post(address(store), shown | {"buffer": "4"})

    assert "Somebody else made it 3 meanwhile" in pages.errors_beside(answer, "buffer")
    (box,) = re.findall(r'<input[^>]*name="use_special_price"[^>]*>', answer.content.decode())
    assert "checked" in box
    assert CatalogRules.objects.get().buffer == 3


def test_saving_leaves_what_the_worker_wrote(owner, store):
    rules = goods.rules(store, compared=7)
    CatalogRules.objects.filter(pk=rules.pk).update(currency="CAD")
    owner.post(address(store), TYPED)
    rules.refresh_from_db()
    assert (rules.currency, rules.compared) == ("CAD", 7)


def test_who_may_not_change_the_rules_reads_them(browser, store, carol):
    goods.rules(store, stock=True, price=False)
    text = pages.text(browser.get(address(store)))
    assert "Show at most 9999" in text
    assert "Walmart's stock follows Commerce." in text
    assert "Prices are not sent yet." in text
    answer = browser.post(address(store), TYPED)
    assert answer.status_code == 403
    assert "Ask: carol." in pages.text(answer)


def test_feeds_of_late_say_what_became_of_them(browser, store):
    goods.rules(store)
    goods.feed(store, [("A-1", 3, "accepted"), ("B-1", 4, "refused"), ("C-1", 5, "again")])
    problem = {"class": "Rejected", "sentence": say("Walmart refused the whole file.").as_json(), "side": "Walmart"}
    goods.feed(store, state="refused", kind="price", problem=problem)
    goods.feed(store, state="submitted", finished_at=None)
    text = pages.text(browser.get(address(store)))
    assert "Refused – – – Walmart refused the whole file." in text
    assert "Finished 1 1 1" in text
    assert "Submitted – – –" in text


def test_a_feed_shows_the_rows_that_did_not_go_well(browser, store):
    goods.rules(store)
    known = goods.listing(store, "B-1")
    feed = goods.feed(store, [("A-1", 3, "accepted"), ("B-1", 4, "refused"), ("C-1", 5, "again")])
    answer = browser.get(f"{address(store)}/feeds/{feed.pk}")
    text = pages.text(answer)
    assert "B-1 4 Refused ERR_EXT_DATA_0101119 The SKU is not set up." in text
    assert "C-1 5 Sent again" in text
    assert "A-1" not in text
    assert f"/listings/{known.pk}" in answer.content.decode()


def test_many_refused_rows_are_paged(browser, store):
    feed = goods.feed(store, [(f"R-{number:03d}", 1, "refused") for number in range(130)], kind="price")
    first = browser.get(f"{address(store)}/feeds/{feed.pk}")
    second = browser.get(pages.address(first, 'rel="next"'))
    assert "R-099" in pages.text(first)
    assert "R-100" not in pages.text(first)
    assert "R-129" in pages.text(second)
    for wrong in ("x", "-1", "9" * 18):
        assert browser.get(f"{address(store)}/feeds/{feed.pk}?since={wrong}").status_code == 200


@pytest.mark.parametrize("state", ["waiting", "submitted", "finished", "refused", "lost"])
def test_every_state_of_a_feed_has_a_page(browser, store, state):
    feed = goods.feed(store, state=state)
    assert browser.get(f"{address(store)}/feeds/{feed.pk}").status_code == 200
