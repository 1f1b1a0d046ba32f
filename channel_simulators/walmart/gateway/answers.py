"""Bodies on the wire: JSON when it was asked for, else XML, and the HTML of the edge (walmart-api §8.1, §9 no. 16)."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from channel_simulators.walmart.gateway.errors import EDGE_PAGE, Refusal, gateway
from channel_simulators.walmart.gateway.xml import document

ERRORS_SPACE = ' xmlns:ns2="http://walmart.com/"'


def answer(
    request: web.Request, body: dict[str, Any] | list[Any], *, status: int = 200, root: str = "response"
) -> web.Response:
    if wants_json(request):
        return web.json_response(body, status=status)
    content = {"item": body} if isinstance(body, list) else body
    return web.Response(text=document(root, content), status=status, content_type="application/xml")


def wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def check_accept(request: web.Request) -> None:
    """Raise Refusal 406 when the caller accepts neither JSON nor XML."""
    accept = request.headers.get("Accept", "*/*")
    if not wants_json(request) and "*/*" not in accept and "application/*" not in accept and "xml" not in accept:
        raise gateway(406, "INVALID_ACCEPT_TYPE", "Accept type is not supported")


def refuse(request: web.Request, refusal: Refusal) -> web.Response:
    if wants_json(request):
        response = web.json_response(refusal.body, status=refusal.status)
    else:
        text = document("ns2:errors", {"error": _errors(refusal.body)}, ERRORS_SPACE)
        response = web.Response(text=text, status=refusal.status, content_type="application/xml")
    response.headers.update(refusal.headers)
    return response


def _errors(body: dict[str, Any]) -> Any:
    """Of any of the JSON envelopes."""
    errors = body.get("errors")
    return (errors.get("error") if isinstance(errors, dict) else errors) or body.get("error")


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
        body = json.loads(raw, parse_constant=_no_number)
        _check_text(raw, body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise gateway(400, "MALFORMED_REQUEST_CONTENT", "Request content is malformed")
    return body


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


def _check_text(raw: bytes, body: Any) -> None:
    """Raise ValueError for escapes that are no characters: nothing could write them down again."""
    if b"\\ud" in raw.lower():
        json.dumps(body, ensure_ascii=False).encode()
