"""What operations are about, as people name it, and where its page is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from channel_manager.catalog.queries import named_by as listings_named_by
from channel_manager.orders.queries import named_by as orders_named_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`kind` is the word before its name: order, SKU, feed."""

    kind: str
    name: str
    address: str


def named(store_id: int, subjects: Iterable[str]) -> Mapping[str, Subject]:
    """By subject, those that have a page. At most three queries."""
    asked = list(subjects)
    found = {
        subject: Subject(kind=_("Order"), name=order.number, address=reverse("order", args=(store_id, order.pk)))
        for subject, order in orders_named_by(store_id, asked).items()
    }
    for subject, one in listings_named_by(store_id, asked).items():
        if one.feed:
            found[subject] = Subject(kind=_("Feed"), name=one.name, address=reverse("feed", args=(store_id, one.feed)))
        else:
            address = reverse("listing", args=(store_id, one.listing))
            found[subject] = Subject(kind=_("SKU"), name=one.name, address=address)
    return found
