"""Stock at Walmart follows Commerce: through the life of an order, and whatever the merchant changes."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from channel_manager.catalog import actions as catalog_actions
from channel_manager.catalog.models import CatalogRules, Listing, Status
from channel_manager.ports.messages import Reason
from channel_manager.stores.models import SkuLink
from channel_manager.sync.models import Level
from channel_manager.worker.streams import STREAMS

SKU, OTHER = "WHISK-11", "KETTLE-E"
UPS = ("ups", "UPS", "1Z999AA10123456784")
FEDEX = ("fedex", "FedEx", "123456789012")


LIFE = ("released", "changes_seller", "commerce_orders", "commerce_shipments", "commerce_memos", "stock_touched")
READINGS = (*LIFE, "all_stock")


def reading(world, *names):
    """Only these are read from now on: each round of all costs half a second."""
    world.streams = {name: STREAMS[name] for name in names}


@pytest.fixture
def selling(world):
    world.sell({SKU: 10})
    reading(world, *READINGS)
    return world


def place(world, units, sku=SKU, **facts):
    number = world.walmart.place_order(lines=[{"sku": sku, "quantity": units, "price": "9.99"}], **facts)
    world.settle()
    return number


def writes(world):
    """What Walmart was told since the record was cleared: figures, and what became of orders."""
    found = []
    for call in world.walmart.requests():
        if call["method"] == "PUT" and call["path"] == "/v3/inventory":
            found.append(call["request"]["quantity"]["amount"])
        elif call["method"] == "POST" and call["path"].endswith(("/shipping", "/cancel")):
            found.append(call["path"].rpartition("/")[2])
    return found


def agrees(world, sku=SKU):
    """What buyers can order at Walmart is what Commerce can sell."""
    return world.stock_at_walmart(sku)[2] == max(world.commerce.salable(sku), 0)


def price(world, sku=SKU):
    return Decimal(world.walmart.item(sku)["price"])


def now():
    return datetime.now(UTC)


def test_nothing_is_sent_before_each_comparison_is_confirmed(world):
    world.sell({SKU: 10}, confirm=False)
    world.commerce.set_price(SKU, 11)
    order = place(world, 3)
    world.ship(order, {"1": 1}, [UPS])
    world.settle()
    assert world.stock_at_walmart(SKU)[:2] == (None, 2)
    world.follow("stock")
    reading(world, *READINGS, "all_products", "items")
    world.settle()
    assert world.stock_at_walmart(SKU) == (9, 2, 7)
    assert price(world) == 10
    world.follow("price")
    world.settle()
    assert price(world) == 11
    reading(world, *READINGS)
    catalog_actions.stop(world.store, "stock", by=world.alice, at=now())
    world.walmart.clear_requests()
    world.commerce.set_stock(SKU, 50)
    world.ship(order, {"1": 2}, [FEDEX])
    world.settle()
    assert writes(world) == ["shipping"]


def test_through_shipments_of_all_kinds_buyers_see_what_can_be_sold(selling):
    world = selling
    order = place(world, 6)
    assert (world.commerce.salable(SKU), world.stock_at_walmart(SKU)) == (4, (10, 6, 4))
    world.walmart.clear_requests()
    world.ship(order, {"1": 2}, [UPS])
    world.settle()
    assert writes(world) == [8, "shipping"]
    assert world.stock_at_walmart(SKU) == (8, 4, 4)

    shipment = world.commerce.ship(order, {SKU: 2})
    world.settle()
    assert world.stock_at_walmart(SKU) == (8, 4, 4), "it waits for tracking"
    world.walmart.clear_requests()
    world.commerce.add_track(shipment, *FEDEX)
    world.settle()
    assert writes(world) == [6, "shipping"]

    world.walmart.ship_elsewhere(order, lines=[("1", 1)], number="1Z999AA10123456785")
    assert world.stock_at_walmart(SKU) == (6, 1, 5)
    world.settle()
    assert world.stock_at_walmart(SKU) == (5, 1, 4)
    world.commerce.ship(order, {SKU: 1}, [("ups", "UPS", "1Z999AA10123456786")])
    world.settle()
    assert (world.commerce.salable(SKU), world.stock_at_walmart(SKU)) == (4, (4, 0, 4))


def test_through_cancellations_from_all_sides_buyers_see_what_can_be_sold(selling):
    world = selling
    order = place(world, 4)
    world.walmart.clear_requests()
    world.cancel(order, {"1": 1}, Reason.PRICE)
    world.settle()
    told = writes(world)
    assert told[told.index("cancel") - 1] <= 9
    assert (world.commerce.salable(SKU), world.stock_at_walmart(SKU)) == (7, (10, 3, 7))

    world.walmart.cancel_at_walmart(order, [("1", 1)])
    world.settle()
    assert (world.commerce.salable(SKU), world.stock_at_walmart(SKU)) == (8, (10, 2, 8))

    whole = place(world, 5)
    world.commerce.comment(whole, "Reason: Price or other listing errors.")
    assert world.commerce.cancel(whole)
    world.settle()
    assert (world.commerce.salable(SKU), world.stock_at_walmart(SKU)) == (8, (10, 2, 8))


def test_stock_given_back_in_commerce_is_not_sold_twice_while_walmart_does_not_know(selling):
    """The merchant cancels in the Admin; it is measured before the cancellation is known here."""
    world = selling
    order = place(world, 3)
    world.commerce.comment(order, "Reason: Price or other listing errors.")
    world.commerce.cancel(order)
    reading(world, "all_stock")
    world.turn()
    assert world.stock_at_walmart(SKU) == (13, 3, 10)
    reading(world, *READINGS)
    world.walmart.clear_requests()
    world.settle()
    told = writes(world)
    before = [13, *told[: told.index("cancel")]][-1]
    assert before <= 10, "10 units: none of them may be sold twice when the three are free at Walmart"
    assert world.stock_at_walmart(SKU) == (10, 0, 10)


def test_a_sku_that_was_out_of_stock_shows_none_until_stock_comes_in_or_a_person_confirms(selling):
    world = selling
    order = place(world, 3)
    world.cancel(order, {"1": 1}, Reason.STOCK)
    world.settle()
    assert world.commerce.salable(SKU) == 8, "Commerce gives back a unit that does not exist"
    assert world.stock_at_walmart(SKU) == (0, 2, 0)
    world.ship(order, {"1": 2}, [UPS])
    world.settle()
    assert world.stock_at_walmart(SKU) == (0, 0, 0)
    world.commerce.set_stock(SKU, 5)
    world.settle()
    assert world.stock_at_walmart(SKU) == (0, 0, 0), "fewer units are no goods that came in"
    world.commerce.set_stock(SKU, 6)
    world.settle()
    assert world.stock_at_walmart(SKU) == (6, 0, 6)

    second = place(world, 2)
    world.cancel(second, {"1": 2}, Reason.STOCK)
    world.settle()
    assert world.stock_at_walmart(SKU) == (0, 0, 0)
    catalog_actions.confirm_stock(world.listing(SKU), by=world.alice, at=now())
    world.settle()
    assert world.stock_at_walmart(SKU) == (6, 0, 6)


def test_after_credit_memos_and_edits_buyers_see_what_can_be_sold(selling):
    world = selling
    order = place(world, 4)
    world.ship(order, {"1": 4}, [UPS])
    world.settle()
    world.commerce.invoice(order)
    world.commerce.refund(order, {SKU: 1}, restock=True)
    world.settle()
    assert (world.commerce.salable(SKU), world.stock_at_walmart(SKU)) == (7, (7, 0, 7))
    world.commerce.refund(order, {SKU: 1}, restock=False)
    world.settle()
    assert (world.commerce.salable(SKU), world.stock_at_walmart(SKU)) == (7, (7, 0, 7))

    edited = place(world, 3)
    world.commerce.edit(edited, {SKU: 2}, confirm=False)
    world.commerce.comment(edited, "Reason: Price or other listing errors.")
    world.settle()
    _, reserved, available = world.stock_at_walmart(SKU)
    assert available <= world.commerce.salable(SKU) == 5
    assert agrees(world), (reserved, available)


def test_what_walmart_stocks_or_fulfils_itself_is_left_alone(world):
    world.walmart.set_wfs_stock(OTHER, available=5, on_hand=5)
    world.sell({SKU: 10, OTHER: 20})
    reading(world, *READINGS, "changes_wfs", "stocked_by_marketplace")
    place(world, 2, OTHER, ship_node_type="WFSFulfilled")
    place(world, 2, ship_node_type="WFSFulfilled")
    assert world.stock_at_walmart(OTHER)[0] is None
    assert world.stock_at_walmart(SKU) == (10, 0, 10)
    assert (world.listing(OTHER).status, world.listing(SKU).status) == (Status.WFS, Status.MATCHED)
    world.walmart.set_wfs_stock(SKU, available=1, on_hand=1)
    world.settle()
    world.commerce.set_stock(SKU, 3)
    world.settle()
    assert world.stock_at_walmart(SKU)[0] == 10
    assert not Level.objects.filter(store=world.store, key__in=[SKU, OTHER]).exists()


def test_linked_skus_follow_their_product_and_unlinked_ones_are_left_alone(world):
    """Two SKUs at Walmart are one product; a third bears the name of a product that it does not mean."""
    for sku, product in (("W-1", SKU), (OTHER, SKU)):
        SkuLink.objects.create(store=world.store, sku=sku, commerce_sku=product.lower(), linked_by=world.alice)
    world.walmart.set_items([{"sku": sku, "name": sku, "price": 10} for sku in ("W-1", "STRANGER")])
    world.walmart.set_stock("STRANGER", 4)
    world.commerce.set_stock(OTHER, 77)
    world.sell({SKU: 10})
    world.walmart.set_items([{"sku": OTHER, "name": OTHER, "price": 10}])
    world.commerce.set_product(OTHER, attributes={"connect_to_channel_manager": "1"})
    world.settle()
    skus = (SKU, "W-1", OTHER)
    assert [world.stock_at_walmart(sku) for sku in skus] == [(10, 0, 10)] * 3
    reading(world, *LIFE)
    order = place(world, 4, "W-1")
    assert [world.stock_at_walmart(sku) for sku in skus] == [(6, 0, 6), (10, 4, 6), (6, 0, 6)]
    world.ship(order, {"1": 4}, [UPS])
    world.settle()
    assert [world.stock_at_walmart(sku) for sku in skus] == [(6, 0, 6)] * 3
    assert world.stock_at_walmart("STRANGER")[0] == 4
    assert world.listing("STRANGER").status == Status.UNLINKED


def test_what_becomes_of_a_product_in_the_shop(world):
    world.sell({SKU: 10, OTHER: 20, "PAN-26": 30})
    reading(world, "products", "all_products", *LIFE)
    world.commerce.set_product(SKU, enabled=False)
    world.commerce.set_product(OTHER, attributes={"connect_to_channel_manager": "0"})
    world.commerce.remove_product("PAN-26")
    world.settle()
    assert world.stock_at_walmart(SKU) == (0, 0, 0)
    assert [world.listing(sku).status for sku in (SKU, OTHER, "PAN-26")] == ["matched", "unlinked", "matched"]
    world.commerce.set_stock(OTHER, 1)
    world.commerce.set_product(SKU, enabled=True)
    world.settle()
    assert [world.stock_at_walmart(sku)[0] for sku in (SKU, OTHER, "PAN-26")] == [10, 20, 0]
    reading(world, *READINGS, "all_products")
    world.commerce.remove_attribute("connect_to_channel_manager")
    world.commerce.set_stock(SKU, 4)
    world.settle()
    assert CatalogRules.objects.get(store=world.store).attribute_missing
    assert (world.listing(SKU).status, world.stock_at_walmart(SKU)[0]) == (Status.MATCHED, 4)


@pytest.mark.parametrize("shop", ["without sources", "several sources"])
def test_shops_that_keep_their_stock_otherwise(world, shop):
    if shop == "without sources":
        world.commerce.set_options(msi=False)
        world.sell({SKU: 10})
        reading(world, *READINGS)
    else:
        world.sell({SKU: 6})
        reading(world, *READINGS)
        world.commerce.add_source("store", "Shop floor")
        world.commerce.set_stock(SKU, 4, source_code="store")
        world.settle()
    assert world.stock_at_walmart(SKU) == (10, 0, 10)
    order = place(world, 3)
    assert world.stock_at_walmart(SKU) == (10, 3, 7)
    world.cancel(order, {"1": 1}, Reason.STOCK)
    world.settle()
    assert world.stock_at_walmart(SKU)[2] == 0
    source = {} if shop == "without sources" else {"source_code": "store"}
    world.commerce.set_stock(SKU, 20, **source)
    world.settle()
    raised = world.stock_at_walmart(SKU)[2]
    assert raised == (0 if shop == "without sources" else world.commerce.salable(SKU))
    catalog_actions.confirm_stock(world.listing(SKU), by=world.alice, at=now())
    world.settle()
    assert agrees(world)


ODD = ("A/B-1", "A+B 2", "A,B", "ä&b=c", "100%")


def test_skus_of_any_spelling(world):
    for sku in ODD:
        world.commerce.add_product(sku, sku, 10)
    world.sell(dict.fromkeys(ODD, 10), prices=True)
    assert {sku: world.stock_at_walmart(sku) for sku in ODD} == dict.fromkeys(ODD, (10, 0, 10))
    reading(world, *READINGS, "all_products")
    numbers = [world.walmart.place_order(lines=[{"sku": sku, "quantity": 3}]) for sku in ODD]
    for sku in ODD:
        world.commerce.set_price(sku, 11)
    world.settle()
    for number in numbers:
        world.ship(number, {"1": 3}, [UPS])
    world.settle()
    assert {sku: world.stock_at_walmart(sku) for sku in ODD} == dict.fromkeys(ODD, (7, 0, 7))
    assert {sku: price(world, sku) for sku in ODD} == dict.fromkeys(ODD, 11)
    assert not Listing.objects.filter(disagreements__gt=0).exists()


def test_stock_that_seller_center_changed_is_corrected(selling):
    world = selling
    reading(world, *READINGS, "inventories")
    world.walmart.set_stock(SKU, 99)
    world.settle()
    assert world.stock_at_walmart(SKU)[0] == 99, "what was sent a moment ago may show later"
    Level.objects.update(sent_at=datetime(2026, 1, 1, tzinfo=UTC))
    world.settle()
    assert world.stock_at_walmart(SKU) == (10, 0, 10)
