"""Stock of the store view's website: salable units, physical units by source, and shops without sources."""

import asyncio
from collections.abc import Sequence
from typing import Any

from channel_manager.connectors.adobe_commerce.client import Client
from channel_manager.connectors.adobe_commerce.errors import is_no_route
from channel_manager.connectors.adobe_commerce.mapping import stock as mapping
from channel_manager.connectors.adobe_commerce.search import criteria, of_skus, skus_at_once
from channel_manager.shared.errors import NotFound

_UNKNOWN = object()
_SOURCE_ITEMS_AT_ONCE = 300
"""The most that input limits allow (commerce-api §12.3): a hundred SKUs at two sources need no second page."""


class Stock:
    """Remembers once it has learnt that the shop has no sources (commerce-api §8.1)."""

    def __init__(self, client: Client, *, website_code: str) -> None:
        self._client = client
        self._website = website_code
        self._without_sources = False

    async def has_sources(self) -> bool:
        if not self._without_sources:
            try:
                await self._client.stocks(criteria(size=1))
            except NotFound as error:
                self._lacks_sources(error)
        return not self._without_sources

    async def salable(self, skus: Sequence[str]) -> dict[str, int]:
        if not self._without_sources:
            try:
                return await self._salable(skus)
            except NotFound as error:
                self._lacks_sources(error)
        return {sku: mapping.legacy_salable(item) for sku, item in await self._legacy(skus)}

    async def by_source(self, skus: Sequence[str]) -> dict[str, dict[str, int]]:
        if not self._without_sources:
            try:
                return await self._by_source(skus)
            except NotFound as error:
                self._lacks_sources(error)
        return {sku: mapping.legacy_source(item) for sku, item in await self._legacy(skus)}

    def _lacks_sources(self, error: NotFound) -> None:
        if not is_no_route(error):
            raise error
        self._without_sources = True

    async def _salable(self, skus: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for chunk in skus_at_once(skus):
            query = criteria(of_skus(chunk), size=2 * len(chunk))  # the shop may find more: it compares without accents
            found |= mapping.salable(chunk, await self._client.salable_of_website(self._website, query))
        return found

    async def _by_source(self, skus: Sequence[str]) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for chunk in skus_at_once(skus):
            found |= mapping.by_source(chunk, await self._source_items(chunk))
        return found

    async def _source_items(self, skus: Sequence[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for page in range(1, 1000):
            more = await self._client.source_items(
                criteria(of_skus(skus), sort=("sku", "source_code"), size=_SOURCE_ITEMS_AT_ONCE, page=page)
            )
            rows += more
            if len(more) < _SOURCE_ITEMS_AT_ONCE:
                break
        return rows

    async def _legacy(self, skus: Sequence[str]) -> list[tuple[str, Any]]:
        found = await asyncio.gather(*(self._legacy_item(sku) for sku in skus))
        return [(sku, item) for sku, item in zip(skus, found, strict=True) if item is not _UNKNOWN]

    async def _legacy_item(self, sku: str) -> Any:
        try:
            return await self._client.stock_item(sku)
        except NotFound:
            return _UNKNOWN
