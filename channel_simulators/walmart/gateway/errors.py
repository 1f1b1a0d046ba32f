"""Walmart's ways of saying no (walmart-api §8.1): a refusal carries its status and one of the JSON envelopes."""

from collections.abc import Mapping
from typing import Any

ORDER_API = "GMP_ORDER_API"
GATEWAY_API = "GMP_GATEWAY_API"

INFO = {
    "INVALID_REQUEST": "Request is invalid.",
    "INVALID_REQUEST_CONTENT": "Request content is invalid.",
    "INVALID_REQUEST_PARAM": "Request parameter is invalid.",
    "CONTENT_NOT_FOUND": "Requested content could not be found.",
    "MALFORMED_REQUEST_CONTENT": "Request content is malformed.",
    "REQUEST_THRESHOLD_VIOLATED": "Request threshold violated.",
    "SYSTEM_ERROR": "The system encountered an error.",
}

EDGE_PAGE = """<!DOCTYPE html>
<html><head><title>{status} {reason}</title></head>
<body><h1>{reason}</h1><p>You don't have permission to access or the origin did not answer.</p>
<p>Reference&#32;&#35;18&#46;5d2c1402&#46;1763890000&#46;3b2a1c9e</p></body></html>
"""


class Refusal(Exception):
    def __init__(self, status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def item(code: str, field: str, description: str, *, severity: str = "ERROR", category: str = "DATA") -> dict[str, Any]:
    """One error of an envelope; `code` is NAME.SERVICE."""
    return {
        "code": code,
        "field": field,
        "description": description,
        "info": INFO.get(code.partition(".")[0], description),
        "severity": severity,
        "category": category,
        "causes": [],
        "errorIdentifiers": {"entry": []},
    }


def gateway(status: int, name: str, description: str, *, headers: Mapping[str, str] | None = None) -> Refusal:
    """The gateway's envelope: `{"error": [..]}`."""
    error = item(f"{name}.{GATEWAY_API}", name, description) | {"errorIdentifiers": {}}
    return Refusal(status, {"error": [error]}, headers)


def unauthorized() -> Refusal:
    return gateway(401, "UNAUTHORIZED", "UNAUTHORIZED")


def resource(*errors: dict[str, Any], status: int = 400) -> Refusal:
    """The envelope of the resources: `{"errors": {"error": [..]}}`."""
    return Refusal(status, {"errors": {"error": list(errors)}})


def content(field: str, description: str) -> dict[str, Any]:
    return item(f"INVALID_REQUEST_CONTENT.{ORDER_API}", field, description)


def parameter(field: str, description: str) -> Refusal:
    return resource(item(f"INVALID_REQUEST_PARAM.{ORDER_API}", field, description))


def invalid_request(field: str, description: str) -> Refusal:
    return resource(item(f"INVALID_REQUEST.{ORDER_API}", field, description))


def not_found() -> Refusal:
    """Also Walmart's word for an empty list (walmart-api §2.5)."""
    error = item(f"CONTENT_NOT_FOUND.{ORDER_API}", "data", "Resource not found", severity="INFO")
    return resource(error, status=404)


def server_error(status: int) -> Refusal:
    """What a failing backend answers in JSON; the edge answers 503 and 520 in HTML."""
    if status == 504:
        return gateway(504, "DOWNSTREAM_SYSTEM_TIME_OUT", "Downstream system timed out")
    if status == 423:
        return resource(item("RESOURCE_IS_LOCKED.GMP_RECEIVER_API", "data", "Resource is locked"), status=423)
    error = item(f"SYSTEM_ERROR.{ORDER_API}", "data", "SYSTEM_ERROR", category="SYSTEM")
    return resource(error, status=status)
