"""Answers of Walmart that have been damaged at random: what comes out is usable, or an error with a name."""

import copy
import json
import random
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channel_manager.connectors.walmart import checks, limits
from channel_manager.connectors.walmart.auth import token_in
from channel_manager.connectors.walmart.client import Call, outcome
from channel_manager.connectors.walmart.errors import error_for, token_error
from channel_manager.connectors.walmart.mapping.feeds import feed_id, onward, report, summaries
from channel_manager.connectors.walmart.mapping.inventory import inventories_page, is_stock, stated, wfs_page
from channel_manager.connectors.walmart.mapping.items import FARTHEST, items_page, place
from channel_manager.connectors.walmart.mapping.orders import incoming_order, orders_page
from channel_manager.connectors.walmart.mapping.prices import answered, is_price
from channel_manager.connectors.walmart.mapping.reading import Unreadable
from channel_manager.connectors.walmart.mapping.returns import incoming_return, returns_page
from channel_manager.ports.catalog import FeedKind, FeedReport, RowOutcome
from channel_manager.ports.messages import Check, Fulfilment, IncomingOrder, UnreadableOrder
from channel_manager.ports.returns import IncomingReturn, UnreadableReturn
from channel_manager.shared.errors import RemoteError
from channel_manager.shared.http import Answer
from channel_manager.shared.sentences import Sentence

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MANY = settings(derandomize=True, max_examples=120, deadline=None, database=None)
FEWER = settings(MANY, max_examples=80)
SEEDS = st.integers(0, 2**32)


def usd(amount):
    return {"currency": "USD", "amount": amount}


def money(amount):
    return {"currencyAmount": amount, "currencyUnit": "USD"}


def each(count):
    return {"unitOfMeasure": "EACH", "measurementValue": count}


def order(number):
    charge = {
        "chargeType": "PRODUCT",
        "chargeName": "ItemPrice",
        "chargeAmount": usd(19.99),
        "tax": {"taxName": "Tax1", "taxAmount": usd(1.6)},
    }
    refunded = {**charge, "chargeAmount": usd(-5.0), "tax": None}
    tracking = {
        "shipDateTime": 1795435200000,
        "carrierName": {"otherCarrier": None, "carrier": "UPS"},
        "methodCode": "Standard",
        "trackingNumber": "1Z999",
    }
    line = {
        "lineNumber": "4",
        "item": {"productName": "Teepee", "sku": "TEE/1 +"},
        "charges": {"charge": [charge, {**charge, "chargeType": "SHIPPING", "chargeName": "Shipping"}]},
        "orderLineQuantity": {"unitOfMeasurement": "EACH", "amount": "2"},
        "statusDate": -62135596800000,
        "orderLineStatuses": {
            "orderLineStatus": [
                {"status": "Acknowledged", "statusQuantity": {"unitOfMeasurement": "EACH", "amount": "1"}},
                {
                    "status": "Shipped",
                    "statusQuantity": {"unitOfMeasurement": "EACH", "amount": "1"},
                    "trackingInfo": tracking,
                },
            ]
        },
        "refund": {"refundId": "7", "refundCharges": {"refundCharge": [{"refundReason": "x", "charge": refunded}]}},
        "intentToCancel": "TRUE",
    }
    return {
        "purchaseOrderId": number,
        "customerOrderId": "5281956426648",
        "customerEmailId": "3A31@relay.walmart.com",
        "orderType": "REPLACEMENT",
        "originalCustomerOrderID": "5281956426640",
        "orderDate": 1795435200000,
        "shippingInfo": {
            "phone": "2175550100",
            "estimatedShipDate": 1795521600000,
            "estimatedDeliveryDate": 1795780800000,
            "methodCode": "Value",
            "postalAddress": {"name": "Alice Baker", "address1": "100 Main St", "state": "IL", "country": "USA"},
        },
        "orderLines": {"orderLine": [line, {**copy.deepcopy(line), "lineNumber": "5"}]},
        "orderSummary": {"totalAmount": money(21.59)},
        "shipNode": {"type": "SellerFulfilled", "id": "10000003527"},
    }


