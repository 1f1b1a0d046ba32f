"""Reading what a seller subscribes to. The texts of the refusals are invented, the documents being silent."""

import re
import uuid
from typing import Any
from urllib.parse import urlsplit

from channel_simulators.walmart.gateway import errors
from channel_simulators.walmart.notifications import event_types
from channel_simulators.walmart.notifications.state import NotificationOptions, Subscription

JSON = dict[str, Any]
SERVICE = "GMP_NOTIFICATION_API"
"""Invented: callers compare only what stands before it (walmart-api §8.2)."""
STATUSES = ("ACTIVE", "INACTIVE")
REQUIRED = ("eventType", "eventVersion", "resourceName", "eventUrl")
NEEDED = {
    "BASIC_AUTH": ("userName", "password"),
    "HMAC": ("clientSecret",),
    "OAUTH": ("authUrl", "clientId", "clientSecret"),
}
"""By method of authentication (walmart-api §6.3)."""
FIELDS = {
    "eventType": "event_type",
    "eventVersion": "event_version",
    "resourceName": "resource_name",
    "eventUrl": "event_url",
    "status": "status",
    "headers": "headers",
    "authDetails": "auth",
}
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[\x20-\x7e]*")


def subscription(given: Any, partner_id: str, options: NotificationOptions) -> Subscription:
    """Raise Refusal 400."""
    if not isinstance(given, dict):
        raise refused("events", "events is missing or invalid")
    for name in REQUIRED:
        if not isinstance(given.get(name), str):
            raise refused(name, f"{name} is missing or invalid")
    _check(given, options)
    known = {field: given[name] for name, field in FIELDS.items() if given.get(name) is not None}
    return Subscription(**{"subscription_id": str(uuid.uuid4()), "partner_id": partner_id, "status": "ACTIVE", **known})


def change(held: Subscription, given: JSON, options: NotificationOptions) -> None:
    """Any subset of the members, all checked before any is set. Raise Refusal 400."""
    changes = {name: value for name, value in given.items() if name in FIELDS and value is not None}
    _check(shown(held) | changes, options)
    for name, value in changes.items():
        setattr(held, FIELDS[name], value)


def shown(held: Subscription) -> JSON:
    """The flat object, secrets in clear (walmart-api §6.1)."""
    body: JSON = {
        "eventType": held.event_type,
        "subscriptionId": held.subscription_id,
        "partnerId": held.partner_id,
        "eventVersion": held.event_version,
        "resourceName": held.resource_name,
        "eventUrl": held.event_url,
        "status": held.status,
    }
    if held.headers:
        body["headers"] = held.headers
    if held.auth:
        body["authDetails"] = held.auth
    return body


def refused(field: str, description: str) -> errors.Refusal:
    return errors.resource(errors.item(f"INVALID_REQUEST_CONTENT.{SERVICE}", field, description))


def _check(given: JSON, options: NotificationOptions) -> None:
    expected = event_types.resource(str(given["eventType"]), options)
    if expected is None:
        raise refused("eventType", "eventType is not supported")
    if given["resourceName"] != expected:
        raise refused("resourceName", f"resourceName of {given['eventType']} should be {expected}")
    if given["eventVersion"] != event_types.VERSION:
        raise refused("eventVersion", f"eventVersion should be {event_types.VERSION}")
    if given.get("status", "ACTIVE") not in STATUSES:
        raise refused("status", f"status should be one of {', '.join(STATUSES)}")
    check_url("eventUrl", given["eventUrl"])
    _check_headers(given.get("headers"))
    _check_auth(given.get("authDetails"))


def check_url(field: str, url: object) -> None:
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise refused(field, f"{field} should be an http or https URL")


def _check_headers(headers: object) -> None:
    if headers is None:
        return
    if not isinstance(headers, dict) or not all(_is_header(name, value) for name, value in headers.items()):
        raise refused("headers", "headers is invalid")


def _is_header(name: object, value: object) -> bool:
    return bool(
        isinstance(name, str)
        and HEADER_NAME.fullmatch(name)
        and isinstance(value, str)
        and HEADER_VALUE.fullmatch(value)
    )


def _check_auth(auth: object) -> None:
    if auth is None:
        return
    if not isinstance(auth, dict) or not all(isinstance(value, str) for value in auth.values()):
        raise refused("authDetails", "authDetails is invalid")
    needed = NEEDED.get(auth.get("authMethod", ""))
    if needed is None:
        raise refused("authMethod", f"authMethod should be one of {', '.join(NEEDED)}")
    for name in needed:
        if not auth.get(name):
            raise refused(name, f"{name} is missing")
    if not HEADER_NAME.fullmatch(auth.get("authHeaderName", "Authorization")):
        raise refused("authHeaderName", "authHeaderName is invalid")
    if "authUrl" in needed:
        check_url("authUrl", auth["authUrl"])
