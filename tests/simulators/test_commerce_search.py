import pytest
from commerce_caller import Caller, criteria

from channel_simulators.commerce.server import CommerceServer


@pytest.fixture
def shop(monkeypatch):
    monkeypatch.delenv("CHANNEL_EXCHANGES", raising=False)
    with CommerceServer() as server:
        yield server


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


@pytest.fixture
def three(alice):
    return [alice.place((sku, 1)) for sku in ("WHISK-11", "SPATULA", "POT-5QT")]


def ids(alice, *filters, **more):
    return [order["entity_id"] for order in alice.get("orders", criteria(*filters, **more))["items"]]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("entity_id", "eq", 2), [2]),
        (("entity_id", "neq", 2), [1, 3]),
        (("entity_id", "gt", 1), [2, 3]),
        (("entity_id", "gteq", 2), [2, 3]),
        (("entity_id", "lt", 2), [1]),
        (("entity_id", "lteq", 2), [1, 2]),
        (("entity_id", "from", 3), [3]),
        (("entity_id", "to", 1), [1]),
        (("entity_id", "in", "1,3"), [1, 3]),
        (("entity_id", "nin", "1,3"), [2]),
        (("increment_id", "like", "%0002"), [2]),
        (("increment_id", "nlike", "%0002"), [1, 3]),
        (("ext_order_id", "null", 1), [1, 3]),
        (("ext_order_id", "notnull", 1), [2]),
        (("ext_order_id", "eq", "po-abc"), [2]),
        (("ext_order_id", "neq", "other"), [2]),
        (("entity_id", "no_such_condition", 2), [2]),
        (("created_at", "gt", "nonsense"), [1, 2, 3]),
        (("created_at", "gt", "2999-01-01 00:00:00"), []),
    ],
)
def test_conditions(alice, three, condition, expected):
    alice.correct(2, ext_order_id="PO-ABC")
    assert ids(alice, condition, sort=[("entity_id", "ASC")]) == expected


def test_or_within_a_group_and_snake_case(alice, three):
    query = (
        "search_criteria[filter_groups][0][filters][0][field]=entity_id"
        "&search_criteria[filter_groups][0][filters][0][value]=1"
        "&search_criteria[filter_groups][0][filters][1][field]=entity_id"
        "&search_criteria[filter_groups][0][filters][1][condition_type]=eq"
        "&search_criteria[filter_groups][0][filters][1][value]=3"
    )
    assert [order["entity_id"] for order in alice.get("orders", query)["items"]] == [1, 3]


def test_sorting_defaults_to_descending_and_no_page_size_means_everything(alice, three):
    assert ids(alice, sort=[("entity_id", None)]) == [3, 2, 1]
    assert ids(alice) == [1, 2, 3]


def test_a_page_past_the_end_is_empty(alice, three):
    page = alice.get("orders", criteria(size=2, page=2, sort=[("entity_id", "ASC")]))
    assert ([order["entity_id"] for order in page["items"]], page["total_count"]) == ([3], 3)
    assert alice.get("orders", criteria(size=2, page=9))["items"] == []
    assert alice.get("orders", criteria(size=2, page=9, fields="items[entity_id],total_count")) == {
        "items": None,
        "total_count": 3,
    }


def test_fields_cut_the_answer(alice, three):
    found = alice.get("orders", criteria(("entity_id", "eq", 1), fields="items[entity_id,payment[method]]"))
    assert found == {"items": [{"entity_id": 1, "payment": {"method": "checkmo"}}]}


def test_refusals_of_lists(alice):
    status, body = alice.send("GET", "orders")
    assert (status, body) == (
        400,
        {"message": '"%fieldName" is required. Enter and try again.', "parameters": {"fieldName": "searchCriteria"}},
    )
    for filters, sort in (([("nonsense", "eq", 1)], None), ([], [("nonsense", "ASC")])):
        status, body = alice.send("GET", "orders", query=criteria(*filters, sort=sort))
        assert status == 500
        assert body["message"].startswith(
            "Internal Error. Details are available in Magento log file. Report ID: webapi-"
        )
    assert alice.send("GET", "nothing/here") == (404, {"message": "Request does not match any route."})
    assert alice.send("GET", "/rest/nowhere/V1/orders", query=criteria()) == (
        400,
        {"message": "Specified request cannot be processed."},
    )


def test_input_limits_where_switched_on(shop, alice):
    shop.control.set_options(input_limits=True)
    assert alice.get("orders", criteria())["search_criteria"]["page_size"] == 20
    status, body = alice.send("GET", "orders", query=criteria(size=301))
    assert (status, body["message"]) == (400, "Maximum SearchCriteria pageSize is %max")


def test_a_sku_with_a_comma_is_found_by_eq_only(shop, alice):
    shop.control.add_product("SALT,SEA", "Sea Salt", 4)
    assert alice.get("products", criteria(("sku", "eq", "salt,sea ")))["total_count"] == 1
    assert alice.get("products", criteria(("sku", "in", "SALT,SEA")))["total_count"] == 0
