"""The Listings page: cards, search, filters, pages, ticks, files."""

import csv
import io

import goods
import pages
import pytest

from channel_manager.catalog.models import Listing
from channel_manager.history.models import Event
from channel_manager.sync.models import Level, SyncOperation
from tests import factories


@pytest.fixture
def rules(store):
    return goods.rules(store)


def rows_of(answer):
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_an_empty_page_says_what_will_be_here(browser, store):
    text = pages.text(browser.get(f"/stores/{store.pk}/listings"))
    assert "No listings yet" in text
    assert "Stock is not sent yet." in text


def test_a_listing_shows_what_buyers_see_what_was_told_and_what_is_salable(browser, store, rules):
    found = goods.listing(store, "WHISK-11", salable=10, open_units=3, commerce_sku="W11", name="Steel whisk")
    goods.level(found, "stock", wanted=13, sent=13)
    goods.level(found, "price", wanted="12.00", sent="10.00")
    text = pages.text(browser.get(f"/stores/{store.pk}/listings"))
    assert "WHISK-11 Steel whisk In Commerce: W11 10 13 told · 10 salable just now $10.00 to become $12.00" in text
    assert "To be sent" in text


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({}, "Accepted"),
        ({"carrier": "feed:1", "carried_at": factories.NOON}, "In a feed"),
        ({"carrier": "stock:1:1", "carried_at": factories.NOON}, "Sending"),
        ({"wanted": 3}, "To be sent"),
        ({"wanted": None, "sent": None, "measured_at": None}, "Not measured yet"),
        ({"held": goods.HELD.as_json()}, "Waiting for you"),
    ],
)
def test_the_state_of_stock_is_said_in_a_word(browser, store, rules, facts, word):
    found = goods.listing(store)
    goods.level(found, "stock", **{"wanted": 10, "sent": 10} | facts)
    body = pages.text(browser.get(f"/stores/{store.pk}/listings")).split("Error description")[1]
    assert word in body


def test_a_refusal_says_what_walmart_said_and_is_counted(browser, store, rules):
    goods.refused(goods.listing(store))
    answer = browser.get(f"/stores/{store.pk}/listings")
    assert "Walmart refused it. No such item" in pages.text(answer)
    assert pages.cards(answer)["errors"] == 1


def test_cards_count_and_filter(browser, store, rules):
    goods.listing(store, "A-MATCHED")
    goods.listing(store, "B-DRAFT", levels=False, at_marketplace=False, published="")
    goods.listing(store, "C-UNLINKED", levels=False, connected=False)
    goods.listing(store, "D-WFS", levels=False, marketplace_stocked=True)
    goods.listing(store, "E-DISAGREES", disagreements=2)
    goods.level(goods.listing(store, "F-ASKS"), "price", held=goods.ASKS.as_json())
    goods.refused(goods.listing(store, "G-ERROR"))
    goods.level(goods.listing(store, "H-SENDING"), "stock", carrier="feed:1", carried_at=factories.NOON)
    answer = browser.get(f"/stores/{store.pk}/listings")
    expected = {
        "matched": ["A-MATCHED", "E-DISAGREES", "F-ASKS", "G-ERROR", "H-SENDING"],
        "draft": ["B-DRAFT"],
        "processing": ["H-SENDING"],
        "errors": ["G-ERROR"],
        "asks": ["F-ASKS"],
        "disagrees": ["E-DISAGREES"],
        "unlinked": ["C-UNLINKED"],
        "wfs": ["D-WFS"],
    }
    assert pages.cards(answer) == {card: len(found) for card, found in expected.items()}
    shown = {card: goods.skus(browser.get(f"/stores/{store.pk}/listings?card={card}")) for card in expected}
    assert shown == expected


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("WHISK-11", ["WHISK-11"]),
        ("whisk-1", ["WHISK-11", "WHISK-12"]),
        ("12", ["WHISK-12"]),
        ("in-commerce", ["WHISK-12"]),
        ("stainless whi", ["WHISK-11"]),
        ("steel", ["WHISK-11"]),
        ("brûlée", ["TORCH-1"]),
        ("BRÛLÉE", ["TORCH-1"]),
        ("打蛋器", ["WHISK-12"]),
        ("o'clock", ["TORCH-1"]),
        ("whisk' | 'torch", []),
        ("\\", []),
        ("nothing", []),
        ("---", []),
    ],
)
def test_search_finds_skus_and_words_by_their_beginning(browser, store, rules, typed, found):
    goods.listing(store, "WHISK-11", name="Stainless steel whisk", title="")
    goods.listing(store, "WHISK-12", name="不鏽鋼打蛋器", commerce_sku="in_commerce_5", title="")
    goods.listing(store, "TORCH-1", name="Crème brûlée torch, 5 o'clock", title="")
    goods.listing(factories.store(), "WHISK-11")
    answer = browser.get(f"/stores/{store.pk}/listings", {"search": typed})
    assert answer.status_code == 200
    assert goods.skus(answer) == found


