"""What was said over HTTP: the last exchanges in memory and, on request, all of them in a file."""

import json
import os
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_LIMIT = 5000
# Where the shop and the published schema differ there is nothing to hold an exchange against: `modules` is in no schema
# (observed §2.7), and source selection takes `stockId`, which the schema spells `stock_id` (observed §10).
_UNPUBLISHED = ("/V1/modules", "/V1/inventory/source-selection-algorithm-result")


@dataclass(frozen=True, kw_only=True)
class Exchange:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    request: Any
    status: int | None  # None: the connection was closed without an answer
    response: Any
    at: str
    executed: bool
    platform: str = "commerce"


class Exchanges:
    def __init__(self) -> None:
        self.recent: deque[Exchange] = deque(maxlen=_LIMIT)
        name = os.environ.get("CHANNEL_EXCHANGES")
        self._file = Path(name) if name else None

    def record(self, exchange: Exchange, *, broken: bool = False) -> None:
        """`broken`: the answer did not arrive as the shop meant it."""
        self.recent.append(exchange)
        if self._file is None or exchange.status is None or broken:
            return
        if not exchange.path.endswith(_UNPUBLISHED):
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(asdict(exchange)) + "\n")


def masked(headers: dict[str, str]) -> dict[str, str]:
    """Credentials keep their scheme only."""
    return {
        name: value.split(" ", 1)[0] + " ***" if name.lower() == "authorization" else value
        for name, value in headers.items()
    }
