"""The list of orders in a browser: what changes is replaced in place, what is ticked stays ticked, and back is back."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from channel_manager.orders.models import Shipment
from channel_manager.shared.sentences import say
from channel_manager.sync.models import State, SyncOperation
from tests import factories

pytestmark = pytest.mark.browser
PARCEL = "1Z999AA10123456784"


@pytest.fixture
def page(window, alice):
    return window(person=alice)


@pytest.fixture
def plain(window, alice):
    """A page without scripts."""
    return window(person=alice, java_script_enabled=False)


@pytest.fixture
def address(store):
    return f"/stores/{store.pk}/orders"


def look(page):
    """What the page does by itself every 15 seconds."""
    with page.expect_response("**/orders/changes*"):
        page.evaluate(
            "htmx.ajax('GET', document.getElementById('watch').getAttribute('hx-get'), "
            "{source: '#watch', target: '#watch', swap: 'outerHTML'})"
        )


def test_a_changed_row_is_replaced_where_it_stands_and_stays_ticked(page, store, address):
    orders = [factories.order(store) for _ in range(3)]
    page.goto(address)
    row = page.locator(f"#order-{orders[1].pk}")
    page.get_by_label(f"Select order {orders[1].number}").check()
    expect(page.get_by_text("1 order selected")).to_be_visible()

    factories.operation(orders[1])
    look(page)

    expect(row).to_contain_text("Walmart refused the tracking number.")
    expect(row.get_by_role("checkbox")).to_be_checked()
    expect(page.locator("#cards .errors strong")).to_have_text("1")
    assert page.locator("#rows tbody tr").nth(1).get_attribute("id") == f"order-{orders[1].pk}"


def test_the_focus_stays_in_a_row_that_is_replaced(page, store, address):
    order = factories.order(store)
    page.goto(address)
    link = page.locator(f"#order-{order.pk}").get_by_role("link").first
    link.focus()

    factories.operation(order)
    look(page)

    expect(page.locator(f"#order-{order.pk}")).to_contain_text("Walmart refused the tracking number.")
    expect(link).to_be_focused()


def test_who_is_signed_out_is_told_so_and_keeps_what_is_shown(page, store, address):
    order = factories.order(store)
    page.goto(address)
    page.goto(f"{address}?card=open")
    page.get_by_role("checkbox", name=f"Select order {order.number}").check()
    page.context.clear_cookies(name="sessionid")

    look(page)

    expect(
        page.get_by_text("You are signed out. What is shown may have changed; what you type stays here.")
    ).to_be_visible()
    expect(page.locator("input[name=password]")).to_have_count(0)
    expect(page.locator(".pick").first).to_be_checked()
    page.locator("#signed-out a").click()
    page.locator("input[name=username]").fill("alice")
    page.locator("input[name=password]").fill(factories.PASSWORD)
    page.locator("form button.main").click()
    expect(page.locator(".chips a").first).to_be_visible()


def test_a_run_that_is_offline_for_a_while_goes_on_by_itself(page, store, address):
    order = factories.order(store)
    page.goto(address)
    page.goto(f"{address}/shipments")
    page.get_by_label("Parcels").fill(f"{order.number},UPS,{PARCEL}")
    page.get_by_role("button", name="Check the rows").click()
    page.locator("button[name=confirm]").click()
    expect(page.locator("#run progress")).to_be_visible()
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    Shipment.objects.filter(order=order).update(reported_at=timezone.now())

    page.context.set_offline(False)

    expect(page.locator("#run .status.shipped")).to_be_visible()
    expect(page.locator("#offline")).to_be_hidden()


def test_filters_become_chips_and_back_restores_what_was_shown(page, store, address):
    factories.order(store, ship_method="Express")
    factories.order(store)
    page.goto(address)
    page.get_by_text("Filters and order").click()
    page.get_by_role("combobox", name="Ship method").fill("Express")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.locator(".chips").get_by_text("Express").click()
    expect(page.locator("#rows tbody tr")).to_have_count(2)

    page.go_back()

    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.get_by_text("Saved views").click()
    page.get_by_label("Keep what is shown now as").fill("Express ones")
    page.get_by_role("button", name="Save the view").click()
    page.goto(address)
    page.get_by_text("Saved views").click()
    page.get_by_role("link", name="Express ones").click()
    expect(page.locator("#rows tbody tr")).to_have_count(1)


def ship_many(page, order):
    """Up to the look at what would happen."""
    page.get_by_label(f"Select order {order.number}").check()
    page.get_by_role("button", name="Ship…").click()
    rows = page.get_by_label("Parcels")
    expect(rows).to_contain_text(f"{order.number},,,,")
    rows.fill(f"{order.number},,,UPS,{PARCEL}\nnobody,,,UPS,T2")
    page.get_by_role("button", name="Check the rows").click()


def test_ticked_orders_are_shipped_with_pasted_numbers(page, store, address):
    order = factories.order(store)
    page.goto(address)
    ship_many(page, order)
    expect(page.get_by_text("No order of this store has this number.")).to_be_visible()
    assert not Shipment.objects.exists()

    page.get_by_role("button", name="Ship 1 row").click()

    expect(page.get_by_text("0 of 1 accepted by Walmart")).to_be_visible()
    assert Shipment.objects.get().order == order


def test_the_same_without_scripts(plain, store, address):
    order = factories.order(store)
    plain.goto(address)
    ship_many(plain, order)
    expect(plain.get_by_text("No order of this store has this number.")).to_be_visible()

    plain.get_by_role("button", name="Ship 1 row").click()

    expect(plain.get_by_text("0 of 1 accepted by Walmart")).to_be_visible()
    expect(plain.get_by_role("link", name="Look now")).to_be_visible()
    assert Shipment.objects.get().order == order


def test_a_run_follows_what_becomes_of_its_rows(page, store, address):
    order, refused = factories.order(store), factories.order(store)
    page.goto(address)
    page.goto(f"{address}/shipments")
    page.get_by_label("Parcels").fill(f"{order.number},UPS,{PARCEL}\n{refused.number},UPS,T2")
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("button", name="Ship 2 rows").dblclick()
    expect(page.get_by_text("0 of 2 accepted by Walmart")).to_be_visible()
    link = page.get_by_role("link", name=order.number)
    link.focus()

    Shipment.objects.filter(order=order).update(reported_at=timezone.now())
    error = factories.error(say("Walmart refused the tracking number."))
    SyncOperation.objects.filter(subject=refused.subject).update(
        state=State.FAILED, finished_at=timezone.now(), error=error
    )

    expect(page.get_by_text("1 of 2 accepted by Walmart")).to_be_visible()
    expect(page.get_by_text("Walmart refused the tracking number.")).to_be_visible()
    expect(link).to_be_focused()
    assert page.locator("#watch").get_attribute("hx-get") is None
    assert Shipment.objects.count() == 2


def test_keys_walk_tick_and_ship(page, store, address):
    orders = [factories.order(store) for _ in range(2)]
    page.goto(address)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_label(f"Select order {orders[1].number}")).to_be_checked()
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name=f"Ship order {orders[1].number}").first).to_be_visible()


def test_nothing_is_sent_while_nothing_is_ticked(page, store, address):
    factories.order(store)
    page.goto(address)
    expect(page.get_by_role("button", name="Send failed again")).to_be_disabled()
    page.get_by_label("All on this page").check()
    page.get_by_role("button", name="Send failed again").click()
    expect(page.get_by_text("Nothing of it had failed.")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_status_and_its_details_are_in_sight_at_any_width(window, store, address, alice, width):
    order = factories.order(store)
    factories.operation(order)
    page = window(person=alice, width=width, height=900)
    page.goto(address)
    for text in ("Error", "Walmart refused the tracking number."):
        box = page.locator(f"#order-{order.pk}").get_by_text(text).first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
