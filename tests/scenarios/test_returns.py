"""Returns and refunds: from the buyer's request to one credit memo and one refund, the same on both sides."""

from decimal import Decimal

from test_life_of_an_order import UPS, in_commerce, place

from channel_manager.returns.models import Effect, Refund, Return, Status

D = Decimal


def shipped(world, *quantities, **options):
    """An order whose units have all left."""
    number = place(world, *quantities, **options)
    world.ship(number, {str(line): units for line, units in enumerate(quantities, 1)}, [UPS])
    world.settle()
    return number


def test_a_return_is_received_joined_and_calm_until_the_goods_are_back(world):
    number = shipped(world, 2)
    rma = world.walmart.open_return(number, [("1", 1)])
    world.settle()
    returned = world.returned(rma)
    assert (returned.status, returned.needs_action, returned.refund_by) == (Status.RECEIVED, False, None)
    [line] = returned.lines.all()
    assert (line.order, line.line.number, line.quantity) == (world.order(number), "1", 1)
    world.walmart.deliver_return(rma)
    world.settle()
    returned = world.returned(rma)
    assert returned.needs_action
    assert world.told(rma) == ["The goods are back: create the credit memo."]
    delivered = returned.lines.get().delivered_at
    assert (returned.refund_by - delivered).total_seconds() == 48 * 3600


def test_one_credit_memo_here_settles_both_sides(world):
    number = shipped(world, 3)
    rma = world.walmart.open_return(number, [("1", 2)])
    world.walmart.deliver_return(rma)
    world.settle()
    world.credit_memo(rma, number, restock=True)
    world.settle()
    assert world.refunded_at_walmart(rma) == {"1": (2, 2)}
    assert in_commerce(world, number) == [(3, 3, 0, 3, 2)]
    [(amount, units)] = world.memos(number)
    assert (amount, units) == (world.returned(rma).refunds.get().expected, [2])
    returned = world.returned(rma)
    assert (returned.status, returned.has_error, returned.needs_action) == (Status.REFUNDED, False, False)
    assert world.problems(number) == []
    world.settle()
    assert Refund.objects.count() == 1


def test_repeated_partial_refunds_of_one_return_add_up_to_the_cent(world):
    number = shipped(world, 3)
    rma = world.walmart.open_return(number, [("1", 3)])
    world.settle()
    for _ in range(3):
        world.credit_memo(rma, number, {"1": 1})
        world.settle()
    assert world.refunded_at_walmart(rma) == {"1": (3, 3)}
    assert [units for _, units in world.memos(number)] == [[1], [1], [1]]
    assert sum(amount for amount, _ in world.memos(number)) == sum(refund.expected for refund in Refund.objects.all())
    assert world.returned(rma).status == Status.REFUNDED


def test_the_same_form_twice_makes_one_credit_memo(world):
    number = shipped(world, 2)
    rma = world.walmart.open_return(number, [("1", 1)])
    world.settle()
    [first] = world.credit_memo(rma, number)
    [again] = world.credit_memo(rma, number, {"1": 1}, marker=first.marker)
    assert again == first
    world.settle()
    assert len(world.memos(number)) == 1


def test_only_the_shipped_units_of_an_uninvoiced_order_are_invoiced_first(world):
    number = place(world, 3)
    world.ship(number, {"1": 1}, [UPS])
    world.settle()
    rma = world.walmart.open_return(number, [("1", 1)])
    world.settle()
    world.credit_memo(rma, number)
    world.settle()
    assert in_commerce(world, number) == [(3, 1, 0, 1, 1)]
    world.ship(number, {"1": 2}, [("ups", "UPS", "1Z999AA10123456785")])
    world.settle()
    assert in_commerce(world, number) == [(3, 3, 0, 1, 1)]


