"""Lists that were begun: a token names the rows as they were found, and dies after a while (walmart-api §5.1)."""

import base64
import secrets
import uuid
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

REMEMBERED = 64


@dataclass(slots=True)
class Snapshot:
    owner: str
    skus: list[str]
    taken_at: int


class Snapshots:
    def __init__(self) -> None:
        self._taken: OrderedDict[str, Snapshot] = OrderedDict()

    def take(self, name: str, owner: str, skus: list[str], now: int) -> str:
        self._taken[name] = Snapshot(owner, skus, now)
        while len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)
        return name

    def find(self, name: str, owner: str, now: int, life: float | None = None) -> list[str] | None:
        """None for a token that was never given out, is another's, or lived longer than `life` seconds."""
        snapshot = self._taken.get(name)
        if snapshot is None or snapshot.owner != owner:
            return None
        if life is not None and now - snapshot.taken_at > life * 1000:
            return None
        return snapshot.skus


ITEM_LISTS = web.AppKey("item_lists", Snapshots)
STOCK_LISTS = web.AppKey("stock_lists", Snapshots)


def attach(app: web.Application) -> None:
    """Lists that were begun live as long as the process."""
    app[ITEM_LISTS], app[STOCK_LISTS] = Snapshots(), Snapshots()


def item_token() -> str:
    """With the letters that break when they are not percent-encoded."""
    return f"AoE/{base64.b64encode(secrets.token_bytes(24)).decode()}+{secrets.token_hex(2)}=="


def stock_token() -> str:
    return str(uuid.uuid4())


def with_offset(name: str, offset: int) -> str:
    return base64.b64encode(f"{name} {offset}".encode()).decode()


def split_offset(token: str) -> tuple[str, int] | None:
    try:
        name, _, offset = base64.b64decode(token, validate=True).decode().partition(" ")
        return name, max(0, int(offset))
    except ValueError:
        return None
