"""One listing: its figures, its rules, and what a person decides; and its operations on the Activity page."""

from datetime import timedelta
from decimal import Decimal

import goods
import pages
import pytest
from django.utils import timezone

from channel_manager.catalog.models import Feed, Listing
from channel_manager.history.models import Event
from channel_manager.shared.sentences import say
from channel_manager.sync.models import Doubt, Level, State, SyncOperation
from tests import factories


@pytest.fixture
def rules(store):
    return goods.rules(store, buffer=2, cap=50)


@pytest.fixture
def whisk(store, rules):
    return goods.listing(store, "WHISK-11", name="Steel whisk")


def page_of(listing):
    return f"/stores/{listing.store_id}/listings/{listing.pk}"


def asks(listing, price="20.00"):
    return goods.level(listing, "price", wanted=price, sent="10.00", held=goods.ASKS.as_json())


def canceled_for_want_of_stock(listing):
    order = factories.order(listing.store, lines=[(listing.sku, 1)])
    factories.cancellation(order, reported_at=timezone.now())
    Listing.objects.filter(pk=listing.pk).update(stock_confirmed_at=timezone.now() - timedelta(days=1))
    goods.level(listing, "stock", wanted=0, sent=0, held=goods.HELD.as_json())


def operation_on(listing, kind="send_stock", **facts):
    """It failed: Walmart refused it."""
    facts = {
        "platform": "marketplace",
        "family": "set_stock",
        "key": "stock:1:1",
        "payload": {"level": 1, "carrier": "stock:1:1"},
        "state": State.FAILED,
        "attempt": 1,
        "finished_at": timezone.now(),
        "error": factories.error(say("Walmart refused the stock of %(sku)s.", sku=listing.sku)),
    } | facts
    return SyncOperation.objects.create(store=listing.store, subject=listing.subject, kind=kind, **facts)


# ---- what it shows -----------------------------------------------------------------------------------------------


def test_the_figures_of_stock_add_up_from_commerce_to_walmart(browser, store, rules):
    found = goods.listing(
        store,
        "WHISK-11",
        salable=10,
        open_units=3,
        stated=11,
        reserved=3,
        available=8,
        inventory_seen_at=timezone.now() - timedelta(hours=3),
    )
    goods.level(found, "stock", wanted=11, sent=11)
    factories.order(store, lines=[("WHISK-11", 3)])
    text = pages.text(browser.get(page_of(found)))
    assert "Salable in Commerce 10" in text
    assert "Kept back −2 at most 50" in text
    assert "For Walmart's buyers 8" in text
    assert "Held back for open orders +3" in text
    assert "Wanted at Walmart 11" in text
    assert "Told to Walmart 11 sent 1 min ago" in text
    assert "Stated 11 Reserved 3 now 3 by our open orders Available 8 Read 3 h 0 min ago" in text
    assert "agreed when they were compared" in text


def test_reservations_that_do_not_agree_say_how_often(browser, store, rules):
    facts = {"stated": 9, "reserved": 4, "available": 5, "inventory_seen_at": timezone.now()}
    once = goods.listing(store, disagreements=1, **facts)
    often = goods.listing(store, disagreements=3, **facts)
    assert "did not agree once" in pages.text(browser.get(page_of(once)))
    assert "have not agreed 3 times in a row" in pages.text(browser.get(page_of(often)))


def test_a_special_price_says_whether_it_counts(browser, store):
    rules = goods.rules(store, use_special_price=True)
    today = timezone.localdate()
    found = goods.listing(store, special_price=Decimal("8.00"), special_from=today, special_until=today)
    assert "$8.00" in pages.text(browser.get(page_of(found)))
    assert "counts today" in pages.text(browser.get(page_of(found)))
    rules.use_special_price = False
    rules.save()
    assert "not used, by rule" in pages.text(browser.get(page_of(found)))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"at_marketplace": False, "published": ""}, "Walmart has no item with this SKU"),
        ({"connected": False}, "No connected product in Commerce has this SKU"),
        ({"marketplace_stocked": True}, "Walmart keeps the stock of this item itself"),
        ({"at_marketplace": False, "connected": False}, "neither at Walmart nor connected"),
    ],
)
def test_a_listing_that_is_not_followed_says_why(browser, store, rules, facts, words):
    found = goods.listing(store, levels=False, **facts)
    text = pages.text(browser.get(page_of(found)))
    assert words in text
    assert "Resend" not in text


