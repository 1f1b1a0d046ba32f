import base64
import http.client
import json
import time

import pytest
from walmart_seller import Seller, seller

from channel_simulators.walmart.gateway import limits, scopes
from channel_simulators.walmart.gateway.errors import Refusal
from channel_simulators.walmart.server import WalmartServer
from tests.contracts import CHECK


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


def gateway_code(answer):
    return answer.json["error"][0]["code"]


def test_a_token_opens_the_api_and_describes_itself(shop):
    answer = shop.ask_token()
    assert (answer.status, answer.json["token_type"], answer.json["expires_in"]) == (200, "Bearer", 900)

    detail = shop.get("/v3/token/detail").json
    assert detail["is_valid"] is True
    assert detail["scopes"]["orders"] == "full_access"
    assert int(detail["expire_at"]) - int(detail["issued_at"]) == 900_000


def test_wrong_credentials_are_refused_in_either_shape(shop):
    wrong = "Basic " + base64.b64encode(b"sandbox-client:guess").decode()
    refused = shop.ask_token(Authorization=wrong)
    assert (refused.status, gateway_code(refused)) == (401, "UNAUTHORIZED.GMP_GATEWAY_API")
    assert shop.ask_token(Authorization=None).status == 401

    shop.control.set_options(bad_credentials_shape="oauth")
    refused = shop.ask_token(Authorization=wrong)
    assert (refused.status, refused.json["error"]) == (401, "invalid_client")

    shop.control.set_options(bad_credentials_shape="header")
    refused = shop.ask_token(Authorization=wrong)
    assert (refused.status, gateway_code(refused)) == (400, "INVALID_REQUEST_HEADER.GMP_GATEWAY_API")


@pytest.mark.parametrize("header", ["WM_QOS_CORRELATION_ID", "WM_SVC_NAME"])
def test_the_service_headers_are_required(shop, header):
    for answer in (shop.ask_token(**{header: None}), shop.get("/v3/orders", **{header: None})):
        assert (answer.status, gateway_code(answer)) == (400, "MISSING_REQUEST_HEADER.GMP_GATEWAY_API")
    shop.control.set_options(missing_header_code="INVALID_REQUEST_HEADER")
    assert gateway_code(shop.get("/v3/orders", **{header: None})) == "INVALID_REQUEST_HEADER.GMP_GATEWAY_API"


def test_a_bearer_header_is_no_token(shop):
    refused = shop.get("/v3/orders", WM_SEC_ACCESS_TOKEN=None, Authorization=f"Bearer {shop.token}")
    assert (refused.status, gateway_code(refused)) == (401, "UNAUTHORIZED.GMP_GATEWAY_API")


def test_the_grant_must_be_client_credentials_in_a_form(shop):
    headers = shop.headers(Authorization=shop.basic)
    form = headers | {"Content-Type": "application/x-www-form-urlencoded"}
    refused = shop.send("POST", "/v3/token", "grant_type=password", form)
    assert (refused.status, refused.json["error"]) == (400, "unsupported_grant_type")
    as_json = shop.send("POST", "/v3/token", "{}", headers | {"Content-Type": "application/json"})
    assert as_json.status == 415


@pytest.mark.parametrize(
    ("form", "partner", "error"),
    [
        ("grant_type=authorization_code&code=1&redirect_uri=x", "17", "unauthorized_client"),
        ("grant_type=authorization_code&code=1", "17", "invalid_request"),
        ("grant_type=refresh_token&refresh_token=1", "17", "unauthorized_client"),
        ("grant_type=refresh_token&refresh_token=1", None, "invalid_request"),
        ("", "17", "unsupported_grant_type"),
    ],
)
def test_the_grants_of_solution_providers_are_refused_to_a_sellers_keys(shop, form, partner, error):
    headers = shop.headers(Authorization=shop.basic, **{"Content-Type": "application/x-www-form-urlencoded"})
    if partner:
        headers["WM_PARTNER.ID"] = partner
    refused = shop.send("POST", "/v3/token", form, headers)
    assert (refused.status, refused.json["error"]) == (400, error)


def test_a_foreign_token_is_refused(shop):
    """Of another environment, garbled or empty: walmart-api §1.5."""
    with seller() as other:
        foreign = other.token
    for token in (foreign, shop.token[:-1], ""):
        refused = shop.get("/v3/token/detail", WM_SEC_ACCESS_TOKEN=token)
        assert (refused.status, gateway_code(refused)) == (401, "UNAUTHORIZED.GMP_GATEWAY_API")


