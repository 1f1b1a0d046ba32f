import base64
import http.client
import json
import time

import pytest
from walmart_seller import Seller, seller

from channel_simulators.walmart.server import WalmartServer


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


@pytest.mark.parametrize("header", ["WM_QOS_CORRELATION_ID", "WM_SVC_NAME"])
def test_the_service_headers_are_required(shop, header):
    for answer in (shop.ask_token(**{header: None}), shop.get("/v3/orders", **{header: None})):
        assert (answer.status, gateway_code(answer)) == (400, "MISSING_REQUEST_HEADER.GMP_GATEWAY_API")


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
    assert (last["status"], last["executed"]) == (520, True)


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