def test_filters_are_chips_and_what_an_address_cannot_ask_for_is_left_out(browser, store, rules):
    goods.listing(store, "A-1", published="action_needed", reasons=["No price"])
    goods.listing(store, "B-1", paused=True)
    goods.listing(store, "C-1", cap=5)
    answer = browser.get(f"/stores/{store.pk}/listings?published=action_needed")
    assert goods.skus(answer) == ["A-1"]
    assert "Unpublished" in pages.text(answer)
    assert "No price" in pages.text(answer)
    assert goods.skus(browser.get(f"/stores/{store.pk}/listings?rules=paused")) == ["B-1"]
    assert goods.skus(browser.get(f"/stores/{store.pk}/listings?rules=own")) == ["C-1"]
    wrong = browser.get(f"/stores/{store.pk}/listings?card=nonsense&published=%00&rules=x&after=%00")
    assert goods.skus(wrong) == ["A-1", "B-1", "C-1"]


def test_pages_go_forth_and_back_without_gaps(browser, store, rules):
    made = [goods.listing(store, f"P-{number:03d}", levels=False).sku for number in range(120)]
    first = browser.get(f"/stores/{store.pk}/listings")
    second = browser.get(pages.address(first, 'rel="next"'))
    third = browser.get(pages.address(second, 'rel="next"'))
    assert goods.skus(first) + goods.skus(second) + goods.skus(third) == made
    assert 'rel="next"' not in third.content.decode()
    back = browser.get(pages.address(third, 'rel="prev"'))
    assert goods.skus(back) == made[50:100]
    assert goods.skus(browser.get(pages.address(back, 'rel="prev"'))) == made[:50]


def test_ticked_listings_are_sent_again_once(browser, store, rules):
    one, other = goods.listing(store, "A-1"), goods.listing(store, "B-1")
    left = goods.listing(store, "C-1", paused=True, active=False)
    asked = {"action": "resend", "listing": [one.pk, other.pk, left.pk]}
    for _ in range(2):
        answer = browser.post(f"/stores/{store.pk}/listings/selection?card=matched", asked)
        assert answer["Location"] == f"/stores/{store.pk}/listings?card=matched"
    assert Event.objects.filter(kind="level_resent").count() == 2
    assert SyncOperation.objects.filter(kind="send_stock").count() == 2
    assert SyncOperation.objects.filter(kind="send_price").count() == 2


def test_ticked_listings_are_left_alone_and_followed_again(browser, store, rules):
    one = goods.listing(store, "A-1")
    path = f"/stores/{store.pk}/listings/selection"
    first = browser.post(path, {"action": "leave-alone", "listing": [one.pk]}, follow=True)
    second = browser.post(path, {"action": "leave-alone", "listing": [one.pk]}, follow=True)
    assert "1 listing is left alone." in pages.text(first)
    assert "Nothing was changed: it was so already, or is on its way." in pages.text(second)
    assert "Left alone" in pages.text(browser.get(f"/stores/{store.pk}/listings"))
    assert not Level.objects.filter(key="A-1", active=True).exists()
    browser.post(path, {"action": "follow", "listing": [one.pk]})
    assert Level.objects.filter(key="A-1", active=True).count() == 2
    assert Event.objects.filter(kind="listing_changed").count() == 2


@pytest.mark.parametrize("asked", [{}, {"action": "resend"}, {"action": "burn", "listing": ["1"]}, {"listing": ["x"]}])
def test_a_selection_that_says_nothing_is_told_so(browser, store, asked):
    answer = browser.post(f"/stores/{store.pk}/listings/selection", asked, follow=True)
    assert "Select listings first" in pages.text(answer)


def test_refreshing_asks_for_all_streams(browser, store):
    answer = browser.post(f"/stores/{store.pk}/listings/refreshing?search=whisk", follow=True)
    assert "are read now" in pages.text(answer)
    assert answer.redirect_chain == [(f"/stores/{store.pk}/listings?search=whisk", 302)]


def test_the_file_has_what_the_filters_leave_and_no_formulas(browser, store, rules):
    goods.listing(store, "=A-1", name='=HYPERLINK("x")', salable=-3)
    goods.listing(store, "B-1", name="Whisk")
    rows = rows_of(browser.get(f"/stores/{store.pk}/listings/export.csv"))
    assert [row[0] for row in rows] == ["SKU", "'=A-1", "B-1"]
    assert rows[1][2] == '\'=HYPERLINK("x")'
    assert rows[1][5] == "-3"
    assert [row[0] for row in rows_of(browser.get(f"/stores/{store.pk}/listings/export.csv?search=b-1"))][1:] == ["B-1"]


def test_a_name_is_text_and_never_markup(browser, store, rules):
    goods.listing(store, "<b>", name="<script>alert(1)</script>", reasons=["<i>"], published="action_needed")
    body = browser.get(f"/stores/{store.pk}/listings").content.decode()
    assert "<script>alert" not in body
    assert Listing.objects.get().name in pages.text(browser.get(f"/stores/{store.pk}/listings"))
