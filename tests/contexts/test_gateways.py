"""One pair of clients a store, built anew when its connection changes."""

from asgiref.sync import async_to_sync

from channel_manager import gateways
from channel_manager.shared.errors import Misconfigured
from channel_manager.stores.credentials import seal
from channel_manager.stores.models import Store
from channel_manager.sync.sql import in_transaction
from tests import factories

KEYS = {"consumer_key": "a", "consumer_secret": "b", "access_token": "c", "access_token_secret": "d"}


def connected(**facts):
    walmart = seal({"client_id": "id", "client_secret": "secret"})
    return factories.store(marketplace_credentials=walmart, commerce_credentials=seal(KEYS), **facts)


def test_clients_are_kept_until_the_stores_connection_changes(transactional_db):
    store = connected()

    async def ask():
        first, second = await gateways.gateways_for(store.pk), await gateways.gateways_for(store.pk)
        await in_transaction(Store.objects.filter(pk=store.pk).update)(
            commerce_credentials=seal(KEYS | {"access_token": "e"})
        )
        third = await gateways.gateways_for(store.pk)
        await gateways.close()
        return first is second, second is third

    assert async_to_sync(ask)() == (True, False)


def test_credentials_sealed_with_another_key_are_the_owners_to_repair(transactional_db):
    store = factories.store(commerce_credentials=b"sealed elsewhere")

    async def ask():
        try:
            await gateways.gateways_for(store.pk)
        except Misconfigured as error:
            return str(error)
        finally:
            await gateways.close()

    assert "another key" in async_to_sync(ask)()
