"""The connection test: reads only, each step with a sentence that says what to do (commerce-api §14.1)."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from channel_manager.connectors.adobe_commerce.answers import reads
from channel_manager.connectors.adobe_commerce.client import Client
from channel_manager.connectors.adobe_commerce.errors import is_no_route
from channel_manager.connectors.adobe_commerce.mapping import topology
from channel_manager.connectors.adobe_commerce.mapping.reading import Json, entity, text
from channel_manager.connectors.adobe_commerce.search import criteria
from channel_manager.ports.documents import StoreView
from channel_manager.ports.messages import Check
from channel_manager.shared.errors import Misconfigured, NotFound, RemoteError
from channel_manager.shared.sentences import Sentence, say

CURRENCY = "USD"
CLOCK_SECONDS = 60
_LISTS = ("/orders", "/shipments", "/creditmemos", "/invoices", "/products", "/products/attributes")


@dataclass(slots=True)
class _Report:
    checks: list[Check] = field(default_factory=list)

    def add(self, name: str, problem: Sentence | None, fine: Sentence) -> None:
        self.checks.append(Check(name=name, passed=problem is None, sentence=problem or fine))


async def check(default: Client, client: Client, *, store_code: str, website_code: str) -> tuple[Check, ...]:
    """`default` is the client of the default store view: it answers although the chosen one is gone.

    Permissions that only a write would prove are not tested.
    """
    report = _Report()
    try:
        configs = await default.store_configs()
        views = await default.store_views()
    except RemoteError as error:
        problem = await _without_permission(default, error)
        return (Check(name="connection", passed=False, sentence=problem or error.sentence),)
    report.add("connection", None, say("The shop answers and accepts the credentials."))
    problem = _store_view_problem(views, store_code)
    report.add("store_view", problem, say("The store view %(code)s exists and is active.", code=store_code))
    report.add("currency", _currency_problem(configs, store_code), say("The store view sells in US dollars."))
    report.add("clock", *await _clock(default))
    if problem is None:
        report.add("permissions", *await _permissions(client))
        report.add("inventory", *await _inventory(client, website_code))
    return tuple(report.checks)


async def topology_of(client: Client) -> tuple[StoreView, ...]:
    return topology.store_views(await client.store_views(), await client.websites(), await client.store_configs())


async def clock_skew(client: Client) -> float:
    """Seconds by which the shop's clock is ahead of ours, to about half a second; 0 where it tells no time."""
    started = time.time()
    answer = await client.ping()
    middle = (started + time.time()) / 2
    try:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return 0.0
    return told.timestamp() + 0.5 - middle


async def _without_permission(client: Client, error: RemoteError) -> Sentence | None:
    """Bad keys and missing permissions get the same answer; the list of modules tells them apart (observed §2.7)."""
    if not isinstance(error, Misconfigured) or not error.field or error.status != 401:
        return None
    try:
        await client.modules()
    except RemoteError:
        return None
    return _missing([error.field])


def _store_view_problem(views: Iterable[Json], store_code: str) -> Sentence | None:
    known = {text(view, "code"): view for view in views if view.get("id")}
    if store_code not in known:
        return say(
            "The shop has no store view %(code)s. Choose one of: %(known)s.", code=store_code, known=", ".join(known)
        )
    if not topology.active(known[store_code]):
        return say("The store view %(code)s is switched off. Enable it under Stores › All Stores.", code=store_code)
    return None


def _currency_problem(configs: Iterable[Json], store_code: str) -> Sentence | None:
    for config in configs:
        if text(config, "code") == store_code:
            used = {text(config, "base_currency_code"), text(config, "default_display_currency_code") or CURRENCY}
            if used == {CURRENCY}:
                return None
            return say(
                "The store view uses %(currency)s; orders are in US dollars. Set base and display currency of its "
                "website to USD.",
                currency=", ".join(sorted(used)),
            )
    return say("The shop does not tell the currency of the store view %(code)s.", code=store_code)


async def _clock(client: Client) -> tuple[Sentence | None, Sentence]:
    fine = say("The clocks of the shop and of this machine agree.")
    try:
        skew = await clock_skew(client)
    except RemoteError as error:
        return error.sentence, fine
    if abs(skew) <= CLOCK_SECONDS:
        return None, fine
    return say(
        "The shop’s clock differs from this machine’s by %(seconds)s seconds. Set both by a time server: signed "
        "requests are refused beyond ten minutes.",
        seconds=round(skew),
    ), fine


async def _permissions(client: Client) -> tuple[Sentence | None, Sentence]:
    missing: list[str] = []
    fine = say("The integration may read orders, shipments, credit memos, invoices, products and attributes.")
    for path in _LISTS:
        try:
            await client.count(path, criteria(size=1, fields="total_count"))
        except RemoteError as error:
            if error.status != 401 or not error.field:
                return error.sentence, fine
            missing.append(error.field)
    return (_missing(missing) if missing else None), fine


def _missing(resources: Iterable[str]) -> Sentence:
    return say(
        "The integration lacks permissions: %(resources)s. Tick them under System › Integrations › API and save, then "
        "reauthorise it.",
        resources=", ".join(resources),
    )


async def _inventory(client: Client, website_code: str) -> tuple[Sentence | None, Sentence]:
    without = say("The shop keeps its stock without sources; the legacy stock is read.")
    try:
        await client.stocks(criteria(size=1))
        stock = await _stock_name(client, website_code)
    except NotFound as error:
        return None if is_no_route(error) else _no_stock(website_code), without
    except RemoteError as error:
        return _missing([error.field]) if error.status == 401 and error.field else error.sentence, without
    return None, say("The website’s stock is %(name)s.", name=stock)


@reads
async def _stock_name(client: Client, website_code: str) -> str:
    return text(entity(await client.stock_of_website(website_code)), "name")


def _no_stock(website_code: str) -> Sentence:
    return say(
        "No stock is assigned to the website %(code)s. Assign one under Stores › Inventory › Stocks.", code=website_code
    )
