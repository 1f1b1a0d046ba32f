"""Errors that a person puts right where they are shown, with the real worker behind the page."""

import pytest
from playwright.sync_api import expect
from test_merchant_day import open_order, place, ship, sign_in, until

from channel_manager.stores.models import CarrierRule, SkuLink

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]
UNKNOWN_CARRIER = ("custom", "Colissimo", "6A12345678901")


def activity(page, world):
    page.goto(f"/stores/{world.store.pk}/activity")


def details(world, number):
    return " ".join(world.problems(number))


def test_a_refused_tracking_number_is_corrected(page, world):
    sign_in(page)
    number = place(world, 1)
    open_order(page, world, number)
    world.walmart.faults_add(
        "status_before",
        method="POST",
        path="/shipping",
        status=400,
        code="INVALID_REQUEST_CONTENT",
        description="The tracking number is not valid",
    )
    ship(page, 1, "UPS", "1Z999AA10123456780")
    until(page, lambda: world.order(number).has_error)
    page.reload()
    expect(
        page.get_by_text("Correct the tracking number or the carrier; the shipment is then sent again.")
    ).to_be_visible()
    page.get_by_role("link", name="Fix and resend").click()
    expect(page.get_by_label("Carrier")).to_have_value("ups")
    expect(page.get_by_role("textbox", name="Tracking number")).to_have_value("1Z999AA10123456780")
    page.get_by_role("textbox", name="Tracking number").fill("1Z999AA10123456784")
    page.get_by_role("button", name="Save and send").click()
    until(page, lambda: world.at_walmart(number) == {"1": ([(1, "UPS", "1Z999AA10123456784")], 0, 0)})
    until(page, lambda: not world.order(number).has_error)
    page.reload()
    expect(page.get_by_text("Shipped", exact=True).first).to_be_visible()
    expect(page.get_by_role("link", name="Fix and resend")).to_have_count(0)


def test_an_unmapped_carrier_is_mapped_once_for_two_orders(page, world):
    sign_in(page)
    numbers = [place(world, 1), place(world, 1)]
    until(page, lambda: all(world.has_commerce_order(number) for number in numbers))
    for number in numbers:
        world.commerce.ship(number, None, [UNKNOWN_CARRIER])
    until(page, lambda: all("Waiting for a carrier" in details(world, number) for number in numbers), seconds=40)
    activity(page, world)
    expect(page.locator("strong", has_text="2 orders")).to_be_visible()
    page.goto("/")
    expect(page.locator("strong", has_text="2 orders")).to_be_visible()
    activity(page, world)
    page.get_by_role("link", name="Map it and resend all").click()
    expect(page.get_by_label("title in Commerce")).to_have_value("Colissimo")
    page.get_by_label("Carrier at Walmart").select_option(label="OnTrac")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The rule is saved; 2 shipments go out.")).to_be_visible()
    sent = {"1": ([(1, "OnTrac", UNKNOWN_CARRIER[2])], 0, 0)}
    until(page, lambda: [world.at_walmart(number) for number in numbers] == [sent, sent])
    assert CarrierRule.objects.get().title == "Colissimo"
    activity(page, world)
    expect(page.get_by_text("Errors to fix")).to_have_count(0)


def test_an_unknown_sku_is_linked_and_the_order_is_created(page, world):
    sign_in(page)
    sku = world.commerce.products()[0]["sku"]
    number = world.walmart.place_order(lines=[{"sku": "ONLY-AT-WALMART", "quantity": 1, "price": "9.99"}])
    until(page, lambda: world.store.orders.filter(number=number).exists())
    until(page, lambda: "ONLY-AT-WALMART" in details(world, number))
    page.goto(f"/stores/{world.store.pk}/orders/{world.order(number).pk}")
    page.get_by_role("link", name="Fix and resend").click()
    page.get_by_label("SKU in Commerce").fill("ONLY-AT-WALMART")
    page.get_by_role("button", name="Save and resend").click()
    expect(page.get_by_text("Enter the SKU of the product in Commerce that is meant.")).to_be_visible()
    page.get_by_label("SKU in Commerce").fill(sku)
    page.get_by_role("button", name="Save and resend").dblclick()
    until(page, lambda: world.has_commerce_order(number))
    assert world.in_commerce(number)["items"][0]["sku"] == sku
    assert SkuLink.objects.get().sku == "ONLY-AT-WALMART"
    page.reload()
    expect(page.get_by_role("region", name="Waiting")).to_have_count(0)


def test_out_of_stock_goes_on_when_there_is_stock(page, world):
    sign_in(page)
    sku = world.commerce.products()[0]["sku"]
    world.commerce.set_stock(sku, 0)
    number = place(world, 1)
    until(page, lambda: world.store.orders.filter(number=number).exists())
    until(page, lambda: "stock" in details(world, number))
    page.goto(f"/stores/{world.store.pk}/orders/{world.order(number).pk}")
    expect(page.get_by_role("link", name="Cancel as out of stock")).to_be_visible()
    world.commerce.set_stock(sku, 5)
    page.get_by_role("button", name="Try again now").click()
    until(page, lambda: world.has_commerce_order(number))
    page.reload()
    expect(page.get_by_text("Cancel as out of stock")).to_have_count(0)
