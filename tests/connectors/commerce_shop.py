"""A simulated shop to connect to, and an order imported into it."""

from dataclasses import replace
from decimal import Decimal

from channel_manager.connectors.adobe_commerce import AdobeCommercePlatform
from channel_manager.ports.documents import Correction, ItemMoney, OrderMoney
from channel_manager.ports.messages import Address
from channel_simulators.commerce import sandbox

KEYS = {
    "consumer_key": sandbox.CONSUMER_KEY,
    "consumer_secret": sandbox.CONSUMER_SECRET,
    "access_token": sandbox.ACCESS_TOKEN,
    "access_token_secret": sandbox.TOKEN_SECRET,
}
EMAIL = "order@channel.invalid"
ADDRESS = Address(
    name="Alice Archer",
    street=("1 Main St", "Apt 4"),
    city="Austin",
    state="TX",
    postcode="78701",
    country="US",
    phone="5125550100",
)


def connect(session, shop, credentials=KEYS, **changes):
    """`changes`: other settings of the platform, `bounds` among them."""
    view = {"store_code": "walmart", "store_id": 2, "website_code": "walmart", **changes}
    return AdobeCommercePlatform(session, base_url=shop.url, credentials=credentials, **view)


async def fill(platform, lines, address=ADDRESS):
    """A cart that is ready to be placed, and its items."""
    cart_id = await platform.create_cart()
    items = [await platform.add_to_cart(cart_id, sku=sku, quantity=quantity) for sku, quantity in lines.items()]
    await platform.set_shipping(cart_id, address, email=EMAIL)
    return cart_id, items


async def placed(platform, lines):
    cart_id, _ = await fill(platform, lines)
    return await platform.order(await platform.place(cart_id, payment_method="checkmo"))


async def imported(platform, *, number="1796277083022", sku="WHISK-11", quantity=3):
    """The order of observed §8: 3 units at 9.99, item tax 2.11, shipping 4.57 and its tax 0.37: 37.02."""
    order = await placed(platform, {sku: quantity})
    await platform.correct(correction(order, number=number))
    return await platform.order(order.order_id)


def correction(order, *, number="1796277083022", email="relay@example.invalid"):
    item = order.items[0]
    line = ItemMoney(
        item_id=item.item_id,
        sku=item.sku,
        quantity=item.ordered,
        row_total=Decimal("29.97"),
        tax=Decimal("2.11"),
        discount=Decimal(0),
        ext_id="1",
    )
    return Correction(
        order_id=order.order_id,
        number=order.number,
        payment_id=order.payment_id,
        money=OrderMoney(
            items=(line,), shipping=Decimal("4.57"), shipping_tax=Decimal("0.37"), shipping_discount=Decimal(0)
        ),
        external_number=number,
        customer_order_number="5281956426648",
        email=email,
        shipping_description="Channel Shipping - Standard",
        payment_lines=("Offline Channel Payment", f"External Order Number: {number}"),
    )


def correction_of_all(order):
    """Every item at its own uneven price, with tax and shipping."""
    items = tuple(
        ItemMoney(
            item_id=item.item_id,
            sku=item.sku,
            quantity=item.ordered,
            row_total=Decimal("9.99") + place * Decimal("1.01"),
            tax=Decimal("0.67") + place * Decimal("0.07"),
            discount=Decimal(0),
            ext_id=str(place),
        )
        for place, item in enumerate(order.items)
    )
    money = OrderMoney(
        items=items, shipping=Decimal("4.57"), shipping_tax=Decimal("0.37"), shipping_discount=Decimal(0)
    )
    return replace(correction(order), money=money)
