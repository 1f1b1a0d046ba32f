"""Three strangers at the Commerce simulator: PyMagento (Bixoto), m2-sdk and magento-client."""

import pytest

from channel_simulators.commerce import sandbox

ADDRESS = {
    "firstname": "Alice",
    "lastname": "Doe",
    "street": ["1 Main St", "Apt 4"],
    "city": "Austin",
    "region_code": "TX",
    "postcode": "78701",
    "country_id": "US",
    "telephone": "5125550100",
}


class TestPyMagento:
    @pytest.fixture
    def pymagento(self, shop, token):
        magento = pytest.importorskip("magento", reason="pymagento cannot be imported here")
        with magento.Magento(token=token, base_url=shop.url, scope="walmart") as client:
            yield client

    @pytest.fixture
    def place(self, pymagento):
        """An order by the cart route, for which the client has its plain calls only."""

        def place(*lines):
            cart = pymagento.post_json_api("/V1/carts")
            for sku, quantity in lines:
                item = {"quote_id": str(cart), "sku": sku, "qty": quantity}
                pymagento.post_json_api(f"/V1/carts/{cart}/items", json={"cartItem": item})
            shipping = {"shipping_carrier_code": "flatrate", "shipping_method_code": "flatrate"}
            addresses = {"shipping_address": ADDRESS, "billing_address": {**ADDRESS, "email": "po-1@channel.invalid"}}
            pymagento.post_json_api(
                f"/V1/carts/{cart}/shipping-information", json={"addressInformation": {**addresses, **shipping}}
            )
            payment = {"paymentMethod": {"method": "checkmo"}}
            return pymagento.put_json_api(f"/V1/carts/{cart}/order", json=payment)

        return place

    def test_reads_the_topology(self, pymagento):
        codes = {view["code"]: view["website_id"] for view in pymagento.get_store_views()}
        assert "walmart" in codes
        assert codes["walmart"] in {website["id"] for website in pymagento.get_websites()}
        assert {group["id"] for group in pymagento.get_store_groups()} >= {pymagento.get_current_store_group_id()}
        assert pymagento.get_store_configs(["walmart"])[0]["code"] == "walmart"
        assert pymagento.get_country("US")["id"] == "US"
        assert "Magento_Sales" in pymagento.get_json_api("/V1/modules")

    def test_cannot_list_modules(self, pymagento):
        """It expects a search result where the shop answers a bare list of names (observed §2.7)."""
        with pytest.raises(AttributeError, match="'list' object"):
            list(pymagento.get_modules())

    def test_pages_through_orders(self, pymagento, place):
        placed = [place(("WHISK-11", 1)) for _ in range(5)]
        read = [order["entity_id"] for order in pymagento.get_orders(page_size=2)]
        assert read == placed
        assert [order["entity_id"] for order in pymagento.get_last_orders(2)] == placed[:-3:-1]
        assert pymagento.get_total_orders_count() == 5

    def test_its_paging_by_id_ends_too_early(self, pymagento, place):
        """It compares all it has read with the count of what still follows the last id; one page shows no difference."""
        placed = [place(("WHISK-11", 1)) for _ in range(5)]
        assert [order["entity_id"] for order in pymagento.get_orders(id_pagination=True)] == placed
        assert [order["entity_id"] for order in pymagento.get_orders(page_size=2, id_pagination=True)] == placed[:3]

    def test_finds_orders_by_number_state_and_sku(self, pymagento, place):
        first, second = place(("WHISK-11", 1)), place(("SPATULA", 2))
        number = pymagento.get_order(first)["increment_id"]
        assert pymagento.get_order_by_increment_id(number)["entity_id"] == first
        assert set(pymagento.get_orders_by_increment_ids([number, "no such number"])) == {number}
        assert [order["entity_id"] for order in pymagento.get_orders(status="pending")] == [first, second]
        assert list(pymagento.get_orders(status="complete")) == []
        assert [item["order_id"] for item in pymagento.get_orders_items(sku="SPATULA")] == [second]
        assert pymagento.skus_were_bought(["SPATULA", "BOWL-L"]) == {"SPATULA": True, "BOWL-L": False}

    def test_an_unknown_order_is_its_exception(self, pymagento):
        magento = pytest.importorskip("magento")
        with pytest.raises(magento.MagentoException, match="doesn't exist"):
            pymagento.get_order(999, throw=True)
        assert pymagento.get_order(999, none_on_404=True) is None

    def test_invoices_and_ships(self, shop, pymagento, place):
        order = place(("WHISK-11", 3))
        invoice = pymagento.create_order_invoice(order, {"capture": False}, notify=False)
        assert invoice == "1"
        assert [one["entity_id"] for one in pymagento.get_order_invoices(order)] == [1]
        item = pymagento.get_order(order)["items"][0]["item_id"]
        track = {"track_number": "1Z1", "title": "UPS", "carrier_code": "ups"}
        shipment = pymagento.ship_order(order, {"items": [{"order_item_id": item, "qty": 2}], "tracks": [track]})
        read = pymagento.get_shipment(shipment)
        assert (read["order_id"], [one["track_number"] for one in read["tracks"]]) == (order, ["1Z1"])
        assert [one["entity_id"] for one in pymagento.get_order_shipments(order)] == [int(shipment)]
        held = shop.control.order(order)
        assert (held["items"][0]["qty_shipped"], held["state"]) == (2, "processing")

    def test_a_refused_shipment_is_its_exception(self, shop, pymagento, place):
        magento = pytest.importorskip("magento")
        order = place(("WHISK-11", 1))
        item = pymagento.get_order(order)["items"][0]["item_id"]
        with pytest.raises(magento.MagentoException, match="without products"):
            pymagento.ship_order(order, {"items": [{"order_item_id": item, "qty": 0}]})
        assert shop.control.order(order)["shipments"] == []

    def test_refunds(self, shop, pymagento, place):
        order = place(("WHISK-11", 2))
        pymagento.create_order_invoice(order, notify=False)
        item = pymagento.get_order(order)["items"][0]["item_id"]
        body = {"items": [{"order_item_id": item, "qty": 1}], "notify": False, "arguments": {"shipping_amount": 0}}
        memo = pymagento.post_json_api(f"/V1/order/{order}/refund", json=body)
        (read,) = pymagento.get_credit_memos()
        assert (read["entity_id"], read["order_id"], read["items"][0]["qty"]) == (int(memo), order, 1)
        assert [one["entity_id"] for one in shop.control.order(order)["creditmemos"]] == [int(memo)]

    def test_holds_and_saves_orders(self, shop, pymagento, place):
        order = place(("WHISK-11", 1))
        assert pymagento.hold_order(order) is True
        assert shop.control.order(order)["state"] == "holded"
        assert pymagento.unhold_order(order) is True
        saved = pymagento.set_order_status(pymagento.get_order(order), "pending", external_order_id="1872846217683")
        assert saved["entity_id"] == order
        assert shop.control.order(order)["ext_order_id"] == "1872846217683"

    def test_reads_products_and_stock(self, shop, pymagento):
        product = pymagento.get_product("WHISK-11")
        assert product["sku"] == "WHISK-11"
        assert pymagento.get_product_by_id(product["id"])["sku"] == "WHISK-11"
        assert pymagento.get_product("no such product") is None
        skus = {one["sku"] for one in shop.control.products()}
        assert {one["sku"] for one in pymagento.get_products(page_size=3)} == skus
        sources = [source["source_code"] for source in pymagento.get_sources()]
        assert "default" in sources
        assert [link["source_code"] for link in pymagento.get_stock_source_links()] == ["default"]

    def test_writes_stock(self, shop, pymagento):
        item = {"sku": "WHISK-11", "source_code": "default", "quantity": 9, "status": 1}
        pymagento.save_source_items([item])
        assert [one["quantity"] for one in pymagento.get_source_items(sku="WHISK-11")] == [9]
        assert shop.control.salable("WHISK-11") == 9

    def test_reads_and_writes_prices(self, pymagento):
        assert pymagento.get_base_prices(["WHISK-11"]) == [{"sku": "WHISK-11", "price": 9.99, "store_id": 0}]
        assert pymagento.save_base_prices([{"sku": "WHISK-11", "price": 12.5, "store_id": 0}]) == []
        assert pymagento.get_base_prices(["WHISK-11"], store_id=0)[0]["price"] == 12.5
        assert pymagento.get_product("WHISK-11")["price"] == 12.5
        period = {"price_from": "2026-01-01 00:00:00", "price_to": "2027-01-01 00:00:00"}
        special = {"sku": "WHISK-11", "price": 9.5, "store_id": 0, **period}
        assert pymagento.get_special_prices(["WHISK-11"]) == []
        assert pymagento.save_special_prices([special]) == []
        assert pymagento.get_special_prices(["WHISK-11"]) == [special]
        assert pymagento.delete_special_prices([special]) == []
        assert pymagento.get_special_prices(["WHISK-11"]) == []

    def test_reads_and_writes_the_stock_item(self, shop, pymagento):
        item = pymagento.get_product_stock_item("WHISK-11")
        assert (item["qty"], item["is_in_stock"]) == (100, True)
        assert pymagento.update_product_stock_item_quantity("WHISK-11", item["item_id"], 8) == item["item_id"]
        assert pymagento.get_product_stock_status("WHISK-11")["qty"] == 8
        assert shop.control.salable("WHISK-11") == 8

    def test_reads_and_writes_products_and_their_attributes(self, pymagento):
        assert pymagento.update_product("WHISK-11", {"name": "Whisk, large"})["name"] == "Whisk, large"
        made = pymagento.save_product(
            {"sku": "NEW-1", "name": "New", "price": 3, "attribute_set_id": 4, "type_id": "simple", "weight": 1}
        )
        assert pymagento.get_product_by_id(made["id"])["sku"] == "NEW-1"
        assert {option["label"] for option in pymagento.get_products_attribute_options("color")} >= {"Red", "Blue"}
        codes = [one["attribute_code"] for one in pymagento.get_attribute_set_attributes(4)]
        assert {"name", "price"} <= set(codes)

    def test_a_bare_token_is_refused_by_default(self, shop, pymagento):
        """Since 2.4.4 a shop takes integration tokens signed only (commerce-api §1.1)."""
        shop.control.set_options(bearer_allowed=False)
        with pytest.raises(Exception, match="401") as refused:
            pymagento.get_websites()
        assert refused.value.response.json() == {
            "message": "The consumer isn't authorized to access %resources.",
            "parameters": {"resources": "Magento_Backend::store"},
        }


