"""Where a list goes on (walmart-api §0.1)."""

from channel_manager.connectors.walmart.mapping.reading import Json


def next_cursor(meta: Json, cursor: str | None) -> str | None:
    """The end is no cursor, `hasMoreElements=false` in it, or the same cursor again. `cursor` led to this page."""
    found = meta.get("nextCursor")
    if not isinstance(found, str) or not found or found == cursor or "hasMoreElements=false" in found:
        return None
    return found
