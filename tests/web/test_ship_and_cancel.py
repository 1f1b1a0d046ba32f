import uuid

import pages
import pytest
from django.utils import timezone

from channel_manager.orders.models import Cancellation, Shipment
from tests import factories


@pytest.fixture
def order(store):
    return factories.order(store, lines=[("SKU-1", 3), ("SKU-2", 1)])


@pytest.fixture
def ship(browser, order):
    return Form(browser, f"/stores/{order.store_id}/orders/{order.pk}/shipment")


@pytest.fixture
def cancel(browser, order):
    return Form(browser, f"/stores/{order.store_id}/orders/{order.pk}/cancellation")


class Form:
    """A form page: `open` reads it as a browser would, `send` sends it with what the person typed."""

    def __init__(self, browser, path):
        self.browser, self.path = browser, path

    def open(self):
        page = self.browser.get(self.path)
        return {name: pages.value(page, name) for name in ("version", "marker", "quantity-1", "quantity-2")}

    def send(self, typed, **changes):
        return self.browser.post(self.path, typed | changes)


PARCEL = {"tracks": "1", "track-0-carrier": "ups", "track-0-number": "1Z999AA10123456784"}


def test_quantities_are_preset_to_what_is_open(ship, order, alice):
    factories.shipment(order, quantities={"1": 1}, by=alice)

    typed = ship.open()

    assert (typed["quantity-1"], typed["quantity-2"]) == ("2", "1")


def test_only_another_carrier_has_the_title_that_was_typed(ship):
    """Its field is out of sight for the others: what was left in it is not theirs."""
    typed = PARCEL | {"track-0-title": "OnTrac", "quantity-1": "1", "quantity-2": ""}
    for carrier in ("ups", "custom"):
        assert ship.send(ship.open() | typed, **{"track-0-carrier": carrier}).status_code == 302
    found = [track.title for shipment in Shipment.objects.order_by("pk") for track in shipment.tracks.all()]
    assert found == ["UPS", "OnTrac"]


def test_a_part_is_shipped_with_its_tracking_number(ship, order, alice):
    answer = ship.send(ship.open() | PARCEL, **{"quantity-1": "2", "quantity-2": "", "comment": "Fragile"})

    assert (answer.status_code, answer["Location"]) == (302, f"/stores/{order.store_id}/orders/{order.pk}")
    shipment = Shipment.objects.get()
    assert [(row.line.sku, row.quantity) for row in shipment.lines.all()] == [("SKU-1", 2)]
    tracks = [(track.carrier_code, track.title, track.number) for track in shipment.tracks.all()]
    assert tracks == [("ups", "UPS", "1Z999AA10123456784")]
    assert (shipment.comment, shipment.requested_by) == ("Fragile", alice)
    order.refresh_from_db()
    assert order.status == "partially_shipped"


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"track-0-number": ""}, "track-0-number", "Enter the tracking number"),
        ({"track-0-number": "1Z_999"}, "track-0-number", "letters and digits only"),
        ({"track-0-carrier": ""}, "track-0-carrier", "Choose the carrier."),
        ({"track-0-carrier": "pigeon"}, "track-0-carrier", "Commerce does not know this carrier"),
        ({"track-0-carrier": "custom"}, "track-0-title", "Name the carrier"),
        ({"quantity-1": "4"}, "quantity-1", "This line has only 3 open."),
        ({"quantity-1": "-1"}, "quantity-1", "A quantity cannot be negative."),
        ({"quantity-1": "two"}, "quantity-1", "Enter a whole number."),
        ({"quantity-1": "9" * 5000}, "quantity-1", "Enter a whole number."),
        ({"source_code": "no blanks"}, "source_code", "valid"),
    ],
)
def test_an_error_stands_beside_its_field_and_what_was_typed_is_kept(ship, changes, place, words):
    typed = ship.open() | PARCEL | {"quantity-2": "0", "comment": "Keep me"} | changes

    answer = ship.send(typed)

    assert answer.status_code == 422
    assert words in pages.errors_beside(answer, place)
    assert "Keep me" in pages.text(answer)
    for name in ("quantity-1", "quantity-2", "track-0-number", "marker"):
        assert pages.value(answer, name) == typed[name]
    assert not Shipment.objects.exists()


def test_nothing_chosen_is_said(ship):
    answer = ship.send(ship.open() | PARCEL, **{"quantity-1": "0", "quantity-2": "0"})

    assert "Choose at least one unit." in pages.text(answer)
    assert answer.status_code == 422


def test_another_row_for_a_parcel_is_added_without_sending(ship):
    answer = ship.send(ship.open() | PARCEL, add_track="1")

    assert answer.status_code == 200
    assert pages.value(answer, "track-0-number") == PARCEL["track-0-number"]
    assert pages.value(answer, "track-1-number") == ""
    assert pages.value(answer, "tracks") == "2"
    assert "Enter the tracking number" not in pages.text(answer)
    assert not Shipment.objects.exists()


