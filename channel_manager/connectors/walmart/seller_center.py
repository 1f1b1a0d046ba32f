"""Where a person looks an order up at Walmart.

Walmart documents no address within Seller Center. This one is its list of orders narrowed to a number, as other public
tools link to it; whoever is not signed in there is asked to. Nothing here ever calls it.
"""

from urllib.parse import urlencode, urlsplit

API = "marketplace.walmartapis.com"
ORDERS = "https://seller.walmart.com/orders/manage-orders"


def order_page(api_url: str, number: str) -> str:
    """Of a purchase order; empty where the API is not that of the real marketplace (walmart-api §0), as a sandbox's."""
    if urlsplit(api_url).hostname != API:
        return ""
    return f"{ORDERS}?{urlencode({'orderGroups': 'All', 'poNumber': number})}"
