"""Listings with their levels: plain functions with sensible facts."""

import itertools
import re
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from channel_manager.catalog.linking import rules_of
from channel_manager.catalog.models import CatalogRules, Feed, FeedRow, Listing
from channel_manager.shared.sentences import say
from channel_manager.sync.models import Level
from tests import factories

_numbers = itertools.count(1)
ASKS = say(
    "The price would change from %(before)s to %(new)s, by more than %(percent)s %%.",
    before="10.00",
    new="20.00",
    percent=30,
)
HELD = say("Units were canceled as out of stock: Walmart is told 0.")


def rules(store, *, stock=True, price=True, **facts):
    """Confirmed for both unless told otherwise; read from the shop."""
    now = timezone.now()
    rules_of(store)
    CatalogRules.objects.filter(store=store).update(
        **{
            "stock_confirmed_at": now if stock else None,
            "price_confirmed_at": now if price else None,
            "currency": "USD",
            "time_zone": "UTC",
            "shop_read_at": now,
        }
        | facts
    )
    return rules_of(store)


def listing(store, sku="", *, levels=True, active=True, **facts):
    """Matched: 10 can be sold, 10 were told; 10.00 on both sides."""
    n = next(_numbers)
    now = timezone.now()
    sku = sku or f"SKU-{n:04d}"
    facts = {
        "product_id": n,
        "commerce_sku": sku,
        "name": f"Steel whisk {n}",
        "enabled": True,
        "connected": True,
        "base_price": Decimal("10.00"),
        "product_seen_at": now,
        "at_marketplace": True,
        "item_id": f"WPID{n}",
        "title": f"Whisk {n}",
        "published": "live",
        "item_price": Decimal("10.00"),
        "item_currency": "USD",
        "item_seen_at": now - timedelta(hours=1),
        "salable": 10,
        "measured_at": now,
    } | facts
    made = Listing.objects.create(store=store, sku=sku, **facts)
    if levels:
        level(made, "stock", wanted=10, sent=10, active=active)
        level(made, "price", wanted="10.00", sent="10.00", active=active)
    return Listing.objects.select_related("store").get(pk=made.pk)


def level(listing, kind, **facts):
    """Sent a minute ago, if it says what was sent. Made, or changed where there is one."""
    now = timezone.now()
    facts = {"measured_at": now, "active": True} | facts
    for name in ("wanted", "sent"):
        if facts.get(name) is not None:
            facts[name] = Decimal(str(facts[name]))
    if facts.get("sent") is not None:
        facts.setdefault("sent_at", now - timedelta(minutes=1))
    made, _ = Level.objects.update_or_create(store=listing.store, kind=kind, key=listing.sku, defaults=facts)
    if "dirty_since" not in facts:
        made.dirty_since = now if made.wanted is not None and made.wanted != made.sent else None
        made.save()
    return made


def refused(listing, kind="stock"):
    return level(listing, kind, error=factories.error(say("Walmart refused it."), said="No such item"))


def feed(store, rows=(), **facts):
    """Finished; `rows` are (SKU, value, outcome)."""
    now = timezone.now()
    facts = {
        "kind": "stock",
        "state": "finished",
        "feed_id": f"F{next(_numbers)}@ABC",
        "submitted_at": now,
        "finished_at": now,
        "accepted": sum(outcome == "accepted" for *_, outcome in rows),
        "refused": sum(outcome == "refused" for *_, outcome in rows),
        "again": sum(outcome == "again" for *_, outcome in rows),
    } | facts
    made = Feed.objects.create(store=store, lines=len(rows), **facts)
    for index, (sku, value, outcome) in enumerate(rows):
        said = {"code": "ERR_EXT_DATA_0101119", "said": "The SKU is not set up."} if outcome == "refused" else {}
        FeedRow.objects.create(feed=made, index=index, key=sku, value=value, outcome=outcome, **said)
    return made


def skus(answer):
    """Those of the table's rows, in order."""
    return re.findall(r'<th scope="row"><a href="[^"]*">([^<]+)</a>', answer.content.decode())
