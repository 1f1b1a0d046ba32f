"""The credit memo form: what it presets, what it says, and that it makes one credit memo, the one that was meant."""

import uuid
from decimal import Decimal

import pages
import pytest

from channel_manager.returns.models import Refund
from channel_manager.sync.models import SyncOperation
from tests import factories

D = Decimal


class Form:
    """The form's page: `open` reads it as a browser would, `send` sends it with what the person typed."""

    def __init__(self, browser, returned, order):
        self.browser = browser
        self.path = f"/stores/{returned.store_id}/returns/{returned.pk}/orders/{order.pk}/credit-memo"
        self.names = ["version", "marker", "seen", "shipping", "plus", "minus"]
        self.names += [f"quantity-{line.number}" for line in returned.lines.filter(order=order)]

    def open(self):
        page = self.browser.get(self.path)
        return {name: pages.value(page, name) for name in self.names}

    def text(self):
        return pages.text(self.browser.get(self.path))

    def send(self, typed=None, **changes):
        return self.browser.post(self.path, (self.open() if typed is None else typed) | changes)


@pytest.fixture
def order(store):
    return factories.shipped_order(store, lines=[("SKU-1", 3), ("SKU-2", 1)])


@pytest.fixture
def returned(order):
    return factories.return_(order, lines=[("1", 2), ("2", 1)], delivered=True)


@pytest.fixture
def memo(browser, returned, order):
    return Form(browser, returned, order)


def set_rules(store, **rules):
    type(store.rules).objects.filter(store=store).update(**rules)


def test_everything_left_is_preset(memo, order, returned):
    factories.refund(order, parent=returned, lines={"1": 1})

    typed = memo.open()

    assert (typed["quantity-1"], typed["quantity-2"], typed["shipping"]) == ("1", "1", "0.00")
    text = memo.text()
    assert "Walmart pays the buyer for these units $21.60 Credit memo before adjustments $21.60" in text
    assert "Difference none" in text
    assert "Always refunded offline; nobody is mailed by the shop." in text
    assert "invoiced in Commerce first" not in text


def test_a_credit_memo_is_asked_for_once_by_a_named_person(memo, order, returned, alice):
    answer = memo.send(**{"quantity-1": "1", "quantity-2": "", "restock-1": "on", "comment": "Box torn"})

    assert (answer.status_code, answer["Location"]) == (302, f"/stores/{order.store_id}/returns/{returned.pk}")
    refund = Refund.objects.get()
    assert [(row.line.sku, row.quantity, row.restock) for row in refund.lines.all()] == [("SKU-1", 1, True)]
    assert (refund.requested_by, refund.comment, refund.fit, refund.repair) == (alice, "Box torn", True, False)
    assert (refund.expected, refund.shipping, refund.plus, refund.minus) == (D("10.80"), D(0), D(0), D(0))
    assert SyncOperation.objects.get().kind == "create_credit_memo"


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"quantity-1": "3"}, "quantity-1", "Only 2 of this line can be refunded."),
        ({"quantity-1": "-1"}, "quantity-1", "A quantity cannot be negative."),
        ({"quantity-1": "one"}, "quantity-1", "Enter a whole number."),
        ({"quantity-1": "9" * 5000}, "quantity-1", "Enter a whole number."),
        ({"shipping": "1.00"}, "shipping", "Only 0.00 of shipping has not been refunded."),
        ({"shipping": "1,00"}, "shipping", "Write a point before the decimals and no comma"),
        ({"plus": "1.234"}, "plus", "at most two decimals"),
        ({"plus": "-1.00"}, "plus", "An amount cannot be negative."),
        ({"plus": "10000000"}, "plus", "An amount is below 1000000."),
        ({"plus": "1e3"}, "plus", "Write an amount as digits"),
        ({"plus": "NaN"}, "plus", "Write an amount as digits"),
        ({"plus": "１"}, "plus", "Write an amount as digits"),
        ({"minus": "$5"}, "minus", "Write an amount as digits"),
        ({"minus": "32.40", "differ": "on"}, "minus", "The deduction leaves nothing to refund."),
        ({"comment": "\x00"}, "comment", "Null characters"),
    ],
)
def test_an_error_stands_beside_its_field_and_what_was_typed_is_kept(memo, changes, place, words):
    typed = memo.open() | {"restock-2": "on"} | changes

    answer = memo.send(typed)

    assert answer.status_code == 422
    assert words in pages.errors_beside(answer, place)
    for name in ("quantity-1", "quantity-2", "shipping", "plus", "minus", "marker"):
        assert pages.value(answer, name) == typed[name]
    assert 'name="restock-2" id="id_restock-2" checked' in answer.content.decode()
    assert not Refund.objects.exists()


