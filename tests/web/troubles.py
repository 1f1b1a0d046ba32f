"""Orders that wait for a person, as operations left them."""

from datetime import timedelta

from django.utils import timezone

from channel_manager.shared.sentences import say
from channel_manager.sync.models import State
from tests import factories

UNKNOWN = (
    "Commerce has no product with the SKU %(sku)s. Link it to the product that is meant, create that product, or correct "
    "the SKU of the listing."
)


def in_trouble(order, kind, about, *, state=State.FAILED, name="Rejected", sentence=None, said="", **facts):
    error = factories.error(sentence or say("Refused."), about=about, said=said) | {"class": name}
    return factories.operation(order, kind=kind, state=state, error=error, **facts)


def unknown_product(store, sku="W-1"):
    order = factories.order(store, lines=[(sku, 1)], in_commerce=False)
    return in_trouble(
        order,
        "create_commerce_order",
        "sku",
        state=State.WAITING,
        name="Postponed",
        sentence=say(UNKNOWN, sku=sku),
        payload={"order": order.pk},
        due_at=timezone.now() + timedelta(minutes=10),
    )


def refused_parcel(store, by, about="quantity", **facts):
    order = factories.order(store, lines=[("CAP", 3)])
    shipment = factories.shipment(order, by=by)
    return in_trouble(order, "report_shipment", about, payload={"shipment": shipment.pk}, **facts)
