"""Finding the route of a request; path parts are decoded only after the path was cut at its slashes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from channel_simulators.commerce.call import Call


@dataclass(frozen=True)
class Route:
    method: str
    pattern: str  # below /V1/
    resource: str
    handler: Callable[[Call], Any]

    @property
    def parts(self) -> list[str]:
        return self.pattern.split("/")


@dataclass(frozen=True)
class Target:
    store_code: str | None
    segments: list[str]


def target(raw_path: str) -> Target | None:
    """`/rest[/{store code}]/V1/…`; None for anything else."""
    parts = [part for part in raw_path.removeprefix("/index.php").split("/") if part]
    if parts[:1] != ["rest"] or "V1" not in parts[1:3]:
        return None
    at = parts.index("V1", 1)
    return Target(parts[1] if at == 2 else None, [unquote(part) for part in parts[at + 1 :]])


def match(routes: Iterable[Route], method: str, segments: list[str]) -> tuple[Route, dict[str, str]] | None:
    """The first fitting route, so literal ones stand before those with placeholders."""
    for route in routes:
        parts = route.parts
        if route.method == method and len(parts) == len(segments):
            pairs = list(zip(parts, segments, strict=True))
            if all(part.startswith("{") or part == segment for part, segment in pairs):
                return route, {part[1:-1]: segment for part, segment in pairs if part.startswith("{")}
    return None
