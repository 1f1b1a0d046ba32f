from datetime import timedelta
from decimal import Decimal

import pages
import pytest
from django.utils import timezone

from channel_manager.orders.models import Hold, PurchaseOrder, Treatment
from channel_manager.ports.messages import Reason
from channel_manager.shared.sentences import say
from channel_manager.sync.models import Outcome, State, SyncOperation
from tests import factories


def open_page(browser, order):
    return browser.get(f"/stores/{order.store_id}/orders/{order.pk}")


def test_the_ledger_of_each_line_and_what_belongs_to_the_order_are_shown(browser, store, alice):
    order = factories.order(store, lines=[("SKU-1", 5), ("SKU-2", 1)], replacement_for="999")
    factories.shipment(order, quantities={"1": 2}, by=alice, comment="Fragile", reported_at=timezone.now())
    factories.shipment(order, quantities={"1": 1}, by=alice)
    factories.cancellation(order, quantities={"2": 1}, by=alice, reason=Reason.PRICE)

    text = pages.text(open_page(browser, order))

    assert "1 SKU-1 Product SKU-1 5 2 3 1 on the way 0 0 0 $54.00" in text
    assert "2 SKU-2 Product SKU-2 1 0 0 1 1 on the way 0 0 $10.80" in text
    assert "Offline Channel Payment External Order Number " + order.number in text
    assert "Cancellation reason Price or other listing errors" in text
    assert "Replaces 999" in text
    assert "At Walmart" in text
    assert "On its way to Walmart" in text
    assert "UPS 1Z999AA10123456784" in text
    assert "Robin Doe 1 Main Street Springfield, IL 62701 US" in text


def test_the_order_is_found_on_both_sides_own_pages(browser, store):
    order = factories.order(store)
    answer = browser.get(f"/stores/{store.pk}/orders/{order.pk}")
    admin = f"{store.commerce_admin_url}/sales/order/view/order_id/{order.commerce_order_id}"
    assert pages.address(answer, "/sales/order/") == admin
    assert "In Seller Center" not in pages.text(answer), "an account of nobody's has none"

    store.marketplace_url = "https://marketplace.walmartapis.com"
    store.save()
    answer = browser.get(f"/stores/{store.pk}/orders/{order.pk}")
    assert pages.address(answer, "seller.walmart.com").endswith(f"poNumber={order.number}")


def test_deadlines_run_until_walmart_cancels_by_itself(browser, store):
    now = timezone.now()
    order = factories.order(
        store, acknowledge_by=now + timedelta(minutes=90, seconds=30), ship_by=now - timedelta(days=1, minutes=1)
    )

    text = pages.text(open_page(browser, order))

    assert "in 1 h 30 min" in text
    assert "1 d 0 h late" in text
    assert "Walmart cancels by itself" in text
    assert "in 2 d 23 h" in text


@pytest.mark.parametrize(
    ("commerce", "words"),
    [
        (Decimal("21.60"), "Both sides agree to the cent"),
        (Decimal("21.61"), "The totals differ"),
    ],
)
def test_totals_are_compared_to_the_cent(browser, store, commerce, words):
    assert words in pages.text(open_page(browser, factories.order(store, commerce_total=commerce)))


def test_only_the_part_that_commerce_was_made_for_is_compared(browser, store):
    order = factories.order(store, lines=[("SKU-1", 4)], commerce_total=Decimal("10.80"))
    order.lines.update(commerce_quantity=1, cancelled_before=3)

    text = pages.text(open_page(browser, order))

    assert "Of it in the Commerce order $10.80" in text
    assert "Both sides agree" in text


def test_a_refused_shipment_says_what_to_do_and_can_be_retried_or_settled(browser, store, alice):
    order = factories.order(store)
    shipment = factories.shipment(order, by=alice)
    refusal = say("Walmart does not know carrier “%(name)s”.", name="Pigeon")
    operation = factories.operation(order, sentence=refusal, payload={"shipment": shipment.pk})
    factories.attempt(operation)

    page = open_page(browser, order)
    text = pages.text(page)
    assert text.count("Walmart does not know carrier “Pigeon”.") == 2  # the panel and the try in the timeline
    assert "Side Walmart Field trackingNumber It said Invalid tracking number" in text
    assert "INVALID_REQUEST_CONTENT · HTTP 400" in text
    assert pages.address(page, "/tracking") == f"/stores/{store.pk}/orders/{order.pk}/shipments/{shipment.pk}/tracking"

    answer = browser.post(f"/stores/{store.pk}/activity/{operation.pk}/retry", {"back": "subject"}, follow=True)
    assert answer.redirect_chain == [(f"/stores/{store.pk}/orders/{order.pk}", 302)]
    assert "It is tried again now." in pages.text(answer)
    assert SyncOperation.objects.get().state == State.WAITING
    assert not PurchaseOrder.objects.get().has_error


def test_settling_needs_a_reason_that_stays_on_record(browser, store, alice):
    order = factories.order(store)
    operation = factories.operation(order, payload={"shipment": factories.shipment(order, by=alice).pk})
    path = f"/stores/{store.pk}/activity/{operation.pk}/settlement"

    assert "Say why" in pages.errors_beside(browser.post(path, {"reason": " "}), "reason")
    browser.post(path, {"reason": "Entered in Seller Center"})

    assert SyncOperation.objects.get().state == State.SETTLED
    assert "Settled by hand: Entered in Seller Center" in pages.text(open_page(browser, order))
    again = browser.post(path, {"reason": "Twice"})
    assert "neither failed nor waiting" in pages.text(again)


