"""More orders than one query of the marketplace shows: the query is halved until each part is shown wholly."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from hypothesis import given, settings
from hypothesis import strategies as st

from channel_manager.orders.intake.streams import ReleasedOrders, SellerOrders
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Capabilities, OrdersPage

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Listing:
    """Orders by when they were placed, newest first, two a page; of a query only the first `most` are shown."""

    def __init__(self, placed, most):
        self.placed, self.most, self.queries = sorted(placed, reverse=True), most, 0
        self.capabilities = Capabilities(most_orders_a_query=most)

    async def changed_orders(self, *, created_since, created_until=None, cursor=None, **_):
        self.queries += 1
        until = created_until or NOON
        found = [at for at in self.placed if created_since <= at <= until]
        start = int(cursor or 0)
        rows, shown = found[: self.most][start : start + 2], found[: self.most]
        following = str(start + 2) if start + 2 < len(shown) else None
        return OrdersPage(orders=tuple(rows), next_cursor=following, total=len(found))

    async def released_orders(self, **query):
        return await self.changed_orders(**query)


def read(stream, listing, cursor=None):
    """Everything a run brings, and the cursor it ends with."""
    gateways, found, cursor = Gateways(marketplace=listing, commerce=SimpleNamespace()), set(), cursor or {}
    for _ in range(5000):
        page = async_to_sync(stream.fetch)(1, cursor, gateways, NOON)
        found |= set(page.page.orders)
        cursor = page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("it never ends")


@pytest.mark.parametrize("stream", [SellerOrders(), ReleasedOrders()])
def test_every_order_of_a_large_account_is_read(stream):
    placed = [NOON - timedelta(days=1, hours=hours) for hours in range(100)]
    found, cursor = read(stream, Listing(placed, most=10))
    assert found == set(placed)
    assert cursor == {"watermark": NOON.isoformat()}


def test_what_fits_into_one_query_is_one_query_a_page():
    listing = Listing([NOON - timedelta(days=day) for day in range(1, 6)], most=10)
    read(SellerOrders(), listing)
    assert listing.queries == 3


def test_a_moment_with_more_than_a_query_shows_does_not_hold_the_rest_up():
    crowd, other = [NOON - timedelta(days=3)] * 9, NOON - timedelta(days=30)
    found, _ = read(SellerOrders(), Listing([*crowd, other], most=5))
    assert found == {crowd[0], other}


def test_a_refused_cursor_begins_the_run_anew_with_its_watermark():
    stream = SellerOrders()
    assert stream.restart({"watermark": "w", "began": "b", "since": "s", "until": "u", "next": "n"}) == {
        "watermark": "w"
    }


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    minutes=st.lists(st.integers(2, 170 * 24 * 60), max_size=40, unique=True),
    most=st.integers(3, 12),
)
def test_nothing_is_left_out_however_orders_are_spread(minutes, most):
    placed = {NOON - timedelta(minutes=5 * count) for count in minutes if 5 * count < 170 * 24 * 60}
    found, _ = read(SellerOrders(), Listing(placed, most=most))
    assert found == placed