def test_what_is_wrong_with_a_second_parcel_stands_beside_its_own_field(ship):
    second = {"tracks": "2", "track-1-carrier": "ups", "track-1-number": "1Z_999"}

    answer = ship.send(ship.open() | PARCEL | second)

    assert "letters and digits only" in pages.errors_beside(answer, "track-1-number")
    assert pages.errors_beside(answer, "track-0-number") == ""


def test_a_double_click_ships_once(ship):
    typed = ship.open() | PARCEL | {"quantity-1": "1", "quantity-2": "0"}

    first, second = ship.send(typed), ship.send(typed)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert Shipment.objects.count() == 1


def test_a_marker_that_is_not_one_is_replaced(ship):
    answer = ship.send(ship.open() | PARCEL, marker="<x>")

    assert answer.status_code == 422 or Shipment.objects.count() == 1
    assert "<x>" not in answer.content.decode()


def test_the_marker_of_another_order_ships_this_one(ship, order, alice, store):
    other = factories.order(store)
    taken = factories.shipment(other, by=alice)

    answer = ship.send(ship.open() | PARCEL, marker=str(taken.marker))

    assert answer.status_code == 302
    assert (order.shipments.count(), other.shipments.count()) == (1, 1)


def test_a_stale_page_is_noticed_and_can_be_sent_after_looking_again(ship, order, alice):
    typed = ship.open() | PARCEL | {"quantity-1": "2"}
    factories.shipment(order, quantities={"2": 1}, by=alice)

    stale = ship.send(typed)

    assert stale.status_code == 422
    assert "This order changed while the page was open: look again, what you typed is kept." in pages.text(stale)
    assert pages.value(stale, "quantity-1") == "2"
    assert order.shipments.count() == 1
    again = ship.send(typed, version=pages.value(stale, "version"), **{"quantity-2": "0"})
    assert again.status_code == 302
    assert order.shipments.count() == 2


def test_an_order_that_is_not_in_commerce_is_refused_on_the_form(browser, store):
    order = factories.order(store, in_commerce=False)
    form = Form(browser, f"/stores/{store.pk}/orders/{order.pk}/shipment")
    page = browser.get(form.path)
    typed = PARCEL | {"version": pages.value(page, "version"), "marker": str(uuid.uuid4()), "quantity-1": "1"}

    answer = form.send(typed)

    assert answer.status_code == 422
    assert "does not exist in Commerce yet" in pages.text(answer)


def test_a_buyers_request_is_overridden_only_by_name(ship, order, alice):
    order.lines.filter(number="1").update(buyer_asked_to_cancel=True)
    typed = ship.open() | PARCEL

    refused = ship.send(typed)
    assert "The buyer asked to cancel." in pages.errors_beside(refused, "override")

    assert ship.send(typed, override="on").status_code == 302
    assert Shipment.objects.get().override_by == alice


def test_units_are_cancelled_with_a_reason(cancel, order, alice):
    answer = cancel.send(cancel.open(), reason="stock", **{"quantity-1": "1", "quantity-2": "0"})

    assert answer.status_code == 302
    cancellation = Cancellation.objects.get()
    assert [(row.line.sku, row.quantity) for row in cancellation.lines.all()] == [("SKU-1", 1)]
    assert (cancellation.reason, cancellation.requested_by) == ("stock", alice)


def test_a_cancellation_without_reason_or_of_something_shipped_is_refused(cancel, order, alice):
    factories.shipment(order, quantities={"2": 1}, by=alice)
    typed = cancel.open()

    assert "Choose a reason" in pages.errors_beside(cancel.send(typed), "reason")
    shipped = cancel.send(typed, reason="stock", **{"quantity-2": "1"})
    assert "This line has only 0 open." in pages.errors_beside(shipped, "quantity-2")
    assert not Cancellation.objects.exists()


def test_the_buyers_reason_is_offered_only_when_the_buyer_asked(browser, cancel, order):
    assert 'value="buyer"' not in browser.get(cancel.path).content.decode()
    assert cancel.send(cancel.open(), reason="buyer").status_code == 422

    order.lines.filter(number="1").update(buyer_asked_to_cancel=True)
    order.buyer_asked_at = timezone.now()
    order.save()

    typed = cancel.open()
    assert 'value="buyer"' in browser.get(cancel.path).content.decode()
    assert (typed["quantity-1"], typed["quantity-2"]) == ("3", "0")
    assert cancel.send(typed, reason="buyer").status_code == 302


def test_a_double_click_cancels_once(cancel):
    typed = cancel.open() | {"reason": "stock", "quantity-1": "1", "quantity-2": "0"}

    assert [cancel.send(typed).status_code, cancel.send(typed).status_code] == [302, 302]
    assert Cancellation.objects.count() == 1
