"""What is done with many orders at once, as pages."""

import pages
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from channel_manager.orders.models import BulkRun, Shipment
from channel_manager.sync.models import State, SyncOperation
from tests import factories


@pytest.fixture
def address(store):
    return f"/stores/{store.pk}/orders/shipments"


def test_ticked_orders_are_rows_to_be_filled_in(browser, store, address):
    first, second = factories.order(store), factories.order(store)

    answer = browser.post(address, {"prepare": "1", "order": [first.pk, second.pk]})

    assert f"{first.number},,,," in answer.content.decode()
    assert f"{second.number},,,," in answer.content.decode()


def test_rows_are_looked_at_before_anything_is_recorded_and_a_second_press_adds_nothing(browser, store, address):
    order = factories.order(store)
    rows = f"{order.number},,,UPS,1Z999AA10123456784\nnobody,,,UPS,T2"

    preview = browser.post(address, {"rows": rows})
    text = pages.text(preview)
    assert "1 row is right." in text
    assert "No order of this store has this number." in text
    assert not Shipment.objects.exists()

    marker = pages.value(preview, "marker")
    done = browser.post(address, {"rows": rows, "confirm": "1", "marker": marker}, follow=True)
    again = browser.post(address, {"rows": rows, "confirm": "1", "marker": marker}, follow=True)
    elsewhere = browser.post(address, {"rows": rows, "confirm": "1"}, follow=True)

    assert "On its way 1" in pages.text(done)
    assert "These rows were sent already: nothing was added." in pages.text(again)
    assert again.redirect_chain == done.redirect_chain
    assert "Nothing was sent: the reason stands beside each row." in pages.text(elsewhere)
    assert "This parcel is recorded already" in pages.text(elsewhere)
    assert Shipment.objects.count() == 1


def test_a_file_is_taken_as_well(browser, store, address):
    order = factories.order(store)
    body = f"Order;Carrier;Tracking number\n{order.number};UPS;T1".encode("utf-8-sig")

    answer = browser.post(address, {"rows": "", "file": SimpleUploadedFile("parcels.csv", body)})

    assert "1 row is right." in pages.text(answer)


@pytest.mark.parametrize(
    ("rows", "says"), [("", "Paste at least one row"), ("1,UPS,T\n" * 201, "At most 200 rows at once.")]
)
def test_what_cannot_be_read_is_said_and_kept(browser, store, address, rows, says):
    answer = browser.post(address, {"rows": rows})

    assert answer.status_code == 422
    assert says in pages.errors_beside(answer, "rows")


def test_a_viewer_looks_and_does_not_act(signed_in, bob, store, address):
    browser = signed_in(bob)
    order = factories.order(store)

    for path in (address, f"/stores/{store.pk}/orders/retries"):
        assert browser.post(path, {"rows": f"{order.number},UPS,T1", "confirm": "1"}).status_code == 403
    body = browser.get(f"/stores/{store.pk}/orders").content.decode()
    assert "/orders/retries" not in body
    assert "/orders/export.csv" in body


def test_what_failed_is_sent_again_and_each_order_says_so(browser, store):
    failed, fine = factories.order(store), factories.order(store)
    factories.operation(failed)

    address = f"/stores/{store.pk}/orders/retries"
    text = pages.text(browser.post(address, {"order": [failed.pk, fine.pk]}, follow=True))
    again = pages.text(browser.post(address, {"order": [failed.pk]}, follow=True))

    assert "On its way 1" in text
    assert "Nothing of it had failed." in text
    assert "It is on its way already: nothing was sent again." in again
    assert SyncOperation.objects.get().state == State.WAITING


def test_without_a_tick_nothing_is_sent_again(browser, store):
    answer = browser.post(f"/stores/{store.pk}/orders/retries", follow=True)

    assert "Select orders first" in pages.text(answer)
    assert not BulkRun.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_preview_asks_the_same_questions_for_any_number_of_rows(
    browser, store, address, count, django_assert_num_queries
):
    rows = "\n".join(f"{factories.order(store).number},UPS,T{n}" for n in range(count))
    with django_assert_num_queries(7):
        assert browser.post(address, {"rows": rows}).status_code == 200
