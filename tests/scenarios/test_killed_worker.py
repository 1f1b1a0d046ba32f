"""Real worker processes, killed at the worst moment: the platform has done it, and nobody has written that down."""

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
from collections import deque
from urllib.parse import quote, urlencode

import aiohttp
import pytest
from aiohttp import web
from django.db import connection
from test_life_of_an_order import FEDEX, UPS, first_skus, in_commerce
from yarl import URL

from channel_manager.orders.models import PurchaseOrder, Status
from channel_manager.ports.messages import Reason
from channel_manager.sync import sql

WORKER = "import django; django.setup(); from channel_manager.worker.run import run_worker; run_worker()"
PATIENCE = 30.0
OPEN = "SELECT kind, state, error FROM sync_operation WHERE state IN ('waiting', 'sending') AND due_at <= now()"


class Tap:
    """A proxy before a simulator. What is named in `keep` is executed and its answer kept back."""

    def __init__(self, upstream):
        self._upstream = upstream
        self._wanted = deque()
        self.writes = []
        self.executed = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_error):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def keep(self, method, path):
        self.executed.clear()
        self._wanted.append((method, path))

    async def _main(self):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._pass_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(auto_decompress=False) as self._session:
            self._ready.set()
            await self._stop.wait()
            await runner.cleanup()

    async def _pass_on(self, request):
        kept = self._is_wanted(request)
        target = URL(self._upstream + request.raw_path, encoded=True)
        body = await request.read()
        async with self._session.request(request.method, target, headers=request.headers, data=body) as answer:
            content, headers, status = await answer.read(), answer.headers.copy(), answer.status
        if request.method != "GET" and not request.path.endswith("/token"):
            self.writes.append((request.method, request.path, status))
        if kept:
            self.executed.set()
            await self._stop.wait()
        for name in ("Transfer-Encoding", "Content-Length"):
            headers.popall(name, None)
        return web.Response(status=status, headers=headers, body=content)

    def _is_wanted(self, request):
        if self._wanted and request.method == self._wanted[0][0] and re.search(self._wanted[0][1], request.path):
            self._wanted.popleft()
            return True
        return False

    def times(self, method, path):
        return sum(1 for made, at, status in self.writes if made == method and re.search(path, at) and status < 300)


@pytest.fixture
def walmart(world):
    with Tap(world.urls[0]) as tap:
        type(world.store).objects.filter(pk=world.store.pk).update(marketplace_url=tap.url)
        yield tap


@pytest.fixture
def commerce(world):
    with Tap(world.urls[1]) as tap:
        type(world.store).objects.filter(pk=world.store.pk).update(commerce_url=tap.url)
        yield tap


@pytest.fixture
def start_worker(walmart, commerce):
    """Starts workers on the test database, polling every second; whatever still runs at the end is killed."""
    settings = connection.settings_dict
    user = f"{quote(settings['USER'], safe='')}:{quote(settings['PASSWORD'], safe='')}"
    address = urlencode({"host": settings["HOST"], "port": settings["PORT"]})
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{user}@/{settings['NAME']}?{address}",
        "DJANGO_SETTINGS_MODULE": "channel_manager.config.settings",
        "CHANNEL_MANAGER_POLL_SECONDS": "1",
        "CHANNEL_MANAGER_LOG_LEVEL": "ERROR",
    }
    started = []

    def start():
        started.append(subprocess.Popen([sys.executable, "-c", WORKER], env=environment))
        return started[-1]

    yield start
    for process in started:
        kill(process)
    sql.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


def kill(process):
    process.kill()
    process.wait(10)


def until(condition, what):
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends, f"{what}: {sql.rows(OPEN)}"
        time.sleep(0.05)


def time_passes():
    """The leases of whoever was killed have run out."""
    sql.execute("UPDATE sync_operation SET lease_until = now() WHERE state = 'sending'")
    sql.execute("UPDATE sync_stream_cursor SET lease_until = now() WHERE lease_until IS NOT NULL")


def known(number):
    return PurchaseOrder.objects.filter(number=number, acknowledged_at__isnull=False).exists()