def test_nothing_chosen_is_said(memo):
    answer = memo.send(**{"quantity-1": "0", "quantity-2": ""})

    assert "Choose at least one unit." in pages.text(answer)
    assert not Refund.objects.exists()


def test_shipping_is_preset_to_what_walmart_pays_of_it(memo, order, returned):
    order.lines.filter(number="1").update(shipping=D("6.00"), shipping_tax=D("0.60"))
    returned.lines.filter(number="1").update(shipping=D("4.00"), shipping_tax=D("0.40"))

    assert memo.open()["shipping"] == "4.00"
    text = memo.text()
    assert "Not refunded yet: $6.00" in text
    assert "for these units $36.80 Credit memo before adjustments $36.80" in text
    assert memo.send().status_code == 302
    assert (Refund.objects.get().shipping, Refund.objects.get().expected) == (D("4.00"), D("36.80"))


def test_by_rule_the_memo_is_fitted_unless_an_adjustment_is_typed(memo, returned):
    returned.lines.filter(number="1").update(product=D("19.00"))

    text = memo.text()
    assert "Adjustment by the store's rule −$1.00 Credit memo $31.40 Difference none" in text
    assert "is fitted to Walmart's refund" in text

    refused = memo.send(plus="2.00")
    assert "Both sides would not agree." in pages.errors_beside(refused, "differ")
    assert "Adjustments typed +$2.00 Credit memo $34.40 Difference −$3.00" in pages.text(refused)
    assert "The credit memo says more than Walmart pays." in pages.text(refused)
    assert not Refund.objects.exists()

    assert memo.send(plus="2.00", differ="on").status_code == 302
    refund = Refund.objects.get()
    assert (refund.fit, refund.plus, refund.expected) == (False, D("2.00"), D("31.40"))


def test_without_the_rule_a_difference_must_be_agreed_to_or_typed_away(memo, returned, store):
    set_rules(store, fit_refunds=False)
    returned.lines.filter(number="1").update(product=D("21.50"))

    assert "Walmart pays more than the credit memo says." in memo.text()
    assert memo.send().status_code == 422
    assert memo.send(plus="1.50").status_code == 302
    assert (Refund.objects.get().fit, Refund.objects.get().plus) == (False, D("1.50"))


def test_the_sums_are_calculated_without_deciding_anything(memo):
    typed = memo.open() | {"quantity-1": "1", "minus": "1.00", "calculate": "1"}

    answer = memo.send(typed)

    assert answer.status_code == 200
    assert "for these units $21.60 Credit memo before adjustments $21.60 Adjustments typed −$1.00" in pages.text(answer)
    assert pages.value(answer, "quantity-1") == "1"
    unreadable = memo.send(typed, minus="1,00")
    assert unreadable.status_code == 200
    assert "Adjustment fee: Write a point before the decimals" in pages.text(unreadable)
    assert "The sums are shown when units and amounts can be read." in pages.text(unreadable)
    assert not Refund.objects.exists()


def test_the_stores_rule_presets_return_to_stock_but_not_of_what_is_kept(memo, returned, store):
    assert "checked" not in memo.browser.get(memo.path).content.decode()
    set_rules(store, restock_returns=True)
    returned.lines.filter(number="2").update(keep_it=True, goods_expected=False)

    body = memo.browser.get(memo.path).content.decode()

    assert 'name="restock-1" id="id_restock-1" checked' in body
    assert 'name="restock-2" id="id_restock-2">' in body


def test_shipped_units_that_are_not_invoiced_are_named(memo, order):
    order.commerce_items.update(invoiced=0)

    assert "are invoiced in Commerce first" in memo.text()