def returned(number):
    tax = {"taxName": "Tax1", "excessTax": money(0), "taxPerUnit": money(7.5)}
    charge = {"chargeCategory": "PRODUCT", "chargePerUnit": money(119.95), "isDiscount": False, "tax": [tax]}
    stage = {
        "status": "COMPLETED",
        "statusTime": "2026-11-22T02:20:51.000Z",
        "currentRefundStatus": "REFUND_INITIATED",
        "quantity": each(1),
    }
    line = {
        "returnOrderLineNumber": 1,
        "returnReason": "ARRIVED_LATE",
        "purchaseOrderId": "4790210558890",
        "purchaseOrderLineNumber": 1,
        "isReturnForException": True,
        "exceptionItemType": "HAZMAT",
        "item": {"sku": "ANTL", "productName": "Antlion"},
        "charges": [{**charge, "isBillable": True, "excessCharge": money(0)}],
        "unitPrice": money(119.95),
        "chargeTotals": [
            {"name": "lineProductTaxes", "value": money(15)},
            {"name": "lineTotal", "value": money(254.9)},
        ],
        "currentTrackingStatuses": [stage, {**stage, "status": "DELIVERED", "currentRefundStatus": None}],
        "refundChannels": [{"refundChannelName": "InstantRefund", "quantity": {"measurementValue": 1}}],
        "quantity": each(2),
        "returnExpectedFlag": True,
        "isKeepIt": False,
        "refundedQty": 1,
        "returnTrackingDetail": [
            {"sequenceNo": 1, "eventTag": "DELIVERED_AT_RETURN_CENTER", "eventTime": "2026-11-22T00:46:11.000Z"},
            {"sequenceNo": 0, "eventTag": "RETURN_INITIATED", "eventTime": "2026-11-20T01:01:08.000Z"},
        ],
        "status": "DELIVERED",
        "statusTime": "2026-11-22T05:45:45.000Z",
    }
    label = {"carrierInfoList": [{"carrierName": "FEDEX", "trackingNo": "785611449666"}]}
    return {
        "returnOrderId": number,
        "customerOrderId": "1234567891234",
        "returnOrderDate": "2026-11-20T01:01:08.000Z",
        "returnType": "REFUND",
        "returnByDate": "2026-12-23T01:01:06.000Z",
        "totalRefundAmount": money(254.9),
        "returnLineGroups": [{"returnLines": [{"returnOrderLineNumber": 1}], "labels": [label]}],
        "returnOrderLines": [line],
    }


def listed(number):
    return {
        "mart": "WALMART_US",
        "sku": number,
        "wpid": "0RE1TWYTKBKH",
        "upc": "",
        "productName": "Teepee",
        "shelf": '["Home Page"]',
        "price": usd(59.99),
        "publishedStatus": "UNPUBLISHED",
        "unpublishedReasons": {"reason": ["No tax code.", "No shipping price."]},
        "lifecycleStatus": "ACTIVE",
        "variantGroupInfo": {"isPrimary": "true", "groupingAttributes": [{"name": "color", "value": "red"}]},
    }


def stocked(number):
    def units(amount):
        return {"unit": "EACH", "amount": amount}

    node = {"shipNode": "10000003527", "inputQty": units(9), "availToSellQty": units(6), "reservedQty": units(3)}
    return {"sku": number, "nodes": [node, {**node, "shipNode": "10000003528", "inputQty": units(1)}]}


def in_wfs(number):
    """In both of the shapes at once."""
    nodes = [{"modifiedDate": "2026-11-22T00:46:11.000Z", "availToSellQty": 4, "shipNodeType": "WFSFulfilled"}]
    return {"sku": number, "shipNodes": nodes, "itemInformation": {"sku": number, "gtin": "00886859944807"}}


def row_of_feed(number, status="DATA_ERROR"):
    fault = {"type": "DATA_ERROR", "code": "ERR_EXT_DATA_0101119", "field": "sku", "description": "Taken"}
    return {
        "martId": 0,
        "sku": f"S{number}",
        "wpid": "71ZLHHMKNS6G",
        "index": number,
        "itemid": "51681142",
        "ingestionStatus": status,
        "ingestionErrors": {"ingestionError": [fault] if status == "DATA_ERROR" else []},
    }


def feed_of(rows):
    return {
        "feedId": "F129%40X",
        "feedType": "inventory",
        "feedStatus": "PROCESSED",
        "feedDate": 1795435200000,
        "itemsReceived": 60,
        "itemsSucceeded": 50,
        "itemsFailed": 10,
        "itemsProcessing": 0,
        "fileName": "rows.json",
        "ingestionErrors": {"ingestionError": []},
        "itemDetails": {"itemIngestionStatus": rows},
    }