def test_a_memo_made_in_the_admin_is_matched_to_the_return_and_sent(world):
    number = shipped(world, 2, 1)
    rma = world.walmart.open_return(number, [("1", 2)])
    world.settle()
    world.commerce.invoice(number)
    world.commerce.refund(number, {first(world, number): 2}, shipping=0)
    world.settle()
    assert world.refunded_at_walmart(rma) == {"1": (2, 2)}
    refund = Refund.objects.get()
    assert (refund.effect, refund.parent) == (Effect.RETURN, world.returned(rma))
    assert world.returned(rma).status == Status.REFUNDED


def first(world, number):
    return world.in_commerce(number)["items"][0]["sku"]


def test_a_memo_without_a_return_of_a_shipped_order_refunds_the_order(world):
    number = shipped(world, 2)
    world.commerce.invoice(number)
    world.commerce.refund(number, {first(world, number): 1}, shipping=0)
    world.settle()
    refund = Refund.objects.get()
    assert (refund.effect, refund.reason) == (Effect.ORDER, "goodwill")
    assert walmart_refunds(world, number) == [refund.total]
    assert refund.reported_at


def walmart_refunds(world, number):
    """What Walmart paid back by refunds of the order, each as a sum."""
    return [
        sum(D(str(entry[name])) for name in ("product", "product_tax", "shipping", "shipping_tax"))
        for line in world.walmart.order(number)["lines"]
        for entry in line["refunds"]
    ]


def test_money_alone_is_goodwill(world):
    number = shipped(world, 2)
    world.commerce.invoice(number)
    world.commerce.refund(number, {first(world, number): 0}, shipping=0, positive=5.00)
    world.settle()
    assert walmart_refunds(world, number) == [D("5.00")]


def test_a_memo_before_anything_shipped_is_a_cancellation(world):
    world.store.rules.default_reason = "stock"
    world.store.rules.save()
    number = place(world, 3)
    world.commerce.invoice(number)
    world.commerce.refund(number, {first(world, number): 1}, shipping=0, restock=True)
    world.settle()
    assert world.at_walmart(number) == {"1": ([], 1, 2)}
    assert Refund.objects.get().effect == Effect.CANCELLATION
    world.ship(number, {"1": 2}, [UPS])
    world.settle()
    assert world.order(number).status == "shipped"
    assert (world.order(number).has_error, world.order(number).needs_action) == (False, False)


def test_a_memo_of_a_partly_shipped_order_asks_and_never_guesses(world):
    number = place(world, 3)
    world.ship(number, {"1": 1}, [UPS])
    world.settle()
    world.commerce.invoice(number)
    world.commerce.refund(number, {first(world, number): 1}, shipping=0)
    world.settle()
    refund = Refund.objects.get()
    assert refund.effect == Effect.ASK
    assert world.order(number).needs_action
    assert walmart_refunds(world, number) == []
    world.decide(refund, Effect.CANCELLATION, "stock")
    world.settle()
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2])], 1, 1)}
    assert not world.order(number).needs_action


def test_walmarts_own_refund_after_48_hours_asks_for_the_memo_and_is_not_sent_again(world):
    number = shipped(world, 1)
    rma = world.walmart.open_return(number)
    world.walmart.deliver_return(rma)
    world.settle()
    world.walmart.advance_clock(48 * 3600 + 60)
    world.settle()
    assert world.told(rma) == [
        "Walmart has refunded the buyer by itself. Create the credit memo so that Commerce agrees."
    ]
    world.credit_memo(rma, number)
    world.settle()
    assert world.refunded_at_walmart(rma) == {"1": (1, 1)}
    assert Refund.objects.get().effect == Effect.MIRROR
    assert world.returned(rma).status == Status.REFUNDED


def test_by_rule_walmarts_own_refund_is_followed_by_a_memo(world):
    world.store.rules.mirror_refunds = True
    world.store.rules.save()
    number = shipped(world, 2)
    rma = world.walmart.open_return(number, [("1", 2)], kind="keep_it")
    world.settle()
    assert [units for _, units in world.memos(number)] == [[2]]
    assert world.returned(rma).status == Status.REFUNDED


