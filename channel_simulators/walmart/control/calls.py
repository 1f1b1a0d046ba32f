"""Calls of the control API over HTTP: what each part of the control client is built on."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from typing import Any

TIMEOUT = 10.0
JSON = dict[str, Any]


class ControlError(ValueError):
    """The simulator does not do what was asked; its sentence says why."""


class ControlCalls:
    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/") + "/_control"

    def _object(self, method: str, path: str, asked: Mapping[str, Any] | None = None) -> JSON:
        answer = self._call(method, path, asked)
        assert isinstance(answer, dict)
        return answer

    def _list(self, method: str, path: str) -> list[Any]:
        answer = self._call(method, path, None)
        assert isinstance(answer, list)
        return answer

    def _call(self, method: str, path: str, asked: Mapping[str, Any] | None) -> Any:
        data = None if asked is None else json.dumps(asked, default=_plain).encode()
        headers = {} if data is None else {"Content-Type": "application/json"}
        request = urllib.request.Request(self._base + path, data, headers, method=method)  # noqa: S310 - our own server
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310 - our own server
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise ControlError(_sentence(error.read())) from None


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _sentence(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:500]
