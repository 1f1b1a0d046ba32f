"""Fix and resend as a person meets it: preset forms, one decision for many, permissions, and who was faster."""

import pages
import pytest
from django.test import Client
from django.utils import timezone

from channel_manager.connectors import registry
from channel_manager.orders import actions
from channel_manager.orders.models import Hold, PurchaseOrder
from channel_manager.shared.sentences import say
from channel_manager.stores.models import CarrierRule, SkuLink
from channel_manager.sync.models import State, SyncOperation
from tests import factories
from tests.web.troubles import in_trouble, refused_parcel, unknown_product

CARRIER = registry.capabilities("walmart").carriers[4]


def order_of(operation):
    return PurchaseOrder.objects.get(pk=int(operation.subject.removeprefix("order:")))


def fix(operation):
    return f"/stores/{operation.store_id}/activity/{operation.pk}/fix"


def state_of(operation):
    operation.refresh_from_db()
    return operation.state


# ---- what an error says ------------------------------------------------------------------------------------------


def test_an_error_says_whose_it_is_what_was_said_and_what_to_do(browser, store, alice):
    operation = refused_parcel(store, alice, said="Only 1 open")
    for page in (f"/stores/{store.pk}/orders/{order_of(operation).pk}", f"/stores/{store.pk}/activity/{operation.pk}"):
        text = pages.text(browser.get(page))
        assert "Refused. Side Walmart Field trackingNumber It said Only 1 open" in text
        assert "What to do Send fewer units: as many as Walmart still has open." in text
        assert "Fix and resend" in text


def test_our_own_mistake_has_a_reference(browser, store):
    operation = factories.operation(factories.order(store))
    operation.error |= {"class": "ValueError", "side": "Channel Manager", "traceback": "Traceback …"}
    operation.save()
    text = pages.text(browser.get(f"/stores/{store.pk}/activity/{operation.pk}"))
    assert "Side Channel Manager Field trackingNumber It said Invalid tracking number Code" in text
    assert f"Reference CM-{operation.pk}-1" in text
    assert "report it with its case file and the reference" in text


# ---- the forms ---------------------------------------------------------------------------------------------------


def test_the_tracking_form_is_preset_with_what_was_sent(browser, store, alice):
    operation = refused_parcel(store, alice, "tracking")
    page = browser.get(fix(operation), follow=True)
    assert pages.value(page, "number") == "1Z999AA10123456784"
    assert '<option value="ups" selected>' in page.content.decode()


def test_fewer_units_are_preset_with_what_walmart_has_open_and_sent(browser, store, alice):
    operation = refused_parcel(store, alice)
    order_of(operation).lines.update(reported_cancelled=1)
    page = browser.get(fix(operation))
    assert pages.value(page, "quantity-1") == "2"

    wrong = browser.post(fix(operation), {"version": pages.value(page, "version"), "quantity-1": "9"})
    assert wrong.status_code == 422
    assert pages.errors_beside(wrong, "quantity-1")

    answer = browser.post(fix(operation), {"version": pages.value(page, "version"), "quantity-1": "2"}, follow=True)
    assert "Corrected, and on its way again." in pages.text(answer)
    assert state_of(operation) == State.WAITING


def test_an_address_part_that_the_shop_refuses_is_marked_and_corrected(browser, store):
    order = factories.order(store, in_commerce=False)
    operation = in_trouble(
        order, "create_commerce_order", "address", state=State.WAITING, name="Postponed", payload={"order": order.pk}
    )
    operation.error["field"] = "telephone"
    operation.save()
    page = browser.get(fix(operation))
    assert "The shop refuses this part. Telephone Walmart gave: 5550100" in pages.text(page)
    typed = {part: pages.value(page, part) for part in ("name", "city", "state", "postcode")}
    typed |= {"street": "1 Main Street", "phone": "217 555 0100", "version": pages.value(page, "version")}

    browser.post(fix(operation), typed)

    order.refresh_from_db()
    assert {part: entry["value"] for part, entry in order.corrections.items()} == {"phone": "217 555 0100"}


def test_a_sku_is_linked_once_for_all_that_wait(browser, store):
    sold = factories.order(store, lines=[("W-10", 1)])
    sold.commerce_items.update(sku="W-10")
    operations = [unknown_product(store) for _ in range(2)]
    page = browser.get(fix(operations[0]))
    assert "W-10" in pages.text(page)

    typed = {"version": pages.value(page, "version"), "sku": "W-1", "commerce_sku": "CAP-1"}
    browser.post(fix(operations[0]), typed)

    assert SkuLink.objects.get().commerce_sku == "CAP-1"
    for operation in operations:
        operation.refresh_from_db()
        assert operation.due_at <= timezone.now()


