"""Orders pages served per second by the real web server, beside a view that says hello on the same server."""

import asyncio
import time

import aiohttp
from django.conf import settings
from django.test import Client
from django.urls import reverse

from benchmarks.installation import Installation
from benchmarks.table import Row
from channel_manager.accounts.models import User
from channel_manager.orders.models import PurchaseOrder
from channel_manager.stores.models import Store

CONCURRENCY = 4
GRANIAN = ("granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "2", "--log-level", "error")


def measure(installation: Installation, store: Store, by: User, url: str, *, seconds: float) -> Row:
    """`url` of the real web server."""
    hello = installation.serve("hello", *GRANIAN, "--port", "{port}", "benchmarks.hello:application")
    bare = asyncio.run(_rate(hello, {}, seconds))
    installation.stop("hello")
    ours = asyncio.run(_rate(url + reverse("orders", args=[store.pk]), signed_in(by), seconds))
    orders = PurchaseOrder.objects.filter(store=store).count()
    beside = f"a Django view that says hello; {orders:,} orders, {CONCURRENCY} callers"
    return Row(what="Orders pages served", ours=ours, unit="/s", bare=bare, beside=beside)


def signed_in(by: User) -> dict[str, str]:
    client = Client()
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


async def _rate(address: str, cookies: dict[str, str], seconds: float) -> float:
    """After a first round that warms the server's processes up."""
    async with aiohttp.ClientSession(cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await _call_until(session, address, time.perf_counter() + seconds / 4)
        began = time.perf_counter()
        served = await _call_until(session, address, began + seconds)
        return served / (time.perf_counter() - began)


async def _call_until(session: aiohttp.ClientSession, address: str, ends: float) -> int:
    async def caller() -> int:
        served = 0
        while time.perf_counter() < ends:
            async with session.get(address, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise RuntimeError(f"{address} answered {answer.status}.")
                await answer.read()
            served += 1
        return served

    return sum(await asyncio.gather(*(caller() for _ in range(CONCURRENCY))))
