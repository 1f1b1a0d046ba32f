"""The website of the store view: its id, and what its prices and days mean."""

from channel_manager.connectors.adobe_commerce.client import Client
from channel_manager.connectors.adobe_commerce.errors import SIDE
from channel_manager.connectors.adobe_commerce.mapping import topology
from channel_manager.connectors.adobe_commerce.mapping.reading import text
from channel_manager.ports.catalog import ShopSettings
from channel_manager.shared.errors import Misconfigured
from channel_manager.shared.sentences import say


class Website:
    """Remembers its id."""

    def __init__(self, client: Client, *, store_code: str, website_code: str) -> None:
        self._client = client
        self._store_code = store_code
        self._code = website_code
        self._id: int | None = None

    async def id(self) -> int:
        """Raises Misconfigured when the shop has no website of this code."""
        if self._id is None:
            self._id = topology.website_id(await self._client.websites(), self._code)
        if self._id is None:
            raise Misconfigured(
                say(
                    "The shop has no website %(code)s any more. Give it its old code again in the shop.",
                    code=self._code,
                ),
                side=SIDE,
                field="website_code",
            )
        return self._id

    async def settings(self, *, has_sources: bool) -> ShopSettings:
        """Raises Misconfigured when the shop does not tell them of this store view."""
        for config in await self._client.store_configs():
            if text(config, "code") == self._store_code:
                return topology.settings(config, has_sources=has_sources)
        raise Misconfigured(
            say("The shop does not tell the currency of the store view %(code)s.", code=self._store_code),
            side=SIDE,
            field="store_code",
        )
