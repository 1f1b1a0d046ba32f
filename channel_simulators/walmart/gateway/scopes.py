"""What an account's keys may do: each group of calls has its scope in the token (walmart-api §1.4, §1.5)."""

from channel_simulators.walmart.gateway.errors import gateway

LEVELS = ("no_access", "view_only", "full_access")
READS = frozenset(("/v3/items/catalog/search", "/v3/items/associations", "/v3/items/spec"))
"""Questions that are asked by POST."""

SCOPES = {
    "orders": "orders",
    "returns": "returns",
    "inventory": "inventory",
    "inventories": "inventory",
    "fulfillment": "inventory",
    "wfs": "inventory",
    "price": "price",
    "cppreference": "price",
    "lagtime": "lagtime",
    "feeds": "feeds",
    "items": "item",
    "reports": "reports",
}
"""By the first part of the path after the version. Settings, utilities and notifications have no scope of their own."""


def check(granted: dict[str, str], method: str, path: str) -> None:
    """Raise Refusal 403 for a call beyond the scopes; a scope that is not listed allows nothing."""
    scope = SCOPES.get(path.split("/")[2])
    if scope is None:
        return
    needed = "view_only" if method in ("GET", "HEAD") or path in READS else "full_access"
    level = granted.get(scope, "no_access")
    if level not in LEVELS or LEVELS.index(level) < LEVELS.index(needed):
        raise gateway(403, "FORBIDDEN", "FORBIDDEN")
