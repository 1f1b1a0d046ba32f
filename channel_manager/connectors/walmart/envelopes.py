"""The six shapes in which Walmart tells of an error, read by structure and never by status (walmart-api §8.1)."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from channel_manager.shared.decoding import decoded

_XML_MEMBER = re.compile(r"<(?:\w+:)?(code|field|description|info)>([^<]*)</", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]*>([^<]*)</title>", re.IGNORECASE)
_INVISIBLE = re.compile(r"<(script|style)\b.*?</\1>", re.IGNORECASE | re.DOTALL)
_HTML = re.compile(r"<(html|head|title|body|h1|p)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
# Patterns over whatever a stranger sends take the square of its length.
_MARKUP_READ = 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One error item. Any member may be empty."""

    code: str = ""
    field: str = ""
    description: str = ""
    info: str = ""
    severity: str = ""

    @property
    def name(self) -> str:
        """The code without the service that raised it: `INVALID_REQUEST` of `INVALID_REQUEST.GMP_ORDER_API`."""
        return self.code.partition(".")[0].upper()

    @property
    def words(self) -> str:
        return self.description or self.info or self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything an error body says. `page` marks what is not the API's own: a page of a proxy or CDN, or rubble."""

    faults: tuple[Fault, ...] = ()
    page: bool = False

    @property
    def main(self) -> Fault:
        grave = (fault for fault in self.faults if fault.severity.upper() == "ERROR")
        return next(grave, self.faults[0] if self.faults else Fault())

    @property
    def words(self) -> str:
        return "; ".join(dict.fromkeys(fault.words for fault in self.faults if fault.words))

    @property
    def everything(self) -> str:
        """All texts and field names in lower case, to look for known fragments."""
        parts = (part for fault in self.faults for part in (fault.field, fault.description, fault.info))
        return "\n".join(parts).lower()


def report(body: bytes) -> Report:
    """Of JSON that is cut off nothing is taken: it may hold a buyer's name and address."""
    try:
        data = decoded(body)
    except ValueError:
        text = body[:_MARKUP_READ].decode(errors="replace").replace("\x00", "").strip()
        return Report(page=True) if text[:1] in ("{", "[", '"') else _from_markup(text)
    return Report(faults=tuple(_from_json(data)))


def _from_json(data: Any) -> Iterator[Fault]:
    if not isinstance(data, dict):
        return
    if isinstance(data.get("error"), str):
        yield Fault(code=data["error"], description=_text(data.get("error_description")))
        return
    found = data.get("errors") or data.get("error")
    if isinstance(found, dict) and "error" in found:
        found = found["error"]
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, dict):
            yield _fault(item)


def _fault(item: dict[str, Any]) -> Fault:
    return Fault(
        code=_text(item.get("code")),
        field=_text(item.get("field")),
        description=_text(item.get("description") or item.get("message")),
        info=_text(item.get("info")),
        severity=_text(item.get("severity")),
    )


def _from_markup(text: str) -> Report:
    members = {name.lower(): html.unescape(value).strip() for name, value in reversed(_XML_MEMBER.findall(text))}
    if members:
        return Report(faults=(Fault(**members),))
    if text.startswith("<") and not _HTML.search(text):
        return Report(page=True)
    title = _TITLE.search(text)
    words = _TAG.sub(" ", title.group(1) if title else _INVISIBLE.sub(" ", text))
    words = " ".join(html.unescape(words).split())[:300]
    return Report(faults=(Fault(description=words),) if words else (), page=bool(text.strip()))


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