def test_a_carrier_is_chosen_for_one_parcel(browser, store):
    order = factories.order(store)
    shipment = factories.shipment(order, tracks=[("custom", "Colissimo", "6A1")], hold=Hold.CARRIER)
    text = pages.text(browser.get(f"/stores/{store.pk}/orders/{order.pk}"))
    assert "Walmart does not know “Colissimo”" in text
    address = f"/stores/{store.pk}/orders/{order.pk}/shipments/{shipment.pk}/carrier"
    page = browser.get(address)
    assert "An owner of the store can map it." in pages.text(page)

    answer = browser.post(address, {"version": pages.value(page, "version"), "carrier": CARRIER}, follow=True)

    assert "on its way to Walmart" in pages.text(answer)
    assert SyncOperation.objects.get(kind="report_shipment").payload == {"shipment": shipment.pk}


def test_an_owner_maps_it_for_all_with_the_rule_preset(signed_in, carol, store):
    browser = signed_in(carol)
    made = [
        factories.shipment(factories.order(store), tracks=[("custom", "Colissimo", f"6A{n}")], hold=Hold.CARRIER)
        for n in range(2)
    ]
    activity = browser.get(f"/stores/{store.pk}/activity")
    assert "2 orders: Walmart does not know the carrier “Colissimo”" in pages.text(activity)
    page = browser.get(f"/stores/{store.pk}/settings/carriers/new?shipment={made[0].pk}")
    assert [pages.value(page, name) for name in ("carrier_code", "title")] == ["custom", "Colissimo"]

    typed = {"carrier_code": "custom", "title": "Colissimo", "carrier": CARRIER, "position": "0"}
    answer = browser.post(page.request["PATH_INFO"] + f"?shipment={made[0].pk}", typed, follow=True)

    assert "The rule is saved; 2 shipments go out." in pages.text(answer)
    assert SyncOperation.objects.filter(kind="report_shipment").count() == 2
    assert CarrierRule.objects.count() == 1


def test_out_of_stock_can_be_tried_again_or_cancelled(browser, store):
    order = factories.order(store, lines=[("CAP", 1), ("MUG", 2)], in_commerce=False)
    in_trouble(
        order,
        "create_commerce_order",
        "stock",
        state=State.WAITING,
        name="Postponed",
        sentence=say("Commerce has not enough of %(sku)s to sell.", sku="MUG"),
        payload={"order": order.pk},
    )
    page = browser.get(f"/stores/{store.pk}/orders/{order.pk}")
    assert "Try again now" in pages.text(page)
    form = browser.get(pages.address(page, "cancellation?reason=stock"))
    assert [pages.value(form, f"quantity-{number}") for number in "12"] == ["0", "2"]
    assert '<option value="stock" selected>' in form.content.decode()


# ---- equal errors ------------------------------------------------------------------------------------------------


def test_equal_errors_are_shown_once_and_sent_again_together(browser, store, alice):
    operations = [refused_parcel(store, alice, "tracking") for _ in range(3)]
    assert "3 orders: Refused." in pages.text(browser.get("/"))
    activity = browser.get(f"/stores/{store.pk}/activity")
    assert "3 orders: Refused. Report the shipment to Walmart" in pages.text(activity)
    address = pages.address(activity, "/activity/errors/")
    assert "3 orders with the same error" in pages.text(browser.get(address))

    answer = browser.post(address)

    assert pages.text(answer).count("Sent again") == 3
    assert {state_of(operation) for operation in operations} == {State.WAITING}
    gone = browser.get(address, follow=True)
    assert "Nothing of it is left" in pages.text(gone)


# ---- the case file -----------------------------------------------------------------------------------------------


def test_the_case_file_has_the_exchanges_and_nothing_private(browser, store):
    order = factories.order(store)
    operation = factories.operation(order)
    exchange = {
        "side": "Walmart",
        "method": "POST",
        "url": f"https://walmart.example/v3/orders/{order.number}/shipping",
        "request_headers": {"WM_QOS.CORRELATION_ID": "corr-1", "Authorization": "Basic c2VjcmV0"},
        "request": {"note": "for Robin Doe, 1 Main Street", "customerEmailId": "robin@example.com"},
        "status": 400,
        "response": {"error": [{"code": "INVALID"}], "pad": "x" * 9000},
        "response_headers": {},
        "problem": "",
        "milliseconds": 12,
    }
    for number in range(1, 12):
        factories.attempt(operation, number=number, exchanges=[exchange] * 3)
    address = f"/stores/{store.pk}/activity/{operation.pk}/case-file"

    shown, kept = pages.text(browser.get(address)), browser.get(f"{address}?download=1")
    text = kept.content.decode()

    assert kept["Content-Disposition"] == f'attachment; filename="case-CM-{operation.pk}-1.txt"'
    for words in (order.number, order.commerce_number, "corr-1", "INVALID", f"CM-{operation.pk}-1"):
        assert words in text
        assert words in shown
    for private in ("Robin", "Main Street", "c2VjcmV0", "robin@"):
        assert private not in text
        assert private not in shown
    assert len(text) <= 61_000