def test_the_token_detail_has_times_as_texts_and_the_channel_match_when_it_likes(shop):
    detail = shop.get("/v3/token/detail").json
    assert (type(detail["expire_at"]), type(detail["issued_at"]), detail["is_channel_match"]) == (str, str, True)
    shop.control.set_options(channel_match=False)
    assert shop.get("/v3/token/detail").json["is_channel_match"] is False
    shop.control.set_options(channel_match=None)
    assert "is_channel_match" not in shop.get("/v3/token/detail").json


def test_scopes_bound_what_an_account_may_do(shop):
    po = shop.control.place_order()
    shop.control.set_scopes(orders="view_only", inventory="no_access")
    assert shop.get("/v3/token/detail").json["scopes"]["orders"] == "view_only"
    assert shop.order(po)
    for refused in (shop.acknowledge(po), shop.get("/v3/inventory?sku=A")):
        assert (refused.status, gateway_code(refused)) == (403, "FORBIDDEN.GMP_GATEWAY_API")
    shop.control.set_scopes(orders="no_access")
    assert shop.get("/v3/orders").status == 403
    assert shop.get("/v3/utilities/apiStatus").status == 200, "has no scope of its own"
    shop.control.set_scopes(orders="full_access")
    assert shop.acknowledge(po).status == 200


def test_scopes_belong_to_accounts_and_are_known_words(shop):
    shop.control.add_account("bob", "secret")
    shop.control.set_scopes(account="bob", orders="no_access")
    bob = Seller(shop.server, client_id="bob", secret="secret")
    assert (bob.get("/v3/orders").status, shop.get("/v3/orders").status) == (403, 404)
    for wrong in ({"order": "full_access"}, {"orders": "all"}):
        with pytest.raises(ValueError, match="Unknown"):
            shop.control.set_scopes(**wrong)


@pytest.mark.parametrize(
    ("method", "path", "scope", "needed"),
    [
        ("GET", "/v3/returns", "returns", "view_only"),
        ("POST", "/v3/returns/1/refund", "returns", "full_access"),
        ("GET", "/v3/feeds", "feeds", "view_only"),
        ("POST", "/v3/feeds", "feeds", "full_access"),
        ("PUT", "/v3/price", "price", "full_access"),
        ("PUT", "/v3/inventories/A", "inventory", "full_access"),
        ("POST", "/v3/items/catalog/search", "item", "view_only"),
        ("DELETE", "/v3/items/A", "item", "full_access"),
        ("GET", "/v3/lagtime", "lagtime", "view_only"),
    ],
)
def test_each_group_of_calls_has_its_scope(method, path, scope, needed):
    scopes.check({scope: needed}, method, path)
    below = scopes.LEVELS[scopes.LEVELS.index(needed) - 1]
    for granted in ({scope: below}, {}):
        with pytest.raises(Refusal):
            scopes.check(granted, method, path)


def test_sandbox_and_market_headers_are_of_no_interest(shop):
    more = {"WM_SANDBOX": "v2", "WM_MARKET": "us", "WM_GLOBAL_VERSION": "3.1"}
    assert shop.get("/v3/token/detail", **more).status == 200


def test_tokens_die_with_time_early_or_at_once(shop):
    shop.control.place_order()
    assert shop.get("/v3/orders").status == 200
    shop.control.advance_clock(901)
    assert shop.get("/v3/orders").status == 401

    shop.control.set_options(early_token_expiry=60)
    shop._token = None
    assert shop.ask_token().json["expires_in"] == 900
    assert shop.get("/v3/orders").status == 200
    shop.control.advance_clock(61)
    assert shop.get("/v3/orders").status == 401

    shop._token = None
    assert shop.get("/v3/orders").status == 200
    shop.control.expire_tokens()
    assert shop.get("/v3/orders").status == 401


def test_a_newer_token_leaves_the_older_one_alive(shop):
    older = shop.token
    assert shop.ask_token().json["access_token"] != older
    assert shop.get("/v3/token/detail").status == 200


def test_answers_are_xml_unless_json_is_asked_for(shop):
    po = shop.control.place_order()
    assert "<purchaseOrderId>" + po in shop.get(f"/v3/orders/{po}", Accept=None).text
    missing = shop.get("/v3/orders/1", Accept="*/*")
    assert missing.headers["content-type"].startswith("application/xml")
    assert "<code>CONTENT_NOT_FOUND.GMP_ORDER_API</code>" in missing.text
    assert "<accessToken>" in shop.ask_token(Accept=None).text
    assert shop.get(f"/v3/orders/{po}", Accept="text/plain").status == 406


