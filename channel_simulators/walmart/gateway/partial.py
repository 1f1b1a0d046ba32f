"""A partial result: part of the content is there, the rest is an error inside the body (walmart-api §8.1, §8.2)."""

import json
from typing import Any

from aiohttp import web

from channel_simulators.walmart.gateway import shapes
from channel_simulators.walmart.gateway.errors import ORDER_API
from channel_simulators.walmart.gateway.faults import Fault

PARTIAL = 206


def partial(response: web.Response, fault: Fault) -> web.Response:
    """The answer without the last row of its first list, with `errors`; one that is no JSON object stays."""
    try:
        body = json.loads(response.body) if isinstance(response.body, bytes) else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return response
    rows = _rows(body)
    if rows is not None and len(rows) > 1:
        rows.pop()
    what = shapes.said(PARTIAL, fault.code, fault.description)
    inner = body["list"] if isinstance(body.get("list"), dict) else body
    inner["errors"] = [what.item(ORDER_API)]
    return web.json_response(body, status=fault.status or PARTIAL)


def _rows(node: Any) -> list[Any] | None:
    if isinstance(node, list):
        return node
    children = node.values() if isinstance(node, dict) else ()
    return next((rows for rows in map(_rows, children) if rows is not None), None)
