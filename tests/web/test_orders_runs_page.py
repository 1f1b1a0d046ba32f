"""The page that follows what was asked of many orders at once."""

import csv
import html
import io

import pages
import pytest
from django.utils import timezone

from channel_manager.orders.models import BulkRun, Shipment
from channel_manager.orders.rules.parcels import read
from channel_manager.shared.sentences import say
from channel_manager.sync.models import State, SyncOperation
from tests import factories


@pytest.fixture
def shipments(store):
    return f"/stores/{store.pk}/orders/shipments"


def begin(browser, shipments, rows):
    """The address that the browser is led to."""
    return browser.post(shipments, {"rows": rows, "confirm": "1"}).url


def refuse(order):
    SyncOperation.objects.filter(subject=order.subject).update(
        state=State.FAILED, finished_at=timezone.now(), error=factories.error(say("The number is unknown."))
    )


def test_it_asks_for_what_changed_until_nothing_is_under_way(browser, store, shipments):
    order = factories.order(store)
    address = begin(browser, shipments, f"{order.number},UPS,T1")
    page = browser.get(address)
    look = pages.address(page, 'id="watch"', attribute="hx-get")
    assert "0 of 1 accepted by Walmart" in pages.text(page)
    assert 'id="run"' not in browser.get(look).content.decode()

    Shipment.objects.update(reported_at=timezone.now())
    changed = browser.get(look)

    assert "1 of 1 accepted by Walmart" in pages.text(changed)
    assert 'id="run" class="run" hx-swap-oob="true"' in changed.content.decode()
    assert "hx-trigger" not in changed.content.decode()


def test_a_refused_row_leads_to_where_it_is_mended(browser, store, shipments):
    order = factories.order(store)
    address = begin(browser, shipments, f"{order.number},UPS,T1")
    refuse(order)

    page = browser.get(address)

    assert "The number is unknown. Invalid tracking number Fix and resend" in pages.text(page)
    assert f'href="/stores/{store.pk}/activity/{SyncOperation.objects.get().pk}/fix"' in page.content.decode()
    assert "Send failed again" in pages.text(page)


def test_only_what_was_left_out_is_corrected(browser, store, shipments):
    order = factories.order(store)
    address = begin(browser, shipments, f'{order.number},,,UPS,T1\nnobody,A,x,"Fast, Ltd.",T2')
    page = browser.get(address)
    assert "Correct the row that was left out" in pages.text(page)

    again = page.content.decode().split('name="again" hidden aria-hidden="true">')[1].split("</textarea>")[0]
    form = browser.post(shipments, {"prepare": "1", "again": html.unescape(again)})

    typed = html.unescape(form.content.decode())
    assert 'nobody,A,x,"Fast, Ltd.",T2' in typed
    assert f"{order.number},,,UPS,T1" not in typed


def test_the_rest_is_a_file_that_can_be_sent_again(browser, store, shipments):
    order, refused = factories.order(store), factories.order(store)
    address = begin(browser, shipments, f"{order.number},UPS,T1\n{refused.number},UPS,T2\nnobody,,3,UPS,T3")
    refuse(refused)

    body = b"".join(browser.get(f"{address}/rest.csv").streaming_content).decode("utf-8-sig")

    heads, *rows = csv.reader(io.StringIO(body))
    assert heads == ["order", "sku", "quantity", "carrier", "tracking", "reason"]
    assert [(row[0], row[5]) for row in rows] == [
        (refused.number, "The number is unknown. Invalid tracking number"),
        ("nobody", "No order of this store has this number."),
    ]
    assert [(row.order, row.quantity, row.number) for row in read(body)] == [
        (refused.number, None, "T2"),
        ("nobody", 3, "T3"),
    ]


def test_a_viewer_sees_how_it_stands_and_cannot_act(browser, signed_in, bob, store, shipments):
    order = factories.order(store)
    address = begin(browser, shipments, f"{order.number},UPS,T1\nnobody,UPS,T2")
    refuse(order)

    text = pages.text(signed_in(bob).get(address))

    assert "The number is unknown." in text
    assert "Fix and resend" not in text
    assert "Correct the row" not in text


def test_another_store_does_not_have_it(browser, signed_in, mallory, store, shipments):
    order = factories.order(store)
    address = begin(browser, shipments, f"{order.number},UPS,T1")
    theirs = address.replace(f"/stores/{store.pk}/", f"/stores/{mallory.memberships.get().store_id}/")

    for path in (address, theirs, f"{theirs}/progress", f"{theirs}/rest.csv"):
        assert signed_in(mallory).get(path).status_code == 404


def test_what_was_done_of_late_is_found_again(browser, alice, store, shipments):
    order = factories.order(store)
    address = begin(browser, shipments, f"{order.number},UPS,T1")

    page = browser.get(shipments)

    assert f'href="{address}">Shipped: 1 row</a>' in page.content.decode()
    assert BulkRun.objects.get().user == alice


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_questions_for_any_number_of_rows(
    browser, store, shipments, count, django_assert_num_queries
):
    rows = "\n".join(f"{factories.order(store).number},UPS,T{n}" for n in range(count))
    address = begin(browser, shipments, rows)
    with django_assert_num_queries(8):
        assert browser.get(address).status_code == 200
