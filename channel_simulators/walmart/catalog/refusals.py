"""Refusals of the item and receiver services, in the envelope of the resources (walmart-api §8.1, §8.2)."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from channel_simulators.walmart.gateway.errors import Refusal, item, resource

ITEM_API = "GMP_ITEM_QUERY_API"
RECEIVER_API = "GMP_RECEIVER_API"
NUMBER = re.compile(r"[0-9]{1,9}")


def not_found(service: str = ITEM_API) -> Refusal:
    return resource(item(f"CONTENT_NOT_FOUND.{service}", "data", "Resource not found", severity="INFO"), status=404)


def missing(field: str, service: str = ITEM_API) -> Refusal:
    return resource(item(f"MISSING_REQUEST_PARAM.{service}", field, f"{field} is missing"))


def parameter(field: str, description: str, service: str = ITEM_API) -> Refusal:
    return resource(item(f"INVALID_REQUEST_PARAM.{service}", field, description))


def content(field: str, description: str) -> Refusal:
    return resource(item(f"INVALID_REQUEST_CONTENT.{RECEIVER_API}", field, description))


def number(
    query: Mapping[str, str], name: str, default: int, *, least: int, most: int | None, service: str = ITEM_API
) -> int:
    """A whole number of the query. Raise Refusal 400 outside its bounds."""
    text = query.get(name, "") or str(default)
    if not NUMBER.fullmatch(text) or int(text) < least or (most is not None and int(text) > most):
        raise parameter(name, f"{name} should be a number from {least}" + (f" to {most}" if most else ""), service)
    return int(text)


def choice(query: Mapping[str, str], name: str, allowed: Collection[str], service: str = ITEM_API) -> str | None:
    """None when it is not given. Raise Refusal 400 for another value."""
    text = query.get(name)
    if text and text not in allowed:
        raise parameter(name, f"{name} should be one of {', '.join(allowed)}", service)
    return text or None


def fault(field: str, description: str, *, name: str = "INVALID_REQUEST_CONTENT") -> dict[str, Any]:
    """An error inside a 200."""
    return item(f"{name}.{RECEIVER_API}", field, description) | {"errorIdentifiers": {}}
