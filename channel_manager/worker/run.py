"""The worker process: any number of them may run, on any machine that reaches the database."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, connections
from procrastinate import App
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.django_connector import DjangoConnector

from channel_manager.sync import wakeups

CONCURRENCY = {wakeups.QUEUE: 30, wakeups.BEHIND: 6}
"""Jobs at a time by queue: what takes long never takes the last place from an order."""
FETCH_SECONDS = 0.1
"""At the default of 5 s a notification that is missed now and then would be felt."""
GRACE_SECONDS = 30.0
LONGEST_BACKOFF = 30.0
STEADY_SECONDS = 60.0
log = logging.getLogger(__name__)


def run_worker(recognise: Callable[[], None] = lambda: None) -> None:
    """Work until SIGTERM or SIGINT, then finish what is being sent. Comes back by itself when PostgreSQL does.

    `recognise` looks whether the database is still where it was, each time that the worker has found it again.
    """
    asyncio.run(work(recognise))


async def work(recognise: Callable[[], None] = lambda: None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_ in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_, stop.set)
    backoff = 1.0
    while not stop.is_set():
        started = time.monotonic()
        # Procrastinate's schedule goes through Django's connection and would find the one that was lost.
        await sync_to_async(connections.close_all)()
        if await sync_to_async(_recognised)(recognise):
            await _until_it_ends(stop)
        if not stop.is_set():
            backoff = 1.0 if time.monotonic() - started > STEADY_SECONDS else min(backoff * 2, LONGEST_BACKOFF)
            log.warning("the worker lost the database; it starts again in %s s", backoff)
            await _sleep_unless(stop, backoff)
    from channel_manager import gateways  # noqa: PLC0415 - its models need Django to be set up, which the command does

    await gateways.close()


def _recognised(recognise: Callable[[], None]) -> bool:
    """False while the database cannot be asked."""
    try:
        recognise()
    except (OperationalError, InterfaceError) as error:
        log.warning("the database does not answer: %s", error)
        return False
    return True


async def _until_it_ends(stop: asyncio.Event) -> None:
    """Procrastinate's worker ends by itself when it loses PostgreSQL, sometimes without an error."""
    worker = asyncio.create_task(_procrastinate())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((worker, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not worker.done():
        worker.cancel()
    ended = (await asyncio.gather(worker, return_exceptions=True))[0]
    if isinstance(ended, Exception):
        log.warning("the worker ended", exc_info=ended)


async def _procrastinate() -> None:
    connector = django_app.connector
    assert isinstance(connector, DjangoConnector)
    app: App = django_app.with_connector(connector.get_worker_connector())
    async with app.open_async():
        working = [asyncio.create_task(_work_off(app, queue, most)) for queue, most in CONCURRENCY.items()]
        try:
            await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in working:
                one.cancel()
            ends = await asyncio.gather(*working, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end


async def _work_off(app: App, queue: str, concurrency: int) -> None:
    await app.run_worker_async(
        queues=[queue],
        concurrency=concurrency,
        fetch_job_polling_interval=FETCH_SECONDS,
        shutdown_graceful_timeout=GRACE_SECONDS,
        delete_jobs="always",
        install_signal_handlers=False,
    )


async def _sleep_unless(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
