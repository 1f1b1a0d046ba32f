"""Running the simulator: in a background thread for tests, in the foreground for the demo."""

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from channel_simulators.walmart import snapshot
from channel_simulators.walmart.app import create_app
from channel_simulators.walmart.control_client import WalmartControl
from channel_simulators.walmart.world import World

HOST = "127.0.0.1"
PATIENCE = 10.0


class WalmartServer:
    """The simulator on a real loopback socket, in a thread with its own event loop."""

    url: str
    control: WalmartControl

    def __init__(self, *, port: int = 0, state_file: Path | None = None) -> None:
        self._port = port
        self._state_file = state_file
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="walmart-simulator", daemon=True)

    def start(self) -> Self:
        """Raise OSError when the port is taken."""
        self._thread.start()
        if not self._started.wait(PATIENCE):
            raise TimeoutError("The Walmart simulator did not start.")
        if self._failure:
            raise self._failure
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(PATIENCE)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - raised by start()
            self._failure = error
            self._started.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        async with _running(self._port, self._state_file) as url:
            self.url = url
            self.control = WalmartControl(url)
            self._started.set()
            await self._stopping.wait()


async def serve(port: int, state_file: Path | None) -> None:
    """In the foreground, until SIGINT or SIGTERM (or until cancelled)."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with _running(port, state_file) as url:
        sys.stdout.write(f"Walmart simulator: {url}\n")
        sys.stdout.flush()
        await stopping.wait()


@contextlib.asynccontextmanager
async def _running(port: int, state_file: Path | None) -> AsyncIterator[str]:
    world = World(snapshot.load(state_file))
    runner = web.AppRunner(create_app(world), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    keeper: asyncio.Task[None] | None = None
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        if state_file is not None:
            keeper = asyncio.create_task(snapshot.keep(world, state_file))
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
