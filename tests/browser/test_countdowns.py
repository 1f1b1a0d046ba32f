"""Deadlines count by themselves, in the words of the server."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation
from playwright.sync_api import expect

from channel_manager.web import formats
from tests import factories

pytestmark = pytest.mark.browser


@pytest.fixture
def page(window, alice):
    return window(person=alice)


@pytest.fixture
def address(store):
    return f"/stores/{store.pk}/orders"


def countdown(page, order):
    return page.locator(f"#order-{order.pk} .countdown")


def test_it_turns_late_at_the_moment_with_word_and_color(page, store, address):
    order = factories.order(store, ship_by=timezone.now() + timedelta(hours=1))
    page.goto(address)
    left = countdown(page, order)
    expect(left).to_have_class("countdown soon")
    moment = page.locator(f"#order-{order.pk} .when:has(.countdown) time")
    moment.evaluate("(one) => { one.dateTime = new Date(Date.now() + 2000).toISOString(); }")
    page.evaluate("document.dispatchEvent(new CustomEvent('page:replaced'))")
    before = left.inner_text()

    expect(left).to_have_class("countdown late")

    assert left.inner_text() != before


def test_hovering_says_the_exact_moment_and_its_zone(page, store, address):
    order = factories.order(store)
    page.goto(address)
    moment = page.locator(f"#order-{order.pk} .when:has(.countdown) time")

    expect(countdown(page, order)).to_have_attribute("title", moment.get_attribute("title"))


LEFT = [
    timedelta(days=3, hours=4, seconds=30),
    timedelta(days=1, seconds=30),
    timedelta(hours=23, minutes=59, seconds=30),
    timedelta(hours=1, seconds=30),
    timedelta(minutes=59, seconds=30),
    timedelta(minutes=1, seconds=30),
    -timedelta(minutes=5, seconds=30),
    -timedelta(days=2, hours=1, seconds=30),
]


def test_the_browser_says_what_the_server_says(page, store, address, reader):
    now = timezone.now()
    orders = [factories.order(store, ship_by=now + left) for left in LEFT]
    page.goto(address)
    for order in orders:
        page.evaluate(
            "(one) => { one.textContent = ''; one.className = 'countdown'; }", countdown(page, order).element_handle()
        )
    page.evaluate("document.dispatchEvent(new CustomEvent('page:replaced'))")

    with translation.override(reader.language):
        said = [formats.deadline(order.ship_by, now) for order in orders]
    for order, deadline in zip(orders, said, strict=True):
        expect(countdown(page, order)).to_have_js_property("textContent", deadline.text)
        expect(countdown(page, order)).to_have_class(f"countdown {deadline.state}")


def test_the_browsers_clock_does_not_matter(page, store, address):
    """An hour slow: what the server said stays true."""
    page.add_init_script(
        "const now = Date.now.bind(Date); Date.now = () => now() - 3_600_000;"
        "const origin = performance.timeOrigin;"
        "Object.defineProperty(performance, 'timeOrigin', { get: () => origin - 3_600_000 });"
    )
    order = factories.order(store, ship_by=timezone.now() + timedelta(minutes=30, seconds=30))
    page.goto(address)
    page.evaluate("(one) => { one.textContent = ''; }", countdown(page, order).element_handle())
    page.evaluate("document.dispatchEvent(new CustomEvent('page:replaced'))")

    expect(countdown(page, order)).to_have_text("in 30 min")