@pytest.mark.slow
def test_a_worker_killed_at_every_step_loses_and_doubles_nothing(world, walmart, commerce, start_worker):
    """1. Each step is executed and its answer kept. 2. The worker is killed, its lease runs out. 3. The next goes on."""
    sku = first_skus(world, 1)[0]
    salable = world.commerce.salable(sku)
    number = None
    worker = start_worker()

    def killed_at(tap, method, path, act=None):
        nonlocal worker
        tap.keep(method, path)
        found = act() if act else None
        assert tap.executed.wait(PATIENCE), f"{method} {path} never came: {sql.rows(OPEN)}"
        kill(worker)
        time_passes()
        worker = start_worker()
        return found

    def placed():
        return world.walmart.place_order(lines=[{"sku": sku, "quantity": 3, "price": "9.99"}])

    number = killed_at(commerce, "PUT", r"/carts/\d+/order", placed)
    killed_at(commerce, "POST", "/V1/orders$")
    killed_at(walmart, "POST", "/acknowledge")
    until(lambda: known(number), "acknowledged")
    killed_at(commerce, "POST", "/ship$", lambda: world.ship(number, {"1": 1}, [UPS]))
    killed_at(walmart, "POST", "/shipping")
    until(lambda: not sql.rows(OPEN), "shipped")
    killed_at(walmart, "POST", "/cancel", lambda: world.cancel(number, {"1": 1}, Reason.STOCK))
    killed_at(commerce, "POST", r"/orders/\d+/cancel")
    until(lambda: not sql.rows(OPEN), "cancelled")
    world.ship(number, {"1": 1}, [FEDEX])
    until(lambda: world.order(number).status == Status.SHIPPED and not sql.rows(OPEN), "finished")

    assert world.problems(number) == []
    assert len(world.commerce.orders()) == 1
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2]), (1, "FedEx", FEDEX[2])], 1, 0)}
    assert in_commerce(world, number) == [(3, 2, 1, 2, 0)]
    shop = world.in_commerce(number)
    assert [[track["track_number"] for track in s["tracks"]] for s in shop["shipments"]] == [[UPS[2]], [FEDEX[2]]]
    assert len(shop["comments"]) == 1
    assert world.commerce.salable(sku) == salable - 2
    assert world.order(number).commerce_total == world.order(number).total
    once = {
        (commerce, "PUT", r"/carts/\d+/order"): 1,
        (commerce, "POST", "/ship$"): 2,
        (commerce, "POST", "/invoice$"): 1,
        (commerce, "POST", r"/orders/\d+/cancel"): 1,
        (walmart, "POST", "/shipping"): 2,
        (walmart, "POST", "/cancel"): 1,
    }
    assert {key: key[0].times(*key[1:]) for key in once} == once


def test_two_workers_do_everything_once(world, walmart, commerce, start_worker):
    start_worker(), start_worker()
    skus = first_skus(world, 3)
    numbers = [
        world.walmart.place_order(lines=[{"sku": sku, "quantity": 2, "price": "9.99"} for sku in skus])
        for _ in range(6)
    ]
    until(lambda: all(known(number) for number in numbers), "acknowledged")
    for position, number in enumerate(numbers):
        world.ship(number, {"1": 1, "2": 2}, [("ups", "UPS", f"1Z999AA1012345678{position}")])
        world.cancel(number, {"3": 2}, Reason.PRICE)
    until(lambda: not sql.rows(OPEN), "shipped and cancelled")
    for position, number in enumerate(numbers):
        parcel = f"1Z999AA1012345678{position}"
        assert world.problems(number) == []
        assert world.at_walmart(number) == {
            "1": ([(1, "UPS", parcel)], 0, 1),
            "2": ([(2, "UPS", parcel)], 0, 0),
            "3": ([], 2, 0),
        }
        assert [item[:3] for item in in_commerce(world, number)] == [(2, 1, 0), (2, 2, 0), (2, 0, 2)]
    assert len(world.commerce.orders()) == len(numbers)
    assert walmart.times("POST", "/shipping") == walmart.times("POST", "/cancel") == len(numbers)
    assert commerce.times("POST", "/ship$") == len(numbers)