# ---- who may, and who was faster ---------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["fix", "carrier", "group"])
def test_only_who_may_act_can_fix(signed_in, bob, mallory, store, alice, place):
    operation = refused_parcel(store, alice)
    order = order_of(operation)
    activity = signed_in(alice).get(f"/stores/{store.pk}/activity")
    address = {
        "fix": fix(operation),
        "carrier": f"/stores/{store.pk}/orders/{order.pk}/shipments/{order.shipments.get().pk}/carrier",
        "group": pages.address(activity, "/activity/errors/"),
    }[place]
    assert signed_in(bob).post(address, {}).status_code == 403
    assert signed_in(mallory).post(address, {}).status_code == 404
    assert signed_in(mallory).get(address).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post(address, {}).status_code == 403
    assert state_of(operation) == State.FAILED


def test_a_viewer_sees_errors_without_buttons(signed_in, bob, store, alice):
    operation = refused_parcel(store, alice)
    text = pages.text(signed_in(bob).get(f"/stores/{store.pk}/orders/{order_of(operation).pk}"))
    assert "Refused." in text
    assert "Fix and resend" not in text
    assert "Resend" not in text


def test_what_somebody_else_fixed_meanwhile_says_so(browser, store, alice):
    operation = refused_parcel(store, alice)
    page = browser.get(fix(operation))
    actions.settle(operation.pk, reason="done in Seller Center", by=alice, at=timezone.now())

    answer = browser.post(fix(operation), {"version": pages.value(page, "version"), "quantity-1": "1"}, follow=True)

    assert "meanwhile: nothing was changed" in pages.text(answer)
    assert order_of(operation).lines.get().sent_shipped == 3


def test_an_error_that_became_another_is_looked_at_again(browser, store, alice):
    operation = refused_parcel(store, alice)
    page = browser.get(fix(operation))
    operation.error["sentence"] = say("Refused for another reason.").as_json()
    operation.save()

    answer = browser.post(fix(operation), {"version": pages.value(page, "version"), "quantity-1": "1"})

    assert answer.status_code == 422
    assert "This error changed while the page was open" in pages.text(answer)
    assert pages.value(answer, "quantity-1") == "1"


def test_sending_a_form_twice_does_it_once(browser, store, alice):
    operation = refused_parcel(store, alice)
    typed = {"version": pages.value(browser.get(fix(operation)), "version"), "quantity-1": "1"}
    browser.post(fix(operation), typed)
    SyncOperation.objects.filter(pk=operation.pk).update(state=State.SENDING, lease_until=timezone.now())
    answer = browser.post(fix(operation), typed, follow=True)
    assert "nothing was changed" in pages.text(answer)
    assert order_of(operation).lines.get().sent_shipped == 1


@pytest.mark.parametrize("count", [1, 3])
def test_a_group_asks_a_fixed_number_of_questions(browser, store, alice, count, django_assert_num_queries):
    for _ in range(count):
        refused_parcel(store, alice)
    address = pages.address(browser.get(f"/stores/{store.pk}/activity"), "/activity/errors/")
    with django_assert_num_queries(10):
        assert browser.get(address).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_a_form_asks_a_fixed_number_of_questions(browser, store, alice, count, django_assert_num_queries):
    order = factories.order(store, lines=[(f"SKU-{n}", 1) for n in range(count)])
    shipment = factories.shipment(order, by=alice)
    operation = in_trouble(order, "report_shipment", "quantity", payload={"shipment": shipment.pk})
    with django_assert_num_queries(7):
        assert browser.get(fix(operation)).status_code == 200


@pytest.mark.parametrize(("code", "title"), [("ups", "United Parcel Service"), ("custom", "Colissimo")])
def test_another_carrier_does_not_keep_the_title_of_the_first(browser, store, alice, code, title):
    order = factories.order(store)
    shipment = factories.shipment(order, by=alice, tracks=[(code, title, "6A1")])
    operation = in_trouble(order, "report_shipment", "tracking", payload={"shipment": shipment.pk})
    page = browser.get(fix(operation), follow=True)
    typed = {name: pages.value(page, name) for name in ("version", "marker", "title", "number")}

    browser.post(page.request["PATH_INFO"], typed | {"carrier": "fedex"})

    track = shipment.tracks.first()
    assert (track.carrier_code, track.title) == ("fedex", "FedEx")
