"""Deadlines count by themselves, in the words of the server."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation
from playwright.sync_api import expect

from channel_manager.web import formats
from tests import factories

pytestmark = pytest.mark.browser


@pytest.fixture
def store(transactional_db, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    found = factories.store("Kitchen & Home")
    factories.user("alice", store=found)
    return found


def sign_in(page, address):
    page.goto(address)
    page.locator("input[name=username]").fill("alice")
    page.locator("input[name=password]").fill(factories.PASSWORD)
    page.locator("form button.main").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def countdown(page, order):
    return page.locator(f"#order-{order.pk} .countdown")


def test_it_turns_late_at_the_moment_with_word_and_color(page, store):
    order = factories.order(store, ship_by=timezone.now() + timedelta(hours=1))
    sign_in(page, f"/stores/{store.pk}/orders")
    left = countdown(page, order)
    expect(left).to_have_class("countdown soon")
    moment = page.locator(f"#order-{order.pk} .when:has(.countdown) time")
    moment.evaluate("(one) => { one.dateTime = new Date(Date.now() + 2000).toISOString(); }")
    page.evaluate("document.dispatchEvent(new CustomEvent('page:replaced'))")
    before = left.inner_text()

    expect(left).to_have_class("countdown late")

    assert left.inner_text() != before


def test_hovering_says_the_exact_moment_and_its_zone(page, store):
    order = factories.order(store)
    sign_in(page, f"/stores/{store.pk}/orders")
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


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_the_browser_says_what_the_server_says(browser, live_server, store, language):
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    context.add_cookies([{"name": "language", "value": language, "url": live_server.url}])
    now = timezone.now()
    orders = [factories.order(store, ship_by=now + left) for left in LEFT]
    sign_in(page, f"/stores/{store.pk}/orders")
    for order in orders:
        page.evaluate(
            "(one) => { one.textContent = ''; one.className = 'countdown'; }", countdown(page, order).element_handle()
        )
    page.evaluate("document.dispatchEvent(new CustomEvent('page:replaced'))")

    with translation.override(language):
        said = [formats.deadline(order.ship_by, now) for order in orders]
    for order, deadline in zip(orders, said, strict=True):
        expect(countdown(page, order)).to_have_text(deadline.text)
        expect(countdown(page, order)).to_have_class(f"countdown {deadline.state}")
    context.close()


def test_the_browsers_clock_does_not_matter(browser, live_server, store):
    """An hour slow: what the server said stays true."""
    context = browser.new_context(base_url=live_server.url)
    context.add_init_script(
        "const now = Date.now.bind(Date); Date.now = () => now() - 3_600_000;"
        "const origin = performance.timeOrigin;"
        "Object.defineProperty(performance, 'timeOrigin', { get: () => origin - 3_600_000 });"
    )
    page = context.new_page()
    order = factories.order(store, ship_by=timezone.now() + timedelta(minutes=30, seconds=30))
    sign_in(page, f"/stores/{store.pk}/orders")
    page.evaluate("(one) => { one.textContent = ''; }", countdown(page, order).element_handle())
    page.evaluate("document.dispatchEvent(new CustomEvent('page:replaced'))")

    expect(countdown(page, order)).to_have_text("in 30 min")
    context.close()
