"""The Orders page's address: filters as chips, sorts, pages in both directions, saved views, columns."""

import csv
import io
from codecs import BOM_UTF8
from datetime import timedelta
from urllib.parse import urlencode

import pages
import pytest
from django.http import QueryDict
from django.utils import timezone

from channel_manager.orders.page.choices import MOST_VIEWS
from channel_manager.orders.page.models import ListChoice
from channel_manager.orders.queries import PAGE
from channel_manager.web import formats
from channel_manager.web.forms.orders_list import ListState
from channel_manager.web.moments import Moments
from channel_manager.web.rows import COLUMNS
from tests import factories


@pytest.fixture
def address(store):
    return f"/stores/{store.pk}/orders"


def table(answer):
    body = b"".join(answer.streaming_content)
    assert body.startswith(BOM_UTF8)  # Excel takes a file without it for another encoding
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def test_each_filter_is_a_chip_that_removes_it_alone(browser, store, address):
    factories.order(store, has_error=True)
    asked = {
        "card": "open",
        "search": "SKU",
        "since": "2026-01-02",
        "until": "2026-12-24",
        "sku": "SKU-1",
        "method": "VALUE",
        "fulfilment": "seller",
        "error": "1",
        "missing": "1",
        "sort": "-value",
    }
    text = pages.text(browser.get(address, asked))

    for words in ("Since Jan 2, 2026", "Until Dec 24, 2026", "SKU SKU-1", "VALUE", "Shipped by you", "Has an error"):
        assert words in text
    state = ListState.read(QueryDict(urlencode(asked)))
    assert [name for _words, name in state.chips()] == list(asked)
    for name in asked:
        left = QueryDict(state.query(**{name: ""})).dict()
        assert left == {other: value for other, value in asked.items() if other != name}


@pytest.mark.parametrize(
    "query",
    [
        {"since": "yesterday"},
        {"since": "0001-01-01", "until": "9999-12-31"},
        {"sort": "value", "after": "NaN_1"},
        {"sort": "value", "after": "1e999999_1"},
        {"sort": "value", "before": "12.50_x"},
        {"sort": "-ship_by", "before": "2026-11-23T00:00:00Z_1"},
        {"sort": "--value"},
        {"fulfilment": "them", "error": "2", "missing": "yes"},
        {"sku": "\x00", "method": "x" * 500},
        {"columns": "items,nothing"},
    ],
)
def test_an_address_that_asks_for_nonsense_is_answered(browser, store, address, query):
    factories.order(store)

    assert browser.get(address, query).status_code == 200


def test_days_are_the_viewers(browser, store, address):
    browser.cookies["time_zone"] = "Asia/Taipei"
    order = factories.order(
        store, ordered_at=timezone.datetime(2026, 11, 1, 17, 0, tzinfo=timezone.get_fixed_timezone(0))
    )

    assert pages.row_numbers(browser.get(address, {"since": "2026-11-02", "until": "2026-11-02"})) == [order.number]
    assert pages.row_numbers(browser.get(address, {"until": "2026-11-01"})) == []


def test_links_lead_forwards_and_back_and_keep_the_filters(browser, store, address):
    for _ in range(PAGE + 3):
        factories.order(store)
    first = browser.get(address, {"card": "open", "sort": "value"})
    second = browser.get(pages.address(first, 'rel="next"'))
    back = browser.get(pages.address(second, 'rel="prev"'))

    assert len(pages.row_numbers(second)) == 3
    assert pages.row_numbers(back) == pages.row_numbers(first)
    assert b'rel="prev"' not in first.content
    assert b'rel="prev"' not in back.content
    assert "card=open&sort=value&before=" in pages.address(second, 'rel="prev"')


