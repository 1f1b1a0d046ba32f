"""Walmart's notifications on their way to us: some are lost, some come twice, some after later ones."""

import asyncio
import json
import threading
from collections import Counter
from typing import Self

import aiohttp
from aiohttp import web

from chaos.schedule import chance
from chaos.wire.proxy import HOST, PATIENCE, Books

LOST, TWICE, LATE = "notification lost", "notification twice", "notification after later ones"
SHARES = ((LOST, 0.15), (TWICE, 0.30), (LATE, 0.45))
"""Upper ends of each kind's share."""


class Hooks:
    """`target` is where they are to go. Walmart hears yes at once, unless we say no to one that was passed on."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._told: Counter[str] = Counter()
        self._held: bytes | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="hooks", daemon=True)
        self.target = ""

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(PATIENCE):
            raise TimeoutError("The notifications' proxy did not start.")
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_route("POST", "/{tail:.*}", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, HOST, 0).start()
        self.url = f"http://{HOST}:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2.0)) as self._session:
            self._started.set()
            await self._stop.wait()
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        kind = self._fate(body) if self._books.is_on else ""
        if kind:
            self._books.count(kind)
        if kind == LOST:
            return web.Response()
        if kind == LATE and self._held is None:
            self._held = body
            return web.Response()
        status = await self._pass_on(request, body)
        if kind == TWICE:
            status = await self._pass_on(request, body)
        if self._held is not None:
            late, self._held = self._held, None
            await self._pass_on(request, late)
        return web.Response(status=status)

    def _fate(self, body: bytes) -> str:
        about = self._about(body)
        at = chance(self._books.seed, "notification", about, self._told[about])
        self._told[about] += 1
        return next((kind for kind, end in SHARES if at < end), "")

    def _about(self, body: bytes) -> str:
        told = json.loads(body)
        payload = told.get("payload") or {}
        return f"{told['source']['eventType']} {payload.get('purchaseOrderId') or payload.get('returnOrderId') or ''}"

    async def _pass_on(self, request: web.Request, body: bytes) -> int:
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        try:
            async with self._session.post(self.target + request.raw_path, data=body, headers=headers) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 503
