"""Every exchange of the API, kept for tests, and written to the file that CHANNEL_EXCHANGES names."""

import json
import os
from collections import deque
from pathlib import Path
from typing import Any

from aiohttp import web

KEPT = 5000
SECRET_HEADERS = ("authorization", "wm_sec.access_token")
EXECUTED = web.RequestKey("executed", bool)
LOST = web.RequestKey("lost", bool)
FAULT = web.RequestKey("fault", str)
"""The kind of fault that met the call."""


class Recording:
    def __init__(self) -> None:
        self.exchanges: deque[dict[str, Any]] = deque(maxlen=KEPT)
        named = os.environ.get("CHANNEL_EXCHANGES")
        self._file = Path(named) if named else None

    def add(self, exchange: dict[str, Any]) -> None:
        self.exchanges.append(exchange)
        if self._file:
            headers = {
                name: "***" if name.lower() in SECRET_HEADERS else value for name, value in exchange["headers"].items()
            }  # fmt: skip
            response = exchange["response"]
            if isinstance(response, dict) and "access_token" in response:
                response = response | {"access_token": "***"}
            line = json.dumps(exchange | {"headers": headers, "response": response})
            with self._file.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
