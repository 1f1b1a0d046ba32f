"""A query string as PHP reads it: `a[b][0]=x` nests."""

import re
from typing import Any
from urllib.parse import unquote_plus

_KEY = re.compile(r"\[([^\]]*)\]")


def parse(raw_query: str) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for piece in filter(None, raw_query.split("&")):
        name, _, value = piece.partition("=")
        _put(nested, _path(unquote_plus(name)), unquote_plus(value))
    return nested


def _path(name: str) -> list[str]:
    head, bracket, _ = name.partition("[")
    return [head, *_KEY.findall(name[len(head) :])] if bracket else [head]


def _put(nested: dict[str, Any], path: list[str], value: str) -> None:
    node = nested
    for step in path[:-1]:
        child = node.setdefault(step or str(len(node)), {})
        if not isinstance(child, dict):
            child = node[step] = {}
        node = child
    node[path[-1] or str(len(node))] = value


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def values(node: Any) -> list[Any]:
    """A PHP list: the values in the order given, whatever their indices."""
    return list(node.values()) if isinstance(node, dict) else []