def test_a_canceled_commerce_order_needs_consent(memo, order):
    order.commerce_state = "canceled"
    order.save()

    refused = memo.send()
    assert refused.status_code == 422
    assert "Commerce takes no credit memo" in pages.errors_beside(refused, "repair")
    assert memo.send(repair="on").status_code == 302
    assert Refund.objects.get().repair


def test_a_line_that_cannot_be_refunded_says_why_and_has_no_input(memo, order):
    order.commerce_items.filter(sku="SKU-2").update(refunded=1)

    page = memo.browser.get(memo.path)

    assert 'name="quantity-2"' not in page.content.decode()
    assert "Commerce shows 1 shipped and 1 refunded." in pages.text(page)
    memo.names.remove("quantity-2")
    answer = memo.send(**{"quantity-2": "1"})
    assert answer.status_code == 302
    assert [row.line.sku for row in Refund.objects.get().lines.all()] == ["SKU-1"]


def test_a_return_without_anything_left_offers_no_button(memo, order, returned):
    factories.refund(order, parent=returned, lines={"1": 2, "2": 1})

    page = memo.browser.get(memo.path)

    assert "Every unit of this return is refunded or canceled." in pages.text(page)
    assert '<button class="main">' not in page.content.decode()
    nothing = memo.browser.post(memo.path, {"version": pages.value(page, "version"), "marker": str(uuid.uuid4())})
    assert nothing.status_code == 422


def test_a_double_click_makes_one_credit_memo(memo):
    typed = memo.open()

    first, second = memo.send(typed), memo.send(typed)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert Refund.objects.count() == 1


def test_the_marker_of_another_return_makes_this_one(memo, order, browser):
    typed = memo.open() | {"quantity-1": "1", "quantity-2": "0"}
    other = factories.return_(order, lines=[("1", 1)])
    assert Form(browser, other, order).send(marker=typed["marker"]).status_code == 302

    assert memo.send(typed).status_code == 302
    assert Refund.objects.count() == 2


def test_a_marker_that_is_not_one_is_replaced(memo):
    answer = memo.send(marker="<x>")

    assert answer.status_code == 422 or Refund.objects.count() == 1
    assert "<x>" not in answer.content.decode()


def test_a_stale_page_says_what_changed_and_can_be_sent_after_looking_again(memo, order, returned, alice):
    typed = memo.open() | {"quantity-2": "0", "comment": "Keep me"}
    factories.refund(order, parent=returned, lines={"1": 1})
    factories.event(order, factories.say("Credit memo asked for; units: 1."), kind="refund", user=alice)

    stale = memo.send(typed | {"quantity-1": "1"})

    assert stale.status_code == 422
    text = pages.text(stale)
    assert "This return changed while the page was open: look again, what you typed is kept." in text
    assert "Meanwhile: Credit memo asked for; units: 1." in text
    assert "Keep me" in text
    assert pages.value(stale, "quantity-1") == "1"
    again = memo.send(typed, version=pages.value(stale, "version"), **{"quantity-1": "1"})
    assert again.status_code == 302


@pytest.mark.parametrize("seen", ["", "x", "9" * 40, "-1"])
def test_a_stale_page_without_a_trace_of_its_past_only_says_so(memo, order, seen):
    factories.event(order, factories.say("Something."))

    answer = memo.send(version="old", seen=seen)

    assert "This return changed while the page was open" in pages.text(answer)
    assert "Meanwhile" not in pages.text(answer)


def test_a_memo_for_another_order_of_the_return_is_its_own(browser, store, order, returned):
    other = factories.shipped_order(store)
    factories.return_line(returned, 9, other, "1", 1)
    form = Form(browser, returned, other)

    assert set(form.names) >= {"quantity-9"}
    assert "quantity-1" not in form.names
    assert form.send().status_code == 302
    assert Refund.objects.get().order == other


def test_an_order_that_has_no_part_in_the_return_is_not_found(browser, store, returned):
    other = factories.shipped_order(store)

    answer = browser.get(f"/stores/{store.pk}/returns/{returned.pk}/orders/{other.pk}/credit-memo")

    assert answer.status_code == 404
