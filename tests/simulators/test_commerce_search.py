import pytest
from commerce_caller import Caller, criteria

from channel_simulators.commerce.server import CommerceServer


@pytest.fixture
def shop():
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


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("entity_id", "moreq", 3), [3]),
        (("entity_id", "eq", "2abc"), [2]),
        (("entity_id", "eq", " 2"), [2]),
        (("entity_id", "in", "1, 3"), [1, 3]),
        (("entity_id", "eq", "abc"), []),
        (("entity_id", "finset", 2), [2]),
        (("grand_total", "eq", "14.9900"), [1]),
        (("grand_total", "gt", "14.99"), [3]),
        (("grand_total", "in", "14.99,12.49"), [1, 2]),
        (("applied_rule_ids", "finset", "7"), [1, 3]),
        (("applied_rule_ids", "nfinset", "7"), [2]),
        (("ext_order_id", "eq", "PO-abc  "), [2]),
        (("ext_order_id", "in", "x,po-ABC"), [2]),
        (("ext_order_id", "like", "po%"), [2]),
        (("ext_order_id", "like", "PO_ABC"), [2]),
        (("ext_order_id", "like", "ABC"), []),
        (("ext_order_id", "nlike", "x%"), [2]),
        (("ext_order_id", "nin", "x"), [2]),
        (("quote_id", "eq", 3), [3]),
        (("state", "eq", "NEW"), [1, 2, 3]),
        (("created_at", "to", "2999-01-01"), [1, 2, 3]),
        (("created_at", "from", "2999-01-01"), []),
        (("created_at", "neq", "2000-01-01 00:00:00"), [1, 2, 3]),
    ],
)
def test_comparisons_are_those_of_the_database(alice, three, condition, expected):
    alice.correct(2, ext_order_id="PO-ABC", applied_rule_ids="1,17")
    for order in (1, 3):
        alice.correct(order, applied_rule_ids="5,7,9")
    assert ids(alice, condition, sort=[("entity_id", "ASC")]) == expected


def test_groups_are_joined_by_and_and_filters_within_by_or(alice, three):
    assert ids(alice, ("entity_id", "gt", 1), ("entity_id", "lt", 3)) == [2]
    query = "&".join(
        f"searchCriteria[filterGroups][{group}][filters][{n}][{name}]={value}"
        for group, n, field, value in (
            (0, 0, "entity_id", 1),
            (0, 1, "increment_id", "2000000003"),
            (1, 0, "entity_id", 3),
        )
        for name, value in (("field", field), ("value", value))
    )
    assert [order["entity_id"] for order in alice.get("orders", query)["items"]] == [3]


def test_names_may_be_spelt_in_camel_and_in_snake_case_side_by_side(alice, three):
    query = (
        "searchCriteria[filter_groups][0][filters][0][field]=entity_id"
        "&searchCriteria[filter_groups][0][filters][0][conditionType]=gt"
        "&searchCriteria[filter_groups][0][filters][0][value]=1"
        "&searchCriteria[sortOrders][0][field]=entity_id&searchCriteria[sortOrders][0][direction]=asc"
        "&searchCriteria[page_size]=1&searchCriteria[currentPage]=2"
    )
    page = alice.get("orders", query)
    assert ([order["entity_id"] for order in page["items"]], page["total_count"]) == ([3], 2)


def test_several_sort_orders(shop, alice, three):
    shop.control.hold(2)
    by_state = [("state", "ASC"), ("entity_id", None)]
    assert ids(alice, sort=by_state) == [2, 3, 1]
    assert ids(alice, sort=[("ext_order_id", "DESC"), ("grand_total", "ASC")]) == [2, 1, 3]


def test_a_page_size_that_is_no_number(alice):
    status, body = alice.send("GET", "orders", query="searchCriteria[pageSize]=many")
    assert (status, body["parameters"]) == (400, {"value": "many", "type": "int"})


def test_rows_move_between_pages_while_they_are_read(shop, alice, three):
    """What moves to the end lets another slip from the next page to the one already read (commerce-api §3.4)."""
    by_update = [("updated_at", "ASC"), ("entity_id", "ASC")]
    first = ids(alice, sort=by_update, size=2, page=1)
    shop.control.advance_clock(5)
    shop.control.hold(1)
    assert (first, ids(alice, sort=by_update, size=2, page=2)) == ([1, 2], [1])
    assert ids(alice, sort=by_update, size=2, page=1) == [2, 3]


def test_an_order_is_found_by_its_new_number_and_no_more_by_the_old(alice, three):
    alice.correct(1, ext_order_id="FIRST")
    alice.correct(1, ext_order_id="SECOND")
    assert (ids(alice, ("ext_order_id", "eq", "first")), ids(alice, ("ext_order_id", "eq", "second"))) == ([], [1])
    alice.correct(2, ext_order_id="SECOND")
    assert ids(alice, ("ext_order_id", "eq", "SECOND")) == [1, 2]


LISTS = (
    "orders", "orders/items", "shipments", "invoices", "creditmemos", "transactions", "products", "products/attributes",
    "products/attribute-sets/sets/list", "products/attribute-sets/groups/list", "inventory/source-items",
    "inventory/sources", "inventory/stocks", "inventory/stock-source-links",
    "inventory/export-stock-salable-qty/website/walmart",
)  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_every_list_keeps_the_same_rules(alice, path):
    assert alice.send("GET", path)[1]["parameters"] == {"fieldName": "searchCriteria"}
    whole = alice.get(path, criteria())
    assert {"items", "search_criteria", "total_count"} <= whole.keys()
    assert alice.send("GET", path, query=criteria(("no_such_field", "eq", 1)))[0] == 500
    assert alice.send("GET", path, query=criteria(sort=[("no_such_field", "ASC")]))[0] == 500
    past = alice.get(path, criteria(size=10, page=99))
    assert past["items"] == []
    assert alice.get(path, criteria(size=10, page=99, fields="items[id]")) == {"items": None}


def test_array_limits_where_switched_on(shop, alice):
    many = {"skus": [f"S{n}" for n in range(21)]}
    assert alice.post("products/base-prices-information", many) == []
    shop.control.set_options(input_limits=True)
    status, body = alice.send("POST", "products/base-prices-information", many)
    assert (status, body["message"], body["parameters"]["max"]) == (400, 'Maximum items of type "%type" is %max', 20)
    assert alice.post("products/base-prices-information", {"skus": many["skus"][:20]}) == []
    assert alice.get("orders", criteria(size=300))["search_criteria"]["page_size"] == 300


def test_fields_reach_into_lists_and_leave_out_what_is_not_there(alice, three):
    fields = "items[entity_id,no_such,items[sku,qty_ordered],extension_attributes[shipping_assignments[shipping[method]]]],total_count"
    found = alice.get("orders", criteria(("entity_id", "eq", 1), fields=fields))
    assert found == {
        "items": [
            {
                "entity_id": 1,
                "items": [{"sku": "WHISK-11", "qty_ordered": 1}],
                "extension_attributes": {"shipping_assignments": [{"shipping": {"method": "flatrate_flatrate"}}]},
            }
        ],
        "total_count": 1,
    }
    assert alice.get("orders/1", "fields=increment_id,status_histories[comment]") == {
        "increment_id": "2000000001",
        "status_histories": None,
    }
