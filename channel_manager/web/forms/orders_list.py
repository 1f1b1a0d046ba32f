"""What the address of the Orders page asks for, and how it is written with something changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channel_manager.orders.queries import Position, Wanted, cards
from channel_manager.orders.queries.listing import SORTS
from channel_manager.ports.messages import Fulfilment
from channel_manager.web import asked
from channel_manager.web.formats import written_day
from channel_manager.web.labels import CARDS
from channel_manager.web.rows import COLUMNS

LONGEST = 64
MOST_MONEY = 10**10
NO_COLUMNS = "none"
"""Of `columns`: only what is always there."""
FULFILMENTS: Mapping[str, Any] = {
    Fulfilment.SELLER.value: gettext_lazy("Shipped by you"),
    Fulfilment.PARTNER.value: gettext_lazy("Shipped by a partner"),
    Fulfilment.MARKETPLACE.value: gettext_lazy("Fulfilled by Walmart (WFS)"),
}
ORDERS: Mapping[str, Any] = {
    "ordered": gettext_lazy("Newest first"),
    "-ordered": gettext_lazy("Oldest first"),
    "ship_by": gettext_lazy("Still to ship, most urgent first"),
    "-ship_by": gettext_lazy("Still to ship, least urgent first"),
    "updated": gettext_lazy("Latest update first"),
    "-updated": gettext_lazy("Oldest update first"),
    "value": gettext_lazy("Highest value first"),
    "-value": gettext_lazy("Lowest value first"),
}


@dataclass(frozen=True)
class ListState:
    """The page's whole state, as texts of its address. Anything an address cannot ask for is left out.

    `sort` is a name of SORTS, with a leading hyphen the other way round. `since` and `until` are days of the viewer's,
    both included. `columns` are those that are shown this time, whatever the viewer chose for always.
    """

    card: str = ""
    search: str = ""
    since: str = ""
    until: str = ""
    sku: str = ""
    method: str = ""
    fulfilment: str = ""
    error: str = ""
    missing: str = ""
    sort: str = ""
    columns: str = ""
    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        return cls.read(request.GET)

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        typed = {field.name: _clean(query.get(field.name, "")) for field in fields(cls)}
        typed["search"] = typed["search"][: asked.LONGEST_SEARCH]
        kept = {name: value for name, value in typed.items() if value and READABLE.get(name, bool)(value)}
        return cls(**kept)

    @property
    def sorted_by(self) -> str:
        return self.sort.removeprefix("-") or "ordered"

    def wanted(self, *, also: tuple[int, ...] = ()) -> Wanted:
        until = _day(self.until)
        return Wanted(
            card=self.card,
            search=self.search,
            also=also,
            since=_midnight(_day(self.since)),
            until=_midnight(until + timedelta(days=1)) if until else None,
            sku=self.sku,
            ship_method=self.method,
            fulfilment=self.fulfilment,
            has_error=bool(self.error),
            not_in_commerce=bool(self.missing),
            sort=self.sorted_by,
            turned=self.sort.startswith("-"),
            after=_position(self.after, self.sorted_by),
            before=_position(self.before, self.sorted_by),
        )

    @cached_property
    def filters(self) -> dict[str, str]:
        """What narrows the list, without card, search, sort and place."""
        names = ("since", "until", "sku", "method", "fulfilment", "error", "missing")
        return {name: value for name in names if (value := getattr(self, name))}

    @property
    def kept(self) -> dict[str, str]:
        """What a search leaves as it was."""
        return {"card": self.card, **self.filters, "columns": self.columns}

    def hidden(self, for_always: Collection[str]) -> set[str]:
        """Columns that are left out."""
        return set(COLUMNS) - set(self.columns.split(",")) if self.columns else set(for_always)

    def query(self, **changed: str) -> str:
        """The address's part behind the question mark. A change leads to the first page."""
        state = replace(self, **({"after": "", "before": ""} | changed))
        return urlencode([(name, value) for name, value in vars(state).items() if value and name in NAMES], safe=",")

    def link(self, page: str, **changed: str) -> str:
        query = self.query(**changed)
        return f"{page}?{query}" if query else page

    def turned(self, sort: str) -> str:
        """What a click on the head of a column sorts by: by it, then the other way round, and back."""
        if self.sorted_by != sort:
            return "" if sort == "ordered" else sort
        return ("" if sort == "ordered" else sort) if self.sort.startswith("-") else f"-{sort}"

    def chips(self) -> list[tuple[str, str]]:
        """Each filter that is set, in words, with the parameter that removes it."""
        words: Mapping[str, Any] = {
            "card": CARDS.get(self.card, ""),
            "search": f"“{self.search}”",
            "since": _("Since %(day)s") % {"day": _written(self.since)},
            "until": _("Until %(day)s") % {"day": _written(self.until)},
            "sku": _("SKU %(sku)s") % {"sku": self.sku},
            "method": self.method,
            "fulfilment": FULFILMENTS.get(self.fulfilment, ""),
            "error": _("Has an error"),
            "missing": _("Not in Commerce yet"),
            "sort": ORDERS.get(self.sort, ""),
            "columns": _("Columns of this view"),
        }
        return [(str(text), name) for name, text in words.items() if getattr(self, name)]


NAMES = frozenset(field.name for field in fields(ListState))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date | None) -> datetime | None:
    """In the viewer's time zone."""
    return timezone.make_aware(datetime.combine(day, time())) if day else None


def _written(text: str) -> str:
    return written_day(day, with_year=True) if (day := _day(text)) else ""


def _position(text: str, sort: str) -> Position | None:
    """As `written` put it: a moment, or an amount where the list is sorted by value."""
    if sort != "value":
        place = asked.position(text)
        return Position(*place) if place else None
    amount, _separator, row = text.rpartition("_")
    number = asked.number(row)
    try:
        found = Decimal(amount)
    except InvalidOperation:
        return None
    return Position(found, number) if number is not None and found.is_finite() and abs(found) < MOST_MONEY else None


def written(position: Position | None) -> str:
    if position is None:
        return ""
    at = position.at.isoformat() if isinstance(position.at, datetime) else position.at
    return f"{at}_{position.id}"


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[: asked.LONGEST_SEARCH]


READABLE: Mapping[str, Any] = {
    "card": lambda text: text in cards(timezone.now()),
    "since": lambda text: _sane(_day(text)),
    "until": lambda text: _sane(_day(text)),
    "fulfilment": lambda text: text in set(Fulfilment),
    "method": lambda text: len(text) <= LONGEST,
    "sku": lambda text: len(text) <= LONGEST,
    "error": lambda text: text == "1",
    "missing": lambda text: text == "1",
    "sort": lambda text: text.removeprefix("-") in SORTS and text != "ordered",
    "columns": lambda text: text == NO_COLUMNS or set(text.split(",")) <= set(COLUMNS),
}


def _sane(day: date | None) -> bool:
    """Far from where days end, so that midnight exists in every time zone."""
    return day is not None and 1970 <= day.year <= 9000
