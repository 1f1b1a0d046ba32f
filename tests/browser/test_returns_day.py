"""What a merchant does with returns in a day: refund one while a colleague looks on, decide what a memo means."""

import pytest
from playwright.sync_api import expect
from spoken import said
from test_merchant_day import place, sign_in, until

from channel_manager.returns.models import Refund, Return

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]
PARCEL = ("ups", "UPS", "1Z999AA10123456784")


def shipped(page, world, *quantities, only=None):
    """An order of which everything, or only some units of the first line, has left on both sides."""
    number = place(world, *quantities)
    until(page, lambda: world.has_commerce_order(number))
    world.ship(number, {"1": only} if only else {str(n): units for n, units in enumerate(quantities, 1)}, [PARCEL])
    until(page, lambda: world.at_walmart(number)["1"][0])
    until(page, lambda: not world.order(number).has_error and world.order(number).lines.first().item.shipped)
    return number


def returned(page, world, number, lines, *, delivered=True):
    """A buyer's return, with the goods back unless told otherwise, as soon as it is known here."""
    rma = world.walmart.open_return(number, lines, reason="DEFECTIVE")
    if delivered:
        world.walmart.deliver_return(rma)
    until(page, lambda: Return.objects.filter(number=rma, refund_by__isnull=not delivered).exists())
    return rma


def open_memo_form(page, world, rma):
    page.goto(f"/stores/{world.store.pk}/returns")
    row = page.get_by_role("row").filter(has_text=rma)
    expect(row).to_contain_text("The goods are back: create the credit memo.")
    row.get_by_role("link", name="Create credit memo").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(rma)


def test_a_return_is_refunded_once_while_a_second_window_looks_on(page, world):
    sign_in(page)
    number = shipped(page, world, 3)
    rma = returned(page, world, number, [("1", 2)])
    open_memo_form(page, world, rma)
    second = page.context.new_page()
    second.goto(page.url)

    sums = page.locator("#sums")
    expect(sums).to_contain_text("$20.51")
    page.get_by_role("spinbutton").first.fill("1")
    page.get_by_label("Comment").fill("Handle broken")
    expect(sums).to_contain_text("$10.26")
    page.get_by_role("button", name="Create credit memo").last.dblclick()
    until(page, lambda: world.refunded_at_walmart(rma) == {"1": (2, 1)})
    [(amount, units)] = world.memos(number)
    assert units == [1]
    until(page, lambda: Refund.objects.get().reported_at)
    assert Refund.objects.get().expected == amount

    second.get_by_role("button", name="Create credit memo").last.click()
    expect(
        second.get_by_text("This return changed while the page was open: look again, what you typed is kept.")
    ).to_be_visible()
    expect(second.get_by_text("Meanwhile:")).to_be_visible()
    expect(second.get_by_text("Only 1 of this line can be refunded.")).to_be_visible()
    second.get_by_role("spinbutton").first.fill("1")
    second.get_by_role("button", name="Create credit memo").last.click()
    expect(second.get_by_role("heading", level=1)).to_have_text(f"Return {rma}")
    until(page, lambda: world.refunded_at_walmart(rma) == {"1": (2, 2)})
    until(page, lambda: world.returned(rma).status == "refunded")
    assert [units for _, units in world.memos(number)] == [[1], [1]]

    page.goto(f"/stores/{world.store.pk}/returns?card=refunded")
    row = page.get_by_role("row").filter(has_text=rma)
    expect(row).to_contain_text("Refunded")
    memos = [said(f"Credit memo {refund.commerce_number}") for refund in Refund.objects.all()]
    assert any(memo in row.inner_text() for memo in memos)
    page.get_by_role("link", name=rma).click()
    expect(page.get_by_text("Accepted by Walmart")).to_have_count(2)


def test_a_refused_refund_is_seen_and_sent_again(page, world):
    sign_in(page)
    number = shipped(page, world, 1)
    rma = returned(page, world, number, [("1", 1)])
    world.walmart.faults_add(
        "status_before", method="POST", path=r"/returns/[^/]+/refund", status=400, code="INVALID_REQUEST_CONTENT"
    )
    open_memo_form(page, world, rma)
    page.get_by_role("button", name="Create credit memo").last.click()
    until(page, lambda: world.returned(rma).has_error)
    page.goto(f"/stores/{world.store.pk}/returns?card=errors")
    page.get_by_role("link", name=rma).click()
    expect(page.get_by_text("Refused by Walmart")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    until(page, lambda: world.returned(rma).status == "refunded")
    page.reload()
    expect(page.get_by_text("Accepted by Walmart")).to_be_visible()
    assert len(world.memos(number)) == 1


def test_a_memo_of_a_partly_shipped_order_is_decided(page, world):
    sign_in(page)
    number = shipped(page, world, 3, only=1)
    world.commerce.invoice(number)
    world.commerce.refund(number, {world.in_commerce(number)["items"][0]["sku"]: 1}, shipping=0)
    until(page, lambda: world.order(number).needs_action)
    page.goto(f"/stores/{world.store.pk}/orders?card=needs_action")
    page.get_by_role("link", name=number).click()
    page.get_by_role("link", name="Say what it means").click()
    expect(page.get_by_label("Cancellation reason")).to_be_hidden()
    page.get_by_label("It cancels units that have not shipped. Walmart cancels them and tells the buyer.").check()
    page.get_by_role("button", name="Record the decision").click()
    expect(page.get_by_text("Choose a reason: Walmart requires one and tells it to the buyer.")).to_be_visible()
    page.get_by_label("Cancellation reason").select_option(label="The item is out of stock")
    page.get_by_role("button", name="Record the decision").click()
    until(page, lambda: world.at_walmart(number) == {"1": ([(1, "UPS", PARCEL[2])], 1, 1)})
    until(page, lambda: not world.order(number).needs_action)
