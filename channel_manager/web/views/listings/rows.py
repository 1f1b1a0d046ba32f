"""The rows of the Listings page: what is said of a listing, in a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from channel_manager.catalog.models import CatalogRules, Listing, Status
from channel_manager.catalog.queries import Row
from channel_manager.ports.catalog import Published
from channel_manager.sync import levels
from channel_manager.sync.models import Level
from channel_manager.web.labels import PUBLISHED

STATUSES = {str(status.value): status.label for status in Status}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`dot` is the colour's name; `more` says what besides the word is worth knowing."""

    dot: str
    word: str
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was sent last of one kind."""

    kind: str
    value: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """`for_buyers` are the units that Walmart's buyers see, as far as they are known; `read_at` is of the oldest figure
    of them. `new_price` is what is to be sent, where it is another one. `problems` are errors as they are kept,
    `questions` sentences.
    """

    listing: Listing
    name: str
    other_sku: str
    for_buyers: int | None
    stated: int | None
    read_at: datetime | None
    price: Decimal | None
    new_price: Decimal | None
    state: State
    last: Sent | None
    problems: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    reasons: list[str]


def shown_rows(rows: Sequence[Row], rules: CatalogRules) -> list[ShownRow]:
    return [_shown(row, rules) for row in rows]


def state_of(row: Row, rules: CatalogRules) -> State:
    """The listing as a whole: what asks comes before what is under way, and that before what is done."""
    listing = row.listing
    if listing.status != Status.MATCHED:
        return State(dot="canceled", word=str(STATUSES[listing.status]))
    visible = "" if listing.published in ("", Published.LIVE) else str(PUBLISHED[listing.published])
    if row.errors:
        return State(dot="error", word=_("Error"), more=visible)
    if row.questions:
        return State(dot="partially_shipped", word=_("Waiting for you"), more=visible)
    if listing.paused:
        return State(dot="canceled", word=_("Left alone"), more=visible)
    if rules.stock_confirmed_at is None and rules.price_confirmed_at is None:
        return State(dot="canceled", word=_("Not followed yet"), more=visible)
    dot, word = _followed([level_state(level) for level in row.levels if level.active])
    return State(dot=dot, word=word, more=visible)


def level_state(level: Level) -> tuple[str, str]:  # noqa: PLR0911 - a table, one row each
    """Where one level stands: dot and word."""
    if level.carrier.startswith("feed:"):
        return "open", _("In a feed")
    if level.carrier:
        return "open", _("Sending")
    if level.error:
        return "error", _("Error")
    if level.held:
        return "partially_shipped", _("Waiting for you")
    if not level.active:
        return "canceled", _("Not sent")
    if level.measured_at is None:
        return "open", _("Not measured yet")
    if level.dirty_since is None:
        return "shipped", pgettext("what was sent", "Accepted")
    return "open", _("To be sent")


def _followed(states: Sequence[tuple[str, str]]) -> tuple[str, str]:
    under_way = [state for state in states if state[0] == "open"]
    if under_way:
        return under_way[0]
    return states[0] if states else ("canceled", _("Not followed yet"))


def _shown(row: Row, rules: CatalogRules) -> ShownRow:
    listing, stock, price = row.listing, row.stock, row.price
    known = price.sent if price and price.sent is not None else listing.item_price
    wanted = price.wanted if price and price.dirty_since else None
    return ShownRow(
        listing=listing,
        name=listing.name or listing.title,
        other_sku=listing.commerce_sku if listing.commerce_sku not in ("", listing.sku) else "",
        for_buyers=_for_buyers(listing, stock),
        stated=int(stock.sent) if stock and stock.sent is not None else listing.stated,
        read_at=listing.measured_at or listing.inventory_seen_at,
        price=known,
        new_price=wanted if wanted != known else None,
        state=state_of(row, rules),
        last=_last(row),
        problems=row.errors,
        questions=row.questions,
        reasons=[] if listing.published == Published.LIVE else listing.reasons,
    )


def _for_buyers(listing: Listing, stock: Level | None) -> int | None:
    """Walmart's own word where nothing was sent since; else what was sent, less what it holds back for open orders."""
    seen, sent = listing.inventory_seen_at, stock.sent_at if stock else None
    if stock is None or stock.sent is None or (seen and (sent is None or sent < seen)):
        return listing.available
    return max(int(stock.sent) - listing.open_units, 0)


def _last(row: Row) -> Sent | None:
    sent = [
        Sent(kind=kind, value=level.sent, at=level.sent_at)
        for kind, level in ((levels.STOCK, row.stock), (levels.PRICE, row.price))
        if level and level.sent_at
    ]
    return max(sent, key=lambda one: one.at, default=None)