TOKEN = {"access_token": "eyJraWQiOi", "token_type": "Bearer", "expires_in": 900}
DETAIL = {
    "expire_at": "1560973098000",
    "is_valid": True,
    "is_channel_match": True,
    "scopes": {"reports": "view_only", "orders": "full_access", "returns": "full_access"},
}
FAULT = {
    "code": "INVALID_REQUEST_CONTENT.GMP_ORDER_API",
    "field": "methodCode",
    "description": "Method code is not supported in line number 1",
    "severity": "ERROR",
    "causes": [{"code": "x", "description": "y"}],
    "errorIdentifiers": {"entry": []},
}
ERRORS = [
    {"errors": {"error": [FAULT]}},
    {"error": [FAULT]},
    {"errors": [{**FAULT, "message": "x"}]},
    {"error": "invalid_client", "error_description": "no"},
]

# -- damage --


class Raw(str):
    """Written into the JSON as it is."""

    __slots__ = ()


class Twice(dict):
    """Its members are written twice, the second time with another value."""


STRANGE = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    "",
    " ",
    "x",
    "0",
    "-3",
    "1e5",
    "NaN",
    "Infinity",
    "9" * 60,
    "\x00",
    "a\x00b",
    "\u2028",
    "🛒" * 50,
    "0001-01-01T00:00:00+23:00",
    "9999-12-31T23:59:59-23:00",
    "2026-02-30",
    10**30,
    -(10**30),
    1795435200000000,
    [],
    {},
    [[]],
    [None],
    {"amount": None},
    {"measurementValue": "x"},
    ["x", 1, None],
    Raw("NaN"),
    Raw("-Infinity"),
    Raw("1e999"),
    Raw("-0.0"),
    Raw("1E-400"),
    Raw("9" * 5000),
    Raw('"\\ud83c"'),
    Raw('"\\udf1e\\ud83c\\u0000"'),
    Raw('"tab\there"'),
    Raw("[" * 200 + "]" * 200),
    Raw('{"a":' * 90 + "1" + "}" * 90),
]


def places(data, path=()):
    """All paths into the document."""
    members = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in members:
        yield (*path, key)
        yield from places(value, (*path, key))


def damage(chance, data):
    """One member is dropped, replaced, wrapped, doubled, or swapped with another."""
    document = {"": data}
    path = chance.choice(list(places(document)))
    target = document
    for key in path[:-1]:
        target = target[key]
    value = target[path[-1]]
    match chance.randrange(6):
        case 0 if len(path) > 1:
            del target[path[-1]]
        case 1:
            target[path[-1]] = [value]
        case 2:
            target[path[-1]] = {"value": value}
        case 3 if isinstance(value, dict):
            target[path[-1]] = Twice(value)
        case 4 if isinstance(value, list) and value:
            target[path[-1]] = [*value, copy.deepcopy(chance.choice(value))]
        case 5 if isinstance(value, int | float) and not isinstance(value, bool):
            target[path[-1]] = chance.choice([str(value), -value, value * 10**12, value / 3])
        case _:
            target[path[-1]] = copy.deepcopy(chance.choice(STRANGE))
    return document[""]


def damaged(chance, data, times=4):
    document = copy.deepcopy(data)
    for _ in range(chance.randint(1, times)):
        document = damage(chance, document) if isinstance(document, dict | list) else document
    return document


def written(data):
    if isinstance(data, Raw):
        return str(data)
    if isinstance(data, dict):
        members = [f"{json.dumps(str(key))}:{written(value)}" for key, value in data.items()]
        doubled = [f"{json.dumps(str(key))}:null" for key in data] if isinstance(data, Twice) else []
        return "{" + ",".join(doubled + members) + "}"
    if isinstance(data, list):
        return "[" + ",".join(written(item) for item in data) + "]"
    return json.dumps(data)


def torn(chance, body):
    """Now and then the bytes themselves are damaged too."""
    if not body or chance.random() < 0.8:
        return body
    at = chance.randrange(len(body))
    return chance.choice(
        [body[:at], body[:at] + b"\xff\xfe" + body[at:], body[:at] + b"\x00" + body[at + 1 :], b"\xef\xbb\xbf" + body]
    )


# -- what is usable --


def assert_usable(value):
    """It can be stored in PostgreSQL as text, jsonb, numeric and timestamptz."""
    if is_dataclass(value):
        for member in fields(value):
            assert_usable(getattr(value, member.name))
    elif isinstance(value, dict):
        json.dumps(value, allow_nan=False)
        for key, item in value.items():
            assert_usable(key)
            assert_usable(item)
    elif isinstance(value, list | tuple):
        for item in value:
            assert_usable(item)
    elif isinstance(value, str) and not isinstance(value, Enum):
        assert "\x00" not in value
        value.encode()
    elif isinstance(value, Decimal):
        assert value.is_finite()
        assert abs(value) < 10**20
        assert value == value.quantize(Decimal("0.01"))
    elif isinstance(value, datetime):
        assert value.utcoffset() is not None
        assert 2000 <= value.year <= 2200


