"""Queries, and the feed by `updated_at` that loses no row (commerce-api §3.1, §3.4)."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from urllib.parse import parse_qsl

import pytest

from channel_manager.connectors.adobe_commerce import documents, feeds
from channel_manager.connectors.adobe_commerce.mapping import memos
from channel_manager.connectors.adobe_commerce.mapping.reading import UnreadableAnswer
from channel_manager.connectors.adobe_commerce.search import (
    Filter,
    any_of,
    chunks,
    criteria,
    in_ids,
    moment,
    of_skus,
    skus_at_once,
)
from channel_manager.ports.documents import Keyset

T = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(second):
    return T + timedelta(seconds=second)


def test_criteria_are_spelled_out_and_encoded():
    query = criteria(Filter("updated_at", "2026-01-02 03:04:05", "gteq"), sort=("updated_at",), size=50)
    assert query == (
        "searchCriteria%5BfilterGroups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bfield%5D=updated_at"
        "&searchCriteria%5BfilterGroups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5BconditionType%5D=gteq"
        "&searchCriteria%5BfilterGroups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bvalue%5D=2026-01-02%2003%3A04%3A05"
        "&searchCriteria%5BsortOrders%5D%5B0%5D%5Bfield%5D=updated_at"
        "&searchCriteria%5BsortOrders%5D%5B0%5D%5Bdirection%5D=ASC"
        "&searchCriteria%5BpageSize%5D=50&searchCriteria%5BcurrentPage%5D=1"
    )


@pytest.mark.parametrize("sku", ["A,B", "A/B", "A+B", "A B", "A=B&C", "50%", "naïve-帽子", "#1?"])
def test_skus_survive_the_query(sku):
    pairs = dict(parse_qsl(criteria(any_of("sku", [sku, "second"]))))
    assert pairs["searchCriteria[filterGroups][0][filters][0][value]"] == sku
    assert pairs["searchCriteria[filterGroups][0][filters][1][value]"] == "second"
    assert "+" not in criteria(any_of("sku", [sku]))


def test_groups_are_joined_by_and():
    pairs = dict(parse_qsl(criteria(in_ids("entity_id", [1, 2]), Filter("store_id", 3), fields="total_count")))
    assert pairs["searchCriteria[filterGroups][0][filters][0][value]"] == "1,2"
    assert pairs["searchCriteria[filterGroups][1][filters][0][field]"] == "store_id"
    assert pairs["fields"] == "total_count"


def test_times_are_written_in_utc_without_zone():
    assert moment(datetime(2026, 1, 2, 4, 4, 5, 999, tzinfo=timezone(timedelta(hours=1)))) == "2026-01-02 03:04:05"


def test_chunks_keep_order_and_rest():
    assert list(chunks([1, 2, 3, 4, 5], 2)) == [(1, 2), (3, 4), (5,)]


class Shop:
    """A list of orders that answers like the shop: only conditions that the feed uses, ascending, page 1."""

    def __init__(self, **rows):
        self.rows = {int(name[1:]): second for name, second in rows.items()}
        self.reads = 0
        self.between = {}

    async def read(self, query):
        self.reads += 1
        pairs = dict(parse_qsl(query))
        assert pairs["searchCriteria[currentPage]"] == "1"
        filters = []
        while (key := f"searchCriteria[filterGroups][{len(filters)}][filters][0]") + "[field]" in pairs:
            filters.append(tuple(pairs[f"{key}[{part}]"] for part in ("field", "conditionType", "value")))
        by_id = pairs["searchCriteria[sortOrders][0][field]"] == "entity_id"
        found = [row for row in self._rows() if all(self._holds(row, *one) for one in filters)]
        found.sort(key=lambda row: row["entity_id"] if by_id else (row["updated_at"], row["entity_id"]))
        page = found[: int(pairs["searchCriteria[pageSize]"])]
        self.rows.update(self.between.pop(self.reads, {}))
        return page

    def _rows(self):
        for order_id, second in self.rows.items():
            yield {"entity_id": order_id, "store_id": 1, "updated_at": moment(at(second)), "created_at": moment(T)}

    def _holds(self, row, field, condition, value):
        have = row[field]
        value = value if isinstance(have, str) else int(value)
        return {"eq": have == value, "gt": have > value, "gteq": have >= value}[condition]


async def drain(shop, cursor, limit, at_most=50):
    seen, pages = [], []
    for _ in range(at_most):
        page = await feeds.changed_orders(shop.read, store_id=1, cursor=cursor, limit=limit)
        pages.append(page)
        seen += [(order.order_id, order.updated_at) for order in page.orders]
        cursor = page.cursor
        if not page.more:
            return seen, pages
    raise AssertionError("the feed does not end")


async def test_rows_come_in_order_and_once():
    shop = Shop(o1=3, o2=1, o3=2, o4=2, o5=9)
    seen, pages = await drain(shop, Keyset(updated_at=T), limit=2)
    assert [order_id for order_id, _ in seen] == [2, 3, 4, 1, 5]
    assert pages[-1].cursor == Keyset(updated_at=at(9), order_id=5)


async def test_nothing_new_keeps_the_cursor_and_costs_one_read():
    shop = Shop(o1=0)
    cursor = Keyset(updated_at=T, order_id=1)
    seen, pages = await drain(shop, cursor, limit=5)
    assert (seen, pages[-1].cursor, shop.reads) == ([], cursor, 1)


async def test_a_second_with_more_rows_than_a_page_is_drained():
    shop = Shop(**{f"o{n}": 5 for n in range(1, 12)}, o12=6, o13=4)
    seen, pages = await drain(shop, Keyset(updated_at=T), limit=3)
    assert [order_id for order_id, _ in seen] == [13, *range(1, 13)]
    assert pages[-1].cursor == Keyset(updated_at=at(6), order_id=12)


async def test_a_second_that_fills_its_pages_exactly_is_left():
    shop = Shop(o1=5, o2=5, o3=5, o4=5, o5=7, o6=8, o7=9)
    seen, _ = await drain(shop, Keyset(updated_at=T), limit=2)
    assert [order_id for order_id, _ in seen] == [1, 2, 3, 4, 5, 6, 7]


async def test_a_row_that_moves_while_it_is_read_pushes_none_out():
    """With page numbers row 3 would be skipped: row 1 leaves page 1 and row 3 moves up into it."""
    shop = Shop(o1=1, o2=2, o3=3, o4=4)
    shop.between = {1: {1: 10}}
    seen, _ = await drain(shop, Keyset(updated_at=T), limit=2)
    assert [order_id for order_id, _ in seen] == [1, 2, 3, 4, 1]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
@pytest.mark.parametrize("spread", [1, 2, 5])
async def test_every_row_is_met_for_any_page_size(limit, spread):
    shop = Shop(**{f"o{n}": n % spread for n in range(1, 20)})
    seen, pages = await drain(shop, Keyset(updated_at=T - timedelta(seconds=1)), limit=limit, at_most=100)
    assert sorted(order_id for order_id, _ in seen) == list(range(1, 20))
    cursors = [(page.cursor.updated_at, page.cursor.order_id) for page in pages]
    assert all(before <= after for before, after in pairwise(cursors))


async def test_fractions_of_a_cursors_second_do_not_hide_rows():
    shop = Shop(o1=0)
    page = await feeds.changed_orders(
        shop.read, store_id=1, cursor=Keyset(updated_at=T + timedelta(milliseconds=700)), limit=5
    )
    assert [order.order_id for order in page.orders] == [1]


class Rows:
    """Answers what it is given, call by call."""

    def __init__(self, *pages):
        self.pages = list(pages)
        self.queries = []

    async def __call__(self, query):
        self.queries.append(dict(parse_qsl(query)))
        return self.pages.pop(0)


def order_row(order_id, second=0, **changes):
    return {"entity_id": order_id, "created_at": moment(T), "updated_at": moment(at(second)), **changes}


def document_row(row_id, **changes):
    return {"entity_id": row_id, "order_id": 12, "created_at": moment(T), **changes}


async def test_an_unreadable_order_hides_no_other_and_the_cursor_passes_it():
    broken = order_row(2, 2, increment_id="2000000002", items=[{"item_id": 30, "qty_ordered": "many"}])
    rows = Rows([order_row(1, 1), broken, order_row(3, 3), broken])
    page = await feeds.changed_orders(rows, store_id=1, cursor=Keyset(updated_at=T), limit=4)
    assert [order.order_id for order in page.orders] == [1, 3]
    [told] = page.unreadable
    assert (told.document_id, told.order_id, told.number, told.path, told.raw) == (
        2,
        2,
        "2000000002",
        "items[0].qty_ordered",
        broken,
    )
    assert str(told.problem) == (
        "Commerce sends order 2000000002 in a form that cannot be understood: items[0].qty_ordered is missing or wrong. "
        "Look at it in Commerce and report it."
    )
    assert page.cursor == Keyset(updated_at=at(2), order_id=2)


@pytest.mark.parametrize(
    ("row", "order_id", "path"),
    [
        (None, None, ""),
        ([], None, ""),
        (order_row("x", 1), None, "entity_id"),
        (order_row(7, updated_at="0000-00-00 00:00:00"), 7, "updated_at"),
        (order_row(7, updated_at=None), 7, "updated_at"),
    ],
)
async def test_an_order_without_a_place_moves_nothing(row, order_id, path):
    cursor = Keyset(updated_at=T)
    page = await feeds.changed_orders(Rows([row, order_row(1, 1)]), store_id=1, cursor=cursor, limit=5)
    assert [order.order_id for order in page.orders] == [1]
    assert [(told.order_id, told.path) for told in page.unreadable] == [(order_id, path)]
    assert page.cursor == Keyset(updated_at=at(1), order_id=1)


async def test_a_page_of_nothing_readable_does_not_ask_for_ever():
    cursor = Keyset(updated_at=T, order_id=5)
    rows = Rows([{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 3}], [{"a": 4}, {"a": 4}])
    page = await feeds.changed_orders(rows, store_id=1, cursor=cursor, limit=2)
    assert (page.orders, page.cursor, page.more) == ((), cursor, False)
    assert [told.raw for told in page.unreadable] == [{"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}]


async def test_a_full_page_of_unreadable_orders_with_places_is_passed():
    rows = Rows([order_row(1, 1, items=5), order_row(2, 1, items=5)])
    page = await feeds.changed_orders(rows, store_id=1, cursor=Keyset(updated_at=T), limit=2)
    assert (len(page.unreadable), page.more, page.cursor) == (2, True, Keyset(updated_at=at(1), order_id=2))


@pytest.mark.parametrize(("feed", "name"), [(feeds.new_shipments, "shipments"), (feeds.new_memos, "memos")])
async def test_documents_by_id_pass_what_cannot_be_read(feed, name):
    rows = Rows([document_row(5), document_row(6, order_id=None, increment_id="6"), document_row(7, items=[None])])
    page = await feed(rows, store_id=1, after_id=4, limit=3)
    assert len(getattr(page, name)) == 1
    assert [(told.document_id, told.order_id, told.number, told.path) for told in page.unreadable] == [
        (6, None, "6", "order_id"),
        (7, 12, "", "items[0]"),
    ]
    assert (page.last_id, page.more) == (7, True)
    page = await feed(Rows([None, {}, []]), store_id=1, after_id=7, limit=3)
    assert (page.last_id, page.more, len(page.unreadable)) == (7, False, 3)


async def test_of_many_shipments_an_unreadable_one_is_left_out_and_logged(caplog):
    found = await documents.shipments_by_id(Rows([document_row(5), document_row(6, created_at="")]), [5, 6])
    assert [shipment.shipment_id for shipment in found] == [5]
    assert "shipment 6 of Commerce cannot be understood: created_at" in caplog.text
    with pytest.raises(UnreadableAnswer, match="created_at"):
        await documents.shipments_by_id(Rows([document_row(6, created_at="")]), [6])


async def test_all_documents_of_an_order_are_read_and_none_is_passed_over():
    """A marker might be in the one that cannot be read: then nothing may be repeated."""
    whole = [document_row(number) for number in range(1, 101)]
    rows = Rows(whole, [document_row(101)])
    assert len(await documents.of_order(rows, memos.memo, 12)) == 101
    assert rows.queries[1]["searchCriteria[filterGroups][1][filters][0][value]"] == "100"
    with pytest.raises(UnreadableAnswer, match="order_id"):
        await documents.of_order(Rows([document_row(1), document_row(2, order_id=None)]), memos.memo, 12)


async def test_a_shop_that_repeats_its_page_is_not_asked_for_ever():
    whole = [document_row(number) for number in range(1, 101)]
    assert len(await documents.of_order(Rows(whole, whole), memos.memo, 12)) == 200


def test_skus_are_asked_for_as_many_as_an_address_holds():
    assert [len(some) for some in skus_at_once(f"SKU-{number}" for number in range(245))] == [100, 100, 45]
    for wide in (["帽" * 64 + str(number) for number in range(20)], ["😀" * 40 + f",{number}" for number in range(20)]):
        parts = list(skus_at_once(wide))
        assert [sku for some in parts for sku in some] == wide
        assert len(parts) > 1
        assert all(len(criteria(of_skus(some))) < 7000 for some in parts)
    assert list(skus_at_once([])) == []
    assert list(skus_at_once(["帽" * 5000])) == [("帽" * 5000,)]


def test_skus_that_a_list_would_cut_are_asked_for_one_by_one():
    """Input limits take twenty filters, and count a list as one."""
    skus = [*(f"A,{number}" for number in range(25)), "A/B+C 1", "plain", " led", "trailed "]
    first, second, third = skus_at_once(skus)
    assert first == ("A/B+C 1", "plain")
    assert of_skus(first) == (Filter("sku", "A/B+C 1,plain", "in"),)
    assert (second + third, len(second)) == ((*skus[:25], " led", "trailed "), 20)
    assert of_skus(third) == any_of("sku", third)


async def test_many_shipments_are_read_in_pages_that_every_shop_answers():
    rows = Rows([], [], [])
    await documents.shipments_by_id(rows, range(1, 121))
    sizes = [int(query["searchCriteria[pageSize]"]) for query in rows.queries]
    asked = [query["searchCriteria[filterGroups][0][filters][0][value]"].count(",") + 1 for query in rows.queries]
    assert sizes == asked == [50, 50, 20]
