"""What the demo sells: the shop's products as items at Walmart, and whether Walmart's stock is what Commerce says."""

from collections.abc import Sequence

from django.utils import timezone

from channel_manager.catalog import actions
from channel_manager.catalog.linking import rules_of
from channel_manager.catalog.models import Listing, Status
from channel_manager.cli.demo import sandbox
from channel_manager.cli.demo.simulators import Commerce, Json, Product, Walmart, for_sale
from channel_manager.stores.models import Store
from channel_manager.sync import levels
from channel_manager.sync.models import Level

KEPT_BACK = 2
"""Products that are connected in Commerce and no items at Walmart yet: drafts."""
DEARER = "1.10"


def offer(walmart: Walmart, commerce: Commerce) -> int:
    """Make items of the shop's products, once; how many. One has another price at Walmart, for the comparison."""
    products = for_sale(commerce.products())
    if walmart.items():
        return len(products) - KEPT_BACK
    for sku, _name, _price in products:
        commerce.connect(sku)
    sold = products[:-KEPT_BACK]
    walmart.offer([_item(product, dearer=not place) for place, product in enumerate(sold)])
    return len(sold)


def is_matched(count: int) -> bool:
    """Whether so many listings have been measured."""
    measured = Listing.objects.filter(status=Status.MATCHED, measured_at__isnull=False)
    return measured.count() >= count and not Level.objects.filter(wanted__isnull=True, kind=levels.STOCK).exists()


def follow(store: Store, kinds: Sequence[str]) -> None:
    """Confirm the first comparison, as the owner would; nothing when that was done before."""
    for kind in kinds:
        if not getattr(rules_of(store), f"{kind}_confirmed_at"):
            actions.confirm(store, kind, by=sandbox.person(), at=timezone.now())


def differences(walmart: Walmart, commerce: Commerce) -> list[str]:
    """SKUs whose figure at Walmart is not what can be sold in Commerce and what Walmart holds back, in words.

    A SKU that is held since it was canceled as out of stock has to be 0.
    """
    salable = {product["sku"]: product["salable"] for product in commerce.products()}
    found = []
    for listing in Listing.objects.filter(status=Status.MATCHED):
        held = Level.objects.get(store=listing.store_id, kind=levels.STOCK, key=listing.sku).held
        stock = walmart.stock(listing.sku)
        expected = 0 if held else int(salable[listing.commerce_sku]) + int(stock["reserved"])
        if stock["input"] != expected:
            found.append(f"{listing.sku}: {stock['input']} at Walmart, {expected} expected")
    return found


def _item(product: Product, *, dearer: bool) -> Json:
    sku, name, price = product
    return {"sku": sku, "name": name, "price": str(float(price) + float(DEARER)) if dearer else price}