class TestM2Sdk:
    @pytest.fixture
    def m2(self, shop, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)  # it reads a .env of the folder it runs in
        m2_sdk = pytest.importorskip("m2_sdk", reason="m2-sdk cannot be imported here")
        shop.control.set_options(bearer_allowed=False, second_factor=False)
        who = {"username": sandbox.ADMIN_USER, "password": sandbox.ADMIN_PASSWORD}
        config = m2_sdk.M2Config(api_url=f"{shop.url}/rest/walmart/V1", max_retries=0, **who)
        with m2_sdk.M2Client(config, m2_sdk.AuthManager(config)) as client:
            yield client

    def test_signs_in_as_an_admin_user(self, shop, m2):
        assert {website["code"] for website in m2.store.websites.get()} >= {"base"}
        paths = [exchange["path"] for exchange in shop.control.requests()]
        assert paths == ["/rest/walmart/V1/integration/admin/token", "/rest/walmart/V1/store/websites"]

    def test_does_not_survive_the_end_of_its_token(self, shop, m2):
        """Its error layer lies below the one that would sign in again, and raises first."""
        m2_sdk = pytest.importorskip("m2_sdk")
        m2.store.websites.get()
        shop.control.advance_clock(3601)
        with pytest.raises(m2_sdk.AuthError, match="Magento_Backend::store"):
            m2.store.websites.get()

    def test_cannot_sign_in_with_the_second_factor_on(self, shop, m2):
        """The default of every shop (commerce-api §1.4)."""
        m2_sdk = pytest.importorskip("m2_sdk")
        shop.control.set_options(second_factor=True)
        with pytest.raises(m2_sdk.AuthError, match="2fa"):
            m2.store.websites.get()

    def test_a_wrong_password_is_its_error(self, m2):
        m2_sdk = pytest.importorskip("m2_sdk")
        with pytest.raises(m2_sdk.AuthError, match="Invalid username or password"):
            m2.auth.get_admin_token(password="wrong")

    def test_pages_filters_and_sorts_products(self, shop, m2):
        skus = sorted(one["sku"] for one in shop.control.products())
        builder = m2.products.sort_by("sku", "asc")
        pages = list(builder.iter_pages(page_size=3))
        assert [item["sku"] for page in pages for item in page["items"]] == skus
        assert m2.products.where("sku", "like", "WHISK%").get()["items"][0]["sku"] == "WHISK-11"
        assert m2.products("WHISK-11").get()["sku"] == "WHISK-11"

    async def test_pages_concurrently(self, shop, m2):
        found = [
            item["sku"]
            async for page in m2.products.aiter_pages_concurrent(page_size=2, concurrency=3)
            for item in page["items"]
        ]
        await m2.aclose()
        assert sorted(found) == sorted(one["sku"] for one in shop.control.products())

    def test_its_filters_are_alternatives(self, m2):
        """It puts every filter into one group, within which the shop ORs (commerce-api §2)."""
        builder = m2.products.where("sku", "WHISK-11").where("price", "<", "0")
        assert [item["sku"] for item in builder.get()["items"]] == ["WHISK-11"]

    def test_carts_orders_and_their_absence(self, shop, m2):
        cart = m2.request("POST", "/carts").json()
        item = {"cartItem": {"quote_id": str(cart), "sku": "WHISK-11", "qty": 2}}
        assert m2.carts(cart).items.post(item)["qty"] == 2
        assert m2.carts(cart).get()["items_qty"] == 2
        assert m2.orders.limit(5).get()["total_count"] == 0
        with pytest.raises(Exception, match="doesn't exist"):
            m2.orders(999).get()

    def test_reads_and_writes_sources(self, shop, m2):
        """Its service for sources asks without search criteria, is refused (observed §5), and calls that no sources."""
        inventory = pytest.importorskip("m2_sdk.services").InventoryService(m2)
        assert inventory.get_sources() == []
        assert [source["source_code"] for source in m2.inventory.sources.limit(5).get()["items"]] == ["default"]
        inventory.update_source_item("WHISK-11", "default", 9)
        found = m2.inventory.source_items.where("sku", "WHISK-11").get()["items"]
        assert [(one["source_code"], one["quantity"]) for one in found] == [("default", 9)]
        assert shop.control.salable("WHISK-11") == 9