def test_the_timeline_merges_events_and_tries_newest_first(browser, store, alice):
    order = factories.order(store)
    start = timezone.now() - timedelta(hours=1)
    factories.event(order, at=start)
    operation = factories.operation(order, kind="acknowledge", state=State.DONE)
    factories.attempt(operation, outcome=Outcome.SENT, started_at=start + timedelta(minutes=1), error=None)
    factories.event(order, say("Shipped %(units)s units.", units=2), user=alice, actor="person", at=timezone.now())

    body = pages.text(open_page(browser, order))

    timeline = body[body.index("Timeline") : body.index("Deadlines")]
    places = [
        timeline.index(words) for words in ("Shipped 2 units.", "Acknowledge at Walmart", "Received from Walmart.")
    ]
    assert places == sorted(places)
    assert "Person: alice" in timeline
    assert "POST https://walmart.example/v3/orders/1/shipping 400 12 ms" in timeline


def test_what_cannot_be_done_now_says_why(browser, store):
    cases = {
        "The order does not exist in Commerce yet.": factories.order(store, in_commerce=False),
        "The order is on hold in Commerce.": factories.order(store, commerce_state="holded"),
    }
    for words, order in cases.items():
        page = open_page(browser, order)
        assert words in pages.text(page)
        assert f"/orders/{order.pk}/shipment" not in page.content.decode()
        assert f"/orders/{order.pk}/cancellation" in page.content.decode()

    wfs = open_page(browser, factories.order(store, fulfilment="marketplace", in_commerce=False)).content.decode()
    assert "/shipment" not in wfs
    assert "/cancellation" not in wfs
    assert "/commerce-order" not in wfs


def test_an_order_left_alone_can_be_created_on_demand(browser, store):
    order = factories.order(store, in_commerce=False, treatment=Treatment.IGNORE)
    page = open_page(browser, order)
    form = {"version": pages.value(page, "version")}

    answer = browser.post(f"/stores/{store.pk}/orders/{order.pk}/commerce-order", form, follow=True)

    assert "The Commerce order is being made." in pages.text(answer)
    assert SyncOperation.objects.get().kind == "create_commerce_order"
    browser.post(f"/stores/{store.pk}/orders/{order.pk}/commerce-order", form, follow=True)


def test_a_held_shipment_gets_its_tracking_number(browser, store):
    order = factories.order(store)
    held = factories.shipment(order, tracks=(), hold=Hold.TRACKING)
    path = f"/stores/{store.pk}/orders/{order.pk}/shipments/{held.pk}/tracking"
    assert "Waiting for tracking" in pages.text(open_page(browser, order))
    form = {"version": pages.value(browser.get(path), "version"), "carrier": "ups", "number": "1Z 999"}

    empty = browser.post(path, form | {"number": ""})
    assert "Enter the tracking number" in pages.errors_beside(empty, "number")
    refused = browser.post(path, form | {"number": order.number})
    assert "This is the order's number" in pages.errors_beside(refused, "number")
    browser.post(path, form)

    assert [track.number for track in held.tracks.all()] == ["1Z999"]


def test_a_shipment_held_by_the_buyers_request_can_be_sent_by_a_named_person(browser, store, alice):
    order = factories.order(store, buyer_asked_at=timezone.now())
    order.lines.update(buyer_asked_to_cancel=True)
    held = factories.shipment(order, hold=Hold.BUYER_REQUEST)
    page = open_page(browser, order)
    assert "Send although the buyer asked to cancel" in pages.text(page)

    path = f"/stores/{store.pk}/orders/{order.pk}/shipments/{held.pk}/override"
    browser.post(path, {"version": pages.value(page, "version")})

    held.refresh_from_db()
    assert (held.hold, held.override_by) == (Hold.NONE, alice)


def test_a_cancellation_made_in_commerce_gets_its_reason(browser, store):
    order = factories.order(store)
    open_one = factories.cancellation(order, reason="")
    assert "Give the reason" in pages.text(open_page(browser, order))
    path = f"/stores/{store.pk}/orders/{order.pk}/cancellations/{open_one.pk}/reason"
    form = {"version": pages.value(browser.get(path), "version")}

    assert "required" in pages.errors_beside(browser.post(path, form), "reason")
    assert browser.post(path, form | {"reason": "buyer"}).status_code == 422
    browser.post(path, form | {"reason": "stock"})

    open_one.refresh_from_db()
    assert open_one.reason == Reason.STOCK


def test_an_order_that_could_not_be_read_says_so_and_is_shown(browser, store):
    problem = say("Line %(line)s has no quantity.", line=1).as_json()
    order = factories.order(
        store, lines=[], in_commerce=False, problem=problem, address={}, ship_by=None, buyer_name=""
    )
    factories.order_state.refresh(order)

    text = pages.text(open_page(browser, order))

    assert text.count("Line 1 has no quantity.") == 1
    assert "Line 1 has no quantity." in pages.text(browser.get(f"/stores/{store.pk}/orders"))


def test_a_program_error_keeps_what_its_report_needs(browser, store):
    order = factories.order(store)
    operation = factories.operation(order)
    operation.error = {"class": "KeyError", "sentence": say("Program error.").as_json(), "traceback": "KeyError: 'x'"}
    operation.save()

    assert "KeyError: 'x'" in pages.text(open_page(browser, order))


def test_what_was_changed_in_the_address_is_visible(browser, store):
    order = factories.order(store, adjusted=[{"field": "postcode", "before": "627", "after": "00627"}])

    assert "postcode 627 → 00627" in pages.text(open_page(browser, order))
