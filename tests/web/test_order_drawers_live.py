"""What is told while somebody types: by the rules of the form itself, without a trace, to whoever may act."""

import uuid
from datetime import timedelta
from urllib.parse import parse_qs

import pages
import pytest
from django.utils import timezone

from channel_manager.orders import actions
from channel_manager.orders.models import Cancellation, Hold, Shipment
from channel_manager.ports.documents import Track
from channel_manager.sync.models import Level, State, SyncOperation
from tests import factories

UPS, FEDEX = "1Z999AA10123456784", "986578788855"
LIVE = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def order(store):
    return factories.order(store, lines=[("SKU-1", 3), ("SKU-2", 1)])


@pytest.fixture
def path(order):
    return f"/stores/{order.store_id}/orders/{order.pk}"


@pytest.fixture
def typed(browser, path):
    """What the open drawer would send, with a number in it."""
    page = browser.get(f"{path}/shipment")
    hidden = {name: pages.value(page, name) for name in ("version", "marker", "seen")}
    return hidden | {"quantity-1": "2", "quantity-2": "0", "tracks": "1", "track-0-number": UPS, "preview": "1"}


def told(response):
    text = pages.text(response)
    return text[text.index("What will be told") :]


def carrier(response):
    body = response.content.decode()
    select = body[body.index('name="track-0-carrier"') :]
    chosen = [option for option in select[: select.index("</select>")].split("<option") if "selected" in option]
    return chosen[0].split('value="')[1].split('"')[0] if chosen else ""


def test_a_preview_shows_what_both_sides_would_be_told_and_writes_nothing(browser, path, typed, order):
    answer = browser.post(f"{path}/shipment", typed | {"comment": "Fragile", "source_code": "east"}, **LIVE)

    assert answer.status_code == 200
    text = told(answer)
    assert f"A shipment of the Commerce order {order.commerce_number}." in text
    assert f"Units SKU-1 × 2 Tracking UPS {UPS} Source east Comment Fragile Mail to the buyer none" in text
    assert f"Line 1 SKU-1 × 2 Carrier UPS Tracking number {UPS} Tracking address Walmart's own page" in text
    assert '"statusQuantity": { "unitOfMeasurement": "EACH", "amount": "2" }' in text
    assert (Shipment.objects.count(), SyncOperation.objects.count()) == (0, 0)


def test_the_preview_is_the_request_that_is_sent(browser, path, typed, order, alice):
    body = told(browser.post(f"{path}/shipment", typed | {"comment": "Fragile"}))
    browser.post(
        f"{path}/shipment",
        {key: value for key, value in typed.items() if key != "preview"}
        | {"track-0-carrier": "ups", "comment": "Fragile"},
    )

    [shipment] = Shipment.objects.all()
    assert str(shipment.marker) in body


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "ups"),
        ({"track-0-number": FEDEX}, "fedex"),
        ({"track-0-number": "12345"}, ""),
        ({"track-0-carrier": "usps"}, "usps"),
        ({"track-0-carrier": "usps", "track-0-suggested": "usps"}, "ups"),
        ({"track-0-carrier": "usps", "track-0-suggested": "fedex"}, "usps"),
        ({"track-0-carrier": "ups", "track-0-suggested": "ups", "track-0-number": "1"}, ""),
    ],
)
def test_the_carrier_follows_the_number_unless_a_person_chose_it(browser, path, typed, changes, expected):
    assert carrier(browser.post(f"{path}/shipment", typed | changes)) == expected


def test_sending_takes_the_carrier_as_it_stands(browser, path, typed):
    sent = {key: value for key, value in typed.items() if key != "preview"}
    answer = browser.post(f"{path}/shipment", sent)
    assert "Choose the carrier." in pages.errors_beside(answer, "track-0-carrier")
    assert browser.post(f"{path}/shipment", sent | {"track-0-carrier": "usps"}).status_code == 302
    assert Shipment.objects.get().tracks.get().carrier_code == "usps"


