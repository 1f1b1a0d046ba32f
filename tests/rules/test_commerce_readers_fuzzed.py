"""Whatever a shop answers, its readers understand it or name what is wrong: nothing else, and never a broken message."""

import copy
import dataclasses
import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channel_manager.connectors.adobe_commerce import answers, feeds, postponed, refusals
from channel_manager.connectors.adobe_commerce.catalog.products import Products
from channel_manager.connectors.adobe_commerce.errors import translate, unreadable
from channel_manager.connectors.adobe_commerce.mapping import carts, memos, orders, products, shipments, stock, topology
from channel_manager.connectors.adobe_commerce.mapping.reading import (
    UnreadableAnswer,
    answered_flag,
    answered_id,
    rows,
)
from channel_manager.ports.documents import Keyset
from channel_manager.shared.decoding import decoded
from channel_manager.shared.errors import RemoteError

RECORDED = json.loads((Path(__file__).parent / "recorded" / "commerce.json").read_text())
ERRORS = {f"error {number}": body for number, body in enumerate(RECORDED.pop("errors"))}
RECORDED |= ERRORS
SKUS = ("WHISK-11", "TOWEL-4")
CONNECT = "connect_to_channel_manager"
SHALLOW = settings(max_examples=120, deadline=None, derandomize=True, database=None)
LONG_AGO, FAR_OFF = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def nested(levels):
    inner = {"end": 1}
    for level in range(levels):
        inner = [inner] if level % 2 else {"in": inner}
    return inner


ODDITIES = (
    *(None, True, False, 0, -1, 1.5, 2**63, 10**30, -(10**30), 10**5000, 1e300, math.nan, math.inf, -math.inf),
    *("", " ", "abc", "-3", "12.0000", "0.5", "NaN", "sNaN", "Infinity", "1e999999", "9" * 5000, "１２", "1_0"),
    *("\x00", "a\x00b", "\ud800", "x\udfffy", "😀" * 300, "%s %(said)s %1 100%", "0000-00-00 00:00:00"),
    *("9999-12-31 23:59:59", "2026-02-30 00:00:00", "2026-11-23T12:00:00Z", "2026-11-23 12:00:00.123456"),
    *([], {}, [None], [[]], {"a": 1}, {"0": {"entity_id": 1}}, [1, "x", None], nested(300)),
)
READERS = {
    "order": lambda given: orders.order(given["order"]),
    "shipment": lambda given: shipments.shipment(given["shipment"]),
    "memo": lambda given: memos.memo(given["memo"]),
    "cart": lambda given: carts.cart(given["cart"]),
    "cart_item": lambda given: carts.cart_item(given["cart_item"]),
    "quote": lambda given: carts.cart_quote(given["quote"]),
    "salable": lambda given: stock.salable(SKUS, answers.listed({"items": given["salable"]})),
    "source_items": lambda given: stock.by_source(SKUS, answers.listed({"items": given["source_items"]})),
    "stock_item": lambda given: (stock.legacy_salable(given["stock_item"]), stock.legacy_source(given["stock_item"])),
    "product": lambda given: products.product(given["product"], attribute=CONNECT),
    "store_views": lambda given: topology.store_views(
        *(rows(given, name) for name in ("store_views", "websites", "store_configs"))
    ),
    "websites": lambda given: (
        topology.store_views(*(rows(given, name) for name in ("store_views", "websites", "store_configs"))),
        topology.website_id(rows(given, "websites"), "walmart"),
    ),
    "store_configs": lambda given: (
        topology.store_views(*(rows(given, name) for name in ("store_views", "websites", "store_configs"))),
        [topology.settings(row, has_sources=True) for row in rows(given, "store_configs")],
    ),
}


def places(data, at=()):
    """Every place in a JSON value."""
    yield at
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, value in inner:
        yield from places(value, (*at, name))


DAMAGE = st.tuples(
    st.integers(0, 9999),
    st.sampled_from(("drop", "replace", "replace", "replace", "wrap", "double")),
    st.integers(0, len(ODDITIES) - 1),
)


def damaged(names):
    """A recorded document with up to four members dropped, replaced, wrapped or doubled; and its name."""
    return st.builds(_damaged, st.sampled_from(sorted(names)), st.lists(DAMAGE, min_size=1, max_size=4))


