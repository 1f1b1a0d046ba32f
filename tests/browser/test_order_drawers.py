"""An order's page and its drawers: what is suggested, shown before it is sent, and told when somebody else acted."""

from functools import partial

import pytest
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import expect
from spoken import said

from channel_manager.orders import actions
from channel_manager.orders.models import Cancellation, Hold, Shipment
from channel_manager.ports.documents import Track
from channel_manager.shared.sentences import say
from channel_manager.sync.models import Level, Outcome, State
from tests import factories

pytestmark = [pytest.mark.browser]
UPS, FEDEX = "1Z999AA10123456784", "986578788855"


@pytest.fixture
def order(store):
    return factories.order(store, lines=[("WHISK-11", 3), ("KNIFE-8", 1)])


@pytest.fixture
def address(store, order):
    return f"/stores/{store.pk}/orders/{order.pk}"


@pytest.fixture
def visit(window, alice):
    return partial(window, person=alice, width=1280, height=950)


@pytest.fixture
def page(visit):
    return visit()


def drawer_of(page, link):
    page.get_by_role("link", name=link, exact=True).first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.locator("form")).to_be_visible()
    return drawer


def happen(order, alice):
    """Two events of Walmart, one of a person, one exchange with Walmart and one with Commerce."""
    factories.event(order)
    factories.event(order, say("The buyer asks to cancel line %(line)s.", line="1"))
    factories.event(order, say("Units shipped: %(units)s.", units=1), user=alice, actor="person")
    for kind, platform in (("report_shipment", "marketplace"), ("create_commerce_shipment", "commerce")):
        done = factories.operation(order, kind=kind, platform=platform, state=State.DONE)
        factories.attempt(done, outcome=Outcome.SENT, error=None)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_timeline_is_narrowed_and_the_address_keeps_it(visit, order, address, alice, scripts):
    happen(order, alice)
    page = visit(java_script_enabled=scripts)
    page.goto(address)
    told = page.get_by_role("navigation", name="What the timeline shows")
    entries = page.locator("ol.timeline > li")
    expect(told.get_by_role("listitem")).to_have_text(["All 5", "Walmart 3", "Commerce 1", "People 1", "Exchanges 2"])
    expect(entries).to_have_count(5)
    for part, count in {"Walmart": 3, "People": 1, "Exchanges": 2}.items():
        told.get_by_role("link", name=f"{part} {count}").click()
        expect(entries).to_have_count(count)
        expect(told.locator("[aria-current]")).to_contain_text(part)
    assert "timeline=exchanges" in page.url
    page.reload()
    expect(entries).to_have_count(2)
    if scripts:
        told.get_by_role("link", name="Commerce 1").click()
        expect(entries).to_have_count(1)
        assert page.evaluate("document.activeElement.id") == "timeline-commerce"