def test_a_product_that_says_nothing_is_shown_all_the_same(browser, store):
    found = goods.listing(
        store,
        levels=False,
        product_id=None,
        base_price=None,
        item_price=None,
        salable=None,
        measured_at=None,
        product_seen_at=None,
    )
    assert browser.get(page_of(found)).status_code == 200
    goods.level(found, "stock", wanted=None, sent=None, measured_at=None)
    goods.level(found, "price", wanted=None, sent=None)
    assert "not measured yet" in pages.text(browser.get(page_of(found)))


# ---- the guard's question ----------------------------------------------------------------------------------------


def test_a_price_that_asks_is_approved_once(browser, whisk):
    Listing.objects.filter(pk=whisk.pk).update(base_price=Decimal("20.00"))
    asks(whisk)
    page = browser.get(page_of(whisk))
    assert "Approve this price: $20.00" in pages.text(page)
    asked = {"price": pages.value(page, "price")}
    first = browser.post(f"{page_of(whisk)}/price", asked, follow=True)
    second = browser.post(f"{page_of(whisk)}/price", asked, follow=True)
    assert "on its way to Walmart" in pages.text(first)
    assert "This price does not wait for an approval any more." in pages.text(second)
    assert Event.objects.filter(kind="price_approved").count() == 1
    assert SyncOperation.objects.filter(kind="send_price").count() == 1
    assert Level.objects.get(kind="price").held is None


def test_a_price_that_changed_meanwhile_is_not_approved(browser, whisk):
    asks(whisk, "21.00")
    answer = browser.post(f"{page_of(whisk)}/price", {"price": "20.00"}, follow=True)
    assert "Commerce says another price by now. Look at it again." in pages.text(answer)
    assert Level.objects.get(kind="price").held
    assert not SyncOperation.objects.exists()


@pytest.mark.parametrize("asked", [{}, {"price": ""}, {"price": "x"}, {"price": "NaN"}, {"price": "1e99"}])
def test_a_form_without_a_price_approves_nothing(browser, whisk, asked):
    asks(whisk)
    answer = browser.post(f"{page_of(whisk)}/price", asked, follow=True)
    assert "The form carried no price." in pages.text(answer)
    assert Level.objects.get(kind="price").held


@pytest.mark.parametrize(
    ("price", "facts", "words"),
    [
        ("0.00", {}, "that is no price that can be sent"),
        ("20.00", {"item_currency": "CAD"}, "Walmart shows this item in CAD"),
    ],
)
def test_what_is_no_price_of_this_store_cannot_be_approved(browser, store, rules, price, facts, words):
    found = goods.listing(store, base_price=Decimal(price), **facts)
    asks(found, price)
    assert "It cannot be approved here." in pages.text(browser.get(page_of(found)))
    answer = browser.post(f"{page_of(found)}/price", {"price": price}, follow=True)
    assert words in pages.text(answer)
    assert Listing.objects.get().approved_price is None


# ---- stock that is held ------------------------------------------------------------------------------------------


def test_stock_that_is_held_is_confirmed_once(browser, whisk):
    canceled_for_want_of_stock(whisk)
    assert "Stock is held" in pages.text(browser.get(page_of(whisk)))
    Doubt.objects.all().delete()
    first = browser.post(f"{page_of(whisk)}/stock", follow=True)
    second = browser.post(f"{page_of(whisk)}/stock", follow=True)
    assert "The stock is confirmed" in pages.text(first)
    assert "This stock is not held any more." in pages.text(second)
    assert Event.objects.filter(kind="stock_confirmed").count() == 1
    assert Doubt.objects.filter(key="WHISK-11").count() == 1


def test_stock_that_is_not_held_is_not_confirmed(browser, whisk):
    browser.post(f"{page_of(whisk)}/stock")
    assert not Event.objects.exists()


# ---- its own rules -----------------------------------------------------------------------------------------------


