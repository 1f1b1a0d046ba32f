"""A platform as a bad day shows it: every call of the workers passes here and meets what the schedule says."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from chaos.schedule import BEFORE, DISASTERS, Fault, Kind, Point, fault_at
from chaos.wire import pages
from chaos.wire.points import ABOUT, Names
from chaos.wire.watch import Call, Watch

HOST = "127.0.0.1"
PATIENCE = 10.0
LONGEST_SILENCE = 8.0
"""Longer than a worker waits for an answer."""
MOVING_PAGE = 10
HOP_HEADERS = ("Transfer-Encoding", "Content-Length", "Connection", "Keep-Alive")


@dataclass(slots=True)
class Books:
    """What has happened so far. `points`: how often each call of each operation was made."""

    seed: int
    points: Counter[Point] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    met: list[tuple[Point, int, str]] = field(default_factory=list)
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_on: bool = True

    def next(self, point: Point) -> Fault | None:
        """Count a call, and say what it meets. Counted or not, a call has the same number in every run."""
        with self.lock:
            number = self.points[point]
            self.points[point] += 1
            self.calls += 1
        if not self.is_on:
            return None
        return fault_at(self.seed, point, number)

    def note(self, point: Point, fault: Fault) -> None:
        self.count(fault.kind)
        with self.lock:
            self.met.append((point, self.points[point] - 1, fault.kind))

    def count(self, kind: str) -> None:
        with self.lock:
            self.faults[kind] += 1

    @property
    def total(self) -> int:
        with self.lock:
            return sum(self.faults.values())


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: CIMultiDict[str]
    body: bytes


Disaster = Callable[[Kind, str], None]
"""Called in a thread of its own, when the call has been executed and not answered; with the worker's name."""