def test_the_stores_own_patterns_suggest_and_say_what_walmart_reads(browser, path, typed, store):
    factories.carrier_rule(
        store,
        carrier_code="custom",
        title="Spee-Dee",
        number_pattern="SD*",
        carrier="",
        other_name="Spee-Dee",
        tracking_url="https://speedee.example/{number}",
    )
    answer = browser.post(f"{path}/shipment", typed | {"track-0-number": "SD123"})
    assert carrier(answer) == "custom"
    assert pages.value(answer, "track-0-title") == "Spee-Dee"
    assert "Carrier Spee-Dee, as another carrier Tracking number SD123" in told(answer)
    assert "Tracking address https://speedee.example/SD123" in told(answer)


def test_a_carrier_that_walmart_does_not_know_is_said_before(browser, path, typed):
    pigeon = {"track-0-carrier": "custom", "track-0-title": "Pigeon", "track-0-number": "P-1"}
    assert "Walmart does not know the carrier “Pigeon”" in told(browser.post(f"{path}/shipment", typed | pigeon))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"track-0-number": "1Z_999"}, "letters and digits only"),
        ({"track-0-number": "1" * 5000}, "at most 100 characters"),
        ({"track-0-carrier": "pigeon"}, "Commerce does not know this carrier"),
        ({"track-0-carrier": "usps"}, "This looks like a number of UPS, but USPS is chosen."),
        ({"track-0-number": "1Z999AA10123456785"}, "The last digit does not fit the others"),
        ({"quantity-1": "9"}, "SKU-1: This line has only 3 open."),
    ],
)
def test_what_is_wrong_is_said_while_it_is_typed(browser, path, typed, changes, words):
    answer = browser.post(f"{path}/shipment", typed | changes, **LIVE)
    assert answer.status_code == 200
    assert words in pages.text(answer)


def test_what_is_only_missing_is_not_called_wrong(browser, path, typed):
    body = browser.post(f"{path}/shipment", typed | {"track-0-number": ""}, **LIVE).content.decode()
    assert "field-errors" not in body[body.index('id="track-0-said"') : body.index("Add tracking number")]


@pytest.mark.parametrize("page", ["shipment", "cancellation"])
def test_whoever_only_looks_gets_no_preview(signed_in, bob, mallory, path, typed, page):
    assert signed_in(bob).post(f"{path}/{page}", typed, **LIVE).status_code == 403
    assert signed_in(mallory).post(f"{path}/{page}", typed, **LIVE).status_code == 404


def test_a_preview_needs_the_forms_token(signed_in, alice, path, typed):
    assert signed_in(alice, enforce_csrf_checks=True).post(f"{path}/shipment", typed, **LIVE).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_a_preview_asks_a_fixed_number_of_questions(browser, store, count, django_assert_num_queries):
    order = factories.order(store, lines=[(f"SKU-{number}", 1) for number in range(count)])
    for _ in range(count):
        factories.carrier_rule(store)
    path = f"/stores/{store.pk}/orders/{order.pk}"
    version = pages.value(browser.get(f"{path}/shipment"), "version")
    tracks = {f"track-{n}-number": UPS for n in range(count)}
    typed = {"version": version, "quantity-1": "1", "tracks": str(count), "preview": "1", **tracks}
    with django_assert_num_queries(7):
        assert "2 · Walmart" in told(browser.post(f"{path}/shipment", typed))
    with django_assert_num_queries(9):
        assert browser.post(f"{path}/cancellation", typed).status_code == 200


def test_a_held_shipments_number_is_checked_while_it_is_typed(browser, path, order):
    held = factories.shipment(order, tracks=(), hold=Hold.TRACKING)
    address = f"{path}/shipments/{held.pk}/tracking"
    form = {"version": pages.value(browser.get(address), "version"), "number": FEDEX, "preview": "1"}
    assert "FedEx, by the form of the number." in pages.text(browser.post(address, form, **LIVE))
    assert "This is the order's number" in pages.text(
        browser.post(address, form | {"number": order.number, "carrier": "ups"}, **LIVE)
    )
    assert not held.tracks.exists()