def _damaged(name, damage):
    holder = {name: copy.deepcopy(RECORDED[name])}
    for number, kind, oddity in damage:
        found = list(places(holder[name], (name,)))
        *steps, at = found[number % len(found)]
        target = holder
        for step in steps:
            target = target[step]
        change(target, at, kind, copy.deepcopy(ODDITIES[oddity]))
    return name, holder[name]


def change(target, at, kind, oddity):
    if kind == "drop" and len(target) > 1:
        del target[at]
    elif kind == "wrap":
        target[at] = {"0": target[at], "5": target[at]} if isinstance(at, int) else [target[at]]
    elif kind == "double" and isinstance(target, list):
        target.append(copy.deepcopy(target[at]))
    else:
        target[at] = oddity


def check(value):
    """Whether PostgreSQL holds it: text without NUL and halves of characters, finite money, moments with a zone."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            check_raw(value.raw) if field.name == "raw" else check(getattr(value, field.name))
    elif isinstance(value, msgspec.Struct | dict):
        value = msgspec.structs.asdict(value) if isinstance(value, msgspec.Struct) else value
        check(list(value.keys()) + list(value.values()))
    elif isinstance(value, tuple | list):
        for one in value:
            check(one)
    elif isinstance(value, str):
        assert "\x00" not in value
        value.encode()
    elif isinstance(value, Decimal):
        assert value.is_finite()
        assert abs(value) <= 3 * Decimal(10) ** 12
    elif isinstance(value, datetime):
        assert LONG_AGO <= value <= FAR_OFF
    elif not isinstance(value, date):
        assert value is None or isinstance(value, bool) or abs(value) < 2**63


def check_raw(raw):
    encoded = msgspec.json.encode(raw)
    assert b"\\u0000" not in encoded
    encoded.decode()


def test_what_was_recorded_is_understood():
    for read in READERS.values():
        check(read(RECORDED))
    assert orders.order(RECORDED["order"]).money["total_refunded"] == Decimal("16.64")
    assert memos.memo(RECORDED["memo"]).total == Decimal("16.64")
    assert products.product(RECORDED["product"], attribute=CONNECT).special_price == Decimal("14.50")


@SHALLOW
@given(damaged(READERS))
def test_a_damaged_document_is_understood_or_named(damaged):
    name, document = damaged
    try:
        check(READERS[name]({**RECORDED, name: document}))
    except UnreadableAnswer as error:
        check(error.path)
        check(str(error))


@pytest.mark.parametrize(
    "oddity", ODDITIES, ids=lambda oddity: repr(oddity)[:20] if not isinstance(oddity, int) else ""
)
def test_every_member_of_every_document_may_be_odd(oddity):
    """Each single place of each document, one at a time."""
    given = copy.deepcopy(RECORDED)
    for name, read in READERS.items():
        for *steps, at in list(places(given[name], (name,))):
            target = given
            for step in steps:
                target = target[step]
            usual, target[at] = target[at], oddity
            try:
                check(read(given))
            except UnreadableAnswer as error:
                check(error.path)
            target[at] = usual


FEEDS = {
    "order": lambda read: feeds.changed_orders(
        read, store_id=1, cursor=Keyset(updated_at=datetime(2020, 1, 1, tzinfo=UTC)), limit=3
    ),
    "shipment": lambda read: feeds.new_shipments(read, store_id=1, after_id=0, limit=3),
    "memo": lambda read: feeds.new_memos(read, store_id=1, after_id=0, limit=3),
}


@SHALLOW
@given(damaged(FEEDS))
async def test_one_damaged_document_hides_no_other_of_its_page(damaged):
    name, document = damaged
    before, after = ({**RECORDED[name], "entity_id": number} for number in (900, 999))
    before["updated_at"], after["updated_at"] = "2026-11-23 00:00:00", "2199-11-24 00:00:00"

    async def read(query):
        return [before, document, after]

    page = await FEEDS[name](read)
    check(page)
    understood = {"order": "orders", "shipment": "shipments", "memo": "memos"}[name]
    ids = [getattr(one, f"{name}_id") for one in getattr(page, understood)]
    assert (ids[0], ids[-1]) == (900, 999)
    assert len(ids) + len(page.unreadable) == 3


class Shop:
    """A client whose lists are these rows."""

    def __init__(self, *rows):
        self.rows = list(rows)

    async def products(self, query):
        return self.rows

    async def id(self):
        return 2


CATALOG = {
    "page": lambda reader: reader.after(0, attribute=CONNECT, limit=3),
    "changed": lambda reader: reader.changed(
        Keyset(updated_at=datetime(2020, 1, 1, tzinfo=UTC)), attribute=CONNECT, limit=3
    ),
    "by_sku": lambda reader: reader.by_sku(("FIRST", "TOWEL-4", "LAST"), attribute=CONNECT),
}


@pytest.mark.parametrize("read", CATALOG)
@SHALLOW
@given(document=damaged(["product"]))
async def test_one_damaged_product_hides_no_other_and_stops_no_feed(read, document):
    before = {**RECORDED["product"], "id": 900, "sku": "FIRST", "updated_at": "2026-11-23 00:00:00"}
    after = {**RECORDED["product"], "id": 999, "sku": "LAST", "updated_at": "2199-11-24 00:00:00"}
    shop = Shop(before, document[1], after)
    found = await CATALOG[read](Products(shop, shop))
    check(found)
    understood = found.products if read == "page" else found[0] if read == "changed" else found
    assert (understood[0].product_id, understood[-1].product_id) == (900, 999)
    if read == "page":
        assert len(understood) + len(found.unreadable) == 3
        assert found.last_id >= 999
    if read == "changed":
        assert found[1] == Keyset(updated_at=datetime(2199, 11, 24, tzinfo=UTC), order_id=999)


@SHALLOW
@given(damaged(ERRORS), st.sampled_from((400, 401, 404, 500)))
def test_a_damaged_error_is_an_error_with_words(damaged, status):
    _, body = damaged
    explain = postponed.product("HAT")
    encoded = json.dumps(body).encode()
    for error in (
        translate(status, {}, encoded, writes=False),
        translate(status, {}, encoded, writes=True, explain=explain),
        translate(status, {}, encoded, writes=True, explain=postponed.address, bearer=True),
    ):
        assert isinstance(error, RemoteError)
        check([str(error), error.said, error.field, dict(error.sentence.values)])
        assert len(str(error)) < 3000


@SHALLOW
@given(st.data())
def test_damaged_bytes_are_json_or_none(data):
    body = bytearray(json.dumps(RECORDED["shipment"], ensure_ascii=data.draw(st.booleans())).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body) - 1))
        piece = data.draw(
            st.sampled_from((b"", b"\xff", b"\x00", b"\\u0000", b"\\ud800", b"\\uDC00", b"NaN", b"1e999", b"9" * 5000))
        )
        length = data.draw(st.sampled_from((0, 1, 5, len(body))))
        body[place : place + length] = piece
        if not body:
            break
    try:
        found = decoded(bytes(body))
    except ValueError:
        check([str(unreadable(200, bytes(body), writes=writes)) for writes in (True, False)])
        return
    check_raw(found)
    for error in (translate(500, {}, bytes(body), writes=True), unreadable(200, bytes(body), writes=False)):
        check([str(error), error.said])


@pytest.mark.parametrize(
    "body", [b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b"[" * 100_000, b'"\\u0000' * 9]
)
def test_nesting_without_end_is_no_json(body):
    with pytest.raises(ValueError, match=r".+"):
        decoded(body)
    assert isinstance(translate(500, {}, body, writes=True), RemoteError)


def test_one_broken_string_does_not_make_a_page_unreadable():
    assert decoded(b'{"items": ["\\ud800a", "b\xff", "c\\u0000", NaN, -Infinity, 1e999, ' + b"9" * 5000 + b"]}") == {
        "items": ["?a", "b\ufffd", "c", "NaN", "-Infinity", "1e999", "9" * 40 + "…"]
    }


@pytest.mark.parametrize(
    "oddity", ODDITIES, ids=lambda oddity: repr(oddity)[:20] if not isinstance(oddity, int) else ""
)
def test_odd_answers_of_writes_are_ids_flags_or_named(oddity):
    for read in (answered_id, answered_flag):
        try:
            check(read(oddity))
        except UnreadableAnswer as error:
            check(error.path)
    if not isinstance(oddity, dict):
        with pytest.raises(UnreadableAnswer):
            carts.cart(oddity)


def test_every_template_has_places_that_are_filled():
    """A shop's words with percent signs never break a sentence."""
    for sentence in (
        refusals.known("Could not save a shipment"),
        refusals.product("x"),
        refusals.placing("out of stock"),
    ):
        assert "%(said)s" in sentence.template or "%(sku)s" in sentence.template
