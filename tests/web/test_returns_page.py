"""The Returns page: what a merchant must refund, and what became of it."""

from datetime import timedelta
from decimal import Decimal

import pages
import pytest
from django.utils import timezone

from channel_manager.returns import queries, state
from channel_manager.shared.sentences import say
from tests import factories


@pytest.fixture
def address(store):
    return f"/stores/{store.pk}/returns"


@pytest.fixture
def order(store):
    return factories.shipped_order(store, lines=[("SKU-1", 3), ("SKU-2", 1)])


def refunded(order, by=None):
    """A return that is settled on both sides."""
    returned = factories.return_(order, lines=[("1", 1)])
    factories.refund(order, parent=returned, lines={"1": 1}, by=by, reported_at=timezone.now())
    returned.lines.update(reported_refunded=1)
    state.refresh(state.locked(returned.pk))
    return returned


def numbers(answer):
    return pages.row_numbers(answer)


def test_each_card_counts_the_returns_it_shows(browser, address, store, order):
    calm = factories.return_(order)
    due = factories.return_(order, lines=[("1", 1)], delivered=True)
    done = refunded(order)
    wrong = factories.return_(order)
    refund = factories.refund(order, parent=wrong, memo=False, lines={"1": 1})
    factories.operation(order, kind="create_credit_memo", payload={"refund": refund.pk, "order": order.pk})
    state.refresh(state.locked(wrong.pk))

    assert pages.cards(browser.get(address)) == {
        "received": 3,
        "refunded": 1,
        "errors": 1,
        "needs_action": 2,
        "at_risk": 0,
    }
    shown = {card: set(numbers(browser.get(address, {"card": card}))) for card in queries.CARDS}
    assert shown == {
        "received": {calm.number, due.number, wrong.number},
        "refunded": {done.number},
        "errors": {wrong.number},
        "needs_action": {due.number, wrong.number},
        "at_risk": set(),
    }


def test_all_columns_are_shown(browser, address, order):
    returned = factories.return_(order, lines=[("1", 2), ("2", 1)], stated_total=Decimal("31.40"), delivered=True)

    answer = browser.get(address)

    text = pages.text(answer)
    assert f"{returned.number} {order.commerce_number}" in text
    assert "SKU-1 × 2 SKU-2 × 1 $31.40 Received" in text
    assert "in 1 d 22 h" in text
    assert "The goods are back: create the credit memo." in text
    assert pages.address(answer, f"/orders/{order.pk}") == f"/stores/{order.store_id}/orders/{order.pk}"
    memo = f"{address}/{returned.pk}/orders/{order.pk}/credit-memo"
    assert pages.address(answer, "/credit-memo") == memo


def test_one_that_spans_orders_names_each_and_an_unknown_one_by_walmarts_number(browser, address, store, order):
    other = factories.shipped_order(store, in_commerce=True)
    spanning = factories.return_(order)
    factories.return_line(spanning, 2, other, "1", 1)
    factories.return_(store=store)

    text = pages.text(browser.get(address))

    assert f"{spanning.number} {order.commerce_number} {other.commerce_number}" in text
    assert "Walmart 1999999999999" in text
    assert "The order of this return is not known here. Refund it in Seller Center." in text


def test_a_credit_memo_leads_to_the_commerce_order(browser, address, order, alice):
    refunded(order, by=alice)

    answer = browser.get(address)

    memo = order.refunds.get()
    assert f"View credit memo {memo.commerce_number}" in pages.text(answer)
    link = f"{order.store.commerce_admin_url}/sales/order/view/order_id/{order.commerce_order_id}"
    assert pages.address(answer, "/sales/order/") == link
    assert "Create credit memo" not in pages.text(answer)


def test_an_error_leads_to_the_return(browser, address, order):
    returned = factories.return_(order)
    refund = factories.refund(order, parent=returned, memo=False, lines={"1": 1})
    words = say("Commerce can refund %(units)s.", units=0)
    factories.operation(order, kind="create_credit_memo", sentence=words, payload={"refund": refund.pk})
    state.refresh(state.locked(returned.pk))

    answer = browser.get(address)

    assert f'<a href="{address}/{returned.pk}">Commerce can refund 0.</a>' in answer.content.decode()
    assert "Error Received" in pages.text(answer)


@pytest.mark.parametrize("column", ["number", "customer_order_number"])
def test_search_finds_a_return_by_its_numbers(browser, address, order, column):
    returned = factories.return_(order)
    factories.return_(factories.shipped_order(order.store))

    answer = browser.get(address, {"search": f" {getattr(returned, column)} "})

    assert numbers(answer) == [returned.number]


def test_search_finds_numbers_of_the_order_sku_and_tracking_numbers(browser, address, store, order):
    returned = factories.return_(order, lines=[("2", 1)], tracking_numbers=["9400111"])
    other = factories.shipped_order(store, lines=[("OTHER", 1)])
    other.shipments.get().tracks.update(number="1Z0")
    factories.return_(other)

    for typed in (order.number, order.commerce_number, "SKU-2", "9400111", "1Z 999 AA1 01 2345 6784"):
        assert numbers(browser.get(address, {"search": typed})) == [returned.number], typed
    empty = browser.get(address, {"search": "<b>nothing</b>"})
    assert "No return has “<b>nothing</b>”" in pages.text(empty)