class Proxy:
    """Before one simulator, in a thread with an event loop of its own. `down` makes the platform unreachable."""

    def __init__(self, platform: str, upstream: str, books: Books, names: Names, disaster: Disaster) -> None:
        self._platform, self._upstream, self._books, self._names = platform, upstream, books, names
        self._disaster = disaster
        self._started = threading.Event()
        self._moving: set[str] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name=f"{platform}-proxy", daemon=True)
        self.down = False
        self.watch: Watch | None = None
        """Sees every write, at the moment at which it is executed."""
        self.still = threading.Lock()
        """Whoever holds it is alone: no write of a worker is executed in Commerce meanwhile."""
        self.writes: list[tuple[datetime, str, int]] = []
        """Executed writes: when, “METHOD path”, and the simulator's status."""

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(PATIENCE):
            raise TimeoutError(f"The proxy of {self._platform} did not start.")
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    async def _main(self) -> None:
        self._loop, self._stop, self._turn = asyncio.get_running_loop(), asyncio.Event(), asyncio.Lock()
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, HOST, 0).start()
        self.url = f"http://{HOST}:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as self._session:
            self._started.set()
            await self._stop.wait()
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        about = request.headers.get(ABOUT, "|")
        if self.down:
            return _page(503)
        point, worker = self._names.point(self._platform, request.method, request.raw_path, about)
        fault = self._books.next(point)
        if fault is None:
            return _whole(await self._pass_on(request))
        if fault.kind is Kind.MOVED and not pages.begins(request.raw_path):
            return _whole(await self._pass_on(request))
        self._books.note(point, fault)
        if fault.kind in BEFORE:
            if self.watch and request.method != "GET":
                self.watch.refused(await _call(request), fault.kind)
            return await self._refuse(request, fault)
        if fault.kind is Kind.MOVED:
            return await self._move(request)
        answer = await self._pass_on(request)
        return await self._spoil(request, answer, fault, worker)

    async def _pass_on(self, request: web.Request, path: str = "") -> Answer:
        """A write is executed even if its caller is gone meanwhile, as on a platform."""
        executed = self._executed
        if request.method != "GET":
            executed = self._watched if self.watch else self._alone
        return await asyncio.shield(asyncio.ensure_future(executed(request, path or request.raw_path)))

    async def _alone(self, request: web.Request, path: str) -> Answer:
        async with self._turn:  # one thread at most waits for the others
            await asyncio.to_thread(self.still.acquire)
            try:
                return await self._executed(request, path)
            finally:
                self.still.release()

    async def _watched(self, request: web.Request, path: str) -> Answer:
        assert self.watch is not None
        call = await _call(request)
        await asyncio.to_thread(self.watch.coming, call)
        answer = await self._executed(request, path)
        await asyncio.to_thread(self.watch.executed, call, answer.status)
        return answer

    async def _executed(self, request: web.Request, path: str) -> Answer:
        headers = request.headers.copy()
        headers.popall(ABOUT, None)
        headers.popall("Accept-Encoding", None)
        body = await request.read()
        target = URL(self._upstream + path, encoded=True)
        async with self._session.request(request.method, target, headers=headers, data=body) as answer:
            found = Answer(answer.status, CIMultiDict(answer.headers), await answer.read())
        self._books.statuses[found.status] += 1
        if request.method != "GET":
            self.writes.append((datetime.now(UTC), f"{request.method} {request.path}", found.status))
        for name in HOP_HEADERS:
            found.headers.popall(name, None)
        return found

    async def _refuse(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind is Kind.RESET_BEFORE:
            return _reset(request)
        if fault.kind is Kind.EXPIRED:
            return _json(401, {"error": [_error("UNAUTHORIZED.GMP_GATEWAY_API", "UNAUTHORIZED")]})
        if fault.kind is Kind.UNAVAILABLE:
            return _page(503)
        if self._platform == "commerce":
            return _json(429, {"message": "Too many requests."}, {"Retry-After": "1"})
        return _throttled(fault)

    async def _move(self, request: web.Request) -> web.StreamResponse:
        """A list in small pages, and before the second is asked for its rows have moved."""
        answer = await self._pass_on(request, pages.smaller(request.raw_path, MOVING_PAGE))
        await asyncio.to_thread(self._disaster, Kind.MOVED, "")
        return _whole(answer)

    async def _spoil(self, request: web.Request, answer: Answer, fault: Fault, worker: str) -> web.StreamResponse:
        if fault.kind is Kind.KILL or fault.kind in DISASTERS:
            await asyncio.to_thread(self._disaster, fault.kind, worker)
            return _reset(request) if fault.kind is Kind.KILL else _whole(answer)
        if fault.kind is Kind.SLOW:
            await _silence(request)
            return _whole(answer)
        if fault.kind is Kind.TRUNCATED:
            return await _half(request, answer)
        return _broken(request, fault)


async def _call(request: web.Request) -> Call:
    about = request.headers.get(ABOUT, "|").rpartition("|")[0]
    return Call(about, request.method, request.raw_path, await request.read())


def _broken(request: web.Request, fault: Fault) -> web.Response:
    """Nothing of the platform's own answer arrives."""
    if fault.kind is Kind.LOST:
        return _closed(request)
    if fault.kind is Kind.RESET_AFTER:
        return _reset(request)
    return _page(200 if fault.kind is Kind.HTML and fault.variant < 0.5 else fault.status)


def _whole(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


def _reset(request: web.Request) -> web.Response:
    """RST instead of FIN, since something unread is thrown away."""
    transport = request.transport
    if transport is not None:
        transport.abort()
    return web.Response()


def _closed(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def _half(request: web.Request, answer: Answer) -> web.StreamResponse:
    headers = CIMultiDict(answer.headers)
    headers["Content-Length"] = str(len(answer.body) + 1)
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _silence(request: web.Request) -> None:
    """Until the caller has given up."""
    ends = asyncio.get_running_loop().time() + LONGEST_SILENCE
    while asyncio.get_running_loop().time() < ends:
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(0.2)


def _throttled(fault: Fault) -> web.Response:
    """Both spellings and all forms of the header have been seen (walmart-api §7)."""
    again = datetime.now(UTC) + timedelta(seconds=1)
    name = "x-next-replenish-time" if fault.variant < 0.5 else "x-next-replenishment-time"
    forms = (str(int(again.timestamp() * 1000)), str(int(again.timestamp()) + 1), again.isoformat())
    headers = {"x-current-token-count": "0", name: forms[int(fault.variant * 997) % 3]}
    return _json(429, {"error": [_error("REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API", "Too many requests")]}, headers)


def _error(code: str, words: str) -> dict[str, Any]:
    return {"code": code, "field": code, "description": words, "severity": "ERROR", "category": "DATA", "causes": []}


def _json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)


def _page(status: int) -> web.Response:
    page = f"<!DOCTYPE html><html><head><title>{status}</title></head><body><h1>The edge answers</h1></body></html>"
    return web.Response(status=status, text=page, content_type="text/html")