def assert_named(error):
    assert isinstance(error.sentence, Sentence)
    assert str(error.sentence).endswith(".")
    assert_usable([error.said, error.field, error.code, str(error)])


def read_page(body, call, reader):
    """The page, or None if the answer is an error by name."""
    try:
        data = outcome(Answer(status=200, headers={}, body=body), call, now=NOON)
    except RemoteError as error:
        assert_named(error)
        return None
    return reader(data, fulfilment=Fulfilment.SELLER, cursor=None)


LISTS = {
    "orders": (
        Call(family="orders", path="", brings=("list",), lists=True),
        orders_page,
        order,
        lambda found: {"list": {"meta": {"totalCount": 3, "nextCursor": "?a=1"}, "elements": {"order": found}}},
        lambda page: page.orders,
        (IncomingOrder, UnreadableOrder),
    ),
    "returns": (
        Call(family="returns", path="", brings=("returnOrders",), lists=True),
        returns_page,
        returned,
        lambda found: {"meta": {"totalCount": 3, "nextCursor": "?a=1"}, "returnOrders": found},
        lambda page: page.returns,
        (IncomingReturn, UnreadableReturn),
    ),
}


@pytest.mark.parametrize("kind", LISTS)
def test_the_undamaged_is_read(kind):
    call, reader, make, page_of, rows, (readable, _) = LISTS[kind]
    found = rows(read_page(written(page_of([make("1")])).encode(), call, reader))
    assert [type(one) for one in found] == [readable]
    assert_usable(found)


@pytest.mark.parametrize("kind", LISTS)
@MANY
@given(seed=SEEDS)
def test_a_damaged_one_never_hides_the_others_of_its_page(kind, seed):
    call, reader, make, page_of, rows, kinds = LISTS[kind]
    chance = random.Random(seed)
    whole = [make("1"), damaged(chance, make("2")), make("3")]
    found = rows(read_page(written(page_of(whole)).encode(), call, reader))
    assert len(found) == 3
    for one, number in ((found[0], "1"), (found[2], "3")):
        assert (type(one), one.number) == (kinds[0], number)
    assert isinstance(found[1], kinds)
    assert_usable(found)
    if isinstance(found[1], kinds[1]):
        assert found[1].problem.values["path"]


@pytest.mark.parametrize("kind", LISTS)
@FEWER
@given(seed=SEEDS)
def test_a_damaged_page_is_a_page_or_an_error_by_name(kind, seed):
    call, reader, make, page_of, rows, kinds = LISTS[kind]
    chance = random.Random(seed)
    page = read_page(torn(chance, written(damaged(chance, page_of([make("1"), make("2")]), 8)).encode()), call, reader)
    if page is not None:
        assert all(isinstance(one, kinds) for one in rows(page))
        assert page.next_cursor is None or isinstance(page.next_cursor, str)
        assert_usable(page)


@pytest.mark.parametrize(("make", "reader"), [(order, incoming_order), (returned, incoming_return)])
@FEWER
@given(seed=SEEDS)
def test_what_cannot_be_understood_names_the_member(make, reader, seed):
    body = written({"order": damaged(random.Random(seed), make("1"), 6)}).encode()
    try:
        data = outcome(Answer(status=200, headers={}, body=body), Call(family="orders", path=""), now=NOON)
    except RemoteError as error:
        assert_named(error)
        return
    try:
        found = reader(data["order"], fulfilment=Fulfilment.SELLER)
    except Unreadable as unreadable:
        found = unreadable.path or pytest.fail("It names nothing.")
    assert_usable(found)


# -- items, stock and feeds: a row that cannot be read is told beside the others --

ROWS = {
    "items": (
        Call(family="items", path="", brings=("ItemResponse",), lists=True),
        lambda data: items_page(data, offset=200),
        listed,
        lambda found: {"ItemResponse": found, "totalItems": 900, "nextCursor": "AoE/+="},
        lambda page: page.items,
    ),
    "stock": (
        Call(family="inventories", path="", brings=("elements",), lists=True),
        lambda data: inventories_page(data, cursor=None),
        stocked,
        lambda found: {"meta": {"totalCount": 900, "nextCursor": "x"}, "elements": {"inventories": found}},
        lambda page: page.inventories,
    ),
}