def test_unknown_paths_and_methods_are_refused_by_the_gateway(shop):
    unknown = shop.get("/v3/order")
    assert (unknown.status, gateway_code(unknown)) == (404, "URI_NOT_FOUND.GMP_GATEWAY_API")
    wrong = shop.post("/v3/orders/released")
    assert (wrong.status, gateway_code(wrong)) == (405, "METHOD_NOT_ALLOWED.GMP_GATEWAY_API")


def test_the_edge_blocks_library_agents_when_told_to(shop):
    shop.control.set_options(block_default_agents=True)
    blocked = shop.get("/v3/token/detail", User_Agent="Python/3.11 aiohttp/3.14.5")
    assert blocked.status == 403
    assert blocked.headers["content-type"].startswith("text/html")
    assert shop.get("/v3/token/detail").status == 200


def test_some_accounts_need_the_channel_type(shop):
    token = shop.token
    shop.control.set_options(require_channel_type=True)
    refused = shop.get("/v3/token/detail")
    assert (refused.status, gateway_code(refused)) == (403, "FORBIDDEN.GMP_GATEWAY_API")
    allowed = shop.get("/v3/token/detail", **{"WM_CONSUMER.CHANNEL.TYPE": "abc", "WM_SEC_ACCESS_TOKEN": token})
    assert allowed.status == 200


def test_a_bucket_empties_says_so_and_refills(shop):
    shop.control.place_order()
    shop.control.set_options(limits={"orders.released": 3})
    counts = [shop.get("/v3/orders/released").headers["x-current-token-count"] for _ in range(3)]
    assert counts == ["2", "1", "0"]

    refused = shop.get("/v3/orders/released")
    assert (refused.status, gateway_code(refused)) == (429, "REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API")
    assert shop.get("/v3/orders").status == 200, "each operation has its own bucket"

    shop.control.advance_clock(20)
    assert shop.get("/v3/orders/released").status == 200


@pytest.mark.parametrize(
    ("calls", "name"),
    [
        ([("GET", "/v3/feeds", {}), ("GET", "/v3/feeds/{feed_id}", {})], "feeds.read"),
        (
            [
                ("POST", "/v3/feeds", {"feedType": "price"}),
                ("POST", "/v3/feeds", {"feedType": "PRICE_AND_PROMOTION"}),
            ],
            "feed.prices",
        ),
        ([("POST", "/v3/feeds", {"feedType": "MP_INVENTORY"})], "feed.MP_INVENTORY"),
        ([("POST", "/v3/feeds", {"feedType": "inventory"})], "feed.inventory"),
        ([("POST", "/v3/feeds", {"feedType": "UNHEARD_OF"}), ("GET", "/v3/unheard-of", {})], None),
        ([("GET", "/v3/items", {}), ("GET", "/v3/items", {"nextCursor": "*", "limit": "50"})], "items.list"),
        ([("GET", "/v3/items", {"lifecycleStatus": "ACTIVE"})], "items.list.filtered"),
        ([("GET", "/v3/items/{id:.+}", {})], "items.get"),
        ([("GET", "/v3/items/{id}", {"productIdType": "GTIN"})], "items.get.filtered"),
        ([("POST", "/v3/items/catalog/search", {}), ("POST", "/v3/items/associations", {})], "items.search"),
        ([("GET", "/v3/items/count", {}), ("GET", "/v3/items/taxonomy", {})], "items.meta"),
        ([("POST", "/v3/returns/{return_order_id}/refund", {})], "returns.refund"),
    ],
)
def test_calls_share_buckets_or_divide_them_by_their_query(calls, name):
    assert {limits.operation(method, route, query) for method, route, query in calls} == {name}


@pytest.mark.skipif(not CHECK.exists(), reason=f"the published contracts are not at {CHECK}")
def test_every_published_limit_is_kept():
    published = json.loads((CHECK.parent / "walmart" / "rate-limits.json").read_text())["limits"]
    periods = {"minute": limits.MINUTE, "hour": limits.HOUR, "day": limits.DAY}
    for row in published:
        path, _, kind = row["path"].partition("?feedType=")
        name = limits.operation(row["method"], path, {"feedType": kind} if kind else {})
        assert name is not None, row["operation"]
        assert limits.RATES[name] == (row["requests"], periods[row["per"]]), row["operation"]


def test_buckets_belong_to_accounts(shop):
    shop.control.add_account("bob", "secret")
    bob = Seller(shop.server, client_id="bob", secret="secret")
    shop.control.set_options(limits={"orders.released": 1})
    assert [shop.get("/v3/orders/released").status for _ in range(2)] == [404, 429]
    assert bob.get("/v3/orders/released").status == 404


