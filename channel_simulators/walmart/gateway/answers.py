"""Bodies on the wire: JSON when it was asked for, else XML, and the HTML of the edge (walmart-api §8.1, §9 no. 16)."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web

from channel_simulators.walmart.gateway.errors import EDGE_PAGE, Refusal, gateway

XML_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def answer(request: web.Request, body: dict[str, Any], *, status: int = 200, root: str = "response") -> web.Response:
    """Raise Refusal 406 when the caller accepts neither JSON nor XML."""
    accept = request.headers.get("Accept", "*/*")
    if "application/json" in accept:
        return web.json_response(body, status=status)
    if "*/*" in accept or "xml" in accept:
        return web.Response(text=XML_HEAD + _element(root, body), status=status, content_type="application/xml")
    raise gateway(406, "INVALID_ACCEPT_TYPE", "Accept type is not supported")


def refuse(request: web.Request, refusal: Refusal) -> web.Response:
    errors = refusal.body.get("errors", {}).get("error") or refusal.body.get("error")
    if "application/json" in request.headers.get("Accept", ""):
        response = web.json_response(refusal.body, status=refusal.status)
    else:
        body = _element("ns2:errors", {"error": errors}, ' xmlns:ns2="http://walmart.com/"')
        response = web.Response(text=XML_HEAD + body, status=refusal.status, content_type="application/xml")
    response.headers.update(refusal.headers)
    return response


def edge_page(status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    known = {known.value: known.phrase for known in HTTPStatus}
    reason = known.get(status, "Web server is returning an unknown error")
    text = EDGE_PAGE.format(status=status, reason=reason)
    return web.Response(text=text, status=status, reason=reason, content_type="text/html", headers=headers)


def json_body(raw: bytes, content_type: str) -> dict[str, Any]:
    """The request's JSON object, or a refusal."""
    if content_type != "application/json":
        raise gateway(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type is not supported")
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise gateway(400, "MALFORMED_REQUEST_CONTENT", "Request content is malformed")
    return body


def _element(name: str, value: Any, attributes: str = "") -> str:
    if isinstance(value, list):
        return "".join(_element(name, entry) for entry in value)
    if value is None:
        return ""
    if isinstance(value, dict):
        content = "".join(_element(key, child) for key, child in value.items())
    else:
        content = escape(str(value).lower() if isinstance(value, bool) else str(value))
    return f"<{name}{attributes}>{content}</{name}>"
