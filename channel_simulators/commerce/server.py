"""Running the shop: in a thread of this process with its own event loop, or in the foreground."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from channel_simulators.commerce import app, page
from channel_simulators.commerce.control.calls import control
from channel_simulators.commerce.control_client import CommerceControl
from channel_simulators.commerce.shop import Shop

_HOST = "127.0.0.1"


def application(shop: Shop) -> web.Application:
    async def rest(request: web.Request) -> web.StreamResponse:
        return await app.rest(shop, request)

    async def steer(request: web.Request) -> web.StreamResponse:
        return await control(shop, request)

    async def show(_: web.Request) -> web.StreamResponse:
        return web.Response(text=page.render(shop), content_type="text/html")

    built = web.Application(client_max_size=64 * 1024 * 1024)
    built.router.add_route("*", "/rest{tail:(?s:.*)}", rest)
    built.router.add_route("*", "/index.php/rest{tail:(?s:.*)}", rest)  # a shop without rewrites (commerce-api §2)
    built.router.add_post("/_control/{action}", steer)
    built.router.add_get("/", show)
    return built


@asynccontextmanager
async def running(shop: Shop, port: int) -> AsyncIterator[int]:
    """The shop answering on a loopback port while the block runs; the state is saved at its end."""
    runner = web.AppRunner(application(shop), access_log=None, shutdown_timeout=1)
    await runner.setup()
    chores = [asyncio.create_task(shop.keep_saving()), asyncio.create_task(shop.keep_cron())]
    try:
        site = web.TCPSite(runner, _HOST, port)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await runner.cleanup()
        shop.save()


async def serve(port: int, state_file: Path | None) -> None:
    """Answer until SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    async with running(Shop(state_file), port):
        await stopped.wait()


class CommerceServer:
    """The shop in a background thread, for tests and the demo."""

    url: str
    control: CommerceControl

    def __init__(self, *, port: int = 0, state_file: Path | None = None) -> None:
        self._port, self._file = port, state_file
        self._thread = threading.Thread(target=self._run, name="commerce-simulator", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event | None = None
        self._failure: BaseException | None = None

    def start(self) -> Self:
        """Returns once the port answers; raises what prevented it."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def stop(self) -> None:
        if self._loop is not None and self._stopped is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(timeout=10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits in start()
            self._failure = error
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        async with running(Shop(self._file), self._port) as port:
            self.url = f"http://{_HOST}:{port}"
            self.control = CommerceControl(self.url)
            self._ready.set()
            await self._stopped.wait()