def read_rows(body, call, reader):
    """What the reader makes of it, or None if it is an error by name."""
    try:
        data = outcome(Answer(status=200, headers={}, body=body), call, now=NOON)
    except RemoteError as error:
        assert_named(error)
        return None
    return reader(data)


def assert_catalogue_usable(value):
    """Structs of messages, which know their fields by another name than dataclasses."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            assert_catalogue_usable(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            assert_catalogue_usable(item)
    elif isinstance(value, int):
        assert 0 <= value < 2**63
    else:
        assert_usable(value)


@pytest.mark.parametrize("kind", ROWS)
@MANY
@given(seed=SEEDS)
def test_a_damaged_row_never_hides_the_others(kind, seed):
    call, reader, make, page_of, rows = ROWS[kind]
    chance = random.Random(seed)
    page = read_rows(written(page_of([make("1"), damaged(chance, make("2")), make("3")])).encode(), call, reader)
    found = rows(page)
    assert len(found) + len(page.unreadable) == 3
    assert ((found[0].sku, found[-1].sku), page.total, bool(page.cursor)) == (("1", "3"), 900, True)
    assert_catalogue_usable(page)


@pytest.mark.parametrize("kind", ROWS)
@FEWER
@given(seed=SEEDS)
def test_damaged_pages_of_rows_are_pages_or_errors_by_name(kind, seed):
    call, reader, make, page_of, _ = ROWS[kind]
    chance = random.Random(seed)
    body = torn(chance, written(damaged(chance, page_of([make("1"), make("2")]), 8)).encode())
    page = read_rows(body, call, reader)
    if page is not None:
        assert_catalogue_usable(page)
        if kind == "items" and page.cursor is not None:
            assert 200 < place(page.cursor)[1] < FARTHEST


@FEWER
@given(seed=SEEDS)
def test_a_damaged_page_of_walmarts_own_stock_never_passes_for_none(seed):
    chance = random.Random(seed)
    call = Call(family="wfs_inventory", path="", brings=("payload",), lists=True)
    whole = {"headers": {"totalCount": 3}, "payload": {"inventory": [in_wfs("1"), damaged(chance, in_wfs("2"))]}}
    skus, following = read_rows(written(whole).encode(), call, lambda data: wfs_page(data, offset=0))
    assert skus[0] == "1"
    assert following == 2
    assert_catalogue_usable(skus)
    hurt = torn(chance, written(damaged(chance, whole, 8)).encode())
    with suppress(Unreadable):
        assert_catalogue_usable((read_rows(hurt, call, lambda data: wfs_page(data, offset=0)) or ((), 0))[0])


@MANY
@given(seed=SEEDS)
def test_a_damaged_row_of_a_feed_loses_no_other(seed):
    chance = random.Random(seed)
    call = Call(family="feeds", path="", brings=("feedId", "feedStatus"))
    rows = [row_of_feed(50, "SUCCESS"), damaged(chance, row_of_feed(51)), row_of_feed(52, "TIMEOUT_ERROR")]
    found = read_rows(written(feed_of(rows)).encode(), call, lambda data: report(data, "F129@X", rows_from=50))
    assert isinstance(found, FeedReport)
    assert len(found.rows) == 3
    assert [(row.index, row.sku, row.outcome) for row in found.rows[::2]] == [
        (50, "S50", RowOutcome.ACCEPTED),
        (52, "S52", RowOutcome.AGAIN),
    ]
    assert found.rows[1].outcome is not RowOutcome.ACCEPTED
    assert (found.following, found.feed.feed_id) == (53, "F129@X")
    assert_catalogue_usable(found)


@FEWER
@given(seed=SEEDS)
def test_damaged_feeds_are_told_or_errors_by_name(seed):
    chance = random.Random(seed)
    call = Call(family="feeds", path="", brings=("feedId", "feedStatus"))
    body = torn(chance, written(damaged(chance, feed_of([row_of_feed(0), row_of_feed(1)]), 8)).encode())
    for rows_from in (None, 0):
        found = read_rows(body, call, lambda data, rows_from=rows_from: report(data, "F", rows_from=rows_from))
        assert_catalogue_usable(found or ())
    call = Call(family="feeds", path="", brings=("results", "totalResults"), lists=True)
    whole = {"totalResults": 90, "results": {"feed": [feed_of([]), damaged(chance, feed_of([])), feed_of([])]}}
    told = read_rows(written(whole).encode(), call, lambda data: (summaries(data, FeedKind.STOCK), onward(data, 0)))
    assert len(told[0]) >= 2
    assert told[1] == (3, True)
    assert_catalogue_usable(told[0])


@FEWER
@given(seed=SEEDS)
def test_a_damaged_confirmation_confirms_nothing_or_what_was_sent(seed):
    chance = random.Random(seed)
    stock = {"sku": "A", "quantity": {"unit": "EACH", "amount": 5}}
    call = Call(family="set_stock", method="PUT", path="", brings=("sku", "quantity"))
    hurt = read_rows(torn(chance, written(damaged(chance, stock)).encode()), call, lambda data: data) or {}
    assert not is_stock(hurt, "A", 6)
    assert not is_stock(hurt, "B", 5)
    with suppress(Unreadable):
        assert_catalogue_usable(stated(hurt))
    price = {"ItemPriceResponse": {"mart": "WALMART_US", "sku": "A", "message": "Thank you."}}
    call = Call(family="set_price", method="PUT", path="", brings=("ItemPriceResponse", "sku"))
    hurt = read_rows(torn(chance, written(damaged(chance, price)).encode()), call, answered) or {}
    assert not is_price(hurt, "B")
    call = Call(family="feed_stock", method="POST", path="", brings=("feedId",))
    submitted = {"feedId": "F129@X", "additionalAttributes": None, "errors": None}
    found = read_rows(torn(chance, written(damaged(chance, submitted)).encode()), call, feed_id)
    assert_usable(found or "")


@FEWER
@given(seed=SEEDS)
def test_a_damaged_token_is_a_token_or_an_error_by_name(seed):
    chance = random.Random(seed)
    body = torn(chance, written(damaged(chance, TOKEN)).encode())
    try:
        token = token_in(Answer(status=200, headers={}, body=body), now=NOON)
    except RemoteError as error:
        assert_named(error)
    else:
        assert 1 <= token.seconds <= 86_400
        assert token.value.isprintable()
        token.value.encode()


@FEWER
@given(seed=SEEDS)
async def test_a_damaged_detail_of_a_token_is_still_a_list_of_checks(seed):
    body = written(damaged(random.Random(seed), DETAIL, 3)).encode()
    call = Call(family="token", path="", brings=("scopes", "is_valid"))

    async def detail():
        return outcome(Answer(status=200, headers={}, body=body), call, now=NOON)

    async def nothing(*_):
        return {}

    client = SimpleNamespace(renew_token=nothing, token_detail=detail, orders=nothing)
    found = await checks.run(client, {})
    assert all(isinstance(check, Check) for check in found)
    assert {"credentials", "permissions", "orders"} <= {check.name for check in found}
    assert_usable([str(check.sentence) for check in found])


@FEWER
@given(seed=SEEDS, status=st.sampled_from([200, 302, 400, 401, 403, 404, 423, 429, 500, 503, 520]))
def test_a_damaged_error_is_still_an_error_by_name(seed, status):
    chance = random.Random(seed)
    body = torn(chance, written(damaged(chance, chance.choice(ERRORS))).encode())
    told = {
        "x-next-replenishment-time": str(chance.choice(STRANGE)),
        "x-current-token-count": str(chance.choice(STRANGE)),
    }
    answer = Answer(status=status, headers=told, body=body)
    for action in ("read", "ship", "refund_return", "set_stock", "set_price", "feed_stock"):
        assert_named(error_for(answer, action=action, now=NOON))
    assert_named(token_error(answer, now=NOON))
    budget = limits.budget("ship", told, NOON)
    assert budget is None or budget.remaining is None or budget.remaining >= 0
    call = Call(family="ship", path="", method="POST")
    with pytest.raises(RemoteError) as caught:
        outcome(answer, call, now=NOON)
    assert_named(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"list": {"elements": {"order": ' + b"[" * 5000 + b"]" * 5000 + b"}}}",
        b"\x00" * 1000,
        b"\xff\xfe" * 1000,
        b"9" * 10_000,
        b'"' + b"x" * 10_000,
        b"<" * 30_000,
        b"<title>" * 5000,
        b"<script>" * 5000,
    ],
)
def test_rubble_is_an_error_by_name(body):
    for status in (200, 400, 404, 500):
        for call in (LISTS["orders"][0], Call(family="ship", path="", method="POST")):
            with pytest.raises(RemoteError) as caught:
                outcome(Answer(status=status, headers={}, body=body), call, now=NOON)
            assert_named(caught.value)