def test_search_never_leaves_the_store(browser, address, mallory):
    theirs = factories.return_(factories.shipped_order(mallory.memberships.get().store))

    assert numbers(browser.get(address, {"search": theirs.number})) == []
    assert numbers(browser.get(address, {"search": "SKU-1"})) == []


def test_nothing_yet_and_nothing_here_say_so(browser, address, order):
    assert "No returns yet" in pages.text(browser.get(address))
    assert "No return here: Refunded" in pages.text(browser.get(address, {"card": "refunded"}))
    factories.return_(order)
    assert "No goods wait at the return center" in pages.text(browser.get(address, {"sort": "refund_by"}))


def test_the_most_urgent_comes_first_and_what_is_not_back_is_left_out(browser, address, order):
    later = factories.return_(order, delivered=True)
    factories.return_(order)
    sooner = factories.return_(order)
    sooner.lines.update(state="delivered", delivered_at=timezone.now() - timedelta(hours=47))
    state.refresh(state.locked(sooner.pk))

    answer = browser.get(address, {"sort": "refund_by"})

    assert numbers(answer) == [sooner.number, later.number]
    assert "in 59 min" in pages.text(answer)


def test_the_link_to_the_next_page_leads_to_the_rest(browser, address, order, monkeypatch):
    made = [factories.return_(order, delivered=True) for _ in range(3)]
    monkeypatch.setattr(queries.returns_page, "__kwdefaults__", {"size": 2})

    for parameters, first in (({}, made[:2]), ({"sort": "refund_by", "search": "SKU-1"}, None)):
        page = browser.get(address, parameters)
        rest = browser.get(pages.address(page, 'rel="next"'))
        assert len(numbers(page)) == 2
        assert {*numbers(page), *numbers(rest)} == {returned.number for returned in made}
        assert first is None or numbers(page) == [returned.number for returned in first]


@pytest.mark.parametrize("after", ["nonsense", "2026-13-01T00:00:00Z_1", "2026-11-23T12:00:00_1", "_", "%00"])
def test_what_an_address_cannot_ask_for_is_left_out(browser, address, order, after):
    returned = factories.return_(order)

    answer = browser.get(address, {"after": after, "card": "no", "sort": "no", "search": "\x00"})

    assert numbers(answer) == [returned.number]


def test_wfs_and_replacement_returns_are_marked_and_offer_no_credit_memo(browser, address, order):
    factories.return_(order, fulfilment="marketplace", delivered=True)
    factories.return_(order, kind="replacement", delivered=True)

    text = pages.text(browser.get(address))

    assert "WFS" in text
    assert "Replacement" in text
    assert "Returned to Walmart's own warehouse: shown only." in text
    assert "The buyer gets a replacement, not money." in text
    assert "Create credit memo" not in text


def test_what_has_not_shipped_in_commerce_offers_no_credit_memo(browser, address, store):
    order = factories.order(store)
    factories.return_(order, delivered=True)

    assert "Create credit memo" not in pages.text(browser.get(address))


def test_a_viewer_looks(signed_in, bob, address, order):
    factories.return_(order, delivered=True)

    answer = signed_in(bob).get(address)

    assert "The goods are back" in pages.text(answer)
    assert "/credit-memo" not in answer.content.decode()
    assert "Sync now" not in pages.text(answer)


def test_home_counts_what_needs_action(browser, address, order):
    factories.return_(order, delivered=True)
    factories.return_(order)

    answer = browser.get("/")

    assert "1 return needs action 0 orders are open 2 returns are open" in pages.text(answer)
    assert f'href="{address}?card=needs_action"' in answer.content.decode()


def test_the_orders_page_leads_to_the_return_until_it_is_refunded(browser, address, store, order):
    returned = factories.return_(order)
    factories.order(store)

    page = browser.get(f"/stores/{store.pk}/orders")
    assert page.content.decode().count("Return requested") == 1
    assert pages.address(page, "/returns/") == f"{address}/{returned.pk}"

    state.Return.objects.update(status="refunded")
    assert "Return requested" not in pages.text(browser.get(f"/stores/{store.pk}/orders"))


def test_an_order_search_that_finds_nothing_offers_the_returns(browser, store, address):
    returned = factories.return_(store=store)

    page = browser.get(f"/stores/{store.pk}/orders", {"search": returned.number})

    assert numbers(browser.get(pages.address(page, "/returns?search="))) == [returned.number]


def test_reading_both_platforms_leads_back(browser, store, address):
    sync = f"/stores/{store.pk}/synchronisation"
    page = browser.get(address, {"card": "errors", "search": "MUG"})
    back = pages.value(page, "back")

    assert browser.post(sync, {"back": back})["Location"] == f"{address}?card=errors&search=MUG"
    assert browser.post(sync, {"back": "https://evil.example/"})["Location"] == f"/stores/{store.pk}/orders"
    assert browser.post(sync, {"back": "//evil.example/"})["Location"] == f"/stores/{store.pk}/orders"