def test_a_return_over_two_orders_of_one_customer_has_a_memo_for_each(world):
    one = shipped(world, 1, customer_order_id="200011223344556")
    other = shipped(world, 1, customer_order_id="200011223344556")
    rma = world.walmart.open_return("200011223344556")
    world.settle()
    assert world.returned(rma).lines.count() == 2
    world.credit_memo(rma, one)
    world.settle()
    assert world.returned(rma).status == Status.RECEIVED
    world.credit_memo(rma, other)
    world.settle()
    assert world.returned(rma).status == Status.REFUNDED
    assert set(world.refunded_at_walmart(rma).values()) == {(1, 1)}


def test_an_exceptional_return_is_refunded_through_the_order(world):
    number = shipped(world, 1)
    rma = world.walmart.open_return(number, kind="exception")
    world.settle()
    world.credit_memo(rma, number)
    world.settle()
    refund = Refund.objects.get()
    assert refund.effect == Effect.EXCEPTION
    assert walmart_refunds(world, number) == [refund.expected]


def test_a_canceled_return_is_closed_and_its_units_can_be_returned_again(world):
    number = shipped(world, 1)
    rma = world.walmart.open_return(number)
    world.settle()
    world.walmart.cancel_return(rma)
    world.settle()
    assert world.returned(rma).status == Status.CLOSED
    again = world.walmart.open_return(number)
    world.settle()
    world.credit_memo(again, number)
    world.settle()
    assert world.returned(again).status == Status.REFUNDED


def test_a_return_for_an_order_that_is_not_known_is_shown(world):
    number = world.walmart.place_order(lines=[{"sku": "X"}], account=None)
    world.walmart.ship_elsewhere(number)
    rma = world.walmart.open_return(number)
    # The order is left out of the lists: only its return is seen.
    world.walmart.faults_add("status_before", path=r"/v3/orders", times=1000, status=503)
    world.turn()
    assert world.told(rma) == ["The order of this return is not known here. Refund it in Seller Center."]
    world.walmart.faults_clear()
    world.settle()
    assert world.returned(rma).lines.get().order == world.order(number)


def test_returns_of_wfs_orders_are_shown_only(world):
    number = world.walmart.place_order(lines=[{"sku": "X"}], ship_node_type="WFSFulfilled")
    world.walmart.ship_elsewhere(number)
    rma = world.walmart.open_return(number)
    world.settle()
    assert world.told(rma) == ["Returned to Walmart's own warehouse: shown only."]
    assert not world.returned(rma).needs_action


def test_an_order_the_admin_canceled_after_a_part_had_shipped_is_repaired_by_consent(world):
    number = place(world, 3)
    world.ship(number, {"1": 1}, [UPS])
    world.settle()
    world.store.rules.default_reason = "stock"
    world.store.rules.save()
    world.commerce.cancel(number)
    world.settle()
    rma = world.walmart.open_return(number, [("1", 1)])
    world.settle()
    world.credit_memo(rma, number)
    world.settle()
    assert any("Agree to its repair" in words for words in world.told(rma))
    from django.utils import timezone  # noqa: PLC0415

    from channel_manager.returns import actions  # noqa: PLC0415

    actions.agree_to_repair(Refund.objects.get(), by=world.alice, at=timezone.now())
    world.settle()
    assert world.returned(rma).status == Status.REFUNDED
    assert in_commerce(world, number) == [(3, 1, 2, 1, 1)]
    assert world.in_commerce(number)["state"] == "closed"


def test_reading_everything_again_changes_nothing(world):
    number = shipped(world, 2)
    rma = world.walmart.open_return(number, [("1", 1)])
    world.settle()
    world.credit_memo(rma, number)
    world.settle()
    before = (Refund.objects.count(), Return.objects.get().updated_at, world.refunded_at_walmart(rma))
    for _ in range(3):
        world.turn()
    assert (Refund.objects.count(), Return.objects.get().updated_at, world.refunded_at_walmart(rma)) == before