def test_a_click_on_a_head_sorts_and_a_second_one_turns_it(browser, store, address):
    low, high = factories.order(store, total=1), factories.order(store, total=9)

    once = browser.get(address, {"sort": "value"})
    assert pages.row_numbers(once) == [high.number, low.number]
    assert 'aria-sort="descending"' in once.content.decode()
    turned = browser.get(address, {"sort": "-value"})
    assert pages.row_numbers(turned) == [low.number, high.number]
    assert ListState(sort="").turned("value") == "value"
    assert ListState(sort="value").turned("value") == "-value"
    assert ListState(sort="-value").turned("value") == "value"
    assert ListState().turned("ordered") == "-ordered"
    assert ListState(sort="-ordered").turned("ordered") == ""


def test_reading_both_platforms_leads_back_to_what_was_shown(browser, store, address):
    page = browser.get(address, {"card": "open", "sort": "-value", "columns": "items"})

    answer = browser.post(f"/stores/{store.pk}/synchronisation", {"back": pages.value(page, "back")})

    assert answer.url == f"{address}?card=open&sort=-value&columns=items"


def test_search_finds_the_orders_of_a_return(browser, store, address):
    order = factories.shipped_order(store)
    returned = factories.return_(order)
    factories.order(store)

    assert pages.row_numbers(browser.get(address, {"search": f" #{returned.number} "})) == [order.number]


def test_columns_are_chosen_by_each_person(browser, signed_in, bob, store, address):
    factories.order(store)
    answer = browser.post(f"{address}/columns", {"column": ["items", "ship_by"], "query": "card=open&sort=value"})

    assert answer.url == f"{address}?card=open&sort=value"
    text = pages.text(browser.get(address))
    assert "Walmart Order # Items Ship by (UTC) Status Status details" in text
    assert "Walmart Order # Commerce Order # Items" in pages.text(signed_in(bob).get(address))
    assert set(ListChoice.objects.get().hidden) == set(COLUMNS) - {"items", "ship_by"}


def test_columns_of_a_moment_stand_in_the_address_and_leave_the_choice_as_it_was(browser, store, address):
    order = factories.order(store)
    browser.post(f"{address}/columns", {"column": ["value"], "query": ""})
    answer = browser.post(f"{address}/columns", {"column": ["ship_by", "items"], "once": "1", "query": "card=open"})

    assert answer.url == f"{address}?card=open&columns=items,ship_by"
    page = browser.get(answer.url)
    assert "Walmart Order # Items Ship by (UTC) Status Status details" in pages.text(page)
    assert "Walmart Order # Order value Status Status details" in pages.text(browser.get(address))
    assert pages.value(page, "columns") == "items,ship_by"
    browser.post(f"{address}/views", {"name": "Narrow", "query": "card=open&columns=items,ship_by"})
    assert ListChoice.objects.get().views == [{"name": "Narrow", "query": "card=open&columns=items,ship_by"}]

    factories.operation(order)
    asked = {"seen": pages.value(page, "seen"), "counted": "", "columns": "items,ship_by"}
    changed = browser.get(f"{address}/changes", asked)
    assert 'data-label="Items"' in changed.content.decode()
    assert 'data-label="Order value"' not in changed.content.decode()


def test_no_columns_at_all_for_a_moment(browser, store, address):
    factories.order(store)
    answer = browser.post(f"{address}/columns", {"once": "1", "query": "columns=items"})

    assert answer.url == f"{address}?columns=none"
    assert "Walmart Order # Status Status details" in pages.text(browser.get(answer.url))
    assert browser.post(f"{address}/columns", {"column": ["items"], "query": "columns=none"}).url == address


def test_a_view_is_kept_shown_and_forgotten(browser, signed_in, bob, store, address):
    factories.order(store)
    kept = {"name": " Late  ones ", "query": "card=at_risk&sort=ship_by&after=2026-11-23T00:00:00%2B00:00_1&evil=1"}
    browser.post(f"{address}/views", kept)

    page = browser.get(address)
    assert f'href="{address}?card=at_risk&amp;sort=ship_by">Late ones</a>' in page.content.decode()
    assert "Late ones" not in pages.text(signed_in(bob).get(address))
    browser.post(f"{address}/views", {"name": "late ones", "query": "card=open"})
    browser.post(f"{address}/views", {"forget": "Late ones"})
    assert ListChoice.objects.get().views == [{"name": "late ones", "query": "card=open"}]