def test_own_rules_are_saved_and_recorded_once(browser, whisk):
    asked = {"buffer": "1", "minimum": "2", "cap": "", "lowest_price": "5", "highest_price": "50.50", "paused": "on"}
    assert "rules are saved" in pages.text(browser.post(f"{page_of(whisk)}/rules", asked, follow=True))
    whisk.refresh_from_db()
    assert (whisk.buffer, whisk.minimum, whisk.cap) == (1, 2, None)
    assert (whisk.lowest_price, whisk.highest_price, whisk.paused) == (Decimal("5.00"), Decimal("50.50"), True)
    assert not Level.objects.filter(active=True).exists()
    assert "Nothing was changed." in pages.text(browser.post(f"{page_of(whisk)}/rules", asked, follow=True))
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"buffer": "-1"}, "buffer", "greater than or equal to 0"),
        ({"buffer": "1.5"}, "buffer", "whole number"),
        ({"cap": "1000000"}, "cap", "less than or equal to 999999"),
        ({"minimum": "51"}, "minimum", "None would ever be shown: at most 50 are."),
        ({"minimum": "5", "cap": "4"}, "minimum", "None would ever be shown: at most 4 are."),
        ({"lowest_price": "0"}, "lowest_price", "greater than or equal to 0.01"),
        ({"lowest_price": "1.999"}, "lowest_price", "no more than 2 decimal places"),
        ({"lowest_price": "9", "highest_price": "8"}, "lowest_price", "No price would be allowed: the highest is 8"),
        ({"highest_price": "NaN"}, "highest_price", "Enter a number"),
    ],
)
def test_a_wrong_rule_is_said_beside_its_field_and_kept(browser, whisk, asked, field, words):
    answer = browser.post(f"{page_of(whisk)}/rules", asked)
    assert answer.status_code == 422
    assert words in pages.errors_beside(answer, field)
    assert pages.value(answer, field) == asked[field]
    assert "Kept back −2" in pages.text(answer)
    assert not Event.objects.exists()


def test_a_bound_is_checked_against_the_stores(browser, store):
    goods.rules(store, highest_price=Decimal("20.00"))
    found = goods.listing(store)
    answer = browser.post(f"{page_of(found)}/rules", {"lowest_price": "21"})
    assert "No price would be allowed: the highest is 20.00" in pages.errors_beside(answer, "lowest_price")


def test_what_two_people_change_in_two_windows_is_kept(browser, whisk):
    seen = pages.value(browser.get(page_of(whisk)), "seen")
    browser.post(f"{page_of(whisk)}/rules", {"buffer": "3", "seen": seen})

    answer = browser.post(f"{page_of(whisk)}/rules", {"minimum": "2", "seen": seen}, follow=True)

    assert "Somebody else changed meanwhile, and it is kept: Keep back" in pages.text(answer)
    whisk.refresh_from_db()
    assert (whisk.buffer, whisk.minimum) == (3, 2)


def test_a_rule_that_two_people_change_is_asked_about_and_saved_the_second_time(browser, whisk):
    seen = pages.value(browser.get(page_of(whisk)), "seen")
    browser.post(f"{page_of(whisk)}/rules", {"buffer": "3", "cap": "9", "seen": seen})

    answer = browser.post(f"{page_of(whisk)}/rules", {"buffer": "4", "seen": seen})

    assert answer.status_code == 422
    assert "Somebody else made it 3 meanwhile" in pages.errors_beside(answer, "buffer")
    assert (pages.value(answer, "buffer"), pages.value(answer, "cap")) == ("4", "9")
    again = {"buffer": "4", "cap": "9", "seen": pages.value(answer, "seen")}
    assert "rules are saved" in pages.text(browser.post(f"{page_of(whisk)}/rules", again, follow=True))
    whisk.refresh_from_db()
    assert (whisk.buffer, whisk.cap) == (4, 9)


def test_a_listing_that_is_left_alone_meanwhile_stays_so(browser, whisk):
    seen = pages.value(browser.get(page_of(whisk)), "seen")
    browser.post(f"{page_of(whisk)}/rules", {"paused": "on", "seen": seen})

    browser.post(f"{page_of(whisk)}/rules", {"buffer": "4", "seen": seen})

    whisk.refresh_from_db()
    assert (whisk.paused, whisk.buffer) == (True, 4)


@pytest.mark.parametrize("seen", ["", "{", "[1]", '{"buffer": 1, "nothing": "x"}', "null"])
def test_a_form_that_does_not_say_what_it_saw_is_taken_as_it_is(browser, whisk, seen):
    browser.post(f"{page_of(whisk)}/rules", {"buffer": "4", "seen": seen})
    whisk.refresh_from_db()
    assert whisk.buffer == 4