def ship_meanwhile(order, person):
    track = Track(carrier_code="ups", title="UPS", number=UPS)
    facts = {"comment": "", "source_code": "", "override": False, "marker": uuid.uuid4()}
    actions.ship(order, quantities={"1": 2}, tracks=[track], by=person, at=timezone.now(), **facts)


def test_a_stale_drawer_tells_who_did_what_and_marks_what_is_too_much(browser, path, typed, order, carol):
    factories.event(order)
    typed["seen"] = pages.value(browser.get(f"{path}/shipment"), "seen")
    ship_meanwhile(order, carol)

    sent = {key: value for key, value in typed.items() if key != "preview"}
    answer = browser.post(f"{path}/shipment", sent | {"track-0-carrier": "ups", "comment": "Keep me"})

    assert answer.status_code == 422
    text = pages.text(answer)
    assert "This order changed while the page was open" in text
    meanwhile = text[text.index("Meanwhile:") : text.index("Quantities")]
    assert "Units shipped: 2." in meanwhile
    assert "Person: carol" in meanwhile
    assert "Received from Walmart." not in meanwhile
    assert "This line has only 1 open." in pages.errors_beside(answer, "quantity-1")
    assert (pages.value(answer, "quantity-1"), "Keep me" in text) == ("2", True)
    again = browser.post(f"{path}/shipment", sent | {"seen": "x", "track-0-carrier": "ups"})
    assert (again.status_code, "Meanwhile:" in pages.text(again)) == (422, False)


def test_a_preview_tells_of_it_before_anything_is_sent(browser, path, typed, order, carol):
    ship_meanwhile(order, carol)
    text = told(browser.post(f"{path}/shipment", typed, **LIVE))
    assert "This order changed while the page was open" in text
    assert "Meanwhile: Units shipped: 2." in text


@pytest.mark.parametrize(("page", "others"), [("shipment", "0"), ("cancellation", "0")])
def test_a_lines_own_action_presets_that_line_alone(browser, path, page, others):
    answer = browser.get(f"{path}/{page}?line=1")
    assert (pages.value(answer, "quantity-1"), pages.value(answer, "quantity-2")) == ("3", others)
    answer = browser.get(f"{path}/{page}?line=99")
    assert (pages.value(answer, "quantity-1"), pages.value(answer, "quantity-2")) == ("3", "1")


def test_units_are_named_and_canceled_only_as_they_were_named(browser, path, order):
    page = browser.get(f"{path}/cancellation")
    assert f"4 units of order {order.number} are canceled: SKU-1 × 3, SKU-2 × 1" in pages.text(page)
    form = {name: pages.value(page, name) for name in ("version", "marker", "seen", "confirmed", "quantity-2")}
    form |= {"reason": "price", "quantity-1": "1"}

    asked = browser.post(f"{path}/cancellation", form)
    assert asked.status_code == 422
    assert "look again, then press again" in pages.text(asked)
    assert f"2 units of order {order.number} are canceled: SKU-1 × 1, SKU-2 × 1 2 units stay open." in pages.text(asked)
    assert not Cancellation.objects.exists()
    assert (
        browser.post(f"{path}/cancellation", form | {"confirmed": pages.value(asked, "confirmed")}).status_code == 302
    )


def test_zero_stock_is_told_only_of_products_that_are_followed(browser, path, store):
    assert "Stock at Walmart" not in pages.text(browser.get(f"{path}/cancellation"))
    Level.objects.create(store=store, kind="stock", key="SKU-2", active=True)
    text = pages.text(browser.get(f"{path}/cancellation"))
    assert text.count("Stock at Walmart Zero for the products that are canceled.") == 1
    assert "changed or confirmed here. SKU-2" in text