class TestMagentoClient:
    """OAuth 1.0a by requests-oauthlib, with that library's default of HMAC-SHA1."""

    @pytest.fixture
    def client(self, shop):
        package = pytest.importorskip("magento_client.magento_client", reason="magento-client cannot be imported here")
        secrets = (sandbox.CONSUMER_KEY, sandbox.CONSUMER_SECRET, sandbox.ACCESS_TOKEN, sandbox.TOKEN_SECRET)
        client = package.Magento(f"{shop.url}/rest/walmart/V1", *secrets)
        yield client
        client.close()

    def test_its_signature_method_is_refused(self, client):
        """Only HMAC-SHA256 is accepted since 2.4.4 (commerce-api §1.2)."""
        with pytest.raises(Exception, match="400"):
            client.get("store/websites")

    @pytest.fixture
    def signing(self, client):
        """The same client, told the method by the session it keeps."""
        client._session.auth.client.signature_method = "HMAC-SHA256"
        return client

    def test_signs_what_the_shop_verifies(self, shop, signing):
        shop.control.set_options(bearer_allowed=False)
        assert {view["code"] for view in signing.get("store/storeViews")} >= {"walmart"}
        cart = signing.post("carts")
        item = {"cartItem": {"quote_id": str(cart), "sku": "WHISK-11", "qty": 2}}
        assert signing.post(f"carts/{cart}/items", data=item)["qty"] == 2

    def test_searches_with_brackets_and_blanks(self, signing):
        name = "searchCriteria[filterGroups][0][filters][0]"
        asked = {
            f"{name}[field]": "updated_at",
            f"{name}[conditionType]": "gteq",
            f"{name}[value]": "2026-01-02T03:04:05",
        }
        assert signing.get("products", params={**asked, "searchCriteria[pageSize]": 2})["total_count"] > 2

    def test_a_blank_as_plus_breaks_its_signature(self, signing):
        """It writes `+`, signs a blank, and the shop reads the query raw (commerce-api §1.2)."""
        name = "searchCriteria[filterGroups][0][filters][0]"
        asked = {
            f"{name}[field]": "updated_at",
            f"{name}[conditionType]": "gteq",
            f"{name}[value]": "2026-01-02 03:04:05",
        }
        with pytest.raises(Exception, match="401"):
            signing.get("products", params=asked)

    def test_its_byte_order_breaks_from_index_ten_on(self, signing):
        """The shop sorts naturally (commerce-api §1.2, observed §1.3)."""
        skus = {f"skus[{number}]": "WHISK-11" for number in range(12)}
        with pytest.raises(Exception, match="401"):
            signing.get("inventory/are-products-salable", params={**skus, "stockId": 1})
        few = {f"skus[{number}]": "WHISK-11" for number in range(10)}
        assert len(signing.get("inventory/are-products-salable", params={**few, "stockId": 1})) == 10