def test_the_address_of_rules_that_were_wrong_leads_to_the_listing(browser, whisk):
    assert browser.get(f"{page_of(whisk)}/rules").url == page_of(whisk)


# ---- sending again, and the Activity page ------------------------------------------------------------------------


def test_a_listing_is_sent_again_once(browser, whisk):
    first = browser.post(f"{page_of(whisk)}/resending", follow=True)
    second = browser.post(f"{page_of(whisk)}/resending", follow=True)
    assert "Stock and price are sent again." in pages.text(first)
    assert "There is nothing to send again" in pages.text(second)
    assert SyncOperation.objects.count() == 2
    assert "Send stock to Walmart" in pages.text(second)


def test_activity_names_listings_and_feeds(browser, whisk):
    failed = operation_on(whisk)
    feed = goods.feed(whisk.store, state="waiting", feed_id="")
    operation_on(whisk, "submit_stock_feed", key="f", payload={"feed": feed.pk})
    SyncOperation.objects.filter(kind="submit_stock_feed").update(subject=feed.subject)
    answer = browser.get(f"/stores/{whisk.store_id}/activity")
    assert f'<a href="{page_of(whisk)}">WHISK-11</a>' in answer.content.decode()
    assert f'/settings/stock-and-price/feeds/{feed.pk}">{feed.pk}</a>' in answer.content.decode()
    text = pages.text(answer)
    assert "1 listing: Walmart refused the stock of WHISK-11." in text
    assert "1 feed:" in text
    assert "1 listing:" in pages.text(browser.get("/"))
    for path in (f"{failed.pk}", f"{failed.pk}/case-file", f"{failed.pk}/settlement"):
        assert browser.get(f"/stores/{whisk.store_id}/activity/{path}").status_code == 200, path
    assert "SKU WHISK-11" in pages.text(browser.get(f"/stores/{whisk.store_id}/activity/{failed.pk}"))


def test_an_operation_on_a_listing_is_tried_again(browser, whisk):
    failed = operation_on(whisk)
    browser.post(f"/stores/{whisk.store_id}/activity/{failed.pk}/retry")
    failed.refresh_from_db()
    assert failed.state == State.WAITING
    assert Event.objects.get().subject == whisk.subject


def test_equal_errors_of_listings_are_sent_again_together(browser, whisk):
    other = goods.listing(whisk.store, "WHISK-12")
    refused = factories.error(say("Walmart refused the figure."))
    failed = [operation_on(one, key=one.sku, error=refused) for one in (whisk, other)]
    group = pages.address(browser.get(f"/stores/{whisk.store_id}/activity"), "/activity/errors/")
    assert "2 listings with the same error" in pages.text(browser.get(group))
    assert "2 were tried again" in pages.text(browser.post(group))
    assert {one.state for one in SyncOperation.objects.filter(pk__in=[one.pk for one in failed])} == {State.WAITING}


def test_a_sending_that_is_settled_by_hand_does_not_begin_again(browser, whisk):
    waiting = operation_on(whisk, state=State.WAITING, finished_at=None, due_at=timezone.now() + timedelta(hours=1))
    goods.level(whisk, "stock", wanted=5, sent=10, carrier="stock:1:1", carried_at=timezone.now())
    path = f"/stores/{whisk.store_id}/activity/{waiting.pk}/settlement"
    assert browser.post(path, {"reason": ""}).status_code == 422
    browser.post(path, {"reason": "done in Seller Center"})
    level = Level.objects.get(kind="stock")
    assert (level.carrier, level.again_at is not None) == ("", True)


def test_a_feed_that_is_settled_by_hand_gives_its_levels_back(browser, whisk):
    feed = goods.feed(whisk.store, state="waiting", feed_id="", submitted_at=None, finished_at=None)
    goods.level(whisk, "stock", wanted=5, sent=10, carrier=feed.carrier, carried_at=timezone.now())
    waiting = operation_on(
        whisk, "submit_stock_feed", key="f", payload={"feed": feed.pk}, state=State.WAITING, finished_at=None
    )
    browser.post(f"/stores/{whisk.store_id}/activity/{waiting.pk}/settlement", {"reason": "not wanted"})
    assert Feed.objects.get().state == "refused"
    assert Level.objects.get(kind="stock").carrier == ""
