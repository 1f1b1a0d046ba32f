"""Stock and price in a real browser: the comparison is confirmed, stock follows, a price is approved, a hold ends."""

import pytest
from playwright.sync_api import expect
from test_merchant_day import sign_in, until

from channel_manager.catalog.models import Listing, Status
from channel_manager.sync.models import Level

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]
SKU, OTHER = "WHISK-11", "KNIFE-8"
CONNECT = {"connect_to_channel_manager": "1"}
CONFIRM = {"stock": "Confirm: send stock from now on", "price": "Confirm: send prices from now on"}


def offer(world):
    """Three products on both sides, one only at Walmart, one only in Commerce."""
    skus = [product["sku"] for product in world.commerce.products()]
    sold = [sku for sku in (SKU, OTHER, *skus) if sku in skus][:3]
    items = [{"sku": sku, "name": f"Kitchen {sku}", "price": 10} for sku in dict.fromkeys(sold)]
    world.walmart.set_items([*items, {"sku": "ONLY-WALMART", "name": "Only at Walmart", "price": 5}])
    for sku in dict.fromkeys([*sold, skus[-1]]):
        world.commerce.set_stock(sku, 10)
        world.commerce.set_product(sku, attributes=CONNECT, price=10)
    return len(items)


def listings(page, world, rest=""):
    page.goto(f"/stores/{world.store.pk}/listings{rest}")


def level(world, kind="stock"):
    return Level.objects.get(store=world.store, kind=kind, key=SKU)


def measured(world, count):
    """So many listings are matched, and their stock and prices are known."""
    matched = Listing.objects.filter(store=world.store, status=Status.MATCHED, measured_at__isnull=False)
    return matched.count() == count and not Level.objects.filter(measured_at=None).exists()


def refreshed(page, world, condition, seconds=45):
    """Both sides are read as a person would have them read, until something is known."""
    for _ in range(seconds // 3):
        listings(page, world)
        page.get_by_role("button", name="Refresh products").click()
        expect(
            page.get_by_text("Products, items and stock are read now. Many take a few minutes.").first
        ).to_be_visible()
        for _ in range(6):
            if condition():
                return
            page.wait_for_timeout(500)
    assert condition()


def confirm(page, world, kind):
    listings(page, world, f"/comparison/{kind}")
    page.get_by_role("button", name=CONFIRM[kind]).click()
    expect(page.get_by_text("Follows Commerce").first).to_be_visible()


def open_listing(page, world):
    listings(page, world, f"?search={SKU.lower()}")
    page.get_by_role("link", name=SKU, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_stock_follows_once_the_comparison_is_confirmed(page, world):
    count = offer(world)
    sign_in(page)
    refreshed(page, world, lambda: measured(world, count))
    listings(page, world)
    expect(page.get_by_text("Stock is not sent yet.")).to_be_visible()
    page.get_by_role("link", name="Look at what would change").first.click()
    expect(page.get_by_role("heading", name="What would change: stock")).to_be_visible()
    page.get_by_role("button", name="Confirm: send stock from now on").click()
    expect(page.get_by_text("Follows Commerce").first).to_be_visible()
    until(page, lambda: world.stock_at_walmart(SKU)[0] == 10)
    world.commerce.set_stock(SKU, 4)
    until(page, lambda: world.stock_at_walmart(SKU)[0] == 4, seconds=60)
    until(page, lambda: level(world).sent == 4)
    listings(page, world)
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=SKU, exact=True))
    expect(row).to_contain_text("4 told")
    expect(row).to_contain_text("4 salable")
    expect(row).to_contain_text("4 units")
    expect(row).to_contain_text("Accepted")


def test_a_large_change_of_price_asks_and_is_approved(page, world):
    count = offer(world)
    sign_in(page)
    refreshed(page, world, lambda: measured(world, count))
    confirm(page, world, "price")
    world.commerce.set_product(SKU, price=20)
    refreshed(page, world, lambda: level(world, "price").held)
    listings(page, world)
    page.get_by_role("link", name="Waiting for you").click()
    expect(page.get_by_text("The price would change from 10.00 to 20.00, by more than 30 %.")).to_be_visible()
    page.get_by_role("link", name=SKU, exact=True).click()
    page.get_by_role("button", name="Approve this price: $20.00").dblclick()
    until(page, lambda: level(world, "price").sent == 20)
    page.reload()
    expect(page.get_by_text("Price 20.00 approved.")).to_have_count(1)
    expect(page.get_by_text("A price asks first")).to_have_count(0)


def test_stock_that_was_canceled_as_out_of_stock_is_confirmed(page, world):
    count = offer(world)
    sign_in(page)
    refreshed(page, world, lambda: measured(world, count))
    confirm(page, world, "stock")
    until(page, lambda: world.stock_at_walmart(SKU)[0] == 10)
    number = world.walmart.place_order(lines=[{"sku": SKU, "quantity": 1, "price": "10.00"}])
    until(page, lambda: world.has_commerce_order(number), seconds=40)
    world.cancel(number, {"1": 1})
    until(page, lambda: level(world).held and level(world).sent == 0, seconds=60)
    open_listing(page, world)
    expect(page.get_by_text("Stock is held")).to_be_visible()
    page.get_by_role("button", name="Confirm stock").click()
    expect(
        page.locator("#messages").get_by_text("The stock is confirmed: Walmart is told what Commerce shows.")
    ).to_be_visible()
    until(page, lambda: world.stock_at_walmart(SKU)[0] == 10, seconds=60)
    page.reload()
    expect(page.get_by_text("Stock is held")).to_have_count(0)