def test_a_view_needs_a_name_and_there_is_an_end_to_them(browser, store, address):
    assert "Give the view a name." in pages.text(browser.post(f"{address}/views", {"name": " "}, follow=True))
    for n in range(MOST_VIEWS):
        browser.post(f"{address}/views", {"name": f"View {n}"})
    assert "remove one first" in pages.text(browser.post(f"{address}/views", {"name": "More"}, follow=True))
    assert len(ListChoice.objects.get().views) == MOST_VIEWS


def test_rows_that_look_otherwise_are_sent_again_and_nothing_while_all_is_as_it_was(browser, store, address):
    order, other = factories.order(store), factories.order(store)
    page = browser.get(address)
    asked = {"seen": pages.value(page, "seen"), "counted": pages.value(page, "counted")}
    assert browser.get(f"{address}/changes", asked).status_code == 204

    factories.operation(order)
    answer = browser.get(f"{address}/changes", asked)

    assert pages.row_numbers(answer) == [order.number]
    assert "Walmart refused the tracking number." in answer.content.decode()
    assert f'id="order-{order.pk}" hx-swap-oob="true"' in answer.content.decode()
    assert f"order-{other.pk}" not in answer.content.decode()
    assert pages.cards(answer)["errors"] == 1
    fresh = {"seen": pages.value(answer, "seen"), "counted": pages.value(answer, "counted")}
    assert browser.get(f"{address}/changes", fresh).status_code == 204


def test_changes_never_show_another_store(browser, store, address, mallory):
    foreign = factories.order(mallory.memberships.get().store)

    answer = browser.get(f"{address}/changes", {"seen": f"{foreign.pk}.0,x,17,-1.2"})

    assert foreign.number not in answer.content.decode()
    assert pages.row_numbers(answer) == []


def test_export_writes_what_the_list_shows_and_no_formula(browser, store, address):
    factories.order(store, lines=[("=HYPERLINK(1)", 2), ("B", 1)], ship_method="+1", has_error=True)
    factories.order(store)

    heads, row = table(browser.get(f"{address}/export.csv", {"error": "1"}))

    named = dict(zip(heads, row, strict=True))
    assert named["Items"] == "'=HYPERLINK(1) × 2, B × 1"
    assert named["Ship method"] == "'+1"
    assert (named["Units"], named["Value"], named["Error"]) == ("3", "32.40", "yes")


def test_export_of_the_ticked_orders_and_of_a_search(browser, store, address, mallory):
    ticked, other = factories.order(store, lines=[("MUG", 1)]), factories.order(store)
    foreign = factories.order(mallory.memberships.get().store)

    chosen = table(browser.post(f"{address}/export.csv", {"order": [ticked.pk, foreign.pk, "x"]}))
    found = table(browser.get(f"{address}/export.csv", {"search": "mug"}))

    assert [row[0] for row in chosen[1:]] == [ticked.number]
    assert [row[0] for row in found[1:]] == [ticked.number]
    assert len(table(browser.get(f"{address}/export.csv"))) == 3
    assert other.pk


def test_an_export_asks_once_for_many_rows(store, browser, address, django_assert_num_queries):
    for _ in range(12):
        factories.order(store)
    with django_assert_num_queries(5):
        assert len(table(browser.get(f"{address}/export.csv"))) == 13


def test_moments_of_a_table_are_written_as_everywhere(store):
    now = timezone.now()
    for at in (now, now - timedelta(days=400), now + timedelta(hours=7)):
        assert Moments(now).written(at) == formats.moment(at)


def test_texts_of_orders_are_escaped(browser, store, address):
    evil = "<script>alert('x')</script>"
    factories.order(store, lines=[(evil, 1)], ship_method=evil[:32], commerce_number=evil)

    body = browser.get(address).content.decode()

    assert evil not in body
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in body
