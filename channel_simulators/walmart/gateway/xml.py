"""XML as the API writes it for callers who do not ask for JSON (walmart-api §9 no. 16)."""

from typing import Any
from xml.sax.saxutils import escape

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
NOT_IN_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])


def document(root: str, content: Any, attributes: str = "") -> str:
    return HEAD + _element(root, content, attributes)


def _element(name: str, value: Any, attributes: str = "") -> str:
    if isinstance(value, list):
        return "".join(_element(name, entry) for entry in value)
    if value is None:
        return ""
    if isinstance(value, dict):
        content = "".join(_element(key, child) for key, child in value.items())
    else:
        content = escape(str(value).lower() if isinstance(value, bool) else str(value)).translate(NOT_IN_XML)
    return f"<{name}{attributes}>{content}</{name}>"
