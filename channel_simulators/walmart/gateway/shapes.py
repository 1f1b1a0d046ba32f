"""The shapes an error may have on the wire (walmart-api §8.1), whatever the call and its status."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from channel_simulators.walmart.gateway.errors import EDGE_PAGE, GATEWAY_API, ORDER_API, item
from channel_simulators.walmart.gateway.xml import document

JSON_TYPE = "application/json"
XML_TYPE = "application/xml"
HTML_TYPE = "text/html"

CODES = {
    206: ("SOME_CONTENT_NOT_FOUND", "Some content not found"),
    400: ("INVALID_REQUEST", "Invalid Request"),
    401: ("UNAUTHORIZED", "UNAUTHORIZED"),
    403: ("FORBIDDEN", "FORBIDDEN"),
    404: ("CONTENT_NOT_FOUND", "Resource not found"),
    405: ("METHOD_NOT_ALLOWED", "Method is not allowed"),
    406: ("INVALID_ACCEPT_TYPE", "Accept type is not supported"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "Content-Type is not supported"),
    423: ("RESOURCE_IS_LOCKED", "Resource is locked"),
    429: ("REQUEST_THRESHOLD_VIOLATED", "Request threshold violated"),
    504: ("DOWNSTREAM_SYSTEM_TIME_OUT", "Downstream system timed out"),
}
"""Code and text by status (walmart-api §8.2); any other is a SYSTEM_ERROR."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What is wrong, before it has a shape."""

    status: int
    name: str
    service: str | None
    description: str

    def item(self, default_service: str) -> dict[str, Any]:
        code = f"{self.name}.{self.service or default_service}"
        system = self.status >= 500
        return item(code, "data", self.description, category="SYSTEM" if system else "DATA")


def said(status: int, code: str | None = None, description: str | None = None) -> Said:
    """`code` is a NAME or NAME.SERVICE; what is not given follows from the status."""
    name, text = CODES.get(status, ("SYSTEM_ERROR", "SYSTEM_ERROR"))
    given, _, service = (code or name).partition(".")
    texts = dict(CODES.values())
    text = text if code is None else texts.get(given, given)
    return Said(status=status, name=given, service=service or None, description=description or text)


def body(shape: str, what: Said) -> tuple[bytes, str]:
    """The bytes of the error in that shape, and their content type."""
    return SHAPES[shape](what)


def _resource(what: Said) -> tuple[bytes, str]:
    return _json({"errors": {"error": [what.item(ORDER_API)]}})


def _gateway(what: Said) -> tuple[bytes, str]:
    return _json({"error": [what.item(GATEWAY_API) | {"errorIdentifiers": {}}]})


def _list(what: Said) -> tuple[bytes, str]:
    return _json({"errors": [what.item(ORDER_API)]})


def _message_list(what: Said) -> tuple[bytes, str]:
    """The newest documents say `message` for `description`."""
    return _json({"errors": [{"code": what.name, "message": what.description, "severity": "ERROR"}]})


def _sparse(what: Said) -> tuple[bytes, str]:
    """Any member may be absent or null."""
    error = {"code": what.name, "field": None, "description": None, "info": None, "causes": None}
    return _json({"errors": {"error": [error]}})


def _oauth(what: Said) -> tuple[bytes, str]:
    return _json({"error": what.name.lower(), "error_description": what.description})


def _xml(what: Said) -> tuple[bytes, str]:
    errors = {"error": [what.item(ORDER_API)]}
    return document("ns2:errors", errors, ' xmlns:ns2="http://walmart.com/"').encode(), XML_TYPE


def _html(what: Said) -> tuple[bytes, str]:
    return EDGE_PAGE.format(status=what.status, reason=what.description).encode(), HTML_TYPE


def _empty(_what: Said) -> tuple[bytes, str]:
    return b"", JSON_TYPE


def _truncated_json(what: Said) -> tuple[bytes, str]:
    whole, kind = _resource(what)
    return whole[: len(whole) // 2], kind


def _not_json(what: Said) -> tuple[bytes, str]:
    return f"upstream connect error or disconnect/reset before headers: {what.description}".encode(), JSON_TYPE


def _json(content: Any) -> tuple[bytes, str]:
    return json.dumps(content).encode(), JSON_TYPE


SHAPES: dict[str, Callable[[Said], tuple[bytes, str]]] = {
    "resource": _resource,
    "gateway": _gateway,
    "list": _list,
    "message_list": _message_list,
    "sparse": _sparse,
    "oauth": _oauth,
    "xml": _xml,
    "html": _html,
    "empty": _empty,
    "truncated_json": _truncated_json,
    "not_json": _not_json,
}
