"""The whole life: received, created, acknowledged, shipped in parts, cancelled, seen the same on both sides."""

from channel_manager.orders.models import Status


def item(world, number, sku):
    return next(item for item in world.in_commerce(number)["items"] if item["sku"] == sku)


def test_an_order_is_received_created_and_acknowledged(world):
    number = world.walmart.place_order(lines=[{"sku": sku(world), "quantity": 2, "price": "9.99"}])
    world.settle()
    order = world.order(number)
    print(world.problems(number))
    assert (order.status, order.commerce_number != "", order.has_error) == (Status.OPEN, True, False)
    assert world.at_walmart(number) == {"1": ([], 0, 2)}


def sku(world, index=0):
    return world.commerce.products()[index]["sku"]