# ---- the order's page --------------------------------------------------------------------------------------------


def test_the_state_what_to_do_and_the_deadline_come_first(browser, path, order):
    text = pages.text(browser.get(path))
    assert f"Walmart order {order.number} Open Ship what is open, here or in Commerce. Ship by" in text
    assert "0 shipped" not in text
    assert 'aria-label="0 shipped, 0 on the way, 0 canceled, 3 open, of 3"' in browser.get(path).content.decode()


def test_a_line_without_open_units_says_so(browser, path, order, alice):
    factories.shipment(order, quantities={"2": 1}, by=alice)
    body = browser.get(path).content.decode()
    assert "Nothing of it is open." in body
    assert "/shipment?line=1" in body
    assert "/shipment?line=2" not in body


def test_whoever_only_looks_sees_no_actions(signed_in, bob, path):
    body = signed_in(bob).get(path).content.decode()
    assert "/shipment" not in body
    assert "/cancellation" not in body


@pytest.mark.parametrize("part", ["", "walmart", "commerce", "people", "exchanges", "nonsense", "x" * 5000])
def test_any_part_of_the_timeline_can_be_asked_for(browser, path, order, part):
    factories.event(order)
    assert browser.get(path, {"timeline": part}).status_code == 200


def test_how_far_a_shipment_is_says_only_what_is_known(browser, path, order, alice):
    shipment = factories.shipment(order, by=alice)
    factories.operation(
        order,
        kind="create_commerce_shipment",
        platform="commerce",
        payload={"shipment": shipment.pk},
        state=State.FAILED,
    )
    text = pages.text(browser.get(path))
    assert "Not accepted by Commerce" in text
    assert "Then Walmart" in text
    assert "Accepted by Walmart" not in text
    assert "Something was refused: see below" in text
    assert 'id="order-watch" hidden data-module="order"></div>' in browser.get(path).content.decode()


def test_a_page_that_waits_looks_again_and_less_and_less_often(browser, path, order, alice):
    shipment = factories.shipment(order, by=alice)
    factories.operation(order, payload={"shipment": shipment.pk}, state=State.WAITING)
    page = browser.get(path)
    asked = pages.address(page, 'id="order-watch"', attribute="hx-get")
    assert pages.address(page, 'id="order-watch"', attribute="hx-trigger") == "every 2s"

    same = browser.get(asked)
    assert "hx-swap-oob" not in same.content.decode()
    page, _, query = asked.partition("?")
    earlier = {"seen": parse_qs(query)["seen"][0], "since": (timezone.now() - timedelta(minutes=1)).isoformat()}
    late = browser.get(page, earlier)
    assert pages.address(late, 'id="order-watch"', attribute="hx-trigger") == "every 5s"
    again = pages.address(late, 'id="order-watch"', attribute="hx-get").partition("?")[2]
    assert parse_qs(again)["since"] == [earlier["since"]]
    for nonsense in ("yesterday", "2026-11-23", "9999-12-31T23:59:59Z"):
        answer = browser.get(page, earlier | {"since": nonsense})
        assert pages.address(answer, 'id="order-watch"', attribute="hx-trigger") == "every 2s"

    SyncOperation.objects.update(state=State.DONE, finished_at=timezone.now())
    Shipment.objects.update(reported_at=timezone.now())
    changed = browser.get(asked)
    assert "Accepted by Walmart" in pages.text(changed)
    assert "hx-get" not in changed.content.decode().split("</div>")[0]


def test_another_stores_progress_does_not_exist(signed_in, mallory, bob, path):
    assert signed_in(mallory).get(f"{path}/progress").status_code == 404
    assert signed_in(bob).get(f"{path}/progress").status_code == 200
    assert signed_in(bob).post(f"{path}/progress").status_code == 405