def test_an_exchange_is_copied_as_a_case_and_is_a_page_without_scripts(visit, order, address, alice):
    happen(order, alice)
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{address}?timeline=exchanges")
    page.locator("ol.timeline summary").first.click()
    page.get_by_role("link", name="Copy as case").first.click()
    expect(page.locator("#toasts")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Case file\nReference: CM-")
    assert order.number in copied
    assert order.buyer_name not in copied

    plain = visit(java_script_enabled=False)
    plain.goto(f"{address}?timeline=exchanges")
    plain.locator("ol.timeline summary").first.click()
    plain.get_by_role("link", name="Copy as case").first.click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Case file")


def test_the_carrier_follows_the_number_until_a_person_chooses_one(page, address):
    page.goto(address)
    drawer = drawer_of(page, "Ship")
    number, carrier = drawer.get_by_label("Tracking number"), drawer.get_by_label("Carrier")
    number.press_sequentially(UPS[:8])
    expect(carrier).to_have_value("")
    number.press_sequentially(UPS[8:])
    expect(carrier).to_have_value("ups")
    expect(drawer.get_by_text("UPS, by the form of the number. Choose another one if it is not.")).to_be_visible()
    number.fill(FEDEX)
    expect(carrier).to_have_value("fedex")
    expect(number).to_be_focused()

    carrier.select_option(label="USPS")
    expect(drawer.get_by_text("This looks like a number of FedEx, but USPS is chosen.")).to_be_visible()
    number.fill(UPS)
    expect(drawer.get_by_text("This looks like a number of UPS, but USPS is chosen.")).to_be_visible()
    expect(carrier).to_have_value("usps")
    number.fill("1Z_999")
    expect(drawer.get_by_text("A tracking number has letters and digits only, at most 100.").first).to_be_visible()
    expect(carrier).to_have_value("usps")


def test_an_answer_to_what_stood_there_before_takes_no_choice_back(page, address):
    """The carrier is chosen in the moment in which the answer to the comment comes."""
    page.goto(address)
    drawer = drawer_of(page, "Ship line 1, WHISK-11")
    carrier = drawer.get_by_label("Carrier")
    chosen = []

    def late(route):
        answer = route.fetch()
        if not chosen:
            chosen.append("track-0-carrier=&" in route.request.post_data)
            carrier.evaluate("""(one) => {
                one.value = "fedex";
                one.dispatchEvent(new Event("change", { bubbles: true }));
            }""")
        route.fulfill(response=answer)

    page.route(f"**{address}/shipment*", late)
    with page.expect_response(lambda answer: "fedex" in (answer.request.post_data or "")):
        drawer.get_by_label("Comment").fill("Fragile")
    assert chosen == [True]
    expect(carrier).to_have_value("fedex")


def test_what_both_sides_will_be_told_is_shown_and_nothing_is_written(page, address, order):
    page.goto(address)
    drawer = drawer_of(page, "Ship line 1, WHISK-11")
    told = drawer.locator("#told")
    expect(drawer.get_by_role("spinbutton").nth(1)).to_have_value("0")
    drawer.get_by_role("spinbutton").first.fill("2")
    drawer.get_by_label("Tracking number").fill(UPS)
    drawer.get_by_label("Comment").fill("Fragile")
    expect(told).to_contain_text("Fragile")
    expect(told).to_contain_text(f"A shipment of the Commerce order {order.commerce_number}.")
    parcel = told.locator("section").last.locator("dl")
    expect(parcel.locator("dt")).to_have_text(["Line 1", "Carrier", "Tracking number", "Tracking address", "Method"])
    expect(parcel.locator("dd").filter(visible=True)).to_have_count(5)
    for place, value in enumerate(["WHISK-11 × 2", "UPS", UPS]):
        expect(parcel.locator("dd").nth(place)).to_have_text(value)
    told.get_by_text("The request as it is sent").last.click()
    assert '"statusQuantity"' in told.inner_text()
    drawer.get_by_role("spinbutton").first.fill("9")
    expect(told).to_contain_text("This line has only 3 open.")
    assert Shipment.objects.count() == 0
    drawer.get_by_role("spinbutton").first.fill("2")
    expect(told).to_contain_text("WHISK-11 × 2")
    drawer.get_by_role("button", name="Ship", exact=True).last.click()
    expect(page.get_by_text("The shipment is on its way: first to Commerce, then to Walmart.")).to_be_visible()
    [track] = Shipment.objects.get().tracks.all()
    assert (track.carrier_code, track.number) == ("ups", UPS)


def test_without_scripts_the_same_is_shown_on_preview(visit, address):
    page = visit(java_script_enabled=False)
    page.goto(f"{address}/shipment")
    page.get_by_label("Tracking number").fill(UPS)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#told")).to_contain_text(UPS)
    expect(page.get_by_label("Carrier")).to_have_value("ups")
    assert Shipment.objects.count() == 0
    page.get_by_role("button", name="Ship", exact=True).last.click()
    expect(page.get_by_text("The shipment is on its way: first to Commerce, then to Walmart.")).to_be_visible()


def test_somebody_else_ships_while_the_drawer_is_open(page, address, order, bob):
    page.goto(address)
    drawer = drawer_of(page, "Ship")
    drawer.get_by_label("Tracking number").fill(FEDEX)
    drawer.get_by_label("Comment").fill("Second half")
    track = Track(carrier_code="ups", title="UPS", number=UPS)
    facts = {"comment": "", "source_code": "", "override": False, "marker": factories.uuid.uuid4()}
    actions.ship(order, quantities={"1": 2}, tracks=[track], by=bob, at=timezone.now(), **facts)
    drawer.get_by_role("button", name="Ship", exact=True).last.click()

    expect(drawer.get_by_role("alert")).to_contain_text(
        "This order changed while the page was open: look again, what you typed is kept."
    )
    for part in ("Meanwhile:", "Units shipped: 2.", "Person"):
        expect(drawer.locator(".message.info").first).to_contain_text(part)
    expect(drawer.locator(".message.info li small")).to_contain_text("bob")
    expect(drawer.locator("tr.wrong")).to_contain_text("This line has only 1 open.")
    expect(drawer.get_by_label("Comment")).to_have_value("Second half")
    expect(drawer.get_by_label("Tracking number")).to_have_value(FEDEX)
    expect(drawer.get_by_label("Carrier")).to_have_value("fedex")
    drawer.get_by_role("spinbutton").first.fill("1")
    expect(drawer.locator(".wrong, [aria-invalid], .field-errors")).to_have_count(0)
    drawer.get_by_role("button", name="Ship", exact=True).last.click()
    expect(page.get_by_text("The shipment is on its way: first to Commerce, then to Walmart.")).to_be_visible()
    assert order.shipments.count() == 2


def test_the_chosen_reason_says_what_it_causes_and_units_are_named_before_the_last_button(page, address, order, store):
    Level.objects.create(store=store, kind="stock", key="WHISK-11", active=True)
    page.goto(address)
    drawer = drawer_of(page, "Cancel order")
    expect(drawer.get_by_text("Choose a reason to see what it causes.")).to_be_visible()
    expect(drawer.get_by_text("Stock at Walmart")).to_be_hidden()
    drawer.get_by_label("Cancellation reason").select_option(label="The item is out of stock")
    expect(drawer.get_by_text("Stock at Walmart")).to_be_visible()
    expect(drawer.get_by_text("counts against the account").locator("visible=true")).to_have_count(1)
    named = drawer.locator("#named")
    expect(named).to_contain_text(f"4 units of order {order.number} are canceled:")
    expect(named).to_contain_text("Nothing of the order stays open.")
    drawer.get_by_role("spinbutton").first.fill("1")
    expect(named).to_contain_text(f"2 units of order {order.number} are canceled:")
    for units in ("WHISK-11 × 1", "KNIFE-8 × 1"):
        expect(named).to_contain_text(units)
    expect(named).to_contain_text("2 units stay open.")
    drawer.get_by_label("Cancellation reason").select_option(label="Price or other listing errors")
    expect(drawer.get_by_text("Stock at Walmart")).to_be_hidden()
    drawer.get_by_role("button", name="Cancel these units").click()
    expect(page.get_by_text("The cancellation is on its way: first to Walmart, then to Commerce.")).to_be_visible()
    assert sorted(row.quantity for row in Cancellation.objects.get().lines.all()) == [1, 1]


def test_without_scripts_changed_units_are_named_before_anything_is_canceled(visit, address, order):
    page = visit(java_script_enabled=False)
    page.goto(f"{address}/cancellation?line=1")
    expect(page.locator("#named")).to_contain_text(f"3 units of order {order.number} are canceled:")
    page.get_by_role("spinbutton").first.fill("2")
    page.get_by_label("Cancellation reason").select_option(label="Price or other listing errors")
    page.get_by_role("button", name="Cancel these units").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "The quantities were changed after they were named: look again, then press again."
    )
    expect(page.locator("#named")).to_contain_text(f"2 units of order {order.number} are canceled:")
    assert Cancellation.objects.count() == 0
    page.get_by_role("button", name="Cancel these units").click()
    expect(page.get_by_text("The cancellation is on its way: first to Walmart, then to Commerce.")).to_be_visible()


