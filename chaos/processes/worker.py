"""The worker of the product with its clocks set faster, naming on each call what it is about.

Nothing else is changed. Leases stay longer than any attempt, as they are in the product. What a worker has begun to
send, and what it has ended, stands in its journal: so the campaign knows whose leases no living worker holds any more,
and lets only those run out at once.
"""

import inspect
import os
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp

FASTER = 10
WAITS = 40
"""Those after a failure: so dense are the faults that an order's creation fails a dozen times."""
LEASE = timedelta(seconds=60)
MARGIN = timedelta(seconds=10)
WALMART_SECONDS, COMMERCE_SECONDS = 4.0, 5.0
SMALL_PAGE = 12
RESCANNED_IDS = 40
CORRECTION_HOURS = 0.1
SINGLES, FILLING = 12, 4
"""More listings that change at the same time are told by a feed."""

_about: ContextVar[str] = ContextVar("about", default="|")


def live(name: str, journal: str) -> None:
    """Until a signal. Django is set up and the clocks are set."""
    name_calls(name)
    keep_journal(os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
    from channel_manager.worker import run  # noqa: PLC0415 - needs Django to be set up, as all below

    run.STEADY_SECONDS, run.LONGEST_BACKOFF = run.STEADY_SECONDS / FASTER, run.LONGEST_BACKOFF / FASTER
    run.run_worker()


def hasten() -> None:
    """Waits, timeouts, overlaps and rate limits, all by the same factor."""
    from channel_manager.orders.intake import streams  # noqa: PLC0415
    from channel_manager.returns.intake import streams as returns  # noqa: PLC0415
    from channel_manager.sync import policy, pulls  # noqa: PLC0415
    from channel_manager.sync.lanes import limits  # noqa: PLC0415

    _shorten_leases()
    for table in ("UNAVAILABLE", "POSTPONED", "AMBIGUOUS", "OUTAGE_IN_DISGUISE", "LANE"):
        setattr(policy, table, tuple(wait / WAITS for wait in getattr(policy, table)))
    policy.PAUSE, policy.LONGEST_RETRY_AFTER = policy.PAUSE / FASTER, policy.LONGEST_RETRY_AFTER / FASTER
    policy.SECOND = policy.SECOND / WAITS
    limits.THROTTLED_FOR, limits.LONGEST_BLOCK = limits.THROTTLED_FOR / FASTER, limits.LONGEST_BLOCK / FASTER
    for name in ("SPACING", "SOONEST_RETRY", "LONGEST_RETRY"):
        setattr(pulls, name, getattr(pulls, name) / FASTER)
    streams.OVERLAP, returns.OVERLAP = streams.OVERLAP / FASTER, returns.OVERLAP / FASTER
    streams.COMMERCE_OVERLAP = streams.COMMERCE_OVERLAP / FASTER
    streams.RESCANNED_IDS = returns.RESCANNED_IDS = RESCANNED_IDS
    _hasten_connectors()
    hasten_listings()


def hasten_listings() -> None:
    """Also where people press a button: what they change is given to a carrier at once."""
    from channel_manager.catalog import dispatch  # noqa: PLC0415
    from channel_manager.catalog.intake import feeds, items  # noqa: PLC0415
    from channel_manager.catalog.operations import feeds as submitting  # noqa: PLC0415

    at_once: Any = dispatch
    at_once.ROUTES = tuple(replace(route, most_single=SINGLES, most_filling=FILLING) for route in dispatch.ROUTES)
    dispatch.FEED_PAUSE /= WAITS
    feeds.WAITS, feeds.BUSY_FOR = tuple(wait / WAITS for wait in feeds.WAITS), feeds.BUSY_FOR / WAITS  # type: ignore[assignment]
    items.STOCK_SETTLES /= WAITS
    for name in ("FIRST_LOOK", "REFUSED_FOR", "VISIBLE_AFTER"):
        setattr(submitting, name, getattr(submitting, name) / WAITS)


def _shorten_leases() -> None:
    from channel_manager.sync import delivery, pulls  # noqa: PLC0415
    from channel_manager.sync.lanes import claim  # noqa: PLC0415

    modules: tuple[Any, ...] = (claim, delivery, pulls)
    for module in modules:
        module.LEASE = LEASE
    delivery.MARGIN = MARGIN


def _hasten_connectors() -> None:
    from channel_manager.connectors.adobe_commerce import platform, transport  # noqa: PLC0415
    from channel_manager.connectors.walmart import auth, client, limits, marketplace  # noqa: PLC0415
    from channel_manager.ports.messages import Limit  # noqa: PLC0415

    factor = float(os.environ.get("CHAOS_LIMITS", FASTER))
    allowed: Any = limits.LIMITS
    hurried = {family: at for family, at in allowed.items() if family != os.environ.get("CHAOS_UNHURRIED")}
    allowed.update({family: Limit(round(at.count * factor), at.seconds) for family, at in hurried.items()})
    able: Any = marketplace
    able.CAPABILITIES = replace(able.CAPABILITIES, tracking_correction_hours=CORRECTION_HOURS)
    auth.TOKEN_SECONDS = WALMART_SECONDS
    patient = client.Bounds(total=WALMART_SECONDS, connect=2.0, silent=WALMART_SECONDS)
    _by_default(marketplace.WalmartMarketplace.__init__, bounds=patient)
    slower = transport.Bounds(connect=2.0, read=COMMERCE_SECONDS, write=COMMERCE_SECONDS)
    _by_default(platform.AdobeCommercePlatform.__init__, bounds=slower)
    _by_default(platform.AdobeCommercePlatform.changed_orders, limit=SMALL_PAGE)


def _by_default(function: Any, **values: Any) -> None:
    inner = inspect.unwrap(function)
    inner.__kwdefaults__ = {**inner.__kwdefaults__, **values}


def name_calls(worker: str) -> None:
    """The header that the schedule is drawn by."""
    original: Any = aiohttp.ClientSession._request  # noqa: SLF001 - every call passes here

    async def request(self: aiohttp.ClientSession, method: str, url: Any, **options: Any) -> Any:
        options["headers"] = {**(options.get("headers") or {}), "X-Chaos-About": f"{_about.get()}|{worker}"}
        return await original(self, method, url, **options)

    session: Any = aiohttp.ClientSession
    session._request = request  # noqa: SLF001 - as above


def keep_journal(journal: int) -> None:
    """“+ op 17 2”: operation 17 is being sent for the second time; “- op 17 2”: no longer, whatever came of it."""
    from channel_manager.sync import pulls  # noqa: PLC0415
    from channel_manager.sync.delivery import Delivery  # noqa: PLC0415

    send: Any = Delivery._send  # noqa: SLF001 - around each attempt, begun or not
    pages: Any = pulls._pages  # noqa: SLF001 - around each run

    async def attempted(self: Delivery, attempt: Any, gateways: Any) -> Any:
        claim = attempt.one.claim
        about, held = f"{claim.kind}|{claim.subject}", f"op {claim.id} {claim.attempt}"
        return await _kept(journal, about, held, lambda: send(self, attempt, gateways))

    async def read(current: Any, *others: Any) -> Any:
        about, held = f"stream {current.stream.name}|", f"stream {current.id} {current.lease}"
        return await _kept(journal, about, held, lambda: pages(current, *others))

    delivery: Any = Delivery
    delivery._send = attempted  # noqa: SLF001 - as above
    reading: Any = pulls
    reading._pages = read  # noqa: SLF001 - as above


async def _kept(journal: int, about: str, held: str, made: Callable[[], Awaitable[Any]]) -> Any:
    _about.set(about)
    os.write(journal, f"+ {held}\n".encode())
    try:
        return await made()
    finally:
        os.write(journal, f"- {held}\n".encode())
