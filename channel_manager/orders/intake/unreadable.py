"""Documents of Commerce that cannot be understood: told once on the order they belong to, else on the store."""

import logging
from collections.abc import Sequence

from channel_manager.history.models import Actor, Event
from channel_manager.history.records import record
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.documents import UnreadableDocument
from channel_manager.stores.models import Store

KIND = "unreadable"
log = logging.getLogger(__name__)


def tell(store: Store, documents: Sequence[UnreadableDocument]) -> None:
    """In the caller's transaction. The windows that are read again bring the same ones: they are told once."""
    ids = {document.order_id for document in documents if document.order_id}
    ours = {
        order.commerce_order_id: order for order in PurchaseOrder.objects.filter(store=store, commerce_order_id__in=ids)
    }
    for document in documents:
        order = ours.get(document.order_id)
        _tell(store, order.subject if order else f"store:{store.pk}", document)


def _tell(store: Store, subject: str, document: UnreadableDocument) -> None:
    if Event.objects.filter(subject=subject, kind=KIND, sentence=document.problem.as_json()).exists():
        return
    log.error("store %s, %s: %s (id %s)", store.pk, subject, document.problem, document.document_id)
    record(subject, KIND, document.problem, store_id=store.pk, actor=Actor.COMMERCE)