def test_a_page_left_open_follows_the_shipment_until_it_is_at_rest(page, address, order, alice):
    shipment = factories.shipment(order, by=alice)
    made = factories.operation(
        order,
        kind="create_commerce_shipment",
        platform="commerce",
        state=State.WAITING,
        payload={"shipment": shipment.pk},
    )
    page.goto(address)
    way = page.locator("#order-shipments .way")
    expect_steps(way, "Waiting to be sent to Commerce", "Then Walmart")
    page.get_by_role("link", name="Change carrier or number").focus()

    finish(made)
    Shipment.objects.update(commerce_shipment_id=7, commerce_number="000000007")
    told = factories.operation(
        order, state=State.SENDING, payload={"shipment": shipment.pk}, lease_until=timezone.now()
    )
    expect_steps(way, "Sent to Commerce", "Sending to Walmart…")
    assert page.evaluate("document.activeElement.textContent") == said("Change carrier or number")

    finish(told)
    Shipment.objects.update(reported_at=timezone.now(), reported_number=UPS)
    order.lines.update(reported_shipped=F("quantity"))
    expect_steps(way, "Sent to Commerce", "Accepted by Walmart")
    expect(page.locator("#order-said")).to_contain_text(
        "Nothing to do: all that is to leave has left, and Walmart knows it."
    )
    expect(page.locator("#order-watch[hx-get]")).to_have_count(0)


