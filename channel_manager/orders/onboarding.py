"""The first connection of a store: from when orders are taken, and what happens with those found open (rule 9)."""

from datetime import datetime

from django.db import transaction

from channel_manager.accounts.models import User
from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import state
from channel_manager.orders.intake.purchase_orders import request_first
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder, Treatment
from channel_manager.ports.messages import Fulfilment
from channel_manager.shared.sentences import say
from channel_manager.stores import actions
from channel_manager.stores.models import Store


@transaction.atomic
def confirm(store: Store, *, orders_from: datetime, open_orders: Treatment, by: User | None, at: datetime) -> None:
    """Confirm a store. Orders that were read but are older than `orders_from` get the treatment `open_orders`.

    Raises NotPossible when the store is confirmed already or the treatment decides nothing.
    """
    store = Store.objects.select_for_update().get(pk=store.pk)
    if store.confirmed_at:
        raise NotPossible(say("This store was confirmed before."))
    if open_orders == Treatment.UNDECIDED:
        raise NotPossible(say("Choose what happens with orders that are open already."), field="open_orders")
    actions.confirm(store, orders_from=orders_from, at=at)
    waiting = PurchaseOrder.objects.filter(store=store, treatment=Treatment.UNDECIDED).exclude(address={})
    waiting.filter(fulfilment=Fulfilment.MARKETPLACE).update(treatment=Treatment.IGNORE)
    waiting.filter(ordered_at__gte=orders_from).update(treatment=Treatment.IMPORT)
    waiting.filter(ordered_at__lt=orders_from).update(treatment=open_orders)
    decided = PurchaseOrder.objects.filter(store=store).exclude(treatment=Treatment.UNDECIDED).select_for_update()
    orders = list(decided.order_by("pk"))
    request_first(store, orders)
    for order in orders:
        order.store = store
        state.refresh(order)
    words = say("Store confirmed: orders are taken from %(moment)s.", moment=orders_from.isoformat(timespec="minutes"))
    actor = Actor.PERSON if by else Actor.RULE
    record(f"store:{store.pk}", "confirmed", words, store_id=store.pk, actor=actor, user=by, at=at)
