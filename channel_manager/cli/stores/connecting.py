"""`channel-manager store add`: gather the values of both sides, test them, then connect."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from django.db import IntegrityError

from channel_manager.cli.endings import Code, Stop
from channel_manager.cli.stores import checks
from channel_manager.cli.terminal import ask, say, show
from channel_manager.ports.documents import StoreView
from channel_manager.ports.messages import Platform
from channel_manager.shared.errors import RemoteError
from channel_manager.stores import actions
from channel_manager.stores.models import Store
from channel_manager.sync.lanes import limits


@dataclass(frozen=True, kw_only=True)
class Given:
    """What was said on the command line; empty: to be asked."""

    name: str = ""
    client_id: str = ""
    channel_type: str = ""
    walmart_url: str = ""
    commerce_url: str = ""
    signing_url: str = ""
    admin_url: str = ""
    store_view: str = ""
    bearer: bool = False


class Secrets:
    """From a file, else from the environment, else asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    @classmethod
    def of(cls, file: Path | None) -> "Secrets":
        """Raises Stop for a file that cannot be read."""
        return cls({**os.environ, **(_read(file) if file else {})})

    def get(self, name: str, question: str) -> str:
        return self._values.get(name, "").strip() or ask(question, instead=f"{name} or --secrets FILE", secret=True)


def add_store(given: Given, secrets: Secrets) -> None:
    """Raises Stop; nothing is saved unless every check passes."""
    name = given.name or ask("Name of the store", instead="--name")
    _require_new(name)
    connection = _connection(given, secrets)
    view = _choose(_views(connection), given.store_view)
    if not checks.tell(checks.of_connection(connection, view)):
        raise Stop("Nothing was saved. Put right what is marked ✗, then run the command again.")
    try:
        store = actions.connect(
            name=name,
            marketplace_url=connection.walmart_url,
            marketplace=connection.walmart,
            commerce_url=connection.commerce_url,
            commerce=connection.commerce,
            view=view,
            signing_url=connection.signing_url,
            admin_url=given.admin_url,
        )
    except IntegrityError as error:
        raise Stop("This seller account or this store view belongs to a store already. Nothing was saved.") from error
    say(f"“{store.name}” is connected. Orders are read from now on; nothing is written to either platform before the")
    say(f"first connection is confirmed on its page, /stores/{store.pk}/first-connection.")


def change_credentials(store: Store, given: Given, secrets: Secrets) -> None:
    """New keys for a store that exists; what was paused for the old ones goes on. Raises Stop."""
    given = replace(
        given,
        client_id=given.client_id or store.marketplace_account,
        walmart_url=store.marketplace_url,
        commerce_url=store.commerce_url,
        signing_url=store.commerce_signing_url,
    )
    connection = _connection(given, secrets)
    view = StoreView(
        id=store.store_view_id,
        code=store.store_code,
        name=store.store_code,
        website_code=store.website_code,
        currency=store.currency,
    )
    if not checks.tell(checks.of_connection(connection, view)):
        raise Stop("Nothing was changed. Put right what is marked ✗, then run the command again.")
    try:
        actions.change_credentials(store, marketplace=connection.walmart, commerce=connection.commerce)
    except IntegrityError as error:
        raise Stop("This seller account belongs to another store. Nothing was changed.") from error
    for platform in Platform:
        limits.resume(store.pk, platform)
    say(f"The credentials of “{store.name}” are changed; what waited for them goes on.")


def _require_new(name: str) -> None:
    if Store.objects.filter(name=name).exists():
        raise Stop(f"There is a store named “{name}” already. `channel-manager store check` tests it.")


def _connection(given: Given, secrets: Secrets) -> checks.Connection:
    walmart = {"client_id": given.client_id or ask("Walmart Client ID", instead="--client-id")}
    walmart["client_secret"] = secrets.get("WALMART_CLIENT_SECRET", "Walmart Client Secret")
    if given.channel_type:
        walmart["channel_type"] = given.channel_type
    commerce_url = given.commerce_url or ask("Address of the shop", instead="--commerce-url")
    for url in (given.walmart_url, commerce_url):
        if not url.startswith(("https://", "http://")):
            raise Stop(f"“{url}” is no address: it should begin with https://.", Code.USAGE)
    return checks.Connection(
        walmart_url=given.walmart_url.rstrip("/"),
        walmart=walmart,
        commerce_url=commerce_url.rstrip("/"),
        commerce=_commerce(secrets, bearer=given.bearer),
        signing_url=given.signing_url.rstrip("/"),
    )


def _commerce(secrets: Secrets, *, bearer: bool) -> dict[str, str]:
    if bearer:
        return {"access_token": secrets.get("COMMERCE_ACCESS_TOKEN", "Commerce Access Token")}
    return {
        "consumer_key": secrets.get("COMMERCE_CONSUMER_KEY", "Commerce Consumer Key"),
        "consumer_secret": secrets.get("COMMERCE_CONSUMER_SECRET", "Commerce Consumer Secret"),
        "access_token": secrets.get("COMMERCE_ACCESS_TOKEN", "Commerce Access Token"),
        "access_token_secret": secrets.get("COMMERCE_ACCESS_TOKEN_SECRET", "Commerce Access Token Secret"),
    }


def _views(connection: checks.Connection) -> tuple[StoreView, ...]:
    try:
        views = checks.store_views(connection)
    except RemoteError as error:
        say(f"{checks.COMMERCE}\n  ✗ {error.sentence}")
        raise Stop("Nothing was saved. Put right what is marked ✗, then run the command again.") from error
    if not views:
        raise Stop("The shop has no store view to choose from.")
    return views


def _choose(views: tuple[StoreView, ...], code: str) -> StoreView:
    known = {view.code: view for view in views}
    if not code:
        rows = [(view.code, view.name, view.website_code, view.currency) for view in views]
        show(rows, "Store view", "Name", "Website", "Currency")
        code = ask("Store view that gets the orders", instead="--store-view")
    if code not in known:
        raise Stop(f"The shop has no store view “{code}”: choose one of {', '.join(known)}.", Code.NOT_FOUND)
    return known[code]


def _read(file: Path) -> dict[str, str]:
    text = file.read_text()
    try:
        if text.lstrip().startswith("{"):
            return {str(name): str(value) for name, value in json.loads(text).items()}
        lines = (line.strip() for line in text.splitlines())
        pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
        return {name.strip(): value.strip() for name, value in pairs}
    except ValueError as error:
        raise Stop(f"{file} is neither JSON nor lines of the form NAME=value.", Code.USAGE) from error
