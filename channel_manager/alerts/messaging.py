"""Messaging services, by the URLs that apprise understands. Loaded on first use: few processes need its 40 MB.

No address is asked but the one that a URL names: no redirects, no pictures, no files, no keys made or kept.
"""

from __future__ import annotations

import logging
import warnings
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apprise

SECONDS = 45
# They act on the machine that the worker runs on.
LOCAL = {"syslog", "dbus", "kde", "qt", "glib", "gnome", "macosx", "windows", "blink1"}
PLAIN = {
    "app_id": "Channel Manager",
    "app_desc": "Channel Manager",
    "app_url": "",
    "image_url_mask": "",
    "image_url_logo": "",
    "http_redirects": False,
    "pgp_autogen": False,
    "pem_autogen": False,
    "async_mode": False,
}


def name_of(url: str) -> str:
    """What people call the service behind a URL; empty for one that is not understood or acts on this machine."""
    found = _service(url)
    return "" if found is None else str(found.service_name)


def notify(url: str, title: str, body: str) -> str | None:
    """Why it was not delivered, in the service's words; None when it was. Asks nobody about a URL it does not know."""
    found = _service(url)
    if found is None:
        return "unknown address"
    found.redirects = False  # a URL may ask for them
    sender = _apprise().Apprise(asset=found.asset)
    sender.add(found)
    result = sender.notify(title=title, body=body, body_format="text", timeout=SECONDS, log_level=logging.WARNING)
    if result:
        return None
    return " ".join(dict.fromkeys(entry.message for entry in result.logs())) or "no reason was given"


def _service(url: str) -> apprise.NotifyBase | None:
    if url.partition("://")[0].strip().lower() in LOCAL:
        return None
    known = _apprise()
    asset = known.AppriseAsset(storage_mode="memory", service_timeout=SECONDS, allow_templates=False, **PLAIN)
    found = known.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    return found if isinstance(found, known.NotifyBase) else None


@cache
def _apprise() -> ModuleType:
    """With its services, some of which complain about what they import themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import apprise  # noqa: PLC0415 - see above

        apprise.Apprise.instantiate("json://localhost", suppress_exceptions=True)
    # What it says of an attempt comes back with its result; a log line could hold an address.
    logging.getLogger("apprise").propagate = False
    return apprise
