"""Returns, memos made here and in Commerce, refunds by Walmart, in any sequence and with answers that get lost: no unit
and no cent goes back twice.
"""

import uuid
from collections import Counter
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from django.forms.models import model_to_dict
from django.utils import timezone
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from returns_platforms import CHARGES, COMMERCE_IDS, ITEMS, Service

from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import CommerceItem, OrderLine, PurchaseOrder
from channel_manager.orders.rules.reasons import MARK
from channel_manager.returns import actions, state
from channel_manager.returns.actions import Units
from channel_manager.returns.models import Effect, LineMoney, Refund, RefundLine, Return, ReturnLine, Status
from channel_manager.returns.queries import memo_draft
from channel_manager.returns.refunding import Terms
from channel_manager.returns.rules.amounts import PARTS
from channel_manager.shared.errors import Rejected
from channel_manager.sync.models import State, SyncOperation
from tests import factories

# A failure is told as it was found: making it smaller takes minutes.
SETTINGS = settings(derandomize=True, max_examples=50, stateful_step_count=12, deadline=None, phases=[Phase.generate])
ROWS = (Return, ReturnLine, Refund, RefundLine, LineMoney, CommerceItem, OrderLine)
PLACES = st.sampled_from(sorted(CHARGES))
ORDERS = st.sampled_from(sorted(COMMERCE_IDS))
FAULTS = st.lists(st.sampled_from(["", "lost", "lost at the second write", "", "down"]), min_size=2, max_size=6)
FAULTS = st.just([]) | FAULTS
"""What happens to the next attempts; none when the worker is late."""


