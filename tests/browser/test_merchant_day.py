"""What a merchant does in a day: sign in, watch an order arrive, ship half, ship the rest, cancel, mend a refusal."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]
PASSWORD = "a long password of alice"


def sign_in(page):
    page.goto("/")
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def place(world, *quantities):
    skus = [product["sku"] for product in world.commerce.products()]
    lines = [{"sku": sku, "quantity": units, "price": "9.99"} for sku, units in zip(skus, quantities, strict=False)]
    return world.walmart.place_order(lines=lines)


def orders(page, world):
    page.goto(f"/stores/{world.store.pk}/orders")


def open_order(page, world, number):
    """Wait until the order has its Commerce number, then open it."""
    link = page.get_by_role("link", name=number)
    for _ in range(40):
        orders(page, world)
        row = page.get_by_role("row").filter(has=link)
        if row.count() and re.search(r"\b2\d{9}\b", row.inner_text()):
            break
        page.wait_for_timeout(500)
    link.first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)


def ship(page, units, carrier, tracking):
    page.get_by_role("link", name="Ship", exact=True).first.click()
    page.get_by_role("spinbutton").first.fill(str(units))
    page.get_by_label("Carrier").first.select_option(label=carrier)
    page.get_by_label("Tracking number").first.fill(tracking)
    page.get_by_role("button", name="Ship", exact=True).last.click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.wait_for_url(re.compile(r"/orders/\d+$"))


def until(page, condition, seconds=25):
    for _ in range(seconds * 4):
        if condition():
            return
        page.wait_for_timeout(250)
    assert condition()


def test_a_wrong_password_says_so_and_keeps_the_name(page, world):
    page.goto("/")
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("alice")


def test_an_order_arrives_and_is_shipped_in_two_parcels(page, world):
    sign_in(page)
    expect(page.get_by_text("Kitchen & Home").first).to_be_visible()
    number = place(world, 2)
    open_order(page, world, number)
    ship(page, 1, "UPS", "1Z999AA10123456784")
    until(page, lambda: world.at_walmart(number)["1"][0] == [(1, "UPS", "1Z999AA10123456784")])
    expect(page.locator("#order-shipments .way")).to_contain_text("Accepted by Walmart", timeout=20_000)
    expect(page.locator("#order-shipments .way")).to_contain_text("Sent to Commerce")
    page.reload()
    expect(page.get_by_text("Partially shipped").first).to_be_visible()
    ship(page, 1, "FedEx", "794644790132")
    until(
        page,
        lambda: (
            world.at_walmart(number) == {"1": ([(1, "UPS", "1Z999AA10123456784"), (1, "FedEx", "794644790132")], 0, 0)}
        ),
    )
    page.reload()
    expect(page.get_by_text("Shipped", exact=True).first).to_be_visible()


def test_another_is_cancelled_with_a_reason(page, world):
    sign_in(page)
    number = place(world, 3)
    open_order(page, world, number)
    page.get_by_role("link", name="Cancel order").first.click()
    page.get_by_role("spinbutton").first.fill("9")
    page.get_by_label("Cancellation reason").select_option(label="The item is out of stock")
    page.get_by_role("button", name="Cancel these units").click()
    expect(page.get_by_text("This line has only 3 open.")).to_be_visible()
    expect(page.get_by_role("spinbutton").first).to_have_value("9")
    page.get_by_role("spinbutton").first.fill("3")
    expect(page.get_by_text(f"3 units of order {number} are canceled:")).to_be_visible()
    page.get_by_role("button", name="Cancel these units").dblclick()
    until(page, lambda: world.at_walmart(number) == {"1": ([], 3, 0)})
    until(page, lambda: world.in_commerce(number)["state"] == "canceled")
    page.reload()
    expect(page.get_by_text("Canceled", exact=True).first).to_be_visible()
    expect(page.locator("dt", has_text="Cancellation reason")).to_be_visible()


def test_a_refused_shipment_is_seen_and_mended(page, world):
    sign_in(page)
    number = place(world, 1)
    open_order(page, world, number)
    world.walmart.faults_add("status_before", method="POST", path="/shipping", status=400, code="X.Y")
    ship(page, 1, "UPS", "1Z999AA10123456784")
    until(page, lambda: world.order(number).has_error)
    page.reload()
    orders(page, world)
    expect(page.get_by_text("Error").first).to_be_visible()
    page.get_by_role("link", name=number).first.click()
    page.get_by_role("link", name="Fix and resend").click()
    page.get_by_label("Carrier").select_option(label="FedEx")
    page.get_by_role("textbox", name="Tracking number").fill("794644790132")
    page.get_by_role("button", name="Save and send").click()
    until(page, lambda: world.at_walmart(number) == {"1": ([(1, "FedEx", "794644790132")], 0, 0)})
    page.reload()
    expect(page.get_by_text("Shipped", exact=True).first).to_be_visible()