@pytest.mark.parametrize(("form", "seconds"), [("epoch_ms", 1000), ("epoch_s", 1)])
def test_the_replenish_header_has_two_spellings_and_several_forms(shop, form, seconds):
    shop.control.set_options(replenish_format=form)
    answers = [shop.get("/v3/token/detail").headers for _ in range(2)]
    spelt = {name for headers in answers for name in headers if name.startswith("x-next")}
    assert spelt == {"x-next-replenishment-time", "x-next-replenish-time"}
    value = next(int(value) for name, value in answers[0].items() if name.startswith("x-next"))
    assert abs(value / seconds - time.time()) < 60


@pytest.mark.parametrize(
    ("status", "kind"), [(429, "json"), (500, "json"), (502, "json"), (504, "json"), (503, "html"), (520, "html")]
)
def test_a_call_refused_before_execution_changes_nothing(shop, status, kind):
    po = shop.control.place_order()
    shop.control.faults_add("status_before", method="POST", path="/acknowledge$", status=status, retry_after=7)
    refused = shop.acknowledge(po)
    assert refused.status == status
    assert kind in refused.headers["content-type"]
    assert shop.control.order(po)["lines"][0]["created"] == 1
    assert shop.control.faults()[0]["remaining"] == 0
    assert [call["executed"] for call in shop.control.requests() if call["method"] == "POST"][-1] is False
    assert shop.acknowledge(po).status == 200


def test_a_throttled_fault_carries_the_headers(shop):
    shop.control.set_options(replenish_header="x-next-replenish-time")
    shop.control.faults_add("status_before", status=429, retry_after=30)
    refused = shop.get("/v3/orders")
    assert refused.headers["x-current-token-count"] == "0"
    assert 25 < int(refused.headers["x-next-replenish-time"]) / 1000 - time.time() < 31


def test_a_call_may_fail_after_it_was_executed(shop):
    po = shop.control.place_order()
    shop.control.faults_add("status_after", path="/acknowledge$", status=520)
    assert shop.acknowledge(po).status == 520
    assert shop.control.order(po)["lines"][0]["acknowledged"] == 1
    last = shop.control.requests()[-1]
    assert (last["status"], last["executed"], last["fault"]) == (520, True, "status_after")


def test_a_reply_may_be_lost_after_execution(shop):
    po = shop.control.place_order()
    shop.control.faults_add("lost_reply", path="/acknowledge$")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        shop.acknowledge(po)
    assert shop.control.order(po)["lines"][0]["acknowledged"] == 1
    last = shop.control.requests()[-1]
    assert (last["status"], last["response"], last["executed"]) == (0, None, True)


def test_a_connection_may_be_reset_before_execution(shop):
    po = shop.control.place_order()
    shop.control.faults_add("reset", path="/acknowledge$")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        shop.acknowledge(po)
    assert shop.control.order(po)["lines"][0]["created"] == 1


def test_a_slow_call_is_executed_at_once_and_answered_late(shop):
    po = shop.control.place_order()
    shop.control.faults_add("slow", path="/acknowledge$", delay=0.2)
    before = time.monotonic()
    assert shop.acknowledge(po).status == 200
    assert time.monotonic() - before >= 0.2


def test_an_expired_token_must_really_be_renewed(shop):
    shop.control.faults_add("expired_token")
    assert shop.get("/v3/token/detail").status == 401
    assert shop.get("/v3/token/detail").status == 401
    shop._token = None
    assert shop.get("/v3/token/detail").status == 200


def test_faults_count_down_and_can_be_cleared(shop):
    shop.control.faults_add("html", times=2)
    assert [shop.get("/v3/token/detail").status for _ in range(3)] == [403, 403, 200]
    shop.control.faults_add("html", times=5)
    shop.control.faults_clear()
    assert shop.control.faults() == []
    with pytest.raises(ValueError, match="Unknown kind of fault"):
        shop.control.faults_add("earthquake")


def test_exchanges_are_appended_to_the_named_file_without_secrets(tmp_path, monkeypatch):
    file = tmp_path / "exchanges.jsonl"
    monkeypatch.setenv("CHANNEL_EXCHANGES", str(file))
    with WalmartServer() as server:
        alice = Seller(server)
        alice.get("/v3/orders?limit=5")
    token, listed = (json.loads(line) for line in file.read_text().splitlines())
    assert (token["path"], token["status"], token["response"]["access_token"]) == ("/v3/token", 200, "***")
    assert (listed["path"], listed["query"], listed["status"]) == ("/v3/orders", "limit=5", 404)
    assert listed["headers"]["WM_SEC.ACCESS_TOKEN"] == "***"