class Life(RuleBasedStateMachine):
    """Two orders of one buyer from the first parcel on. `alice` is there before; everything else is rolled back."""

    alice = store = None

    def __init__(self):
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.service = Service(self.store)
        self.walmart, self.shop = self.service.walmart, self.service.shop
        self.walmart.watch = self._units_have_memos
        self.meant = []

    def teardown(self):
        try:
            self._everything_is_delivered()
        finally:
            transaction.set_rollback(True)
            self._transaction.__exit__(None, None, None)

    @initialize(
        parts=st.sampled_from([(3, 1, 2), (3, 1, 2), (3, 1, 2), (2, 0, 1)]),
        mirrored=st.booleans(),
        returned=st.sampled_from(["", "ordinary", "exception", "ordinary", ""]),
    )
    def shipped(self, parts, mirrored, returned):
        self.store.rules.mirror_refunds = mirrored
        self.store.rules.save()
        for key, units in zip(sorted(CHARGES), parts, strict=True):
            self.service.ship(key[0], {key: units})
        if returned:
            self.walmart.open({("PO1", "1"): 3, ("PO2", "1"): 2}, returned)
            self.service.read_walmart()

    # -- the buyer and Walmart --

    @rule(
        wanted=st.dictionaries(PLACES, st.integers(1, 3), min_size=1, max_size=2),
        kind=st.sampled_from(["ordinary", "ordinary", "keep_it", "exception"]),
    )
    def the_buyer_opens_a_return(self, wanted, kind):
        number = self.walmart.open(wanted, kind)
        if number and kind == "keep_it":
            for line in self.walmart.rmas[number]:
                self.walmart.refund(number, line, 3)

    @precondition(lambda self: self.walmart.rmas)
    @rule(data=st.data(), by_the_buyer=st.booleans())
    def it_is_called_off_or_comes_back(self, data, by_the_buyer):
        number = self._any_return(data)
        if by_the_buyer:
            self.walmart.call_off(number)
        else:
            self.walmart.deliver(number)

    @precondition(lambda self: self.walmart.rmas)
    @rule(data=st.data(), units=st.integers(1, 3))
    def it_is_refunded_by_walmart_or_in_seller_center(self, data, units):
        number = self._any_return(data)
        self.walmart.refund(number, data.draw(st.sampled_from(sorted(self.walmart.rmas[number]))), units)

    # -- the merchant in the Commerce Admin --

    @precondition(lambda self: self.walmart.rmas)
    @rule(data=st.data(), part=st.booleans(), more=st.sampled_from([0, 0, 1]), faults=FAULTS)
    def a_memo_for_a_return_is_made_in_the_admin(self, data, part, more, faults):
        number = self._any_return(data)
        for (order_id, item_id), units in list(self._returned(number).items())[: 1 if part else None]:
            wanted = 1 if part else units + more
            covered = wanted + self._in_memos(number, item_id)
            self._memo(order_id, {item_id: wanted}, of=number if covered <= units else "")
        self._at_once(faults)

    @rule(number=ORDERS, units=st.integers(0, 1), more=st.sampled_from(["0.00", "0.01", "2.50"]), faults=FAULTS)
    def a_memo_of_goodwill_is_made_in_the_admin(self, number, units, more, faults):
        item_id = next(item_id for (po, _), (_, item_id) in ITEMS.items() if po == number)
        if units or Decimal(more):
            self._memo(COMMERCE_IDS[number], {item_id: units}, plus=Decimal(more))
        self._at_once(faults)

    # -- Alice here --

    @rule(number=ORDERS, mirrored=st.booleans())
    def alice_ships_the_rest_and_changes_a_rule(self, number, mirrored):
        self.store.rules.mirror_refunds = mirrored
        self.store.rules.save()
        ledgers = state.orders.ledgers(PurchaseOrder.objects.get(number=number))
        self.service.ship(number, {(number, line): max(entry.open, 0) for line, entry in ledgers.items()})

    @precondition(lambda self: Return.objects.exists())
    @rule(
        data=st.data(),
        units=st.sampled_from([1, 1, 2, 3]),
        fit=st.booleans(),
        minus=st.sampled_from(["0.00", "0.50"]),
        faults=FAULTS,
    )
    def alice_makes_a_memo(self, data, units, fit, minus, faults):
        returned = data.draw(st.sampled_from(list(Return.objects.order_by("pk"))))
        line = data.draw(st.sampled_from(list(returned.lines.select_related("order"))))
        wanted = {line.number: min(units, line.quantity)}
        terms = Terms(shipping=memo_draft(returned, line.order, wanted).shipping, fit=fit, minus=Decimal(minus))
        form = {
            "lines": {number: Units(part, False) for number, part in wanted.items()},
            "marker": uuid.uuid4(),
            "terms": terms,
        }
        with suppress(NotPossible):
            made = self._create(returned, line.order, form)
            assert self._create(returned, line.order, form)[0] == made[0], "the same form twice is once"
        self._work(faults)

    @precondition(lambda self: Refund.objects.filter(effect=Effect.ASK).exists())
    @rule(data=st.data())
    def alice_decides(self, data):
        refund = data.draw(st.sampled_from(list(Refund.objects.filter(effect=Effect.ASK).order_by("pk"))))
        self._decide(refund, data.draw(st.permutations([Effect.CANCELLATION, Effect.RETURN, Effect.ORDER])))

    @precondition(lambda self: self.service.failed())
    @rule(data=st.data(), again=st.booleans())
    def alice_retries_or_settles(self, data, again):
        operation_id = data.draw(st.sampled_from(self.service.failed()))
        if again:
            actions.retry(operation_id, by=self.alice, at=timezone.now())
        else:
            actions.settle(operation_id, reason="Compared.", by=self.alice, at=timezone.now())

    # -- the service --

    @rule(once=st.booleans(), faults=FAULTS)
    def walmart_is_read(self, once, faults):
        self.service.read_walmart()
        if not once:
            self._again(self.service.read_walmart)
        self._work(faults)

    @rule(once=st.booleans(), faults=FAULTS)
    def commerce_is_read(self, once, faults):
        self.service.read_commerce()
        if not once:
            self._again(self.service.read_commerce)
        self._work(faults)

    @precondition(lambda self: self.service.due())
    @rule(data=st.data(), faults=FAULTS)
    def the_worker_works(self, data, faults):
        self._work(faults, lambda due: data.draw(st.sampled_from(due)))

    # -- what always holds --

    @invariant()
    def the_columns_are_the_rows(self):
        for line in ReturnLine.objects.all():
            rows = line.refunded_in.aggregate(units=Sum("quantity"), sent=Sum("sent"))
            assert (line.recorded, line.sent) == (rows["units"] or 0, rows["sent"] or 0)
        for money in LineMoney.objects.select_related("line"):
            given = [refund.charges.get(money.line.number, {}) for refund in self._with_charges(money.line.order_id)]
            for name in PARTS:
                assert getattr(money, f"sent_{name}") == sum(Decimal(one.get(name, "0")) for one in given)

    @invariant()
    def a_memo_is_made_once_and_pays_once(self):
        markers = Counter(str(refund.marker) for refund in Refund.objects.all())
        assert all(sum(marker in " ".join(memo.comments) for memo in self.shop.memos) <= 1 for marker in markers)
        told = Counter((number, memo) for number, memo, _ in self.walmart.order_refunds)
        for (_, memo), times in told.items():
            paying = [Effect.ORDER, Effect.EXCEPTION]
            assert times <= Refund.objects.filter(commerce_number=memo, effect__in=paying).count()

    @invariant()
    def only_what_was_meant_is_paid_without_a_return(self):
        """A memo for returned units must not be paid a second time as a refund of the order."""
        for number in COMMERCE_IDS:
            orders = Refund.objects.filter(order__number=number, effect=Effect.ORDER).values_list("commerce_number")
            ours = {memo for (memo,) in orders}
            paid = sum(amount for at, memo, amount in self.walmart.order_refunds if at == number and memo in ours)
            assert paid <= self._goodwill(number)

    @invariant()
    def refunded_says_that_both_sides_agree(self):
        for returned in Return.objects.filter(status=Status.REFUNDED):
            for line in returned.lines.all():
                there = self.walmart.rmas[returned.number][line.number]
                paid = there.refunded + self._paid_by_order(line)
                assert there.cancelled or (paid >= there.quantity and line.recorded == there.quantity)

    @invariant()
    def nothing_is_silent(self):
        for refund in Refund.objects.filter(effect=Effect.ASK).select_related("order"):
            assert refund.order.needs_action
            assert refund.order.questions
        for operation in SyncOperation.objects.filter(state=State.FAILED):
            order = PurchaseOrder.objects.get(pk=int(operation.subject.removeprefix("order:")))
            assert order.has_error
            refund = Refund.objects.filter(pk=operation.payload.get("refund", 0)).select_related("parent").first()
            assert refund is None or refund.parent is None or refund.parent.has_error

    @invariant()
    def commerce_refunds_only_what_has_left(self):
        """Unless the merchant's own memo took units off that had not left."""
        for order in self.shop.orders.values():
            for item in order.items.values():
                ours = sum(memo.quantities.get(item_id, 0) for item_id in order.items for memo in self._ours(item_id))
                assert ours <= item.units["shipped"]

    # -- how --

    def _work(self, faults, choose=min):
        """One attempt for each of the faults."""
        for fault in faults:
            if due := self.service.due():
                self.service.deliver(choose(due), fault)

    def _at_once(self, faults):
        """A memo is seen within seconds, or later."""
        if faults:
            self.service.read_commerce()
            self._work(faults)

    def _any_return(self, data):
        return data.draw(st.sampled_from(sorted(self.walmart.rmas)))

    def _units_have_memos(self, number, lines):
        """What we have paid back is never above what credit memos cover."""
        for part in lines:
            row = ReturnLine.objects.get(parent__number=number, number=part.number)
            made = row.refunded_in.filter(refund__commerce_memo_id__isnull=False).aggregate(units=Sum("quantity"))
            assert self.walmart.rmas[number][part.number].refunded <= made["units"]

    def _paid_by_order(self, line):
        rows = line.refunded_in.filter(refund__effect=Effect.EXCEPTION, refund__reported_at__isnull=False)
        return rows.aggregate(units=Sum("sent"))["units"] or 0

    def _with_charges(self, order_id):
        return Refund.objects.filter(order=order_id, charges__isnull=False)

    def _ours(self, item_id):
        return [memo for memo in self.shop.memos if item_id in memo.quantities and MARK in " ".join(memo.comments)]

    def _memo(self, order_id, quantities, *, of="", plus=Decimal("0.00")):
        """The merchant refunds by quantities; `of` names the return they mean, none for goodwill."""
        self.shop.bill(order_id)
        with suppress(Rejected):
            self.meant.append((self.shop.make_memo(order_id, quantities, plus=plus), of))

    def _returned(self, number):
        """Units of a return by order and item."""
        units = Counter()
        for line in self.walmart.rmas[number].values():
            if not line.cancelled:
                units[ITEMS[line.order, CHARGES[line.order, line.line][0]]] += line.quantity
        return units

    def _in_memos(self, number, item_id):
        """Units that memos in Commerce were made for a return: the merchant sees them there."""
        ours = RefundLine.objects.filter(return_line__parent__number=number, line__item__item_id=item_id)
        ours = ours.filter(refund__commerce_memo_id__isnull=False).exclude(refund__origin="commerce")
        theirs = sum(memo.quantities.get(item_id, 0) for memo, of in self.meant if of == number)
        return theirs + (ours.aggregate(units=Sum("quantity"))["units"] or 0)

    def _goodwill(self, number):
        """What may be paid without a return; one that was called off pays nothing by itself."""
        order_id = COMMERCE_IDS[number]
        called_off = {of for of, lines in self.walmart.rmas.items() if any(line.cancelled for line in lines.values())}
        return sum(memo.total for memo, of in self.meant if memo.order_id == order_id and (not of or of in called_off))

    def _create(self, returned, order, form):
        return actions.create_credit_memo(returned, order, **form, by=self.alice, at=timezone.now())

    def _decide(self, refund, effects):
        """She knows what the memo was made for."""
        goodwill = self._goodwill(refund.order.number) >= self._paid_as_goodwill(refund.order) + refund.total
        for effect in [*effects, Effect.NONE]:
            if effect == Effect.ORDER and not goodwill:
                continue
            reason = "stock" if effect == Effect.CANCELLATION else ""
            with suppress(NotPossible), transaction.atomic():
                actions.decide(refund, effect=effect, reason=reason, by=self.alice, at=timezone.now())
                return

    def _paid_as_goodwill(self, order):
        rows = Refund.objects.filter(order=order, effect=Effect.ORDER).aggregate(total=Sum("total"))
        return rows["total"] or Decimal(0)

    def _again(self, read):
        before = self._rows()
        read()
        assert self._rows() == before, "the same page again changes nothing"

    def _everything_is_delivered(self):
        """Both sides are read and told until nothing is due, and people decide what is asked."""
        for _ in range(5):
            self.service.read_walmart()
            self.service.read_commerce()
            for refund in Refund.objects.filter(effect=Effect.ASK).order_by("pk"):
                self._decide(refund, [Effect.RETURN, Effect.ORDER, Effect.CANCELLATION])
            self.service.deliver_all()
        self._check_the_end()

    def _check_the_end(self):
        assert self.service.due() == [], list(
            SyncOperation.objects.filter(pk__in=self.service.due()).values("kind", "error")
        )
        for check in ("the_columns_are_the_rows", "a_memo_is_made_once_and_pays_once", "nothing_is_silent"):
            getattr(self, check)()
        self.only_what_was_meant_is_paid_without_a_return()
        self.refunded_says_that_both_sides_agree()
        self.commerce_refunds_only_what_has_left()
        self._every_memo_is_known()
        self._what_has_a_memo_is_paid()

    def _every_memo_is_known(self):
        found = Counter()
        for row in RefundLine.objects.filter(refund__commerce_memo_id__isnull=False).select_related("line__item"):
            found[row.line.item.item_id] += row.quantity
        made = sum((Counter(memo.quantities) for memo in self.shop.memos), Counter())
        assert found == made
        known = set(Refund.objects.values_list("commerce_memo_id", flat=True)) - {None}
        assert known == {memo.memo_id for memo in self.shop.memos}

    def _what_has_a_memo_is_paid(self):
        """Unless a person settled it otherwise, or it failed and says so."""
        settled = SyncOperation.objects.filter(state__in=[State.SETTLED, State.FAILED])
        excused = set(settled.values_list("payload__refund", flat=True))
        for line in ReturnLine.objects.select_related("parent"):
            rows = line.refunded_in.filter(refund__commerce_memo_id__isnull=False)
            if excused.isdisjoint(rows.values_list("refund", flat=True)):
                there = self.walmart.rmas[line.parent.number][line.number]
                covered = rows.aggregate(units=Sum("quantity"))["units"] or 0
                assert there.refunded + self._paid_by_order(line) >= covered

    def _rows(self):
        """Everything but the time of the last look."""
        rows = {model.__name__: [model_to_dict(row) for row in model.objects.order_by("pk")] for model in ROWS}
        for row in rows["Return"]:
            del row["updated_at"]
        return rows | {"operations": list(SyncOperation.objects.order_by("pk").values_list("key", "state"))}


@pytest.mark.slow
def test_any_life_of_returns_adds_up(db):
    Life.alice, Life.store = factories.user(), factories.store()
    run_state_machine_as_test(Life, settings=SETTINGS)
