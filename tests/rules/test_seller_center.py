"""The link to an order in Seller Center."""

import pytest

from channel_manager.connectors.walmart.seller_center import order_page


def test_an_order_of_the_real_marketplace_is_looked_up_by_its_number():
    expected = "https://seller.walmart.com/orders/manage-orders?orderGroups=All&poNumber=1087426135442"
    assert order_page("https://marketplace.walmartapis.com", "1087426135442") == expected
    assert order_page("https://marketplace.walmartapis.com/", "1&x=<2>").endswith("&poNumber=1%26x%3D%3C2%3E")


@pytest.mark.parametrize("url", ["https://sandbox.walmartapis.com", "http://127.0.0.1:8101", ""])
def test_elsewhere_there_is_none(url):
    assert order_page(url, "1087426135442") == ""