def expect_steps(way, commerce, walmart):
    steps = way.get_by_role("listitem")
    expect(steps).to_have_count(2)
    expect(steps.first).to_contain_text(commerce)
    expect(steps.last).to_contain_text(walmart)


def finish(operation):
    operation.state, operation.finished_at, operation.lease_until = State.DONE, timezone.now(), None
    operation.save()


def test_what_is_being_read_is_not_replaced(page, address, order, alice):
    shipment = factories.shipment(order, by=alice)
    factories.operation(order, state=State.WAITING, payload={"shipment": shipment.pk})
    order.adjusted = [{"field": "postcode", "before": "627", "after": "00627"}]
    order.save()
    page.goto(address)
    page.get_by_text("Changed so that Commerce takes it").click()
    Shipment.objects.update(reported_at=timezone.now())
    with page.expect_response("**/progress?*"):
        pass
    with page.expect_response("**/progress?*"):
        pass
    expect(page.get_by_text("00627")).to_be_visible()
    expect(page.locator("#order-shipments .way")).not_to_contain_text("Accepted by Walmart")
    page.get_by_text("Changed so that Commerce takes it").click()
    expect(page.locator("#order-shipments .way")).to_contain_text("Accepted by Walmart")


@pytest.mark.parametrize("width", [1440, 320])
def test_everything_fits(visit, address, order, alice, width):
    happen(order, alice)
    factories.shipment(order, quantities={"1": 1}, by=alice, hold=Hold.CARRIER)
    factories.cancellation(order, quantities={"1": 1}, by=alice)
    page = visit(width=width)
    for name, path in {"order": "", "ship": "/shipment", "cancel": "/cancellation"}.items():
        page.goto(address + path)
        if name == "ship":
            page.get_by_label("Tracking number").fill(UPS)
            expect(page.locator("#told")).to_contain_text(UPS)
        if name == "cancel":
            page.get_by_label("Cancellation reason").select_option(label="The item is out of stock")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
