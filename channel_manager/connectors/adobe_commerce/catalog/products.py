"""Products of the store view's website, with the values of its store view (commerce-api §9)."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from channel_manager.connectors.adobe_commerce import feeds, unreadable
from channel_manager.connectors.adobe_commerce.catalog.website import Website
from channel_manager.connectors.adobe_commerce.client import Client
from channel_manager.connectors.adobe_commerce.errors import is_no_route
from channel_manager.connectors.adobe_commerce.mapping import products as mapping
from channel_manager.connectors.adobe_commerce.mapping.reading import UnreadableAnswer
from channel_manager.connectors.adobe_commerce.mapping.stock import spelled
from channel_manager.connectors.adobe_commerce.search import Filter, criteria, of_skus, skus_at_once
from channel_manager.ports.catalog import Product, ProductsPage
from channel_manager.ports.documents import Keyset
from channel_manager.shared.errors import NotFound

log = logging.getLogger(__name__)


class Products:
    """The shop lists products of every website under every store view's path, so each query names the website."""

    def __init__(self, client: Client, website: Website) -> None:
        self._client = client
        self._website = website

    async def has_attribute(self, code: str) -> bool:
        try:
            await self._client.product_attribute(code)
        except NotFound as error:
            if is_no_route(error):
                raise
            return False
        return True

    async def after(self, last_id: int, *, attribute: str, limit: int) -> ProductsPage:
        filters = [await self._of_website(), Filter("entity_id", last_id, "gt")]
        if attribute:
            filters.append(Filter(attribute, 1))
        query = criteria(*filters, sort=("entity_id",), size=limit, fields=mapping.FIELDS)
        rows = await self._client.products(query)
        understood, wrong = _apart(rows, attribute)
        reached = max([last_id, *(unreadable.id_of(row, mapping.ID) or 0 for row in rows)])
        return ProductsPage(
            products=understood,
            unreadable=tuple(one.name for one in wrong),
            last_id=reached,
            more=len(rows) >= limit and reached > last_id,
        )

    async def changed(self, cursor: Keyset, *, attribute: str, limit: int) -> tuple[tuple[Product, ...], Keyset, bool]:
        """One that cannot be understood is left out; the cursor passes it."""
        rows, reached, more = await feeds.changed_rows(
            self._client.products,
            of=await self._of_website(),
            cursor=cursor,
            limit=limit,
            id_name=mapping.ID,
            fields=mapping.FIELDS,
        )
        return _apart(rows, attribute)[0], reached, more

    async def by_sku(self, skus: Sequence[str], *, attribute: str) -> tuple[Product, ...]:
        """One that cannot be understood hides no other: it is left out, unless all that are found are such."""
        found: list[Any] = []
        asked = spelled(skus)
        for some in skus_at_once(skus):
            filters = (of_skus(some), await self._of_website())
            # The shop compares without accents: it may find more than was asked for.
            rows = await self._client.products(
                criteria(*filters, size=2 * len(some), sort=("entity_id",), fields=mapping.FIELDS)
            )
            found += [row for row in rows if mapping.may_be_of(row, asked)]
        understood, wrong = _apart(found, attribute)
        if wrong and not understood:
            raise wrong[0].error
        return understood

    async def _of_website(self) -> Filter:
        return Filter("website_id", await self._website.id())


@dataclass(frozen=True)
class _Unreadable:
    name: str
    error: UnreadableAnswer


def _apart(rows: Iterable[Any], attribute: str) -> tuple[tuple[Product, ...], list[_Unreadable]]:
    found = [_read(row, attribute) for row in rows]
    wrong = [one for one in found if isinstance(one, _Unreadable)]
    for one in wrong:
        log.error("product %s of Commerce cannot be understood: %s", one.name, one.error.path)
    return tuple(one for one in found if isinstance(one, Product)), wrong


def _read(row: Any, attribute: str) -> Product | _Unreadable:
    try:
        return mapping.product(row, attribute=attribute)
    except UnreadableAnswer as error:
        return _Unreadable(mapping.name_of(row), error)
