"""Forms over the page they belong to, with the keyboard and without scripts; colours and rows as somebody likes them."""

from functools import partial

import pytest
from playwright.sync_api import expect
from spoken import said

from channel_manager.orders.models import Cancellation, Shipment
from tests import factories

pytestmark = [pytest.mark.browser]
UNSENT = "It was not sent: there is no connection. What you typed is still here; send it again."


@pytest.fixture
def order(store):
    return factories.order(store, lines=[("SKU-1", 2)])


@pytest.fixture
def address(store, order):
    return f"/stores/{store.pk}/orders/{order.pk}"


@pytest.fixture
def visit(window, alice):
    return partial(window, person=alice, width=1280, height=900)


@pytest.fixture
def page(visit):
    return visit()


def opened(page):
    """The drawer, once its form is there."""
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("button", name="Ship", exact=True).last).to_be_visible()
    return drawer


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim() || document.activeElement.name")


def test_a_drawer_opens_by_key_keeps_the_focus_and_gives_it_back(page, address):
    page.goto(address)
    page.keyboard.press("s")
    drawer = opened(page)
    expect(drawer).to_have_attribute("aria-labelledby", "drawer-title")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    for _ in range(25):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")

    page.keyboard.press("Escape")

    expect(drawer).to_have_count(0)
    assert focused(page) == said("Ship")
    assert page.url.endswith(address)


def test_what_was_typed_is_not_thrown_away_unasked(page, address):
    page.goto(address)
    page.get_by_role("link", name="Ship", exact=True).click()
    drawer = opened(page)
    drawer.get_by_label("Comment").fill("Fragile")

    for key in ("Escape", "Escape"):
        drawer.get_by_label("Comment").press(key)
        page.get_by_role("button", name="Go on typing").click()
        expect(drawer.get_by_label("Comment")).to_have_value("Fragile")
    drawer.get_by_role("link", name="Back").click()
    page.get_by_role("button", name="Throw away").click()

    expect(page.locator("dialog[open]")).to_have_count(0)
    assert Shipment.objects.count() == 0


def test_a_wrong_form_comes_back_into_the_drawer_and_a_right_one_changes_the_page_below(page, address, order):
    page.goto(address)
    page.get_by_role("link", name="Ship", exact=True).click()
    drawer = opened(page)
    drawer.get_by_label("Comment").fill("Fragile")
    drawer.get_by_role("button", name="Ship", exact=True).last.click()

    expect(drawer.get_by_text("Choose the carrier.")).to_be_visible()
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    expect(drawer.get_by_label("Comment")).to_have_value("Fragile")
    drawer.get_by_label("Carrier").select_option(label="UPS")
    drawer.get_by_label("Tracking number").fill("1Z999AA10123456784")
    drawer.get_by_role("button", name="Ship", exact=True).last.dblclick()

    expect(page.get_by_text("The shipment is on its way: first to Commerce, then to Walmart.")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert focused(page) == said("The shipment is on its way: first to Commerce, then to Walmart.")
    expect(page.get_by_text("Fragile")).to_be_visible()
    assert page.url.endswith(address)
    assert Shipment.objects.filter(order=order).count() == 1


def test_another_parcel_is_added_within_the_drawer(page, address):
    page.goto(address)
    page.keyboard.press("s")
    drawer = opened(page)
    drawer.get_by_label("Tracking number").fill("1Z999AA10123456784")
    drawer.get_by_role("button", name="Add tracking number").click()
    expect(drawer.get_by_text("Parcel 2")).to_be_visible()
    expect(drawer.get_by_label("Tracking number").first).to_have_value("1Z999AA10123456784")


def test_without_a_connection_nothing_typed_is_lost(page, address):
    page.goto(address)
    page.get_by_role("link", name="Cancel order").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Cancellation reason").select_option(label="The item is out of stock")
    page.context.set_offline(True)
    drawer.get_by_role("button", name="Cancel these units").click()

    expect(drawer.get_by_text(UNSENT)).to_be_visible()
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)
    drawer.get_by_role("button", name="Cancel these units").click()

    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#messages .message")).to_be_visible()
    expect(page.locator("#offline")).to_be_hidden()
    assert Cancellation.objects.count() == 1


def test_the_same_form_is_a_page_without_scripts(visit, address, order):
    page = visit(java_script_enabled=False)
    page.goto(address)
    page.get_by_role("link", name="Ship", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Ship order {order.number}")
    page.get_by_label("Carrier").select_option(label="UPS")
    page.get_by_label("Tracking number").fill("1Z999AA10123456784")
    page.get_by_role("button", name="Ship", exact=True).last.click()
    expect(page.get_by_text("The shipment is on its way: first to Commerce, then to Walmart.")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_dark_is_chosen_in_the_menu_and_stays(visit, address, scripts):
    page = visit(java_script_enabled=scripts)
    page.goto(address)
    page.get_by_text("alice").first.click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    if scripts:
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 24)"


def test_keys_walk_search_and_help_and_can_be_switched_off(page, store, address, order):
    other = factories.order(store)
    page.goto(f"/stores/{store.pk}/activity?state=done")
    page.goto(f"/stores/{store.pk}/returns")
    page.keyboard.press("/")
    assert focused(page) == "search"
    page.keyboard.type("jk?s")
    expect(page.get_by_role("searchbox")).to_have_value("jk?s")

    for one in (order, other):
        factories.return_(one)
    page.goto(f"/stores/{store.pk}/returns")
    first, second = page.locator("tbody th a").all_inner_texts()
    page.keyboard.press("j")
    assert focused(page) == first
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert focused(page) == second
    page.keyboard.press("k")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_contain_text(first)
    page.wait_for_load_state()  # the heading is there before the modules that listen to keys

    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keyboard shortcuts")
    help_.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(help_).to_be_hidden()


def test_a_page_left_open_says_that_it_may_be_old(page, address):
    page.clock.install()
    page.goto(address)
    expect(page.locator("#stale")).to_be_hidden()
    page.clock.fast_forward("20:00")
    expect(page.locator("#stale")).to_be_visible()
    page.get_by_role("button", name="Show what it is now").click()
    expect(page.locator("#stale")).to_be_hidden()
